/**
 * A segment's index on disk, beside its records.
 *
 *   16 bytes    magic
 *   columns     one after the other, each from a multiple of 8 on
 *   footer      JSON: format, bytes and lines of the records that it is of, meta, place and crc32 of each column
 *   32 bytes    f64 offset of the footer, u32 its length, u32 its crc32, magic
 *
 * Every byte that is read is under a checksum. An index that isn't whole is made anew from the records.
 */
import { closeSync, fstatSync, fsyncSync, openSync, readSync, renameSync, rmSync, writeSync } from 'node:fs'
import { crc32, readFully } from '../../records/index.js'
import { type Columns, NAMES, type SegmentData, type SegmentMeta } from './layout.js'
import { type Identifiers, rowsUnder } from './segment.js'

const HEAD = Buffer.from('IAQ INDEX    1\r\n', 'latin1')
const TAIL = Buffer.from('IAQ INDEX   END\n', 'latin1')
const TAIL_BYTES = 32
const FORMAT = 1
const CHUNK = 1 << 22
/** Pairs of an identifier's hash and row between two that are kept in memory: 4 KiB, one read. */
const SAMPLE = 512

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
    const columns = NAMES.map((name) => {
      const column = data.columns[name]
      const bytes = new Uint8Array(column.buffer, column.byteOffset, column.byteLength)
      const place = { name, at, bytes: bytes.length, crc: crcOf(bytes) }
      put(bytes)
      put(new Uint8Array((8 - (at % 8)) % 8))
      return place
    })
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
  const columns: Record<string, Uint32Array | Int32Array | Uint8Array> = {}
  const samples: number[] = []
  let ids = { at: 0, bytes: 0 }
  let end = HEAD.length
  for (const { name, at, bytes, crc } of footer.columns) {
    if (!isBlank(fd, end, at)) return { reason: `is changed before ${name}` }
    end = at + bytes
    const held = name !== 'ids'
    const space = held ? new Uint8Array(new SharedArrayBuffer(bytes)) : new Uint8Array(CHUNK)
    let sum = 0
    for (let done = 0; done < bytes; ) {
      const want = Math.min(CHUNK, bytes - done)
      const into = held ? space.subarray(done, done + want) : space.subarray(0, want)
      if (readSync(fd, into, 0, want, at + done) !== want) return { reason: `is cut short in ${name}` }
      sum = crc32(into, sum)
      if (!held) {
        const pairs = new Uint32Array(space.buffer, 0, want / 4)
        for (let i = 0; i < pairs.length; i += SAMPLE * 2) samples.push(pairs[i] ?? 0)
      }
      done += want
    }
    if (sum !== crc) return { reason: `the checksum of ${name} does not fit` }
    if (!held) {
      ids = { at, bytes }
      columns[name] = new Uint32Array(0)
    } else if (name === 'tokens') columns[name] = space
    else if (name === 'wayKeys') columns[name] = new Int32Array(space.buffer)
    else columns[name] = new Uint32Array(space.buffer)
  }
  if (!isBlank(fd, end, footer.at)) return { reason: 'is changed before the footer' }
  if (NAMES.some((name) => columns[name] === undefined)) return { reason: 'lacks a column' }
  const shared = new Uint32Array(new SharedArrayBuffer(samples.length * 4))
  shared.set(samples)
  return {
    data: { meta: footer.meta, columns: columns as unknown as Columns },
    identifiers: new FiledIdentifiers({ path, ...ids, samples: shared }),
  }
}

/** Whether the few bytes between two columns are there and nothing. */
function isBlank(fd: number, from: number, to: number): boolean {
  if (to - from < 0 || to - from > 8) return false
  const bytes = Buffer.alloc(to - from, 1)
  readFully(fd, bytes, from)
  return bytes.every((each) => each === 0)
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

/** Where the identifiers of an index are; goes from thread to thread. */
export interface IdentifiersPlace {
  readonly path: string
  readonly at: number
  readonly bytes: number
  readonly samples: Uint32Array
}

/** Identifiers in a sorted file: one read for each look-up, two where the hash is at the border. */
export class FiledIdentifiers implements Identifiers {
  #fd: number | undefined

  constructor(readonly place: IdentifiersPlace) {}

  rowsOf(key: number): readonly number[] {
    const { samples, bytes, at, path } = this.place
    const wanted = key >>> 0
    let [low, high] = [0, samples.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((samples[middle] ?? 0) < wanted) low = middle + 1
      else high = middle
    }
    const block = Math.max(0, low - 1)
    const from = block * SAMPLE * 8
    const length = Math.min(bytes - from, SAMPLE * 16)
    if (length <= 0) return []
    this.#fd ??= openSync(path, 'r')
    const pairs = new Uint8Array(length)
    readFully(this.#fd, pairs, at + from)
    return rowsUnder(new Uint32Array(pairs.buffer), key)
  }

  /** Hash and row in turn, all of them. */
  all(): Uint32Array {
    this.#fd ??= openSync(this.place.path, 'r')
    const pairs = new Uint32Array(this.place.bytes / 4)
    const bytes = new Uint8Array(pairs.buffer)
    for (let at = 0; at < bytes.length; at += CHUNK)
      readFully(this.#fd, bytes.subarray(at, at + CHUNK), this.place.at + at)
    return pairs
  }

  close(): void {
    if (this.#fd !== undefined) closeSync(this.#fd)
    this.#fd = undefined
  }
}
