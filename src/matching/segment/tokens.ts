import { Column, HASH_SEED, hashCodes } from '../columns.js'

/** Tokens numbered from 1 by their first appearance, found by the bytes of their letters. */
export class TokenTable {
  #codes = new Uint8Array(1 << 16)
  /** Where each token begins, and the end of the last. */
  readonly #starts = new Column()
  #odd = new Uint8Array(1 << 12)
  #slots = new Int32Array(1 << 12)
  #size = 1
  #given = 1

  /** @param odd tokens that {@link isOdd} tells. */
  constructor(private readonly odd: (text: string) => boolean) {
    this.#starts.push(0)
    this.#starts.push(0)
  }

  isOdd(token: number): boolean {
    return this.#odd[token] === 1
  }

  /** The number of a token of A-Z and digits. */
  ofText(text: string): number {
    const codes = Buffer.from(text, 'latin1')
    return this.ofBytes(codes, 0, codes.length, hashCodes(codes, 0, codes.length, HASH_SEED))
  }

  /** @param hash of the bytes, as `hashCodes` has it. */
  ofBytes(bytes: Uint8Array, from: number, length: number, hash: number): number {
    const mask = this.#slots.length - 1
    let slot = spread(hash) & mask
    for (let token = this.#slots[slot] ?? 0; token > 0; token = this.#slots[slot] ?? 0) {
      if (this.#is(token, bytes, from, length)) return token
      slot = (slot + 1) & mask
    }
    const token = this.#put(bytes, from, length)
    this.#slots[slot] = token
    if (this.#size * 2 > this.#slots.length) this.#grow()
    return token
  }

  /** Texts of the tokens that are new since the last call. */
  fresh(): string[] {
    const texts: string[] = []
    for (; this.#given < this.#size; this.#given++) texts.push(this.#text(this.#given))
    return texts
  }

  #put(bytes: Uint8Array, from: number, length: number): number {
    const token = this.#size++
    const at = this.#starts.data[token] ?? 0
    while (at + length > this.#codes.length) this.#codes = doubled(this.#codes)
    for (let i = 0; i < length; i++) this.#codes[at + i] = bytes[from + i] ?? 0
    this.#starts.push(at + length)
    if (token === this.#odd.length) this.#odd = doubled(this.#odd)
    this.#odd[token] = Number(this.odd(this.#text(token)))
    return token
  }

  #text(token: number): string {
    const { data } = this.#starts
    return Buffer.from(this.#codes.buffer).toString('latin1', data[token], data[token + 1])
  }

  #is(token: number, bytes: Uint8Array, from: number, length: number): boolean {
    const { data } = this.#starts
    const at = data[token] ?? 0
    if ((data[token + 1] ?? 0) - at !== length) return false
    for (let i = 0; i < length; i++) if (this.#codes[at + i] !== bytes[from + i]) return false
    return true
  }

  #grow(): void {
    this.#slots = new Int32Array(this.#slots.length * 4)
    const mask = this.#slots.length - 1
    const { data } = this.#starts
    for (let token = 1; token < this.#size; token++) {
      const from = data[token] ?? 0
      let slot = spread(hashCodes(this.#codes, from, (data[token + 1] ?? 0) - from, HASH_SEED)) & mask
      while (this.#slots[slot] !== 0) slot = (slot + 1) & mask
      this.#slots[slot] = token
    }
  }
}

const spread = (hash: number): number => Math.imul(hash ^ (hash >>> 15), 0x9e3779b1) >>> 5

function doubled(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(bytes.length * 2)
  larger.set(bytes)
  return larger
}
