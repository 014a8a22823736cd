import { join } from 'node:path'
import type { ResolvedConfig } from '../config/index.js'
import { RECORD, removedUpTo } from '../exchange/index.js'
import { verifyIndexes } from '../matching/index.js'
import { countLines, verifyRecords } from '../records/index.js'
import { checkSeal, type Damage, readSeal, type Verified, verifyJournal } from '../store/index.js'
import { isRestored, journalDir, readChainKey } from './store.js'

export interface StoreVerified {
  readonly damage: readonly Damage[]
  readonly journal: Verified
  /** Lines of the records' segments. */
  readonly records: number
  readonly sealed: boolean
}

/**
 * Reads every byte of a store.
 * @param served a gateway writes to it, so that its end isn't settled.
 * @param head a hash that must have been the head of its chain.
 */
export function verifyStore(config: ResolvedConfig, served: boolean, head?: string): StoreVerified {
  const key = readChainKey(config)
  const seal = served ? undefined : readSeal(config.data, key)
  const damage: Damage[] = []
  const dir = journalDir(config.data)
  let stopped = false
  let removed = 1
  const walk = (): Verified => {
    stopped = false
    removed = 1
    return verifyJournal({
      ...{ dir, key, head, closed: seal !== undefined },
      onRecord: (record) => {
        // What was under way may be written down after a stop; only a start takes it back.
        if (record.type === RECORD.stop || record.type === RECORD.start) stopped = record.type === RECORD.stop
        else if (record.type === RECORD.note) removed = removedUpTo(record) ?? removed
      },
    })
  }
  let journal = walk()
  // What is read while it is written may come in part; a second look finds it whole, and damage again.
  if (served && journal.damage.length > 0) journal = walk()
  if (journal.first > removed)
    damage.push({ file: dir, offset: 0, reason: 'its first segments are missing, and no record says why' })
  damage.push(...journal.damage)
  if (seal && 'reason' in seal) damage.push(seal)
  else if (seal) {
    damage.push(...checkSeal(config.data, seal))
    if (seal.head !== journal.head)
      damage.push({
        file: dir,
        offset: 0,
        reason: 'does not end where the store was closed',
      })
  } else if (!served && stopped && !isRestored(config.data))
    damage.push({
      file: join(config.data, 'seal.json'),
      offset: 0,
      reason: 'is missing, though the store was closed',
    })
  const persons = join(config.data, 'records')
  const records = verifyRecords(persons)
  const indexes = records.length > 0 ? [] : verifyIndexes(persons)
  for (const each of [...records, ...indexes]) damage.push({ ...each, file: join(persons, each.file) })
  return { damage, journal, records: countLines(persons), sealed: seal !== undefined }
}
