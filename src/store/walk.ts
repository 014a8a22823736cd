import * as fs from 'node:fs'
import {
  BATCH_HEADER,
  type BatchHeader,
  hasWholeRecords,
  isWholeBatch,
  type JournalRecord,
  nextBatch,
  RECORD_HEADER,
  readBatchHeader,
  readRecord,
} from './batch.js'
import type { Chain } from './checksum.js'
import { encodeSegmentHead, readHead, readSegmentHead, SEGMENT_HEADER, type SegmentHead } from './segment.js'

/** A place where the journal isn't what was written. */
export interface Damage {
  readonly file: string
  readonly offset: number
  readonly reason: string
}

/** How far a walk has come: the last batch's sequence and hash. */
export interface Progress {
  sequence: number
  hash: Buffer
}

export interface WalkOptions {
  readonly chain: Chain
  readonly file: string
  readonly bytes: Buffer
  /** Where the first batch begins; the segment's header's end where it is walked from its beginning. */
  readonly from: number
  /** Batches from this sequence on were written anew in the next segment. */
  readonly until: number
  readonly progress: Progress
  readonly onRecord: (record: JournalRecord, offset: number) => void
  readonly onDamage: (damage: Damage) => void
  /** Called with the hash of each whole batch. */
  readonly onBatch?: (hash: Buffer) => void
}

/**
 * Walks a segment's batches. What is damaged is told and left out; a torn tail, which nobody was told of, ends it.
 * Returns where the next batch goes.
 */
export function walkSegment(options: WalkOptions): number {
  const { chain, bytes, progress, file } = options
  let at = options.from
  let previous = at === SEGMENT_HEADER ? firstLink(chain, progress.hash, bytes) : progress.hash
  for (;;) {
    const header = readBatchHeader(bytes, at)
    if (header && isWholeBatch(chain, bytes, at, header, previous)) {
      if (header.sequence >= options.until) return at
      // In a segment that was copied to another place stands what was given already.
      if (header.sequence > progress.sequence) deliver(bytes, at, header, options)
      previous = header.hash
      at += BATCH_HEADER + header.length
      continue
    }
    const later =
      provesMore(bytes, at + 1, progress.sequence + 1) && firstWhole(bytes, at + 1, progress.sequence + 1)
    if (!later || later.header.sequence >= options.until) return at
    // A batch that was known to be on disk isn't whole: that is damage, not a torn tail.
    const lost = later.header.sequence - progress.sequence - 1
    options.onDamage({ file, offset: at, reason: damagedBatches(lost) })
    at = later.at
    deliver(bytes, at, later.header, options)
    previous = later.header.hash
    at += BATCH_HEADER + later.header.length
  }
}

export const damagedBatches = (lost: number): string =>
  `${lost || 'a'} batch${lost > 1 ? 'es are' : ' is'} damaged`

/** What the first batch of a segment follows: the hash of the batch before, with the segment's header. */
export function firstLink(chain: Chain, previous: Buffer, segment: Buffer): Buffer {
  return chain.link(previous, segment.subarray(0, SEGMENT_HEADER))
}

/**
 * Whether a segment's chain has a key. Its first batch covers the header: where that fits only once the flag is undone,
 * the flag is what is damaged.
 */
export function isKeyed(chain: Chain, bytes: Buffer, head: SegmentHead): boolean {
  const first = head.keyed === chain.keyed ? undefined : readBatchHeader(bytes, SEGMENT_HEADER)
  if (!first) return head.keyed
  const undone = encodeSegmentHead({ ...head, keyed: chain.keyed })
  const link = chain.link(head.previous, undone)
  return isWholeBatch(chain, bytes, SEGMENT_HEADER, first, link) ? chain.keyed : head.keyed
}

/** Whether a segment's header is there and goes on where the one before ended; else what is wrong with it. */
export function faultOfHead(
  chain: Chain,
  bytes: Buffer,
  number: number,
  progress: Progress,
): string | undefined {
  const head = readSegmentHead(bytes)
  if (!head) return 'is no journal segment of this version'
  if (head.number !== number) return `is segment ${head.number} under another name`
  if (isKeyed(chain, bytes, head) !== head.keyed) return 'says wrongly whether its chain has a key'
  if (head.keyed && !chain.keyed) return 'its chain has a key: give audit.key'
  if (!head.previous.equals(progress.hash)) return 'does not follow the segment before it'
  return undefined
}

/**
 * Whether segments that don't go on from the one before were being written when the machine went down: nothing in any
 * of them proves that what is missing ever was on disk, so nothing of it was acknowledged.
 */
export function areStillborn(files: readonly string[], progress: Progress): boolean {
  return files.every((file) => !provesMore(fs.readFileSync(file), 0, progress.sequence + 1))
}

function deliver(bytes: Buffer, at: number, header: BatchHeader, options: WalkOptions): void {
  const end = at + BATCH_HEADER + header.length
  for (let offset = at + BATCH_HEADER; offset < end; ) {
    const record = readRecord(bytes, offset)
    // The batch's hash fits, so that only its writer can have made it so.
    if (typeof record === 'string') {
      options.onDamage({ file: options.file, offset, reason: record })
      break
    }
    options.onRecord(record, offset)
    offset += RECORD_HEADER + record.payload.length
  }
  options.progress.sequence = header.sequence
  options.progress.hash = header.hash
  options.onBatch?.(header.hash)
}

/**
 * Whether a whole batch stands behind a place that was written when batch `lost` was known to be on disk: then what is
 * missing is damage, and not what was being written when the machine went down.
 */
export function provesMore(bytes: Buffer, from: number, lost: number): boolean {
  return firstOf(bytes, from, (header) => header.sequence > lost && header.durable >= lost) !== undefined
}

/** The first whole batch behind a place that comes after batch `lost`. */
function firstWhole(
  bytes: Buffer,
  from: number,
  lost: number,
): { at: number; header: BatchHeader } | undefined {
  return firstOf(bytes, from, (header) => header.sequence > lost)
}

function firstOf(
  bytes: Buffer,
  from: number,
  wanted: (header: BatchHeader) => boolean,
): { at: number; header: BatchHeader } | undefined {
  for (let at = nextBatch(bytes, from); at >= 0; at = nextBatch(bytes, at + 1)) {
    const header = readBatchHeader(bytes, at)
    if (header && wanted(header) && hasWholeRecords(bytes, at, header)) return { at, header }
  }
  return undefined
}

/**
 * The sequence at which a segment begins, where its header and its first batch say the same: one of them alone may be
 * damaged, and what the segment before it holds is left out by nothing less.
 */
export function beginningOf(file: string): number | undefined {
  const bytes = readHead(file, SEGMENT_HEADER + BATCH_HEADER)
  const sequence = readSegmentHead(bytes)?.sequence
  return readBatchHeader(bytes, SEGMENT_HEADER)?.sequence === sequence ? sequence : undefined
}

/** Whether anything but zeros stands from a place on: what was being written when the machine or process ended. */
export function isTorn(bytes: Buffer, from: number): boolean {
  for (let at = from; at < bytes.length; at++) if (bytes[at] !== 0) return true
  return false
}

/**
 * Where the last whole batch of a segment that is being written to ends. Everything before it has been written, so that
 * a copy made from now on has it, while what comes after it may be copied in part.
 */
export function writtenUntil(file: string): number {
  const bytes = fs.readFileSync(file)
  let at = SEGMENT_HEADER
  for (let from = at; ; from = at) {
    const next = firstOf(bytes, from, () => true)
    if (!next) return Math.min(at, bytes.length)
    at = next.at + BATCH_HEADER + next.header.length
  }
}
