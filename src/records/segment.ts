/**
 * A segment: checked lines in arrival order, packed, never changed once written.
 *
 *   16 bytes    magic
 *   blocks      u32 length, u32 crc32 of the payload, payload: deflated lines, each ended by LF
 *   directory   the same framing: f64 offset a block, u32 first line a block
 *   numbers     the same framing: u32 A-number a line (bit 31: a removal)
 *   48 bytes    magic, f64 offset of the directory, f64 of the numbers, u32 blocks, u32 lines, u32 0, u32 crc32 of the
 *               44 bytes before
 *
 * Numbers are little-endian. Every byte is under a checksum or has one possible value.
 */
import { createHash } from 'node:crypto'
import { closeSync, fstatSync, fsyncSync, openSync, readSync, writeSync } from 'node:fs'
import { promisify } from 'node:util'
import { deflateRaw, deflateRawSync, inflateRawSync, type ZlibOptions } from 'node:zlib'
import { crc32, type Damage, DamageError, readFully } from './files.js'
import { PlainReader } from './segment-plain.js'

const HEAD = Buffer.from('IAQ RECORDS  2\r\n', 'latin1')
const PLAIN_HEAD = Buffer.from('IAQ RECORDS  1\r\n', 'latin1')
const TAIL = Buffer.from('IAQ RECORDS END\n', 'latin1')
const TAIL_BYTES = 48
const LINES_OF_BLOCK = 128
/** A block of long lines is closed early, so that reading one line never means unpacking megabytes. */
const BLOCK_BYTES = 1 << 17
/** A line of 64 KiB can double when defaults are written out, and it may be the last of a block. */
const BLOCK_SPACE = 1 << 19
const LEVEL = 6
const REMOVAL_BIT = 0x80000000
const COPIED = 1 << 22

const pack = promisify<Buffer, ZlibOptions, Buffer>(deflateRaw)

export const isRemoval = (arn: number): boolean => arn >= REMOVAL_BIT
export const plainArn = (arn: number): number => (arn & 0x7fffffff) >>> 0

/** Writes a segment line by line; nothing counts until {@link SegmentWriter.finish} has returned. */
export class SegmentWriter {
  readonly #fd: number
  readonly #hash = createHash('sha256')
  readonly #block = Buffer.allocUnsafe(BLOCK_SPACE)
  #used = 0
  #held = 0
  #open = true
  #at = 0
  #lines = 0
  #arns = new Uint32Array(1024)
  readonly #offsets: number[] = []
  readonly #firsts: number[] = []

  /** Blocks that are being packed on another thread, in their order. */
  readonly #packing: { readonly first: number; readonly packed: Promise<Buffer> }[] = []

  /** @param aside blocks are packed on other threads; the caller lets the writer {@link settle} now and then. */
  constructor(
    path: string,
    private readonly aside = false,
  ) {
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
    if (this.#used + text.length * 3 + 1 > this.#block.length) this.flush()
    this.#number(removal ? (arn | REMOVAL_BIT) >>> 0 : arn)
    this.#used += this.#block.write(text, this.#used, 'utf8')
    this.#block[this.#used++] = 10
    if (++this.#held >= LINES_OF_BLOCK || this.#used >= BLOCK_BYTES) this.flush()
  }

  /** Writes what is packed, until no more than so many blocks are on their way. Before {@link finish} it must be none. */
  async settle(most: number): Promise<void> {
    while (this.#packing.length > most) {
      const [next] = this.#packing
      const packed = await next?.packed
      this.#packing.shift()
      if (next && packed) this.#put(next.first, packed)
    }
  }

  /** Takes over another segment's lines, packed blocks as they are. */
  append(other: SegmentReader): void {
    if (!(other instanceof PackedReader)) {
      for (const { i, text } of other.lines()) {
        const arn = other.arns[i] ?? 0
        this.add(plainArn(arn), isRemoval(arn), text)
      }
      return
    }
    this.flush()
    const shift = this.#at - other.begin
    const { offsets, firsts } = other.directory
    offsets.forEach((offset, i) => {
      this.#offsets.push(offset + shift)
      this.#firsts.push((firsts[i] ?? 0) + this.#lines)
    })
    for (const arn of other.arns) this.#number(arn)
    other.copy((bytes) => {
      this.#write(bytes)
    })
  }

  /** Writes what is left and makes it durable. @returns the hash of the whole file, in hex. */
  finish(): string {
    this.flush()
    if (this.#packing.length > 0) throw new Error('blocks are still being packed')
    const directoryAt = this.#at
    this.#frame([bytesOf(Float64Array.from(this.#offsets)), bytesOf(Uint32Array.from(this.#firsts))])
    const numbersAt = this.#at
    this.#frame([bytesOf(this.#arns.subarray(0, this.#lines))])
    const tail = Buffer.alloc(TAIL_BYTES)
    TAIL.copy(tail)
    tail.writeDoubleLE(directoryAt, 16)
    tail.writeDoubleLE(numbersAt, 24)
    tail.writeUInt32LE(this.#offsets.length, 32)
    tail.writeUInt32LE(this.#lines, 36)
    tail.writeUInt32LE(crc32(tail.subarray(0, 44)), 44)
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

  #number(arn: number): void {
    if (this.#lines === this.#arns.length) {
      const larger = new Uint32Array(this.#arns.length * 2)
      larger.set(this.#arns)
      this.#arns = larger
    }
    this.#arns[this.#lines++] = arn
  }

  /** Closes the block at hand. */
  flush(): void {
    if (this.#held === 0) return
    const first = this.#lines - this.#held
    const block = this.#block.subarray(0, this.#used)
    if (this.aside) {
      const packed = pack(Buffer.from(block), { level: LEVEL })
      // Whoever settles sees the failure; until then nobody listens.
      packed.catch(() => undefined)
      this.#packing.push({ first, packed })
    } else this.#put(first, deflateRawSync(block, { level: LEVEL }))
    this.#used = 0
    this.#held = 0
  }

  #put(first: number, packed: Buffer): void {
    this.#offsets.push(this.#at)
    this.#firsts.push(first)
    this.#frame([packed])
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
}

function bytesOf(array: Float64Array | Uint32Array): Buffer {
  return Buffer.from(array.buffer, array.byteOffset, array.byteLength)
}

/** An open segment of either format. Reads are by position, so that many may share it. */
export interface SegmentReader {
  readonly file: string
  /** How many lines there are. */
  readonly count: number
  /** A-number of each line, with {@link isRemoval} as a flag. */
  readonly arns: Uint32Array
  /** The text of one line, by its place in the segment. */
  line(i: number): string
  /** Every line with its place, a block at a time. Ends early with the damage where a block is not whole. */
  lines(): Generator<{ readonly i: number; readonly text: string }, Damage | undefined>
  close(): void
}

/** Opens a segment and checks its head, tail and directory, and with `whole` every block. */
export function openSegmentFile(path: string, file: string, whole: boolean): SegmentReader | Damage {
  const head = Buffer.alloc(HEAD.length)
  const fd = openSync(path, 'r')
  readFully(fd, head, 0)
  closeSync(fd)
  return head.equals(PLAIN_HEAD) ? PlainReader.open(path, file, whole) : PackedReader.open(path, file, whole)
}

interface Directory {
  readonly offsets: Float64Array
  readonly firsts: Uint32Array
  /** Byte after the last block. */
  readonly end: number
}

/** A segment of packed blocks. */
export class PackedReader implements SegmentReader {
  readonly begin = HEAD.length
  #arns: Uint32Array | undefined
  #cached = -1
  #texts: readonly string[] = []

  private constructor(
    readonly file: string,
    readonly count: number,
    readonly directory: Directory,
    private readonly numbersAt: number,
    private readonly fd: number,
  ) {}

  static open(path: string, file: string, whole: boolean): PackedReader | Damage {
    const fd = openSync(path, 'r')
    const opened = openPacked(fd, file)
    if ('reason' in opened) {
      closeSync(fd)
      return opened
    }
    const reader = new PackedReader(file, opened.lines, opened.directory, opened.numbersAt, fd)
    const damage = whole ? reader.#check() : undefined
    if (damage) reader.close()
    return damage ?? reader
  }

  /** @throws {DamageError} where they aren't whole. */
  get arns(): Uint32Array {
    if (this.#arns === undefined) {
      const body = readFrame(this.fd, this.file, this.numbersAt, this.count * 4)
      if ('reason' in body) throw new DamageError(body)
      this.#arns = new Uint32Array(body.bytes.buffer, 0, this.count)
    }
    return this.#arns
  }

  close(): void {
    closeSync(this.fd)
  }

  line(i: number): string {
    const block = this.#blockOf(i)
    if (block !== this.#cached) {
      this.#texts = this.#read(block)
      this.#cached = block
    }
    return this.#texts[i - (this.directory.firsts[block] ?? 0)] ?? ''
  }

  *lines(): Generator<{ readonly i: number; readonly text: string }, Damage | undefined> {
    for (let block = 0; block < this.directory.offsets.length; block++) {
      let texts: readonly string[]
      try {
        texts = this.#read(block)
      } catch (error) {
        if (error instanceof DamageError) return error.damage
        throw error
      }
      const first = this.directory.firsts[block] ?? 0
      for (let i = 0; i < texts.length; i++) yield { i: first + i, text: texts[i] ?? '' }
    }
    return undefined
  }

  /** Calls back with the bytes of all blocks, a few megabytes at a time. */
  copy(take: (bytes: Uint8Array) => void): void {
    const space = Buffer.allocUnsafe(COPIED)
    for (let at = this.begin; at < this.directory.end; ) {
      const read = readSync(this.fd, space, 0, Math.min(space.length, this.directory.end - at), at)
      if (read === 0) return
      take(space.subarray(0, read))
      at += read
    }
  }

  #check(): Damage | undefined {
    try {
      for (let block = 0; block < this.directory.offsets.length; block++) this.#payload(block)
      const { arns } = this
      return arns.length === this.count
        ? undefined
        : { file: this.file, offset: 0, reason: 'numbers are missing' }
    } catch (error) {
      if (error instanceof DamageError) return error.damage
      throw error
    }
  }

  #blockOf(line: number): number {
    const { firsts } = this.directory
    let [low, high] = [0, firsts.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((firsts[middle] ?? 0) <= line) low = middle + 1
      else high = middle
    }
    return low - 1
  }

  #payload(block: number): Buffer {
    const { offsets, end } = this.directory
    const offset = offsets[block] ?? 0
    const bytes = Buffer.allocUnsafe(Math.max(8, (offsets[block + 1] ?? end) - offset))
    readFully(this.fd, bytes, offset)
    const payload = bytes.subarray(8)
    if (payload.length !== bytes.readUInt32LE(0) || crc32(payload) !== bytes.readUInt32LE(4))
      throw new DamageError({ file: this.file, offset, reason: 'the checksum of the block does not fit' })
    return payload
  }

  #read(block: number): readonly string[] {
    const texts = inflateRawSync(this.#payload(block)).toString('utf8').split('\n')
    texts.pop()
    return texts
  }
}

function openPacked(
  fd: number,
  file: string,
): { readonly lines: number; readonly directory: Directory; readonly numbersAt: number } | Damage {
  const head = Buffer.alloc(HEAD.length)
  readFully(fd, head, 0)
  if (!head.equals(HEAD)) return { file, offset: 0, reason: 'does not begin as a records segment' }
  const tailAt = Math.max(0, fstatSync(fd).size - TAIL_BYTES)
  const tail = Buffer.alloc(TAIL_BYTES)
  readFully(fd, tail, tailAt)
  if (!tail.subarray(0, 16).equals(TAIL) || crc32(tail.subarray(0, 44)) !== tail.readUInt32LE(44))
    return { file, offset: tailAt, reason: 'does not end as a records segment (cut short or changed)' }
  const [end, numbersAt] = [tail.readDoubleLE(16), tail.readDoubleLE(24)]
  const [blocks, lines] = [tail.readUInt32LE(32), tail.readUInt32LE(36)]
  if (end + 8 + blocks * 12 !== numbersAt || numbersAt + 8 + lines * 4 !== tailAt)
    return { file, offset: tailAt, reason: 'the directory is not where it should be' }
  const body = readFrame(fd, file, end, blocks * 12)
  if ('reason' in body) return body
  const { buffer } = body.bytes
  const offsets = new Float64Array(buffer, 0, blocks)
  return {
    lines,
    directory: { offsets, firsts: new Uint32Array(buffer, blocks * 8, blocks), end },
    numbersAt,
  }
}

function readFrame(
  fd: number,
  file: string,
  at: number,
  length: number,
): { readonly bytes: Uint8Array } | Damage {
  const head = Buffer.alloc(8)
  readFully(fd, head, at)
  // Of its own buffer, since the arrays over it must be aligned.
  const bytes = new Uint8Array(length)
  readFully(fd, bytes, at + 8)
  if (head.readUInt32LE(0) === length && crc32(bytes) === head.readUInt32LE(4)) return { bytes }
  return { file, offset: at, reason: 'the checksum of the directory does not fit' }
}
