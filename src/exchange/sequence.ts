const BITS = 10
const SIZE = 1 << BITS

interface Chunk<T> {
  readonly items: (T | undefined)[]
  live: number
}

/**
 * Things by numbers that are given one after the other and, mostly, taken away in that order. A map would be made anew
 * again and again as its entries come and go; here a thousand neighbours share an array.
 */
export class Sequence<T> {
  readonly #chunks = new Map<number, Chunk<T>>()
  #size = 0

  get size(): number {
    return this.#size
  }

  get(id: number): T | undefined {
    return this.#chunks.get(Math.floor(id / SIZE))?.items[id % SIZE]
  }

  has(id: number): boolean {
    return this.get(id) !== undefined
  }

  set(id: number, item: T): void {
    const number = Math.floor(id / SIZE)
    let chunk = this.#chunks.get(number)
    if (!chunk) {
      chunk = { items: new Array<T | undefined>(SIZE).fill(undefined), live: 0 }
      this.#chunks.set(number, chunk)
    }
    if (chunk.items[id % SIZE] === undefined) {
      chunk.live++
      this.#size++
    }
    chunk.items[id % SIZE] = item
  }

  delete(id: number): boolean {
    const number = Math.floor(id / SIZE)
    const chunk = this.#chunks.get(number)
    if (chunk?.items[id % SIZE] === undefined) return false
    chunk.items[id % SIZE] = undefined
    chunk.live--
    this.#size--
    if (chunk.live === 0) this.#chunks.delete(number)
    return true
  }

  /** In the order in which their neighbourhoods were first used, which is nearly that of their numbers. */
  *values(): Generator<T> {
    for (const { items } of this.#chunks.values())
      for (const item of items) if (item !== undefined) yield item
  }
}
