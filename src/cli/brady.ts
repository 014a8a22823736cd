import { Command } from 'commander'
import { offsetMinutes, operate } from '../gateway/index.js'
import { formatDuration, WallClock } from '../time/index.js'
import { addSharedOptions, resolveConfig, type SharedOptions } from './shared.js'
import { table } from './table.js'

/** A Brady check that has no final answer yet. */
interface Waiting {
  readonly reference: string
  readonly ori: string
  /** Milliseconds since the epoch. */
  readonly askedAt: number
  readonly limit: number
  readonly held: boolean
  readonly answerAt?: number
  readonly overdue: boolean
}

/** `brady`: Brady checks that wait, with their clocks; `brady release R` lets an answer go that an operator holds. */
export function bradyCommand(): Command {
  const command = new Command('brady')
    .description('Brady checks that have no final answer yet, overdue ones first, with their clocks')
    .option('--json', 'JSON Lines')
    .addHelpText('after', '\nExample:\n  iaq-gateway brady\n  iaq-gateway brady release 26-0000000417\n')
  addSharedOptions(command).action(async (options: SharedOptions) => {
    const config = resolveConfig(options)
    const waiting = (await operate(config, { call: 'view', service: 'brady', args: {} })) as Waiting[]
    process.stdout.write(
      options.json
        ? waiting.map((each) => `${JSON.stringify(each)}\n`).join('')
        : format(waiting, new WallClock(offsetMinutes(config.clock.offset)), Date.now()),
    )
  })
  const release = new Command('release')
    .description('let the answer go that waits for an operator')
    .argument('<reference>', 'LESC reference')
    .addHelpText('after', '\nExample:\n  iaq-gateway brady release 26-0000000417\n')
  addSharedOptions(release).action(async (reference: string, options: SharedOptions) => {
    const config = resolveConfig({ ...command.opts(), ...options })
    const waiting = (await operate(config, { call: 'view', service: 'brady', args: {} })) as Waiting[]
    if (waiting.some((each) => each.reference === reference && each.held)) {
      await operate(config, { call: 'release', reference })
      process.stdout.write(`${reference} released\n`)
    } else {
      process.stderr.write(`no answer to a Brady check ${reference} waits for an operator\n`)
      process.exitCode = 1
    }
  })
  return command.addCommand(release)
}

function format(waiting: readonly Waiting[], wall: WallClock, now: number): string {
  const rows = waiting.map((each) => {
    const { date, time } = wall.at(each.limit)
    const left = each.overdue ? 'OVERDUE' : `${formatDuration(each.limit - now)} left`
    const state = each.held
      ? 'waits for an operator'
      : each.answerAt === undefined
        ? 'open'
        : 'answer on its way'
    return [
      each.reference,
      each.ori,
      formatDuration(Math.max(0, now - each.askedAt)),
      `${date} ${time}`,
      left,
      state,
    ]
  })
  return table(['REFERENCE', 'ORI', 'AGE', 'LIMIT', 'CLOCK', 'STATE'], rows)
}
