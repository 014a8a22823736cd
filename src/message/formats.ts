import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { type Fault, FaultError, readDocument } from '../config/index.js'
import { type CodeTable, readCodeTable } from './codes.js'
import { type CompiledField, compileField } from './edits.js'
import { Layout, Template, type Values } from './layout.js'
import {
  type DetailName,
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
  readonly destinations: { readonly accepted: ReadonlySet<string>; readonly max: number }
  readonly body: 'fields' | 'text'
  readonly answers: { readonly key: string; readonly from: 'centre' | 'destination' } | undefined
  readonly restrictions: MessageFile['restrictions']
  readonly fields: readonly CompiledField[]
  readonly fieldSets: readonly string[]
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
  ) {}

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
  const exchange = readDocument(join(dir, 'exchange.yaml'), exchangeSchema)
  const errors = readDocument(join(dir, 'errors.yaml'), errorsSchema)
  const rules = readDocument(join(dir, 'dispatch.yaml'), dispatchSchema).rules
  const codes = readCodes(join(dir, 'codes'))
  const messages = readMessages(join(dir, 'messages'), exchange, errors, codes)
  const unknown = rules.filter((rule) => !messages.has(rule.key))
  if (unknown.length > 0)
    throw new FaultError(
      unknown.map((rule) => ({
        file: join(dir, 'dispatch.yaml'),
        line: 0,
        reason: `rule for ${rule.key}: no file in messages/ has that key; add one or remove the rule`,
      })),
    )
  return new Formats(
    exchange,
    messages,
    codes,
    rules,
    exchange.output.map((line) => new Template(line)),
    new RegExp(`^[${exchange.input.control.characters.replace(/[\\\]^-]/g, '\\$&')}]+$`),
    new Map(
      Object.entries(errors.errors).map(([name, { code, text, status }]) => [
        name,
        { code, text: new Template(text), key: status ? exchange.status : exchange.refusal },
      ]),
    ),
    new Map(Object.entries(errors.details).map(([name, text]) => [name, new Template(text)])),
  )
}

function readCodes(dir: string): Map<string, CodeTable> {
  const files = existsSync(dir) ? readdirSync(dir).filter((name) => name.endsWith('.csv')) : []
  return new Map(files.map((name) => [name.slice(0, -4), readCodeTable(join(dir, name))]))
}

function readMessages(
  dir: string,
  exchange: ExchangeFile,
  errors: ErrorsFile,
  codes: ReadonlyMap<string, CodeTable>,
): Map<string, MessageFormat> {
  const messages = new Map<string, MessageFormat>()
  const faults: Fault[] = []
  const names = existsSync(dir) ? readdirSync(dir).filter((name) => /\.ya?ml$/.test(name)) : []
  if (names.length === 0) faults.push({ file: dir, line: 0, reason: 'holds no message files (KEY.yaml)' })
  for (const name of names.sort()) {
    const file = join(dir, name)
    try {
      const message = readDocument(file, messageSchema)
      if (messages.has(message.key))
        faults.push({ file, line: 0, reason: `key ${message.key} is in another file too; remove one` })
      messages.set(message.key, compile(message, file, exchange, errors, codes))
    } catch (error) {
      if (!(error instanceof FaultError)) throw error
      faults.push(...error.faults)
    }
  }
  if (faults.length > 0) throw new FaultError(faults)
  return messages
}

function compile(
  message: MessageFile,
  file: string,
  exchange: ExchangeFile,
  errors: ErrorsFile,
  codes: ReadonlyMap<string, CodeTable>,
): MessageFormat {
  const faults: Fault[] = []
  const blame = (reason: string): void => void faults.push({ file, line: 0, reason })
  const fields = message.fields.map((field) => {
    if (!errors.errors[field.error]) blame(`field ${field.mfc}: errors.yaml has no error '${field.error}'`)
    return compileField(field, codes, blame)
  })
  const expand = (path: string): string => expandPath(path, exchange.xml.namespaces, blame)
  const format: MessageFormat = {
    key: message.key,
    name: message.name,
    direction: message.direction,
    authority: message.authority,
    destinations: {
      accepted: new Set(message.destinations?.accepted ?? []),
      max: message.destinations?.max ?? exchange.input.destinations,
    },
    body: message.body,
    answers: message.answers,
    restrictions: message.restrictions,
    fields,
    fieldSets: message.fieldSets.map((set, i) => `${i + 1}. ${set.join(', ')}`),
    layouts: new Map(
      Object.entries(message.layouts).map(([name, lines]) => [name, new Layout(lines, exchange.width, file)]),
    ),
    xml: {
      element: expand(message.xml.element),
      elementName: message.xml.element,
      fields: new Map(
        message.fields.flatMap((field, i) => field.xml.map((path) => [expand(path), fields[i]!])),
      ),
      textPaths: new Set((message.xml.text ?? []).map(expand)),
      textName: message.xml.text?.[0] ?? '',
      withKey: message.xml.key,
    },
  }
  if (faults.length > 0) throw new FaultError(faults)
  return format
}

/** `p:Name/q:Name` with the namespaces' addresses in place of prefixes: `{uri}Name/{uri}Name`. */
export function expandPath(
  path: string,
  namespaces: Readonly<Record<string, string>>,
  blame: (reason: string) => void,
): string {
  return path
    .split('/')
    .map((step) => {
      const [prefix = '', local = ''] = step.split(':')
      const uri = namespaces[prefix]
      if (uri === undefined) blame(`XML path ${path}: exchange.yaml knows no namespace prefix '${prefix}'`)
      return `{${uri ?? ''}}${local}`
    })
    .join('/')
}
