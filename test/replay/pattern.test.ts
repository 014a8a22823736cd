import { describe, expect, it } from 'vitest'
import {
  type Bindings,
  compileLine,
  fillSent,
  type LinePattern,
  matchMessage,
} from '../../src/replay/pattern.js'
import { WallClock } from '../../src/time/index.js'

const CONTEXT = { now: Date.UTC(2026, 10, 24, 5, 0), clock: new WallClock(-420), anyCounts: false }

function compile(sources: readonly string[]): LinePattern[] {
  return sources.map((source) => {
    const pattern = compileLine(source)
    if (typeof pattern === 'string') throw new Error(pattern)
    return pattern
  })
}

const match = (
  expected: readonly string[],
  got: readonly string[],
  bound: Bindings = new Map(),
  anyCounts = false,
) => matchMessage(compile(expected), got, bound, { ...CONTEXT, anyCounts })

const fits = (expected: string, got: string): boolean => match([expected], [got]).matches

describe('placeholders', () => {
  it.each([
    ['<TIME>', '14:41', '24:00'],
    ['<SECONDS>', '14:41:59', '14:41'],
    ['<DATE>', '11/24/2026', '24/11/2026'],
    ['<COUNT>', '00001', '1'],
    ['<REF>', '26-0000000417', '26-000001'],
    ['<SCORE>', '100', '0'],
    ['<SCORE>', '1', '101'],
    ['<NUMBER>', '0', '-1'],
    ['A<ANY>', 'A', 'B'],
    ['A<ANY>', 'A and more', 'B'],
    // In UTC it is the 24th already.
    ['<TODAY>', '20261123', '20261124'],
    ['<TODAY+1>', '20261124', '20261123'],
    ['<TODAY-30>', '20261024', '20261123'],
    ['<TODAY:MMDDYY>', '112326', '20261123'],
    ['<TODAY+1:MM/DD/CCYY>.', '11/24/2026.', '11/24/2026'],
    ['A.B (C) [D] $', 'A.B (C) [D] $', 'AxB (C) [D] $'],
    ['<n2:NLETS>', '<n2:NLETS>', '<n2:NLETS'],
  ])('%s: %s, not %s', (expected, yes, no) => {
    expect(fits(expected, yes)).toBe(true)
    expect(fits(expected, no)).toBe(false)
  })

  it('<TODAY> in a line to send', () => {
    expect(fillSent('DOB/<TODAY>.X/<TODAY+1:MMDDYY>.<TIME>', CONTEXT)).toBe('DOB/20261123.X/112426.<TIME>')
  })
})

describe('bindings', () => {
  it('<REF:a> is the same wherever it stands', () => {
    expect(match(['<REF:a>', '<REF:a>'], ['26-0000000001', '26-0000000001']).matches).toBe(true)
    expect(match(['<REF:a>', '<REF:a>'], ['26-0000000001', '26-0000000002']).matches).toBe(false)
    expect(match(['<REF:a>', '<REF:b>'], ['26-0000000001', '26-0000000002']).matches).toBe(true)
  })

  it('<COUNT:a+1> is one more; after 99999 comes 00001', () => {
    expect(match(['<COUNT:a>', '<COUNT:a+1>'], ['00041', '00042']).matches).toBe(true)
    expect(match(['<COUNT:a>', '<COUNT:a+1>'], ['00041', '00041']).matches).toBe(false)
    expect(match(['<COUNT:a>', '<COUNT:a+1>'], ['99999', '00001']).matches).toBe(true)
    expect(match(['<COUNT:a+1>', '<COUNT:a>'], ['00001', '99999']).matches).toBe(true)
    expect(match(['<COUNT:a>', '<COUNT:a+1>'], ['00041', '00099'], new Map(), true).matches).toBe(true)
  })

  it('a message that does not match binds nothing', () => {
    const bound: Bindings = new Map()
    expect(match(['<REF:a>', 'B'], ['26-0000000001', 'C'], bound).matches).toBe(false)
    expect(bound.size).toBe(0)
    const result = match(['<REF:a>'], ['26-0000000001'], bound)
    expect(result.matches && match(['<REF:a>'], ['26-0000000002'], result.bindings).matches).toBe(false)
  })
})

describe('a whole message', () => {
  it('has the expected lines and no others', () => {
    expect(match(['A', 'B'], ['A', 'B']).matches).toBe(true)
    expect(match(['A', 'B'], ['A'])).toMatchObject({
      difference: { index: 1, expected: 'B', got: undefined },
    })
    expect(match(['A'], ['A', 'B'])).toMatchObject({
      difference: { index: 1, expected: undefined, got: 'B' },
    })
    expect(match(['A', 'B'], ['A', 'C'])).toMatchObject({ difference: { index: 1, expected: 'B', got: 'C' } })
  })

  it('<LINES> stands for any number of lines, none too', () => {
    expect(match(['A', '<LINES>', 'B'], ['A', 'B']).matches).toBe(true)
    expect(match(['A', '<LINES>', 'B'], ['A', 'x', 'B', 'B']).matches).toBe(true)
    expect(match(['<LINES>', 'A', '<LINES>'], ['x', 'A', 'y', 'z']).matches).toBe(true)
    expect(match(['<LINES>'], []).matches).toBe(true)
    expect(match(['A', '<LINES>', 'B'], ['A', 'x'])).toMatchObject({
      difference: { index: 2, expected: 'B' },
    })
  })
})
