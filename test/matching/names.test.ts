import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DATES, dateParts, relateDates } from '../../src/matching/dates.js'
import { compareNames, fold, loadNameTables } from '../../src/matching/index.js'
import { parseName } from '../../src/matching/names.js'
import { NONE, RELATIONS, relate } from '../../src/matching/relation.js'
import { edits, jaroWinkler, skeleton } from '../../src/matching/strings.js'
import { sounded } from '../../src/matching/word.js'
import { names } from './helpers.js'

describe('folding', () => {
  it.each([
    ["O'Brien-Núñez", 'OBRIEN NUNEZ'],
    ['J.R.', 'J R'],
    ['Müßig  Łukasz', 'MUSSIG LUKASZ'],
    ['Щербаков', 'SHCHERBAKOV'],
    ['Nguyễn Văn Đức', 'NGUYEN VAN DUC'],
    ['小明', 'XIAO MING'],
    ['محمد', 'MOHAMMED'],
    ['مُحَمَّد', 'MOHAMMED'],
    ['البغدادي', 'AL BGHDADY'],
    ['  ', ''],
  ])('%s is %s', (text, folded) => {
    expect(fold(text, names.scripts)).toBe(folded)
  })

  it('changes nothing that is folded', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 60 }), (text) => {
        const once = fold(text, names.scripts)
        expect(fold(once, names.scripts)).toBe(once)
        expect(once).toMatch(/^[A-Z0-9]*(?: [A-Z0-9]+)*$/)
      }),
    )
  })
})

describe('a name', () => {
  it('is parted at the comma, without titles, with its suffix apart', () => {
    expect(parseName('Dr. García Jr, José', names)).toMatchObject({
      surname: ['GARCIA'],
      given: ['JOSE'],
      suffix: 'JR',
    })
  })

  it('without a comma has no order, but for a Chinese or Korean one', () => {
    expect(parseName('JOSE GARCIA', names)).toMatchObject({ ordered: false, given: ['JOSE', 'GARCIA'] })
    expect(parseName('王小明', names)).toMatchObject({
      ordered: true,
      surname: ['WANG'],
      given: ['XIAO', 'MING'],
    })
    expect(parseName('欧阳娜娜', names).surname).toEqual(['OU', 'YANG'])
  })

  it('that fills the 30 characters of NAM may be cut off', () => {
    expect(parseName('VILLAVICENCIO FERNANDEZ, MAXIM', names).cut).toBe(true)
    expect(parseName('VILLAVICENCIO FERNANDEZ, MAX', names).cut).toBe(false)
  })
})

describe('two tokens', () => {
  it.each([
    ['YUSUF', 'YOUSEF', 'variant'],
    ['EMEKA', 'CHUKWUEMEKA', 'nickname'],
    ['PEPE', 'JOSE', 'nickname'],
    ['BILL', 'WILLIAM', 'nickname'],
    ['GONZALEZ', 'GONZALES', 'variant'],
    ['KOVALENKO', 'KOVALEMKO', 'edit'],
    ['SHEVCHENKO', 'SHEWCHENKO', 'edit'],
    ['ABDURASHIDOV', 'ABDOURACHIDOF', 'sound'],
    ['KOVALENKO', 'KOVALEMOK', 'edits'],
    ['ALHADAD', 'HADDAD', 'glued'],
    ['J', 'JOSE', 'initial'],
    ['GARCIA', 'SMITH', undefined],
    ['LI', 'LO', undefined],
  ])('%s and %s: %s', (a, b, expected) => {
    const relation = relate(sounded(a), sounded(b), names)
    expect(relation === NONE ? undefined : RELATIONS[relation]).toBe(expected)
  })

  it('relate the same both ways', () => {
    const word = fc.stringMatching(/^[A-Z]{1,14}$/)
    const known = fc.constantFrom(...[...names.surnames.keys()].slice(0, 500))
    fc.assert(
      fc.property(fc.oneof(word, known), fc.oneof(word, known), (a, b) => {
        expect(relate(sounded(a), sounded(b), names)).toBe(relate(sounded(b), sounded(a), names))
      }),
    )
  })

  it.each([
    ['MOHAMMED', 'MUHAMMAD'],
    ['YUSUF', 'YOUSSEF'],
    ['SHARIF', 'SHERIEF'],
    ['PHILIP', 'FILIP'],
    ['QASIM', 'KASIM'],
  ])('%s and %s have one skeleton', (a, b) => {
    expect(skeleton(a)).toBe(skeleton(b))
  })

  it('count a swap of neighbours as one slip', () => {
    expect(edits('GARCIA', 'GACRIA', 1)).toBe(1)
    expect(edits('GARCIA', 'GACRIA', 2)).toBe(1)
    expect(edits('GARCIA', 'GARZZIA', 1)).toBe(2)
    expect(edits('KOVALENKO', 'KVOALENOK', 2)).toBe(2)
    expect(jaroWinkler('MARTHA', 'MARHTA')).toBeCloseTo(0.961, 3)
  })
})

describe('two dates of birth', () => {
  it.each([
    ['19850214', 19850214, 'exact'],
    ['19850204', 19850402, 'day and month swapped'],
    ['19850214', 19850215, 'day differs'],
    ['19850214', 19850314, 'month differs'],
    ['19850214', 19840214, 'year differs by a digit'],
    ['19850214', 19580214, 'year differs by a digit'],
    ['19850214', 19620214, 'year differs'],
    ['19850214', 19850101, '1 January of the same year'],
    ['19850214', 19860217, 'two parts differ'],
    ['19850214', 19850930, 'same year'],
    ['19850214', 19850200, 'year and month agree, day unknown'],
    ['19850214', 19850000, 'year agrees, the rest unknown'],
    ['19851499', 19850214, 'year agrees, the rest unknown'],
    ['19850000', 19860214, 'year differs by one, the rest unknown'],
    ['19850214', 19620930, 'contradicts'],
    ['00000214', 19850214, 'unknown'],
    ['', 19850214, 'unknown'],
  ])('%s and %d: %s', (asked, held, relation) => {
    expect(DATES[relateDates(dateParts(asked), held)]).toBe(relation)
  })
})

describe('the name score', () => {
  it.each([
    ['YUSUF, ALI', 'YOUSEF, ALI'],
    ['AL-HADDAD, OMAR', 'ALHADAD, OMAR'],
    ['MOHAMMED, KHALID', 'MUHAMMAD, KHALED'],
    ['CHEN, WEI', 'CHAN, WEI'],
    ['NGUYEN, ANH', 'NGUYN, ANH'],
    ['DE LA CRUZ, ANA', 'DELACRUZ, ANA'],
    ['LOPEZ, MARIA JOSE', 'LOPEZ, MARIAJOSE'],
    ['SMITH, WILLIAM', 'SMITH, BILL'],
    ['PETROV, ALEKSANDR', 'PETROV, SASHA'],
    ['Jon Smith', 'John Smith'],
    ['王小明', 'WANG, XIAOMING'],
    ['GARCIA LOPEZ, JUAN', 'GARCIA, JUAN'],
    ['GARCIA, JUAN', 'JUAN, GARCIA'],
  ])('is high for %s and %s', (a, b) => {
    expect(compareNames(a, b, names)).toBeGreaterThan(84)
  })

  it.each([
    ['SMITH, JOHN', 'JONES, MARY'],
    ['SMITH, JOHN', 'SMITH, MARY'],
    ['GARCIA, JOSE', 'GOMEZ, JUAN'],
    ['', 'SMITH, JOHN'],
  ])('is low for %s and %s', (a, b) => {
    expect(compareNames(a, b, names)).toBeLessThan(60)
  })

  it('is 100 for equal names, between 0 and 100 for all, and the same both ways', () => {
    const word = fc.oneof(
      fc.constantFrom(...[...names.given.keys()].slice(0, 300), 'DE', 'AL', 'J'),
      fc.string({ maxLength: 8 }),
    )
    const name = fc
      .tuple(fc.array(word, { maxLength: 4 }), fc.array(word, { maxLength: 4 }))
      .map(([a, b]) => `${a.join(' ')}, ${b.join(' ')}`)
    fc.assert(
      fc.property(name, name, (a, b) => {
        const score = compareNames(a, b, names)
        expect(score).toBeGreaterThanOrEqual(0)
        expect(score).toBeLessThanOrEqual(100)
        expect(Math.abs(score - compareNames(b, a, names))).toBeLessThan(1)
        const same = compareNames(a, a, names)
        expect([0, 100]).toContain(same)
      }),
    )
  })
})

describe('the name tables', () => {
  it('name file and line of every fault', () => {
    const dir = mkdtempSync(join(tmpdir(), 'iaq-names-'))
    cpSync('formats/names', dir, { recursive: true })
    writeFileSync(join(dir, 'surnames.csv'), '# surnames\nGARCIA,14000\nLOPEZ;3\nSMITH,-1\n')
    rmSync(join(dir, 'scripts.csv'))
    expect(() => loadNameTables(dir)).toThrow(
      /scripts\.csv: no such file[\s\S]*surnames\.csv:3:[\s\S]*surnames\.csv:4:/,
    )
    rmSync(dir, { recursive: true })
  })

  it('refuse a weight that is no share', () => {
    const dir = mkdtempSync(join(tmpdir(), 'iaq-names-'))
    cpSync('formats/names', dir, { recursive: true })
    writeFileSync(join(dir, 'words.yaml'), 'particles: [de]\n')
    expect(() => loadNameTables(dir)).toThrow(/words\.yaml:1: particles\.0/)
    rmSync(dir, { recursive: true })
  })
})
