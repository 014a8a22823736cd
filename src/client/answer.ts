import { isXmlBody } from '../frame/index.js'
import { readXmlAnswer } from './answer-xml.js'

/** A message of the centre, taken apart. */
export interface Received {
  /** The body as it came. */
  readonly raw: Buffer
  readonly form: 'text' | 'xml'
  /** Message key: `IAR`, `ER`, … */
  readonly key: string
  /** ORI that sent it. */
  readonly from: string
  /** When the switch took the message in, and its count of messages from that sender: header line 2. */
  readonly receivedAt: string
  readonly inCount: number
  /** When it was sent, the count of messages to this destination's line, the destination: header line 3. */
  readonly sentAt: string
  readonly outCount: number
  readonly destination: string
  /** Empty where the message has none. */
  readonly control: string
  /** The text, without the mark of a possible duplicate. */
  readonly lines: readonly string[]
  readonly possibleDuplicate: boolean
  /** An IAR's `RESPONSE TYPE`. */
  readonly responseType?: string
  /** An IAR's `LESC REFERENCE`. */
  readonly reference?: string
  /** Why it couldn't be read as a message of the centre; what could be read is there nonetheless. */
  readonly problem?: string
}

/** The header and the text, before they are looked into. */
export interface AnswerParts {
  readonly key: string
  readonly from: string
  readonly receivedAt: string
  readonly inCount: number
  readonly sentAt: string
  readonly outCount: number
  readonly destination: string
  readonly control: string
  readonly text: readonly string[]
  readonly problem?: string
}

/** First text line of a message that may have been delivered before (contract, section 1). */
export const DUPLICATE_MARK = '*** POSSIBLE DUPLICATE ***'

/** Reads a message of the centre in either form. Never throws: see {@link Received.problem}. */
export function parseAnswer(body: Buffer): Received {
  const xml = isXmlBody(body)
  const parts = xml ? readXmlAnswer(body.toString('utf8')) : readTextAnswer(linesOf(body))
  const { text, ...header } = parts
  const possibleDuplicate = text[0] === DUPLICATE_MARK
  const lines = possibleDuplicate ? text.slice(1) : text
  const responseType = labelled(lines, 'RESPONSE TYPE')
  const reference = labelled(lines, 'LESC REFERENCE')
  return {
    raw: body,
    form: xml ? 'xml' : 'text',
    ...header,
    lines,
    possibleDuplicate,
    ...(responseType === undefined ? {} : { responseType }),
    ...(reference === undefined ? {} : { reference }),
  }
}

/**
 * The lines of a message in the text form: a text message's own lines, byte for byte, and an XML message's values
 * put where the text form has them, so that the two answers to one query can be compared.
 */
export function toTextForm(received: Received): string[] {
  if (received.form === 'text' || received.problem !== undefined) return linesOf(received.raw)
  return [
    `${received.key}.${received.from}`,
    `${received.receivedAt} ${count(received.inCount)}`,
    `${received.sentAt} ${count(received.outCount)} ${received.destination}`,
    ...(received.control === '' ? [] : [`*${received.control}`]),
    'TXT',
    ...(received.possibleDuplicate ? [DUPLICATE_MARK] : []),
    ...received.lines,
  ]
}

/** An ER's code, as `.22.` or `0`; undefined where the message is no ER. */
export function errorCode(received: Received): string | undefined {
  if (received.key !== 'ER') return undefined
  return /^(\.\d\d\.|\d+)(?: |$)/.exec(received.lines[0] ?? '')?.[1] ?? '?'
}

/** Whether more is to come for the same query. */
export function isAcknowledgement(received: Received): boolean {
  return received.key === 'IAR' && received.responseType === 'ACKNOWLEDGEMENT'
}

/** The control field of a message to send, in either form; empty where it has none. */
export function controlOf(message: string): string {
  if (!message.trimStart().startsWith('<')) {
    const header = message.slice(0, Math.max(0, message.search(/\.[\s\x7f]*TXT/i)))
    return (/\.\*([^.]*)$/.exec(header)?.[1] ?? '').toUpperCase()
  }
  const xml = /DocumentControlFieldText[^>]*>\s*(?:<!\[CDATA\[)?([^<\]]*)/.exec(message)
  return (xml?.[1] ?? '').trim().toUpperCase()
}

const count = (n: number): string => String(n).padStart(5, '0')

function labelled(lines: readonly string[], label: string): string | undefined {
  const start = `${label}: `
  return lines.find((line) => line.startsWith(start))?.slice(start.length)
}

/** The lines of a text body. Each ends in CR LF, the last one perhaps not. */
function linesOf(body: Buffer): string[] {
  const lines = body.toString('latin1').split('\r\n')
  if (lines.at(-1) === '') lines.pop()
  return lines
}

/** A message key is letters and digits, or a notice of NCIC such as `$.H`. */
const HEADER_1 = /^(\$\.[A-Z0-9]|[^.]{1,5})\.([^.]+)\.?$/
const HEADER_2 = /^(\d\d:\d\d \d\d\/\d\d\/\d{4}) (\d{5})$/
const HEADER_3 = /^(\d\d:\d\d \d\d\/\d\d\/\d{4}) (\d{5}) (\S+)$/

function readTextAnswer(lines: readonly string[]): AnswerParts {
  const first = HEADER_1.exec(lines[0] ?? '')
  const second = HEADER_2.exec(lines[1] ?? '')
  const third = HEADER_3.exec(lines[2] ?? '')
  const fourth = lines[3] ?? ''
  const control = fourth.startsWith('*') ? fourth.slice(1) : ''
  const txt = control === '' ? 3 : 4
  const ok = first && second && third && lines[txt] === 'TXT'
  return {
    key: first?.[1] ?? '',
    from: first?.[2] ?? '',
    receivedAt: second?.[1] ?? '',
    inCount: Number(second?.[2] ?? 0),
    sentAt: third?.[1] ?? '',
    outCount: Number(third?.[2] ?? 0),
    destination: third?.[3] ?? '',
    control,
    text: ok ? lines.slice(txt + 1) : lines,
    ...(ok ? {} : { problem: 'not an output header' }),
  }
}
