/** How likely two words are spellings of one name, by what each letter becomes in other spellings. */

import { type Codes, codesOf } from './strings.js'

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

const codeOf = (code: number): number => (code >= 65 && code < 65 + LETTERS ? code - 65 : OTHER)

/** Sums are of whole thousandths of bits: the same whichever way they are made, and quicker than of fractions. */
const FINE = 1000

/** The table of `letters.csv`, ready for use. */
export class Letters {
  readonly #bits = new Int32Array(WIDTH * WIDTH).fill(DIFFERENT * FINE)
  readonly #double: number
  /** The word that was read last, which nobody changes, and what it is worth beside itself. */
  #last: Codes | undefined
  #ownA = 0
  readonly #codesA = new Int32Array(LONGEST)
  readonly #codesB = new Int32Array(LONGEST)
  readonly #aloneA = new Int32Array(LONGEST)
  readonly #aloneB = new Int32Array(LONGEST)
  readonly #row = new Int32Array(LONGEST + 1)

  constructor(bits: LetterBits) {
    for (let each = 0; each <= OTHER; each++) this.#bits[each * WIDTH + each] = SAME * FINE
    this.#double = Math.round((bits.get('=') ?? DIFFERENT) * FINE)
    for (const [pair, value] of bits) {
      if (pair === '=') continue
      const a = codeOf(pair.charCodeAt(0))
      const b = pair.length > 1 ? codeOf(pair.charCodeAt(1)) : NOTHING
      this.#bits[a * WIDTH + b] = Math.round(value * FINE)
      this.#bits[b * WIDTH + a] = Math.round(value * FINE)
    }
  }

  /** 1 for the same word, 0 where as much speaks for one name as against it, -1 at the least. The same both ways. */
  likeness(one: string, other: string): number {
    return one === other ? 1 : this.likenessOf(codesOf(one), codesOf(other))
  }

  /** As {@link likeness}, of two words that differ; the letters of the first stay what they are. */
  likenessOf(a: Codes, b: Codes): number {
    if (a.length === 0 || b.length === 0) return UNLIKE
    // One word of a query is compared with hundreds.
    if (a !== this.#last) {
      this.#last = a
      this.#ownA = this.#read(a, this.#codesA, this.#aloneA)
    }
    const own = this.#ownA + this.#read(b, this.#codesB, this.#aloneB)
    const both = this.#align(Math.min(a.length, LONGEST), Math.min(b.length, LONGEST))
    return Math.min(1, Math.max(UNLIKE, (2 * both) / own))
  }

  /** Puts a word's codes and what each letter is worth alone where {@link #align} finds them; its bits beside itself. */
  #read(word: Codes, into: Int32Array, alone: Int32Array): number {
    const { codes, from } = word
    const length = Math.min(word.length, LONGEST)
    let sum = 0
    let before = -1
    for (let i = 0; i < length; i++) {
      const code = codeOf(codes[from + i] ?? 0)
      into[i] = code
      // The second of two costs little.
      alone[i] = code === before ? this.#double : (this.#bits[code * WIDTH + NOTHING] ?? 0)
      sum += this.#bits[code * WIDTH + code] ?? 0
      before = code
    }
    return sum
  }

  /** Bits of the best way to lay one word beside the other. */
  #align(height: number, width: number): number {
    const [bits, codes, alone, row] = [this.#bits, this.#codesB, this.#aloneB, this.#row]
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
        let best = corner + (bits[of + (codes[j] ?? 0)] ?? 0)
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
