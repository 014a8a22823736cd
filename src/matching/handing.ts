/**
 * Results as they go from a thread to another: one text and one list of numbers for all of a batch. As objects each
 * would be copied piece by piece, which takes longer than a good part of the search.
 */
import type { Arn, PersonRecord } from '../records/types.js'
import type { Candidate, Evidence, Grade, MatchResult } from './types.js'

/** A candidate of another thread: where the record is, or the record where no file has it. */
export type ReplyCandidate = Omit<Candidate, 'person'> & {
  readonly file: string
  readonly line: number
  readonly person?: PersonRecord
}

export type ReplyResult = Omit<MatchResult, 'candidates'> & { readonly candidates: readonly ReplyCandidate[] }

export interface Packed {
  readonly text: string
  readonly numbers: Float64Array<ArrayBuffer>
  /** Results that have a record or an unusual text in them, by their place. */
  readonly whole: readonly (readonly [at: number, result: ReplyResult])[]
}

type Field = Evidence['field']
// By key, so that none can be forgotten.
const GRADE = { MATCH: 0, POSSIBLE: 0, NONE: 0, MORE: 0 } satisfies Record<Grade, 0>
const FIELD = {
  ...{ NAME: 0, DOB: 0, SEX: 0, POB: 0, ARN: 0, FBI: 0, SID: 0, OLN: 0, SOC: 0, MNU: 0, PPN: 0 },
} satisfies Record<Field, 0>
const GRADES = Object.keys(GRADE) as readonly Grade[]
const FIELDS = Object.keys(FIELD) as readonly Field[]
/** Between two texts; what has it in itself goes whole. */
const BETWEEN = '\u001f'
/** In the place of a grade: the result is among the whole ones. */
const WHOLE = -1
const ARN_DIGITS = 9

/** Packs a batch. */
export function pack(results: readonly ReplyResult[]): Packed {
  const texts: string[] = []
  const numbers: number[] = []
  const whole: [number, ReplyResult][] = []
  results.forEach((result, i) => {
    const { grade, listed, provide, candidates } = result
    if (!isPlain(result)) {
      whole.push([i, result])
      numbers.push(WHOLE)
      return
    }
    numbers.push(GRADES.indexOf(grade), listed, provide.length, candidates.length)
    texts.push(...provide)
    for (const { arn, score, bits, file, line, why } of candidates) {
      numbers.push(Number(arn), score, bits, line, why.length)
      texts.push(file)
      for (const each of why) {
        numbers.push(FIELDS.indexOf(each.field), each.bits)
        texts.push(each.asked, each.held, each.relation)
      }
    }
  })
  return { text: texts.join(BETWEEN), numbers: Float64Array.from(numbers), whole }
}

function isPlain({ provide, candidates }: ReplyResult): boolean {
  const fits = (text: string): boolean => !text.includes(BETWEEN)
  return (
    provide.every(fits) &&
    candidates.every(
      ({ arn, file, person, why }) =>
        person === undefined &&
        arn.length === ARN_DIGITS &&
        fits(file) &&
        why.every(({ asked, held, relation }) => fits(asked) && fits(held) && fits(relation)),
    )
  )
}

/** Unpacks a batch of so many results, whose evidence is put together when it is asked for. */
export function unpack({ text, numbers, whole }: Packed, count: number): ReplyResult[] {
  const texts = text.split(BETWEEN)
  const others = new Map(whole)
  const results: ReplyResult[] = []
  let [n, t] = [0, 0]
  for (let i = 0; i < count; i++) {
    const other = others.get(i)
    if (other) {
      n++
      results.push(other)
      continue
    }
    const [grade = 0, listed = 0, provided = 0, many = 0] = numbers.subarray(n, n + 4)
    const provide = texts.slice(t, t + provided)
    n += 4
    t += provided
    const candidates: ReplyCandidate[] = []
    for (let j = 0; j < many; j++) {
      const candidate = new UnpackedCandidate(numbers, n, texts, t)
      candidates.push(candidate)
      n += 5 + candidate.pieces * 2
      t += 1 + candidate.pieces * 3
    }
    results.push({ grade: GRADES[grade] ?? 'NONE', listed, provide, candidates })
  }
  return results
}

class UnpackedCandidate implements ReplyCandidate {
  readonly arn: Arn
  readonly score: number
  readonly bits: number
  readonly file: string
  readonly line: number
  /** Pieces of evidence. */
  readonly pieces: number
  #why: readonly Evidence[] | undefined

  constructor(
    private readonly numbers: Float64Array,
    private readonly n: number,
    private readonly texts: readonly string[],
    private readonly t: number,
  ) {
    this.arn = String(numbers[n]).padStart(ARN_DIGITS, '0') as Arn
    this.score = numbers[n + 1] ?? 0
    this.bits = numbers[n + 2] ?? 0
    this.line = numbers[n + 3] ?? 0
    this.pieces = numbers[n + 4] ?? 0
    this.file = texts[t] ?? ''
  }

  get why(): readonly Evidence[] {
    this.#why ??= Array.from({ length: this.pieces }, (_, i) => this.#piece(i))
    return this.#why
  }

  #piece(i: number): Evidence {
    const { numbers, texts } = this
    const [n, t] = [this.n + 5 + i * 2, this.t + 1 + i * 3]
    return {
      field: FIELDS[numbers[n] ?? 0] ?? 'NAME',
      asked: texts[t] ?? '',
      held: texts[t + 1] ?? '',
      relation: texts[t + 2] ?? '',
      bits: numbers[n + 1] ?? 0,
    }
  }
}
