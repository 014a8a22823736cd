import { ByteWriter } from '../bytes/index.js'
import { type Chain, crc32 } from './checksum.js'

/**
 * How a batch of records lies in a segment. All numbers are little-endian.
 *
 *   batch   0 magic 'IAQB' · 4 length of the body u32 · 8 records in it u32 · 12 reserved u32 · 16 sequence f64
 *           24 last sequence known to be on disk when this was written f64 · 32 chain hash (32 bytes) · 64 body
 *   record  0 length of the payload u32 · 4 CRC-32 of type and payload u32 · 8 type u8 · 9 payload
 *
 * The chain hash covers the hash of the batch before, the first 32 bytes of the header and the body. The first batch
 * of a segment covers the segment's header too.
 */
export const BATCH_HEADER = 64
export const RECORD_HEADER = 9
const MAGIC = Buffer.from('IAQB')
const HASH_AT = 32

/** A record as it is read back. */
export interface JournalRecord {
  readonly type: number
  readonly payload: Buffer
}

/** A record on its way in: its text, a byte a character (Latin-1). */
export interface RecordDraft {
  readonly type: number
  readonly text: string
}

/** Lays records out as a batch, in memory that is used again. */
export class BatchWriter {
  readonly #out = new ByteWriter(1 << 16)
  readonly #chain: Chain
  /** Where each record begins. */
  #offsets: number[] = []
  /** A record was begun and isn't whole. */
  #open = false

  constructor(chain: Chain) {
    this.#chain = chain
    this.#out.at = BATCH_HEADER
  }

  /** Records in the batch. */
  get count(): number {
    return this.#offsets.length
  }

  /** Bytes of the batch as it is. */
  get length(): number {
    return this.#out.at
  }

  /** Begins a record; what is written until {@link end} is its payload. */
  begin(type: number): ByteWriter {
    this.drop()
    this.#open = true
    const out = this.#out
    this.#offsets.push(out.at)
    out.reserve(RECORD_HEADER)
    out.buffer[out.at + 8] = type
    out.at += RECORD_HEADER
    return out
  }

  /** Leaves out the record that was begun and isn't whole, where there is one. */
  drop(): void {
    if (!this.#open) return
    this.#open = false
    this.#out.at = this.#offsets.pop() ?? BATCH_HEADER
  }

  /** The record that was begun last is whole. */
  end(): void {
    this.#open = false
    const { buffer, at } = this.#out
    const start = this.#offsets[this.#offsets.length - 1] ?? BATCH_HEADER
    const length = at - start - RECORD_HEADER
    buffer[start] = length & 255
    buffer[start + 1] = (length >>> 8) & 255
    buffer[start + 2] = (length >>> 16) & 255
    buffer[start + 3] = length >>> 24
    buffer.writeUInt32LE(crc32(buffer.subarray(start + 8, at)), start + 4)
  }

  add({ type, text }: RecordDraft): void {
    this.begin(type).text(text)
    this.end()
  }

  /** Closes the batch: its bytes, good until the next record, and its hash. It can be closed again otherwise. */
  close(sequence: number, durable: number, previous: Buffer): { bytes: Buffer; hash: Buffer } {
    this.drop()
    const bytes = this.#out.buffer.subarray(0, this.#out.at)
    bytes.set(MAGIC, 0)
    bytes.writeUInt32LE(bytes.length - BATCH_HEADER, 4)
    bytes.writeUInt32LE(this.#offsets.length, 8)
    bytes.writeUInt32LE(0, 12)
    bytes.writeDoubleLE(sequence, 16)
    bytes.writeDoubleLE(durable, 24)
    const hash = this.#chain.link(previous, bytes.subarray(0, HASH_AT), bytes.subarray(BATCH_HEADER))
    hash.copy(bytes, HASH_AT)
    return { bytes, hash }
  }

  /** Begins the next batch. @returns where each record of this one began. */
  clear(): number[] {
    const offsets = this.#offsets
    this.#offsets = []
    this.#out.at = BATCH_HEADER
    return offsets
  }
}

export interface BatchHeader {
  /** Bytes of the body. */
  readonly length: number
  readonly records: number
  readonly sequence: number
  readonly durable: number
  readonly hash: Buffer
}

/** The header at a place, or undefined where none stands there. */
export function readBatchHeader(bytes: Buffer, at: number): BatchHeader | undefined {
  if (at + BATCH_HEADER > bytes.length || MAGIC.compare(bytes, at, at + 4) !== 0) return undefined
  return {
    length: bytes.readUInt32LE(at + 4),
    records: bytes.readUInt32LE(at + 8),
    sequence: bytes.readDoubleLE(at + 16),
    durable: bytes.readDoubleLE(at + 24),
    hash: Buffer.from(bytes.subarray(at + HASH_AT, at + BATCH_HEADER)),
  }
}

/** Whether a batch that begins at a place is whole and follows what has this hash. */
export function isWholeBatch(
  chain: Chain,
  bytes: Buffer,
  at: number,
  header: BatchHeader,
  previous: Buffer,
): boolean {
  const end = at + BATCH_HEADER + header.length
  if (end > bytes.length) return false
  const body = bytes.subarray(at + BATCH_HEADER, end)
  return chain.link(previous, bytes.subarray(at, at + HASH_AT), body).equals(header.hash)
}

/** Whether a batch's records fill it and each has its checksum: what can be said of it when what it follows is lost. */
export function hasWholeRecords(bytes: Buffer, at: number, header: BatchHeader): boolean {
  const end = at + BATCH_HEADER + header.length
  if (end > bytes.length) return false
  let records = 0
  let offset = at + BATCH_HEADER
  while (offset < end) {
    const record = readRecord(bytes, offset)
    if (typeof record === 'string') return false
    offset += RECORD_HEADER + record.payload.length
    records++
  }
  return offset === end && records === header.records
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
