import { join } from 'node:path'
import type { ResolvedConfig } from '../config/index.js'
import { RECORD } from '../exchange/index.js'
import { countLines, verifyRecords } from '../records/index.js'
import { checkSeal, type Damage, readSeal, type Verified, verifyJournal } from '../store/index.js'
import { journalDir, readChainKey } from './store.js'

export interface StoreVerified {
  readonly damage: readonly Damage[]
  readonly journal: Verified
  /** Lines of the records' segments. */
  readonly records: number
  readonly sealed: boolean
}

/** Reads every byte of a store. @param served a gateway writes to it, so that its end isn't settled. */
export function verifyStore(config: ResolvedConfig, served: boolean): StoreVerified {
  const key = readChainKey(config)
  const seal = served ? undefined : readSeal(config.data, key)
  const damage: Damage[] = []
  const journal = verifyJournal({ dir: journalDir(config.data), key, closed: seal !== undefined })
  damage.push(...journal.damage)
  if (seal && 'reason' in seal) damage.push(seal)
  else if (seal) {
    damage.push(...checkSeal(config.data, seal))
    if (seal.head !== journal.head)
      damage.push({
        file: journalDir(config.data),
        offset: 0,
        reason: 'does not end where the store was closed',
      })
  } else if (!served && journal.last === RECORD.stop)
    damage.push({
      file: join(config.data, 'seal.json'),
      offset: 0,
      reason: 'is missing, though the store was closed',
    })
  const dir = join(config.data, 'records')
  for (const each of verifyRecords(dir)) damage.push({ ...each, file: join(dir, each.file) })
  return { damage, journal, records: countLines(dir), sealed: seal !== undefined }
}
