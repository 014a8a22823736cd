import fc, { type Arbitrary } from 'fast-check'
import { type AnswerText, fiveDigits, type Sending } from '../../src/message/index.js'
import { WallClock } from '../../src/time/index.js'

export interface Written {
  readonly answer: AnswerText
  readonly sending: Sending
  readonly wall: WallClock
}

const printable = fc.string({
  unit: fc.oneof(
    fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)),
    fc.constantFrom('&', '<', '>', ';', ']]>', '&amp;', '&#13;', '&#x41;', '</', '{', '[', '  '),
  ),
  maxLength: 40,
})
/** Blank lines at the beginning and the end can't be told from how a document is indented. */
const lines = fc
  .array(printable, { minLength: 1, maxLength: 12 })
  .filter((all) => all[0]?.trim() !== '' && all.at(-1)?.trim() !== '')
const moment = fc.integer({ min: Date.UTC(2000, 0, 1), max: Date.UTC(2099, 11, 31) })
const count = fc.integer({ min: 1, max: 99_999 })

/** Any answer in a form, and how it goes out. */
export const answers = (form: 'text' | 'xml'): Arbitrary<Written> =>
  fc.record({
    answer: fc.record({
      key: fc.constantFrom('IAR', 'ER', 'SM', 'AM'),
      from: fc.stringMatching(/^[A-Z0-9]{9}$/),
      to: fc.stringMatching(/^[A-Z0-9]{2,9}$/),
      form: fc.constant(form),
      control: fc.option(fc.stringMatching(/^[A-Z0-9_/-]([A-Z0-9 _/-]{0,8}[A-Z0-9_/-])?$/), {
        nil: undefined,
      }),
      receivedAt: moment,
      inCount: count,
      text: lines.map((all) => all.join('\r\n')),
    }),
    sending: fc.record({ sentAt: moment, outCount: count, marked: fc.boolean() }),
    wall: fc.integer({ min: -14 * 60, max: 14 * 60 }).map((minutes) => new WallClock(minutes)),
  })

/** What a reader must find in it. */
export function expected(
  { key, from, to, form, control, receivedAt, inCount, text }: AnswerText,
  sending: Sending,
  wall: WallClock,
): object {
  const { time, date } = wall.at(receivedAt)
  const sent = wall.at(sending.sentAt)
  return {
    form,
    key,
    from,
    destination: to,
    control: control ?? '',
    receivedAt: `${time} ${date}`,
    inCount: Number(fiveDigits(inCount)),
    sentAt: `${sent.time} ${sent.date}`,
    outCount: sending.outCount,
    lines: text.split('\r\n'),
    possibleDuplicate: sending.marked,
  }
}
