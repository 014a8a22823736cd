import { createHash } from 'node:crypto'
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

/** The hash of a batch: it covers the batch before, so that nothing can be changed, put in, taken out or moved. */
export function chainHash(previous: Buffer, ...parts: readonly Buffer[]): Buffer {
  const hash = createHash('sha256').update(previous)
  for (const part of parts) hash.update(part)
  return hash.digest()
}
