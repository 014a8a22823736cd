/**
 * A segment: checked lines in arrival order, packed, never changed once written. This is the third format; of the second,
 * which is read and no longer written, the payloads were deflated lines, each ended by LF.
 *
 *   16 bytes    magic
 *   blocks      u32 length, u32 crc32 of the payload, payload: see `block.ts`
 *   directory   the same framing: f64 offset a block, u32 first line a block
 *   numbers     the same framing: u32 A-number a line (bit 31: a removal)
 *   48 bytes    magic, f64 offset of the directory, f64 of the numbers, u32 blocks, u32 lines, u32 0, u32 crc32 of the
 *               44 bytes before
 *
 * Numbers are little-endian. Every byte is under a checksum or has one possible value.
 */
import { createHash } from 'node:crypto'
import { closeSync, fstatSync, fsyncSync, openSync, readSync, writeSync } from 'node:fs'
import { inflateRawSync } from 'node:zlib'
import { LinePacker, type PackedLines, REMOVAL_BIT } from './batch.js'
import { BlockReader } from './block.js'
import { crc32, type Damage, DamageError, readFully } from './files.js'
import { readLine } from './line.js'
import { PlainReader } from './segment-plain.js'
import type { Arn, RecordLine } from './types.js'

const HEAD = Buffer.from('IAQ RECORDS  3\r\n', 'latin1')
const LINES_HEAD = Buffer.from('IAQ RECORDS  2\r\n', 'latin1')
const PLAIN_HEAD = Buffer.from('IAQ RECORDS  1\r\n', 'latin1')
const TAIL = Buffer.from('IAQ RECORDS END\n', 'latin1')
const TAIL_BYTES = 48
const COPIED = 1 << 22
/** Lines of another format that are packed anew at once. */
const ANEW = 4096

export const isRemoval = (arn: number): boolean => arn >= REMOVAL_BIT
export const plainArn = (arn: number): number => (arn & 0x7fffffff) >>> 0

/** Writes a segment; nothing counts until {@link SegmentWriter.finish} has returned. */
export class SegmentWriter {
  readonly #fd: number
  readonly #hash = createHash('sha256')
  readonly #packer = new LinePacker()
  #open = true
  #at = 0
  #lines = 0
  #arns = new Uint32Array(1024)
  readonly #offsets: number[] = []
  readonly #firsts: number[] = []

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

  /** Takes up lines that have been packed. */
  add({ arns, blocks, sizes, counts }: PackedLines): void {
    let [at, first] = [0, this.#lines]
    sizes.forEach((size, i) => {
      this.#offsets.push(this.#at)
      this.#firsts.push(first)
      this.#frame([Buffer.from(blocks.buffer, blocks.byteOffset + at, size)])
      at += size
      first += counts[i] ?? 0
    })
    this.#number(arns)
  }

  /** Takes over another segment's lines, packed blocks as they are. */
  append(other: SegmentReader): void {
    if (!(other instanceof PackedReader) || !other.isCurrent) {
      let held = 0
      const damage = yieldTo(other.lines(), ({ line }) => {
        this.#packer.add(line)
        if (++held % ANEW === 0) this.add(this.#packer.finish(ANEW))
      })
      if (damage) throw new DamageError(damage)
      this.add(this.#packer.finish(held))
      return
    }
    const shift = this.#at - other.begin
    const { offsets, firsts } = other.directory
    offsets.forEach((offset, i) => {
      this.#offsets.push(offset + shift)
      this.#firsts.push((firsts[i] ?? 0) + this.#lines)
    })
    this.#number(other.arns)
    other.copy((bytes) => {
      this.#write(bytes)
    })
  }

  /** Writes what is left and makes it durable. @returns the hash of the whole file, in hex. */
  finish(): string {
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

  #number(arns: Uint32Array): void {
    const lines = this.#lines + arns.length
    if (lines > this.#arns.length) {
      const larger = new Uint32Array(Math.max(this.#arns.length * 2, lines))
      larger.set(this.#arns)
      this.#arns = larger
    }
    this.#arns.set(arns, this.#lines)
    this.#lines = lines
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

/** Calls back with each item. @returns what the generator returned. */
function yieldTo<T, R>(items: Generator<T, R>, take: (item: T) => void): R {
  for (;;) {
    const next = items.next()
    if (next.done) return next.value
    take(next.value)
  }
}

/** An open segment of any format. Reads are by position, so that many may share it. */
export interface SegmentReader {
  readonly file: string
  /** How many lines there are. */
  readonly count: number
  /** A-number of each line, with {@link isRemoval} as a flag. */
  readonly arns: Uint32Array
  /** One line, by its place in the segment. */
  line(i: number): RecordLine
  /** Every line with its place, a block at a time. Ends early with the damage where a block is not whole. */
  lines(): Generator<{ readonly i: number; readonly line: RecordLine }, Damage | undefined>
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

/** The lines of one block; the A-number is the one that the segment has for the line. */
type Block = (at: number, arn: number) => RecordLine

/** A segment of packed blocks. */
export class PackedReader implements SegmentReader {
  readonly begin = HEAD.length
  #arns: Uint32Array | undefined
  #cached = -1
  #block: Block | undefined

  private constructor(
    readonly file: string,
    readonly count: number,
    /** Whether the blocks are as they are written today. */
    readonly isCurrent: boolean,
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
    const reader = new PackedReader(
      file,
      opened.lines,
      opened.isCurrent,
      opened.directory,
      opened.numbersAt,
      fd,
    )
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

  line(i: number): RecordLine {
    const number = this.#blockOf(i)
    if (this.#block === undefined || number !== this.#cached) {
      this.#block = this.#read(number)
      this.#cached = number
    }
    return this.#block(i - (this.directory.firsts[number] ?? 0), this.arns[i] ?? 0)
  }

  *lines(): Generator<{ readonly i: number; readonly line: RecordLine }, Damage | undefined> {
    const { firsts } = this.directory
    for (let number = 0; number < firsts.length; number++) {
      let block: Block
      try {
        block = this.#read(number)
      } catch (error) {
        if (error instanceof DamageError) return error.damage
        throw error
      }
      const first = firsts[number] ?? 0
      for (let i = first; i < (firsts[number + 1] ?? this.count); i++)
        yield { i, line: block(i - first, this.arns[i] ?? 0) }
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

  #read(number: number): Block {
    const payload = this.#payload(number)
    if (!this.isCurrent) {
      const texts = inflateRawSync(payload).toString('utf8').split('\n')
      return (at) => readLine(texts[at] ?? '')
    }
    const { firsts } = this.directory
    const block = new BlockReader(payload, (firsts[number + 1] ?? this.count) - (firsts[number] ?? 0))
    return (at, arn) => block.line(at, arnText(plainArn(arn)), isRemoval(arn))
  }
}

const arnText = (arn: number): Arn => String(arn).padStart(9, '0') as Arn

function openPacked(
  fd: number,
  file: string,
):
  | {
      readonly lines: number
      readonly isCurrent: boolean
      readonly directory: Directory
      readonly numbersAt: number
    }
  | Damage {
  const head = Buffer.alloc(HEAD.length)
  readFully(fd, head, 0)
  const isCurrent = head.equals(HEAD)
  if (!isCurrent && !head.equals(LINES_HEAD))
    return { file, offset: 0, reason: 'does not begin as a records segment' }
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
    ...{ lines, isCurrent },
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
