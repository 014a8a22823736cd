/** Growing columns of numbers in typed arrays, and chains of them under hashed keys. */

/** A column of 32-bit numbers. */
export class Column {
  data: Int32Array
  length = 0

  /** @param room numbers before it grows first. */
  constructor(room = 1024) {
    this.data = new Int32Array(room)
  }

  push(value: number): number {
    if (this.length === this.data.length) {
      const larger = new Int32Array(this.data.length * 2)
      larger.set(this.data)
      this.data = larger
    }
    this.data[this.length] = value
    return this.length++
  }
}

/**
 * Values under 32-bit keys, newest first: a hash table of keys, each with a chain of its own, so that a rare key
 * never walks the chain of a common one. Keys are hashes: two things with one hash share a chain, which costs a
 * candidate too many now and then and no answer, since every candidate is scored.
 */
export class Chains {
  #mask = (1 << 12) - 1
  #keys = new Int32Array(1 << 12)
  #heads = new Int32Array(1 << 12).fill(-1)
  #sizes = new Int32Array(1 << 12)
  #used = 0
  readonly #next = new Column()
  readonly #values = new Column()

  add(key: number, value: number): void {
    if (this.#used * 2 > this.#mask) this.#grow()
    const slot = this.#slot(key | 0)
    const head = this.#heads[slot] ?? -1
    if (head < 0) {
      this.#keys[slot] = key
      this.#used++
    }
    this.#sizes[slot] = (this.#sizes[slot] ?? 0) + 1
    this.#next.push(head)
    this.#heads[slot] = this.#values.push(value)
  }

  /** How many values a key has. */
  size(key: number): number {
    const slot = this.#slot(key | 0)
    return this.#heads[slot] === -1 ? 0 : (this.#sizes[slot] ?? 0)
  }

  /** Calls back with the values of a key until that returns false or `limit` is reached. @returns whether all came. */
  visit(key: number, limit: number, take: (value: number) => boolean): boolean {
    const [next, values] = [this.#next.data, this.#values.data]
    let left = limit
    for (let at = this.#heads[this.#slot(key | 0)] ?? -1; at >= 0; at = next[at] ?? -1) {
      if (left-- <= 0 || !take(values[at] ?? 0)) return false
    }
    return true
  }

  /** The slot of a key, or the empty one that would be. */
  #slot(key: number): number {
    let slot = (Math.imul(key ^ (key >>> 16), 0x9e3779b1) >>> 3) & this.#mask
    while (this.#heads[slot] !== -1 && this.#keys[slot] !== key) slot = (slot + 1) & this.#mask
    return slot
  }

  #grow(): void {
    const [keys, heads, sizes] = [this.#keys, this.#heads, this.#sizes]
    this.#keys = new Int32Array(keys.length * 2)
    this.#heads = new Int32Array(keys.length * 2).fill(-1)
    this.#sizes = new Int32Array(keys.length * 2)
    this.#mask = keys.length * 2 - 1
    for (let old = 0; old < keys.length; old++) {
      const head = heads[old] ?? -1
      if (head < 0) continue
      const slot = this.#slot(keys[old] ?? 0)
      this.#keys[slot] = keys[old] ?? 0
      this.#heads[slot] = head
      this.#sizes[slot] = sizes[old] ?? 0
    }
  }
}

/** FNV-1a over the characters of a text. */
export function hashText(text: string, seed = 0x811c9dc5): number {
  let hash = seed
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return hash | 0
}

/** One key of two numbers, in their order. */
export function mix(a: number, b: number): number {
  let hash = Math.imul(a ^ (a >>> 15), 0x85ebca6b) ^ Math.imul(b, 0xc2b2ae35)
  hash = Math.imul(hash ^ (hash >>> 13), 0x27d4eb2f)
  return (hash ^ (hash >>> 16)) | 0
}
