/** How likely two words are spellings of one name, by what each letter becomes in other spellings. */

const LETTERS = 26
/** The place of "no letter" in the table, and of whatever is no letter A-Z. */
const NOTHING = LETTERS
const OTHER = LETTERS + 1
const WIDTH = LETTERS + 2
const LONGEST = 32
/** What a digit or a letter that training never saw is worth beside itself and beside another. */
const SAME = 3
const DIFFERENT = -6
/** Nothing in common; what it says of longer words is no less than this. */
const UNLIKE = -1

/**
 * Bits that a pair of letters speaks for one name, by the letters: `AE` for A that became E, `A` for one left out or
 * put in, `=` for one written twice.
 */
export type LetterBits = ReadonlyMap<string, number>

const codeOf = (text: string, at: number): number => {
  const code = text.charCodeAt(at) - 65
  return code >= 0 && code < LETTERS ? code : OTHER
}

/** The table of `letters.csv`, ready for use. */
export class Letters {
  readonly #bits = new Float64Array(WIDTH * WIDTH).fill(DIFFERENT)
  readonly #double: number
  #last = new Float64Array(LONGEST + 1)
  #row = new Float64Array(LONGEST + 1)

  constructor(bits: LetterBits) {
    for (let each = 0; each <= OTHER; each++) this.#bits[each * WIDTH + each] = SAME
    this.#double = bits.get('=') ?? DIFFERENT
    for (const [pair, value] of bits) {
      if (pair === '=') continue
      const [a, b] = [codeOf(pair, 0), pair.length > 1 ? codeOf(pair, 1) : NOTHING]
      this.#bits[a * WIDTH + b] = value
      this.#bits[b * WIDTH + a] = value
    }
  }

  /** 1 for the same word, 0 where as much speaks for one name as against it, -1 at the least. The same both ways. */
  likeness(a: string, b: string): number {
    if (a === b) return 1
    if (a.length === 0 || b.length === 0) return UNLIKE
    return Math.max(UNLIKE, (2 * this.#align(a, b)) / (this.#own(a) + this.#own(b)))
  }

  #own(word: string): number {
    let sum = 0
    for (let i = 0; i < Math.min(word.length, LONGEST); i++) {
      const code = codeOf(word, i)
      sum += this.#bits[code * WIDTH + code] ?? 0
    }
    return sum
  }

  /** Bits of the best way to lay one word beside the other. */
  #align(a: string, b: string): number {
    const width = Math.min(b.length, LONGEST)
    let [last, row] = [this.#last, this.#row]
    last[0] = 0
    for (let j = 1; j <= width; j++) last[j] = (last[j - 1] ?? 0) + this.#alone(b, j - 1)
    for (let i = 0; i < Math.min(a.length, LONGEST); i++) {
      const of = codeOf(a, i) * WIDTH
      const without = this.#alone(a, i)
      row[0] = (last[0] ?? 0) + without
      for (let j = 0; j < width; j++) {
        const both = (last[j] ?? 0) + (this.#bits[of + codeOf(b, j)] ?? 0)
        const one = Math.max((last[j + 1] ?? 0) + without, (row[j] ?? 0) + this.#alone(b, j))
        row[j + 1] = Math.max(both, one)
      }
      ;[last, row] = [row, last]
    }
    return last[width] ?? 0
  }

  /** A letter without a counterpart; the second of two costs little. */
  #alone(word: string, at: number): number {
    const code = codeOf(word, at)
    if (at > 0 && word.charCodeAt(at) === word.charCodeAt(at - 1)) return this.#double
    return this.#bits[code * WIDTH + NOTHING] ?? 0
  }
}
