/** Many lines of a records file at once: checked, and packed into blocks. */
import { isUtf8 } from 'node:buffer'
import { BlockPacker } from './block.js'
import { LONGEST_LINE } from './input.js'
import { formatLine } from './line.js'
import { parseRecordLine } from './parse.js'
import { LineScanner } from './scan.js'
import type { LineFault, RecordLine } from './types.js'

export const LINES_OF_BLOCK = 256
/** A block of long lines is closed early, so that reading one line never means unpacking megabytes. */
const BLOCK_BYTES = 1 << 17
/** Bit of an A-number that says that the line takes it out. */
export const REMOVAL_BIT = 0x80000000

/** Lines as a segment takes them; goes from thread to thread. */
export interface PackedLines {
  /** Lines that were read. */
  readonly read: number
  /** Lines that were left out, counted from 1. */
  readonly faults: readonly LineFault[]
  /** A-number of each line that goes in, with {@link REMOVAL_BIT}. */
  readonly arns: Uint32Array
  readonly removed: number
  /** Packed blocks one after the other, and bytes and lines of each. */
  readonly blocks: Uint8Array
  readonly sizes: Uint32Array
  readonly counts: Uint32Array
}

/** Is told of each line that goes in, in their order. */
export interface LineTaker {
  /** A person whose values the scanner has. */
  scanned(line: LineScanner, arn: number): void
  /** A line that was read the long way. */
  line(line: RecordLine): void
}

const [LF, REMOVED] = [10, true]

/** Reads lines and packs them; one after the other, its memory used again. */
export class LinePacker {
  readonly #scanner = new LineScanner()
  readonly #block = new BlockPacker()
  #arns = new Uint32Array(1 << 12)
  #lines = 0
  #removed = 0
  /** Bytes of the lines of the block at hand. */
  #held = 0
  #blocks: Buffer[] = []
  #counts: number[] = []
  #faults: LineFault[] = []

  constructor(private readonly taker?: LineTaker) {}

  /**
   * @param bytes whole lines.
   * @param start whether they begin the file.
   */
  pack(bytes: Uint8Array, start: boolean): PackedLines {
    let read = 0
    const whole = isUtf8(bytes)
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    for (let from = 0; from < buffer.length; ) {
      const found = buffer.indexOf(LF, from)
      const end = found < 0 ? buffer.length : found
      read++
      const reason = this.#take(buffer, from, end, whole, start && read === 1)
      if (reason !== undefined) this.#faults.push({ line: read, reason })
      from = end + 1
    }
    return this.finish(read)
  }

  /** A line as the store keeps it, which needs no check. */
  add(line: RecordLine): void {
    if ('removed' in line) {
      this.#block.addRemoval()
      this.#number(Number(line.arn), REMOVED, 0)
      return
    }
    const text = formatLine(line)
    const bytes = Buffer.from(text, 'utf8')
    if (this.#scanner.scan(bytes, 0, bytes.length)) this.#block.add(this.#scanner)
    else this.#block.addWhole(text)
    this.#number(Number(line.arn), !REMOVED, bytes.length)
  }

  /** What was packed since. */
  finish(read: number): PackedLines {
    this.#close()
    const packed = {
      ...{ read, faults: this.#faults, removed: this.#removed },
      arns: this.#arns.slice(0, this.#lines),
      blocks: new Uint8Array(this.#blocks.reduce((sum, { length }) => sum + length, 0)),
      sizes: Uint32Array.from(this.#blocks, ({ length }) => length),
      counts: Uint32Array.from(this.#counts),
    }
    let at = 0
    for (const block of this.#blocks) {
      packed.blocks.set(block, at)
      at += block.length
    }
    this.#lines = 0
    this.#removed = 0
    this.#blocks = []
    this.#counts = []
    this.#faults = []
    return packed
  }

  /** @returns why the line is left out, if it is. */
  #take(bytes: Buffer, from: number, end: number, whole: boolean, first: boolean): string | undefined {
    if (end - from > LONGEST_LINE) return `longer than ${LONGEST_LINE} bytes`
    if (!whole && !isUtf8(bytes.subarray(from, end))) return 'not UTF-8'
    const scanner = this.#scanner
    if (scanner.scan(bytes, from, end) && scanner.check()) {
      const arn = scanner.arn()
      this.taker?.scanned(scanner, arn)
      this.#block.add(scanner)
      this.#number(arn, !REMOVED, end - from)
      return undefined
    }
    const text = bytes.toString('utf8', from, end)
    if (text.trim() === '') return undefined
    // Editors on Windows put a byte order mark before the first line.
    const parsed = parseRecordLine(first && text.startsWith('\ufeff') ? text.slice(1) : text)
    if ('fault' in parsed) return parsed.fault
    this.taker?.line(parsed.record)
    this.add(parsed.record)
    return undefined
  }

  #number(arn: number, removal: boolean, bytes: number): void {
    if (this.#lines === this.#arns.length) {
      const larger = new Uint32Array(this.#arns.length * 2)
      larger.set(this.#arns)
      this.#arns = larger
    }
    this.#arns[this.#lines++] = removal ? (arn | REMOVAL_BIT) >>> 0 : arn
    if (removal) this.#removed++
    this.#held += bytes
    if (this.#block.lines >= LINES_OF_BLOCK || this.#held >= BLOCK_BYTES) this.#close()
  }

  #close(): void {
    const { lines } = this.#block
    if (lines === 0) return
    this.#counts.push(lines)
    this.#held = 0
    this.#blocks.push(this.#block.pack())
  }
}
