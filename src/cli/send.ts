import { readFile } from 'node:fs/promises'
import { text as readAll } from 'node:stream/consumers'
import { Command } from 'commander'
import {
  type Client,
  ConnectError,
  connect,
  controlOf,
  errorCode,
  FRAMINGS,
  type Framing,
  isAcknowledgement,
  type Received,
} from '../client/index.js'
import { fillSentToday, looksLikeTranscript, parseTranscript, printable } from '../replay/index.js'
import { connectAdvice, duration, readTarget, type TargetOptions, usage, withTarget } from './target.js'

interface SendOptions extends TargetOptions {
  readonly framing?: string
  readonly timeout: string
  readonly wait: boolean
}

/** `send [FILE]`: messages over a link, and what comes back. */
export function sendCommand(): Command {
  const command = withTarget(new Command('send'))
    .description('send messages over a link and print the answers')
    .argument(
      '[file]',
      'messages, or a transcript whose messages are sent; standard input where it is - or absent',
    )
    .option('--framing <framing>', `how messages are framed: ${FRAMINGS.join(', ')} (default: stx-etx)`)
    .option('--timeout <duration>', 'wait at most so long for answers once all is sent', '35s')
    .option('--no-wait', "send, and don't wait for answers")
    .addHelpText('after', EXAMPLE)
  return command.action(async (file: string | undefined, options: SendOptions) => {
    process.exitCode = await send(command, file, options)
  })
}

const EXAMPLE = `
A blank line or a line '---' parts one message from the next; a file that begins with '<' is one XML message.
Ends with 0 when every answer came and none is an ER, else with 1.

Example:
  $ iaq-gateway send <<'.'
  IAQ.ZZ0010100.AX.*JAIL4ZZ001.TXT
  PUR/C.ATN/SGT EXAMPLE TESTER.PHN/8025550142.NAM/MUESTRA, NADIE.
  DOB/19850214.SEX/M.POB/MM.CUS/Y.OFF/1399
  .
`

interface Batch {
  readonly messages: readonly string[]
  readonly framing: Framing | undefined
}

async function send(command: Command, file: string | undefined, options: SendOptions): Promise<number> {
  const timeoutMs = duration(command, '--timeout', options.timeout)
  const framing = FRAMINGS.find((name) => name === options.framing)
  if (options.framing !== undefined && !framing)
    usage(command, `--framing must be one of ${FRAMINGS.join(', ')}, not '${options.framing}'`)
  const target = await readTarget(command, options)
  const batch = readBatch(command, file ?? '-', await readInput(command, file))
  try {
    const client = await connect({ ...target, framing: framing ?? batch.framing })
    const code = options.wait
      ? await converse(client, batch.messages, timeoutMs)
      : await post(client, batch.messages)
    await client.close()
    return code
  } catch (error) {
    if (!(error instanceof ConnectError) && !(error instanceof RangeError)) throw error
    process.stderr.write(`${error instanceof ConnectError ? connectAdvice(error) : error.message}\n`)
    return 1
  }
}

async function readInput(command: Command, file: string | undefined): Promise<string> {
  if (file === undefined || file === '-') return readAll(process.stdin)
  try {
    return await readFile(file, 'utf8')
  } catch {
    return usage(command, `can't read ${file}`)
  }
}

function readBatch(command: Command, file: string, input: string): Batch {
  if (!looksLikeTranscript(input)) {
    const messages = splitMessages(input)
    return messages.length > 0 ? { messages, framing: undefined } : usage(command, `no message in ${file}`)
  }
  const parsed = parseTranscript(input, file)
  if (!parsed.ok) {
    const faults = parsed.faults.map((fault) => `${fault.file}:${fault.line}: ${fault.text}`)
    return usage(command, faults.join('\n'))
  }
  const { steps } = parsed.transcript
  const messages = steps.flatMap((step) => (step.kind === 'send' ? fillSentToday(step.text) : []))
  if (messages.length === 0) return usage(command, `no message in ${file}`)
  return { messages, framing: steps.find((step) => step.kind === 'connect')?.framing }
}

/** Messages of a file: parted by blank lines or `---`, their lines joined by CR LF; XML as it stands. */
export function splitMessages(input: string): string[] {
  if (input.trimStart().startsWith('<')) return [input.trim()]
  return input
    .replaceAll('\r\n', '\n')
    .split(/^(?:---)?[ \t]*$/m)
    .map((message) => message.trim().replaceAll('\n', '\r\n'))
    .filter((message) => message !== '')
}

async function post(client: Client, messages: readonly string[]): Promise<number> {
  client.sendAll(messages)
  process.stderr.write(`${messages.length} sent\n`)
  return 0
}

/** What a message still waits for. */
interface Waiting {
  readonly control: string
  acknowledged: boolean
}

/** Sends all, prints what comes, and ends when nothing more is due. */
async function converse(client: Client, messages: readonly string[], timeoutMs: number): Promise<number> {
  const waiting: Waiting[] = messages
    .filter(isAnswered)
    .map((message) => ({ control: controlOf(message), acknowledged: false }))
  let errors = 0
  const print = (received: Received): void => {
    if (errorCode(received) !== undefined) errors++
    settle(waiting, received)
    process.stdout.write(`${show(received)}\n\n`)
  }
  client.sendAll(messages)
  process.stderr.write(`${messages.length} sent\n`)
  const deadline = performance.now() + timeoutMs
  // The answer to a keep-alive says that all before it was read, those messages too that are only answered when wrong.
  const reached = client.ping().then(
    () => true,
    () => false,
  )
  while (waiting.length > 0) {
    const left = deadline - performance.now()
    const received = left > 0 ? await client.receive(left).catch(() => undefined) : undefined
    if (!received) break
    print(received)
  }
  const read = await within(reached, Math.max(0, deadline - performance.now()))
  for (let more = client.poll(); more; more = client.poll()) print(more)
  if (waiting.length === 0 && read) return errors === 0 ? 0 : 1
  const closed = await within(
    client.closed.then((closing) => closing.reason),
    0,
  )
  process.stderr.write(
    `${waiting.length} of ${messages.length} without an answer: ${closed ?? 'time is up'}\n`,
  )
  return 1
}

/** An administrative message to the operators brings nothing back, unless it is refused. */
function isAnswered(message: string): boolean {
  return !/^\s*AML?\.[^.]*\.AX\./i.test(message) && !/MessageKeyCodeText[^<]*>\s*AML?\s*</.test(message)
}

/** Takes off what an answer settles: a message waits until it has its final answer. */
function settle(waiting: Waiting[], received: Received): void {
  const same = waiting.filter((one) => one.control === received.control)
  if (isAcknowledgement(received)) {
    const first = same.find((one) => !one.acknowledged)
    if (first) first.acknowledged = true
    return
  }
  // An ER for a message whose header couldn't be read echoes no control field.
  const done = same[0] ?? (errorCode(received) === undefined ? undefined : waiting[0])
  if (done) waiting.splice(waiting.indexOf(done), 1)
}

function show(received: Received): string {
  return received.raw
    .toString(received.form === 'xml' ? 'utf8' : 'latin1')
    .trimEnd()
    .split(/\r?\n/)
    .map(printable)
    .join('\n')
}

/** What a promise gives in time; undefined where it doesn't. */
async function within<T>(promise: Promise<T>, timeoutMs: number): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), timeoutMs)
  })
  const result = await Promise.race([promise, late])
  clearTimeout(timer)
  return result
}
