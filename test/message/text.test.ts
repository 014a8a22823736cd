import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseAnswer } from '../../src/client/index.js'
import { encodeAnswer, parseMessage, type Refusal, refusalLines } from '../../src/message/index.js'
import { WallClock } from '../../src/time/index.js'
import { answers, expected } from './answers.js'
import { asText, edited, formatOf, formats, meant, parse, TODAY, textStyle } from './helpers.js'

const keys = ['IAQ', 'YQ', 'QW'] as const

describe('a message in the text form', () => {
  it.each(keys)('%s: says the same, however it is written', (key) => {
    fc.assert(
      fc.property(meant(key), textStyle, (message, style) => {
        const { ori, destinations, control } = message
        expect(parse(asText(message, style))).toEqual({
          form: 'text',
          key,
          ori,
          destinations,
          control,
          controlBad: false,
          fields: message.fields.map(({ mfc, sent }) => ({ mfc, value: sent, bad: false })),
          stray: false,
          text: '',
          textBad: false,
        })
      }),
      { numRuns: 300 },
    )
  })

  it.each(keys)('%s: legal values pass the edits', (key) => {
    fc.assert(
      fc.property(meant(key), textStyle, (message, style) => {
        const values = Object.fromEntries(message.fields.map(({ mfc, kept }) => [mfc, kept]))
        expect(edited(parse(asText(message, style)))).toEqual({ values })
      }),
      { numRuns: 300 },
    )
  })

  it.each([
    [
      'a period inside a value',
      'ATN/SGT. RIVERA.REM/SEE 1/2. CALL',
      ['ATN=SGT. RIVERA', 'REM=SEE 1/2. CALL'],
    ],
    ['a period at a value’s end', 'ATN/SGT..REM/A..', ['ATN=SGT.', 'REM=A.']],
    ['what looks like a field after a slash', 'REM/PUR/C.', ['REM=PUR/C']],
    ['a period, a space and three letters without a slash', 'REM/A. PUR C.', ['REM=A. PUR C']],
    ['a value of periods', 'REM/....PUR/C', ['REM=...', 'PUR=C']],
    ['an empty value', 'REM/.PUR/C.', ['REM=', 'PUR=C']],
    ['spaces inside a value', 'REM/A  B   C.', ['REM=A  B   C']],
    ['a run of line control is one space', 'REM/A\r\n\x7f\rB.', ['REM=A B']],
  ])('%s', (_, text, fields) => {
    const message = parse(`IAQ.ZZ0010100.AX.TXT${text}`)
    expect(message.fields.map(({ mfc, value }) => `${mfc}=${value}`)).toEqual(fields)
    expect(message.stray).toBe(false)
  })

  it('words before the first field are stray', () => {
    expect(parse('IAQ.ZZ0010100.AX.TXT HELLO PUR/C.')).toMatchObject({
      stray: true,
      fields: [{ mfc: 'PUR' }],
    })
    expect(parse('IAQ.ZZ0010100.AX.TXT HELLO')).toMatchObject({ stray: true, fields: [] })
  })

  it.each([
    ['lower case', 'jail1'],
    ['too long', 'ABCDEFGHIJK'],
    ['empty', ''],
    ['another character', 'A+B'],
  ])('a control field: %s is a fault, and is not echoed', (_, control) => {
    expect(parse(`IAQ.ZZ0010100.AX.*${control}.TXTPUR/C.`)).toMatchObject({
      control: undefined,
      controlBad: true,
      destinations: ['AX'],
    })
  })

  it.each([
    ['no marker', 'IAQ.ZZ0010100.AX.PUR/C.', 'marker'],
    ['nothing at all', '', 'marker'],
    ['a byte that isn’t printable in the header', 'IAQ.ZZ0010100.A\tX.TXTPUR/C.', 'structure'],
  ])('is refused: %s', (_, text, error) => {
    expect(parseMessage(formats, Buffer.from(text, 'latin1'))).toMatchObject({
      ok: false,
      refusal: { error },
    })
  })

  it('a destination of nine letters may begin like the marker', () => {
    expect(parse('IAQ.ZZ0010100.TXT000000.TXTPUR/C.')).toMatchObject({ destinations: ['TXT000000'] })
  })

  it('free text is kept as it stands, folded, without what surrounds it', () => {
    expect(parse('AM.ZZ0010100.AX.TXT\r\nTip. Seen at 1/2\r\nPUR/C.\r\n')).toMatchObject({
      text: 'TIP. SEEN AT 1/2\r\nPUR/C.',
      textBad: false,
      fields: [],
    })
    expect(parse('AM.ZZ0010100.AX.TXT\r\nA\tB')).toMatchObject({ textBad: true })
  })

  it('any other byte is a fault of the field that holds it', () => {
    fc.assert(
      fc.property(
        meant('IAQ'),
        textStyle,
        fc.nat(8),
        fc.oneof(fc.integer({ min: 0x80, max: 0xff }), fc.constantFrom(0, 1, 8, 9, 0x0b, 0x1f)),
        (message, style, at, byte) => {
          const fields = message.fields.map((field, i) =>
            i === at ? { ...field, sent: `A${String.fromCharCode(byte)}B` } : field,
          )
          const parsed = parse(asText({ ...message, fields }, style))
          expect(parsed.fields.map(({ bad }) => bad)).toEqual(fields.map((_, i) => i === at))
          expect(JSON.stringify(edited(parsed))).toContain(`FIELD ${fields[at]?.mfc}: HOLDS A CHARACTER`)
        },
      ),
    )
  })
})

/** The ways in which a body can be wrong: any bytes, parts of messages, and messages with bytes changed. */
const parts = [
  'IAQ.',
  'ZZ0010100.',
  'AX.',
  '*C1.',
  'TXT',
  'PUR/C.',
  'DOB/',
  'NAM/A,B.',
  '...',
  '///',
  '\r\n',
  '\x7f',
  ' ',
  '\xff',
  '\0',
]
const hostile = fc.oneof(
  fc.uint8Array({ maxLength: 600 }).map((bytes) => Buffer.from(bytes)),
  fc.array(fc.constantFrom(...parts), { maxLength: 40 }).map((all) => Buffer.from(all.join(''), 'latin1')),
  fc
    .tuple(meant('IAQ'), textStyle, fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 6 }))
    .map(([message, style, changes]) => {
      const body = Buffer.from(asText(message, style), 'latin1')
      for (const [at, byte] of changes) body[at % body.length] = byte
      return body
    }),
)

describe('any bytes', () => {
  it('are a message or a refusal, and the refusal can be laid out', () => {
    fc.assert(
      fc.property(hostile, (body) => {
        const parsed = parseMessage(formats, body)
        const key = parsed.ok ? parsed.message.key : ''
        const format = formats.messages.get(key)
        const outcome = parsed.ok
          ? format && (edited(parsed.message) as { values?: object; refusal?: Refusal })
          : { refusal: parsed.refusal }
        if (outcome?.values) {
          const known = format?.fields.map(({ mfc }) => mfc)
          expect(known).toEqual(expect.arrayContaining(Object.keys(outcome.values)))
        }
        if (!outcome?.refusal) return
        expect(formats.errors.has(outcome.refusal.error)).toBe(true)
        const lines = refusalLines(formats, outcome.refusal, key, body)
        expect(lines.join('')).toMatch(/^[\x20-\x7e]*$/)
        expect(lines.filter((line) => line.length > 72)).toEqual([])
      }),
      { numRuns: 1000 },
    )
  })
})

describe('an answer in the text form', () => {
  it('comes back as it was written', () => {
    fc.assert(
      fc.property(answers('text'), ({ answer, sending, wall }) => {
        const body = Buffer.from(encodeAnswer(formats, wall, answer, sending), 'latin1')
        expect({ ...parseAnswer(body), raw: undefined }).toEqual(expected(answer, sending, wall))
      }),
      { numRuns: 500 },
    )
  })

  it('has its line of the control field only where the question had one', () => {
    const answer = {
      key: 'IAR',
      from: 'VTICE0900',
      to: 'ZZ0010100',
      form: 'text',
      receivedAt: Date.UTC(2026, 10, 24, 21, 41),
      inCount: 985,
      text: 'A\r\nB',
    } as const
    const sending = { sentAt: Date.UTC(2026, 10, 24, 21, 42), outCount: 421, marked: false }
    const head = ['IAR.VTICE0900', '14:41 11/24/2026 00985', '14:42 11/24/2026 00421 ZZ0010100']
    const encode = (control: string | undefined, marked = false): string[] =>
      encodeAnswer(formats, new WallClock(-420), { ...answer, control }, { ...sending, marked }).split('\r\n')
    expect(encode(undefined)).toEqual([...head, 'TXT', 'A', 'B'])
    expect(encode('JAIL4ZZ001')).toEqual([...head, '*JAIL4ZZ001', 'TXT', 'A', 'B'])
    expect(encode(undefined, true)).toEqual([...head, 'TXT', '*** POSSIBLE DUPLICATE ***', 'A', 'B'])
  })
})

// The edits

const base = meant('IAQ').map(({ fields }) =>
  fields.filter(({ mfc }) => formatOf('IAQ').fields.some((f) => f.mfc === mfc && f.required)),
)
const [sample] = fc.sample(base, { numRuns: 1, seed: 1 })

/** What the edits say of one field of a message that is right but for it. */
function judge(
  mfc: string,
  value: string,
  today = TODAY,
): { kept?: string; error?: string; detail?: string } {
  const others = (sample ?? []).filter((field) => field.mfc !== mfc)
  // A date of birth that lies before every day that is asked about.
  const fields = [...others, { mfc, sent: value }].map((field) =>
    field.mfc === 'DOB' && mfc !== 'DOB' ? { ...field, sent: '18010101' } : field,
  )
  const message = parse(`IAQ.ZZ0010100.AX.TXT${fields.map((f) => `${f.mfc}/${f.sent}.`).join('')}`)
  const result = edited(message, formats, today) as {
    values?: Record<string, string>
    refusal?: { error: string; details: string[] }
  }
  if (result.values) return { kept: result.values[mfc] ?? '' }
  return { error: result.refusal?.error ?? '', detail: result.refusal?.details.join('|') ?? '' }
}

const fault = (mfc: string, words: string, error = 'fields'): object => ({
  error,
  detail: `FIELD ${mfc}: ${words}`,
})

/** Days of the calendar, without the code under test. */
function isDay(day: string): boolean {
  const [y, m, d] = [Number(day.slice(0, 4)), Number(day.slice(4, 6)), Number(day.slice(6))]
  const date = new Date(Date.UTC(2000, m - 1, d))
  date.setUTCFullYear(y, m - 1, d)
  return y > 0 && date.getUTCFullYear() === y && date.getUTCMonth() === m - 1 && date.getUTCDate() === d
}

const two = (n: number): string => `${n}`.padStart(2, '0')
const anyDay = fc
  .tuple(
    fc.integer({ min: 1990, max: 2099 }),
    fc.integer({ min: 1, max: 12 }),
    fc.integer({ min: 1, max: 28 }),
  )
  .map(([y, m, d]) => `${y}${two(m)}${two(d)}`)
const monthDay = fc.tuple(fc.nat(13), fc.nat(32)).map(([m, d]) => two(m) + two(d))

describe('the edit of dates', () => {
  it('eight digits: a day of the calendar that isn’t in the future', () => {
    fc.assert(
      fc.property(anyDay, fc.nat(2100), monthDay, (today, year, rest) => {
        const day = `${year}`.padStart(4, '0') + rest
        const want = !isDay(day)
          ? fault('DOB', 'NO SUCH DAY IN THE CALENDAR', 'dob')
          : day > today
            ? fault('DOB', 'LIES IN THE FUTURE', 'dob')
            : { kept: day }
        expect(judge('DOB', day, today)).toEqual(want)
      }),
      { numRuns: 1000 },
    )
  })

  it('six digits: the latest century for which it isn’t in the future, and that day must exist', () => {
    fc.assert(
      fc.property(anyDay, monthDay, fc.nat(99), (today, rest, year) => {
        const full =
          [20, 19, 18].map((century) => `${century}${two(year)}${rest}`).find((day) => day <= today) ?? ''
        const want = isDay(full) ? { kept: full } : fault('DOB', 'NO SUCH DAY IN THE CALENDAR', 'dob')
        expect(judge('DOB', rest + two(year), today)).toEqual(want)
      }),
      { numRuns: 1000 },
    )
  })

  it('today is no future day, tomorrow is', () => {
    expect(judge('DOB', '20261124', '20261124')).toEqual({ kept: '20261124' })
    expect(judge('DOB', '20261125', '20261124')).toEqual(fault('DOB', 'LIES IN THE FUTURE', 'dob'))
    expect(judge('DOB', '112426', '20261124')).toEqual({ kept: '20261124' })
    expect(judge('DOB', '112526', '20261124')).toEqual({ kept: '19261125' })
  })

  it.each([
    ['02292000', '20261124', undefined],
    ['20000229', '20261124', '20000229'],
    ['19000229', '20261124', undefined],
    ['20240229', '20261124', '20240229'],
    ['20230229', '20261124', undefined],
    ['022900', '20261124', '20000229'],
    ['022900', '20000228', undefined],
    ['022901', '20261124', undefined],
    ['022928', '20261124', '19280229'],
    ['022928', '20280229', '20280229'],
  ])('leap days: %s on %s', (sent, today, kept) => {
    expect(judge('DOB', sent, today).kept).toBe(kept)
  })

  it('anything else names what is wrong, with the code of the date of birth', () => {
    expect(judge('DOB', '')).toEqual(fault('DOB', 'HAS NO VALUE', 'dob'))
    expect(judge('DOB', '1985-02-14')).toEqual(fault('DOB', 'MUST BE NUMERIC', 'dob'))
    expect(judge('DOB', '2141985')).toEqual(fault('DOB', 'MUST BE MMDDYY OR CCYYMMDD', 'dob'))
    expect(judge('DOB', '000000')).toEqual(fault('DOB', 'NO SUCH DAY IN THE CALENDAR', 'dob'))
    const text = 'IAQ.ZZ0010100.AX.TXTPUR/X.'
    expect(edited(parse(text))).toEqual({ refusal: { error: 'dob', details: ['FIELD DOB: MISSING'] } })
  })
})

describe('the other edits', () => {
  it('name: one comma with a letter on either side, and nothing but letters, spaces, - and apostrophes', () => {
    const units = fc.constantFrom('A', 'Z', ' ', '-', "'", ',', ',', '1', '.')
    const judged = fc.string({ unit: units, minLength: 3, maxLength: 30 }).map((text) => text.trim())
    fc.assert(
      fc.property(
        judged.filter((text) => text.length >= 3 && !text.endsWith('.')),
        (name) => {
          const halves = name.split(',')
          const good =
            halves.length === 2 && halves.every((half) => /[A-Z]/.test(half)) && /^[A-Z' ,-]+$/.test(name)
          const want = good
            ? { kept: name }
            : fault('NAM', "MUST BE LAST, FIRST MIDDLE: LETTERS - ' AND ONE COMMA")
          expect(judge('NAM', name)).toEqual(want)
        },
      ),
      { numRuns: 1000 },
    )
  })

  it('code: what the table has', () => {
    const table = formats.codes.get('place-of-birth')
    fc.assert(
      fc.property(fc.stringMatching(/^[A-Z0-9]{2}$/), (code) => {
        const want = table?.has(code)
          ? { kept: code }
          : fault('POB', 'NOT A CODE OF THE PLACE OF BIRTH TABLE')
        expect(judge('POB', code)).toEqual(want)
      }),
      { numRuns: 1000 },
    )
  })

  it.each([
    ['PUR', ['C', 'F'], 'C OR F'],
    ['SEX', ['M', 'F', 'U'], 'M, F OR U'],
    ['CUS', ['Y', 'N'], 'Y OR N'],
  ])('one-of: %s', (mfc, choices, words) => {
    fc.assert(
      fc.property(fc.stringMatching(/^[A-Z0-9]{1,3}$/), (value) => {
        expect(judge(mfc, value)).toEqual(
          choices.includes(value) ? { kept: value } : fault(mfc, `MUST BE ${words}`),
        )
      }),
    )
  })

  it.each([
    ['OFF', '0399', 'A1B2', '03 9', 'MUST BE 4 LETTERS OR DIGITS'],
    ['SOC', '123456789', '000000000', '12345678A', 'MUST BE 9 DIGITS'],
    ['ARN', 'A99000017', '099000017', '99A00017', 'MUST BE DIGITS, OR A AND DIGITS'],
    ['ARN', 'A9900001', '99000017', 'AA9000017', 'MUST BE DIGITS, OR A AND DIGITS'],
  ])('characters: %s', (mfc, good, other, bad, words) => {
    expect([judge(mfc, good), judge(mfc, other)]).toEqual([{ kept: good }, { kept: other }])
    expect(judge(mfc, bad)).toEqual(fault(mfc, words))
  })

  it.each(
    formatOf('IAQ')
      .fields.filter(({ max }) => max < 1000)
      .map(({ mfc, min, max }) => [mfc, min, max] as const),
  )('length: %s takes %i to %i characters and says so', (mfc, min, max) => {
    const words = min === max ? `MUST BE ${max} CHARACTERS` : `MUST BE ${min} TO ${max} CHARACTERS`
    for (let length = 1; length <= max + 2; length++) {
      const { detail } = judge(mfc, 'A'.repeat(length))
      if (length < min || length > max) expect(detail).toBe(`FIELD ${mfc}: ${words}`)
      else expect(detail ?? '').not.toContain('CHARACTERS')
    }
  })

  it('all faults are listed together in the order of the format, the date of birth’s alone before them', () => {
    const faulty = 'IAQ.ZZ0010100.AX.TXTSEX/X.PUR/Q.ATN/A.ATN/B.XYZ/1.NAM/A,B.POB/GT.CUS/Y.OFF/0399.'
    expect(edited(parse(`${faulty}DOB/19851117.`))).toEqual({
      refusal: {
        error: 'fields',
        details: [
          'FIELD PUR: MUST BE C OR F',
          'FIELD ATN: GIVEN TWICE',
          'FIELD PHN: MISSING',
          'FIELD SEX: MUST BE M, F OR U',
          'FIELD XYZ: NOT A FIELD OF IAQ',
        ],
      },
    })
    expect(edited(parse(`${faulty}DOB/1.`))).toEqual({
      refusal: { error: 'dob', details: ['FIELD DOB: MUST BE MMDDYY OR CCYYMMDD'] },
    })
  })

  it('a field is known by its code alone, whatever its name would mean to a program', () => {
    const asked = parse('QW.ZZ0010100.NC.TXTNIC/N900000017.')
    for (const mfc of ['__proto__', 'constructor', 'toString'])
      expect(edited({ ...asked, fields: [...asked.fields, { mfc, value: 'X', bad: false }] })).toEqual({
        refusal: { error: 'fields', details: [`FIELD ${mfc}: NOT A FIELD OF QW`] },
      })
  })
})
