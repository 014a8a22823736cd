import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { packageRoot } from '../../src/config/index.js'
import {
  Directory,
  isAuthorized,
  loadDirectory,
  parseDirectory,
  parseOri,
} from '../../src/directory/index.js'

const shipped = loadDirectory(join(packageRoot, 'formats/directory.csv'))

describe('the directory that ships', () => {
  if (!(shipped instanceof Directory)) throw new Error(JSON.stringify(shipped))

  test('holds 12,000 ORIs and the named ones', () => {
    expect(shipped.size).toBe(12_000 + 6)
    const authorities = (ori: string): string => {
      const entry = shipped.get(ori)
      return entry
        ? (['A', 'C', 'D', 'Z'] as const).filter((each) => isAuthorized(entry, each)).join('')
        : 'none'
    }
    expect(authorities('ZZ0010100')).toBe('AC')
    expect(authorities('ZZ0010200')).toBe('A')
    expect(authorities('ZZ0010300')).toBe('AC')
    expect(authorities('DCUSSS000')).toBe('AC')
    expect(authorities('WVNICS000')).toBe('AC')
    expect(shipped.get('VTICE0900')).toBeDefined()
    expect(shipped.get('XX0000000')).toBeUndefined()
  })

  test('covers the states, DC, two territories and Canada', () => {
    const states = shipped.states()
    expect(states.length).toBeGreaterThanOrEqual(54)
    for (const state of ['AK', 'CA', 'DC', 'GM', 'ON', 'PQ', 'PR', 'TX', 'WY', 'ZZ'])
      expect(states).toContain(state)
  })

  test('holds well-formed entries, nearly all of which may do something', () => {
    let idle = 0
    for (const entry of shipped.entries()) {
      expect(parseOri(entry.ori)).toBe(entry.ori)
      expect(entry.agency).not.toBe('')
      expect(entry.ori.startsWith(entry.state)).toBe(true)
      if (entry.authorized === 0) idle++
    }
    expect(idle).toBe(0)
  })
})

describe('a directory file', () => {
  const header = 'ori,agency,state,type,authorized\n'

  test.each([
    ['an ORI of eight characters', `${header}ZZ001010,A,ZZ,police,AC\n`, 2, /"ZZ001010" is not nine/],
    [
      'an ORI that is there twice',
      `${header}ZZ0010100,A,ZZ,police,AC\nZZ0010100,B,ZZ,police,AC\n`,
      3,
      /ZZ0010100 is there twice; first in line 2/,
    ],
    ['an authority that does not exist', `${header}ZZ0010100,A,ZZ,police,AQ\n`, 2, /"Q"/],
    ['a field too few', `${header}\nZZ0010100,A,ZZ,AC\n`, 3, /4 fields/],
    ['a quote that stays open', `${header}ZZ0010100,"A,ZZ,police,AC\n`, 2, /quote/],
    ['another header line', 'ori,name\n', 1, /header/],
  ])('%s is a fault that names line and reason', (_, text, line, reason) => {
    const parsed = parseDirectory(text)
    expect(parsed).toEqual([{ line, reason: expect.stringMatching(reason) }])
  })

  test('every fault is named, not the first alone', () => {
    expect(parseDirectory(`${header}A\nZZ0010100,A,ZZ,police,AC\nB\n`)).toHaveLength(2)
  })

  test('a missing file is a fault and no exception', () => {
    expect(loadDirectory('/nowhere/directory.csv')).not.toBeInstanceOf(Directory)
  })

  test('quotes may stand around values that hold commas', () => {
    const parsed = parseDirectory(`${header}ZZ0010100,"Police, of Nowhere",ZZ,police,AC\n`)
    expect(parsed).toBeInstanceOf(Directory)
    expect((parsed as Directory).get('ZZ0010100')?.agency).toBe('Police, of Nowhere')
  })

  test('an ORI is nine letters and digits', () => {
    expect(parseOri(' zz0010100 ')).toBe('ZZ0010100')
    expect(parseOri('ZZ00101')).toBeUndefined()
  })
})
