import type { Formats, MessageFormat } from './formats.js'
import type { Incoming, Parsed, RawField } from './incoming.js'

/** Bytes that no message may hold: neither printable ASCII nor CR, LF, DEL. */
const BAD = /[^\n\r\x20-\x7f]/
const LINE_CONTROL = /[\r\n\x7f]+/g
const ANY_CONTROL = /[\r\n\x7f]/
const LOWER = /[a-z]/
const NOT_EDGE = /[^\r\n\x7f ]/
const ORI_LENGTH = /^[A-Z0-9]{9}$/

/**
 * Takes a message in the text form apart: `MKE.ORI.DEST[.DEST…][.*CONTROL].TXT`, then fields or free text (wire
 * format, section 2). It judges only what keeps it from being taken apart.
 */
export function parseText(formats: Formats, body: Buffer): Parsed {
  const text = body.toString('latin1')
  const { marker } = formats.exchange.input
  const tokens: string[] = []
  let at = 0
  let rest = -1
  // However many destinations there are: too many is a fault of the header, and that it has a marker must be known.
  for (;;) {
    const dot = text.indexOf('.', at)
    const raw = dot < 0 ? text.slice(at) : text.slice(at, dot)
    const token = readToken(raw)
    if (tokens.length > 0 && isMarker(token, marker, dot < 0)) {
      rest = at + raw.search(NOT_EDGE) + marker.length
      break
    }
    if (dot < 0 || (token.includes('/') && !token.startsWith('*'))) break
    tokens.push(token)
    at = dot + 1
  }
  const header = headerOf(formats, tokens)
  if (BAD.test(rest < 0 ? text : text.slice(0, rest)))
    return refused(header, 'structure', formats.detail('header-byte'))
  if (rest < 0) return refused(header, 'marker', formats.detail('no-marker', { marker }))
  const tail = text.slice(rest)
  const format = formats.messages.get(header.key)
  const fields = format?.body === 'fields' ? parseFields(tail, format) : undefined
  return {
    ok: true,
    message: {
      form: 'text',
      key: header.key,
      ori: header.ori,
      destinations: header.destinations,
      control: header.control,
      controlBad: header.controlBad,
      fields: fields?.fields ?? [],
      stray: fields?.stray ?? false,
      text: fields ? '' : fold(trimEdges(tail)),
      textBad: !fields && BAD.test(tail),
    },
  }
}

function refused({ ori, control }: Header, error: string, detail: string): Parsed {
  return { ok: false, refusal: { error, details: [detail] }, form: 'text', ori, control }
}

/** A header's token without the line control around it; a control field keeps its spaces, since it comes back. */
function readToken(raw: string): string {
  const token = trimEdges(raw)
  return token.startsWith('*') ? trimEnd(raw.slice(raw.indexOf('*')), isLineControl) : token
}

/** The marker may stand right before the first field; nine letters and digits are a destination all the same. */
function isMarker(token: string, marker: string, last: boolean): boolean {
  if (((token.charCodeAt(0) ^ marker.charCodeAt(0)) & ~0x20) !== 0) return false
  const upper = token.toUpperCase()
  return upper.startsWith(marker) && (last || !ORI_LENGTH.test(upper))
}

type Header = Pick<Incoming, 'key' | 'ori' | 'destinations' | 'control' | 'controlBad'>

function headerOf(formats: Formats, tokens: readonly string[]): Header {
  const [key = '', ori = ''] = tokens
  const last = tokens.length > 2 ? tokens.at(-1) : undefined
  const text = last?.startsWith('*') ? last.slice(1) : undefined
  const destinations: string[] = []
  const end = text === undefined ? tokens.length : tokens.length - 1
  for (let i = 2; i < end; i++) destinations.push(fold(tokens[i] ?? ''))
  const controlBad = text !== undefined && !isControl(formats, text)
  const control = controlBad ? undefined : text
  return { key: fold(key), ori: fold(ori), destinations, control, controlBad }
}

/** A control field comes back unchanged, so it is never folded: lower case is a fault of it. */
export function readControl(
  formats: Formats,
  control: string | undefined,
): Pick<Incoming, 'control' | 'controlBad'> {
  const controlBad = control !== undefined && !isControl(formats, control)
  return { control: controlBad ? undefined : control, controlBad }
}

function isControl(formats: Formats, control: string): boolean {
  const { max } = formats.exchange.input.control
  return control.length > 0 && control.length <= max && formats.controlCharacters.test(control)
}

/** Takes fields apart, each `MFC/value` with a period before the next. */
export function parseFields(tail: string, { codes }: MessageFormat): { fields: RawField[]; stray: boolean } {
  const fields: RawField[] = []
  let text = trimEdges(tail)
  let stray = false
  if (!isFieldStart(text, 0)) {
    // A period after the marker ends the header and means nothing; anything else there is a fault.
    const first = FIELD_START.exec(text)
    const before = first ? text.slice(0, first.index) : text
    stray = /[^.\s\x7f]/.test(before)
    text = first ? text.slice(first.index) : ''
  }
  // What the whole text has none of needn't be looked for in each value.
  const plain = !BAD.test(text) && !LOWER.test(text)
  for (let start = 0; start < text.length; ) {
    const end = fieldEnd(text, start)
    const mfc = codes.get(codeAt(text, start)) ?? text.slice(start, start + 3)
    const raw = text.slice(start + 4, end)
    if (plain) fields.push({ mfc, value: readPlain(raw), bad: false })
    else {
      const { value, bad } = readValue(raw)
      fields.push({ mfc: mfc.toUpperCase(), value, bad })
    }
    start = afterFiller(text, end + 1)
  }
  return { fields, stray }
}

/** Where a period ends a field: at the message's end, or where (after filler) three letters and a slash follow. */
function fieldEnd(text: string, start: number): number {
  for (let dot = text.indexOf('.', start); dot >= 0; dot = text.indexOf('.', dot + 1)) {
    const next = afterFiller(text, dot + 1)
    if (next >= text.length || isFieldStart(text, next)) return dot
  }
  return text.length
}

function afterFiller(text: string, from: number): number {
  let at = from
  while (at < text.length && isFiller(text.charCodeAt(at))) at++
  return at
}

function isFieldStart(text: string, at: number): boolean {
  return (
    text.charCodeAt(at + 3) === 0x2f &&
    isLetter(text.charCodeAt(at)) &&
    isLetter(text.charCodeAt(at + 1)) &&
    isLetter(text.charCodeAt(at + 2))
  )
}

/** The three characters of a message field code as one number. */
const codeAt = (text: string, at: number): number =>
  (text.charCodeAt(at) << 16) | (text.charCodeAt(at + 1) << 8) | text.charCodeAt(at + 2)

/** Message field codes by {@link codeAt}: each that a message gives is the same text then, and found at once. */
export const fieldCodes = (mfcs: readonly string[]): ReadonlyMap<number, string> =>
  new Map(mfcs.map((mfc) => [codeAt(mfc, 0), mfc]))

const isLetter = (code: number): boolean => (code | 0x20) >= 0x61 && (code | 0x20) <= 0x7a

const FIELD_START = /(?:^|(?<=[.\r\n\x7f ]))[A-Za-z]{3}\//

/** A value of a text that holds neither a bad byte nor lower case. */
function readPlain(raw: string): string {
  const value = trimEdges(raw)
  return ANY_CONTROL.test(value) ? value.replace(LINE_CONTROL, ' ') : value
}

/** Inside a value a run of CR, LF and DEL is one space; spaces at its edges go; lower case is folded. */
export function readValue(raw: string): { value: string; bad: boolean } {
  const trimmed = trimEdges(raw)
  LINE_CONTROL.lastIndex = 0
  return { value: fold(trimmed.replace(LINE_CONTROL, ' ')), bad: BAD.test(trimmed) }
}

const isLineControl = (code: number): boolean => code === 0x0d || code === 0x0a || code === 0x7f
const isFiller = (code: number): boolean => code === 0x20 || isLineControl(code)

/** Loops, since a pattern for the end of a text tries every run of spaces in it: 16 KiB of them took 200 ms. */
function trimEdges(text: string): string {
  let start = 0
  while (start < text.length && isFiller(text.charCodeAt(start))) start++
  return trimEnd(start === 0 ? text : text.slice(start), isFiller)
}

function trimEnd(text: string, goes: (code: number) => boolean): string {
  let end = text.length
  while (end > 0 && goes(text.charCodeAt(end - 1))) end--
  return end === text.length ? text : text.slice(0, end)
}

/** Folds ASCII alone: other letters change their length when folded, and are a fault anyway. */
export function fold(text: string): string {
  return LOWER.test(text) ? text.replace(/[a-z]+/g, (run) => run.toUpperCase()) : text
}
