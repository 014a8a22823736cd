import { Command } from 'commander'
import { offsetMinutes, readFigures } from '../gateway/index.js'
import { fiscalYear, WallClock } from '../time/index.js'
import { formatCsv, formatTable, summarise } from './figures.js'
import { addSharedOptions, resolveConfig, type SharedOptions } from './shared.js'
import { usage } from './target.js'

/** `stats`: the centre's figures of a fiscal year. */
export function statsCommand(): Command {
  const command = new Command('stats')
    .description(
      'the figures of a fiscal year (from 1 October of the year before), beside the published ones',
    )
    .option('--fiscal-year <year>', 'the year (default: the present one)')
    .option('--recount', 'count anew from the journal instead of asking the gateway that serves the store')
    .option('--json', 'one object of JSON')
    .option('--csv', 'the table as CSV')
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
  const { years, damage, areaOf, ncicLive } = await readFigures(config, options.recount === true)
  for (const line of damage) process.stderr.write(`${line}\n`)
  const summary = summarise(
    year,
    years.find((each) => each.year === year),
    { formatsDir: config.formats, areaOf, ncicLive },
  )
  process.stdout.write(
    options.json ? `${JSON.stringify(summary)}\n` : options.csv ? formatCsv(summary) : formatTable(summary),
  )
  return damage.length === 0 ? 0 : 1
}
