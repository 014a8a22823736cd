import * as fs from 'node:fs'
import { promisify } from 'node:util'
import type { ByteWriter } from '../bytes/index.js'
import {
  BATCH_HEADER,
  BatchWriter,
  type JournalRecord,
  RECORD_HEADER,
  type RecordDraft,
  readRecord,
} from './batch.js'
import { Chain, GENESIS } from './checksum.js'
import { faultOfKey } from './key.js'
import { openReplay, type Position, position, type Replay, replayJournal, SEGMENT_RANGE } from './replay.js'
import {
  encodeSegmentHead,
  fillZeros,
  SEGMENT_HEADER,
  type Segment,
  SegmentMaker,
  segmentFile,
  segmentNumbers,
  sweepParts,
  syncFile,
  syncFolder,
  writeAll,
} from './segment.js'
import { type Mark, sequenceOf, snapshotFiles, writeSnapshot } from './snapshot.js'
import { type Damage, firstLink, walkSegment } from './walk.js'

export interface JournalOptions {
  readonly dir: string
  /** Bytes of a segment. Without it, a share of the free space, so that a small disk holds a store too. */
  readonly segmentBytes?: number | undefined
  /** False leaves syncs out: for measuring what they cost, never for work. */
  readonly sync?: boolean
  /** Key of the hash chain; without it anybody can make the hashes anew. */
  readonly key?: Buffer | undefined
  /** Milliseconds since the epoch. */
  readonly now?: () => number
  /** Called first, with the newest snapshot, where there is one: records that it covers aren't replayed. */
  readonly onSnapshot?: ((body: Buffer) => void) | undefined
  /** Called for every record after that, oldest first, before the journal takes more. */
  readonly onRecord: (record: JournalRecord, at: Position) => void
}

/** Appended bytes after which a snapshot is worth its writing: what a start then replays takes well under a second. */
const SNAPSHOT_EVERY = 32 * 1024 * 1024
/** A large snapshot is written less often: it never costs more than a quarter of the journal. */
const SNAPSHOT_SHARE = 4
/** Bodies of records are a few KiB; a length beyond this is damage. */
const LONGEST_RECORD = 1 << 30
const fdatasync = promisify(fs.fdatasync)

/** Where a batch lies that a failed sync made us write again. */
interface Moved {
  readonly from: number
  readonly to: number
  readonly length: number
}

/**
 * An append-only journal in segments of a folder. Batches are written at once and synced in groups: all that waits
 * while one sync runs goes into the next. Opening takes the newest snapshot, replays what came after it, cuts a torn
 * tail and names anything else that is damaged.
 */
export class Journal {
  readonly damage: readonly Damage[]
  readonly #dir: string
  readonly #syncs: boolean
  readonly #now: () => number
  readonly #chain: Chain
  /** What waits to be committed. */
  readonly #batch: BatchWriter
  readonly #maker: SegmentMaker
  #segment: Segment | undefined
  #head: Buffer = Buffer.alloc(0)
  #last: number
  #offset = SEGMENT_HEADER
  #sequence: number
  #hash: Buffer
  /** Everything up to this batch is on disk. */
  #durable: Mark
  /** Segments that are full; they close once a sync covered them. */
  #full: Segment[] = []
  #syncing: Promise<void> | undefined
  #queued: Promise<void> | undefined
  readonly #readers = new Map<number, number>()
  #moved: Moved[] = []
  #bytes = 0
  #sinceSnapshot: number
  #snapshotBytes = 0
  #snapshotting = false

  private constructor(options: JournalOptions, replay: Replay) {
    this.#dir = options.dir
    this.#syncs = options.sync ?? true
    this.#now = options.now ?? Date.now
    this.#chain = replay.chain
    this.#batch = new BatchWriter(this.#chain)
    this.#maker = new SegmentMaker(this.#dir, options.segmentBytes, this.#syncs)
    this.damage = replay.damage
    this.#last = replay.last
    this.#sequence = replay.progress.sequence
    this.#hash = replay.progress.hash
    this.#sinceSnapshot = replay.bytes
    this.#durable = this.#mark()
  }

  /**
   * Opens (or makes) a journal and replays it.
   * @throws {Error} where the chain has a key and none, or another, was given.
   */
  static open(options: JournalOptions): Journal {
    fs.mkdirSync(options.dir, { recursive: true, mode: 0o700 })
    sweepParts(options.dir)
    for (const number of segmentNumbers(options.dir).unused) fs.rmSync(segmentFile(options.dir, number))
    const fault = faultOfKey(options.dir, options.key)
    if (fault) throw new Error(`${fault.file}: ${fault.reason}`)
    const replay = openReplay(options)
    const journal = new Journal(options, replay)
    for (const number of replay.stillborn) fs.rmSync(segmentFile(options.dir, number))
    // What this process will take for safe must be so, whatever the one before had synced.
    if (journal.#syncs) for (const number of replay.walked) syncFile(segmentFile(options.dir, number))
    if (replay.end !== undefined) journal.#takeUp(replay.last, replay.end)
    return journal
  }

  /** Reads a journal without touching it, beside a server or at rest; a folder that isn't there is an empty one. */
  static scan(options: Omit<JournalOptions, 'segmentBytes' | 'sync' | 'now'> & { whole?: boolean }): {
    readonly damage: readonly Damage[]
    readonly head: string
  } {
    if (!fs.existsSync(options.dir)) return { damage: [], head: GENESIS.toString('hex') }
    const replay = options.whole
      ? replayJournal(options, new Chain(options.key), undefined)
      : openReplay(options)
    return { damage: replay.damage, head: replay.progress.hash.toString('hex') }
  }

  /** Bytes appended since opening. */
  get bytes(): number {
    return this.#bytes
  }

  /** The hash over everything appended so far. */
  get head(): string {
    return this.#hash.toString('hex')
  }

  /** Whether so much was appended since the last snapshot that another is worth its writing. */
  get wantsSnapshot(): boolean {
    return (
      !this.#snapshotting &&
      this.#sinceSnapshot > Math.max(SNAPSHOT_EVERY, this.#snapshotBytes * SNAPSHOT_SHARE)
    )
  }

  /** Begins a record of the batch that {@link commit} writes; {@link end} ends it. */
  begin(type: number): ByteWriter {
    return this.#batch.begin(type)
  }

  end(): void {
    this.#batch.end()
  }

  /** Leaves out the record that was begun. */
  drop(): void {
    this.#batch.drop()
  }

  /** Records that wait to be committed. */
  get pending(): number {
    return this.#batch.count
  }

  /**
   * Writes what was put together as one batch, atomically: each record's place, in their order. They survive the
   * process; {@link sync} makes them survive the machine.
   * @throws {StoreFullError} where there is no room; nothing of the batch was kept, and it can be committed again.
   */
  commit(): Position[] {
    return this.#write(this.#batch)
  }

  /** Writes these records alone as a batch, see {@link commit}; nothing of it stays behind where it throws. */
  append(records: readonly RecordDraft[]): Position[] {
    const batch = new BatchWriter(this.#chain)
    for (const record of records) batch.add(record)
    return this.#write(batch)
  }

  #write(batch: BatchWriter): Position[] {
    if (!this.#segment || this.#offset + batch.length > this.#segment.size) this.#nextSegment(batch.length)
    const segment = this.#segment!
    const previous =
      this.#offset === SEGMENT_HEADER ? firstLink(this.#chain, this.#hash, this.#head) : this.#hash
    const { bytes, hash } = batch.close(this.#sequence + 1, this.#durable.sequence, previous)
    writeAll(segment.fd, bytes, this.#offset)
    const { number } = segment
    const at = this.#offset
    this.#offset += bytes.length
    this.#bytes += bytes.length
    this.#sinceSnapshot += bytes.length
    this.#sequence++
    this.#hash = hash
    return batch.clear().map((offset) => position(number, at + offset))
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
    const upTo = this.#mark()
    const full = this.#full
    this.#full = []
    const segments = this.#segment ? [...full, this.#segment] : full
    this.#syncing = Promise.all(segments.map(({ fd }) => fdatasync(fd))).then(
      () => {
        if (upTo.sequence > this.#durable.sequence) this.#durable = upTo
        for (const { fd } of full) fs.closeSync(fd)
      },
      async (error: unknown) => {
        await this.#writeAgain(full, error)
      },
    )
    const finished = this.#syncing
    const done = (): void => {
      if (this.#syncing === finished) this.#syncing = undefined
    }
    finished.then(done, done)
    return finished
  }

  /**
   * A sync failed: whether its pages reached the disk can't be known any more, and asking again would say yes. What
   * wasn't known to be on disk before is written again, in a new segment.
   * @throws what the sync said, where that can't be done either.
   */
  async #writeAgain(full: readonly Segment[], error: unknown): Promise<void> {
    const given = [...full, ...this.#full, ...(this.#segment ? [this.#segment] : [])]
    const batches = given.flatMap((segment) => this.#batchesOf(segment))
    const known = this.#durable
    if (batches.length !== this.#sequence - known.sequence) throw error
    this.#full = []
    this.#segment = undefined
    this.#sequence = known.sequence
    this.#hash = known.hash
    for (const { at, records } of batches) {
      const [first] = this.append(records)
      if (first !== undefined) this.#moved.push({ from: at, to: first, length: batchLength(records) })
    }
    for (const { fd } of given) fs.closeSync(fd)
    const upTo = this.#mark()
    for (const { fd } of [...this.#full, ...(this.#segment ? [this.#segment as Segment] : [])])
      await fdatasync(fd)
    this.#durable = upTo
  }

  /** A segment's batches that aren't known to be on disk, read back. */
  #batchesOf(segment: Segment): { at: Position; records: RecordDraft[] }[] {
    const bytes = fs.readFileSync(segment.file)
    const known = this.#durable
    const batches: { at: Position; records: RecordDraft[] }[] = []
    let current: RecordDraft[] = []
    let first: Position | undefined
    walkSegment({
      chain: this.#chain,
      file: segment.file,
      bytes,
      from: segment.number === known.segment ? known.offset : SEGMENT_HEADER,
      until: Number.POSITIVE_INFINITY,
      progress: { sequence: known.sequence + batches.length, hash: known.hash },
      onRecord: ({ type, payload }, offset) => {
        first ??= position(segment.number, offset)
        current.push({ type, text: payload.toString('latin1') })
      },
      onDamage: () => undefined,
      onBatch: () => {
        if (first !== undefined) batches.push({ at: first, records: current })
        current = []
        first = undefined
      },
    })
    return batches
  }

  /** Reads one record back; a damage where it isn't what was written. */
  read(at: Position): JournalRecord | Damage {
    const place = this.#placeNow(at)
    const number = Math.floor(place / SEGMENT_RANGE)
    const offset = place % SEGMENT_RANGE
    const file = segmentFile(this.#dir, number)
    const damaged = (reason: string): Damage => ({ file, offset, reason })
    const fd = this.#readerOf(number, file)
    if (fd === undefined) return damaged('the segment is missing')
    const head = Buffer.alloc(RECORD_HEADER)
    if (fs.readSync(fd, head, 0, RECORD_HEADER, offset) < RECORD_HEADER)
      return damaged('ends within a record')
    const length = head.readUInt32LE(0)
    if (length > LONGEST_RECORD) return damaged('length of a record is wrong')
    const bytes = Buffer.alloc(RECORD_HEADER + length)
    fs.readSync(fd, bytes, 0, bytes.length, offset)
    const record = readRecord(bytes, 0)
    return typeof record === 'string' ? damaged(record) : record
  }

  #placeNow(at: number): number {
    for (const { from, to, length } of this.#moved)
      if (at >= from && at < from + length) return to + (at - from)
    return at
  }

  #readerOf(number: number, file: string): number | undefined {
    if (this.#segment?.number === number) return this.#segment.fd
    const known = this.#readers.get(number)
    if (known !== undefined) return known
    if (!fs.existsSync(file)) return undefined
    const fd = fs.openSync(file, 'r')
    this.#readers.set(number, fd)
    return fd
  }

  /**
   * Keeps what the owner knows after everything appended so far, so that a start needn't replay it. It counts once the
   * journal that it covers is on disk.
   * @throws {StoreFullError} where there is no room.
   */
  async snapshot(body: Buffer): Promise<void> {
    const mark = this.#mark()
    // Of an empty journal there is nothing to keep, and no segment to go on from.
    if (mark.sequence === 0) return
    this.#snapshotting = true
    this.#sinceSnapshot = 0
    this.#snapshotBytes = body.length
    try {
      await this.sync()
      // What a failed sync has moved elsewhere isn't where the snapshot says.
      if (this.#moved.length === 0) writeSnapshot(this.#chain, this.#dir, mark, body, this.#syncs)
    } finally {
      this.#snapshotting = false
    }
  }

  #mark(): Mark {
    const { number } = this.#segment ?? { number: this.#last }
    return {
      segment: number,
      offset: this.#offset,
      sequence: this.#sequence,
      time: this.#now(),
      hash: this.#hash,
    }
  }

  /**
   * Removes segments that were finished before a moment, as far as a snapshot covers them and nothing needs them.
   * @param before milliseconds since the epoch.
   * @param needed the earliest place that something still refers to.
   * @returns how many were removed, and the hash that the first one left goes on from.
   */
  retain(before: number, needed: Position | undefined): { removed: number; first: number } {
    const { used } = segmentNumbers(this.#dir)
    const lowest = needed === undefined ? Number.POSITIVE_INFINITY : Math.floor(needed / SEGMENT_RANGE)
    const base = snapshotFiles(this.#dir)
      .map((file) => ({ file, ...markOf(file) }))
      .find((each) => each.time <= before)
    if (!base) return { removed: 0, first: used[0] ?? 0 }
    const gone = used.filter((number) => number < base.segment && number < lowest)
    for (const number of gone) {
      const fd = this.#readers.get(number)
      if (fd !== undefined) fs.closeSync(fd)
      this.#readers.delete(number)
      fs.rmSync(segmentFile(this.#dir, number))
    }
    if (gone.length > 0)
      for (const file of snapshotFiles(this.#dir))
        if (sequenceOf(file) < sequenceOf(base.file)) fs.rmSync(file)
    return { removed: gone.length, first: used[gone.length] ?? 0 }
  }

  /** Syncs and closes; the last segment is cut to what it holds. */
  async close(): Promise<void> {
    while (this.#syncing) await this.#syncing.catch(() => undefined)
    if (this.#full.length > 0) await this.sync()
    await this.#maker.close()
    for (const fd of this.#readers.values()) fs.closeSync(fd)
    this.#readers.clear()
    if (!this.#segment) return
    fs.ftruncateSync(this.#segment.fd, this.#offset)
    if (this.#syncs) fs.fsyncSync(this.#segment.fd)
    fs.closeSync(this.#segment.fd)
    this.#segment = undefined
  }

  /** Goes on in the next segment, which is ready unless the journal grows faster than the disk takes zeros. */
  #nextSegment(needed: number): void {
    const next = this.#maker.take(this.#last + 1, needed + SEGMENT_HEADER)
    const head = encodeSegmentHead({
      number: next.number,
      keyed: this.#chain.keyed,
      sequence: this.#sequence + 1,
      time: this.#now(),
      previous: this.#hash,
    })
    writeAll(next.fd, head, 0)
    if (this.#segment) {
      fs.ftruncateSync(this.#segment.fd, this.#offset)
      if (this.#syncs) this.#full.push(this.#segment)
      else fs.closeSync(this.#segment.fd)
    }
    this.#segment = next
    this.#head = head
    this.#last = next.number
    this.#offset = SEGMENT_HEADER
    this.#maker.prepare()
  }

  /** Goes on in the last segment: the torn tail becomes zeros, and a segment that was cut grows again. */
  #takeUp(number: number, end: number): void {
    const file = segmentFile(this.#dir, number)
    const fd = fs.openSync(file, 'r+')
    const length = fs.fstatSync(fd).size
    const size = Math.max(this.#maker.size, end + BATCH_HEADER)
    try {
      this.#head = Buffer.alloc(SEGMENT_HEADER)
      fs.readSync(fd, this.#head, 0, SEGMENT_HEADER, 0)
      fillZeros(fd, end, Math.max(size, length))
      if (this.#syncs) {
        fs.fsyncSync(fd)
        syncFolder(this.#dir)
      }
    } catch (error) {
      fs.closeSync(fd)
      throw error
    }
    this.#segment = { number, file, fd, size }
    this.#offset = end
    this.#durable = this.#mark()
    this.#maker.prepare()
  }
}

function batchLength(records: readonly RecordDraft[]): number {
  return records.reduce((sum, { text }) => sum + RECORD_HEADER + text.length, 0)
}

/** What a snapshot's header says of its place, for choosing among many. */
function markOf(file: string): { segment: number; time: number } {
  const bytes = Buffer.alloc(32)
  const fd = fs.openSync(file, 'r')
  try {
    fs.readSync(fd, bytes, 0, bytes.length, 0)
  } finally {
    fs.closeSync(fd)
  }
  return { segment: bytes.readUInt32LE(8), time: bytes.readDoubleLE(24) }
}
