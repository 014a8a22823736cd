import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { Command } from 'commander'
import { type Candidate, createMatcher, type Engine, loadNameTables, Stock } from '../matching/index.js'
import { type InputLine, linesOf, loadSubjects, openInput } from '../records/index.js'
import { writeLines } from './lines.js'
import { readQuery } from './queries.js'
import { addSharedOptions, resolveStore } from './shared.js'

interface MatchOptions {
  readonly queries?: string
  readonly json?: boolean
  readonly explain?: boolean
}

/** `match`: queries straight to the engine, without a link. */
export function matchCommand(): Command {
  const command = new Command('match')
    .description('ask the matching engine: JSON Lines in, the best five for each out')
    .option('--queries <file>', 'JSON Lines of queries; standard input without it')
    .option('--json', 'JSON Lines out on a terminal, too')
    .option('--explain', 'say what each field gave, in bits')
    .addHelpText(
      'after',
      '\nA query has id and any of name, dob, sex, pob, arn, fbi, sid, oln, ols, soc, mnu, ppn.\n\nExample:\n' +
        `  echo '{"id":1,"name":"MUESTRA, COINCIDE","dob":"19850214"}' | iaq-gateway match --explain\n`,
    )
  return addSharedOptions(command).action(async (options: MatchOptions & Record<string, unknown>) => {
    process.exitCode = await match(options)
  })
}

async function match(options: MatchOptions & Record<string, unknown>): Promise<number> {
  const { queries: file = '-' } = options
  if (file !== '-' && !existsSync(file)) return failed(`${file}: no such file`)
  const opened = await openEngine(options)
  if ('reason' in opened) return failed(opened.reason)
  const asJson = options.json === true || options.queries !== undefined || !process.stdout.isTTY
  const format = asJson ? formatJson : formatTable
  for await (const lines of linesOf(openInput(file))) {
    const asked = lines.filter((line) => 'fault' in line || line.text.trim() !== '')
    await writeLines(asked.map((line) => format(answer(opened.engine, line), options.explain === true)))
  }
  return 0
}

async function openEngine(
  options: Record<string, unknown>,
): Promise<{ readonly engine: Engine } | { readonly reason: string }> {
  const { dataDir, formatsDir, thresholds, subjects } = await resolveStore(options)
  if (!existsSync(dataDir)) return { reason: `${dataDir}: no store there; load or serve makes one` }
  const names = loadNameTables(join(formatsDir, 'names'))
  const opened = Stock.open(join(dataDir, 'records'), names, (text) => process.stderr.write(`${text}\n`))
  if ('damage' in opened) {
    const { file, offset, reason } = opened.damage
    return { reason: `${join(dataDir, 'records', file)}: damaged at byte ${offset}: ${reason}` }
  }
  const { stock } = opened
  const engine = createMatcher({ names, thresholds })
  engine.pin((subjects ? loadSubjects(formatsDir).subjects : []).map(({ record }) => record))
  engine.hold(stock.segments.map((each) => ({ ...each, record: (line) => stock.record(each.file, line) })))
  return { engine }
}

type Answer =
  | { readonly id: unknown; readonly error: string }
  | { readonly id: unknown; readonly decision: string; readonly candidates: readonly Candidate[] }

function answer(engine: Engine, line: InputLine): Answer {
  if ('fault' in line) return { id: null, error: line.fault }
  const read = readQuery(line.text)
  if ('error' in read) return read
  const { grade, candidates } = engine.query(read.query)
  return { id: read.id, decision: grade, candidates }
}

/** Down, so that 89.999 isn't shown as the 90 that it didn't reach. */
const shown = (score: number): number => Math.floor(score * 100) / 100
const bits = (value: number): number => Math.round(value * 100) / 100

function formatJson(given: Answer, explain: boolean): string {
  if ('error' in given) return JSON.stringify(given)
  const candidates = given.candidates.map(({ arn, score, bits: total, why }) => ({
    arn,
    score: shown(score),
    ...(explain ? { bits: bits(total), why: why.map((each) => ({ ...each, bits: bits(each.bits) })) } : {}),
  }))
  return JSON.stringify({ id: given.id, decision: given.decision, candidates })
}

function formatTable(given: Answer, explain: boolean): string {
  if ('error' in given) return `${label(given.id)}  ${given.error}`
  const lines = given.candidates.map(({ arn, score, person, why }) => {
    const [name] = person.names
    const who = `${name?.last ?? ''}, ${name?.first ?? ''}`
    const row = `  A${arn}  ${shown(score).toFixed(2).padStart(6)}  ${person.dob}  ${who}`
    return explain ? [row, ...why.map(explained)].join('\n') : row
  })
  return [`${label(given.id)}  ${given.decision}`, ...lines].join('\n')
}

const label = (id: unknown): string => (typeof id === 'string' ? id : JSON.stringify(id))

function explained({ field, asked, held, relation, bits: value }: Candidate['why'][number]): string {
  return `      ${field.padEnd(4)} ${value.toFixed(1).padStart(6)} bits  ${asked} / ${held}: ${relation}`
}

function failed(reason: string): number {
  process.stderr.write(`${reason}\n`)
  return 1
}
