// Results that go from a thread to another arrive as they were.
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { pack, type ReplyResult, unpack } from '../../src/matching/handing.js'

const text = fc.oneof(fc.string(), fc.constantFrom('', 'GARCIA, ANA', 'a\u001fb', '19870624'))
const bits = fc.double({ noNaN: true })
const evidence = fc.record({
  field: fc.constantFrom('NAME', 'DOB', 'SEX', 'POB', 'ARN', 'FBI', 'SID', 'OLN', 'SOC', 'MNU', 'PPN'),
  ...{ asked: text, held: text, relation: text, bits },
})
const candidate = fc.record({
  arn: fc.integer({ min: 0, max: 999_999_999 }).map((arn) => `${arn}`.padStart(9, '0')),
  ...{ score: bits, bits, file: text, line: fc.nat() },
  why: fc.array(evidence, { maxLength: 5 }),
})
const result = fc.record({
  grade: fc.constantFrom('MATCH', 'POSSIBLE', 'NONE', 'MORE'),
  candidates: fc.array(candidate, { maxLength: 5 }),
  listed: fc.nat({ max: 200 }),
  provide: fc.array(text, { maxLength: 3 }),
})

/** With the evidence that is put together when it is asked for. */
const plain = (results: readonly ReplyResult[]): unknown =>
  results.map(({ grade, candidates, listed, provide }) => ({
    grade,
    candidates: candidates.map(({ arn, score, bits, file, line, why }) => ({
      ...{ arn, score, bits, file, line },
      why: [...why],
    })),
    listed,
    provide,
  }))

describe('results on their way between threads', () => {
  it('are the same at the other end, whatever texts they hold', () => {
    fc.assert(
      fc.property(fc.array(result, { maxLength: 6 }), (results) => {
        const asked = results as unknown as ReplyResult[]
        const sent = structuredClone(pack(asked))
        expect(plain(unpack(sent, asked.length))).toEqual(plain(asked))
      }),
    )
  })

  it('bring a record along where no file has it', () => {
    const person = { arn: '000000007' }
    const given = {
      grade: 'MATCH',
      candidates: [{ arn: '000000007', score: 99, bits: 30, why: [], file: '', line: 0, person }],
      listed: 1,
      provide: [],
    } as unknown as ReplyResult
    const [result] = unpack(structuredClone(pack([given])), 1)
    expect(result?.candidates[0]?.person).toEqual(person)
  })
})
