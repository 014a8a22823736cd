import { existsSync } from 'node:fs'
import { Command } from 'commander'
import { FaultError, formatFault, type ResolvedConfig } from '../config/index.js'
import type { YearFigures } from '../exchange/index.js'
import { callControl, journalDir, offsetMinutes, scanStore } from '../gateway/index.js'
import { fiscalYear, WallClock } from '../time/index.js'
import { addSharedOptions, resolveConfig, type SharedOptions } from './shared.js'
import { table } from './table.js'
import { usage } from './target.js'

/** `stats`: the centre's figures of a fiscal year. */
export function statsCommand(): Command {
  const command = new Command('stats')
    .description('the figures of a fiscal year (from 1 October of the year before)')
    .option('--fiscal-year <year>', 'the year (default: the present one)')
    .option('--recount', 'count anew from the journal instead of asking the gateway that serves the store')
    .option('--json', 'one object of JSON')
    .addHelpText('after', '\nExample:\n  iaq-gateway stats --fiscal-year 2027\n')
  return addSharedOptions(command).action(async (options: SharedOptions) => {
    process.exitCode = await stats(command, options)
  })
}

async function stats(command: Command, options: SharedOptions): Promise<number> {
  const config = resolveConfig(options)
  const today = new WallClock(offsetMinutes(config.clock.offset)).at(Date.now()).day
  const year = options.fiscalYear === undefined ? fiscalYear(today) : Number(options.fiscalYear)
  if (!Number.isInteger(year) || year < 1990 || year > 2999)
    usage(command, `--fiscal-year must be a year such as 2027, not '${options.fiscalYear}'`)
  const { years, whole } = await figuresOf(config, options.recount === true)
  const figures = years.find((each) => each.year === year)
  const summary = summarise(year, figures)
  process.stdout.write(options.json ? `${JSON.stringify(summary)}\n` : format(summary))
  return whole ? 0 : 1
}

/** `whole` is false where a part of the journal is damaged and not counted. */
async function figuresOf(
  config: ResolvedConfig,
  recount: boolean,
): Promise<{ readonly years: readonly YearFigures[]; readonly whole: boolean }> {
  if (!recount) {
    const reply = await callControl(config.data, { call: 'figures' })
    if (reply.served) return { years: reply.answer as YearFigures[], whole: true }
  }
  if (!existsSync(journalDir(config.data)))
    throw new FaultError([
      { file: config.data, line: 0, reason: 'no store there; serve it first, or name another with --data' },
    ])
  const { state, damage } = scanStore(config, recount)
  for (const { file, offset, reason } of damage)
    process.stderr.write(`${formatFault({ file, line: 0, reason: `offset ${offset}: ${reason}` })}\n`)
  return { years: [...state.figures.years.values()], whole: damage.length === 0 }
}

interface Summary {
  readonly fiscalYear: number
  readonly queries: number
  readonly oris: number
  readonly brady: number
  readonly detainers: number
  readonly ncicEntries: number
  readonly hitsConfirmed: number
  /** What services count besides. */
  readonly services: Readonly<Record<string, number>>
  readonly answers: Readonly<Record<string, number>>
  readonly refusals: Readonly<Record<string, number>>
  readonly messages: Readonly<Record<string, number>>
}

function summarise(year: number, figures: YearFigures | undefined): Summary {
  const oris = figures?.oris ?? {}
  const counted = figures?.services ?? {}
  return {
    fiscalYear: year,
    queries: Object.values(oris).reduce((sum, n) => sum + n, 0),
    oris: Object.keys(oris).length,
    brady: figures?.brady ?? 0,
    detainers: counted.detainers ?? 0,
    ncicEntries: counted.ncicEntries ?? 0,
    hitsConfirmed: counted.hitsConfirmed ?? 0,
    services: counted,
    answers: figures?.answers ?? {},
    refusals: figures?.refusals ?? {},
    messages: figures?.messages ?? {},
  }
}

function format(summary: Summary): string {
  const rows: [string, string][] = [
    ['queries', `${summary.queries}`],
    ['ORIs that asked', `${summary.oris}`],
    ['Brady checks', `${summary.brady}`],
    ['detainers', `${summary.detainers}`],
    ['NCIC entries', `${summary.ncicEntries}`],
    ['hits confirmed', `${summary.hitsConfirmed}`],
  ]
  for (const [name, n] of Object.entries(summary.services))
    if (!Object.hasOwn(summary, name)) rows.push([wordsOf(name), `${n}`])
  for (const [type, n] of Object.entries(summary.answers)) rows.push([`answered ${type}`, `${n}`])
  for (const [code, n] of Object.entries(summary.refusals)) rows.push([`refused ${code}`, `${n}`])
  for (const [key, n] of Object.entries(summary.messages)) rows.push([`messages ${key}`, `${n}`])
  return table([`FISCAL YEAR ${summary.fiscalYear}`, 'COUNT'], rows)
}

/** `hitsNotConfirmed` as `hits not confirmed`. */
const wordsOf = (name: string): string =>
  name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`).replace(/^ncic/, 'NCIC')
