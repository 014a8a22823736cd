import { parseText } from '../../../dist/message/text.js'
import { fixtureMessages } from '../corpus.js'
import { must } from '../finding.js'
import { checkAccepted, checkRefusal, featuresOf, formats, judge } from './messages.js'

export const target = {
  name: 'text',
  about: 'messages in the text form, to the verdict and its refusal',
  most: 20_000,
  tokens: [
    'IAQ.',
    'AM.',
    'AML.',
    'YQ.',
    'QW.',
    'ER.',
    'ZZ0010100',
    '.AX',
    '.VTICE0900',
    '.*CTL-1/_',
    '.TXT',
    'TXT',
    'PUR/C.',
    'PUR/F.',
    'ATN/SGT. X',
    'PHN/1',
    'NAM/DOE, JO',
    'DOB/19850214',
    'DOB/022900',
    'DOB/18000101',
    'SEX/M',
    'POB/MM',
    'CUS/Y',
    'OFF/1399',
    'ARN/A99000017',
    'FBI/',
    'SID/',
    'OLN/',
    'OLS/ZZ',
    'SOC/123456789',
    'MNU/',
    'PPN/',
    'REM/',
    '.',
    '/',
    '*',
    '\r\n',
    '\x7f',
    ' ',
    '\t',
    '\x1b[2J',
    '\xff',
    ', ',
    "'",
    '-',
    '. . .',
    '.\r\nABC/',
    'x'.repeat(200),
    ' '.repeat(2000),
    '.'.repeat(2000),
    'A/'.repeat(500),
    '. '.repeat(900),
    'ABC/.'.repeat(300),
  ],
  seeds: () => fixtureMessages().filter((body) => body[0] !== 0x3c),
  run(body) {
    const parsed = parseText(formats, body)
    if (parsed.ok)
      must(
        parsed.message.fields.every(({ mfc }) => /^[A-Z]{3}$/.test(mfc)),
        'a field has a code of three letters',
      )
    const verdict = judge(parsed)
    if (verdict.refusal) checkRefusal(parsed, verdict, body)
    else {
      checkAccepted(verdict)
      sendAgain(parsed.message, verdict)
    }
    return featuresOf(parsed, verdict)
  },
}

/** What was accepted, written out plainly and sent again, is the same message. */
function sendAgain(message, verdict) {
  if (formats.messages.get(verdict.key).body !== 'fields') return
  const control = message.control === undefined ? '' : `.*${message.control}`
  const fields = Object.entries(verdict.values).map(([mfc, value]) => `${mfc}/${value}.`)
  const plain = Buffer.from(
    `${message.key}.${message.ori}.${message.destinations.join('.')}${control}.TXT${fields.join('')}`,
  )
  const again = judge(parseText(formats, plain))
  must(
    JSON.stringify(again.values) === JSON.stringify(verdict.values),
    'an accepted message written out again is the same message',
    () => JSON.stringify([plain.toString(), verdict, again]),
  )
}
