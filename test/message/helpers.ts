import fc, { type Arbitrary } from 'fast-check'
import {
  editFields,
  type Formats,
  type Incoming,
  loadFormats,
  type MessageFormat,
  parseMessage,
} from '../../src/message/index.js'

export const formats = loadFormats('formats')
export const TODAY = '20261124'

export function formatOf(key: string, from: Formats = formats): MessageFormat {
  const format = from.messages.get(key)
  if (!format) throw new Error(`formats: no ${key}`)
  return format
}

/** A field as it is sent, and as it must be kept. */
export interface MeantField {
  readonly mfc: string
  readonly sent: string
  readonly kept: string
}

/** A message as its sender means it. */
export interface Meant {
  readonly key: string
  readonly ori: string
  readonly destinations: readonly string[]
  readonly control: string | undefined
  readonly fields: readonly MeantField[]
}

/** Takes a message apart that must come apart. */
export function parse(body: string | Buffer, from: Formats = formats): Incoming {
  const parsed = parseMessage(from, Buffer.isBuffer(body) ? body : Buffer.from(body, 'latin1'))
  if (!parsed.ok) throw new Error(`refused: ${parsed.refusal.details.join()}`)
  return parsed.message
}

/** What the edits make of a message: its values, or the refusal. */
export function edited(message: Incoming, from: Formats = formats, today = TODAY): object {
  return editFields(from, formatOf(message.key, from), message, today)
}

// What may be sent

const units = (letters: string): { unit: Arbitrary<string> } => ({ unit: fc.constantFrom(...letters) })
const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'
const DIGITS = '0123456789'

export const digits = (min: number, max = min): Arbitrary<string> =>
  fc.string({ ...units(DIGITS), minLength: min, maxLength: max })

/** A period, filler, three letters and a slash: what a value can't hold, since the next field begins there. */
const NEXT_FIELD = /\.[\r\n\x7f ]*[A-Za-z]{3}\//

/** Printable, upper case, with many of what delimits fields and elements; no space at an edge. */
export function freeText(min: number, max: number): Arbitrary<string> {
  const letters = `${LETTERS}${DIGITS}!"#$%()*+:;=?@[\\]^_\`{|}~${"  ..//&<>,'-".repeat(4)}`
  return fc
    .string({ ...units(letters), minLength: min, maxLength: max })
    .map((text) => text.trim())
    .filter((text) => text.length >= min && !NEXT_FIELD.test(text))
}

const namePart = fc
  .tuple(
    fc.string({ ...units(`${LETTERS}' -`), maxLength: 6 }),
    fc.constantFrom(...LETTERS),
    fc.string({ ...units(`${LETTERS}' -`), maxLength: 6 }),
  )
  .map((parts) => parts.join(''))
export const personName = fc
  .tuple(namePart, namePart)
  .map((parts) => parts.join(',').trim())
  .filter((name) => name.length >= 3)

const dayOf = (date: Date): string => date.toISOString().slice(0, 10).replaceAll('-', '')
const day = (from: string, to: string): Arbitrary<string> =>
  fc.date({ min: new Date(from), max: new Date(to), noInvalidDate: true }).map(dayOf)

type Sent = Omit<MeantField, 'mfc'>
const asSent = (values: Arbitrary<string>): Arbitrary<Sent> =>
  values.map((value) => ({ sent: value, kept: value }))
const pattern = (text: RegExp): Arbitrary<Sent> => asSent(fc.stringMatching(text))

/** Dates of birth up to {@link TODAY}; with two digits for the year they are of the last hundred years. */
const dob: Arbitrary<Sent> = fc.oneof(
  asSent(day('1800-01-01', '2026-11-24')),
  day('1926-11-25', '2026-11-24').map((kept) => ({ sent: `${kept.slice(4)}${kept.slice(2, 4)}`, kept })),
)

/** Legal values by message field code, of all formats. */
const LEGAL: Readonly<Record<string, Arbitrary<Sent>>> = {
  PUR: asSent(fc.constantFrom('C', 'F')),
  ATN: asSent(freeText(1, 30)),
  PHN: asSent(freeText(1, 20)),
  NAM: asSent(personName),
  DOB: dob,
  SEX: asSent(fc.constantFrom('M', 'F', 'U')),
  POB: asSent(fc.constantFrom(...(formats.codes.get('place-of-birth')?.keys() ?? []))),
  CUS: asSent(fc.constantFrom('Y', 'N')),
  OFF: pattern(/^[A-Z0-9]{4}$/),
  ARN: pattern(/^(A[0-9]{7,8}|[0-9]{8,9})$/),
  FBI: asSent(freeText(1, 9)),
  SID: asSent(freeText(1, 10)),
  OLN: asSent(freeText(1, 20)),
  OLS: asSent(freeText(2, 2)),
  SOC: asSent(digits(9)),
  MNU: asSent(freeText(1, 15)),
  PPN: asSent(freeText(1, 15)),
  REM: asSent(freeText(1, 200)),
  RTY: asSent(fc.constant('WP')),
  RNO: asSent(fc.constantFrom('1', '2', '3')),
  PRI: asSent(fc.constantFrom('U', 'R')),
  OCA: asSent(freeText(1, 20)),
  NIC: pattern(/^[A-Z][0-9]{9}$/),
  RNA: asSent(freeText(1, 30)),
  RAG: asSent(freeText(1, 60)),
  PHO: asSent(freeText(1, 20)),
}

export function legal(mfc: string): Arbitrary<Sent> {
  const values = LEGAL[mfc]
  if (!values) throw new Error(`no legal values are known for ${mfc}; add them`)
  return values
}

const header = {
  ori: fc.stringMatching(/^[A-Z0-9]{9}$/),
  // What begins with the marker ends a header, unless it is as long as an ORI.
  destinations: fc.array(
    fc.stringMatching(/^[A-Z0-9]{2,9}$/).filter((text) => !text.startsWith('TXT') || text.length === 9),
    { minLength: 1, maxLength: 5 },
  ),
  control: fc.option(
    fc.stringMatching(/^[A-Z0-9 _/-]{1,10}$/).filter((text) => text.trim() !== ''),
    { nil: undefined },
  ),
}

/** Any legal message of a key: fields in any order, each optional one there or not. */
export function meant(key: string): Arbitrary<Meant> {
  const { fields, oneOfSets } = formatOf(key)
  const chosen = fc
    .tuple(
      ...fields.map(({ mfc, required }): Arbitrary<MeantField | undefined> => {
        const field = legal(mfc).map((sent) => ({ mfc, ...sent }))
        return required ? field : fc.option(field, { nil: undefined })
      }),
    )
    .map((all) => all.flatMap((each) => each ?? []))
    .filter(
      (all) => oneOfSets?.some((set) => set.every((mfc) => all.some((each) => each.mfc === mfc))) ?? true,
    )
    .chain((all) => fc.shuffledSubarray(all, { minLength: all.length }))
  return fc.record({ key: fc.constant(key), ...header, fields: chosen })
}

// How it may be written

const fold = (text: string, mask: readonly boolean[]): string =>
  [...text].map((c, i) => (mask[i % mask.length] ? c.toLowerCase() : c)).join('')
/** Which letters are lower case, over and over. */
const mask = fc.array(fc.boolean(), { minLength: 1, maxLength: 7 })
const lineControl = fc.string({ ...units('\r\n\x7f'), maxLength: 3 })
const filler = fc.string({ ...units('\r\n\x7f '), maxLength: 4 })
/** What to take, one after the other, over and over. */
const choices = <T>(each: Arbitrary<T>): Arbitrary<readonly T[]> =>
  fc.array(each, { minLength: 1, maxLength: 9 })

/** Every way in which a sender may write the text form of one message. */
export const textStyle = fc.record({
  mask,
  breaks: choices(lineControl),
  fillers: choices(filler),
  /** Inside values: what stands for a lone space. */
  spaces: choices(
    fc.oneof(fc.constant(' '), fc.string({ ...units('\r\n\x7f'), minLength: 1, maxLength: 3 })),
  ),
  dot: fc.constantFrom('', '.'),
  last: fc.boolean(),
})
export type TextStyle = typeof textStyle extends Arbitrary<infer S> ? S : never

const pick = <T>(from: readonly T[]): (() => T) => {
  let i = 0
  return () => from[i++ % from.length] as T
}

export function asText(message: Meant, style: TextStyle): string {
  const lower = (text: string): string => fold(text, style.mask)
  const [lineBreak, fill, space] = [pick(style.breaks), pick(style.fillers), pick(style.spaces)]
  const head = [message.key, message.ori, ...message.destinations].map(
    (part) => lineBreak() + lower(part) + lineBreak(),
  )
  if (message.control !== undefined) head.push(`${lineBreak()}*${message.control}${lineBreak()}`)
  const fields = message.fields.map(({ mfc, sent }) => {
    const value = lower(sent).replace(/(?<! ) (?! )/g, space)
    return `${lower(mfc)}/${fill()}${value}${fill()}`
  })
  const end = style.last || message.fields.at(-1)?.sent.endsWith('.') ? `.${fill()}` : ''
  const body = fields.map((field, i) => (i === 0 ? field : `.${fill()}${field}`)).join('')
  return `${head.join('.')}.${lower('TXT')}${style.dot}${fill()}${body}${end}`
}

/** Every way in which a sender may write the XML form of one message. */
export const xmlStyle = fc.record({
  mask,
  prefixes: fc.uniqueArray(
    fc.stringMatching(/^[A-Za-z_][\w.-]{0,5}$/).filter((p) => !/^xml/i.test(p)),
    {
      minLength: 5,
      maxLength: 5,
    },
  ),
  /** Whether one namespace is the default one. */
  bare: fc.option(fc.nat(4), { nil: undefined }),
  /** How each value is written. */
  values: choices(fc.constantFrom('escaped', 'cdata', 'numbers', 'mixed')),
  pads: choices(fc.constantFrom('', '\n', '\r\n  ', '\t', ' ')),
  between: choices(
    fc.constantFrom(
      '',
      '\n  ',
      '<!-- <a> & -->',
      '<?x y?>',
      '<?x "?>',
      "<?x '<!DOCTYPE a>?>",
      '<!-- "<?x -->',
    ),
  ),
  declaration: fc.constantFrom(
    '',
    '<?xml version="1.0" encoding="UTF-8"?>\n',
    "\ufeff<?xml version='1.0' encoding='us-ascii' standalone='no'?><?x ' ?>",
    '\r\n ',
  ),
  /** Whether elements of the same name are one or follow each other. */
  apart: fc.boolean(),
  attributes: choices(fc.constantFrom('', ' a="b>c"', " toString='&lt;'")),
})
export type XmlStyle = typeof xmlStyle extends Arbitrary<infer S> ? S : never

interface Node {
  readonly name: string
  readonly children: Node[]
  text?: string
}

/** `CCYY-MM-DD` is how XML writes a date. */
export const xmlDate = (day: string): string => `${day.slice(0, 4)}-${day.slice(4, 6)}-${day.slice(6)}`

export function asXml(message: Meant, style: XmlStyle): string {
  const { namespaces, root, header: names } = formats.exchange.xml
  const { xml } = formatOf(message.key)
  const uris = Object.values(namespaces)
  const [value, pad, between, attribute] = [
    pick(style.values),
    pick(style.pads),
    pick(style.between),
    pick(style.attributes),
  ]
  const qualified = (uri: string, local: string): string => {
    const i = uris.indexOf(uri)
    return i === style.bare ? local : `${style.prefixes[i]}:${local}`
  }
  const named = (name: string): string => {
    const [prefix = '', local = ''] = name.split(':')
    return qualified(namespaces[prefix] ?? '', local)
  }
  const leaf = (name: string, text: string, padded = true): Node => {
    const written = writeValue(text, value())
    return { name, children: [], text: padded ? pad() + written + pad() : written }
  }
  const control = message.control
  const head: Node = {
    name: named(names.element),
    children: [
      leaf(named(names.key), fold(message.key, style.mask)),
      leaf(named(names.from), fold(message.ori, style.mask)),
      ...message.destinations.map((each) => leaf(named(names.destination), fold(each, style.mask))),
      ...(control === undefined ? [] : [leaf(named(names.control), control, false)]),
    ],
  }
  const [uri = '', local = ''] = splitName(xml.element)
  const body: Node = { name: qualified(uri, local), children: [] }
  for (const { mfc, sent, kept } of message.fields) {
    const path = [...xml.fields].find(([, field]) => field.mfc === mfc)
    if (!path) throw new Error(`${mfc} has no XML path`)
    const steps = (path[0].match(/\{[^}]*\}[^/]+/g) ?? []).map((step) => {
      const [stepUri = '', stepLocal = ''] = splitName(step)
      return qualified(stepUri, stepLocal)
    })
    const text = path[1].isDate && /^\d{8}$/.test(kept) ? xmlDate(kept) : fold(sent, style.mask)
    put(body, steps, leaf('', text), style.apart)
  }
  const write = (node: Node): string => {
    const inner = node.text ?? node.children.map((child) => between() + write(child) + between()).join('')
    return `<${node.name}${attribute()}>${inner}</${node.name}>`
  }
  const declared = uris.map((each, i) =>
    i === style.bare ? ` xmlns="${each}"` : ` xmlns:${style.prefixes[i]}='${each}'`,
  )
  const name = named(root)
  const inner = between() + write(head) + between() + write(body) + between()
  return `${style.declaration}<${name}${declared.join('')}>${inner}</${name}>`
}

const splitName = (expanded: string): string[] => /^\{([^}]*)\}(.+)$/.exec(expanded)?.slice(1) ?? []

/** Puts a leaf where a path says; elements on the way are shared with those before, unless they stand apart. */
function put(top: Node, steps: readonly string[], leaf: Node, apart: boolean): void {
  let node = top
  for (const step of steps.slice(0, -1)) {
    let next = apart
      ? undefined
      : node.children.find((child) => child.name === step && child.text === undefined)
    if (!next) {
      next = { name: step, children: [] }
      node.children.push(next)
    }
    node = next
  }
  node.children.push({ ...leaf, name: steps.at(-1) ?? '' })
}

export const escapeXml = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

function writeValue(text: string, how: string): string {
  if (how === 'cdata') return `<![CDATA[${text.replaceAll(']]>', ']]]]><![CDATA[>')}]]>`
  if (how === 'numbers') return [...text].map((c) => `&#x${c.charCodeAt(0).toString(16)};`).join('')
  if (how === 'mixed') {
    const half = text.length >> 1
    return `${escapeXml(text.slice(0, half))}<!-- & -->${writeValue(text.slice(half), 'cdata')}`
  }
  return escapeXml(text).replaceAll('"', '&quot;').replaceAll("'", '&apos;')
}
