import { createHash, createHmac } from 'node:crypto'
import * as zlib from 'node:zlib'

const table = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n
  for (let bit = 0; bit < 8; bit++) c = c & 1 ? (c >>> 1) ^ 0xedb88320 : c >>> 1
  return c >>> 0
})

function tableCrc32(bytes: Uint8Array): number {
  let c = 0xffffffff
  for (const byte of bytes) c = (table[(c ^ byte) & 0xff] ?? 0) ^ (c >>> 8)
  return (c ^ 0xffffffff) >>> 0
}

/** CRC-32 as zlib computes it; Node before 20.15 doesn't export it. */
export const crc32: (bytes: Uint8Array) => number =
  (zlib as { crc32?: (bytes: Uint8Array) => number }).crc32 ?? tableCrc32

/** Bytes of a hash of the chain. */
export const HASH_BYTES = 32
/** What the first thing of a chain follows. */
export const GENESIS: Buffer = Buffer.alloc(HASH_BYTES)

/**
 * The hash chain over everything in the journal: each hash covers the one before, so that nothing can be changed, put
 * in, taken out or moved. With a key, whoever doesn't have it can't make the hashes anew.
 */
export class Chain {
  readonly #key: Buffer | undefined

  constructor(key?: Buffer) {
    this.#key = key
  }

  get keyed(): boolean {
    return this.#key !== undefined
  }

  link(previous: Buffer, ...parts: readonly Buffer[]): Buffer {
    const hash = this.#key ? createHmac('sha256', this.#key) : createHash('sha256')
    hash.update(previous)
    for (const part of parts) hash.update(part)
    return hash.digest()
  }
}
