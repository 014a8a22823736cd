// npm run bench -- soak --minutes 30 --rate 1000: a steady rate for a long time; resident memory, open files and latency
// of the gateway, a line a minute, and each third's median at the end. Ends with 1 where the last third's memory is more
// than a tenth above the middle one's.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import net from 'node:net'
import os from 'node:os'
import { join } from 'node:path'
import { createHistogram } from 'node:perf_hooks'
import { child, median, QUERY } from './parts.js'

const SAMPLE_MS = 5000
const CONNECTIONS = 16

/** Resident bytes and open files of a process. */
function sampleOf(pid) {
  const rss = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? '0'
  return { mib: Number(rss) / 1024, files: readdirSync(`/proc/${pid}/fd`).length }
}

export async function soak({ minutes, rate, json }) {
  const data = mkdtempSync(join(os.tmpdir(), 'iaq-soak-'))
  const gateway = await child('gateway.js', { data, flags: {}, instant: false })
  const { pid } = gateway.process
  const histogram = createHistogram()
  const bytes = Buffer.from(QUERY, 'latin1')
  const sockets = []
  let [asked, answered] = [0, 0]
  for (let i = 0; i < CONNECTIONS; i++) {
    const socket = net.connect(gateway.reply.port, '127.0.0.1')
    const sent = []
    let frames = 0
    socket.setNoDelay(true)
    socket.on('data', (chunk) => {
      const now = performance.now()
      for (let at = chunk.indexOf(3); at >= 0; at = chunk.indexOf(3, at + 1)) {
        if (++frames % 2 !== 0) continue
        histogram.record(Math.max(1, Math.round((now - (sent.shift() ?? now)) * 1000)))
        answered++
      }
    })
    sockets.push({ socket, sent })
  }
  const from = performance.now()
  const end = from + minutes * 60_000
  const samples = []
  let next = from + SAMPLE_MS
  let minute = 1
  await new Promise((done) => {
    const tick = () => {
      const now = performance.now()
      // Open loop: what is due is asked, however late the answers are.
      for (const due = Math.floor(((now - from) * rate) / 1000); asked < due; asked++) {
        const { socket, sent } = sockets[asked % CONNECTIONS]
        sent.push(now)
        socket.write(bytes)
      }
      if (now >= next) {
        samples.push(sampleOf(pid))
        next += SAMPLE_MS
      }
      if (!json && now - from >= minute * 60_000) {
        const { mib, files } = samples.at(-1)
        const [p50, p99] = [50, 99].map((p) => (histogram.percentile(p) / 1000).toFixed(1))
        process.stdout.write(
          `${`${minute}`.padStart(4)} min  ${mib.toFixed(0).padStart(5)} MiB  ${files} files  ` +
            `${answered} answered of ${asked}  p50 ${p50} ms  p99 ${p99} ms\n`,
        )
        histogram.reset()
        minute++
      }
      if (now < end) setTimeout(tick, 5)
      else done()
    }
    tick()
  })
  for (const { socket } of sockets) socket.destroy()
  const ended = new Promise((done) => gateway.process.once('exit', done))
  gateway.process.send('close')
  await ended
  rmSync(data, { recursive: true, force: true })
  const third = Math.floor(samples.length / 3)
  const thirds = [0, 1, 2].map((i) => median(samples.slice(i * third, (i + 1) * third).map(({ mib }) => mib)))
  const flat = thirds[2] <= thirds[1] * 1.1
  const result = { minutes, rate, asked, answered, thirdsMiB: thirds.map(Math.round), flat }
  process.stdout.write(
    json ? `${JSON.stringify(result)}\n` : `thirds ${result.thirdsMiB.join(', ')} MiB; flat: ${flat}\n`,
  )
  return flat
}
