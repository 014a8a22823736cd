/**
 * The store: a journal of records whose meaning it doesn't know. Three calls matter: `append` (a batch, atomic),
 * `sync` (a group commit) and `read` (one record by its position); everything else is a projection of the records.
 */
export type { JournalRecord } from './batch.js'
export { crc32 } from './checksum.js'
export { type Damage, Journal, type JournalOptions, type Position, StoreFullError } from './journal.js'
