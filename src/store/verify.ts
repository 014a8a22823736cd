import * as fs from 'node:fs'
import { type JournalRecord, readBatchHeader } from './batch.js'
import { Chain, GENESIS } from './checksum.js'
import { readSegmentHead, SEGMENT_HEADER, segmentFile, segmentNumbers } from './segment.js'
import { readSnapshot, type Snapshot, snapshotFiles } from './snapshot.js'
import {
  areStillborn,
  beginningOf,
  type Damage,
  faultOfHead,
  isKeyed,
  isTorn,
  type Progress,
  walkSegment,
} from './walk.js'

export interface VerifyOptions {
  readonly dir: string
  readonly key?: Buffer | undefined
  /** The journal was closed in order, so that no byte may stand behind its last batch. */
  readonly closed: boolean
  /** A hash that must have been the head of the chain at some time. */
  readonly head?: string | undefined
  /** Called for each whole record, in their order. */
  readonly onRecord?: (record: JournalRecord) => void
  /** Called with the bytes read so far and in all. */
  readonly onProgress?: (done: number, all: number) => void
}

export interface Verified {
  readonly damage: readonly Damage[]
  readonly batches: number
  readonly records: number
  readonly bytes: number
  /** Number of the first segment; those before it were removed. */
  readonly first: number
  /** The chain's last hash. */
  readonly head: string
  /** Whether {@link VerifyOptions.head} was found; true where none was asked for. */
  readonly found: boolean
}

/** Reads every byte of a journal and holds it to its chain. Nothing is taken on trust and nothing is changed. */
export function verifyJournal(options: VerifyOptions): Verified {
  const { dir } = options
  const chain = new Chain(options.key)
  const damage: Damage[] = []
  if (!fs.existsSync(dir))
    return {
      damage,
      batches: 0,
      records: 0,
      bytes: 0,
      first: 1,
      head: hex(GENESIS),
      found: options.head === undefined,
    }
  const { used } = segmentNumbers(dir)
  const files = used.map((number) => segmentFile(dir, number))
  const all = files.reduce((sum, file) => sum + fs.statSync(file).size, 0)
  const marks = readMarks(dir, chain, damage)
  const progress: Progress = { sequence: 0, hash: GENESIS }
  let [batches, records, bytes, found] = [0, 0, 0, options.head === undefined]
  let sawKey = false
  const first = used[0] ?? 1
  // Segments that waiting answers need stay longer than what the oldest snapshot stands in for.
  const base = first === 1 ? undefined : marks.find((mark) => mark.segment >= first)
  if (first !== 1 && !base)
    damage.push({ file: segmentFile(dir, first), offset: 0, reason: 'what came before it is missing' })
  for (const [i, number] of used.entries()) {
    const file = files[i] ?? ''
    const text = fs.readFileSync(file)
    bytes += text.length
    const head = readSegmentHead(text)
    const keyed = head !== undefined && isKeyed(chain, text, head)
    // Where earlier segments were removed, the first one left is anchored by the snapshot that stands in for them.
    if (i === 0 && first !== 1 && head) {
      progress.hash = head.previous
      progress.sequence = head.sequence - 1
    }
    const fault = faultOfHead(chain, text, number, progress)
    const newest = i === used.length - 1
    const before = used[i - 1]
    const gap = before !== undefined && before !== number - 1
    // What was being written when the machine went down is no damage.
    if ((gap || fault !== undefined) && i > 0 && !options.closed && areStillborn(files.slice(i), progress))
      break
    if (gap) damage.push({ file: segmentFile(dir, before + 1), offset: 0, reason: 'is missing' })
    if (fault !== undefined) damage.push({ file, offset: 0, reason: fault })
    if (chain.keyed && head && !keyed && sawKey)
      damage.push({ file, offset: 12, reason: 'its chain has no key, though the one before has' })
    sawKey ||= keyed
    if (!head || head.number !== number || (keyed && !chain.keyed)) continue
    if (fault !== undefined) progress.hash = head.previous
    const next = used[i + 1]
    const until = next === undefined ? undefined : beginningOf(segmentFile(dir, next))
    const end = walkSegment({
      chain: keyed ? chain : new Chain(),
      file,
      bytes: text,
      from: SEGMENT_HEADER,
      until: until ?? Number.POSITIVE_INFINITY,
      progress,
      onRecord: (record) => {
        records++
        options.onRecord?.(record)
      },
      onDamage: (each) => damage.push(each),
      onBatch: (hash) => {
        batches++
        found ||= options.head === hex(hash)
        const mark = marks.find((each) => each.sequence === progress.sequence)
        if (mark && !mark.hash.equals(hash))
          damage.push({ file: mark.file, offset: 0, reason: 'is of another journal' })
      },
    })
    // What stands behind the last batch: written again in the next segment, or being written when the process ended.
    const again = (readBatchHeader(text, end)?.sequence ?? -1) >= (until ?? Number.POSITIVE_INFINITY)
    const torn = !again && isTorn(text, end)
    const cut = torn && !options.closed && areStillborn(files.slice(i + 1), progress)
    const rest = newest ? options.closed && end < text.length : torn && !cut
    if (rest) damage.push({ file, offset: end, reason: 'holds what nobody wrote there' })
    options.onProgress?.(bytes, all)
  }
  if (chain.keyed && used.length > 0 && !sawKey)
    damage.push({ file: dir, offset: 0, reason: 'no part of the chain has the key' })
  return { damage, batches, records, bytes, first, head: hex(progress.hash), found }
}

const hex = (hash: Buffer): string => hash.toString('hex')

function readMarks(dir: string, chain: Chain, damage: Damage[]): Snapshot[] {
  const marks: Snapshot[] = []
  for (const file of snapshotFiles(dir)) {
    const snapshot = readSnapshot(chain, file)
    if ('reason' in snapshot) damage.push(snapshot)
    else marks.push(snapshot)
  }
  return marks
}
