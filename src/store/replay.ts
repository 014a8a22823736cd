import * as fs from 'node:fs'
import type { JournalRecord } from './batch.js'
import { Chain, GENESIS } from './checksum.js'
import { readSegmentHead, SEGMENT_HEADER, segmentFile, segmentNumbers } from './segment.js'
import { readSnapshot, type Snapshot, snapshotFiles } from './snapshot.js'
import {
  areStillborn,
  beginningOf,
  type Damage,
  damagedBatches,
  faultOfHead,
  isKeyed,
  type Progress,
  walkSegment,
} from './walk.js'

/** Where a record lies: the segment's number and the offset in it, in one number. */
export type Position = number & { readonly __brand: 'Position' }

export const SEGMENT_RANGE = 2 ** 32
export const position = (segment: number, offset: number): Position =>
  (segment * SEGMENT_RANGE + offset) as Position

export interface ReplayOptions {
  readonly dir: string
  readonly key?: Buffer | undefined
  readonly onSnapshot?: ((body: Buffer) => void) | undefined
  readonly onRecord: (record: JournalRecord, at: Position) => void
}

export interface Replay {
  readonly chain: Chain
  readonly damage: Damage[]
  readonly progress: Progress
  /** Number of the last segment; 0 where there is none. */
  readonly last: number
  /** Segments that were walked, whose bytes needn't be on disk yet. */
  readonly walked: readonly number[]
  /** Last segments that were being written when the machine went down: nothing of them counts. */
  readonly stillborn: readonly number[]
  /** Where the last segment's next batch goes; undefined where a new segment must be begun. */
  readonly end: number | undefined
  /** Bytes of what was replayed. */
  readonly bytes: number
}

/** Takes the newest good snapshot and what came after it. One that is damaged is named, and the one before it taken. */
export function openReplay(options: ReplayOptions): Replay {
  const chain = new Chain(options.key)
  const damage: Damage[] = []
  for (const file of snapshotFiles(options.dir)) {
    const snapshot = readSnapshot(chain, file)
    const fault = 'reason' in snapshot ? snapshot : placeFault(options.dir, snapshot)
    if (fault) damage.push(fault)
    else if (!('reason' in snapshot)) return replayJournal(options, chain, snapshot, damage)
  }
  return replayJournal(options, chain, undefined, damage)
}

/** Whether the journal reaches to where a snapshot says that it was. */
function placeFault(dir: string, snapshot: Snapshot): Damage | undefined {
  const file = segmentFile(dir, snapshot.segment)
  const size = fs.statSync(file, { throwIfNoEntry: false })?.size ?? 0
  if (size >= snapshot.offset) return undefined
  return { file, offset: size, reason: 'ends before what a snapshot has of it' }
}

/**
 * Walks the journal from a snapshot, or from its first segment on, for which the oldest snapshot stands in where
 * earlier ones were removed.
 */
export function replayJournal(
  options: ReplayOptions,
  chain: Chain,
  from: Snapshot | undefined,
  damage: Damage[] = [],
): Replay {
  const { dir } = options
  const { used } = segmentNumbers(dir)
  const base = from ?? baseOf(dir, chain, used, damage)
  if (base) options.onSnapshot?.(base.body)
  const progress: Progress = { sequence: base?.sequence ?? 0, hash: base?.hash ?? GENESIS }
  const walked = used.filter((number) => !base || number >= base.segment)
  nameGaps(dir, used.slice(0, used.length - walked.length + 1), damage)
  let stillborn: readonly number[] = []
  const untils = beginnings(dir, walked)
  let end: number | undefined
  let replayed = 0
  let before: { readonly number: number; readonly file: string; readonly at: number } | undefined
  for (const [i, number] of walked.entries()) {
    const file = segmentFile(dir, number)
    const bytes = fs.readFileSync(file)
    const resumed = base !== undefined && number === base.segment
    const gap = i > 0 && walked[i - 1] !== number - 1
    const fault = resumed ? undefined : faultOfHead(chain, bytes, number, progress)
    const head = readSegmentHead(bytes)
    const keyed = head !== undefined && isKeyed(chain, bytes, head)
    const left = walked.slice(i)
    if (
      (gap || fault !== undefined) &&
      areStillborn(
        left.map((each) => segmentFile(dir, each)),
        progress,
      )
    ) {
      stillborn = left
      break
    }
    if (gap) damage.push({ file: segmentFile(dir, number - 1), offset: 0, reason: 'is missing' })
    const lost = head?.number === number ? head.sequence - progress.sequence - 1 : 0
    // The batches before it are missing at the end of the segment before, which is where the damage is.
    if (fault !== undefined && lost > 0 && before?.number === number - 1)
      damage.push({ file: before.file, offset: before.at, reason: damagedBatches(lost) })
    else if (fault !== undefined) damage.push({ file, offset: 0, reason: fault })
    if (keyed && !chain.keyed) {
      end = undefined
      continue
    }
    const named = head?.number === number
    // What a segment that doesn't follow says of the one before it is all there is to go on from. Of one whose header
    // is damaged, or that has another's name, the batches say themselves what they are.
    if (fault !== undefined && named) progress.hash = head.previous
    const start = resumed ? base.offset : SEGMENT_HEADER
    const at = walkSegment({
      chain: head && !keyed ? new Chain() : chain,
      file,
      bytes,
      from: start,
      until: untils[i] ?? Number.POSITIVE_INFINITY,
      progress,
      onRecord: (record, offset) => options.onRecord(record, position(number, offset)),
      onDamage: (each) => damage.push(each),
    })
    replayed += at - start
    before = { number, file, at }
    // A chain that gains or loses its key goes on in a segment of its own.
    end = named && keyed === chain.keyed ? at : undefined
  }
  const last = walked.filter((number) => !stillborn.includes(number)).at(-1) ?? 0
  return { chain, damage, progress, last, walked, stillborn, end, bytes: replayed }
}

/** Where segments from the first on were removed, the oldest snapshot says what they held. */
function baseOf(dir: string, chain: Chain, used: readonly number[], damage: Damage[]): Snapshot | undefined {
  const [first] = used
  if (first === undefined || first === 1) return undefined
  for (const file of snapshotFiles(dir).reverse()) {
    const snapshot = readSnapshot(chain, file)
    if ('reason' in snapshot) {
      if (!damage.some(({ file: told }) => told === file)) damage.push(snapshot)
    } else if (snapshot.segment >= first) return snapshot
  }
  return undefined
}

function nameGaps(dir: string, used: readonly number[], damage: Damage[]): void {
  used.forEach((number, i) => {
    const before = used[i - 1]
    if (before === undefined || before === number - 1) return
    damage.push({ file: segmentFile(dir, before + 1), offset: 0, reason: 'is missing' })
  })
}

/** For each segment the sequence at which a later one begins: after a failed sync batches were written again there. */
function beginnings(dir: string, numbers: readonly number[]): number[] {
  const starts = numbers.map((number) => beginningOf(segmentFile(dir, number)) ?? Number.POSITIVE_INFINITY)
  return numbers.map((_, i) => Math.min(...starts.slice(i + 1), Number.POSITIVE_INFINITY))
}
