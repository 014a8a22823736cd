import * as fs from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import {
  BATCH_HEADER,
  type BatchHeader,
  encodeBatch,
  isWholeBatch,
  type JournalRecord,
  nextBatch,
  RECORD_HEADER,
  readBatchHeader,
  readRecord,
} from './batch.js'

/** Where a record lies: the segment's number and the offset in it, in one number. */
export type Position = number & { readonly __brand: 'Position' }

const OFFSET_RANGE = 2 ** 32
const position = (segment: number, offset: number): Position => (segment * OFFSET_RANGE + offset) as Position

/** A place where the journal isn't what was written. */
export interface Damage {
  readonly file: string
  readonly offset: number
  readonly reason: string
}

/** Thrown by {@link Journal.append} where the disk has no room; nothing of the batch was kept. */
export class StoreFullError extends Error {
  override readonly name = 'StoreFullError'
}

export interface JournalOptions {
  readonly dir: string
  /** Bytes of a segment. Without it, a share of the free space, so that a small disk holds a store too. */
  readonly segmentBytes?: number | undefined
  /** False leaves syncs out: for measuring what they cost, never for work. */
  readonly sync?: boolean
  /** Called for every record on file, oldest first, before the journal takes more. */
  readonly onRecord: (record: JournalRecord, at: Position) => void
}

const SEGMENT_MAGIC = Buffer.from('IAQJRNL1')
const SEGMENT_HEADER = 64
const GENESIS = Buffer.alloc(32)
const ZEROS = Buffer.alloc(1 << 20)
const LARGEST_SEGMENT = 16 * 1024 * 1024
const SMALLEST_SEGMENT = 256 * 1024
const fdatasync = promisify(fs.fdatasync)

/** The last segment that holds batches, where its next one goes. */
interface TakenUp {
  readonly number: number
  readonly file: string
  readonly length: number
  readonly end: number
}

interface Segment {
  readonly number: number
  readonly file: string
  readonly fd: number
  readonly size: number
}

/**
 * An append-only journal in segments of a folder. Batches are written at once and synced in groups: all that waits
 * while one sync runs goes into the next. Segments are filled with zeros beforehand, so that a sync has no
 * metadata to write. Opening replays every record, cuts a torn tail and names anything else that is damaged.
 */
export class Journal {
  readonly damage: Damage[] = []
  readonly #dir: string
  readonly #syncs: boolean
  readonly #wanted: number | undefined
  #segment: Segment | undefined
  #offset = SEGMENT_HEADER
  #sequence = 0
  #durable = 0
  #hash: Buffer = GENESIS
  /** The segment that comes next, filled with zeros while this one is written. */
  #prepared: Segment | undefined
  #preparing: Promise<void> | undefined
  /** Segments that are full; they close once a sync covered them. */
  #full: Segment[] = []
  #syncing: Promise<void> | undefined
  #queued: Promise<void> | undefined
  readonly #readers = new Map<number, number>()
  #bytes = 0

  private constructor(options: JournalOptions) {
    this.#dir = options.dir
    this.#syncs = options.sync ?? true
    this.#wanted = options.segmentBytes
  }

  /** Opens (or makes) a journal and replays it. */
  static open(options: JournalOptions): Journal {
    fs.mkdirSync(options.dir, { recursive: true, mode: 0o700 })
    const journal = new Journal(options)
    journal.#replay(options.onRecord, true)
    return journal
  }

  /** Reads a journal without touching it, beside a server or at rest. */
  static scan(dir: string, onRecord: JournalOptions['onRecord']): readonly Damage[] {
    const journal = new Journal({ dir, onRecord })
    if (fs.existsSync(dir)) journal.#replay(onRecord, false)
    return journal.damage
  }

  /** Bytes appended since opening. */
  get bytes(): number {
    return this.#bytes
  }

  /** The hash over everything appended so far. */
  get head(): string {
    return this.#hash.toString('hex')
  }

  /**
   * Writes records as one batch, atomically. They survive the process; {@link sync} makes them survive the machine.
   * @throws {StoreFullError} where there is no room.
   */
  append(records: readonly JournalRecord[]): Position[] {
    const { bytes, offsets, hash } = encodeBatch(records, this.#sequence + 1, this.#durable, this.#hash)
    if (!this.#segment || this.#offset + bytes.length > this.#segment.size) this.#nextSegment(bytes.length)
    const segment = this.#segment!
    writeAll(segment.fd, bytes, this.#offset)
    const at = this.#offset
    this.#offset += bytes.length
    this.#bytes += bytes.length
    this.#sequence++
    this.#hash = hash
    return offsets.map((offset) => position(segment.number, at + offset))
  }

  /** Resolves when everything appended before the call is on disk. */
  sync(): Promise<void> {
    if (!this.#syncs) return Promise.resolve()
    if (!this.#syncing) return this.#startSync()
    // One sync runs: everybody who asks meanwhile shares the next.
    this.#queued ??= this.#syncing.then(
      () => this.#startSync(),
      () => this.#startSync(),
    )
    return this.#queued
  }

  /** Covers the present segment and those that were filled since the last sync. */
  #startSync(): Promise<void> {
    this.#queued = undefined
    const upTo = this.#sequence
    const full = this.#full
    this.#full = []
    const segments = this.#segment ? [...full, this.#segment] : full
    const run = Promise.all(segments.map(({ fd }) => fdatasync(fd)))
    this.#syncing = run.then(
      () => {
        this.#durable = Math.max(this.#durable, upTo)
        for (const { fd } of full) fs.closeSync(fd)
      },
      (error: unknown) => {
        this.#full.unshift(...full)
        throw error
      },
    )
    const finished = this.#syncing
    finished.then(
      () => this.#syncDone(finished),
      () => this.#syncDone(finished),
    )
    return finished
  }

  #syncDone(run: Promise<void>): void {
    if (this.#syncing === run) this.#syncing = undefined
  }

  /** Reads one record back; a damage where it isn't what was written. */
  read(at: Position): JournalRecord | Damage {
    const number = Math.floor(at / OFFSET_RANGE)
    const offset = at % OFFSET_RANGE
    const file = this.#file(number)
    let fd = this.#segment?.number === number ? this.#segment.fd : this.#readers.get(number)
    if (fd === undefined) {
      fd = fs.openSync(file, 'r')
      this.#readers.set(number, fd)
    }
    const head = Buffer.alloc(RECORD_HEADER)
    if (fs.readSync(fd, head, 0, RECORD_HEADER, offset) < RECORD_HEADER)
      return { file, offset, reason: 'ends within a record' }
    const length = head.readUInt32LE(0)
    if (length > LARGEST_SEGMENT * 64) return { file, offset, reason: 'length of a record is wrong' }
    const bytes = Buffer.alloc(RECORD_HEADER + length)
    fs.readSync(fd, bytes, 0, bytes.length, offset)
    const record = readRecord(bytes, 0)
    return typeof record === 'string' ? { file, offset, reason: record } : record
  }

  /** Syncs and closes; the last segment is cut to what it holds. */
  async close(): Promise<void> {
    await this.#preparing
    while (this.#syncing) await this.#syncing.catch(() => undefined)
    if (this.#full.length > 0) await this.sync()
    if (this.#prepared) {
      fs.closeSync(this.#prepared.fd)
      fs.rmSync(this.#prepared.file, { force: true })
      this.#prepared = undefined
    }
    for (const fd of this.#readers.values()) fs.closeSync(fd)
    this.#readers.clear()
    if (!this.#segment) return
    fs.ftruncateSync(this.#segment.fd, this.#offset)
    if (this.#syncs) fs.fsyncSync(this.#segment.fd)
    fs.closeSync(this.#segment.fd)
    this.#segment = undefined
  }

  #file(number: number): string {
    return join(this.#dir, `${`${number}`.padStart(8, '0')}.journal`)
  }

  #numbers(): number[] {
    return fs
      .readdirSync(this.#dir)
      .filter((name) => /^\d{8}\.journal$/.test(name))
      .map((name) => Number(name.slice(0, 8)))
      .sort((a, b) => a - b)
  }

  /** Goes on in the next segment, which is ready unless the journal grows faster than the disk takes zeros. */
  #nextSegment(needed: number): void {
    // A segment that is still being filled keeps its number: two writers of one file would destroy each other's work.
    const number = (this.#segment?.number ?? 0) + (this.#preparing && !this.#prepared ? 2 : 1)
    const next =
      this.#prepared && this.#prepared.size >= needed + SEGMENT_HEADER
        ? this.#prepared
        : this.#makeSegment(number, Math.max(this.#size(), needed + SEGMENT_HEADER))
    const header = Buffer.alloc(SEGMENT_HEADER)
    header.set(SEGMENT_MAGIC, 0)
    header.writeUInt32LE(next.number, 8)
    header.writeDoubleLE(this.#sequence + 1, 16)
    this.#hash.copy(header, 32)
    writeAll(next.fd, header, 0)
    if (this.#prepared && this.#prepared !== next) fs.closeSync(this.#prepared.fd)
    this.#prepared = undefined
    if (this.#segment) {
      fs.ftruncateSync(this.#segment.fd, this.#offset)
      if (this.#syncs) this.#full.push(this.#segment)
      else fs.closeSync(this.#segment.fd)
    }
    this.#segment = next
    this.#offset = SEGMENT_HEADER
    this.#prepare(next.number + 1)
  }

  #makeSegment(number: number, size: number): Segment {
    const file = this.#file(number)
    const fd = fs.openSync(file, 'w+', 0o600)
    try {
      for (let at = 0; at < size; at += ZEROS.length)
        writeAll(fd, ZEROS.subarray(0, Math.min(ZEROS.length, size - at)), at)
      if (this.#syncs) {
        fs.fdatasyncSync(fd)
        syncFolder(this.#dir)
      }
    } catch (error) {
      fs.closeSync(fd)
      fs.rmSync(file, { force: true })
      throw error
    }
    return { number, file, fd, size }
  }

  /** Fills the segment after this one in the background. Where there is no room for it, its turn will tell. */
  #prepare(number: number): void {
    const file = this.#file(number)
    const size = this.#size()
    const work = async (): Promise<void> => {
      const handle = await fs.promises.open(file, 'w+', 0o600)
      try {
        for (let at = 0; at < size; at += ZEROS.length)
          await handle.write(ZEROS, 0, Math.min(ZEROS.length, size - at), at)
        if (this.#syncs) {
          await handle.datasync()
          const folder = await fs.promises.open(this.#dir, 'r')
          await folder.sync().finally(() => folder.close())
        }
        if (this.#segment?.number !== number - 1) throw new Error('its turn has passed')
        this.#prepared = { number, file, fd: fs.openSync(file, 'r+'), size }
      } catch (error) {
        fs.rmSync(file, { force: true })
        throw error
      } finally {
        await handle.close()
      }
    }
    const run = work().catch(() => undefined)
    this.#preparing = run
    run.then(() => {
      if (this.#preparing === run) this.#preparing = undefined
    })
  }

  #size(): number {
    if (this.#wanted !== undefined) return this.#wanted
    const space = fs.statfsSync(this.#dir)
    const share = Math.floor((space.bavail * space.bsize) / 32)
    return Math.min(LARGEST_SEGMENT, Math.max(SMALLEST_SEGMENT, share))
  }

  #replay(onRecord: JournalOptions['onRecord'], own: boolean): void {
    const numbers = this.#numbers()
    let taken: TakenUp | undefined
    numbers.forEach((number) => {
      const file = this.#file(number)
      const bytes = fs.readFileSync(file)
      if (isUnused(bytes)) {
        // Filled beforehand, and never written to.
        if (own) fs.rmSync(file)
        return
      }
      if (bytes.length < SEGMENT_HEADER || SEGMENT_MAGIC.compare(bytes, 0, 8) !== 0) {
        this.damage.push({ file, offset: 0, reason: 'is no journal segment of this version' })
        return
      }
      const end = this.#replaySegment(number, file, bytes, onRecord)
      if (own) taken = { number, file, length: bytes.length, end }
    })
    if (taken) this.#takeUp(taken)
  }

  /** Returns where the next batch goes. */
  #replaySegment(number: number, file: string, bytes: Buffer, onRecord: JournalOptions['onRecord']): number {
    let at = SEGMENT_HEADER
    for (;;) {
      const header = readBatchHeader(bytes, at)
      if (header && isWholeBatch(bytes, at, header, this.#hash)) {
        this.#deliver(number, bytes, at, header, onRecord)
        at += BATCH_HEADER + header.length
        continue
      }
      const later = this.#laterBatch(bytes, at, header)
      if (!later) return at
      // A batch that was known to be on disk isn't whole: that is damage, not a torn tail.
      this.damage.push({ file, offset: at, reason: 'a batch is damaged; it is left out' })
      at = later.at
      this.#hash = later.previous
    }
  }

  #deliver(
    number: number,
    bytes: Buffer,
    at: number,
    header: BatchHeader,
    onRecord: JournalOptions['onRecord'],
  ): void {
    const end = at + BATCH_HEADER + header.length
    for (let offset = at + BATCH_HEADER; offset < end; ) {
      const record = readRecord(bytes, offset)
      if (typeof record === 'string') break
      onRecord(record, position(number, offset))
      offset += RECORD_HEADER + record.payload.length
    }
    this.#sequence = header.sequence
    this.#durable = header.sequence
    this.#hash = Buffer.from(header.hash)
  }

  /** A whole batch further on that was written after the batch at `at` was known to be on disk. */
  #laterBatch(
    bytes: Buffer,
    at: number,
    broken: BatchHeader | undefined,
  ): { at: number; previous: Buffer } | undefined {
    const lost = this.#sequence + 1
    for (let from = nextBatch(bytes, at + 1); from >= 0; from = nextBatch(bytes, from + 1)) {
      const header = readBatchHeader(bytes, from)
      if (!header || header.sequence <= lost || header.durable < lost) continue
      const previous = broken && from === at + BATCH_HEADER + broken.length ? broken.hash : undefined
      if (previous && isWholeBatch(bytes, from, header, previous))
        return { at: from, previous: Buffer.from(previous) }
    }
    return undefined
  }

  /** Goes on in the last segment: the torn tail becomes zeros, and a segment that was cut grows again. */
  #takeUp({ number, file, length, end }: TakenUp): void {
    const fd = fs.openSync(file, 'r+')
    const size = Math.max(this.#size(), end + BATCH_HEADER)
    try {
      for (let at = end; at < Math.max(size, length); at += ZEROS.length)
        writeAll(fd, ZEROS.subarray(0, Math.min(ZEROS.length, Math.max(size, length) - at)), at)
      if (this.#syncs) fs.fsyncSync(fd)
    } catch (error) {
      fs.closeSync(fd)
      throw error
    }
    this.#segment = { number, file, fd, size }
    this.#offset = end
    this.#prepare(number + 1)
  }
}

function isUnused(bytes: Buffer): boolean {
  return bytes.subarray(0, SEGMENT_HEADER).every((byte) => byte === 0)
}

function writeAll(fd: number, bytes: Buffer, at: number): void {
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

function syncFolder(dir: string): void {
  const fd = fs.openSync(dir, 'r')
  try {
    fs.fsyncSync(fd)
  } finally {
    fs.closeSync(fd)
  }
}
