import { createHash } from 'node:crypto'
import { existsSync, renameSync, writeFileSync } from 'node:fs'
import { basename, extname } from 'node:path'
import { Command } from 'commander'
import type { ResolvedConfig } from '../config/index.js'
import { offsetMinutes, operate } from '../gateway/index.js'
import { loadFormats } from '../message/index.js'
import { type Json, loadScreeningRules, type ScreenedPerson, type ScreeningView } from '../services/index.js'
import { WallClock } from '../time/index.js'
import { type ListLine, readPersonsList } from './persons-list.js'
import { countsOf, csvReport, htmlReport, type ReportInput } from './screening-report.js'
import { addSharedOptions, resolveConfig, type SharedOptions } from './shared.js'
import { table } from './table.js'
import { usage } from './target.js'

/** `screen`: a list of persons answered as a batch; without one, the lists that were. */
export function screenCommand(): Command {
  const command = new Command('screen')
    .description(
      'special screening and support of operations: a list of persons answered as a batch, with a report',
    )
    .argument('[list]', 'CSV with a header, or JSON Lines as match takes them; - for standard input')
    .option(
      '--title <text>',
      'the event or operation, as the report names it (default: the name of the list)',
    )
    .option('--kind <kind>', 'event or operation', 'event')
    .option('--out <prefix>', 'where PREFIX.csv and PREFIX.html go (default: beside the list)')
    .option('--json', 'JSON Lines')
    .addHelpText(
      'after',
      '\nA list that was broken off goes on where it was when it is screened again under the same title.\n' +
        '\nExample:\n  iaq-gateway screen guests.csv --title "STATE DINNER"\n',
    )
  return addSharedOptions(command).action(async (file: string | undefined, options: SharedOptions) => {
    const config = resolveConfig(options)
    if (file === undefined) await list(config, options.json === true)
    else process.exitCode = await screen(command, config, file, options)
  })
}

async function list(config: ResolvedConfig, asJson: boolean): Promise<void> {
  const all = (await view(config, {})) as ScreeningView[]
  const wall = new WallClock(offsetMinutes(config.clock.offset))
  const at = (t: number): string => `${wall.at(t).date} ${wall.at(t).time}`
  const rows = all.map((each) => [
    each.list,
    each.kind,
    at(each.t),
    at(each.last),
    `${each.persons}`,
    each.title,
  ])
  process.stdout.write(
    asJson
      ? all.map((each) => `${JSON.stringify(each)}\n`).join('')
      : table(['SCREENING', 'KIND', 'BEGUN', 'LAST', 'PERSONS', 'TITLE'], rows),
  )
}

const view = (config: ResolvedConfig, args: Readonly<Record<string, Json>>): Promise<unknown> =>
  operate(config, { call: 'view', service: 'screening', args })

async function screen(
  command: Command,
  config: ResolvedConfig,
  file: string,
  options: SharedOptions,
): Promise<number> {
  const kind = String(options.kind)
  if (kind !== 'event' && kind !== 'operation')
    usage(command, `--kind must be event or operation, not '${kind}'`)
  if (file === '-' && options.out === undefined) usage(command, 'say with --out where the report goes')
  if (file !== '-' && !existsSync(file)) {
    process.stderr.write(`${file}: no such file\n`)
    return 1
  }
  const { lines, sha256 } = await readPersonsList(file)
  const title = String(options.title ?? basename(file, extname(file)))
  // The same list for another event is another screening.
  const id = createHash('sha256').update(`${sha256} ${kind} ${title}`).digest('hex').slice(0, 16)
  const persons = lines.flatMap((each) => ('error' in each ? [] : [{ line: each.line, query: each.query }]))
  if (persons.length === 0) {
    process.stderr.write(`${file}: no line of it names a person that can be asked about\n`)
    return 1
  }
  await answerAll(config, { list: id, kind, title }, persons)
  const screening = (await view(config, { list: id })) as ScreeningView
  const wall = new WallClock(offsetMinutes(config.clock.offset)).at(screening.last)
  const { banner } = loadFormats(config.formats).exchange
  report({ banner, screening, lines, at: `${wall.date} ${wall.time}` }, prefixOf(file, options), options)
  return 0
}

/** Has every person answered who isn't yet, a batch at a time. */
async function answerAll(
  config: ResolvedConfig,
  screening: { readonly list: string; readonly kind: string; readonly title: string },
  persons: readonly ScreenedPerson[],
): Promise<void> {
  const before = (await view(config, { list: screening.list })) as ScreeningView | null
  const done = new Set((before?.answered ?? []).map(({ line }) => line))
  if (done.size > 0) process.stderr.write(`${done.size} of ${persons.length} are answered already\n`)
  let answered = done.size
  for (const batch of batches(
    persons.filter(({ line }) => !done.has(line)),
    loadScreeningRules(config.formats).batch,
  )) {
    const args = { ...screening, persons: batch as unknown as Json }
    await operate(config, { call: 'act', service: 'screening', action: 'answer', args })
    answered += batch.length
    process.stderr.write(`${answered} of ${persons.length} answered\n`)
  }
}

/** A call over the control socket may hold 1 MiB. */
const MOST_CHARACTERS = 500_000

function* batches(persons: readonly ScreenedPerson[], most: number): Generator<ScreenedPerson[]> {
  let batch: ScreenedPerson[] = []
  let size = 0
  for (const person of persons) {
    const own = JSON.stringify(person).length
    if (batch.length === most || (batch.length > 0 && size + own > MOST_CHARACTERS)) {
      yield batch
      batch = []
      size = 0
    }
    batch.push(person)
    size += own
  }
  if (batch.length > 0) yield batch
}

function prefixOf(file: string, options: SharedOptions): string {
  if (options.out !== undefined) return String(options.out)
  const ending = extname(file)
  return `${ending === '' ? file : file.slice(0, -ending.length)}.screened`
}

function report(input: ReportInput, prefix: string, options: SharedOptions): void {
  const files = { csv: `${prefix}.csv`, html: `${prefix}.html` }
  replaceFile(files.csv, csvReport(input))
  replaceFile(files.html, htmlReport(input))
  const counts = countsOf(input)
  const { screening, lines } = input
  process.stdout.write(
    options.json
      ? `${JSON.stringify({ list: screening.list, persons: personsIn(lines), results: Object.fromEntries(counts), ...files })}\n`
      : `${table(
          ['RESULT', 'PERSONS'],
          counts.map(([result, n]) => [result, `${n}`]),
        )}${files.csv}\n${files.html}\n`,
  )
}

const personsIn = (lines: readonly ListLine[]): number => lines.filter((each) => !('error' in each)).length

/** A report is whole or not there; it names persons, so that it is for its owner alone. */
function replaceFile(file: string, text: string): void {
  const beside = `${file}.${process.pid}.part`
  writeFileSync(beside, text, { mode: 0o600, flush: true })
  renameSync(beside, file)
}
