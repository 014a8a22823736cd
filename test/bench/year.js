// npm run bench:year: the centre's record year, the fiscal year 2007, over real sockets as fast as the gateway takes it.
//   npm run bench:year                                        728,243 queries, 200,000 persons on file
//   npm run bench:year -- --records 1000000 --share 0.1       a tenth of the year
//   npm run bench:year -- --seed spring --json                one object on one line
// Ends with 1 where anything was lost or doubled, or where the centre's own figures say otherwise.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { Account } from './year/account.js'
import { drive } from './year/drive.js'
import { makeYear, YEAR } from './year/messages.js'
import { cpuSeconds, journalBytes, load, peakMiB, serve, stats, stop, writeConfig } from './year/served.js'

const { values } = parseArgs({
  options: {
    records: { type: 'string', default: '200000' },
    share: { type: 'string', default: '1' },
    seed: { type: 'string', default: '2007' },
    json: { type: 'boolean', default: false },
  },
})
const records = Number(values.records)
const share = Number(values.share)
if (!Number.isInteger(records) || records < 1 || records > 90_000_000)
  usage('--records must be a whole number from 1 to 90000000')
if (!(share > 0 && share <= 1)) usage('--share must be more than 0 and at most 1')
const FORMATS = new URL('../../formats', import.meta.url).pathname
/** Tips get no answer: the last may still be on their way when everything else is answered. */
const SETTLE_MS = 10_000

const progress = (text) => process.stderr.write(`${text}\n`)

const dir = mkdtempSync(join(os.tmpdir(), 'iaq-year-'))
// Whoever stops the bench stops its gateway too.
process.once('exit', () => rmSync(dir, { recursive: true, force: true }))
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1))
const { figures, ...result } = await year()
process.stdout.write(values.json ? `${JSON.stringify(result)}\n` : table(result))
for (const [name, { seen, counted }] of Object.entries(figures))
  progress(`the figures disagree: ${name}: seen ${seen}, counted ${counted}`)
const whole = result.lost + result.duplicates + result.othersLost + result.stray === 0 && result.figuresAgree
process.exitCode = whole ? 0 : 1

async function year() {
  const frames = join(dir, 'frames')
  mkdirSync(frames)
  const made = makeYear({
    ...{ dir: frames, formats: FORMATS, directory: join(FORMATS, 'directory.csv'), progress },
    ...{ seed: values.seed, records, queries: Math.max(1, Math.round(YEAR * share)) },
  })
  progress(`${made.total} messages made for ${made.links.length} links; loading ${records} persons`)
  const config = writeConfig({ dir, links: made.links })
  await load({ config, records, seed: values.seed })
  const gateway = await serve({ dir, config, listeners: made.links.length })
  try {
    const account = new Account(made)
    const links = made.links.map((link, i) => ({ ...link, port: gateway.ports[i] }))
    progress('the year begins')
    const idle = cpuSeconds(gateway.process)
    const run = await drive({ links, account, total: made.total, progress })
    const cpu = cpuSeconds(gateway.process) - idle
    const counted = await settled(config, account, made)
    const peak = peakMiB(gateway.process)
    run.close()
    await stop(gateway)
    return summary({ made, account, counted, seconds: run.seconds, cpu, peak })
  } finally {
    gateway.process.kill('SIGKILL')
  }
}

/** The centre's figures, once they have all that was sent, or after a time as they are. */
async function settled(config, account, made) {
  const until = performance.now() + SETTLE_MS
  for (;;) {
    const counted = await stats(config)
    if (differences(account, made, counted).length === 0 || performance.now() > until) return counted
  }
}

/** What was sent and seen, beside what the centre counted. */
function differences({ seen }, { asked }, counted) {
  const pairs = [
    ['queries', asked.messages.IAQ ?? 0, counted.queries],
    ['oris', asked.oris, counted.oris],
    ['brady', asked.brady, counted.brady],
    ['hits confirmed', seen.confirmed, counted.hitsConfirmed],
    ['detainers', seen.detainers, counted.detainers],
  ]
  for (const [what, ours, theirs] of [
    ['messages', asked.messages, counted.messages],
    ['answers', seen.answers, counted.answers],
    ['refusals', {}, counted.refusals],
  ])
    for (const key of new Set([...Object.keys(ours), ...Object.keys(theirs)]))
      pairs.push([`${what} ${key}`, ours[key] ?? 0, theirs[key] ?? 0])
  return pairs.filter(([, ours, theirs]) => ours !== theirs)
}

function summary({ made, account, counted, seconds, cpu, peak }) {
  const { iaq, rest, ...latency } = account.sum()
  const { seen } = account
  const wrong = differences(account, made, counted)
  const rounded = (number, digits) => Number(number.toFixed(digits))
  const bytes = journalBytes(dir)
  return {
    queries: iaq.n,
    acknowledged: iaq.acknowledged,
    answeredOnce: iaq.answeredOnce,
    lost: iaq.lost,
    duplicates: iaq.duplicates,
    figuresAgree: wrong.length === 0,
    recallAt1: made.asked.onFile === 0 ? 0 : rounded(seen.right / made.asked.onFile, 4),
    seconds: rounded(seconds, 2),
    p50ms: rounded(latency.p50, 2),
    p99ms: rounded(latency.p99, 2),
    peakMiB: peak,
    journalBytes: bytes,
    others: rest.n,
    othersLost: rest.lost + rest.duplicates,
    p999ms: rounded(latency.p999, 2),
    mostMs: rounded(latency.max, 2),
    perSecond: Math.round(made.total / seconds),
    // A shared machine's clock says little; the processor time of the gateway, load left out, says more.
    gatewayCpuSeconds: rounded(cpu, 2),
    journalBytesEach: Math.round(bytes / made.total),
    ...{ records, share, seed: values.seed, links: made.links.length, oris: made.asked.oris },
    ...{ brady: made.asked.brady, onFile: made.asked.onFile, answers: seen.answers },
    ...{ refused: seen.refused, marked: seen.marked, stray: seen.stray },
    figures: Object.fromEntries(wrong.map(([name, ours, theirs]) => [name, { seen: ours, counted: theirs }])),
  }
}

function table(result) {
  const shown = (value) => (typeof value === 'object' ? JSON.stringify(value) : `${value}`)
  return `${Object.entries(result)
    .map(([name, value]) => `${name.padEnd(18)}${shown(value)}`)
    .join('\n')}\n`
}

function usage(text) {
  process.stderr.write(`${text}\n`)
  process.exit(2)
}
