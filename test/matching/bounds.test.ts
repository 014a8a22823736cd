import { expect, it } from 'vitest'
import { crowd, engineOf, person } from './helpers.js'

it('a further date of birth that very many have keeps nobody else from being found', () => {
  const many = crowd(35_000).map((each) => ({ ...each, altDobs: ['19800101'] }))
  const engine = engineOf(person(1, 'ZUBIZARRETA, EUSEBIO', '19750505'), ...many)
  const [first] = engine.query({ name: 'ZUBIZARRETA, EUSEBIO', dob: '19800101' }).candidates
  expect(Number(first?.arn)).toBe(1)
})

it('of very many who are all alike some are shown', () => {
  const alike = Array.from({ length: 900 }, (_, i) => person(1 + i, 'ZUBIZARRETA, EUSEBIO', '19750505'))
  const { candidates } = engineOf(...alike).query({ name: 'ZUBIZARRETA' })
  expect(candidates).toHaveLength(5)
})

it('a name without a letter is answered the same, whatever was asked before', () => {
  const asked = { name: 'QUINTERO, ANA', dob: '19800101' }
  const records = [person(1, '???, ???', '19800101'), person(2, 'QUISPE, ANA', '19790303'), ...crowd(50)]
  const said = (engine: ReturnType<typeof engineOf>): unknown =>
    engine.query(asked).candidates.map(({ arn, score }) => [arn, score])
  const fresh = said(engineOf(...records))
  const engine = engineOf(...records)
  for (const name of ['QUISPE, ANA', 'ALONSO, EVA', 'QUINTERO, ANA']) {
    engine.query({ name, dob: '19790303' })
    engine.query({ name, dob: '19800101' })
    expect(said(engine)).toEqual(fresh)
  }
})
