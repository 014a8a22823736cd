import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { FaultError, type ResolvedConfig } from '../config/index.js'
import { State } from '../exchange/index.js'
import type { Memory } from '../services/index.js'
import { breakSeal, faultOfKey, Journal, readSeal, sealStore } from '../store/index.js'
import { type Clock, systemClock } from '../time/index.js'

/** A store that is open for writing, with everything that its journal says. */
export interface OpenStore {
  readonly journal: Journal
  readonly state: State
  /** Closes it in order: synced, with a snapshot, and sealed once nobody writes to its log any more. */
  close(logClosed?: () => Promise<void>): Promise<void>
}

const MARK = 'restored'
const LEAST_KEY = 16

export const journalDir = (dataDir: string): string => join(dataDir, 'journal')

/**
 * The key of the hash chain.
 * @throws {FaultError} where it can't be read or is too short to keep anybody out.
 */
export function readChainKey(config: ResolvedConfig): Buffer | undefined {
  const file = config.audit.key
  if (file === undefined) return undefined
  let key: Buffer
  try {
    key = readFileSync(file)
  } catch (error) {
    throw new FaultError([{ file, line: 0, reason: `audit.key can't be read: ${(error as Error).message}` }])
  }
  if (key.length >= LEAST_KEY) return key
  const reason = `audit.key has ${key.length} bytes; it needs ${LEAST_KEY} at least, such as 'openssl rand -out FILE 32' makes`
  throw new FaultError([{ file, line: 0, reason }])
}

/**
 * The key, held against the store that it is for.
 * @throws {FaultError} where it can't be read, or the store's chain has another.
 */
export function chainKeyOf(config: ResolvedConfig): Buffer | undefined {
  const key = readChainKey(config)
  const fault = faultOfKey(journalDir(config.data), key)
  if (fault) throw new FaultError([{ file: fault.file, line: 0, reason: fault.reason }])
  return key
}

/**
 * Opens a store whose lock is held.
 * @param memories of the services; what others would remember is kept for them.
 * @throws {FaultError} where its chain has another key.
 */
export function openStore(
  config: ResolvedConfig,
  clock: Clock = systemClock,
  memories?: ReadonlyMap<string, Memory>,
): OpenStore {
  const key = chainKeyOf(config)
  checkKey(config, key)
  const state = new State(memories)
  const journal = Journal.open({
    dir: journalDir(config.data),
    segmentBytes: config.journal.segment,
    sync: config.journal.sync,
    key,
    now: () => clock.now(),
    onSnapshot: (body) => state.restore(body),
    onRecord: (record, at) => state.evolve(record, at),
  })
  breakSeal(config.data)
  if (isRestored(config.data)) state.restored()
  return {
    journal,
    state,
    close: async (logClosed) => {
      const kept = await journal.snapshot(state.encode()).then(
        () => true,
        () => false,
      )
      const { head } = journal
      await journal.close()
      await logClosed?.()
      // What was doubtful stays so: only the snapshot says it.
      if (kept) rmSync(join(config.data, MARK), { force: true })
      // A store that a crash left isn't one that was closed in order because an operator's command has opened it.
      if (state.stopped) sealStore(config.data, head, key)
    },
  }
}

/**
 * What a store says, without touching it: beside a gateway or at rest.
 * @param whole from the records alone.
 * @param memories of the services that are asked something.
 */
export function scanStore(
  config: ResolvedConfig,
  whole = false,
  memories?: ReadonlyMap<string, Memory>,
): { readonly state: State; readonly damage: ReturnType<typeof Journal.scan>['damage'] } {
  const state = new State(memories)
  const { damage } = Journal.scan({
    dir: journalDir(config.data),
    key: chainKeyOf(config),
    whole,
    onSnapshot: (body) => state.restore(body),
    onRecord: (record, at) => state.evolve(record, at),
  })
  return { state, damage }
}

/** A copy of a store was made: what went out since can't be known to it. */
export function markRestored(dataDir: string): void {
  writeFileSync(join(dataDir, MARK), '', { mode: 0o600, flush: true })
}

/** Whether a store is a copy that nobody has served yet. */
export const isRestored = (dataDir: string): boolean => existsSync(join(dataDir, MARK))

/** A store that was closed in order with another key is told from a damaged one. */
function checkKey(config: ResolvedConfig, key: Buffer | undefined): void {
  const seal = readSeal(config.data, key)
  const plain = key && seal && 'reason' in seal ? readSeal(config.data) : undefined
  if (!seal || !('reason' in seal) || (plain && !('reason' in plain))) return
  const reason = `${seal.reason}; give the audit.key that it was written with, or see 'iaq-gateway verify'`
  throw new FaultError([{ file: seal.file, line: 0, reason }])
}
