/**
 * The records room: what a records file may hold, and the store of persons on disk (`<data>/records/`).
 *
 * The store is a row of segments that never change and a manifest that says which count. Loading writes a new
 * segment beside them, and one atomic replacement of the manifest makes it count, so that a crash at any moment
 * leaves the state before or the state after. It knows nothing of names that are alike: that is `matching/`.
 */
export { LinePacker, type PackedLines } from './batch.js'
export { crc32, type Damage, DamageError, readFully, startOf } from './files.js'
export { type HeldFile, holdRecords } from './held.js'
export { type InputLine, LONGEST_LINE, linesOf, openInput } from './input.js'
export { formatLine, readLine } from './line.js'
export { LineReader } from './line-reader.js'
export type { ManifestEntry } from './manifest.js'
export { mergeSegmentFiles } from './merge.js'
export { normaliseArn, type ParsedLine, parseRecordLine } from './parse.js'
export {
  adoptSegment,
  countLines,
  discardSegment,
  indexOf,
  openRecords,
  type Packing,
  RecordStore,
  type SegmentSummary,
  segmentsOf,
  sweep,
  verifyRecords,
  type WriteOptions,
  writeSegment,
} from './store.js'
export { loadSubjects, type Subject, type SubjectAnswer, type Subjects } from './subjects.js'
export type * from './types.js'
