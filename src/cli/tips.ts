import { Command } from 'commander'
import { operate } from '../gateway/index.js'
import { formatDuration } from '../time/index.js'
import { act } from './act.js'
import { addSharedOptions, resolveConfig, type SharedOptions } from './shared.js'
import { table } from './table.js'
import { usage } from './target.js'

/** A tip as `tips` shows it. */
interface Shown {
  readonly number: string
  /** LESC reference of the message that brought it; `show` prints what it says. */
  readonly ref: string
  readonly ori: string
  readonly interest: string
  readonly place: string
  readonly office: string
  readonly text?: string
  readonly state: string
  /** Milliseconds since the epoch. */
  readonly t: number
  readonly due: number
  readonly limit: number
}

/** `tip`: a tip that came by telephone. */
export function tipCommand(): Command {
  const command = new Command('tip')
    .description('take a tip that came by telephone; prints its number and the field office it goes to')
    .argument('<text>', 'what the caller said')
    .option('--place <state>', 'two letters of the state that it is about')
    .addHelpText('after', '\nExample:\n  iaq-gateway tip "WORKERS HELD AT A TEST FARM" --place VT\n')
  return addSharedOptions(command).action(async (text: string, options: SharedOptions) => {
    const place = options.place === undefined ? undefined : String(options.place)
    if (place !== undefined && !/^[A-Za-z]{2}$/.test(place))
      usage(command, `--place must be two letters such as VT, not '${place}'`)
    await act(resolveConfig(options), ['tips', 'take'], { text, place }, (taken) => {
      const { number, interest, office } = taken as unknown as Shown
      return `tip ${number}: ${interest}, referred to ${office}`
    })
  })
}

/** `tips`: those that wait for their decision; `tips decide NUMBER viable|not`. */
export function tipsCommand(): Command {
  const command = new Command('tips')
    .description('tips that wait for their decision, oldest first; decide one')
    .option('--office <name>', 'only of this field office')
    .option('--state <state>', 'referred, due, overdue, viable or "not viable"')
    .option('--all', 'decided ones too')
    .option('--json', 'JSON Lines, with what callers said')
    .addHelpText(
      'after',
      '\nExample:\n  iaq-gateway tips --office BOSTON\n  iaq-gateway tips decide 26-000001 viable\n',
    )
  addSharedOptions(command).action(async (options: SharedOptions) => {
    const args = {
      office: options.office === undefined ? undefined : String(options.office).toUpperCase(),
      state: options.state === undefined ? undefined : String(options.state),
      all: options.all === true,
    }
    const tips = (await operate(resolveConfig(options), { call: 'view', service: 'tips', args })) as Shown[]
    process.stdout.write(
      options.json ? tips.map((each) => `${JSON.stringify(each)}\n`).join('') : format(tips, Date.now()),
    )
  })
  const decide = new Command('decide')
    .description('say whether one is viable')
    .argument('<number>', 'as 26-000001')
    .argument('<decision>', 'viable or not')
    .addHelpText('after', '\nExample:\n  iaq-gateway tips decide 26-000001 viable\n')
  addSharedOptions(decide).action(async (number: string, decision: string, options: SharedOptions) => {
    if (decision !== 'viable' && decision !== 'not') usage(decide, `say viable or not, not '${decision}'`)
    const config = resolveConfig({ ...command.opts(), ...options })
    await act(config, ['tips', 'decide'], { number, viable: decision === 'viable' }, (decided) => {
      const { number: of, state } = decided as unknown as Shown
      return `tip ${of} is ${state}`
    })
  })
  return command.addCommand(decide)
}

function format(tips: readonly Shown[], now: number): string {
  const rows = tips.map(({ number, ref, ori, interest, place, office, state, limit, t }) => {
    const clock = state.endsWith('viable')
      ? ''
      : limit <= now
        ? 'OVERDUE'
        : `${formatDuration(limit - now)} left`
    return [
      number,
      ref || 'telephone',
      ori,
      interest,
      place,
      office,
      formatDuration(Math.max(0, now - t)),
      clock,
      state,
    ]
  })
  return table(['NUMBER', 'REFERENCE', 'ORI', 'INTEREST', 'PLACE', 'OFFICE', 'AGE', 'CLOCK', 'STATE'], rows)
}
