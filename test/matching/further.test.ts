import { describe, expect, it } from 'vitest'
import { crowd, engineOf, person } from './helpers.js'

describe('an error in the name beside a larger one in the date', () => {
  const engine = engineOf(
    person(1, 'GARCIA GONZALEZ, LUCIO', '19971127'),
    person(2, 'LOZANO FERNANDEZ, ALMA', '20060605'),
    person(3, 'CHAI, SHANCHEN', '19720616'),
    person(4, 'ALONSO LUQUE, GAEL MARIA', '20041016'),
    person(5, 'FRIGOLA MILLAN, SANTIAGO', '20060404'),
    person(6, 'WELLER, LUDWINA', '19980427'),
    ...crowd(3000),
  )

  it.each([
    ['a slip, and a digit of the decade', 'GARCIA GONZALEZ, LUCLO', '19471127', 1],
    ['surnames joined, and another month', 'LOZANOFERNANDEZ, ALMA', '20060805', 2],
    ['an initial, and another month', 'CHAI, S', '19720416', 3],
    ['surnames joined, and the year alone', 'ALONSOLUQUE, GAEL MARIA', '20040000', 4],
    ['surnames joined, and another date', 'FRIGOLAMILLAN, SANTIAGO', '20071100', 5],
    ['slips, and another day and month', 'WELLER, LUDWYUA', '19980328', 6],
  ])('is found: %s', (_title, name, dob, arn) => {
    expect(Number(engine.query({ name, dob }).candidates[0]?.arn)).toBe(arn)
  })

  it('of two who fit alike the one who has the very names comes first', () => {
    const two = engineOf(
      person(1, 'WHITE, BRADLEY KIMBERLY', '19700304'),
      person(2, 'WHITE, BRADLEY', '19700925'),
    )
    const [first] = two.query({ name: 'WHITE, BRADLEY', dob: '19700000' }).candidates
    expect(Number(first?.arn)).toBe(2)
  })
})
