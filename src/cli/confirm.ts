import { Command } from 'commander'
import { operate } from '../gateway/index.js'
import { formatDuration } from '../time/index.js'
import { act } from './act.js'
import { addSharedOptions, resolveConfig, type SharedOptions } from './shared.js'
import { table } from './table.js'
import { usage, wholeNumber } from './target.js'

/** A hit confirmation that waits, as `confirm` shows it. */
interface Waiting {
  readonly reference: string
  readonly ori: string
  readonly nic: string
  readonly priority: string
  readonly request: string
  readonly case: string
  /** Milliseconds since the epoch. */
  readonly askedAt: number
  readonly limit: number
  /** It was told when the answer comes. */
  readonly told: boolean
  readonly overdue: boolean
}

/** `confirm`: hit confirmations that wait; `confirm R Y|N|I` answers one. */
export function confirmCommand(): Command {
  const command = new Command('confirm')
    .description('hit confirmations that wait for an operator, overdue ones first; answer one')
    .argument('[reference]', 'LESC reference of the request')
    .argument('[confirmation]', 'Y, N, or I: later, in --hours')
    .option('--hours <n>', 'hours until it is confirmed, with I', '1')
    .option('--by <name>', 'who confirms')
    .option('--remarks <text>', 'remarks of the answer')
    .option('--json', 'JSON Lines')
    .addHelpText(
      'after',
      '\nExample:\n  iaq-gateway confirm\n  iaq-gateway confirm 26-0000000417 Y --by "J EXAMPLE"\n',
    )
  return addSharedOptions(command).action(
    async (reference: string | undefined, confirmation: string | undefined, options: SharedOptions) => {
      const config = resolveConfig(options)
      if (reference === undefined) {
        const waiting = (await operate(config, {
          call: 'view',
          service: 'confirmation',
          args: {},
        })) as Waiting[]
        process.stdout.write(
          options.json
            ? waiting.map((each) => `${JSON.stringify(each)}\n`).join('')
            : format(waiting, Date.now()),
        )
        return
      }
      if (!/^[YNI]$/.test(confirmation ?? ''))
        usage(command, `after the reference say Y, N or I, not '${confirmation ?? ''}'`)
      const hours = wholeNumber(command, '--hours', String(options.hours))
      const text = (value: unknown): string | undefined => (value === undefined ? undefined : String(value))
      await act(
        config,
        ['confirmation', 'answer'],
        { reference, confirmation, hours, by: text(options.by), remarks: text(options.remarks) },
        (count) => `${count} request${count === 1 ? '' : 's'} answered`,
      )
    },
  )
}

function format(waiting: readonly Waiting[], now: number): string {
  const rows = waiting.map((each) => [
    each.reference,
    each.ori,
    each.nic,
    each.priority,
    each.request,
    each.case,
    formatDuration(Math.max(0, now - each.askedAt)),
    each.overdue ? 'OVERDUE' : `${formatDuration(each.limit - now)} left${each.told ? ', told when' : ''}`,
  ])
  return table(['REFERENCE', 'ORI', 'NIC', 'PRI', 'RNO', 'OCA', 'AGE', 'STATE'], rows)
}
