/**
 * A source of whole numbers that is the same on every machine: seeded by a seed and a person's number, so that person
 * i is the same however many are made. 32-bit integer arithmetic alone (sfc32 over a splitmix start).
 */
export class Random {
  #a = 0
  #b = 0
  #c = 0
  #counter = 1

  /** Starts anew for one person. */
  reset(seed: number, index: number): void {
    let state = (Math.imul(seed | 0, 0x9e3779b1) ^ Math.imul(index | 0, 0x85ebca6b)) | 0
    const mix = (): number => {
      state = (state + 0x9e3779b9) | 0
      let z = state
      z = Math.imul(z ^ (z >>> 16), 0x21f0aaad)
      z = Math.imul(z ^ (z >>> 15), 0x735a2d97)
      return z ^ (z >>> 15)
    }
    this.#a = mix()
    this.#b = mix()
    this.#c = mix()
    this.#counter = 1
    for (let i = 0; i < 4; i++) this.next()
  }

  /** A number from 0 to 2^32 - 1. */
  next(): number {
    const t = (((this.#a + this.#b) | 0) + this.#counter) | 0
    this.#counter = (this.#counter + 1) | 0
    this.#a = this.#b ^ (this.#b >>> 9)
    this.#b = (this.#c + (this.#c << 3)) | 0
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + t) | 0
    return t >>> 0
  }

  /** A number from 0 to n - 1; n below 2^21, so that the product stays exact. */
  below(n: number): number {
    return Math.floor((this.next() * n) / 4_294_967_296)
  }

  /** Whether something happens that happens so often in a thousand. */
  chance(perMille: number): boolean {
    return this.below(1000) < perMille
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)] as T
  }
}

/** Chooses by weight: whole numbers, summed once. */
export class Weighted<T> {
  readonly #items: readonly T[]
  readonly #sums: number[] = []
  #total = 0

  constructor(items: readonly T[], weights: readonly number[]) {
    this.#items = items
    for (const weight of weights) {
      this.#total += weight
      this.#sums.push(this.#total)
    }
  }

  draw(random: Random): T {
    const at = random.below(this.#total)
    let low = 0
    let high = this.#sums.length - 1
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#sums[middle] ?? 0) > at) high = middle
      else low = middle + 1
    }
    return this.#items[low] as T
  }
}

/** Shares that fall with rank as names' do: 1 / (rank + 4), as whole numbers. */
export function byRank<T>(items: readonly T[]): Weighted<T> {
  return new Weighted(
    items,
    items.map((_, rank) => Math.floor(100_000 / (rank + 5))),
  )
}
