import fc, { type Arbitrary } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Layout, refusalLines, type Values, wrap } from '../../src/message/index.js'
import { formatOf, formats } from './helpers.js'

const WIDTH = formats.exchange.width

const printable = (maxLength: number, minLength = 0): Arbitrary<string> =>
  fc.string({
    unit: fc.oneof(
      { weight: 4, arbitrary: fc.constantFrom('A', 'B', 'C', '1') },
      { weight: 1, arbitrary: fc.constantFrom(' ', ' ', ',', '-', '{', '}', '[', '|') },
    ),
    minLength,
    maxLength,
  })
const render = (lines: ConstructorParameters<typeof Layout>[0], values: Values, width = 40): string[] =>
  new Layout(lines, width, 'test').render(values)

/** Puts wrapped lines together again: where a line broke at a space, that space went. */
function unwrap(lines: readonly string[], text: string): string {
  return lines
    .map((line, i) => (i === 0 ? line : line.slice(2)))
    .reduce((all, line) => all + (text[all.length] === ' ' ? ' ' : '') + line)
}

describe('a line that is too long', () => {
  it('goes on in lines that begin with two spaces, and nothing of it is lost', () => {
    fc.assert(
      fc.property(printable(600), fc.integer({ min: 3, max: 80 }), (text, width) => {
        const lines = wrap(text, width)
        expect(lines.filter((line) => line.length > width)).toEqual([])
        expect(lines.slice(1).filter((line) => !line.startsWith('  '))).toEqual([])
        expect(unwrap(lines, text)).toBe(text)
      }),
      { numRuns: 1000 },
    )
  })

  it('breaks at spaces; a word only where it is wider than a line', () => {
    const words = fc.array(fc.stringMatching(/^[A-Z]{1,70}$/), { minLength: 1, maxLength: 20 })
    fc.assert(
      fc.property(words, (all) => {
        expect(wrap(all.join(' '), WIDTH).flatMap((line) => line.trim().split(' '))).toEqual(all)
      }),
    )
    expect(wrap('A'.repeat(25), 10)).toEqual(['A'.repeat(10), `  ${'A'.repeat(8)}`, `  ${'A'.repeat(7)}`])
  })

  it('one that fits stays as it is', () => {
    fc.assert(fc.property(printable(WIDTH), (text) => void expect(wrap(text, WIDTH)).toEqual([text])))
  })

  it('adds to the lines that are there', () => {
    expect(wrap('A BC', 3, ['X'])).toEqual(['X', 'A', '  B', '  C'])
  })
})

describe('a template', () => {
  it.each([
    ['a value', '{a}', { a: 'X' }, 'X'],
    ['words where there is none', '{a|NONE}', {}, 'NONE'],
    ['words where it is empty', '{a|NONE}', { a: '' }, 'NONE'],
    ['nothing where there is none', 'A: {a}.', {}, 'A: .'],
    ['an optional part with its value', 'A[ {a} B]', { a: 'X' }, 'A X B'],
    ['an optional part without it', 'A[ {a} B]', {}, 'A'],
    ['an optional part of two values, one missing', 'A[ {a}{b}]', { a: 'X' }, 'A'],
    ['an optional part of words alone', 'A[ B]', {}, 'A B'],
    ['braces and brackets in a value', '{a}', { a: '{b}[c]' }, '{b}[c]'],
    ['a list is no text', '{a|NONE}', { a: [] }, 'NONE'],
    ['names that every object has', '{constructor|NONE}{__proto__|NONE}{toString}', {}, 'NONENONE'],
  ])('%s', (_, line, values, text) => {
    expect(render([line], values)).toEqual([text])
  })

  it.each(['{a', '[{a}', '[a', '{'])('that isn’t closed is refused: %s', (line) => {
    expect(() => new Layout([line], 40, 'IAR.yaml')).toThrow(/^IAR\.yaml: layout line .* is not closed$/)
  })
})

describe('a layout', () => {
  it('repeats a line for each of a list, in order', () => {
    const line = { line: '{n}: {a|-}', each: 'list', wrap: 'words' } as const
    const list = [{ n: '1', a: 'X' }, { n: '2' }]
    expect(render(['A', line, 'B'], { list, a: 'NOT THIS' })).toEqual(['A', '1: X', '2: -', 'B'])
    expect(render(['A', line], {})).toEqual(['A'])
    expect(render(['A', line], { list: 'TEXT' })).toEqual(['A'])
  })

  it('keeps a line with `when` only where the value is there', () => {
    const line = { line: 'A', when: 'a', wrap: 'words' } as const
    expect([render([line], { a: 'X' }), render([line], { a: '' }), render([line], {})]).toEqual([
      ['A'],
      [],
      [],
    ])
  })

  it('leaves a line with `wrap: none` as it is', () => {
    const long = 'A'.repeat(100)
    expect(render([{ line: '{a}', wrap: 'none' }], { a: long })).toEqual([long])
  })

  it('with `cut` shortens the value with a mark and keeps all else', () => {
    const line = { line: '{n} {name} {score}', cut: 'name', wrap: 'words' } as const
    fc.assert(
      fc.property(printable(120), fc.stringMatching(/^[0-9]{1,5}$/), (name, score) => {
        const [text = '', ...more] = render([line], { n: '01', name, score })
        expect(more).toEqual([])
        const whole = `01 ${name} ${score}`
        if (whole.length <= 40) expect(text).toBe(whole)
        else expect(text).toBe(`01 ${name.slice(0, 40 - 7 - score.length)}... ${score}`)
      }),
      { numRuns: 1000 },
    )
  })

  it('is never wider than its width, however long what isn’t cut', () => {
    const line = { line: '{n} {name}', cut: 'name', wrap: 'words' } as const
    expect(render([line], { n: 'N'.repeat(60), name: 'X' })).toEqual(['N'.repeat(40)])
  })
})

/** The lists that layouts of formats/ repeat lines for. */
const LISTS = [
  ...['aliases', 'ncic', 'candidates', 'sets', 'details', 'originals'],
  ...['names', 'dobs', 'numbers', 'records', 'lines', 'results', 'rows'],
]

describe('the layouts of formats/', () => {
  const all = [...formats.messages.values()].flatMap(({ key, layouts }) =>
    [...layouts].map(([name, layout]) => ({ key, name, layout })),
  )

  it.each(all)(
    '$key $name: 72 columns for any values, and every short value stands there whole',
    ({ layout }) => {
      const names = [...new Set(layout.names)]
      const value = fc.oneof(printable(300), printable(12, 1))
      const texts = fc.record(Object.fromEntries(names.map((name) => [name, value])))
      // The original of a refusal comes as lines already.
      const item = texts.map((values) => ({ ...values, original: 'X' }))
      const lists = fc.record(
        Object.fromEntries(LISTS.map((name) => [name, fc.array(item, { maxLength: 6 })])),
      )
      fc.assert(
        fc.property(texts, lists, (values, repeated) => {
          const lines = layout.render({ ...values, ...repeated })
          expect(lines.filter((line) => line.length > WIDTH)).toEqual([])
          expect(lines.length).toBeGreaterThan(0)
        }),
        { numRuns: 300 },
      )
      for (const name of names.filter((each) => !LISTS.includes(each))) {
        const lines = layout.render({
          ...Object.fromEntries(LISTS.map((list) => [list, [{ [name]: 'ZZTOP' }]])),
          [name]: 'ZZTOP',
        })
        // The banner is the same in every answer, whatever is given.
        expect(lines.join('\n')).toContain(name === 'banner' ? formats.exchange.banner : 'ZZTOP')
      }
    },
  )

  it('a candidate’s name is cut; number, A-number and score never are', () => {
    const layout = formats.layout('IAR', 'POSSIBLE MATCH')
    const candidate = { number: '01', arn: '099000001', dob: '19850214', pob: 'MM', score: '87' }
    fc.assert(
      fc.property(printable(150, 1), (name) => {
        const [line = ''] = layout
          .render({ candidates: [{ ...candidate, name }] })
          .filter((each) => each.startsWith('01 '))
        expect(line).toMatch(/^01 A099000001 .* 19850214 MM 87$/)
        expect(line.includes(name) || line.includes(`${name.slice(0, 38)}... `)).toBe(true)
      }),
    )
  })

  it('one that isn’t there is named', () => {
    expect(() => formats.layout('IAR', 'NONE SUCH')).toThrow("formats: IAR has no layout 'NONE SUCH'")
  })
})

describe('the lines of a refusal', () => {
  it('hold code, details, the first 100 characters as they can be shown, and the banner', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.array(fc.constantFrom(0x41, 0x20, 0x0d, 0x0a, 0x7f), { maxLength: 200 }),
    )
    fc.assert(
      fc.property(bytes, fc.array(printable(200, 1), { minLength: 1, maxLength: 5 }), (original, details) => {
        const lines = refusalLines(formats, { error: 'fields', details }, 'IAQ', Buffer.from(original))
        expect(lines.filter((line) => line.length > WIDTH || /[^\x20-\x7e]/.test(line))).toEqual([])
        expect(lines.slice(0, 2)).toEqual([
          '.22. INVALID MESSAGE FORMAT - REFER TO IAQ MKE OPTIONS BELOW',
          '1. PUR, ATN, PHN, NAM, DOB, SEX, POB, CUS, OFF',
        ])
        expect(lines.at(-1)).toBe(formats.exchange.banner)
        const said = details.flatMap((detail) => wrap(detail, WIDTH))
        expect(lines.slice(2, 2 + said.length)).toEqual(said)
        expect(lines[2 + said.length]).toBe('ORIGINAL MESSAGE')
        const shown = Buffer.from(original.slice(0, 100)).toString('latin1')
        expect(lines.slice(3 + said.length, -1).join('')).toBe(
          shown.replace(/[\r\n]/g, '').replace(/[^\x20-\x7e]/g, '?'),
        )
      }),
      { numRuns: 500 },
    )
  })

  it('list field sets only for faults of fields, and only of a key that is known', () => {
    const lines = (error: string, key: string): string[] =>
      refusalLines(formats, { error, details: ['D'] }, key, Buffer.from('X')).slice(0, 3)
    expect(lines('header', 'IAQ')).toEqual(['.01. INVALID HEADER INFORMATION', 'D', 'ORIGINAL MESSAGE'])
    expect(lines('fields', 'ZZ')[1]).toBe('D')
    expect(lines('fields', 'QW').slice(1)).toEqual(['1. NAM, DOB', '2. NIC'])
    expect(formatOf('QW').fieldSets).toEqual(['1. NAM, DOB', '2. NIC'])
  })

  it('an original of 100 characters is two lines of 72 and 28', () => {
    const lines = refusalLines(formats, { error: 'structure', details: [] }, '', Buffer.alloc(500, 'A'))
    expect(lines.slice(2, -1)).toEqual(['A'.repeat(72), 'A'.repeat(28)])
  })
})
