import * as fs from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { Chain, HASH_BYTES } from './checksum.js'
import { readHead, readSegmentHead, segmentFile, syncFolder, writeAll } from './segment.js'
import type { Damage } from './walk.js'

/**
 * A snapshot: what its owner knew after a batch, and where the journal goes on from there. Little-endian.
 *
 *   0 magic · 8 segment u32 · 12 offset u32 · 16 sequence f64 · 24 milliseconds since the epoch f64
 *   32 hash of the last batch (32 bytes) · 64 length of the body u32 · 68 reserved (12 bytes) · 80 body
 *   then the chain's hash over that batch's hash, the header and the body (32 bytes)
 */
const MAGIC = Buffer.from('IAQSNAP1')
const HEADER = 80

/** A place in the journal after which it goes on. */
export interface Mark {
  readonly segment: number
  readonly offset: number
  readonly sequence: number
  readonly time: number
  readonly hash: Buffer
}

export interface Snapshot extends Mark {
  readonly file: string
  readonly body: Buffer
}

const NAME = /^(\d{16})\.snapshot$/

/** Files of a folder's snapshots, newest first. */
export function snapshotFiles(dir: string): string[] {
  return fs
    .readdirSync(dir)
    .filter((name) => NAME.test(name))
    .sort()
    .reverse()
    .map((name) => join(dir, name))
}

/** The sequence that a snapshot's file is named by. */
export const sequenceOf = (file: string): number => Number(NAME.exec(basename(file))?.[1] ?? 0)

/** Reads a snapshot; a damage where it isn't what was written. */
export function readSnapshot(chain: Chain, file: string): Snapshot | Damage {
  const bytes = fs.readFileSync(file)
  const damaged = (reason: string): Damage => ({ file, offset: 0, reason })
  if (bytes.length < HEADER || MAGIC.compare(bytes, 0, MAGIC.length) !== 0)
    return damaged('is no snapshot of this version')
  const end = HEADER + bytes.readUInt32LE(64)
  if (bytes.length !== end + HASH_BYTES) return damaged('has the wrong length')
  const hash = Buffer.from(bytes.subarray(32, 32 + HASH_BYTES))
  const fits = (of: Chain): boolean => of.link(hash, bytes.subarray(0, end)).equals(bytes.subarray(end))
  // One that was made before the chain had its key stands on a segment that has none either.
  const before = (): boolean => fits(new Chain()) && isPlain(dirname(file), bytes.readUInt32LE(8))
  if (!fits(chain) && !(chain.keyed && before())) return damaged('is damaged, or made with another key')
  return {
    file,
    segment: bytes.readUInt32LE(8),
    offset: bytes.readUInt32LE(12),
    sequence: bytes.readDoubleLE(16),
    time: bytes.readDoubleLE(24),
    hash,
    body: bytes.subarray(HEADER, end),
  }
}

function isPlain(dir: string, segment: number): boolean {
  const file = segmentFile(dir, segment)
  return fs.existsSync(file) && readSegmentHead(readHead(file))?.keyed === false
}

/**
 * Writes a snapshot aside, makes it durable and gives it its name.
 * @throws {StoreFullError} where there is no room.
 */
export function writeSnapshot(chain: Chain, dir: string, mark: Mark, body: Buffer, syncs: boolean): void {
  const file = join(dir, `${`${mark.sequence}`.padStart(16, '0')}.snapshot`)
  const draft = `${file}.part`
  const header = Buffer.alloc(HEADER)
  header.set(MAGIC, 0)
  header.writeUInt32LE(mark.segment, 8)
  header.writeUInt32LE(mark.offset, 12)
  header.writeDoubleLE(mark.sequence, 16)
  header.writeDoubleLE(mark.time, 24)
  mark.hash.copy(header, 32)
  header.writeUInt32LE(body.length, 64)
  const fd = fs.openSync(draft, 'w', 0o600)
  try {
    writeAll(fd, Buffer.concat([header, body, chain.link(mark.hash, header, body)]), 0)
    if (syncs) fs.fdatasyncSync(fd)
    fs.renameSync(draft, file)
  } catch (error) {
    fs.rmSync(draft, { force: true })
    throw error
  } finally {
    fs.closeSync(fd)
  }
  if (syncs) syncFolder(dir)
}
