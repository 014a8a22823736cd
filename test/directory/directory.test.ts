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
    expect(shipped.size).toBeGreaterThanOrEqual(12_000)
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
    expect(shipped.states().length).toBeGreaterThanOrEqual(54)
  })
})

describe('a directory file', () => {
  const header = 'ori,agency,state,type,authorized\n'

  test.each([
    ['an ORI of eight characters', `${header}ZZ001010,A,ZZ,police,AC\n`, 2],
    ['an ORI that is there twice', `${header}ZZ0010100,A,ZZ,police,AC\nZZ0010100,B,ZZ,police,AC\n`, 3],
    ['an authority that does not exist', `${header}ZZ0010100,A,ZZ,police,AQ\n`, 2],
    ['another header line', 'ori,name\n', 1],
  ])('%s is a fault that names its line', (_, text, line) => {
    const parsed = parseDirectory(text)
    expect(parsed).not.toBeInstanceOf(Directory)
    expect((parsed as readonly { line: number }[])[0]?.line).toBe(line)
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
