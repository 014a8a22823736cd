import { describe, expect, it } from 'vitest'
import { clusterBits } from '../../src/matching/clusters.js'
import type { Engine } from '../../src/matching/index.js'
import { crowd, engineOf, names, person } from './helpers.js'

const others = crowd(3000)
const engine = engineOf(
  person(1, 'HALL, COREY ERNEST', '19700101'),
  person(2, 'HULL, COREY', '19700101'),
  person(3, 'GARCIA, ELOUISE', '19700101'),
  person(4, 'GARCIA, ELIZA', '19700101'),
  person(6, 'GARCIA, JOSE', '19700101'),
  person(7, 'GARCIA, JOSE BENITO', '19700101'),
  ...others,
)
const first = (of: Engine, name: string): number => Number(of.query({ name }).candidates[0]?.arn)
const bits = (name: string, arn: number): number =>
  engine.query({ name }).candidates.find((each) => Number(each.arn) === arn)?.bits ?? Number.NaN

describe('tokens that are spelt in another way', () => {
  const { weights } = names
  const { exact } = weights.name

  it('say together what they say alone where there is but one', () => {
    const of = clusterBits(weights)
    expect(of(0, 0)).toBeCloseTo(0, 9)
    expect(of(1, 0)).toBeCloseTo(0, 9)
    expect(of(0, 1)).toBeCloseTo(0, 9)
  })

  it('speak for one another, and against one that is as on file', () => {
    const of = clusterBits(weights)
    expect(of(0, 2)).toBeGreaterThan(1)
    expect(of(0, 3)).toBeGreaterThan(of(0, 2) + 1)
    expect(of(1, 1)).toBeLessThan(0)
    expect(of(2, 0)).toBeGreaterThan(0)
  })

  it('leave the chances of all that three tokens can be at one', () => {
    const of = clusterBits(weights)
    const sum = [1, 3, 3, 1].reduce(
      (total, ways, other) =>
        total + ways * exact ** (3 - other) * (1 - exact) ** other * 2 ** of(3 - other, other),
      0,
    )
    expect(sum).toBeCloseTo(1, 9)
  })

  it('are weighed whatever the shares of a site are', () => {
    const of = clusterBits({ ...weights, clusters: { share: 0.5, exact: 0.1 } })
    for (let exactly = 0; exactly < 9; exactly++) expect(Number.isFinite(of(exactly, 8 - exactly))).toBe(true)
    expect(clusterBits(weights)(0, 1)).toBeCloseTo(0, 9)
  })

  it('find a name of which no token is as on file before one of which one is', () => {
    expect(first(engine, 'HULL, CORY ERNST')).toBe(1)
    expect(first(engine, 'HULL, CORY')).toBe(2)
  })
})

it('of two names that a table ties to the one asked for the likelier spelling comes first', () => {
  for (const short of ['ELIZA', 'ELOUISE']) expect(names.shortForms.get('LOUISE')?.has(short)).toBe(true)
  const [likely, short] = [3, 4].map((arn) => bits('GARCIA, LOUISE', arn))
  expect(likely).toBeGreaterThan((short ?? Number.NaN) + 1)
})

it('a middle name that only the query has speaks more against somebody than one that only the file has', () => {
  const added = bits('GARCIA, JOSE', 6) - bits('GARCIA, JOSE BENITO', 6)
  const omitted = bits('GARCIA, JOSE', 6) - bits('GARCIA, JOSE', 7)
  expect(omitted).toBeGreaterThan(0)
  expect(added).toBeGreaterThan(omitted + 0.5)
})

it('a given name that is but distantly like contradicts no more than its letters do', () => {
  const [near, far] = ['KARJALAINEN, ANNI', 'KARJALAINEN, EUSEBIO'].map((name) =>
    engineOf(person(1, name, '19700101'), ...others).query({ name: 'KARJALAINEN, ANE' }),
  )
  expect(near?.candidates[0]?.why[0]?.relation).not.toContain('differs')
  expect(near?.candidates[0]?.bits).toBeGreaterThan((far?.candidates[0]?.bits ?? 0) + 6)
})

it('without a date more candidates are compared by letters', () => {
  const [asked, likely] = ['BARTOLOMELINA', 'VARTOLOMELINA'] as const
  // Other vowels, so that they lie under the very key that is asked for and are met first.
  const unlikely = [...asked]
    .flatMap((own, at) =>
      'AEO'.includes(own)
        ? [...'IYUO'].map((letter) => asked.slice(0, at) + letter + asked.slice(at + 1))
        : [],
    )
    .filter((each) => names.letters.likeness(asked, each) < names.letters.likeness(asked, likely) - 0.02)
  const many = [...unlikely, ...unlikely, ...unlikely, ...unlikely, ...unlikely]
  expect(many.length).toBeGreaterThanOrEqual(30)
  const of = engineOf(
    ...many.slice(0, 30).map((name, i) => person(10 + i, `GARCIA, ${name}`, '19700101')),
    person(1, `GARCIA, ${likely}`, '19700102'),
    ...others,
  )
  expect(first(of, `GARCIA, ${asked}`)).toBe(1)
})

it('pairs of spellings are tied both ways', () => {
  for (const [a, b] of [
    ['AAMER', 'AMEUR'],
    ['AMEUR', 'AAMER'],
  ] as const)
    expect(names.spellings.get(a)?.has(b)).toBe(true)
})
