import { chainHash, crc32 } from './checksum.js'

/**
 * How a batch of records lies in a segment. All numbers are little-endian.
 *
 *   batch   0 magic 'IAQB' · 4 length of the body u32 · 8 records in it u32 · 12 reserved u32 · 16 sequence f64
 *           24 last sequence known to be on disk when this was written f64 · 32 chain hash (32 bytes) · 64 body
 *   record  0 length of the payload u32 · 4 CRC-32 of type and payload u32 · 8 type u8 · 9 payload
 *
 * The chain hash covers the hash of the batch before, the first 32 bytes of the header and the body.
 */
export const BATCH_HEADER = 64
export const RECORD_HEADER = 9
const MAGIC = Buffer.from('IAQB')
const HASH_AT = 32

export interface JournalRecord {
  readonly type: number
  readonly payload: Buffer
}

/** Lays records out as one batch. Returns the bytes and each record's place in them. */
export function encodeBatch(
  records: readonly JournalRecord[],
  sequence: number,
  durable: number,
  previous: Buffer,
): { bytes: Buffer; offsets: number[]; hash: Buffer } {
  let length = 0
  for (const record of records) length += RECORD_HEADER + record.payload.length
  const bytes = Buffer.allocUnsafe(BATCH_HEADER + length)
  bytes.set(MAGIC, 0)
  bytes.writeUInt32LE(length, 4)
  bytes.writeUInt32LE(records.length, 8)
  bytes.writeUInt32LE(0, 12)
  bytes.writeDoubleLE(sequence, 16)
  bytes.writeDoubleLE(durable, 24)
  const offsets: number[] = []
  let at = BATCH_HEADER
  for (const { type, payload } of records) {
    offsets.push(at)
    bytes.writeUInt32LE(payload.length, at)
    bytes[at + 8] = type
    payload.copy(bytes, at + RECORD_HEADER)
    bytes.writeUInt32LE(crc32(bytes.subarray(at + 8, at + RECORD_HEADER + payload.length)), at + 4)
    at += RECORD_HEADER + payload.length
  }
  const hash = chainHash(previous, bytes.subarray(0, HASH_AT), bytes.subarray(BATCH_HEADER))
  hash.copy(bytes, HASH_AT)
  return { bytes, offsets, hash }
}

export interface BatchHeader {
  readonly length: number
  readonly sequence: number
  readonly durable: number
  readonly hash: Buffer
}

/** The header at a place, or undefined where none stands there. */
export function readBatchHeader(bytes: Buffer, at: number): BatchHeader | undefined {
  if (at + BATCH_HEADER > bytes.length || MAGIC.compare(bytes, at, at + 4) !== 0) return undefined
  return {
    length: bytes.readUInt32LE(at + 4),
    sequence: bytes.readDoubleLE(at + 16),
    durable: bytes.readDoubleLE(at + 24),
    hash: bytes.subarray(at + HASH_AT, at + BATCH_HEADER),
  }
}

/** Whether a batch that begins at a place is whole and follows the batch with this hash. */
export function isWholeBatch(bytes: Buffer, at: number, header: BatchHeader, previous: Buffer): boolean {
  const end = at + BATCH_HEADER + header.length
  if (end > bytes.length) return false
  const body = bytes.subarray(at + BATCH_HEADER, end)
  return chainHash(previous, bytes.subarray(at, at + HASH_AT), body).equals(header.hash)
}

/** The next place where a batch's first bytes stand, or -1. */
export function nextBatch(bytes: Buffer, from: number): number {
  return bytes.indexOf(MAGIC, from)
}

/** Reads the record at a place; a text where it is damaged. */
export function readRecord(bytes: Buffer, at: number): JournalRecord | string {
  if (at + RECORD_HEADER > bytes.length) return 'ends within a record'
  const end = at + RECORD_HEADER + bytes.readUInt32LE(at)
  if (end > bytes.length) return 'ends within a record'
  if (crc32(bytes.subarray(at + 8, end)) !== bytes.readUInt32LE(at + 4))
    return 'checksum of a record is wrong'
  return { type: bytes[at + 8] ?? 0, payload: bytes.subarray(at + RECORD_HEADER, end) }
}
