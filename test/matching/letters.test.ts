import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Homes } from '../../src/matching/homes.js'
import { compareNames } from '../../src/matching/index.js'
import { Letters } from '../../src/matching/letters.js'
import { parseName } from '../../src/matching/names.js'
import { codesOf } from '../../src/matching/strings.js'
import { names } from './helpers.js'

const word = fc.string({ unit: fc.constantFrom(...'ABCDEFGHIJKLMNOPQRSTUVWXYZ0'), maxLength: 40 })

describe('the likeness of letters', () => {
  it('is 1 for the same word, the same both ways, and never beyond its bounds', () => {
    fc.assert(
      fc.property(word, word, (a, b) => {
        const like = names.letters.likeness(a, b)
        expect(like).toBe(names.letters.likeness(b, a))
        expect(like).toBeGreaterThanOrEqual(-1)
        expect(like).toBeLessThanOrEqual(1)
        expect(names.letters.likeness(a, a)).toBe(1)
      }),
    )
  })

  it('is said to be at least so much exactly where it is', () => {
    const least = fc.double({ min: -0.9, max: 1, noNaN: true })
    fc.assert(
      fc.property(word, word, least, fc.nat(3), (a, tail, share, kept) => {
        const one = codesOf(a)
        // Half of the words are near: those are where the two could differ.
        const other = codesOf(`${a.slice(0, a.length - kept)}${tail.slice(0, kept)}`)
        const like = names.letters.likenessOf(one, other)
        // Costs are whole numbers, so that the two may part where they meet to the last digit.
        if (Math.abs(like - share) < 1e-9) return
        expect(names.letters.areAlike(one, other, share)).toBe(like >= share)
      }),
      { numRuns: 2000 },
    )
  })

  it.each([
    ['JAOUAD', 'JAWAD', 'JABAD'],
    ['USMAN', 'OTHMAN', 'LEHMAN'],
    ['KRISTIJAN', 'CHRISTIAN', 'SEBASTIAN'],
    ['YASMEEN', 'JASMIN', 'BENJAMIN'],
  ])('%s is liker %s than %s', (a, spelling, other) => {
    const [like, unlike] = [names.letters.likeness(a, spelling), names.letters.likeness(a, other)]
    expect(like).toBeGreaterThan(0.2)
    expect(like).toBeGreaterThan(unlike + 0.1)
  })

  it('counts the second of two letters as its own kind of slip', () => {
    const letters = new Letters(
      new Map([
        ['=', -1],
        ['A', -5],
        ['N', -5],
        ['AA', 3],
        ['NN', 3],
      ]),
    )
    expect(letters.likeness('ANNA', 'ANA')).toBeCloseTo((2 * 8) / 21)
    expect(letters.likeness('ANA', 'AN')).toBeCloseTo((2 * 1) / 15)
  })
})

describe('where names are at home', () => {
  const lift = (name: string, place: string): number => names.homes.lift(parseName(name, names), place)

  it('is a reason why a place says little, or much', () => {
    expect(lift('PATEL, RAJESH', 'II')).toBeGreaterThan(5)
    expect(lift('PATEL, RAJESH', 'MM')).toBeLessThan(0.5)
    expect(lift('HERNANDEZ, JOSE', 'MM')).toBeGreaterThan(1)
  })

  it('is nowhere for a name or a place that no table has', () => {
    expect(lift('XQZV, QXZV', 'MM')).toBeCloseTo(1)
    expect(lift('PATEL, RAJESH', 'ZZ')).toBe(1)
  })

  it('counts a part of a country as the country', () => {
    expect(lift('HERNANDEZ, JOSE', 'JL')).toBe(lift('HERNANDEZ, JOSE', 'MM'))
    expect(names.homes.nested('JL', 'MM')).toBe(true)
    expect(names.homes.nested('MM', 'JL')).toBe(true)
    expect(names.homes.nested('JL', 'MC')).toBe(false)
    const none = new Homes([{ share: 1, places: ['II'] }], {}, new Map(), new Map())
    expect(none.nested('JL', 'MM')).toBe(false)
  })
})

describe('comparing names', () => {
  it('takes two known names for two names, and a slip for a slip', () => {
    const of = (a: string, b: string): number => compareNames(a, b, names)
    expect(of('CARL SMITH', 'CAROL SMITH')).toBeLessThan(of('KOVALENKO, OLENA', 'KOVALEMKO, OLENA'))
    expect(of('JAOUAD', 'JAWAD')).toBeGreaterThan(of('JAOUAD', 'MURAD'))
  })
})
