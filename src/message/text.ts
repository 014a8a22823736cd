import type { Formats } from './formats.js'
import type { Incoming, Parsed, RawField } from './incoming.js'

/** Bytes that no message may hold: neither printable ASCII nor CR, LF, DEL. */
const BAD = /[^\n\r\x20-\x7f]/
const LINE_CONTROL = /[\r\n\x7f]+/g
const NOT_EDGE = /[^\r\n\x7f ]/
/** Where a period ends a field: at the message's end, or where three letters and a slash follow. */
const FIELD_END = /\.[\r\n\x7f ]*(?:$|(?=[A-Za-z]{3}\/))/g
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
  const headerText = rest < 0 ? text : text.slice(0, rest)
  const refuse = (error: string, detail: string): Parsed => ({
    ok: false,
    refusal: { error, details: [detail] },
    form: 'text',
    ori: header.ori,
    control: header.control,
  })
  if (BAD.test(headerText)) return refuse('structure', formats.detail('header-byte'))
  if (rest < 0) return refuse('marker', formats.detail('no-marker', { marker }))
  const tail = text.slice(rest)
  const fields = formats.messages.get(header.key)?.body === 'fields' ? parseFields(tail) : undefined
  return {
    ok: true,
    message: {
      form: 'text',
      ...header,
      fields: fields?.fields ?? [],
      stray: fields?.stray ?? false,
      text: fields ? '' : fold(trimEdges(tail)),
      textBad: !fields && BAD.test(tail),
    },
  }
}

/** A header's token without the line control around it; a control field keeps its spaces, since it comes back. */
function readToken(raw: string): string {
  const token = trimEdges(raw)
  return token.startsWith('*') ? trimEnd(raw.slice(raw.indexOf('*')), isLineControl) : token
}

/** The marker may stand right before the first field; nine letters and digits are a destination all the same. */
function isMarker(token: string, marker: string, last: boolean): boolean {
  const upper = token.toUpperCase()
  return upper.startsWith(marker) && (last || !ORI_LENGTH.test(upper))
}

type Header = Pick<Incoming, 'key' | 'ori' | 'destinations' | 'control' | 'controlBad'>

function headerOf(formats: Formats, tokens: readonly string[]): Header {
  const [key = '', ori = '', ...more] = tokens
  const last = more.at(-1)
  const control = last?.startsWith('*') ? last.slice(1) : undefined
  const destinations = (control === undefined ? more : more.slice(0, -1)).map(fold)
  return { key: fold(key), ori: fold(ori), destinations, ...readControl(formats, control) }
}

/** A control field comes back unchanged, so it is never folded: lower case is a fault of it. */
export function readControl(
  formats: Formats,
  control: string | undefined,
): Pick<Incoming, 'control' | 'controlBad'> {
  if (control === undefined) return { control: undefined, controlBad: false }
  const good =
    control.length > 0 &&
    control.length <= formats.exchange.input.control.max &&
    formats.controlCharacters.test(control)
  return { control: good ? control : undefined, controlBad: !good }
}

function parseFields(tail: string): { fields: RawField[]; stray: boolean } {
  const fields: RawField[] = []
  let text = trimEdges(tail)
  let stray = false
  if (!/^[A-Za-z]{3}\//.test(text)) {
    // A period after the marker ends the header and means nothing; anything else there is a fault.
    const first = FIELD_START.exec(text)
    const before = first ? text.slice(0, first.index) : text
    stray = /[^.\s\x7f]/.test(before)
    text = first ? text.slice(first.index) : ''
  }
  FIELD_END.lastIndex = 0
  let start = 0
  while (start < text.length) {
    const end = FIELD_END.exec(text)
    const raw = text.slice(start, end ? end.index : text.length)
    fields.push(readField(raw))
    if (!end) break
    start = FIELD_END.lastIndex
    if (start >= text.length) break
  }
  return { fields, stray }
}

const FIELD_START = /(?:^|(?<=[.\r\n\x7f ]))[A-Za-z]{3}\//

function readField(raw: string): RawField {
  return { mfc: raw.slice(0, 3).toUpperCase(), ...readValue(raw.slice(4)) }
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
  return /[a-z]/.test(text) ? text.replace(/[a-z]+/g, (run) => run.toUpperCase()) : text
}
