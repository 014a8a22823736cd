/**
 * A segment of the first format, which is read and no longer written: checked lines in arrival order, as they are.
 *
 *   16 bytes    magic
 *   blocks      u32 length, u32 crc32 of the payload, payload: lines, each ended by LF
 *   index       the same framing: f64 offset a line, u32 length a line, u32 A-number a line (bit 31: a removal)
 *   32 bytes    magic, f64 offset of the index, u32 lines, u32 crc32 of the 28 bytes before
 *
 * Numbers are little-endian. Every byte is under a checksum or has one possible value.
 */
import { closeSync, fstatSync, openSync } from 'node:fs'
import { crc32, type Damage, readFully } from './files.js'
import { readLine } from './line.js'
import type { SegmentReader } from './segment.js'
import type { RecordLine } from './types.js'

const HEAD = Buffer.from('IAQ RECORDS  1\r\n', 'latin1')
const TAIL = Buffer.from('IAQ RECORDS END\n', 'latin1')
const TAIL_BYTES = 32
/** A line of 64 KiB can double when defaults are written out, and it may be the last of a block. */
const BLOCK_SPACE = 1 << 18

/** Where the lines of a segment are. */
interface PlainIndex {
  readonly lines: number
  readonly offsets: Float64Array
  readonly lengths: Uint32Array
  /** A-numbers as numbers, with {@link isRemoval} as a flag. */
  readonly arns: Uint32Array
  /** Byte after the last block. */
  readonly end: number
}

/** An open segment. Reads are by position, so that many may share it. */
export class PlainReader implements SegmentReader {
  private constructor(
    readonly file: string,
    private readonly index: PlainIndex,
    private readonly fd: number,
  ) {}

  get count(): number {
    return this.index.lines
  }

  get arns(): Uint32Array {
    return this.index.arns
  }

  /** Opens a segment and checks its head, tail and index, and with `whole` every block. */
  static open(path: string, file: string, whole: boolean): PlainReader | Damage {
    const fd = openSync(path, 'r')
    const index = readIndex(fd, file)
    const damage = 'reason' in index ? index : whole ? checkBlocks(fd, file, index) : undefined
    if (!damage && !('reason' in index)) return new PlainReader(file, index, fd)
    closeSync(fd)
    return damage as Damage
  }

  close(): void {
    closeSync(this.fd)
  }

  /** One line, by its place in the segment. */
  line(i: number): RecordLine {
    const length = this.index.lengths[i] ?? 0
    const bytes = Buffer.allocUnsafe(length)
    readFully(this.fd, bytes, this.index.offsets[i] ?? 0)
    return readLine(bytes.toString('utf8'))
  }

  /** Every line with its place, a block at a time. Ends early with the damage where a block is not whole. */
  *lines(): Generator<{ readonly i: number; readonly line: RecordLine }, Damage | undefined> {
    let i = 0
    const { offsets, lengths, lines } = this.index
    for (const block of blocksOf(this.fd, this.file, this.index)) {
      if ('reason' in block) return block
      const end = block.offset + 8 + block.payload.length
      for (; i < lines && (offsets[i] ?? 0) < end; i++) {
        const from = (offsets[i] ?? 0) - block.offset - 8
        yield { i, line: readLine(block.payload.toString('utf8', from, from + (lengths[i] ?? 0))) }
      }
    }
    return undefined
  }
}

function checkBlocks(fd: number, file: string, index: PlainIndex): Damage | undefined {
  for (const block of blocksOf(fd, file, index)) if ('reason' in block) return block
  return undefined
}

function* blocksOf(
  fd: number,
  file: string,
  index: PlainIndex,
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

function readIndex(fd: number, file: string): PlainIndex | Damage {
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
