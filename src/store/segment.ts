import * as fs from 'node:fs'
import { join } from 'node:path'
import { HASH_BYTES } from './checksum.js'

/**
 * A segment's header: 0 magic · 8 number u32 · 12 flags u32 (1: the chain has a key) · 16 sequence of its first batch
 * f64 · 24 milliseconds since the epoch when it was begun f64 · 32 hash of the batch before (32 bytes).
 */
export const SEGMENT_HEADER = 64
const MAGIC = Buffer.from('IAQJRNL1')
const KEYED = 1
const ZEROS = Buffer.alloc(1 << 20)
const LARGEST_SEGMENT = 16 * 1024 * 1024
const SMALLEST_SEGMENT = 256 * 1024

/** Thrown where the disk has no room; nothing of what was to be written counts. */
export class StoreFullError extends Error {
  override readonly name = 'StoreFullError'
}

export interface SegmentHead {
  readonly number: number
  readonly keyed: boolean
  readonly sequence: number
  readonly time: number
  readonly previous: Buffer
}

export function encodeSegmentHead(head: SegmentHead): Buffer {
  const bytes = Buffer.alloc(SEGMENT_HEADER)
  bytes.set(MAGIC, 0)
  bytes.writeUInt32LE(head.number, 8)
  bytes.writeUInt32LE(head.keyed ? KEYED : 0, 12)
  bytes.writeDoubleLE(head.sequence, 16)
  bytes.writeDoubleLE(head.time, 24)
  head.previous.copy(bytes, 32)
  return bytes
}

/** Undefined where the bytes are no header of this version. */
export function readSegmentHead(bytes: Buffer): SegmentHead | undefined {
  if (bytes.length < SEGMENT_HEADER || MAGIC.compare(bytes, 0, MAGIC.length) !== 0) return undefined
  const flags = bytes.readUInt32LE(12)
  if (flags > KEYED) return undefined
  return {
    number: bytes.readUInt32LE(8),
    keyed: flags === KEYED,
    sequence: bytes.readDoubleLE(16),
    time: bytes.readDoubleLE(24),
    previous: Buffer.from(bytes.subarray(32, 32 + HASH_BYTES)),
  }
}

export const segmentFile = (dir: string, number: number): string =>
  join(dir, `${`${number}`.padStart(8, '0')}.journal`)

/** Numbers of a folder's segments in their order, those filled beforehand and never written to left out. */
export function segmentNumbers(dir: string): { used: number[]; unused: number[] } {
  const used: number[] = []
  const unused: number[] = []
  for (const name of fs.readdirSync(dir)) {
    if (!/^\d{8}\.journal$/.test(name)) continue
    const number = Number(name.slice(0, 8))
    const isUnused = readHead(segmentFile(dir, number)).every((byte) => byte === 0)
    ;(isUnused ? unused : used).push(number)
  }
  return { used: used.sort((a, b) => a - b), unused }
}

/** A file's first bytes, as many as a header has at most. */
export function readHead(file: string, length = SEGMENT_HEADER): Buffer {
  const bytes = Buffer.alloc(length)
  const fd = fs.openSync(file, 'r')
  try {
    return bytes.subarray(0, fs.readSync(fd, bytes, 0, bytes.length, 0))
  } finally {
    fs.closeSync(fd)
  }
}

/** A segment that is open for writing. */
export interface Segment {
  readonly number: number
  readonly file: string
  readonly fd: number
  readonly size: number
}

/** A file that is being filled, or was and has no number yet. */
const SPARE = /^spare-\d+\.part$/

/** Makes segments filled with zeros, so that a sync of what is written into them later has no metadata to write. */
export class SegmentMaker {
  #ready: { readonly file: string; readonly fd: number; readonly size: number } | undefined
  #making: Promise<void> | undefined
  #made = 0

  /** @param fixed bytes of a segment; without it a share of the free space, so that a small disk holds a store too. */
  constructor(
    private readonly dir: string,
    private readonly fixed: number | undefined,
    private readonly syncs: boolean,
  ) {}

  get size(): number {
    if (this.fixed !== undefined) return this.fixed
    const space = fs.statfsSync(this.dir)
    const share = Math.floor((space.bavail * space.bsize) / 32)
    return Math.min(LARGEST_SEGMENT, Math.max(SMALLEST_SEGMENT, share))
  }

  /**
   * The segment with this number and room for so much; made at once where none is ready.
   * @throws {StoreFullError} where there is no room.
   */
  take(number: number, needed: number): Segment {
    const file = segmentFile(this.dir, number)
    const ready = this.#ready
    this.#ready = undefined
    if (!ready) return this.#make(file, number, needed)
    if (ready.size < needed) {
      discard(ready)
      return this.#make(file, number, needed)
    }
    fs.renameSync(ready.file, file)
    if (this.syncs) syncFolder(this.dir)
    return { number, file, fd: ready.fd, size: ready.size }
  }

  /** Fills one in the background. Where there is no room for it, its turn will tell. */
  prepare(): void {
    if (this.#making || this.#ready) return
    const run = this.#fill().then(
      (made) => {
        this.#ready = made
      },
      () => undefined,
    )
    this.#making = run.then(() => {
      this.#making = undefined
    })
  }

  /** Removes what was filled and not used. */
  async close(): Promise<void> {
    await this.#making
    if (this.#ready) discard(this.#ready)
    this.#ready = undefined
  }

  async #fill(): Promise<{ file: string; fd: number; size: number }> {
    const file = join(this.dir, `spare-${++this.#made}.part`)
    const size = this.size
    const handle = await fs.promises.open(file, 'w', 0o600)
    try {
      for (let at = 0; at < size; at += ZEROS.length)
        await handle.write(ZEROS, 0, Math.min(ZEROS.length, size - at), at)
      if (this.syncs) await handle.datasync()
      return { file, fd: fs.openSync(file, 'r+'), size }
    } catch (error) {
      fs.rmSync(file, { force: true })
      throw error
    } finally {
      await handle.close()
    }
  }

  #make(file: string, number: number, needed: number): Segment {
    const size = Math.max(this.size, needed)
    const fd = fs.openSync(file, 'w+', 0o600)
    try {
      fillZeros(fd, 0, size)
      if (this.syncs) {
        fs.fdatasyncSync(fd)
        syncFolder(this.dir)
      }
    } catch (error) {
      discard({ file, fd })
      throw error
    }
    return { number, file, fd, size }
  }
}

function discard({ file, fd }: { readonly file: string; readonly fd: number }): void {
  fs.closeSync(fd)
  fs.rmSync(file, { force: true })
}

/** Names of a journal's files, oldest first. */
export function journalFiles(dir: string): { readonly snapshots: string[]; readonly segments: string[] } {
  const names = fs.existsSync(dir) ? fs.readdirSync(dir).sort() : []
  return {
    snapshots: names.filter((name) => name.endsWith('.snapshot')),
    segments: names.filter((name) => /^\d{8}\.journal$/.test(name)),
  }
}

/** Removes what a killed process filled and never used, or left half written. */
export function sweepParts(dir: string): void {
  for (const name of fs.readdirSync(dir))
    if (SPARE.test(name) || name.endsWith('.snapshot.part')) fs.rmSync(join(dir, name), { force: true })
}

/** @throws {StoreFullError} where there is no room. */
export function fillZeros(fd: number, from: number, to: number): void {
  for (let at = from; at < to; at += ZEROS.length)
    writeAll(fd, ZEROS.subarray(0, Math.min(ZEROS.length, to - at)), at)
}

/** @throws {StoreFullError} where there is no room. */
export function writeAll(fd: number, bytes: Buffer, at: number): void {
  try {
    for (let done = 0; done < bytes.length; )
      done += fs.writeSync(fd, bytes, done, bytes.length - done, at + done)
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG')
      throw new StoreFullError(`no room in the journal's folder (${code})`, { cause: error })
    throw error
  }
}

/** Makes what a file holds survive the machine; one that isn't there needn't. */
export function syncFile(file: string): void {
  if (!fs.existsSync(file)) return
  const fd = fs.openSync(file, 'r')
  try {
    fs.fsyncSync(fd)
  } finally {
    fs.closeSync(fd)
  }
}

/** Makes new and renamed files of a folder survive the machine. */
export const syncFolder = (dir: string): void => syncFile(dir)
