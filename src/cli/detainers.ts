import { Command } from 'commander'
import type { ResolvedConfig } from '../config/index.js'
import { findMatched } from '../exchange/index.js'
import { chainKeyOf, journalDir, offsetMinutes, operate } from '../gateway/index.js'
import type { Json } from '../services/index.js'
import { Journal } from '../store/index.js'
import { WallClock } from '../time/index.js'
import { act } from './act.js'
import { addSharedOptions, resolveConfig, type SharedOptions } from './shared.js'
import { table } from './table.js'
import { usage } from './target.js'

/** A detainer as `detainers` shows it: no name and no date of birth. */
interface Shown {
  readonly number: string
  readonly ori: string
  readonly area: string
  readonly nic: string
  readonly arn: string
  readonly by: string
  readonly state: string
  readonly reason?: string
  /** Milliseconds since the epoch. */
  readonly t: number
  readonly until: number
}

/** `detainers`: lists them; `detainers lodge R` on a MATCH, `detainers lift N CODE`. */
export function detainersCommand(): Command {
  const command = new Command('detainers')
    .description('detainers by ORI, state and day; lodge one on a MATCH, or lift one')
    .option('--ori <ori>', 'only of this ORI')
    .option('--state <code>', 'only of ORIs of this state')
    .option('--day <CCYYMMDD>', 'only of this day')
    .option('--status <status>', 'lodged, lifted or expired')
    .option('--json', 'JSON Lines')
    .addHelpText(
      'after',
      '\nExample:\n  iaq-gateway detainers --state ZZ\n  iaq-gateway detainers lodge 26-0000000417\n  iaq-gateway detainers lift 26-000001 L\n',
    )
  addSharedOptions(command).action(async (options: SharedOptions) => {
    const config = resolveConfig(options)
    if (options.day !== undefined && !/^\d{8}$/.test(String(options.day)))
      usage(command, `--day must be CCYYMMDD, not '${options.day}'`)
    const given = { ori: options.ori, area: options.state, day: options.day, state: options.status }
    const args = Object.fromEntries(
      Object.entries(given).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])),
    )
    const shown = (await operate(config, { call: 'view', service: 'detainer', args })) as Shown[]
    process.stdout.write(
      options.json ? shown.map((each) => `${JSON.stringify(each)}\n`).join('') : format(shown, config),
    )
  })
  const lodge = new Command('lodge')
    .description('lodge one on the MATCH of a question; the asking ORI is told')
    .argument('<reference>', 'LESC reference')
    .addHelpText('after', '\nExample:\n  iaq-gateway detainers lodge 26-0000000417\n')
  addSharedOptions(lodge).action(async (reference: string, options: SharedOptions) => {
    const config = resolveConfig({ ...command.opts(), ...options })
    const matched = findMatched((onRecord) => {
      const dir = journalDir(config.data)
      Journal.scan({ dir, key: chainKeyOf(config), whole: true, onRecord })
    }, reference)
    if (matched?.grade !== 'MATCH' || matched.arn === undefined) {
      process.stderr.write(`${reference} is no question that was answered with a MATCH\n`)
      process.exitCode = 1
      return
    }
    const address = matched.address as unknown as Json
    const { arn } = matched
    await act(config, ['detainer', 'lodge'], { address, arn }, (number) => `detainer ${number} lodged`)
  })
  const lift = new Command('lift')
    .description('lift one, with the reason; the ORI is told')
    .argument('<number>', 'as 26-000001')
    .argument('<code>', 'reason: a code of formats/codes/detainer-lift.csv')
    .addHelpText('after', '\nExample:\n  iaq-gateway detainers lift 26-000001 L\n')
  addSharedOptions(lift).action(async (number: string, code: string, options: SharedOptions) => {
    const config = resolveConfig({ ...command.opts(), ...options })
    await act(config, ['detainer', 'lift'], { number, code }, (lifted) => `detainer ${lifted} lifted`)
  })
  return command.addCommand(lodge).addCommand(lift)
}

function format(shown: readonly Shown[], config: ResolvedConfig): string {
  const wall = new WallClock(offsetMinutes(config.clock.offset))
  const at = (ms: number): string => {
    const { date, time } = wall.at(ms)
    return `${date} ${time}`
  }
  const rows = shown.map((each) => [
    each.number,
    each.ori,
    each.area,
    at(each.t),
    at(each.until),
    each.nic,
    each.by,
    each.reason ? `${each.state} ${each.reason}` : each.state,
  ])
  return table(['NUMBER', 'ORI', 'STATE', 'LODGED', 'UNTIL', 'NIC', 'BY', 'STATUS'], rows)
}
