// Opens so many connections and holds them: a process of its own, since it has as many files open as the gateway.
import { connectTo, endWithParent } from './parts.js'

/** Fewer than a gateway lets be in their handshakes at once. */
const AT_ONCE = 32

endWithParent()
process.once('message', async ({ port, count, ca }) => {
  for (let open = 0; open < count; open += AT_ONCE)
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, count - open) }, () => connectTo(port, ca)))
  process.send({ open: count })
})
