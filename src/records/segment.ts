/**
 * A segment: checked lines in arrival order, never changed once written.
 *
 *   16 bytes    magic
 *   blocks      u32 length, u32 crc32 of the payload, payload: lines, each ended by LF
 *   index       the same framing: f64 offset a line, u32 length a line, u32 A-number a line (bit 31: a removal)
 *   32 bytes    magic, f64 offset of the index, u32 lines, u32 crc32 of the 28 bytes before
 *
 * Numbers are little-endian. Every byte is under a checksum or has one possible value.
 */
import { createHash } from 'node:crypto'
import { closeSync, fstatSync, fsyncSync, openSync, readSync, writeSync } from 'node:fs'
import { crc32, type Damage } from './files.js'

const HEAD = Buffer.from('IAQ RECORDS  1\r\n', 'latin1')
const TAIL = Buffer.from('IAQ RECORDS END\n', 'latin1')
const TAIL_BYTES = 32
const BLOCK_BYTES = 1 << 16
/** A line of 64 KiB can double when defaults are written out, and it may be the last of a block. */
const BLOCK_SPACE = 1 << 18
const REMOVAL_BIT = 0x80000000

/** Where the lines of a segment are. */
export interface SegmentIndex {
  readonly lines: number
  readonly offsets: Float64Array
  readonly lengths: Uint32Array
  /** A-numbers as numbers, with {@link isRemoval} as a flag. */
  readonly arns: Uint32Array
  /** Byte after the last block. */
  readonly end: number
}

export const isRemoval = (arn: number): boolean => arn >= REMOVAL_BIT
export const plainArn = (arn: number): number => (arn & 0x7fffffff) >>> 0

/** Writes a segment line by line; nothing counts until {@link SegmentWriter.finish} has returned. */
export class SegmentWriter {
  readonly #fd: number
  readonly #hash = createHash('sha256')
  readonly #block = Buffer.allocUnsafe(BLOCK_SPACE)
  #used = 8
  #open = true
  #at = 0
  #lines = 0
  #offsets = new Float64Array(1024)
  #lengths = new Uint32Array(1024)
  #arns = new Uint32Array(1024)

  constructor(path: string) {
    this.#fd = openSync(path, 'wx', 0o600)
    this.#write(HEAD)
  }

  get lines(): number {
    return this.#lines
  }

  get bytes(): number {
    return this.#at
  }

  add(arn: number, removal: boolean, text: string): void {
    if (this.#used + text.length * 3 + 1 > this.#block.length) this.#flush()
    const length = this.#block.write(text, this.#used, 'utf8')
    if (this.#lines === this.#offsets.length) this.#grow()
    this.#offsets[this.#lines] = this.#at + this.#used
    this.#lengths[this.#lines] = length
    this.#arns[this.#lines] = removal ? (arn | REMOVAL_BIT) >>> 0 : arn
    this.#lines++
    this.#used += length
    this.#block[this.#used++] = 10
    if (this.#used >= BLOCK_BYTES) this.#flush()
  }

  /** Writes what is left and makes it durable. @returns the hash of the whole file, in hex. */
  finish(): string {
    this.#flush()
    const indexAt = this.#at
    const n = this.#lines
    this.#frame([bytesOf(this.#offsets, n), bytesOf(this.#lengths, n), bytesOf(this.#arns, n)])
    const tail = Buffer.alloc(TAIL_BYTES)
    TAIL.copy(tail)
    tail.writeDoubleLE(indexAt, 16)
    tail.writeUInt32LE(n, 24)
    tail.writeUInt32LE(crc32(tail.subarray(0, 28)), 28)
    this.#write(tail)
    fsyncSync(this.#fd)
    this.abandon()
    return this.#hash.digest('hex')
  }

  /** Closes the file of a segment that won't be finished. */
  abandon(): void {
    if (this.#open) closeSync(this.#fd)
    this.#open = false
  }

  #flush(): void {
    if (this.#used === 8) return
    const payload = this.#block.subarray(8, this.#used)
    this.#block.writeUInt32LE(payload.length, 0)
    this.#block.writeUInt32LE(crc32(payload), 4)
    this.#write(this.#block.subarray(0, this.#used))
    this.#used = 8
  }

  #frame(parts: readonly Buffer[]): void {
    const head = Buffer.alloc(8)
    head.writeUInt32LE(
      parts.reduce((sum, each) => sum + each.length, 0),
      0,
    )
    head.writeUInt32LE(
      parts.reduce((crc, each) => crc32(each, crc), 0),
      4,
    )
    this.#write(head)
    for (const each of parts) this.#write(each)
  }

  #write(bytes: Uint8Array): void {
    this.#hash.update(bytes)
    for (let done = 0; done < bytes.length; ) done += writeSync(this.#fd, bytes, done)
    this.#at += bytes.length
  }

  #grow(): void {
    const size = this.#offsets.length * 2
    const [offsets, lengths, arns] = [new Float64Array(size), new Uint32Array(size), new Uint32Array(size)]
    offsets.set(this.#offsets)
    lengths.set(this.#lengths)
    arns.set(this.#arns)
    this.#offsets = offsets
    this.#lengths = lengths
    this.#arns = arns
  }
}

function bytesOf(array: Float64Array | Uint32Array, count: number): Buffer {
  return Buffer.from(array.buffer, 0, count * array.BYTES_PER_ELEMENT)
}

/** An open segment. Reads are by position, so that many may share it. */
export class SegmentReader {
  private constructor(
    readonly file: string,
    readonly index: SegmentIndex,
    readonly fd: number,
  ) {}

  /** Opens a segment and checks its head, tail and index, and with `whole` every block. */
  static open(path: string, file: string, whole: boolean): SegmentReader | Damage {
    const fd = openSync(path, 'r')
    const index = readIndex(fd, file)
    const damage = 'reason' in index ? index : whole ? checkBlocks(fd, file, index) : undefined
    if (!damage && !('reason' in index)) return new SegmentReader(file, index, fd)
    closeSync(fd)
    return damage as Damage
  }

  close(): void {
    closeSync(this.fd)
  }

  /** The text of one line, by its place in the segment. */
  line(i: number): string {
    const length = this.index.lengths[i] ?? 0
    const bytes = Buffer.allocUnsafe(length)
    readFully(this.fd, bytes, this.index.offsets[i] ?? 0)
    return bytes.toString('utf8')
  }

  /** Every line with its place, a block at a time. Ends early with the damage where a block is not whole. */
  *lines(): Generator<{ readonly i: number; readonly text: string }, Damage | undefined> {
    let i = 0
    const { offsets, lengths, lines } = this.index
    for (const block of blocksOf(this.fd, this.file, this.index)) {
      if ('reason' in block) return block
      const end = block.offset + 8 + block.payload.length
      for (; i < lines && (offsets[i] ?? 0) < end; i++) {
        const from = (offsets[i] ?? 0) - block.offset - 8
        yield { i, text: block.payload.toString('utf8', from, from + (lengths[i] ?? 0)) }
      }
    }
    return undefined
  }
}

function checkBlocks(fd: number, file: string, index: SegmentIndex): Damage | undefined {
  for (const block of blocksOf(fd, file, index)) if ('reason' in block) return block
  return undefined
}

function* blocksOf(
  fd: number,
  file: string,
  index: SegmentIndex,
): Generator<Damage | { readonly offset: number; readonly payload: Buffer }> {
  const head = Buffer.alloc(8)
  const space = Buffer.allocUnsafe(BLOCK_SPACE)
  for (let offset = HEAD.length; offset < index.end; ) {
    readFully(fd, head, offset)
    const length = head.readUInt32LE(0)
    if (length > space.length || offset + 8 + length > index.end) {
      return yield { file, offset, reason: 'a block of this length can not be' }
    }
    const payload = space.subarray(0, length)
    readFully(fd, payload, offset + 8)
    if (crc32(payload) !== head.readUInt32LE(4)) {
      return yield { file, offset, reason: 'the checksum of the block does not fit' }
    }
    yield { offset, payload }
    offset += 8 + length
  }
}

function readIndex(fd: number, file: string): SegmentIndex | Damage {
  const size = fstatSync(fd).size
  const head = Buffer.alloc(HEAD.length)
  readFully(fd, head, 0)
  if (!head.equals(HEAD)) return { file, offset: 0, reason: 'does not begin as a records segment' }
  const tailAt = size - TAIL_BYTES
  const tail = Buffer.alloc(TAIL_BYTES)
  readFully(fd, tail, Math.max(0, tailAt))
  if (!tail.subarray(0, 16).equals(TAIL) || crc32(tail.subarray(0, 28)) !== tail.readUInt32LE(28)) {
    return {
      file,
      offset: Math.max(0, tailAt),
      reason: 'does not end as a records segment (cut short or changed)',
    }
  }
  const end = tail.readDoubleLE(16)
  const lines = tail.readUInt32LE(24)
  if (end + 8 + lines * 16 !== tailAt)
    return { file, offset: tailAt, reason: 'the index is not where it should be' }
  const frame = Buffer.alloc(8 + lines * 16)
  readFully(fd, frame, end)
  const body = frame.subarray(8)
  if (frame.readUInt32LE(0) !== body.length || crc32(body) !== frame.readUInt32LE(4)) {
    return { file, offset: end, reason: 'the checksum of the index does not fit' }
  }
  // Copies, since a Buffer's bytes need not be aligned for an array of doubles.
  const bytes = new Uint8Array(body).buffer
  return {
    lines,
    offsets: new Float64Array(bytes, 0, lines),
    lengths: new Uint32Array(bytes, lines * 8, lines),
    arns: new Uint32Array(bytes, lines * 12, lines),
    end,
  }
}

/** Bytes beyond the end of the file read as zero, which no checksum of ours takes for whole. */
function readFully(fd: number, into: Uint8Array, position: number): void {
  let done = 0
  while (done < into.length) {
    const read = readSync(fd, into, done, into.length - done, position + done)
    if (read === 0) break
    done += read
  }
  into.fill(0, done)
}
