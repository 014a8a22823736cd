import { Command } from 'commander'
import { findSent } from '../exchange/index.js'
import { chainKeyOf, journalDir, operate } from '../gateway/index.js'
import { Journal } from '../store/index.js'
import { addSharedOptions, resolveConfig, type SharedOptions } from './shared.js'
import { usage } from './target.js'

/** A call over the control socket has a largest size. */
const MOST_AT_ONCE = 1000

/** `resend`: answers that went out, again. */
export function resendCommand(): Command {
  const command = new Command('resend')
    .description(
      'send answers of a link again, by their counts: each carries the mark and the count that it had',
    )
    .requiredOption('--link <name>', 'the link')
    .requiredOption('--count <a-b>', 'counts of line 3, one or a range')
    .addHelpText('after', '\nExample:\n  iaq-gateway resend --link ZZ --count 00417-00421\n')
  return addSharedOptions(command).action(async (options: SharedOptions) => {
    process.exitCode = await resend(command, options)
  })
}

async function resend(command: Command, options: SharedOptions): Promise<number> {
  const range = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(String(options.count))
  if (!range) usage(command, `--count must be a count or a range such as 00417-00421, not '${options.count}'`)
  const first = Number(range[1])
  const last = Number(range[2] ?? range[1])
  if (first < 1 || last < first)
    usage(command, `--count ${options.count}: the first must be 1 or more, and not above the last`)
  const config = resolveConfig(options)
  const link = String(options.link)
  const key = chainKeyOf(config)
  const answers = findSent(
    (onRecord) => void Journal.scan({ dir: journalDir(config.data), key, whole: true, onRecord }),
    link,
    first,
    last,
  )
  if (answers.length === 0) {
    process.stderr.write(`no answer went out on link ${link} with such a count\n`)
    return 1
  }
  let sent = 0
  for (let i = 0; i < answers.length; i += MOST_AT_ONCE) {
    const some = answers.slice(i, i + MOST_AT_ONCE)
    sent += (await operate(config, { call: 'resend', link, answers: some })) as number
  }
  const waiting = answers.length - sent
  process.stdout.write(`${sent} to be sent again${waiting > 0 ? `; ${waiting} wait already` : ''}\n`)
  return sent > 0 ? 0 : 1
}
