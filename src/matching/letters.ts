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
  readonly #codesA = new Int32Array(LONGEST)
  readonly #codesB = new Int32Array(LONGEST)
  readonly #aloneA = new Float64Array(LONGEST)
  readonly #aloneB = new Float64Array(LONGEST)
  readonly #row = new Float64Array(LONGEST + 1)

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
  likeness(one: string, other: string): number {
    if (one === other) return 1
    // In a fixed order, since sums of fractions depend on it.
    const [a, b] = one < other ? [one, other] : [other, one]
    if (a.length === 0 || b.length === 0) return UNLIKE
    const [ownA, ownB] = [
      this.#read(a, this.#codesA, this.#aloneA),
      this.#read(b, this.#codesB, this.#aloneB),
    ]
    const both = this.#align(Math.min(a.length, LONGEST), Math.min(b.length, LONGEST))
    return Math.max(UNLIKE, (2 * both) / (ownA + ownB))
  }

  /** Puts a word's codes and what each letter is worth alone where {@link #align} finds them; its bits beside itself. */
  #read(word: string, codes: Int32Array, alone: Float64Array): number {
    let sum = 0
    let before = -1
    for (let i = 0; i < Math.min(word.length, LONGEST); i++) {
      const code = codeOf(word, i)
      codes[i] = code
      // The second of two costs little.
      alone[i] = code === before ? this.#double : (this.#bits[code * WIDTH + NOTHING] ?? 0)
      sum += this.#bits[code * WIDTH + code] ?? 0
      before = code
    }
    return sum
  }

  /** Bits of the best way to lay one word beside the other. */
  #align(height: number, width: number): number {
    const [codes, alone] = [this.#codesB, this.#aloneB]
    const row = this.#row
    row[0] = 0
    for (let j = 0; j < width; j++) row[j + 1] = (row[j] ?? 0) + (alone[j] ?? 0)
    for (let i = 0; i < height; i++) {
      const of = (this.#codesA[i] ?? 0) * WIDTH
      const without = this.#aloneA[i] ?? 0
      let corner: number = row[0] ?? 0
      let last: number = corner + without
      row[0] = last
      for (let j = 0; j < width; j++) {
        const above = row[j + 1] ?? 0
        let best = corner + (this.#bits[of + (codes[j] ?? 0)] ?? 0)
        if (above + without > best) best = above + without
        if (last + (alone[j] ?? 0) > best) best = last + (alone[j] ?? 0)
        corner = above
        last = best
        row[j + 1] = best
      }
    }
    return row[width] ?? 0
  }
}
