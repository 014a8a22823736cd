import { parseAnswer } from '../../../dist/client/index.js'
import { encodeAnswer } from '../../../dist/message/index.js'
import { must } from '../finding.js'
import { Choices, Random } from '../random.js'
import { formats, wall } from './messages.js'

let printable = ''
for (let code = 0x20; code < 0x7f; code++) printable += String.fromCharCode(code)
const CONTROL = 'ABCXYZ0189 -_/'
const PIECES = [
  '&amp;',
  '&#65;',
  '&lt;',
  ']]>',
  '<!--',
  '<![CDATA[',
  '&',
  '<',
  '>',
  '"',
  "'",
  '*** POSSIBLE DUPLICATE ***',
  'TXT',
  '.',
  '  ',
]
const KEYS = ['IAR', 'ER', 'AM', 'SM']

function draw(bytes) {
  const choices = new Choices(bytes)
  const line = () => {
    let text = ''
    for (let n = choices.below(5); n > 0; n--)
      text += choices.below(2) === 0 ? choices.of(PIECES) : choices.text(printable, 30)
    return text.slice(0, 72)
  }
  const control = choices.below(3) === 0 ? choices.text(CONTROL, 10) : undefined
  const lines = Array.from({ length: choices.below(2) === 0 ? choices.below(6) : choices.below(400) }, line)
  const time = () =>
    Date.UTC(
      1990 + choices.below(60),
      choices.below(12),
      choices.below(31),
      choices.below(24),
      choices.below(60),
    )
  return {
    answer: {
      key: choices.of(KEYS),
      from: 'VTICE0900',
      to: choices.of(['ZZ0010100', 'AX', 'NL0000000']),
      control: control || undefined,
      receivedAt: time(),
      inCount: 1 + choices.below(99_999),
      // Every layout ends in a line that is there always, and begins with one.
      lines: ['FIRST', ...lines, 'LAST'],
    },
    sending: { sentAt: time(), outCount: 1 + choices.below(99_999), marked: choices.below(2) === 1 },
  }
}

export const target = {
  name: 'answer',
  about: "an answer in both forms, read again by the client's reader",
  most: 2000,
  tokens: [],
  seeds() {
    const random = new Random(1, 'answer')
    return Array.from({ length: 30 }, (_, i) =>
      Buffer.from(Array.from({ length: 12 + i * 20 }, () => random.below(256))),
    )
  },
  run(bytes) {
    const { answer, sending } = draw(bytes)
    const features = []
    for (const form of ['text', 'xml']) {
      const body = encodeAnswer(formats, wall, { ...answer, form }, sending)
      const read = parseAnswer(Buffer.from(body))
      const want = {
        form,
        key: answer.key,
        from: answer.from,
        inCount: answer.inCount,
        outCount: sending.outCount,
        destination: answer.to,
        control: answer.control ?? '',
        possibleDuplicate: sending.marked,
        receivedAt: `${wall.at(answer.receivedAt).time} ${wall.at(answer.receivedAt).date}`,
        sentAt: `${wall.at(sending.sentAt).time} ${wall.at(sending.sentAt).date}`,
        lines: answer.lines,
        problem: undefined,
      }
      for (const name of Object.keys(want))
        must(
          JSON.stringify(read[name]) === JSON.stringify(want[name]),
          `an answer that is read again is what was written (${form}, ${name})`,
          () => JSON.stringify([want[name], read[name]]).slice(0, 1500),
        )
      features.push(
        `${form} ${answer.key} ${Math.min(8, answer.lines.length)} ${answer.control === undefined} ${sending.marked}`,
      )
    }
    const reread = parseAnswer(bytes)
    features.push(`raw ${reread.form} ${reread.problem}`)
    return features
  },
}
