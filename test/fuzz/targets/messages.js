import { parseDirectory } from '../../../dist/directory/index.js'
import { judgeHeader } from '../../../dist/exchange/authority.js'
import { loadFormats } from '../../../dist/message/formats.js'
import { editFields, encodeAnswer, refusalLines } from '../../../dist/message/index.js'
import { WallClock } from '../../../dist/time/index.js'
import { packageFile } from '../corpus.js'
import { must, PRINTABLE } from '../finding.js'

/** What the two codecs' targets share: the shipped formats, a short directory, and the way to a verdict. */
export const formats = loadFormats(packageFile('formats'))
export const directory = parseDirectory(
  'ori,agency,state,type,authorized\nZZ0010100,A,ZZ,police,AC\nZZ0010200,B,ZZ,police,A\nVTICE0900,C,VT,federal,AC\n',
)
export const wall = new WallClock(-420)
export const TODAY = '20261124'
const NOW = Date.UTC(2026, 10, 24, 21)

/** As the exchange does it: header, then fields; accepted values or a refusal. */
export function judge(parsed) {
  if (!parsed.ok) return { refusal: parsed.refusal, key: '' }
  const { message } = parsed
  const header = judgeHeader(formats, directory, message, () => true, { brady: ['ZZ001*'] })
  if ('refusal' in header) return { refusal: header.refusal, key: message.key }
  if (header.format.body === 'fields')
    return { key: message.key, ...editFields(formats, header.format, message, TODAY) }
  if (message.textBad)
    return {
      refusal: { error: 'fields', details: [formats.detail('byte', { field: 'TXT' })] },
      key: message.key,
    }
  return { values: {}, key: message.key }
}

/** Whatever came, the refusal that goes out is lines that any terminal takes. */
export function checkRefusal(parsed, { refusal, key }, body) {
  const read = parsed.ok ? parsed.message : parsed
  const entry = formats.errors.get(refusal.error)
  must(entry, 'a refusal has a known code', () => refusal.error)
  must(refusal.details.length > 0, 'a refusal says what is wrong')
  const lines = refusalLines(formats, refusal, key, body)
  for (const line of lines) {
    must(line.length <= formats.exchange.width, 'no line is wider than 72 columns', () =>
      JSON.stringify(line),
    )
    must(PRINTABLE.test(line), 'a refusal holds printable characters alone', () => JSON.stringify(line))
  }
  must(lines.at(-1) === formats.exchange.banner, 'the banner is the last line')
  const answer = {
    key: 'ER',
    from: 'NL0000000',
    to: 'ZZ0010100',
    form: read.form,
    control: read.control,
    receivedAt: NOW,
    inCount: 1,
    text: lines.join('\r\n'),
  }
  const text = encodeAnswer(formats, wall, answer, { sentAt: NOW, outCount: 1, marked: false })
  must(/^[\r\n\x20-\x7e]*$/.test(text), 'an answer holds printable characters alone', () =>
    JSON.stringify(text.slice(0, 400)),
  )
}

/** The same values sent again are taken again, and come out as they are. */
export function checkAccepted({ values, key }) {
  const format = formats.messages.get(key)
  // The fields of a free text's lines are each line's own.
  if (format.body !== 'fields') return
  const fields = Object.entries(values).map(([mfc, value]) => ({ mfc, value, bad: false }))
  for (const { mfc, value } of fields)
    must(PRINTABLE.test(value), 'an accepted value is printable', () => `${mfc} ${JSON.stringify(value)}`)
  const again = editFields(formats, format, { fields, stray: false }, TODAY)
  must(
    'values' in again && JSON.stringify(again.values) === JSON.stringify(values),
    'accepted values are accepted again',
    () => JSON.stringify([values, again]),
  )
}

const KNOWN = new Set(formats.messages.get('IAQ').fields.map(({ mfc }) => mfc))

/** A detail line without what was sent: else every new name in it would look like new behaviour. */
const shapeOf = (line) =>
  line
    .replace(/^FIELD ([^:]*):/, (whole, mfc) => (KNOWN.has(mfc) ? whole : 'FIELD ?:'))
    .replace(/[^ ]+ (IS NOT|DOES NOT|TAKES)( \w+)*/, '? $1')
    .replace(/(NOT A FIELD OF|FOR) .*/, '$1')
    .slice(0, 50)

export function featuresOf(parsed, verdict) {
  const form = parsed.ok ? parsed.message.form : parsed.form
  if (verdict.values) {
    const names = Object.keys(verdict.values)
    const lengths = names.map((name) => `+${name} ${Math.min(5, verdict.values[name].length >> 3)}`)
    return [`${form} ${verdict.key} ${names.length}`, ...lengths]
  }
  const { error, details } = verdict.refusal
  const fields = parsed.ok ? Math.min(20, parsed.message.fields.length) : -1
  return [`${form} ${error} ${fields}`, ...details.slice(0, 20).map((line) => `${error} ${shapeOf(line)}`)]
}
