import { isUtf8 } from 'node:buffer'
import { expandPath } from './compile.js'
import type { Formats, MessageFormat } from './formats.js'
import type { Incoming, Parsed, RawField } from './incoming.js'
import { fold, readControl, readValue } from './text.js'
import { guardXml, type Range, without } from './xml-guard.js'
import { type Element, readTree } from './xml-tree.js'

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
  const unseen: Range[] = []
  const reason = guardXml(text, formats.exchange.framing, unseen)
  if (reason !== undefined) return refused(reason)
  const root = readTree(without(text, unseen))
  if (typeof root === 'string') return refused(root)
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
        ? bodyOf(formats, format, element)
        : { fields: [], stray: false, text: '', textBad: false }),
    },
  }
}

const childrenNamed = ({ children }: Element, name: string): Element[] =>
  children.filter((child) => child.name === name)

function bodyOf(
  formats: Formats,
  format: MessageFormat,
  element: Element,
): Pick<Incoming, 'fields' | 'stray' | 'text' | 'textBad'> {
  const leaves: { path: string; leaf: Element }[] = []
  const stray = collect(element, '', (path, leaf) => void leaves.push({ path, leaf }))
  if (format.body === 'text') {
    const found = leaves.filter(({ path }) => format.xml.textPaths.has(path))
    const { value, bad } = readFreeText(found.map(({ leaf }) => leaf.text).join('\r\n'))
    return { fields: [], stray, text: value, textBad: bad }
  }
  const fields: RawField[] = []
  for (const { path, leaf } of leaves) {
    const field = format.xml.fields.get(path)
    if (field) fields.push({ mfc: field.mfc, ...readXmlValue(leaf.text, field.isDate) })
    else if (!isBlank(leaf.text))
      fields.push({ mfc: strangerName(formats, format, leaf), value: '', bad: false })
  }
  return { fields, stray, text: '', textBad: false }
}

/**
 * How an element that stands for no field is named: with the prefix that answers use for its namespace, whichever the
 * sender wrote, and never so that it could be taken for a field.
 */
function strangerName(formats: Formats, format: MessageFormat, { name }: Element): string {
  const end = name.indexOf('}')
  const [prefix] =
    Object.entries(formats.exchange.xml.namespaces).find(([, uri]) => uri === name.slice(1, end)) ?? []
  const local = name.slice(end + 1)
  const shown = (prefix === undefined ? local : `${prefix}:${local}`).toUpperCase().slice(0, 40)
  return format.fields.some(({ mfc }) => mfc === shown) ? `<${shown}>` : shown
}

/**
 * Calls back for every element without elements inside, with its path below the first. An element with elements
 * inside has no value of its own, whatever white space stands in it.
 * @returns whether any has words of its own all the same.
 */
function collect(element: Element, path: string, found: (path: string, leaf: Element) => void): boolean {
  let stray = !isBlank(element.text)
  for (const child of element.children) {
    const below = path === '' ? child.name : `${path}/${child.name}`
    if (child.children.length === 0) found(below, child)
    else if (collect(child, below, found)) stray = true
  }
  return stray
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

const isBlank = (text: string): boolean => trimXml(text) === ''

/**
 * A control field comes back unchanged, spaces of its own included. Line breaks around it and the indentation of their
 * lines are the document's; an element that holds nothing else is no control field.
 */
function controlText(text: string | undefined): string | undefined {
  if (text === undefined) return undefined
  const lines = text.split(/[\r\n\x7f]/)
  const first = lines.findIndex((line) => !isBlank(line))
  if (first < 0) return lines.length === 1 && text !== '' ? text : undefined
  const last = lines.findLastIndex((line) => !isBlank(line))
  const own = lines.slice(first, last + 1).join('\n')
  return first > 0 ? own.replace(/^[ \t]+/, '') : own
}

function trim(text: string, goes: (c: string | undefined) => boolean): string {
  let start = 0
  let end = text.length
  while (start < end && goes(text[start])) start++
  while (end > start && goes(text[end - 1])) end--
  return text.slice(start, end)
}
