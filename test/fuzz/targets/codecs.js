import { parseText } from '../../../dist/message/text.js'
import { parseXml } from '../../../dist/message/xml.js'
import { must } from '../finding.js'
import { Choices, Random } from '../random.js'
import { featuresOf, formats, judge } from './messages.js'

const FIELDS = [...formats.messages.get('IAQ').fields.map(({ mfc }) => mfc), 'ZZZ', 'XYW']
/** Where a field stands in the XML form, from the format itself: `{uri}Name/{uri}Name` by field. */
const PATHS = new Map(
  [...formats.messages.get('IAQ').xml.fields].reverse().map(([path, { mfc }]) => [mfc, path]),
)
const GOOD = {
  PUR: ['C', 'F', 'c'],
  ATN: ['SGT. RIVERA', 'A'],
  PHN: ['8025550142'],
  NAM: ['DOE, JOHN', "O'NEIL-X, A B"],
  DOB: ['19850214', '021485', '022900', '20261124'],
  SEX: ['M', 'F', 'U'],
  POB: ['MM', 'GT'],
  CUS: ['Y', 'N'],
  OFF: ['1399', 'AB12'],
  ARN: ['A99000017', '99000017', '099000017'],
  FBI: ['123456789'],
  SID: ['ZZ1'],
  OLN: ['T1234567'],
  OLS: ['ZZ'],
  SOC: ['900991033'],
  MNU: ['PP-1'],
  PPN: ['X1'],
  REM: ['SEE 1/2. CALL', 'A & B <C>'],
}
const REQUIRED = ['PUR', 'ATN', 'PHN', 'NAM', 'DOB', 'SEX', 'POB', 'CUS', 'OFF']
const VALUE = " ABCMNYaz0123456789,,--''./&<>\"]![;:()#%é\u00ffÿ"
const DIGITS = '0123456789'

/** Only what both forms can say: no line ends or tabs, no blank at an edge, no field's beginning inside a value. */
function sayable(value) {
  const trimmed = value.trim()
  return trimmed.endsWith('.') || /[. ][A-Za-z]{3}\//.test(trimmed)
    ? trimmed.replaceAll('/', '').replace(/\.+$/, '')
    : trimmed
}

function drawField(choices, fields) {
  const mfc = choices.below(4) === 0 ? choices.of(FIELDS) : choices.of(REQUIRED)
  const kind = choices.below(8)
  const value =
    kind < 4 && GOOD[mfc]
      ? choices.of(GOOD[mfc])
      : kind === 4
        ? choices.text(DIGITS, 9)
        : kind === 5
          ? ''
          : sayable(choices.text(VALUE, kind === 6 ? 220 : 32))
  // An unknown element without a value is layout in XML; in text it is a field.
  if (value !== '' || GOOD[mfc]) fields.push([mfc, value])
}

/** @param {Uint8Array} bytes */
function draw(bytes) {
  const choices = new Choices(bytes)
  const key = choices.of(['IAQ', 'IAQ', 'IAQ', 'iaq', 'IAQ', 'ER', 'ZZ', 'A-B', 'LONG', 'Q'])
  const ori = choices.of([
    'ZZ0010100',
    'zz0010100',
    'ZZ0010100',
    'ZZ0010200',
    'ZZ0019999',
    'SHORT',
    'TOOLONG0000',
    'ZZ-010100',
  ])
  const destinations = [choices.of(['AX', 'AX', 'ax', 'AX', 'NC', 'A-', 'TOOLONGONE', 'B'])]
  for (let more = choices.below(12) === 0 ? choices.below(30) : 0; more > 0; more--)
    destinations.push(choices.of(['AX', 'NC']))
  const control = choices.of([undefined, 'CTL-1/_', 'A', ' A ', 'lower', 'ELEVENCHARS', 'A#', 'A  B'])
  const fields = choices.below(2) === 0 ? [] : REQUIRED.map((mfc) => [mfc, GOOD[mfc][0]])
  for (let n = choices.below(14); n > 0; n--) {
    if (choices.below(5) === 0 && fields.length > 0) fields.splice(choices.below(fields.length), 1)
    else if (choices.below(3) === 0 && fields.length > 0) {
      const at = choices.below(fields.length)
      const draft = []
      drawField(choices, draft)
      if (draft[0])
        fields[at] = [fields[at][0], draft[0][1] === '' && !GOOD[fields[at][0]] ? 'A' : draft[0][1]]
    } else drawField(choices, fields)
  }
  // XML reads CR LF as LF, so that free text is one line here.
  if (choices.below(8) === 0)
    return { key: 'AM', ori, destinations, control, fields: [], words: choices.text(VALUE, 90).trim() }
  return { key, ori, destinations, control, fields }
}

function asText({ key, ori, destinations, control, fields, words }) {
  const head = `${key}.${ori}.${destinations.join('.')}${control === undefined ? '' : `.*${control}`}.TXT\r\n`
  if (words !== undefined) return Buffer.from(head + words, 'latin1')
  return Buffer.from(head + fields.map(([mfc, value]) => `${mfc}/${value}.`).join('\r\n'), 'latin1')
}

const escapeXml = (text) => text.replace(/[&<>]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[c])
const element = (name, text) => `<${name}>${text}</${name}>`

function asXml({ key, ori, destinations, control, fields, words }) {
  const { namespaces } = formats.exchange.xml
  const prefixOf = new Map(Object.entries(namespaces).map(([prefix, uri]) => [uri, prefix]))
  const header =
    element('nh2:MessageKeyCodeText', key) +
    element('nh2:OriginatingORIID', ori) +
    destinations.map((each) => element('nh2:DestinationORIID', each)).join('') +
    (control === undefined ? '' : element('nh2:DocumentControlFieldText', escapeXml(control)))
  const body = fields.map(([mfc, value]) => {
    const steps = [...(PATHS.get(mfc) ?? mfc).matchAll(/(?:\{([^}]*)\})?([^/{}]+)/g)]
    const names = steps.map(([, uri, local]) => (uri === undefined ? local : `${prefixOf.get(uri)}:${local}`))
    const day = mfc === 'DOB' && /^(\d{4})(\d\d)(\d\d)$/.exec(value)
    const text = day ? `${day[1]}-${day[2]}-${day[3]}` : escapeXml(value)
    return names.reduceRight((inner, name) => element(name, inner), text)
  })
  const declared = Object.entries(namespaces)
    .map(([prefix, uri]) => ` xmlns:${prefix}="${uri}"`)
    .join('')
  const text =
    words === undefined
      ? element('n2:NLETSInquiryData', body.join(''))
      : element('n2:NLETSMailData', element('n2:MailMessageText', escapeXml(words)))
  return Buffer.from(`<n2:NLETS${declared}>${element('n2:NLETSMessageHeader', header)}${text}</n2:NLETS>`)
}

const verdictOf = (parsed) => {
  const { values, refusal } = judge(parsed)
  const control = parsed.ok ? parsed.message.control : parsed.control
  const text = values && parsed.message.text
  return JSON.stringify({ values, error: refusal?.error, details: refusal?.details, control, text })
}

export const target = {
  name: 'codecs',
  about: 'the same message as text and as XML: the same verdict',
  most: 400,
  tokens: [],
  seeds() {
    const random = new Random(1, 'codecs')
    return Array.from({ length: 40 }, (_, i) =>
      Buffer.from(Array.from({ length: 10 + i * 4 }, () => random.below(256))),
    )
  },
  run(bytes) {
    const message = draw(bytes)
    const [text, xml] = [asText(message), asXml(message)]
    const parsed = parseText(formats, text)
    const [fromText, fromXml] = [verdictOf(parsed), verdictOf(parseXml(formats, xml))]
    // A key that no file has can't be asked for the element of its body: XML says so first.
    if (formats.messages.has(message.key.toUpperCase()))
      must(
        fromText === fromXml,
        'text and XML give the same verdict',
        () => `${fromText}\n${fromXml}\n${text.toString('latin1')}`,
      )
    return featuresOf(parsed, judge(parsed))
  },
}
