// npm run torture: rounds in which a gateway, its machine, its disk or its links come to harm under load, and what is
// promised of it all is held against what clients saw and what the journal says.
import { parseArgs } from 'node:util'
import { ensureBuilt } from '../../scripts/ensure.js'
import { Report } from './report.js'

const HELP = `Usage: npm run torture -- [options]

Kills, freezes, fills and cuts off a gateway under load, and checks that nothing acknowledged is lost, nothing comes twice
without its mark, and counts have no gap. Exit 1 when a promise broke; the store and a transcript are kept then.

  --rounds N      rounds (default 200)
  --seed S        the same seed makes the same plan (default: the time)
  --clients N     connections a round, spread over four links (default 8)
  --only KINDS    kill, crash (the machine goes down), term (SIGTERM), freeze (SIGSTOP), proxy (links are cut),
                  full (a small disk); several with commas. Default: crash every other round, the others in turn
  --json          the result as JSON
  --help

Example: npm run torture -- --rounds 20 --seed 7 --only crash,kill
`

function options() {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string', default: '200' },
      seed: { type: 'string', default: `${Date.now() % 1_000_000}` },
      clients: { type: 'string', default: '8' },
      only: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  const number = (name) => {
    const value = Number(values[name])
    if (Number.isInteger(value) && value >= 0 && (name === 'seed' || value > 0)) return value
    throw new Error(`--${name} takes a whole number, not '${values[name]}'`)
  }
  return {
    help: values.help,
    json: values.json,
    rounds: number('rounds'),
    seed: number('seed'),
    clients: number('clients'),
    only: values.only?.split(','),
  }
}

async function main() {
  let wanted
  try {
    wanted = options()
  } catch (error) {
    process.stderr.write(`${error.message}; see --help\n`)
    return 2
  }
  if (wanted.help) {
    process.stdout.write(HELP)
    return 0
  }
  ensureBuilt()
  const { KINDS } = await import('./rounds.js')
  const { torture } = await import('./torture.js')
  const unknown = wanted.only?.find((kind) => !(kind in KINDS))
  if (unknown !== undefined) {
    process.stderr.write(`no kind of round is called '${unknown}'; known: ${Object.keys(KINDS).join(', ')}\n`)
    return 2
  }
  const report = new Report(wanted)
  for await (const round of torture(wanted)) report.round(round)
  report.end()
  return report.broken ? 1 : 0
}

process.exitCode = await main()
