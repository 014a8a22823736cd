import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { beforeAll, describe, expect, it } from 'vitest'
import { Dictionary } from '../../src/matching/dictionary.js'
import { createMatcher, type Engine, type MatchQuery } from '../../src/matching/index.js'
import { SURNAME } from '../../src/matching/neighbours.js'
import { EDIT, isPart } from '../../src/matching/relation.js'
import type { Arn, PersonRecord } from '../../src/records/index.js'
import { crowd, engineOf, names, person, subjects, thresholds } from './helpers.js'

const nameOf = ({ record }: (typeof subjects)[number]): string => {
  const [name] = record.names
  return `${name?.last}, ${name?.first} ${name?.middle}`.trim()
}

describe.each([
  ['alone', 0],
  ['among 5,000 others', 5000],
])('the test subjects %s', (_title, others) => {
  let engine: Engine
  beforeAll(() => {
    engine = engineOf(...subjects.map(({ record }) => record), ...crowd(others))
  })

  it.each(subjects.map((each) => [nameOf(each), each] as const))(
    '%s is graded as the list says',
    (name, subject) => {
      const result = engine.query({ name, dob: subject.record.dob })
      const twins = subject.does.startsWith('POSSIBLE')
      expect(result.grade).toBe(twins ? 'POSSIBLE' : 'MATCH')
      expect(result.listed).toBe(twins ? 2 : 1)
      if (!twins) expect(result.candidates[0]?.arn).toBe(subject.record.arn)
      else for (const each of result.candidates.slice(0, 2)) expect(each.score).toBeGreaterThan(49)
    },
  )

  it('are also found by each alias and the other date of birth', () => {
    const record = subjects[3]?.record
    for (const { last, first } of record?.names ?? []) {
      for (const dob of ['19780923', '19790923']) {
        const { grade, candidates } = engine.query({ name: `${last}, ${first}`, dob })
        expect([grade, candidates[0]?.arn]).toEqual(['MATCH', '099000004'])
      }
    }
  })

  it('don’t answer to MUESTRA, NADIE, whatever the date of birth', () => {
    const dates = [...subjects.map(({ record }) => record.dob), '19790923', '19700101', '19850000', '']
    for (const dob of dates)
      for (const sex of ['M', 'F', '']) expect(grade({ name: 'MUESTRA, NADIE', dob, sex })).toBe('NONE')
  })

  const grade = (query: MatchQuery): string => engine.query(query).grade
})

describe('a query finds its person', () => {
  const file = [
    person(1, 'YUSUF, IBRAHIM ADAM', '19810307', { sex: 'M' }),
    person(2, 'AL-HADDAD, OMAR', '19900412', { sex: 'M' }),
    person(3, 'CHEN, XIAO MING', '19750921', { sex: 'M' }),
    person(4, 'CHUKWUEMEKA, CHUKWUEMEKA', '19880101'),
    person(5, 'GARCIA LOPEZ, JOSE LUIS', '19690515', { sex: 'M' }),
    person(6, 'DE LA CRUZ, MARIA JOSE', '19930226', { sex: 'F' }),
    person(7, 'KOVALENKO, ALEKSANDR IVANOVICH', '19850214', { sex: 'M' }),
    person(8, 'OKAFOR, CHUKWUEMEKA', '19790630', { sex: 'M' }),
    person(9, 'THOMPSON, WILLIAM', '19640808', { sex: 'M' }),
    person(10, 'NGUYEN, VAN DUC', '19720204', { sex: 'M' }),
    person(11, 'VILLAVICENCIO FERNANDEZ, MAXIMILIANO', '19820919', { sex: 'M' }),
    person(12, 'محمدي, فاطمة', '19910730', { sex: 'F' }),
    person(13, 'PEREIRA, JOAO', '19770000', { sex: 'M' }),
  ]
  const engine = engineOf(...file, ...crowd(3000))

  it.each([
    ['another spelling', 'YOUSEF, EBRAHIM', '19810307', 1],
    ['a particle joined', 'ALHADAD, OMAR', '19900412', 2],
    ['a particle left out', 'HADDAD, UMAR', '19900412', 2],
    ['names joined', 'CHEN, XIAOMING', '19750921', 3],
    ['another romanisation', 'CHAN, XIAO MING', '19750921', 3],
    ['another script', '陈小明', '19750921', 3],
    ['a short form', 'OKAFOR, EMEKA', '19790630', 8],
    ['a Spanish short form', 'GARCIA LOPEZ, PEPE', '19690515', 5],
    ['an English short form', 'THOMPSON, BILL', '19640808', 9],
    ['a Russian short form', 'KOVALENKO, SASHA', '19850214', 7],
    ['a patronymic left out', 'KOVALENKO, ALEKSANDR', '19850214', 7],
    ['the second surname left out', 'GARCIA, JOSE LUIS', '19690515', 5],
    ['surname joined', 'DELACRUZ, MARIAJOSE', '19930226', 6],
    ['names out of order', 'JOSE LUIS, GARCIA LOPEZ', '19690515', 5],
    ['no comma', 'JOSE LUIS GARCIA LOPEZ', '19690515', 5],
    ['a particle that is a name', 'NGUYEN, DUC', '19720204', 10],
    ['a slip', 'KOVALEMKO, ALEKSANDR', '19850214', 7],
    ['two slips', 'KOVALEMKO, ALEKSADNR', '19850214', 7],
    ['day and month swapped', 'THOMPSON, WILLIAM', '19640808', 9],
    ['a wrong day', 'VILLAVICENCIO FERNANDEZ, MAXIMILIANO', '19820918', 11],
    ['swapped day and month', 'CHEN, XIAO MING', '19752109', 3],
    ['the month of another', 'OKAFOR, CHUKWUEMEKA', '19790530', 8],
    ['another year', 'OKAFOR, CHUKWUEMEKA', '19780630', 8],
    ['the 30 characters of NAM', 'VILLAVICENCIO FERNANDEZ, MAXIM', '19820919', 11],
    ['an initial', 'VILLAVICENCIO, M', '19820919', 11],
    ['a title and a suffix', 'THOMPSON JR, MR WILLIAM', '19640808', 9],
    ['Latin for Arabic', 'MOHAMMADI, FATEMEH', '19910730', 12],
    ['a date known in part on file', 'PEREIRA, JOAO', '19770615', 13],
    ['a date known in part', 'OKAFOR, CHUKWUEMEKA', '19790000', 8],
  ])('with %s', (_title, name, dob, arn) => {
    const { grade, candidates } = engine.query({ name, dob })
    expect([grade, Number(candidates[0]?.arn)]).toEqual(['MATCH', arn])
  })
})

describe('the grade', () => {
  it('is MATCH for the exact name and date in a file of two', () => {
    const engine = engineOf(person(1, 'GARCIA, JOSE', '19800203'), person(2, 'GARCIA, MARIA', '19800203'))
    expect(engine.query({ name: 'GARCIA, JOSE', dob: '19800203' })).toMatchObject({
      grade: 'MATCH',
      candidates: [{ arn: '000000001' }, {}],
    })
  })

  it('is NONE where nobody is on file', () => {
    const result = createMatcher({ names, thresholds }).query({ name: 'GARCIA, JOSE', dob: '19800203' })
    expect(result).toEqual({ grade: 'NONE', candidates: [], listed: 0, provide: [] })
  })

  it.each([{ name: 'A, B' }, { name: 'A, B', dob: '19800203' }, { name: 'X' }, { dob: '19800203' }, {}])(
    'is MORE for %j, with the fields that would help',
    (query) => {
      const { grade, provide } = engineOf(person(1, 'ALVES, BO', '19800203')).query(query)
      expect(grade).toBe('MORE')
      expect(provide).toContain('NAM')
      expect(provide).toContain('ARN')
    },
  )

  it('is never MORE for a full name with a date, however common', () => {
    const engine = engineOf(...crowd(2000))
    for (const name of ['GARCIA, JOSE', 'NGUYEN, ANH', 'LI, WEI', 'SMITH, JOHN', 'SINGH, KUMAR']) {
      expect(engine.query({ name, dob: '19850601' }).grade).not.toBe('MORE')
    }
  })

  it('asks for the date where a common name alone can’t tell', () => {
    const engine = engineOf(...crowd(6000))
    expect(engine.query({ name: 'HERNANDEZ' })).toMatchObject({
      grade: 'MORE',
      provide: expect.arrayContaining(['DOB']),
    })
  })

  it('is no MATCH where surname or given name is another', () => {
    const engine = engineOf(person(1, 'ZUBIZARRETA, EUSEBIO', '19800203'))
    for (const name of ['ZUBIZARRETA, TEODORO', 'PANCORBO, EUSEBIO', 'PANCORBO, TEODORO']) {
      expect(engine.query({ name, dob: '19800203' }).grade).not.toBe('MATCH')
    }
  })

  it('lists no relative of the same surname and another given name', () => {
    const engine = engineOf(...crowd(3000), person(1, 'ZUBIZARRETA, EUSEBIO', '19800203'))
    expect(engine.query({ name: 'ZUBIZARRETA, TEODORO', dob: '19820611' }).grade).toBe('NONE')
  })
})

describe('the row of a person that fits best', () => {
  const aliased = (arn: number, dob: string, ...all: string[]): PersonRecord => {
    const [first = person(arn, 'NONE, NONE', dob), ...rest] = all.map((name) =>
      person(arn, name, dob, { sex: 'F', pob: 'CG' }),
    )
    const others = rest.flatMap((each) => each.names.map((name) => ({ ...name, type: 'alias' as const })))
    return { ...first, names: [...first.names, ...others], altDobs: ['19960412'] }
  }
  const held = aliased(1, '19960214', 'MBEMBAKANIKI, PLAMEDI', 'NTUMBAZOLA, PLAMEDIE', 'KANIKI, PLAMEDI')

  // Alone and in a crowd: in a small file what a relative explains weighs most.
  it.each([0, 3000])('is taken after the gate, among %i others', (others) => {
    const engine = engineOf(held, ...crowd(others))
    for (const name of ['MBEMBAKANIKI, PLAMEDI', 'NTUMBAZOLA, PLAMEDIE', 'KANIKI, PLAMEDI']) {
      for (const dob of ['19960214', '19960412']) {
        const { grade, candidates } = engine.query({ name, dob, sex: 'F', pob: 'CG' })
        expect([name, dob, grade, candidates[0]?.arn]).toEqual([name, dob, 'MATCH', '000000001'])
        expect(candidates[0]?.why[0]).toMatchObject({ held: name, relation: 'exact' })
      }
    }
  })
})

describe('a short form that is a part of the name', () => {
  const engine = engineOf(
    person(1, 'MACARAEGAN DIMAYUGA, LUZVIMINDA BAKUNAWA', '19720818', { sex: 'F', pob: 'PI' }),
    person(2, 'AGBONIFOWOSHE, OLUFUNMILAYO', '19910917', { sex: 'F', pob: 'NG' }),
    ...crowd(3000),
  )

  it.each([
    ['MACARAEGAN DIMAYUGA, LUZ', '19720818', 1],
    ['AGBONIFOWOSHE, FUNMI', '19910917', 2],
  ])('finds its person: %s', (name, dob, arn) => {
    const { grade, candidates } = engine.query({ name, dob })
    expect([grade, Number(candidates[0]?.arn)]).toEqual(['MATCH', arn])
    expect(candidates[0]?.why[0]?.relation).toContain('part of the longer name')
  })

  it('says less the more names have it', () => {
    const bits = (given: string, short: string): number => {
      const engine = engineOf(person(1, `ZUBIZARRETA, ${given}`, '19800203'), ...crowd(3000))
      const { candidates } = engine.query({ name: `ZUBIZARRETA, ${short}`, dob: '19800203' })
      expect(Number(candidates[0]?.arn)).toBe(1)
      return candidates[0]?.why[0]?.bits ?? 0
    }
    expect(bits('OLUFUNMILAYO', 'FUNMI')).toBeGreaterThan(bits('MARIBEL', 'MAR') + 2)
  })

  it('is none of surnames, nor of two letters', () => {
    expect(isPart('LU', 'LUZVIMINDA')).toBe(false)
    expect(isPart('LUZ', 'LUZVIMINDA')).toBe(true)
    const { candidates } = engine.query({ name: 'FOWOSHE, OLUFUNMILAYO', dob: '19910917' })
    expect(candidates[0]?.why[0]?.relation).toContain('surname differs')
  })
})

describe('a bare initial', () => {
  const engine = engineOf(
    person(1, 'GARCIA, JULIO', '19850214', { sex: 'M', soc: '900000001' }),
    person(2, 'ZUBIZARRETA, JULIO', '19850214', { sex: 'M' }),
    ...crowd(3000),
  )
  const ask = (query: MatchQuery): string => engine.query({ dob: '19850214', sex: 'M', ...query }).grade

  it('beside a common surname needs more, even with a date', () => {
    for (const name of ['GARCIA, J', 'GARCIA, J L', 'J GARCIA']) expect(ask({ name })).toBe('MORE')
  })

  it('is enough with a number, a rare surname or two surnames', () => {
    expect(ask({ name: 'GARCIA, J', soc: '900000001' })).toBe('MATCH')
    expect(ask({ name: 'ZUBIZARRETA, J' })).toBe('MATCH')
    expect(ask({ name: 'GARCIA LOPEZ, J' })).not.toBe('MORE')
  })
})

describe('evidence', () => {
  it('takes a token that nobody has for a slip of one that many have', () => {
    const dictionary = new Dictionary(names)
    const slip = (token: string): number => {
      const { bits, chance } = dictionary.neighbours(token)
      return 2 ** (bits[EDIT * 2 + SURNAME] ?? 0) * (chance[EDIT * 2 + SURNAME] ?? 0)
    }
    const { edit } = names.weights.name
    expect(slip('PNREZ')).toBeGreaterThan(5 * edit)
    // What is a name of its own, or near rare ones alone, gains nothing by it.
    expect(slip('MARTINEZ')).toBeLessThan(edit)
    expect(slip('QUIXTLANO')).toBeLessThan(edit)
  })

  it('counts a surname and a given name less where they are often together', () => {
    const many = Array.from({ length: 60 }, (_, i) => person(10 + i, 'TRANH, HOAI', `19${30 + i}0607`))
    const apart = Array.from({ length: 60 }, (_, i) =>
      person(100 + i, i % 2 ? `TRANH, EUSEBIO${'AEIOU'[i % 5]}` : 'ZUBIZARRETA, HOAI', `19${30 + i}0607`),
    )
    const held = person(1, 'TRANH, HOAI', '20050214')
    const bits = (others: readonly PersonRecord[]): number =>
      engineOf(held, ...others, ...crowd(2000)).query({ name: 'TRANH, HOAI', dob: '20050214' }).candidates[0]
        ?.bits ?? 0
    expect(bits(many)).toBeLessThan(bits(apart))
  })

  it('holds a missing first name against a candidate more than a missing second one', () => {
    const engine = engineOf(person(1, 'HERRERES FLORES, FERNANDO CARLOS', '19920407'), ...crowd(3000))
    const bits = (name: string): number => engine.query({ name, dob: '19940708' }).candidates[0]?.bits ?? 0
    expect(bits('HERRERES, FERNANDO')).toBeGreaterThan(bits('FLORES, CARLOS') + 2)
  })

  it('knows five words written as one, cut off too', () => {
    const engine = engineOf(person(1, 'DE LA VARELA DEL TORO, XIMENA REGINA', '19730105'), ...crowd(3000))
    expect(engine.query({ name: 'DELAVARELADELTORO, XIMENA', dob: '19730105' }).grade).toBe('MATCH')
    expect(engine.query({ name: 'DELAVARELADELTORO, XIMENAREGI', dob: '19730105' }).grade).toBe('MATCH')
  })

  it('doesn’t take an unknown place of birth for one', () => {
    const engine = engineOf(person(1, 'ZUBIZARRETA, EUSEBIO', '19800203', { pob: 'XX' }), ...crowd(50))
    for (const pob of ['XX', 'YY', 'MM']) {
      const { candidates } = engine.query({ name: 'ZUBIZARRETA, EUSEBIO', dob: '19800203', pob })
      expect(candidates[0]?.why.map(({ field }) => field)).not.toContain('POB')
    }
  })
})

it('every place that has a share is an NCIC code', () => {
  const codes = readFileSync('formats/codes/place-of-birth.csv', 'utf8')
    .split('\n')
    .map((line) => line.split(',')[0])
  expect(Object.keys(names.weights.places).filter((code) => !codes.includes(code))).toEqual([])
  // A code may be right and mean another country: the names that the shares are meant for.
  expect(Object.keys(names.weights.places)).toEqual(expect.arrayContaining(['RC', 'PI', 'RV', 'CC', 'CB']))
})

describe('a number', () => {
  const ids = { fbi: '990001FA1', sid: 'ZZ00000001', oln: 'Z123', ols: 'ZZ', soc: '900000001' }
  const held = person(99000001, 'MUESTRA, COINCIDE', '19850214', {
    ...ids,
    passport: { number: 'ZZP1', country: 'MM' },
  })
  const engine = engineOf(held, ...crowd(2000))
  const ask = (query: MatchQuery): readonly [string, Arn | undefined] => {
    const { grade, candidates } = engine.query(query)
    return [grade, candidates[0]?.arn]
  }

  it.each([
    { arn: '099000001' },
    { arn: 'A99000001' },
    { arn: '99000001' },
    { fbi: '990001FA1' },
    { sid: 'ZZ00000001' },
    { oln: 'Z123', ols: 'ZZ' },
    { soc: '900-00-0001' },
    { ppn: 'ZZP1' },
    { mnu: 'AR-099000001' },
    { mnu: 'PP-ZZP1' },
    { mnu: 'A99000001' },
  ])('finds its person: %j', (query) => {
    expect(ask(query)).toEqual(['MATCH', '099000001'])
    expect(ask({ ...query, name: 'MUESTRA, COINCIDE', dob: '19850214' })).toEqual(['MATCH', '099000001'])
  })

  it('of another person is no MATCH against name and date', () => {
    expect(ask({ arn: '099000001', name: 'OKAFOR, EMEKA', dob: '19600101' })[0]).not.toBe('MATCH')
    expect(ask({ arn: '099000001', name: 'OKAFOR, EMEKA', dob: '19850214' })[0]).not.toBe('MATCH')
    expect(ask({ arn: '099000001', dob: '19600101' })[0]).not.toBe('MATCH')
  })

  it('doesn’t keep the right person from being found by name', () => {
    const other = engineOf(held, person(7, 'OKAFOR, EMEKA', '19600101'))
    const { candidates } = other.query({ arn: '099000001', name: 'OKAFOR, EMEKA', dob: '19600101' })
    expect(candidates.map(({ arn }) => arn)).toContain('000000007')
  })

  it('needs its state if it is a licence', () => {
    expect(ask({ oln: 'Z123', ols: 'YY' })[0]).toBe('NONE')
  })
})

describe('a living file', () => {
  it('adds, replaces and removes', () => {
    const engine = engineOf(person(1, 'ZUBIZARRETA, EUSEBIO', '19800203'))
    const query = { name: 'ZUBIZARRETA, EUSEBIO', dob: '19800203' }
    expect(engine.query(query).grade).toBe('MATCH')
    engine.apply([person(1, 'PANCORBO, TEODORO', '19700304')])
    expect(engine.size).toBe(1)
    expect(engine.query(query).grade).toBe('NONE')
    expect(engine.query({ name: 'PANCORBO, TEODORO', dob: '19700304' }).candidates[0]?.person.dob).toBe(
      '19700304',
    )
    engine.apply([{ arn: '000000001' as Arn, removed: true }])
    expect(engine.size).toBe(0)
    expect(engine.query({ name: 'OTHER, NAME', dob: '19700304' }).candidates).toEqual([])
    expect(engine.query({ arn: '000000001' })).toMatchObject({ grade: 'NONE', candidates: [] })
  })

  it('reads whole records from where they are kept', () => {
    const held = person(5, 'ZUBIZARRETA, EUSEBIO', '19800203', { soc: '900000005' })
    const engine = createMatcher({
      names,
      thresholds,
      records: { get: (arn) => (arn === held.arn ? held : undefined) },
    })
    engine.apply([held, person(6, 'PANCORBO, TEODORO', '19700304')])
    expect(engine.query({ soc: '900000005' }).candidates[0]?.person).toEqual(held)
    expect(engine.query({ arn: '000000006' }).candidates[0]?.person.names[0]?.last).toBe('PANCORBO')
  })

  it('answers a batch behind the interface of the house', async () => {
    const matcher = engineOf(person(1, 'ZUBIZARRETA, EUSEBIO', '19800203')).asMatcher()
    const answers = await matcher.query([{ name: 'ZUBIZARRETA, EUSEBIO', dob: '19800203' }, { name: 'A, B' }])
    expect(answers.map(({ grade }) => grade)).toEqual(['MATCH', 'MORE'])
  })
})

describe('whatever is asked', () => {
  const file = crowd(400)
  const engine = engineOf(...file, ...subjects.map(({ record }) => record))
  const token = fc.oneof(
    fc.constantFrom('GARCIA', 'DE', 'A', 'MUESTRA', 'LI', 'É', '王', 'علي', "O'"),
    fc.string({ maxLength: 12 }),
  )
  const name = fc.array(token, { maxLength: 30 }).map((tokens) => tokens.join(' '))
  const from = fc.constantFrom(...file)
  const query: fc.Arbitrary<MatchQuery> = fc.record({
    name: fc.oneof(
      name,
      fc.tuple(name, name).map(([a, b]) => `${a}, ${b}`),
      from.map(({ names: [one] }) => `${one?.last}, ${one?.first}`),
    ),
    dob: fc.oneof(
      fc.constant(''),
      fc.stringMatching(/^\d{8}$/),
      from.map(({ dob }) => dob),
    ),
    sex: fc.constantFrom('', 'M', 'F', 'U', 'x'),
    pob: fc.constantFrom('', 'MM', 'GT', '??'),
    arn: fc.oneof(
      fc.constant(''),
      from.map(({ arn }) => arn),
      fc.string(),
    ),
    mnu: fc.constantFrom('', 'AR-', 'AR-099000001', 'PP-1', '000001005'),
  })

  it('bits add up, scores are a share of certainty, best first', () => {
    fc.assert(
      fc.property(query, (asked) => {
        const { candidates, grade, listed } = engine.query(asked)
        for (const { bits, why, score } of candidates) {
          expect(Number.isFinite(bits)).toBe(true)
          expect(why.reduce((sum, each) => sum + each.bits, 0)).toBeCloseTo(bits, 6)
          expect(score).toBeGreaterThanOrEqual(0)
        }
        const scores = candidates.map(({ score }) => score)
        expect(scores.reduce((a, b) => a + b, 0)).toBeLessThanOrEqual(100.000001)
        expect([...scores].sort((a, b) => b - a)).toEqual(scores)
        expect(candidates.length).toBeLessThanOrEqual(5)
        if (grade === 'MATCH') expect(scores[0]).toBeGreaterThanOrEqual(thresholds.match)
        if (listed <= 5) expect(scores.filter((score) => score >= thresholds.floor).length).toBe(listed)
      }),
      { numRuns: 300 },
    )
  })

  it('thirty tokens of one letter are an ordinary amount of work', () => {
    const letters = Array.from({ length: 30 }, (_, i) => String.fromCharCode(65 + (i % 26)))
    expect(engine.query({ name: `${letters.join(' ')}, ${letters.join(' ')}`, dob: '19850601' }).grade).toBe(
      'MORE',
    )
  })
})
