import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command } from 'commander'
import { isAcknowledgement } from '../client/index.js'
import { loadConfig, packageRoot } from '../config/index.js'
import { createGateway } from '../gateway/index.js'
import { generateLines } from '../generate/index.js'
import { loadNameTables, writeIndexed } from '../matching/index.js'
import { adoptSegment, openInput } from '../records/index.js'
import {
  type Answer,
  describeExchange,
  type Exchange,
  formatDifference,
  formatSummary,
  loadFixtures,
  type Outcome,
  runTranscript,
  Summary,
} from '../replay/index.js'
import { addSharedOptions, type SharedOptions } from './shared.js'

const PERSONS = 10_000
/** Exchanges that are shown in full without `--full`, one of each kind of answer. */
const IN_FULL = 6

/** `demo`: a gateway over a small synthetic store, every fixture replayed against it over real sockets. */
export function demoCommand(): Command {
  const command = new Command('demo')
    .description(
      'serve a small synthetic store on a free port, replay every fixture against it and show what passes',
    )
    .option('--full', 'print every message as it stands on the wire, from column 1')
    .addHelpText('after', '\nExample:\n  iaq-gateway demo --full\n')
  return addSharedOptions(command).action(async (options: SharedOptions) => {
    process.exitCode = await demo(options.full === true)
  })
}

async function demo(full: boolean): Promise<number> {
  const say = (text: string): void => void process.stderr.write(`${text}\n`)
  const dir = mkdtempSync(join(tmpdir(), 'iaq-demo-'))
  // However the process ends, a reader who goes away included.
  process.once('exit', () => rmSync(dir, { recursive: true, force: true }))
  const fixtures = join(packageRoot, 'fixtures')
  try {
    say(
      `demo: loading ${PERSONS.toLocaleString('en-US')} generated persons and the fixtures' own into ${dir}`,
    )
    await load(dir, generated())
    await load(dir, openInput(join(fixtures, 'persons.jsonl')))
    const config = loadConfig({ flags: { data: dir, 'listen.0.port': 0 } })
    const gateway = await createGateway({ config })
    say(
      `demo: a gateway with ${gateway.persons.toLocaleString('en-US')} persons listens on port ${gateway.port}`,
    )
    try {
      return await replay(fixtures, gateway.port, full)
    } finally {
      await gateway.close()
    }
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}

async function* generated(): AsyncGenerator<Uint8Array> {
  yield* generateLines({ seed: 1, count: PERSONS })
}

async function load(dir: string, input: AsyncIterable<Uint8Array>): Promise<void> {
  const records = join(dir, 'records')
  const names = loadNameTables(join(packageRoot, 'formats', 'names'))
  const { file } = await writeIndexed(records, input, names, {
    onFault: ({ line, reason }) => process.stderr.write(`line ${line}: ${reason}\n`),
  })
  const adopted = adoptSegment(records, file)
  if ('damage' in adopted) throw new Error(`${adopted.damage.file}: ${adopted.damage.reason}`)
}

async function replay(fixtures: string, port: number, full: boolean): Promise<number> {
  const { transcripts, faults } = await loadFixtures([fixtures])
  for (const { file, line, text } of faults) process.stderr.write(`${file}:${line}: ${text}\n`)
  const summary = new Summary()
  const shown = new Set<string>()
  let acknowledged = 0
  for (const transcript of transcripts) {
    const outcome = await runTranscript(transcript, { host: '127.0.0.1', port })
    summary.add(outcome)
    acknowledged += countAcknowledged(outcome)
    process.stdout.write(showOutcome(outcome, full, shown))
  }
  summary.stop()
  process.stdout.write(`\n${formatSummary(summary)}\n\n`)
  process.stdout.write(`${acknowledged} queries acknowledged, each with its final answer where one was due\n`)
  const good = faults.length === 0 && summary.differences === 0 && summary.passed === transcripts.length
  process.stdout.write(good ? 'every answer was as expected\n' : 'some answers were NOT as expected\n')
  return good ? 0 : 1
}

function countAcknowledged(outcome: Outcome): number {
  return outcome.exchanges
    .flatMap((each) => each.answers)
    .filter(({ received }) => received && isAcknowledgement(received)).length
}

function showOutcome(outcome: Outcome, full: boolean, shown: Set<string>): string {
  const name = outcome.transcript.file
    .split('/')
    .slice(-2)
    .join('/')
    .replace(/\.txt$/, '')
  let text = `${outcome.passed ? 'ok  ' : 'FAIL'} ${name}\n`
  for (const exchange of outcome.exchanges) {
    if (exchange.kind === 'none' && exchange.answers.length === 0) continue
    text += `       ${describeExchange(exchange)}\n`
    if (full) text += wire(exchange)
    else if (shown.size < IN_FULL && isNewKind(exchange, shown)) text += `\n${wire(exchange)}\n`
  }
  for (const difference of outcome.differences) text += `${formatDifference(difference)}\n`
  return text
}

function isNewKind(exchange: Exchange, shown: Set<string>): boolean {
  const kind = exchange.answers.at(-1)?.received?.responseType
  if (kind === undefined || shown.has(kind)) return false
  shown.add(kind)
  return true
}

/** A conversation as it stands on the wire: every line from column 1. */
function wire(exchange: Exchange): string {
  return [exchange.asked, ...exchange.answers.map(wireAnswer)].filter((text) => text !== '').join('\n')
}

function wireAnswer({ received, lines }: Answer): string {
  return `${received ? received.raw.toString('utf8').replaceAll('\r\n', '\n') : lines.join('\n')}\n`
}
