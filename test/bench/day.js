// npm run day: a day of the centre over real sockets, in its rhythm, and the same day killed on the way.
//   npm run day                                 at 100x: 15 minutes; a day left alone beside one that is killed five times
//   npm run day -- --speed max --kills 2        as fast as it goes
//   npm run day -- --scenario FILE --seed S --share 0.1 --json
// Ends with 1 where the figures don't agree three ways: what was sent, `stats`, `stats --recount`; or the two days' don't.
import { mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import { join } from 'node:path'
import { isDeepStrictEqual, parseArgs } from 'node:util'
import { FaultError, formatFault } from '../../dist/config/index.js'
import { disagreements, shown } from './day/figures.js'
import { planDay } from './day/plan.js'
import { playDay } from './day/play.js'
import { readScenario } from './day/scenario.js'
import { numbers } from './match/queries.js'
import { hashOf } from './year/messages.js'

const path = (relative) => new URL(`../../${relative}`, import.meta.url).pathname
const { values } = parseArgs({
  options: {
    scenario: { type: 'string', default: path('fixtures/scenarios/day.yaml') },
    speed: { type: 'string' },
    kills: { type: 'string', default: '5' },
    share: { type: 'string', default: '1' },
    seed: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
})
const kills = Number(values.kills)
const share = Number(values.share)
if (!Number.isInteger(kills) || kills < 0 || kills > 100) usage('--kills must be a whole number up to 100')
if (!(share > 0 && share <= 1)) usage('--share must be more than 0 and at most 1')
const scenario = scenarioOf(values.scenario)
const seed = values.seed ?? scenario.seed
const speed = values.speed === 'max' ? Number.POSITIVE_INFINITY : Number(values.speed ?? scenario.speed)
if (!(speed > 0)) usage("--speed must be a number above 0, or 'max'")

const progress = (day) => (text) => process.stderr.write(`${day}: ${text}\n`)
const formats = path('formats')
const dir = mkdtempSync(join(os.tmpdir(), 'iaq-day-'))
// Whoever stops the day stops its gateways too.
process.once('exit', () => rmSync(dir, { recursive: true, force: true }))
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1))

const plan = planDay({ scenario, seed, formats, directory: join(formats, 'directory.csv') })
const play = (name, moments) =>
  playDay({
    ...{ dir: join(dir, name), plan, records: scenario.records, seed, speed },
    ...{ kills: moments, progress: progress(name) },
  })
const left = await Promise.all([play('left alone', []), ...(kills > 0 ? [play('killed', momentsOf())] : [])])
const [alone, killed] = left
const wrong = left.flatMap((day, i) =>
  disagreements({ scenario, plan, day }).map((text) => `${i === 0 ? 'left alone' : 'killed'}: ${text}`),
)
if (killed && !isDeepStrictEqual(killed.counted, alone.counted))
  wrong.push('the figures of the day that was killed are not those of the day left alone')
const result = { figuresAgree: wrong.length === 0, seed, speed: `${speed}`, kills, ...days() }
process.stdout.write(values.json ? `${JSON.stringify(result)}\n` : table(result))
for (const text of wrong) process.stderr.write(`${text}\n`)
process.exitCode = wrong.length === 0 ? 0 : 1

/** After which messages the process is killed: one in each part of the day. */
function momentsOf() {
  const below = numbers(hashOf(`${seed} kills`))
  const total = plan.events.filter(({ what }) => what === 'message').length
  return Array.from({ length: kills }, (_, i) => Math.floor(((i + below(1000) / 1000) * total) / kills))
}

function days() {
  return killed ? { alone: shown(alone), killed: shown(killed) } : { alone: shown(alone) }
}

function table({ alone: one, killed: other, ...rest }) {
  const text = (value) => (typeof value === 'object' ? JSON.stringify(value) : `${value}`)
  const rows = Object.entries(rest).map(([name, value]) => `${name.padEnd(16)}${text(value)}`)
  for (const [name, value] of Object.entries(one))
    rows.push(`${name.padEnd(16)}${text(value)}${other ? `   ${text(other[name])}` : ''}`)
  return `${rows.join('\n')}\n`
}

function scenarioOf(file) {
  try {
    return readScenario(file, share)
  } catch (error) {
    if (!(error instanceof FaultError)) throw error
    return usage(error.faults.map(formatFault).join('\n'))
  }
}

function usage(text) {
  process.stderr.write(`${text}\n`)
  process.exit(2)
}
