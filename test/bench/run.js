// npm run bench: each row against its baseline in the same run, in alternating rounds. Absolute rates mean nothing on
// a shared machine; the ratios do.
//   npm run bench                         every row
//   npm run bench -- exchange             rows whose name begins so
//   npm run bench -- whole --records 1000000   with the real matcher
//   npm run bench -- open --records 1000000    1,000, 5,000 and 10,000 questions a second, come what may
//   npm run bench -- memory               an idle link, plain and TLS, and an answer that waits (--links N, --waiting N)
//   npm run bench -- journal              what a question takes in the journal
//   npm run bench -- peers                a mountebank imposter and an HL7 server in the gateway's place
//   npm run bench -- soak --minutes 30    a steady rate for a long time
//   npm run bench -- start                a start over 1,000,000 past exchanges (--exchanges N)
//   npm run bench -- match --records 1000000   the matching engine (--queries N, --data a store that is there)
//   npm run bench -- --rounds 5 --seconds 3 --json
import os from 'node:os'
import { parseArgs } from 'node:util'
import { benchMatch, tableOf } from './match/run.js'
import { benchMemory, memoryLine } from './memory.js'
import { benchOpen, openLine } from './open.js'
import { measurePeers, peersLine } from './peers.js'
import { journalOfOne, measureRow, rowsOf } from './rows.js'
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
    links: { type: 'string', default: '10000' },
    waiting: { type: 'string', default: '50000' },
    minutes: { type: 'string', default: '30' },
    rate: { type: 'string', default: '1000' },
  },
})
const rounds = Number(values.rounds)
const seconds = Number(values.seconds)

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

if (positionals.length === 1 && positionals[0] === 'open') {
  const results = await benchOpen({
    ...{ seconds, records: Number(values.records) },
    onResult: (result) => !values.json && process.stdout.write(openLine(result)),
  })
  if (values.json) process.stdout.write(`${JSON.stringify({ results })}\n`)
  process.exit(0)
}

if (positionals.length === 1 && positionals[0] === 'memory') {
  const results = await benchMemory({
    ...{ links: Number(values.links), waiting: Number(values.waiting) },
    onResult: (result) => !values.json && process.stdout.write(memoryLine(result)),
  })
  if (values.json) process.stdout.write(`${JSON.stringify({ results })}\n`)
  process.exit(0)
}

if (positionals.length === 1 && positionals[0] === 'peers') {
  const results = []
  for (const connections of [64, 1000]) {
    results.push(await measurePeers({ connections, rounds, seconds }))
    if (!values.json) process.stdout.write(peersLine(results.at(-1)))
  }
  if (values.json) process.stdout.write(`${JSON.stringify({ results })}\n`)
  process.exit(0)
}

if (positionals.length === 1 && positionals[0] === 'journal') {
  const result = await journalOfOne()
  process.stdout.write(
    values.json ? `${JSON.stringify(result)}\n` : `${result.bytes} bytes of journal a query\n`,
  )
  process.exit(0)
}

const wanted = rowsOf(positionals)
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
  const result = await measureRow(row, { rounds, seconds, records: Number(values.records) })
  results.push(result)
  if (values.json) continue
  process.stdout.write(
    `${result.row.padEnd(30)}${`${result.rate}`.padStart(9)}${`${result.echo}`.padStart(9)}${result.share.toFixed(3).padStart(8)}` +
      `  (${result.least.toFixed(3)}-${result.most.toFixed(3)})${result.p50ms.toFixed(2).padStart(10)}${result.p99ms.toFixed(2).padStart(9)}\n`,
  )
}
if (values.json) process.stdout.write(`${JSON.stringify({ machine, rounds, seconds, results })}\n`)
