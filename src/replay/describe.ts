import { errorCode, isAcknowledgement, type Received } from '../client/index.js'
import type { Exchange } from './exchange.js'
import type { Difference } from './run.js'

/** An exchange in one line, as a person tells it: `MUESTRA, COINCIDE 19850214 → MATCH A099000001 · 412 µs`. */
export function describeExchange(exchange: Exchange): string {
  const asked = describeAsked(exchange)
  const { answers } = exchange
  if (answers.length === 0) return `${asked} → no answer`
  // The acknowledgement is told only where nothing followed it.
  const telling = answers.filter(({ received }) => !received || !isAcknowledgement(received))
  const told = telling.length > 0 ? telling : answers
  const came = told.map((answer) => {
    if (answer.received) return describeReceived(answer.received)
    if (answer.kind === 'closed') return 'connection closed'
    return answer.kind === 'keep-alive' ? 'answered' : (answer.lines[0] ?? '')
  })
  const unexpected = told.some((answer) => !answer.expected) ? ' · NOT AS EXPECTED' : ''
  return `${asked} → ${came.join(' + ')} · ${formatMicros(told.at(-1)?.micros ?? 0)}${unexpected}`
}

/** What a message of the centre says, in a few words: a match's A-number, an error's code and reason. */
export function describeReceived(received: Received): string {
  const mark = received.possibleDuplicate ? ' (possible duplicate)' : ''
  return `${headline(received)}${mark}`
}

/** The kind that answers are counted by: `IAR MATCH`, `ER .22.`, `YR CON/Y`, else the message key. */
export function kindOf(received: Received): string {
  const detail =
    received.responseType ?? errorCode(received) ?? fieldOf(received.lines.join('\n'), 'CON', 'CON/')
  return [received.key === '' ? 'unreadable' : received.key, detail].filter(Boolean).join(' ')
}

export function formatMicros(micros: number): string {
  if (micros < 1000) return `${Math.round(micros)} µs`
  if (micros < 1_000_000) return `${(micros / 1000).toFixed(micros < 10_000 ? 2 : 1)} ms`
  return `${(micros / 1_000_000).toFixed(2)} s`
}

/** A difference in three lines: where, what was expected, what came. */
export function formatDifference(difference: Difference): string {
  const { file, line, expected, got } = difference
  return `${file}:${line}\n  expected  ${printable(expected)}\n  got       ${printable(got)}`
}

function headline(received: Received): string {
  const { key, lines, responseType } = received
  if (responseType !== undefined) return `${responseType}${detailOf(responseType, lines)}`
  const code = errorCode(received)
  if (code !== undefined) return `ER ${code} ${reasonOf(code, lines)}`
  const confirmed = confirmation(received)
  if (confirmed !== undefined) return `YR ${confirmed}`
  const telling = lines.find((line) => line.trim() !== '' && !line.startsWith('***'))
  return `${key === '' ? 'unreadable' : key} ${printable(telling ?? '')}`.trimEnd()
}

/** What a hit confirmation says: `CON/Y`. */
function confirmation(received: Received): string | undefined {
  return received.key === 'YR' ? fieldOf(received.lines.join('\n'), 'CON', 'CON/') : undefined
}

function detailOf(responseType: string, lines: readonly string[]): string {
  if (responseType === 'MATCH') return suffix(labelled(lines, 'A-NUMBER'))
  if (responseType === 'POSSIBLE MATCH') return suffix(labelled(lines, 'CANDIDATES'), ' candidates')
  if (responseType === 'ADDITIONAL INFORMATION REQUIRED') return suffix(labelled(lines, 'PROVIDE'))
  return ''
}

/** The line that names the field at fault, where there is one; else what follows the code. */
function reasonOf(code: string, lines: readonly string[]): string {
  const body = lines.slice(0, Math.max(1, lines.indexOf('ORIGINAL MESSAGE')))
  const fields = body.filter((line) => line.startsWith('FIELD '))
  const more = fields.length > 1 ? ` (and ${fields.length - 1} more)` : ''
  return printable(fields[0] ?? (body[0] ?? '').slice(code.length).trim()) + more
}

function describeAsked(exchange: Exchange): string {
  const { kind, asked } = exchange
  if (kind === 'none') return 'unasked'
  if (kind === 'keep-alive') return 'keep-alive'
  if (kind === 'bytes') return `bytes ${shorten(asked)}`
  const xml = asked.trimStart().startsWith('<')
  return xml ? describeXml(asked) : describeText(asked)
}

function describeText(asked: string): string {
  const key = /^\s*([A-Za-z$]{1,4})\./.exec(asked)?.[1]?.toUpperCase() ?? ''
  const name = fieldOf(asked, 'NAM')
  const subject = [name, fieldOf(asked, 'DOB'), name ? undefined : fieldOf(asked, 'NIC', 'NIC/')].filter(
    Boolean,
  )
  if (subject.length > 0) return [key === 'IAQ' ? '' : key, ...subject].filter(Boolean).join(' ')
  const text = asked.split(/\.TXT/i)[1]?.trim()
  return shorten(text ? `${key} ${text}` : asked)
}

/** A look at an XML question, by local names: it is only for the reader of a line. */
function describeXml(asked: string): string {
  const value = (name: string): string | undefined =>
    new RegExp(`<(?:[\\w.-]+:)?${name}\\b[^>]*>\\s*(?:<!\\[CDATA\\[)?([^<\\]]*)`).exec(asked)?.[1]?.trim()
  const birth = /PersonBirthDate\b[^>]*>\s*<[^>]*>([^<]*)/.exec(asked)?.[1]?.replaceAll('-', '')
  const key = value('MessageKeyCodeText')
  const subject = [value('PersonFullName'), birth].filter(Boolean)
  if (subject.length > 0) return [key === 'IAQ' ? '' : key, ...subject, '(XML)'].filter(Boolean).join(' ')
  return shorten(`${key ?? ''} ${asked}`.trim())
}

/** A field's value. A period ends it where the text ends, or where another field follows. */
function fieldOf(text: string, field: string, prefix = ''): string | undefined {
  const start = new RegExp(`(?:^|[\\s.])${field}/([^]*)`).exec(text)?.[1]
  if (start === undefined) return undefined
  const end = /\.?(?:[\s\x7f]*$|\.[\s\x7f]*[A-Z]{3}\/|\.[\r\n])|\r?\n(?=[A-Z]{3}\/)/i.exec(start)?.index
  const value = start
    .slice(0, end)
    .replace(/[\s\x7f]+/g, ' ')
    .trim()
  return value === '' ? undefined : `${prefix}${value}`
}

function labelled(lines: readonly string[], label: string): string | undefined {
  return lines.find((line) => line.startsWith(`${label}: `))?.slice(label.length + 2)
}

const suffix = (value: string | undefined, unit = ''): string =>
  value === undefined ? '' : ` ${value}${unit}`

const SHORT = 48

const shorten = (text: string): string => {
  const line = printable(text.replace(/\s+/g, ' '))
  return line.length > SHORT ? `${line.slice(0, SHORT - 1)}…` : line
}

/** Bytes of a gateway never steer the terminal that they are shown on. */
export function printable(text: string): string {
  return text.replace(/[^\x20-\x7e\u00a1-\uffff]/g, '?')
}
