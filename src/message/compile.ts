import type { Checked, Fault } from '../config/index.js'
import type { CodeTable } from './codes.js'
import { compileField } from './edits.js'
import type { MessageFormat } from './formats.js'
import { Layout, Template } from './layout.js'
import { known } from './needs.js'
import type { ErrorsFile, ExchangeFile, MessageFile } from './schema.js'
import { fieldCodes } from './text.js'

/** What all message files share. */
export interface Shared {
  readonly exchange: ExchangeFile
  readonly errors: ErrorsFile
  readonly codes: ReadonlyMap<string, CodeTable>
}

/** Compiles a message file, or says what is wrong with it that its schema can't see. */
export function compileMessage(
  checked: Checked<MessageFile>,
  { exchange, errors, codes }: Shared,
): MessageFormat | readonly Fault[] {
  const { value: message } = checked
  const faults: Fault[] = []
  const blame = (path: readonly PropertyKey[], reason: string): void =>
    void faults.push(checked.fault(path, reason))
  const fields = message.fields.map((field, i) => {
    if (!Object.hasOwn(errors.errors, field.error))
      blame(
        ['fields', i, 'error'],
        `field ${field.mfc}: errors.yaml has no error '${field.error}'; ${known(Object.keys(errors.errors))}`,
      )
    return compileField(field, codes, (path, reason) => blame(['fields', i, ...path], reason))
  })
  const expand = (path: string, at: readonly PropertyKey[]): string =>
    expandPath(path, exchange.xml.namespaces, (reason) => blame(at, reason))
  const paths = new Map<string, MessageFormat['fields'][number]>()
  message.fields.forEach((field, i) => {
    field.xml.forEach((path, j) => {
      const expanded = expand(path, ['fields', i, 'xml', j])
      const other = paths.get(expanded)
      if (other)
        blame(
          ['fields', i, 'xml', j],
          `field ${field.mfc}: the XML path ${path} is that of ${other.mfc} already`,
        )
      else paths.set(expanded, fields[i]!)
    })
  })
  const element = expand(message.xml.element, ['xml', 'element'])
  const textPaths = new Set((message.xml.text ?? []).map((path, i) => expand(path, ['xml', 'text', i])))
  checkLines(message, blame)
  if (faults.length > 0) return faults
  return {
    key: message.key,
    name: message.name,
    direction: message.direction,
    authority: message.authority,
    destinations: {
      accepted: new Set(message.destinations?.accepted ?? []),
      max: message.destinations?.max ?? exchange.input.destinations,
      reserved: new Set(message.destinations?.reserved ?? []),
      others: message.destinations?.others ?? false,
    },
    body: message.body,
    answers: message.answers,
    restrictions: message.restrictions,
    fields,
    places: new Map(fields.map(({ mfc }, i) => [mfc, i])),
    codes: fieldCodes(fields.map(({ mfc }) => mfc)),
    fieldSets: message.fieldSets.map((set, i) => `${i + 1}. ${set.join(', ')}`),
    oneOfSets: message.fieldSets.length > 1 ? message.fieldSets : undefined,
    layouts: new Map(
      Object.entries(message.layouts).map(([name, lines]) => [
        name,
        new Layout(lines, exchange.width, checked.file, { banner: exchange.banner }),
      ]),
    ),
    xml: {
      element,
      elementName: message.xml.element,
      fields: paths,
      textPaths,
      textName: message.xml.text?.[0] ?? '',
      withKey: message.xml.key,
    },
  }
}

function checkLines(
  message: MessageFile,
  blame: (path: readonly PropertyKey[], reason: string) => void,
): void {
  for (const [name, lines] of Object.entries(message.layouts))
    lines.forEach((line, i) => {
      const path = ['layouts', name, i]
      const item = typeof line === 'string' ? { line } : line
      const template = readTemplate(item.line, (reason) =>
        blame(typeof line === 'string' ? path : [...path, 'line'], `layout line '${item.line}': ${reason}`),
      )
      if (template && 'cut' in item && item.cut !== undefined && !template.names.includes(item.cut))
        blame(
          [...path, 'cut'],
          `layouts.${name}.${i}.cut: no value of the line is called '${item.cut}'; ${known(template.names)}`,
        )
    })
}

/** A line's template; `blame` is told why it is none, and which of its values nobody gives. */
export function readTemplate(
  source: string,
  blame: (reason: string) => void,
  given?: readonly string[],
): Template | undefined {
  let template: Template
  try {
    template = new Template(source)
  } catch (error) {
    blame((error as Error).message)
    return undefined
  }
  for (const name of template.names)
    if (given && !given.includes(name)) blame(`no value is called '${name}'; ${known(given)}`)
  return template
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
      const uri = Object.hasOwn(namespaces, prefix) ? namespaces[prefix] : undefined
      if (uri === undefined) blame(`XML path ${path}: exchange.yaml knows no namespace prefix '${prefix}'`)
      return `{${uri ?? ''}}${local}`
    })
    .join('/')
}
