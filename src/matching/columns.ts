/** Growing columns of numbers in typed arrays, and hashes. */

/** A column of 32-bit numbers. */
export class Column {
  data: Int32Array
  length = 0

  /** @param room numbers before it grows first. */
  constructor(room = 1024) {
    this.data = new Int32Array(room)
  }

  push(value: number): number {
    if (this.length === this.data.length) this.room(1)
    this.data[this.length] = value
    return this.length++
  }

  /** Makes room for so many numbers more. @returns the place where they may go, of which {@link length} isn't told. */
  room(count: number): Int32Array {
    if (this.length + count > this.data.length) {
      const larger = new Int32Array(Math.max(this.data.length * 2, this.length + count))
      larger.set(this.data)
      this.data = larger
    }
    return this.data.subarray(this.length)
  }

  append(numbers: Int32Array): void {
    this.room(numbers.length).set(numbers)
    this.length += numbers.length
  }
}

export const HASH_SEED = 0x811c9dc5 | 0
export const HASH_FACTOR = 0x01000193

/** FNV-1a over the characters of a text. */
export function hashText(text: string, seed = HASH_SEED): number {
  let hash = seed
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), HASH_FACTOR)
  return hash
}

/** The same over some letters. */
export function hashCodes(codes: Uint8Array, from: number, length: number, seed: number): number {
  let hash = seed
  for (let i = from; i < from + length; i++) hash = Math.imul(hash ^ (codes[i] ?? 0), HASH_FACTOR)
  return hash
}

/** One key of two numbers, in their order. */
export function mix(a: number, b: number): number {
  let hash = Math.imul(a ^ (a >>> 15), 0x85ebca6b) ^ Math.imul(b, 0xc2b2ae35)
  hash = Math.imul(hash ^ (hash >>> 13), 0x27d4eb2f)
  return (hash ^ (hash >>> 16)) | 0
}
