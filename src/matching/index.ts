/**
 * The matching room: who on file a query may be about, with a probability and the evidence for it.
 *
 * A query goes through here in four steps. `names.ts` folds it to tokens; `candidates.ts` finds names on file by
 * several ways, each bounded; `evidence.ts` and `scorer.ts` weigh each in bits; `engine.ts` turns bits into
 * probabilities and a grade. What names weigh is data (`formats/names/`). The room knows nothing of messages.
 */
import { Engine, type EngineOptions } from './engine.js'

export { personsByNic } from './by-nic.js'
export { compareNames } from './compare.js'
export { Engine, type EngineOptions } from './engine.js'
export { fold } from './fold.js'
export { workOnIndexes } from './index-work.js'
export { dueForMerge, mergeDue } from './merging.js'
export { MatcherPool, type PoolOptions } from './pool.js'
export type { Held, RecordSource } from './register.js'
export { IndexRuns, writeIndexed } from './segment/runs.js'
export { Stock, type Stocked, verifyIndexes } from './stock.js'
export { loadNameTables, type NameTables } from './tables.js'
export type * from './types.js'

/** Makes an engine without persons; {@link Engine.apply} gives it some. */
export function createMatcher(options: EngineOptions): Engine {
  return new Engine(options)
}
