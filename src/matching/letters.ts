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
/** More than any two words cost. */
const BEYOND = 1 << 29

/**
 * The table of `letters.csv`, ready for use. Bits are turned into costs: what two letters side by side are worth less
 * than each beside itself, both counted in half. No cost is below zero, so that two words are known to be too unlike as
 * soon as every way to lay a beginning of the one beside the other costs more than the whole may.
 */
export class Letters {
  /** Twice the bits of each letter beside itself, shared between its two places. */
  readonly #own = new Int32Array(WIDTH)
  /** Twice the cost of two letters side by side, of one alone, and of the second of two. */
  readonly #costs = new Int32Array(WIDTH * WIDTH)
  readonly #alone = new Int32Array(WIDTH)
  readonly #second = new Int32Array(WIDTH)
  /** The least that a letter alone costs. */
  readonly #least: number
  /** The word that was read last, which nobody changes, and what it is worth beside itself. */
  #last: Codes | undefined
  #ownA = 0
  readonly #codesA = new Int32Array(LONGEST)
  readonly #codesB = new Int32Array(LONGEST)
  readonly #aloneA = new Int32Array(LONGEST)
  readonly #aloneB = new Int32Array(LONGEST)
  readonly #row = new Int32Array(LONGEST + 2)

  constructor(bits: LetterBits) {
    const table = tableOf(bits)
    const double = Math.round((bits.get('=') ?? DIFFERENT) * FINE)
    for (let a = 0; a < WIDTH; a++) this.#own[a] = table[a * WIDTH + a] ?? 0
    for (let a = 0; a < WIDTH; a++) {
      const own = this.#own[a] ?? 0
      for (let b = 0; b < WIDTH; b++)
        this.#costs[a * WIDTH + b] = own + (this.#own[b] ?? 0) - 2 * (table[a * WIDTH + b] ?? 0)
      this.#alone[a] = own - 2 * (table[a * WIDTH + NOTHING] ?? 0)
      this.#second[a] = own - 2 * double
    }
    const gaps = [...this.#alone, ...this.#second].filter((_, i) => i % WIDTH !== NOTHING)
    // A table in which a change is worth more than no change has no bound.
    this.#least = [...this.#costs].some((each) => each < 0) ? 0 : Math.max(0, Math.min(...gaps))
  }

  /** 1 for the same word, 0 where as much speaks for one name as against it, -1 at the least. The same both ways. */
  likeness(one: string, other: string): number {
    return one === other ? 1 : this.likenessOf(codesOf(one), codesOf(other))
  }

  /** As {@link likeness}, of two words that differ; the letters of the first stay what they are. */
  likenessOf(a: Codes, b: Codes): number {
    if (a.length === 0 || b.length === 0) return UNLIKE
    const own = this.#read(a, b)
    const cost = this.#align(Math.min(a.length, LONGEST), Math.min(b.length, LONGEST), BEYOND - 1)
    return Math.min(1, Math.max(UNLIKE, (own - cost) / own))
  }

  /** Whether {@link likenessOf} is `least` or more: quick to say no. */
  areAlike(a: Codes, b: Codes, least: number): boolean {
    if (a.length === 0 || b.length === 0) return UNLIKE >= least
    const own = this.#read(a, b)
    const most = Math.floor((1 - least) * own)
    return this.#align(Math.min(a.length, LONGEST), Math.min(b.length, LONGEST), most) <= most
  }

  /** Reads two words; what both are worth beside themselves. */
  #read(a: Codes, b: Codes): number {
    // One word of a query is compared with hundreds.
    if (a !== this.#last) {
      this.#last = a
      this.#ownA = this.#readWord(a, this.#codesA, this.#aloneA)
    }
    return this.#ownA + this.#readWord(b, this.#codesB, this.#aloneB)
  }

  /** Puts a word's codes and what each letter costs alone where {@link #align} finds them; its bits beside itself. */
  #readWord(word: Codes, into: Int32Array, alone: Int32Array): number {
    const { codes, from } = word
    const length = Math.min(word.length, LONGEST)
    let sum = 0
    let before = -1
    for (let i = 0; i < length; i++) {
      const code = codeOf(codes[from + i] ?? 0)
      into[i] = code
      // The second of two costs little.
      alone[i] = code === before ? (this.#second[code] ?? 0) : (this.#alone[code] ?? 0)
      sum += this.#own[code] ?? 0
      before = code
    }
    return sum
  }

  /** The cost of the cheapest way to lay one word beside the other; any number above `most` where it is more. */
  #align(height: number, width: number, most: number): number {
    const [costs, codes, alone, row] = [this.#costs, this.#codesB, this.#aloneB, this.#row]
    // Letters that are `apart` places off leave as many alone, and as many again on the way back.
    const apart = width - height
    const gaps = this.#least > 0 ? Math.floor(most / this.#least) : BEYOND
    const spare = (gaps - Math.abs(apart)) >> 1
    if (spare < 0) return BEYOND
    const right = Math.min(width, spare + Math.max(0, apart))
    const left = Math.min(height, spare + Math.max(0, -apart))
    row[0] = 0
    for (let j = 0; j < right; j++) row[j + 1] = (row[j] ?? 0) + (alone[j] ?? 0)
    for (let i = 1; i <= height; i++) {
      const of = (this.#codesA[i - 1] ?? 0) * WIDTH
      const without = this.#aloneA[i - 1] ?? 0
      const from = i > left ? i - left : 1
      let to = i + right
      if (to > width) to = width
      else row[to] = BEYOND
      let corner: number = row[from - 1] ?? 0
      let last: number = i > left ? BEYOND : corner + without
      row[from - 1] = last
      let least = last
      for (let j = from; j <= to; j++) {
        const above = row[j] ?? 0
        const code = codes[j - 1] ?? 0
        // Which is the less is as good as random: branches would be guessed wrong half the time, and cost three times this.
        const beside = corner + (costs[of + code] ?? 0) - above - without
        const gap = last + (alone[j - 1] ?? 0)
        const off = above + without + (beside & (beside >> 31)) - gap
        last = gap + (off & (off >> 31))
        corner = above
        row[j] = last
        const under = last - least
        least += under & (under >> 31)
      }
      if (least > most && this.#least > 0) return BEYOND
    }
    return row[width] ?? 0
  }
}

/** The bits of two letters side by side in thousandths, either way round. */
function tableOf(bits: LetterBits): Int32Array {
  const table = new Int32Array(WIDTH * WIDTH).fill(DIFFERENT * FINE)
  for (let each = 0; each <= OTHER; each++) table[each * WIDTH + each] = SAME * FINE
  for (const [pair, value] of bits) {
    if (pair === '=') continue
    const a = codeOf(pair.charCodeAt(0))
    const b = pair.length > 1 ? codeOf(pair.charCodeAt(1)) : NOTHING
    table[a * WIDTH + b] = Math.round(value * FINE)
    table[b * WIDTH + a] = Math.round(value * FINE)
  }
  return table
}
