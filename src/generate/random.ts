/**
 * Chance from whole numbers alone: 32-bit integer arithmetic and exact division, which every engine does alike, so
 * that a seed makes the same bytes on any machine.
 */

/** Scatters a 32-bit number; different numbers give different results. */
export function mix(value: number): number {
  let z = value | 0
  z = Math.imul(z ^ (z >>> 16), 0x21f0aaad)
  z = Math.imul(z ^ (z >>> 15), 0x735a2d97)
  return z ^ (z >>> 15)
}

/** Two 32-bit numbers of a seed's text, so that a seed may be a number or a word. */
export function seedWords(seed: number | string): readonly [number, number] {
  let a = 0x811c9dc5
  let b = 0x2545f491
  for (const char of String(seed)) {
    const code = char.codePointAt(0) ?? 0
    a = Math.imul(a ^ code, 0x01000193)
    b = mix(b + code)
  }
  return [mix(a), b]
}

/** xoroshiro64**, begun anew for each person: person i owes nothing to those before. */
export class Random {
  readonly #seed: readonly [number, number]
  #a = 1
  #b = 0

  constructor(seed: readonly [number, number]) {
    this.#seed = seed
  }

  /** Both words differ between any two persons of a seed; with one alone, some of a million would be twins. */
  start(index: number): void {
    this.#a = mix(index ^ this.#seed[0])
    this.#b = mix(Math.imul(index, 0x9e3779b1) + this.#seed[1])
    if ((this.#a | this.#b) === 0) this.#a = 1
    this.next()
  }

  /** 0 to 2^32 - 1. */
  next(): number {
    const a = this.#a
    const product = Math.imul(a, 0x9e3779bb)
    const result = Math.imul((product << 5) | (product >>> 27), 5)
    const b = this.#b ^ a
    this.#a = ((a << 26) | (a >>> 6)) ^ b ^ (b << 9)
    this.#b = (b << 13) | (b >>> 19)
    return result >>> 0
  }

  /** 0 to n - 1. */
  below(n: number): number {
    return Math.floor((this.next() * n) / 0x1_0000_0000)
  }

  /** Whether something comes about that does so often in a thousand. */
  chance(perMille: number): boolean {
    return this.below(1000) < perMille
  }

  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)] as T
  }
}

const GUIDE_BITS = 8

/** Chooses among items by whole weights. A guide by the first bits of the draw leaves a step or two to search. */
export class Table<T> {
  readonly #items: readonly T[]
  readonly #ends: Uint32Array
  readonly #guide = new Uint16Array(1 << GUIDE_BITS)
  readonly #total: number

  /** @param weights whole numbers with a sum below 2^32 */
  constructor(items: readonly T[], weights: readonly number[]) {
    this.#items = items
    this.#ends = new Uint32Array(items.length)
    let sum = 0
    for (let i = 0; i < items.length; i++) {
      sum += weights[i] ?? 0
      this.#ends[i] = sum
    }
    this.#total = sum
    let at = 0
    for (let bucket = 0; bucket < this.#guide.length; bucket++) {
      const least = Math.floor((bucket * sum) / this.#guide.length)
      while ((this.#ends[at] as number) <= least) at++
      this.#guide[bucket] = at
    }
  }

  draw(random: Random): T {
    const draw = random.next()
    const point = Math.floor((draw * this.#total) / 0x1_0000_0000)
    let at = this.#guide[draw >>> (32 - GUIDE_BITS)] as number
    while ((this.#ends[at] as number) <= point) at++
    return this.#items[at] as T
  }
}

/** How fast shares fall with rank: 1/(rank + head). */
export function byRank<T>(items: readonly T[], head: number): Table<T> {
  return new Table(items, rankWeights(items.length, head))
}

export function rankWeights(count: number, head: number): number[] {
  return Array.from({ length: count }, (_, rank) => Math.floor(10_000_000 / (rank + 1 + head)))
}

const HALF = 14
const HALF_MASK = (1 << HALF) - 1
/** Numbers that a permutation can order. */
export const PERMUTED = 1 << (2 * HALF)

/** Puts 0 to 2^28 - 1 into an order of the key's own, each number once: a Feistel network of four rounds. */
export class Permutation {
  readonly #keys: readonly number[]

  constructor(key: number) {
    this.#keys = [1, 2, 3, 4].map((round) => mix(key + Math.imul(round, 0x9e3779b9)))
  }

  /** The `index`th of the numbers from `first` to `end` - 1: one outside is sent on until it comes to one inside. */
  at(index: number, first: number, end: number): number {
    let value = index + first
    do value = this.#once(value)
    while (value < first || value >= end)
    return value
  }

  #once(value: number): number {
    let left = value >>> HALF
    let right = value & HALF_MASK
    for (const key of this.#keys) {
      const next = left ^ (mix(right ^ key) & HALF_MASK)
      left = right
      right = next
    }
    return (left << HALF) | right
  }
}
