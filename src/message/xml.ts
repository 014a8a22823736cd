import { isUtf8 } from 'node:buffer'
import { XMLParser } from 'fast-xml-parser'
import { expandPath, type Formats, type MessageFormat } from './formats.js'
import type { Incoming, Parsed, RawField } from './incoming.js'
import { fold, readControl, readValue } from './text.js'
import { guardXml, type Range, without } from './xml-guard.js'

const parser = new XMLParser({
  preserveOrder: true,
  ignoreAttributes: false,
  attributeNamePrefix: '',
  parseTagValue: false,
  parseAttributeValue: false,
  trimValues: false,
  // References are resolved here: the guard has let only XML's own five and numbers through.
  processEntities: false,
  cdataPropName: '#cdata',
  ignoreDeclaration: true,
  ignorePiTags: true,
  // Elements called toString and the like keep their names: nodes are only ever read by their own keys.
  onDangerousProperty: (name) => name,
})

/** An element with its name expanded to `{namespace}local`. */
interface Element {
  readonly name: string
  /** The name as it was written, for people. */
  readonly written: string
  readonly children: readonly Element[]
  readonly text: string
}

/** Takes a message in the XML form apart (wire format, section 3). Namespaces count, prefixes don't. */
export function parseXml(formats: Formats, body: Buffer): Parsed {
  const refused = (reason: string): Parsed => ({
    ok: false,
    refusal: { error: 'marker', details: [formats.detail('xml-refused', { reason })] },
    // Whoever sends what can't be parsed is answered in the text form.
    form: 'text',
    ori: '',
    control: undefined,
  })
  if (!isUtf8(body)) return refused('NOT UTF-8')
  const text = body.toString('utf8')
  const instructions: Range[] = []
  const reason = guardXml(text, formats.exchange.framing, instructions)
  if (reason !== undefined) return refused(reason)
  let root: Element | undefined
  try {
    root = readDocument(parser.parse(without(text, instructions)) as RawNode[])
  } catch (error) {
    return refused(
      `NOT WELL-FORMED: ${(error as Error).message
        .replace(/[^\x20-\x7e]/g, ' ')
        .toUpperCase()
        .slice(0, 100)}`,
    )
  }
  if (typeof root === 'string' || root === undefined) return refused('A NAMESPACE PREFIX IS NOT DECLARED')
  return readMessage(formats, root)
}

function readMessage(formats: Formats, root: Element): Parsed {
  const { xml } = formats.exchange
  const name = (path: string): string => expandPath(path, xml.namespaces, () => undefined)
  const header = root.children.find((child) => child.name === name(xml.header.element))
  const valuesOf = (path: string): string[] =>
    header?.children.filter((child) => child.name === name(path)).map((child) => child.text) ?? []
  const value = (path: string): string => fold(trimXml(valuesOf(path)[0] ?? ''))
  const control = readControl(formats, controlText(valuesOf(xml.header.control)[0]))
  const unknown = (reason: string): Parsed => ({
    ok: false,
    refusal: { error: 'marker', details: [formats.detail('xml-unknown', { reason })] },
    form: 'xml',
    ori: value(xml.header.from),
    control: control.control,
  })
  if (root.name !== name(xml.root)) return unknown(`THE ROOT IS NOT ${xml.root}`.toUpperCase())
  if (!header) return unknown(`NO ${xml.header.element}`.toUpperCase())
  // Which of two would be meant nobody can say.
  const twice = [xml.header.key, xml.header.from, xml.header.control].find(
    (path) => valuesOf(path).length > 1,
  )
  if (twice !== undefined) return unknown(`MORE THAN ONE ${twice}`.toUpperCase())
  if (childrenNamed(root, name(xml.header.element)).length > 1)
    return unknown(`MORE THAN ONE ${xml.header.element}`.toUpperCase())
  const key = value(xml.header.key)
  const format = formats.messages.get(key)
  const [element, second] = format ? childrenNamed(root, format.xml.element) : []
  if (format && second) return unknown(`MORE THAN ONE ${format.xml.elementName}`.toUpperCase())
  if (format && format.direction !== 'out' && !element)
    return unknown(`NO ${format.xml.elementName} FOR ${key}`.toUpperCase())
  const destinations = valuesOf(xml.header.destination).map((each) => fold(trimXml(each)))
  return {
    ok: true,
    message: {
      form: 'xml',
      key,
      ori: value(xml.header.from),
      destinations: destinations.filter((each) => each !== ''),
      ...control,
      ...(format && element
        ? bodyOf(format, element)
        : { fields: [], stray: false, text: '', textBad: false }),
    },
  }
}

const childrenNamed = ({ children }: Element, name: string): Element[] =>
  children.filter((child) => child.name === name)

function bodyOf(
  format: MessageFormat,
  element: Element,
): Pick<Incoming, 'fields' | 'stray' | 'text' | 'textBad'> {
  if (format.body === 'text') {
    const found: Element[] = []
    collect(element, '', (path, leaf) => {
      if (format.xml.textPaths.has(path)) found.push(leaf)
    })
    const { value, bad } = readFreeText(found.map((leaf) => leaf.text).join('\r\n'))
    return { fields: [], stray: false, text: value, textBad: bad }
  }
  const fields: RawField[] = []
  collect(element, '', (path, leaf) => {
    const field = format.xml.fields.get(path)
    if (field) fields.push({ mfc: field.mfc, ...readXmlValue(leaf.text, field.isDate) })
    else if (leaf.text.trim() !== '')
      fields.push({ mfc: leaf.written.toUpperCase().slice(0, 40), value: '', bad: false })
  })
  // An element with elements inside has no value of its own, whatever white space stands in it.
  return { fields, stray: element.text.trim() !== '', text: '', textBad: false }
}

/** Calls back for every element without elements inside, with its path below the first. */
function collect(element: Element, path: string, found: (path: string, leaf: Element) => void): void {
  for (const child of element.children) {
    const below = path === '' ? child.name : `${path}/${child.name}`
    if (child.children.length > 0) collect(child, below, found)
    else found(below, child)
  }
}

function readXmlValue(text: string, isDate: boolean): { value: string; bad: boolean } {
  const read = readValue(trimXml(text))
  if (!isDate || read.value === '') return read
  const day = /^(\d{4})-(\d\d)-(\d\d)$/.exec(read.value)
  if (day) return { value: `${day[1]}${day[2]}${day[3]}`, bad: read.bad }
  // The text form's dates are none in XML: what isn't one is kept from looking like one.
  return { value: `-${read.value}`, bad: read.bad }
}

function readFreeText(text: string): { value: string; bad: boolean } {
  const trimmed = trimXml(text)
  return { value: fold(trimmed), bad: /[^\n\r\x20-\x7f]/.test(trimmed) }
}

/** White space around a value is how documents are indented; a control field's own spaces stay. */
const trimXml = (text: string): string =>
  trim(text, (c) => c === ' ' || c === '\t' || c === '\r' || c === '\n')

/** Line breaks around a control field and the indentation beside them go; spaces of its own stay. */
function controlText(text: string | undefined): string | undefined {
  if (text === undefined || text.trim() === '') return undefined
  const lines = text.split(/[\r\n]+/)
  if (lines.length === 1) return text
  return lines.map((line) => line.trim()).find((line) => line !== '')
}

function trim(text: string, goes: (c: string | undefined) => boolean): string {
  let start = 0
  let end = text.length
  while (start < end && goes(text[start])) start++
  while (end > start && goes(text[end - 1])) end--
  return text.slice(start, end)
}

type RawNode = { readonly [name: string]: unknown }
type Scope = ReadonlyMap<string, string>

const XML_SCOPE: Scope = new Map([
  ['', ''],
  ['xml', 'http://www.w3.org/XML/1998/namespace'],
])

/** Undefined where a prefix is used that was never declared. */
function readDocument(nodes: readonly RawNode[]): Element | undefined {
  const root = nodes.find((node) => !('#text' in node) && tagOf(node) !== undefined)
  return root ? readElement(root, XML_SCOPE) : undefined
}

function tagOf(node: RawNode): string | undefined {
  return Object.keys(node).find((key) => key !== ':@')
}

function readElement(node: RawNode, outer: Scope): Element | undefined {
  const written = tagOf(node) ?? ''
  const scope = declared(node[':@'] as Readonly<Record<string, string>> | undefined, outer)
  const colon = written.indexOf(':')
  const uri = scope.get(colon < 0 ? '' : written.slice(0, colon))
  if (uri === undefined) return undefined
  const children: Element[] = []
  let text = ''
  for (const child of node[written] as readonly RawNode[]) {
    if ('#text' in child) text += resolve(String(child['#text']))
    else if ('#cdata' in child)
      for (const part of child['#cdata'] as readonly RawNode[]) text += String(part['#text'] ?? '')
    else {
      const element = readElement(child, scope)
      if (!element) return undefined
      children.push(element)
    }
  }
  return { name: `{${uri}}${written.slice(colon + 1)}`, written, children, text }
}

function declared(attributes: Readonly<Record<string, string>> | undefined, outer: Scope): Scope {
  let scope: Map<string, string> | undefined
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (name !== 'xmlns' && !name.startsWith('xmlns:')) continue
    scope ??= new Map(outer)
    scope.set(name.slice(6), resolve(value))
  }
  return scope ?? outer
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

function resolve(text: string): string {
  if (!text.includes('&')) return text
  return text.replace(/&(#x?)?(\w+);/g, (whole, number: string | undefined, name: string) => {
    if (number === undefined) return ENTITIES[name] ?? whole
    const code = Number.parseInt(name, number === '#x' ? 16 : 10)
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : whole
  })
}
