import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { type Checked, type Fault, FaultError, openDocument } from '../config/index.js'
import { OUTPUT_VALUES } from './answer.js'
import { crossFaults } from './check.js'
import { type CodeTable, readCodeTable } from './codes.js'
import { compileMessage, readTemplate, type Shared } from './compile.js'
import type { CompiledField } from './edits.js'
import type { Layout, Template, Values } from './layout.js'
import {
  DETAIL_NAMES,
  DETAIL_VALUES,
  type DetailName,
  type DispatchFile,
  type DispatchRule,
  dispatchSchema,
  type ErrorsFile,
  type ExchangeFile,
  errorsSchema,
  exchangeSchema,
  type MessageFile,
  messageSchema,
} from './schema.js'

/** What one message key looks like, compiled from its file. */
export interface MessageFormat {
  readonly key: string
  readonly name: string
  readonly direction: 'in' | 'out' | 'both'
  readonly authority: 'A' | 'C' | 'D' | 'Z' | undefined
  readonly destinations: {
    readonly accepted: ReadonlySet<string>
    readonly max: number
    readonly reserved: ReadonlySet<string>
    readonly others: boolean
  }
  readonly body: 'fields' | 'text'
  readonly answers: { readonly key: string; readonly from: 'centre' | 'destination' } | undefined
  readonly restrictions: MessageFile['restrictions']
  readonly fields: readonly CompiledField[]
  /** Where each field stands among them, by message field code. */
  readonly places: ReadonlyMap<string, number>
  /** Their message field codes, for the text form. */
  readonly codes: ReadonlyMap<number, string>
  readonly fieldSets: readonly string[]
  /** Field sets of which a message must hold one; undefined where there aren't several. */
  readonly oneOfSets: readonly (readonly string[])[] | undefined
  readonly layouts: ReadonlyMap<string, Layout>
  readonly xml: XmlFormat
}

export interface XmlFormat {
  /** Expanded name of the element below the root, and how answers write it. */
  readonly element: string
  readonly elementName: string
  /** Expanded path below the element → field. */
  readonly fields: ReadonlyMap<string, CompiledField>
  readonly textPaths: ReadonlySet<string>
  /** How answers write the element of the free text. */
  readonly textName: string
  readonly withKey: boolean
}

/** A refusal's first line, and the message key that it has. */
export interface ErrorText {
  readonly code: string
  readonly text: Template
  readonly key: string
}

/** The files as they were read, for faults that only others can see. */
export interface Sources {
  readonly dir: string
  readonly exchange: Checked<ExchangeFile>
  readonly errors: Checked<ErrorsFile>
  readonly dispatch: Checked<DispatchFile>
  readonly messages: ReadonlyMap<string, Checked<MessageFile>>
}

/** Everything in `formats/`, checked and compiled once. */
export class Formats {
  constructor(
    readonly exchange: ExchangeFile,
    readonly messages: ReadonlyMap<string, MessageFormat>,
    readonly codes: ReadonlyMap<string, CodeTable>,
    readonly rules: readonly DispatchRule[],
    readonly output: readonly Template[],
    readonly controlCharacters: RegExp,
    readonly errors: ReadonlyMap<string, ErrorText>,
    private readonly details: ReadonlyMap<string, Template>,
    readonly sources: Sources,
  ) {}

  /** From now on these are those that `other` is: whoever holds them has what was read anew. */
  adopt(other: Formats): void {
    Object.assign(this, other)
  }

  /** A line that names what is wrong, from errors.yaml. */
  detail(name: DetailName, values: Values = {}): string {
    return this.details.get(name)?.fill(values) ?? name
  }

  /** A message key's layout. @throws {Error} where a format file lacks one that a service asks for. */
  layout(key: string, name: string): Layout {
    const layout = this.messages.get(key)?.layouts.get(name)
    if (!layout) throw new Error(`formats: ${key} has no layout '${name}'`)
    return layout
  }

  code(table: string, code: string): string {
    return this.codes.get(table)?.get(code) ?? ''
  }
}

/**
 * Reads and checks a folder of format files.
 * @throws {FaultError} naming file, line and what to do, for every fault found.
 */
export function loadFormats(dir: string): Formats {
  if (!existsSync(dir))
    throw new FaultError([{ file: dir, line: 0, reason: 'no such folder of format files' }])
  const faults: Fault[] = []
  const exchange = attempt(() => openDocument(join(dir, 'exchange.yaml'), exchangeSchema), faults)
  const errors = attempt(() => openDocument(join(dir, 'errors.yaml'), errorsSchema), faults)
  const dispatch = attempt(() => openDocument(join(dir, 'dispatch.yaml'), dispatchSchema), faults)
  const codes = readCodes(join(dir, 'codes'), faults)
  if (!exchange || !errors || !dispatch) throw new FaultError(faults)
  const output = exchange.value.output.flatMap(
    (line, i) =>
      readTemplate(
        line,
        (reason) => faults.push(exchange.fault(['output', i], `output.${i}: ${reason}`)),
        OUTPUT_VALUES,
      ) ?? [],
  )
  const texts = readErrors(errors, exchange.value, faults)
  const { formats, sources } = readMessages(
    join(dir, 'messages'),
    { exchange: exchange.value, errors: errors.value, codes },
    faults,
  )
  if (faults.length > 0) throw new FaultError(faults)
  const all: Sources = { dir, exchange, errors, dispatch, messages: sources }
  const cross = crossFaults(all, formats)
  if (cross.length > 0) throw new FaultError(cross)
  return new Formats(
    exchange.value,
    formats,
    codes,
    [...dispatch.value.rules, ...ownRules(all.messages)],
    output,
    new RegExp(`^[${exchange.value.input.control.characters.replace(/[\\\]^-]/g, '\\$&')}]+$`),
    texts.errors,
    texts.details,
    all,
  )
}

/** What `work` gives; its faults join the others, so that all are told at once. */
function attempt<T>(work: () => T, faults: Fault[]): T | undefined {
  try {
    return work()
  } catch (error) {
    if (!(error instanceof FaultError)) throw error
    faults.push(...error.faults)
    return undefined
  }
}

/** What message files themselves say of who takes them: it stands after every rule of dispatch. */
const ownRules = (messages: Sources['messages']): DispatchRule[] =>
  [...messages.values()].flatMap(({ value: { key, service } }) =>
    service === undefined ? [] : [{ key, service }],
  )

function readErrors(
  { value, fault }: Checked<ErrorsFile>,
  exchange: ExchangeFile,
  faults: Fault[],
): { errors: Map<string, ErrorText>; details: Map<string, Template> } {
  const template = (path: readonly string[], text: string, given: readonly string[]): Template[] => {
    const blame = (reason: string): void => void faults.push(fault(path, `${path.join('.')}: ${reason}`))
    const read = readTemplate(text, blame, given)
    return read ? [read] : []
  }
  const errors = Object.entries(value.errors).flatMap(([name, { code, text, status }]) =>
    template(['errors', name, 'text'], text, ['key']).map((read): [string, ErrorText] => [
      name,
      { code, text: read, key: status ? exchange.status : exchange.refusal },
    ]),
  )
  const details = DETAIL_NAMES.flatMap((name) =>
    template(['details', name], value.details[name] ?? '', DETAIL_VALUES[name]).map(
      (read): [string, Template] => [name, read],
    ),
  )
  return { errors: new Map(errors), details: new Map(details) }
}

function readCodes(dir: string, faults: Fault[]): Map<string, CodeTable> {
  const tables = new Map<string, CodeTable>()
  const files = existsSync(dir) ? readdirSync(dir).filter((name) => name.endsWith('.csv')) : []
  for (const name of files.sort()) {
    // What is wrong with a table is told here; for whoever names it, it is there.
    const table = attempt(() => readCodeTable(join(dir, name)), faults) ?? new Map<string, string>()
    tables.set(name.slice(0, -4), table)
  }
  return tables
}

function readMessages(
  dir: string,
  shared: Shared,
  faults: Fault[],
): { formats: Map<string, MessageFormat>; sources: Map<string, Checked<MessageFile>> } {
  const formats = new Map<string, MessageFormat>()
  const sources = new Map<string, Checked<MessageFile>>()
  const names = existsSync(dir) ? readdirSync(dir).filter((name) => /\.ya?ml$/.test(name)) : []
  if (names.length === 0) faults.push({ file: dir, line: 0, reason: 'holds no message files (KEY.yaml)' })
  for (const name of names.sort()) {
    const file = join(dir, name)
    const checked = attempt(() => openDocument(file, messageSchema), faults)
    if (!checked) continue
    const { key } = checked.value
    if (sources.has(key)) faults.push(checked.fault(['key'], `key ${key} is in another file too; remove one`))
    else if (name.replace(/\.ya?ml$/, '') !== key)
      faults.push(checked.fault(['key'], `key: is ${key}, but the file is ${name}; call it ${key}.yaml`))
    sources.set(key, checked)
    const format = compileMessage(checked, shared)
    if ('key' in format) formats.set(key, format)
    else faults.push(...format)
  }
  return { formats, sources }
}
