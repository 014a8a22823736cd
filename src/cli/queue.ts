import { Command } from 'commander'
import type { WaitingSummary } from '../exchange/index.js'
import { operate } from '../gateway/index.js'
import { formatDuration } from '../time/index.js'
import { addSharedOptions, resolveConfig, type SharedOptions } from './shared.js'
import { table } from './table.js'
import { wholeNumber } from './target.js'

/** `queue`: answers that wait; `queue release R` and `queue cancel R`. */
export function queueCommand(): Command {
  const command = new Command('queue')
    .description('answers that wait, oldest first; release a held one, or take one back')
    .option('--link <name>', 'only those of this link')
    .option('--most <n>', 'how many are shown', '50')
    .option('--json', 'JSON Lines')
    .addHelpText(
      'after',
      '\nExample:\n  iaq-gateway queue --link ZZ\n  iaq-gateway queue release 26-0000000417\n',
    )
  addSharedOptions(command).action(async (options: SharedOptions) => {
    const most = wholeNumber(command, '--most', String(options.most))
    const link = options.link === undefined ? undefined : String(options.link)
    const { total, answers } = (await operate(resolveConfig(options), { call: 'queue', link, most })) as {
      total: number
      answers: WaitingSummary[]
    }
    if (options.json) process.stdout.write(answers.map((each) => `${JSON.stringify(each)}\n`).join(''))
    else process.stdout.write(format(total, answers, Date.now()))
  })
  for (const [verb, words, done] of [
    ['release', 'let a held answer go', 'released'],
    ['cancel', 'take back what waits of a matter: it will not go out', 'cancelled'],
  ] as const) {
    const sub = new Command(verb)
      .description(words)
      .argument('<reference>', 'LESC reference')
      .addHelpText('after', `\nExample:\n  iaq-gateway queue ${verb} 26-0000000417\n`)
    addSharedOptions(sub).action(async (reference: string, options: SharedOptions) => {
      const count = (await operate(resolveConfig({ ...command.opts(), ...options }), {
        call: verb,
        reference,
      })) as number
      if (count > 0) process.stdout.write(`${count} answer${count === 1 ? '' : 's'} ${done}\n`)
      else {
        process.stderr.write(`nothing of ${reference} ${verb === 'release' ? 'is held' : 'waits'}\n`)
        process.exitCode = 1
      }
    })
    command.addCommand(sub)
  }
  return command
}

function format(total: number, answers: readonly WaitingSummary[], now: number): string {
  const rows = answers.map((each) => [
    each.link,
    each.reference,
    each.type,
    formatDuration(Math.max(0, now - each.receivedAt)),
    each.held
      ? 'held: queue release lets it go'
      : each.sent
        ? 'sent, not known to have arrived'
        : each.due > now
          ? `due in ${formatDuration(each.due - now)}`
          : 'waits for its link',
  ])
  const more = total > answers.length ? `… and ${total - answers.length} more\n` : ''
  return `${table(['LINK', 'REFERENCE', 'ANSWER', 'AGE', 'STATE'], rows)}${more}`
}
