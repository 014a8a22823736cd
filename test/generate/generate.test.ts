import { createHash } from 'node:crypto'
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { FaultError, packageRoot } from '../../src/config/index.js'
import { generatePersons, MOST_PERSONS } from '../../src/generate/index.js'
import { parseRecordLine } from '../../src/records/index.js'
import type { PersonRecord } from '../../src/records/types.js'

const linesOf = (seed: number | string, count: number): string[] =>
  [...generatePersons({ seed, count })].join('').trimEnd().split('\n')

const hashOf = (seed: number | string, count: number): string => {
  const hash = createHash('sha256')
  for (const chunk of generatePersons({ seed, count })) hash.update(chunk)
  return hash.digest('hex')
}

function personOf(line: string): PersonRecord {
  const parsed = parseRecordLine(line)
  if ('fault' in parsed) throw new Error(`${parsed.fault}: ${line}`)
  if ('removed' in parsed.record) throw new Error(`a removal: ${line}`)
  return parsed.record
}

const codesOf = (table: string): Set<string> =>
  new Set(
    readFileSync(join(packageRoot, `formats/codes/${table}.csv`), 'utf8')
      .split('\n')
      .slice(1)
      .map((line) => line.slice(0, line.indexOf(','))),
  )

const COUNT = 100_000
const persons = linesOf(11, COUNT).map(personOf)
const share = (fits: (person: PersonRecord) => boolean): number => persons.filter(fits).length / COUNT

describe('a seed', () => {
  test('makes the same bytes every time, another makes others', () => {
    expect(hashOf(7, 5000)).toBe(hashOf(7, 5000))
    expect(hashOf(7, 5000)).not.toBe(hashOf(8, 5000))
  })

  test('may be a word; a number is what its digits say', () => {
    expect(hashOf('spring', 100)).not.toBe(hashOf('autumn', 100))
    expect(hashOf('7', 100)).toBe(hashOf(7, 100))
  })

  test('makes person i the same however many are made', () => {
    expect(linesOf(3, 2000).slice(0, 100)).toEqual(linesOf(3, 100))
  })

  test('makes chunks of whole lines, and nothing for none', () => {
    for (const chunk of generatePersons({ seed: 1, count: 3000 })) expect(chunk.endsWith('}\n')).toBe(true)
    expect([...generatePersons({ seed: 1, count: 0 })]).toEqual([])
  })

  test('has a limit', () => {
    expect(() => [...generatePersons({ seed: 1, count: MOST_PERSONS + 1 })]).toThrow(RangeError)
    expect(() => [...generatePersons({ seed: 1, count: 1.5 })]).toThrow(RangeError)
  })
})

describe('generated persons', () => {
  test('numbers of all kinds are one person’s alone, from ranges that nobody real has', () => {
    const numbers = {
      arn: persons.map(({ arn }) => arn as string),
      fbi: persons.map(({ fbi }) => fbi).filter(Boolean),
      sid: persons.map(({ sid }) => sid).filter(Boolean),
      oln: persons.map(({ oln }) => oln).filter(Boolean),
      soc: persons.map(({ soc }) => soc).filter(Boolean),
      nic: persons.flatMap(({ ncic }) => ncic.map(({ nic }) => nic)),
    }
    for (const [kind, all] of Object.entries(numbers)) {
      expect(all.length, kind).toBeGreaterThan(0)
      expect(new Set(all).size, kind).toBe(all.length)
    }
    expect(numbers.arn.every((arn) => /^[89]\d{8}$/.test(arn))).toBe(true)
    expect(numbers.soc.every((soc) => /^9\d{8}$/.test(soc))).toBe(true)
    expect(numbers.sid.every((sid) => /^ZZ[A-Z0-9]\d{7}$/.test(sid))).toBe(true)
    expect(numbers.fbi.every((fbi) => /^[A-Z0-9]{9}$/.test(fbi))).toBe(true)
    expect(numbers.nic.every((nic) => /^N9\d{8}$/.test(nic) && !nic.startsWith('N9000000'))).toBe(true)
  })

  test('places, citizenships and classes are in the code tables', () => {
    const places = codesOf('place-of-birth').add('')
    const classes = codesOf('class-of-admission').add('')
    expect([...new Set(persons.map(({ pob }) => pob))].filter((code) => !places.has(code))).toEqual([])
    expect(persons.filter(({ citizenship }) => !places.has(citizenship))).toEqual([])
    expect(persons.filter(({ status }) => !classes.has(status.class))).toEqual([])
  })

  test('dates follow one another', () => {
    for (const { dob, status, admitted, ncic } of persons) {
      expect(dob <= status.since).toBe(true)
      if (admitted.date !== '') expect(dob <= admitted.date && admitted.date <= status.since).toBe(true)
      expect(admitted.date === '').toBe(admitted.port === '')
      for (const { entered } of ncic) expect(entered >= status.since).toBe(true)
    }
  })

  test('shares are about what they should be', () => {
    const isMexican = ({ citizenship }: PersonRecord): boolean => citizenship === 'MM'
    const hasAlias = ({ names }: PersonRecord): boolean => names.length > 1
    const hasOtherDate = ({ altDobs }: PersonRecord): boolean => altDobs.length > 0
    const isNewYear = ({ dob }: PersonRecord): boolean => dob.endsWith('0101')
    const isYearOnly = ({ dob }: PersonRecord): boolean => dob.endsWith('0000')
    const isWanted = ({ ncic }: PersonRecord): boolean => ncic.length > 0
    const between = (value: number, least: number, most: number): void => {
      expect(value).toBeGreaterThan(least)
      expect(value).toBeLessThan(most)
    }
    between(share(isMexican), 0.22, 0.34)
    between(share(hasAlias), 0.15, 0.2)
    between(share(hasOtherDate), 0.025, 0.035)
    between(share(isNewYear), 0.03, 0.05)
    between(share(isYearOnly), 0.001, 0.01)
    between(share(isWanted), 0.0018, 0.0032)
    for (const [category, offense] of [
      ['DEPORTED FELON', '8003'],
      ['ABSCONDER', '8004'],
      ['NSEERS', '8005'],
    ] as const)
      expect(
        share(({ ncic }) => ncic.some((each) => each.category === category && each.offense === offense)),
        category,
      ).toBeGreaterThan(0)
    expect(new Set(persons.map(({ status }) => status.code)).size).toBe(17)
  })

  test('names are put together as their cultures do, with a long tail', () => {
    const named = (last: RegExp, first = /./): number =>
      persons.filter(({ names: [name] }) => name && last.test(name.last) && first.test(name.first)).length
    expect(named(/^[A-Z]+ [A-Z]+$/)).toBeGreaterThan(COUNT / 4)
    expect(named(/^AL[ -]|^EL[ -]/)).toBeGreaterThan(300)
    expect(named(/OVA$|SKAYA$/)).toBeGreaterThan(50)
    expect(named(/^KAUR$|^SINGH$/)).toBeGreaterThan(200)
    expect(named(/^NGUYEN$/)).toBeGreaterThan(200)
    expect(named(/./, /^[A-Z]+-[A-Z]+$/)).toBeGreaterThan(200)
    expect(persons.some(({ names: [name] }) => name && /OVICH$/.test(name.middle))).toBe(true)
    const words = persons.flatMap(({ names }) =>
      names.flatMap(({ last, first, middle }) => `${last} ${first} ${middle}`.split(/[ -]+/)),
    )
    expect(new Set(words).size).toBeGreaterThan(20_000)
  })

  test('an alias is another name than the first', () => {
    for (const { names } of persons)
      for (const { last, first, middle, type } of names.slice(1)) {
        expect(type).toBe('alias')
        expect([last, first, middle]).not.toEqual([names[0]?.last, names[0]?.first, names[0]?.middle])
      }
  })
})

describe('the populations’ files', () => {
  const folder = mkdtempSync(join(tmpdir(), 'populations-'))
  afterAll(() => rmSync(folder, { recursive: true }))

  const faultsOf = (file: string, text: string): string => {
    for (const part of ['populations', 'names'])
      cpSync(join(packageRoot, 'formats', part), join(folder, part), { recursive: true })
    writeFileSync(join(folder, 'populations', file), text)
    try {
      generatePersons({ seed: 1, count: 1, formatsDir: folder }).next()
    } catch (error) {
      if (error instanceof FaultError) return error.message
      throw error
    }
    return ''
  }

  test('a name that JSON would have to escape is a fault', () => {
    expect(faultsOf('names-more.yaml', 'slavic-male: { names: X }')).toMatch(/slavic-male is there twice/)
    const one = (names: string): string =>
      `ages: { 1: 1 }\npopulations: [{ of: X, share: 1, form: western, surnames: ${names}, male: polish-male, female: polish-female, profile: western, pob: { PO: 1 } }]`
    writeFileSync(join(folder, 'populations', 'names-more.yaml'), "more: { names: 'A\"B' }")
    expect(faultsOf('populations.yaml', one('more'))).toMatch(/names-more\.yaml.*'A"B' isn't made of letters/)
  })

  test('a list that is not there is named', () => {
    const text = readFileSync(join(packageRoot, 'formats/populations/populations.yaml'), 'utf8')
    expect(faultsOf('populations.yaml', text.replaceAll('polish-surnames', 'martian-surnames'))).toMatch(
      /populations\.yaml.*no list of names martian-surnames/,
    )
  })
})
