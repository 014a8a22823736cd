// A gateway in a process of its own; with a matcher that answers at once, what is left is the exchange alone. Settings
// come from the parent, which may ask for its memory and says when it ends.

import { loadConfig } from '../../dist/config/index.js'
import { createGateway } from '../../dist/gateway/index.js'
import { endWithParent } from './parts.js'

const nobody = { grade: 'NONE', candidates: [], listed: 0, provide: [] }

endWithParent()
process.once('message', async ({ data, flags, instant }) => {
  const config = loadConfig({ flags: { data, 'listen.0.port': 0, ...flags } })
  const matcher = { query: async (batch) => batch.map(() => nobody) }
  const before = performance.now()
  const gateway = await createGateway({ config, ...(instant ? { matcher } : {}) })
  process.send({ port: gateway.port, ms: performance.now() - before })
  process.on('message', async (order) => {
    if (order === 'memory') {
      process.send(memory())
      return
    }
    await gateway.close()
    process.exit(0)
  })
})

/** Bytes: resident, and those that the program itself still holds. Needs --expose-gc. */
function memory() {
  for (let i = 0; i < 3; i++) globalThis.gc()
  const { rss, heapUsed, external } = process.memoryUsage()
  return { rss, held: heapUsed + external }
}
