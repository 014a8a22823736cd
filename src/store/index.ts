/**
 * The store: a journal of records whose meaning it doesn't know. Three calls matter: `append` (a batch, atomic),
 * `sync` (a group commit) and `read` (one record by its position); everything else is a projection of the records.
 * Snapshots of the projection bound what a start replays, a hash chain says whether anything was changed, and a seal
 * covers the files of a store that was closed in order.
 */
export type { JournalRecord, RecordDraft } from './batch.js'
export { crc32 } from './checksum.js'
export { Journal, type JournalOptions } from './journal.js'
export { faultOfKey } from './key.js'
export type { Position } from './replay.js'
export { breakSeal, checkSeal, readSeal, sealStore } from './seal.js'
export { journalFiles, StoreFullError } from './segment.js'
export { type Verified, verifyJournal } from './verify.js'
export { type Damage, writtenUntil } from './walk.js'
