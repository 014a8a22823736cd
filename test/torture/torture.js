// The rounds in their order: which kind comes when, over which store, and what becomes of a store that broke a promise.
import { rmSync } from 'node:fs'
import { Dice } from './dice.js'
import { Era } from './era.js'
import { KINDS } from './rounds.js'
import { smallFolder } from './small-disk.js'

/** Rounds over one store; then everything is recounted, and a new one begins, so that starts stay short. */
const ROUNDS_A_STORE = 25
const OTHERS = ['kill', 'proxy', 'term', 'freeze', 'full']

/** Yields each round's result: `{ round, kind, ms, figures, faults, kept }`. */
export async function* torture({ rounds, seed, clients, only }) {
  const dice = new Dice(seed)
  let era
  let served = 0
  let eras = 0
  const fresh = (more) => new Era({ dice: dice.fork(), clients, name: `E${eras++}Q`, ...more })
  for (let round = 1; round <= rounds; round++) {
    const kind = only
      ? only[(round - 1) % only.length]
      : round % 2 === 0
        ? 'crash'
        : OTHERS[((round - 1) / 2) % 5]
    // A small disk holds one round; where there is none, a limit on the era's own files does.
    const small = kind === 'full' && dice.chance(0.6) ? smallFolder() : undefined
    if (small) {
      const own = fresh({ dir: small.dir })
      own.small = true
      const result = await play(own, round, kind, true)
      yield result
      if (!result.kept) small.unmount()
      continue
    }
    era ??= fresh()
    served++
    const last = served === ROUNDS_A_STORE || round === rounds
    const result = await play(era, round, kind, last)
    if (last && !result.kept) era.remove()
    // One fault would be found again in every later round.
    if (last || result.kept) {
      era = undefined
      served = 0
    }
    yield result
  }
  if (era) rmSync(era.dir, { recursive: true, force: true })
}

async function play(era, round, kind, last) {
  const { book } = era
  const started = performance.now()
  const before = { ...book.totals }
  book.beginRound()
  try {
    await KINDS[kind](era)
    if (last) {
      const transcript = book.transcript
      await era.end()
      book.transcript = [...transcript, 'the end of this store', ...book.transcript]
    }
  } catch (error) {
    book.fault(`the round itself failed: ${error.stack}`)
    await era.abandon()
  }
  const figures = Object.fromEntries(Object.entries(book.totals).map(([name, n]) => [name, n - before[name]]))
  const faults = book.faults.splice(0)
  const ms = Math.round(performance.now() - started)
  return { round, kind, ms, figures, faults, kept: faults.length > 0 ? era.keep() : undefined }
}
