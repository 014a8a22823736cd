// The client of every row: N connections, each with so many queries under way, for a time. Says how many queries got
// both frames, and the latency of the second. The queries are asked in turn. It ends when all that it asked is answered.
import { createHistogram } from 'node:perf_hooks'
import { connectTo, endWithParent } from './parts.js'

/** How long what is under way may take to be answered. */
const LONGEST_MS = 30_000

endWithParent()
process.once('message', async ({ port, connections, depth, seconds, queries, ca, end: ending = 3 }) => {
  const asked = queries.map((each) => Buffer.from(each, 'base64'))
  const histogram = createHistogram()
  let done = 0
  let measuring = false
  let stopped = false
  let under = 0
  let next = 0
  let result
  // What is still unanswered when the time is over would be the next client's, beside what that one asks.
  const end = () => {
    process.send(result)
    process.exit(0)
  }
  const take = () => asked[next++ % asked.length]
  const open = async () => {
    const socket = await connectTo(port, ca)
    const sent = []
    let frames = 0
    const ask = (n) => {
      under += n
      const now = performance.now()
      for (let i = 0; i < n; i++) sent.push(now)
      socket.write(n === 1 ? take() : Buffer.concat(Array.from({ length: n }, take)))
    }
    socket.on('data', (chunk) => {
      let finished = 0
      for (let at = chunk.indexOf(ending); at >= 0; at = chunk.indexOf(ending, at + 1))
        if (++frames % 2 === 0) finished++
      if (finished === 0) return
      const now = performance.now()
      for (const from of sent.splice(0, finished))
        if (measuring) histogram.record(Math.max(1, Math.round((now - from) * 1000)))
      if (measuring) done += finished
      under -= finished
      if (!stopped) ask(finished)
      else if (under === 0) end()
    })
    return () => ask(depth)
  }
  const starts = []
  for (let i = 0; i < connections; i++) starts.push(await open())
  for (const start of starts) start()
  await new Promise((go) => setTimeout(go, 500))
  measuring = true
  const from = performance.now()
  await new Promise((go) => setTimeout(go, seconds * 1000))
  const elapsed = (performance.now() - from) / 1000
  measuring = false
  stopped = true
  setTimeout(() => {
    throw new Error(`${under} questions got no answer`)
  }, LONGEST_MS).unref()
  result = {
    rate: done / elapsed,
    p50: histogram.percentile(50) / 1000,
    p99: histogram.percentile(99) / 1000,
  }
})
