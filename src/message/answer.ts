import { ByteWriter } from '../bytes/index.js'
import type { WallClock } from '../time/index.js'
import type { Formats } from './formats.js'
import type { Form } from './incoming.js'

/** An answer as it waits: everything but what is known only when it goes out. */
export interface AnswerText {
  readonly key: string
  readonly from: string
  /** ORI it goes to. */
  readonly to: string
  readonly form: Form
  readonly control: string | undefined
  /** When the switch took the question in, and its count from the sender's line. */
  readonly receivedAt: number
  readonly inCount: number
  /** Its lines, with CR LF between them. */
  readonly text: string
}

export interface Sending {
  readonly sentAt: number
  readonly outCount: number
  /** It may have gone out before: the mark is its first text line. */
  readonly marked: boolean
}

export const fiveDigits = (count: number): string => `${100_000 + count}`.slice(1)

/** The body of an answer's frame, in the form that its question had. */
export function encodeAnswer(
  formats: Formats,
  wall: WallClock,
  answer: AnswerText,
  sending: Sending,
): string {
  const into = new ByteWriter(answer.text.length + 512)
  writeAnswer(formats, wall, answer, sending, into)
  return into.since(0)
}

/** Writes the body of an answer's frame, a byte a character. */
export function writeAnswer(
  formats: Formats,
  wall: WallClock,
  answer: AnswerText,
  sending: Sending,
  into: ByteWriter,
): void {
  if (answer.form === 'text') writeText(formats, wall, answer, sending, into)
  else {
    const text = sending.marked ? `${formats.exchange.duplicateMark}\r\n${answer.text}` : answer.text
    into.text(xmlForm(formats, wall, answer, sending, text))
  }
}

/** What the lines of the output header are given. */
export const OUTPUT_VALUES = [
  'key',
  'from',
  'receivedTime',
  'receivedDate',
  'inCount',
  'sentTime',
  'sentDate',
  'outCount',
  'destination',
  'control',
] as const

function writeText(
  formats: Formats,
  wall: WallClock,
  answer: AnswerText,
  sending: Sending,
  into: ByteWriter,
): void {
  const received = wall.at(answer.receivedAt)
  HEADER.key = answer.key
  HEADER.from = answer.from
  HEADER.receivedTime = received.time
  HEADER.receivedDate = received.date
  HEADER.inCount = fiveDigits(answer.inCount)
  const sent = wall.at(sending.sentAt)
  HEADER.sentTime = sent.time
  HEADER.sentDate = sent.date
  HEADER.outCount = fiveDigits(sending.outCount)
  HEADER.destination = answer.to
  HEADER.control = answer.control
  for (const template of formats.output) if (template.pour(HEADER, NOTHING, into)) into.text('\r\n')
  if (sending.marked) {
    into.text(formats.exchange.duplicateMark)
    into.text('\r\n')
  }
  into.text(answer.text)
}

const NOTHING = {}
/** The output header of the answer that is being written; one object for all, since each is read at once. */
const HEADER: Record<(typeof OUTPUT_VALUES)[number], string | undefined> = {
  key: '',
  from: '',
  receivedTime: '',
  receivedDate: '',
  inCount: '',
  sentTime: '',
  sentDate: '',
  outCount: '',
  destination: '',
  control: undefined,
}

function xmlForm(
  formats: Formats,
  wall: WallClock,
  answer: AnswerText,
  sending: Sending,
  text: string,
): string {
  const { xml } = formats.exchange
  const { header } = xml
  const received = wall.at(answer.receivedAt)
  const { time: receivedTime, date: receivedDate } = received
  const sent = wall.at(sending.sentAt)
  const format = formats.messages.get(answer.key)?.xml
  const element = format?.elementName ?? ''
  const used = new Set(
    [xml.root, header.element, header.key, element].map((name) => name.split(':')[0] ?? ''),
  )
  const namespaces = [...used].map((prefix) => ` xmlns:${prefix}="${xml.namespaces[prefix] ?? ''}"`).join('')
  const version = ` ${xml.root.split(':')[0]}:version="${xml.version}"`
  const key = format?.withKey ? ` ${element.split(':')[0]}:key="${answer.key}"` : ''
  const control = answer.control === undefined ? '' : tag(header.control, answer.control)
  return (
    `<${xml.root}${namespaces}${version}><${header.element}>` +
    tag(header.key, answer.key) +
    tag(header.from, answer.from) +
    tag(header.destination, answer.to) +
    control +
    tag(header.receivedDate, receivedDate) +
    tag(header.receivedTime, receivedTime) +
    tag(header.sentDate, sent.date) +
    tag(header.sentTime, sent.time) +
    tag(header.inCount, fiveDigits(answer.inCount)) +
    tag(header.outCount, fiveDigits(sending.outCount)) +
    `</${header.element}><${element}${key}>` +
    tag(format?.textName ?? '', text.replaceAll('\r\n', '\n')) +
    `</${element}></${xml.root}>`
  )
}

function tag(name: string, text: string): string {
  return `<${name}>${escapeXml(text)}</${name}>`
}

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '\r': '&#13;' }

function escapeXml(text: string): string {
  return /[&<>\r]/.test(text) ? text.replace(/[&<>\r]/g, (c) => ESCAPES[c] ?? c) : text
}
