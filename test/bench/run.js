// npm run bench: each row against its baseline in the same run, in alternating rounds. Absolute rates mean nothing on
// a shared machine; the ratios do.
//   npm run bench                         every row
//   npm run bench -- exchange             rows whose name begins so
//   npm run bench -- soak --minutes 30    a steady rate for a long time
//   npm run bench -- start                a start over 1,000,000 past exchanges (--exchanges N)
//   npm run bench -- match --records 1000000   the matching engine (--queries N, --data a store that is there)
//   npm run bench -- --rounds 5 --seconds 3 --json
import { mkdtempSync, rmSync } from 'node:fs'
import net from 'node:net'
import os from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { benchMatch, tableOf } from './match/run.js'
import { child, median, QUERY } from './parts.js'
import { soak } from './soak.js'
import { benchStart } from './start.js'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '2' },
    exchanges: { type: 'string', default: '1000000' },
    json: { type: 'boolean', default: false },
    records: { type: 'string', default: '100000' },
    queries: { type: 'string', default: '5000' },
    data: { type: 'string' },
    minutes: { type: 'string', default: '30' },
    rate: { type: 'string', default: '1000' },
  },
})
const rounds = Number(values.rounds)
const seconds = Number(values.seconds)

const SYNCED = {}
const UNSYNCED = { 'journal.sync': false }
const LOG_OFF = { 'log.level': 'silent' }
const ROWS = [
  { name: 'exchange, 1 connection', connections: 1, depth: 1, flags: SYNCED },
  { name: 'exchange, 64 connections', connections: 64, depth: 1, flags: SYNCED },
  { name: 'exchange, 1,000 connections', connections: 1000, depth: 1, flags: SYNCED },
  { name: 'exchange, 64 x 16 pipelined', connections: 64, depth: 16, flags: SYNCED },
  { name: 'exchange, 64, sync off', connections: 64, depth: 1, flags: UNSYNCED },
  { name: 'exchange, 64, log off', connections: 64, depth: 1, flags: LOG_OFF },
]

/** The two frames that a query gets, for the echo to answer the same. */
function twoFrames(port) {
  return new Promise((resolve, reject) => {
    let bytes = Buffer.alloc(0)
    const socket = net.connect(port, '127.0.0.1', () => socket.write(QUERY, 'latin1'))
    socket.on('error', reject)
    socket.on('data', (chunk) => {
      bytes = Buffer.concat([bytes, chunk])
      if (bytes.filter((byte) => byte === 3).length < 2) return
      socket.destroy()
      resolve(bytes)
    })
  })
}

const measure = async (port, { connections, depth }) =>
  (
    await child('client.js', {
      port,
      connections,
      depth,
      seconds,
      query: Buffer.from(QUERY, 'latin1').toString('base64'),
    })
  ).reply

async function measureRow(row) {
  const data = mkdtempSync(join(os.tmpdir(), 'iaq-bench-'))
  const gateway = await child('gateway.js', { data, flags: row.flags, instant: true })
  const frames = await twoFrames(gateway.reply.port)
  const echo = await child('echo.js', { frames: frames.toString('base64') })
  const ours = []
  const theirs = []
  for (let round = 0; round < rounds; round++) {
    theirs.push(await measure(echo.reply.port, row))
    ours.push(await measure(gateway.reply.port, row))
  }
  echo.process.kill('SIGKILL')
  const ended = new Promise((done) => gateway.process.once('exit', done))
  gateway.process.send('close')
  await ended
  rmSync(data, { recursive: true, force: true })
  const ratios = ours.map((each, i) => each.rate / theirs[i].rate)
  return {
    row: row.name,
    rate: Math.round(median(ours.map((each) => each.rate))),
    echo: Math.round(median(theirs.map((each) => each.rate))),
    share: Number(median(ratios).toFixed(3)),
    least: Number(Math.min(...ratios).toFixed(3)),
    most: Number(Math.max(...ratios).toFixed(3)),
    p50ms: Number(median(ours.map((each) => each.p50)).toFixed(2)),
    p99ms: Number(median(ours.map((each) => each.p99)).toFixed(2)),
  }
}

if (positionals[0] === 'soak') {
  const flat = await soak({ minutes: Number(values.minutes), rate: Number(values.rate), json: values.json })
  process.exit(flat ? 0 : 1)
}

if (positionals.length === 1 && positionals[0] === 'start') {
  const { exchanges, filled, ms } = await benchStart(Number(values.exchanges), rounds)
  const shown = (times) => times.map((each) => `${(each / 1000).toFixed(2)} s`).join(', ')
  process.stdout.write(
    values.json
      ? `${JSON.stringify({ exchanges, filled, ms })}\n`
      : `a start over ${exchanges} past exchanges (${Math.round(filled.bytes / 1e6)} MB of journal, filled in ${filled.seconds} s)\n` +
          `after the filling    ${shown(ms.filled)}\nafter kill -9        ${shown(ms.killed)}\nafter a clean stop   ${shown(ms.clean)}\n`,
  )
  process.exit(0)
}

if (positionals.length === 1 && positionals[0] === 'match') {
  const result = await benchMatch({
    ...{ records: Number(values.records), queries: Number(values.queries), keep: values.data },
  })
  process.stdout.write(values.json ? `${JSON.stringify(result)}\n` : tableOf(result))
  process.exit(0)
}

const wanted = ROWS.filter(
  (row) => positionals.length === 0 || positionals.some((each) => row.name.startsWith(each)),
)
const machine = {
  cpu: os.cpus()[0]?.model,
  cores: os.cpus().length,
  memoryGiB: Math.round(os.totalmem() / 2 ** 30),
  node: process.version,
}
if (!values.json) {
  process.stdout.write(
    `${machine.cpu}, ${machine.cores} cores, ${machine.memoryGiB} GiB, Node ${machine.node}\n`,
  )
  process.stdout.write(
    `${rounds} rounds of ${seconds} s, echo and gateway in turn; queries answered a second\n\n`,
  )
  process.stdout.write(
    'row                           gateway/s   echo/s   share  (spread)         p50 ms   p99 ms\n',
  )
}
const results = []
for (const row of wanted) {
  const result = await measureRow(row)
  results.push(result)
  if (values.json) continue
  process.stdout.write(
    `${result.row.padEnd(30)}${`${result.rate}`.padStart(9)}${`${result.echo}`.padStart(9)}${result.share.toFixed(3).padStart(8)}` +
      `  (${result.least.toFixed(3)}-${result.most.toFixed(3)})${result.p50ms.toFixed(2).padStart(10)}${result.p99ms.toFixed(2).padStart(9)}\n`,
  )
}
if (values.json) process.stdout.write(`${JSON.stringify({ machine, rounds, seconds, results })}\n`)
