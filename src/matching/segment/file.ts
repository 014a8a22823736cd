/**
 * A segment's index on disk, beside its records.
 *
 *   16 bytes    magic
 *   columns     one after the other, packed (`packing.ts`); the identifiers in blocks, which stay on disk
 *   footer      JSON: format, bytes and lines of the records that it is of, meta, numbers, place and crc32 of each column
 *   32 bytes    f64 offset of the footer, u32 its length, u32 its crc32, magic
 *
 * Every byte that is read is under a checksum. An index that isn't whole, or is of an earlier format, is made anew from the
 * records.
 */
import { closeSync, fstatSync, fsyncSync, openSync, readSync, renameSync, rmSync, writeSync } from 'node:fs'
import { crc32, readFully } from '../../records/files.js'
import { type Columns, NAMES, type SegmentData, type SegmentMeta } from './layout.js'
import {
  ID_BLOCK,
  PACKED_ORDER,
  packColumn,
  packIdentifiers,
  type Unpacked,
  unpackColumn,
  unpackIdentifiers,
} from './packing.js'
import { type Identifiers, rowsUnder } from './segment.js'

const HEAD = Buffer.from('IAQ INDEX    2\r\n', 'latin1')
const TAIL = Buffer.from('IAQ INDEX   END\n', 'latin1')
const TAIL_BYTES = 32
const FORMAT = 2
const CHUNK = 1 << 22
/** Beside the columns: where the blocks of identifiers begin, and with which hash. */
const [ID_SAMPLES, ID_OFFSETS] = ['idSamples', 'idOffsets']

/** The records that an index is of. */
export interface IndexOf {
  readonly bytes: number
  readonly lines: number
}

interface Footer extends IndexOf {
  readonly format: number
  readonly meta: SegmentMeta
  readonly columns: readonly {
    readonly name: string
    readonly count: number
    readonly at: number
    readonly bytes: number
    readonly crc: number
  }[]
}

/** Writes an index whole and puts it in place. */
export function writeIndex(path: string, data: SegmentData, of: IndexOf): void {
  const part = `${path}.${process.pid}.part`
  rmSync(part, { force: true })
  const fd = openSync(part, 'wx', 0o600)
  try {
    let at = 0
    const put = (bytes: Uint8Array): void => {
      for (let done = 0; done < bytes.length; )
        done += writeSync(fd, bytes, done, Math.min(bytes.length - done, 1 << 30))
      at += bytes.length
    }
    put(HEAD)
    const columns: Footer['columns'][number][] = []
    const putColumn = (name: string, count: number, bytes: Uint8Array): void => {
      columns.push({ name, count, at, bytes: bytes.length, crc: crcOf(bytes) })
      put(bytes)
    }
    const ids = packIdentifiers(data.columns.ids)
    for (const name of PACKED_ORDER)
      putColumn(name, data.columns[name].length, name === 'ids' ? ids.bytes : packColumn(name, data.columns))
    putColumn(ID_SAMPLES, ids.samples.length, bytesOf(ids.samples))
    putColumn(ID_OFFSETS, ids.offsets.length, bytesOf(ids.offsets))
    const footer: Footer = { format: FORMAT, ...of, meta: data.meta, columns }
    const text = Buffer.from(JSON.stringify(footer))
    const tail = Buffer.alloc(TAIL_BYTES)
    tail.writeDoubleLE(at, 0)
    tail.writeUInt32LE(text.length, 8)
    tail.writeUInt32LE(crc32(text), 12)
    TAIL.copy(tail, 16)
    put(text)
    put(tail)
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
  renameSync(part, path)
}

const bytesOf = (list: Uint32Array): Uint8Array =>
  new Uint8Array(list.buffer, list.byteOffset, list.byteLength)

function crcOf(bytes: Uint8Array): number {
  let crc = 0
  for (let at = 0; at < bytes.length; at += CHUNK) crc = crc32(bytes.subarray(at, at + CHUNK), crc)
  return crc
}

/** A segment's columns in shared memory, and where its identifiers are read. */
export interface ReadIndex {
  readonly data: SegmentData
  readonly identifiers: FiledIdentifiers
}

/** Reads an index into shared memory. @returns what is wrong with it where it isn't whole. */
export function readIndex(path: string, of: IndexOf): ReadIndex | { readonly reason: string } {
  let fd: number
  try {
    fd = openSync(path, 'r')
  } catch {
    return { reason: 'is missing' }
  }
  const read = readOpen(fd, path, of)
  closeSync(fd)
  return read
}

function readOpen(fd: number, path: string, of: IndexOf): ReadIndex | { readonly reason: string } {
  const footer = readFooter(fd)
  if ('reason' in footer) return footer
  if (footer.bytes !== of.bytes || footer.lines !== of.lines) return { reason: 'is of other records' }
  const columns: Unpacked = {}
  const shared = new Map<string, Uint32Array>()
  let ids = { at: 0, bytes: 0, count: 0 }
  let end = HEAD.length
  for (const { name, count, at, bytes, crc } of footer.columns) {
    if (at !== end) return { reason: `has a gap before ${name}` }
    end = at + bytes
    // Identifiers are read for their checksum alone.
    const space = new Uint8Array(name === 'ids' ? Math.min(CHUNK, bytes) : bytes)
    let sum = 0
    for (let done = 0; done < bytes; ) {
      const want = Math.min(CHUNK, bytes - done)
      const into = name === 'ids' ? space.subarray(0, want) : space.subarray(done, done + want)
      if (readSync(fd, into, 0, want, at + done) !== want) return { reason: `is cut short in ${name}` }
      sum = crc32(into, sum)
      done += want
    }
    if (sum !== crc) return { reason: `the checksum of ${name} does not fit` }
    if (name === ID_SAMPLES || name === ID_OFFSETS) {
      const list = new SharedArrayBuffer(bytes)
      new Uint8Array(list).set(space)
      shared.set(name, new Uint32Array(list))
    } else if (name === 'ids') {
      ids = { at, bytes, count: count / 2 }
      columns.ids = new Uint32Array(0)
    } else {
      const known = NAMES.find((each) => each === name)
      if (known) columns[known] = unpackColumn(known, space, count, columns)
    }
  }
  if (end !== footer.at) return { reason: 'has a gap before the footer' }
  const [samples, offsets] = [shared.get(ID_SAMPLES), shared.get(ID_OFFSETS)]
  if (!samples || !offsets || NAMES.some((name) => columns[name] === undefined))
    return { reason: 'lacks a column' }
  return {
    data: { meta: footer.meta, columns: columns as unknown as Columns },
    identifiers: new FiledIdentifiers({ path, ...ids, samples, offsets }),
  }
}

function readFooter(fd: number): (Footer & { readonly at: number }) | { readonly reason: string } {
  const size = fstatSync(fd).size
  const head = Buffer.alloc(HEAD.length)
  const tail = Buffer.alloc(TAIL_BYTES)
  readFully(fd, head, 0)
  readFully(fd, tail, Math.max(0, size - TAIL_BYTES))
  if (!head.equals(HEAD) || !tail.subarray(16).equals(TAIL))
    return { reason: 'is cut short or no index of this release' }
  const length = tail.readUInt32LE(8)
  if (length > size) return { reason: 'the footer is not where it should be' }
  const text = Buffer.alloc(length)
  readFully(fd, text, tail.readDoubleLE(0))
  if (crc32(text) !== tail.readUInt32LE(12)) return { reason: 'the checksum of the footer does not fit' }
  const footer = JSON.parse(text.toString('utf8')) as Footer
  return footer.format === FORMAT
    ? { ...footer, at: tail.readDoubleLE(0) }
    : { reason: `is of format ${footer.format}` }
}

/** Reads every byte of an index. @returns what is wrong with it. */
export function verifyIndex(path: string, of: IndexOf): string | undefined {
  const read = readIndex(path, of)
  if ('reason' in read) return read.reason
  read.identifiers.close()
  return undefined
}

/** Blocks that are read at once: a megabyte or two. */
const BLOCKS_READ = 512

/** Where the identifiers of an index are; goes from thread to thread. */
export interface IdentifiersPlace {
  readonly path: string
  readonly at: number
  readonly bytes: number
  /** Pairs of a hash and a row. */
  readonly count: number
  /** First hash of each block, and the byte after `at` where it begins. */
  readonly samples: Uint32Array
  readonly offsets: Uint32Array
}

/** Identifiers in a sorted file: one read for each look-up. */
export class FiledIdentifiers implements Identifiers {
  #fd: number | undefined

  constructor(readonly place: IdentifiersPlace) {}

  rowsOf(key: number): readonly number[] {
    const { samples } = this.place
    const wanted = key >>> 0
    let [low, high] = [0, samples.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((samples[middle] ?? 0) < wanted) low = middle + 1
      else high = middle
    }
    // The hash may begin in the block before the first that begins with it, or in that.
    const block = Math.max(0, low - 1)
    return rowsUnder(this.#pairs(block, Math.min(samples.length, block + 2)), key)
  }

  /** Hash and row in turn, all of them. */
  all(): Uint32Array {
    return this.#pairs(0, this.place.samples.length)
  }

  /** The pairs of some blocks. */
  #pairs(from: number, to: number): Uint32Array {
    const { count, at, path, offsets, samples } = this.place
    const pairs = new Uint32Array(2 * (Math.min(count, to * ID_BLOCK) - from * ID_BLOCK))
    if (pairs.length === 0) return pairs
    this.#fd ??= openSync(path, 'r')
    let next = 0
    for (let first = from; first < to; first += BLOCKS_READ) {
      const last = Math.min(to, first + BLOCKS_READ)
      const start = offsets[first] ?? 0
      const bytes = new Uint8Array(this.#end(last) - start)
      readFully(this.#fd, bytes, at + start)
      for (let block = first; block < last; block++) {
        const its = bytes.subarray((offsets[block] ?? 0) - start, this.#end(block + 1) - start)
        const size = Math.min(ID_BLOCK, count - block * ID_BLOCK)
        next = unpackIdentifiers(its, samples[block] ?? 0, size, pairs, next)
      }
    }
    return pairs
  }

  /** Where the blocks before this one end. */
  #end(block: number): number {
    return this.place.offsets[block] ?? this.place.bytes
  }

  close(): void {
    if (this.#fd !== undefined) closeSync(this.#fd)
    this.#fd = undefined
  }
}
