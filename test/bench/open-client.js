// The open loop's client: 64 connections in turn, each question at its time or as soon after as the loop runs.
import { connectTo, endWithParent } from './parts.js'

const CONNECTIONS = 64
/** Before what counts: the gateway's code is compiled as it runs. */
const WARM_MS = 1000
/** How long answers are waited for after the last question; what is missing then counts as if it came at that moment. */
const PATIENCE_MS = 30_000

endWithParent()
process.once('message', async ({ port, rate, seconds, queries }) => {
  const frames = queries.map((each) => Buffer.from(each, 'base64'))
  const warm = Math.ceil((rate * WARM_MS) / 1000)
  const count = warm + rate * seconds
  const took = new Float64Array(count).fill(Number.NaN)
  let [asked, answered, last] = [0, 0, 0]
  const start = performance.now() + 100
  const due = (i) => start + (i * 1000) / rate
  const ends = new Promise((resolve) => {
    const late = setInterval(() => {
      if (performance.now() > due(count) + PATIENCE_MS) finish()
    }, 500)
    const finish = () => {
      clearInterval(late)
      resolve()
    }
    const receive = (sent) => {
      // Answers of a connection may overtake each other; which question one belongs to is told by its order among the
      // finals, which changes nothing in the whole of the latencies.
      let parts = 0
      return (chunk) => {
        const now = performance.now()
        for (let at = chunk.indexOf(3); at >= 0; at = chunk.indexOf(3, at + 1)) {
          if (++parts % 2 !== 0) continue
          const i = sent.at++
          const number = sent.first + i * CONNECTIONS
          took[number] = now - due(number)
          last = now
          if (++answered === count) finish()
        }
      }
    }
    Promise.all(Array.from({ length: CONNECTIONS }, () => connectTo(port))).then((sockets) => {
      for (const [first, socket] of sockets.entries()) socket.on('data', receive({ first, at: 0 }))
      const tick = () => {
        const now = performance.now()
        for (; asked < count && due(asked) <= now; asked++)
          sockets[asked % CONNECTIONS].write(frames[asked % frames.length])
        if (asked < count) setTimeout(tick, 1)
      }
      tick()
    })
  })
  await ends
  const given = performance.now()
  let unanswered = 0
  const counted = took.subarray(warm).map((each, i) => {
    if (!Number.isNaN(each)) return each
    unanswered++
    return given - due(warm + i)
  })
  const span = (Math.max(last, due(count)) - due(warm)) / 1000
  const perSecond = Math.round((counted.length - unanswered) / span)
  counted.sort()
  const at = (part) =>
    Number(counted[Math.min(counted.length - 1, Math.floor(counted.length * part))].toFixed(2))
  process.send({ perSecond, unanswered, p50ms: at(0.5), p99ms: at(0.99), p999ms: at(0.999) })
  process.exit(0)
})
