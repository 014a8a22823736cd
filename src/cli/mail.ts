import { Command } from 'commander'
import { offsetMinutes, operate } from '../gateway/index.js'
import { WallClock } from '../time/index.js'
import { act } from './act.js'
import { addSharedOptions, resolveConfig, type SharedOptions } from './shared.js'
import { table } from './table.js'

/** A message that waits for an operator. What it says, `show` prints. */
interface Waiting {
  readonly reference: string
  /** Milliseconds since the epoch. */
  readonly receivedAt: number
  readonly key: string
  readonly ori: string
  readonly control?: string
}

const text = (value: unknown): string | undefined => (value === undefined ? undefined : String(value))

/** `mail`: messages to the operators that wait; `mail send`, `mail answer`, `mail done`. */
export function mailCommand(): Command {
  const command = new Command('mail')
    .description('messages to the operators that wait (show REFERENCE prints one); send and answer')
    .option('--json', 'JSON Lines')
    .addHelpText(
      'after',
      '\nExample:\n  iaq-gateway mail\n  iaq-gateway mail answer 26-0000000417 "CALLED BACK"\n  iaq-gateway mail send ZZ0010100 "CALL THE CENTER"\n',
    )
  addSharedOptions(command).action(async (options: SharedOptions) => {
    const config = resolveConfig(options)
    const waiting = (await operate(config, { call: 'view', service: 'mail', args: {} })) as Waiting[]
    if (options.json) {
      process.stdout.write(waiting.map((each) => `${JSON.stringify(each)}\n`).join(''))
      return
    }
    const wall = new WallClock(offsetMinutes(config.clock.offset))
    const rows = waiting.map(({ reference, receivedAt, key, ori, control }) => {
      const { date, time } = wall.at(receivedAt)
      return [reference, `${date} ${time}`, key, ori, control ?? '']
    })
    process.stdout.write(table(['REFERENCE', 'RECEIVED', 'KEY', 'ORI', 'CONTROL'], rows))
  })
  const send = new Command('send')
    .description('send a message to an ORI')
    .argument('<ori>', 'whom it goes to')
    .argument('<text>', 'what it says; several lines where it holds line ends')
    .option('--key <key>', 'its message key: AM (the default) or AML')
    .option('--control <field>', 'the control field that it carries')
    .addHelpText('after', '\nExample:\n  iaq-gateway mail send ZZ0010100 "CALL THE CENTER"\n')
  addSharedOptions(send).action(async (ori: string, words: string, options: SharedOptions) => {
    const config = resolveConfig({ ...command.opts(), ...options })
    const args = { ori, text: words, key: text(options.key), control: text(options.control) }
    await act(config, ['mail', 'send'], args, (to) => `sent to ${to}`)
  })
  const answer = new Command('answer')
    .description('answer a message that waits, over the connection that brought it where that is open')
    .argument('<reference>', 'its LESC reference')
    .argument('<text>', 'what it says')
    .addHelpText('after', '\nExample:\n  iaq-gateway mail answer 26-0000000417 "CALLED BACK"\n')
  addSharedOptions(answer).action(async (reference: string, words: string, options: SharedOptions) => {
    const config = resolveConfig({ ...command.opts(), ...options })
    await act(config, ['mail', 'answer'], { reference, text: words }, (to) => `sent to ${to}`)
  })
  const done = new Command('done')
    .description('a message that waits needs no answer')
    .argument('<reference>', 'its LESC reference')
    .addHelpText('after', '\nExample:\n  iaq-gateway mail done 26-0000000417\n')
  addSharedOptions(done).action(async (reference: string, options: SharedOptions) => {
    const config = resolveConfig({ ...command.opts(), ...options })
    await act(config, ['mail', 'done'], { reference }, (ref) => `${ref} is done`)
  })
  return command.addCommand(send).addCommand(answer).addCommand(done)
}
