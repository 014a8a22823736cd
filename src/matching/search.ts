/** The first stage of a query: every name on file worth a look, from every segment, and the best of them. */
import { furtherKeysOf, type Keys, keysOf, Walk } from './candidates.js'
import { Coarse, NOTHING } from './coarse.js'
import { type DateParts, dateNumber } from './dates.js'
import type { Examiner } from './evidence.js'
import type { Holdings, Loaded } from './holdings.js'
import type { NameParts } from './names.js'
import { packDate } from './segment/layout.js'

/** Candidates this far (in bits) below the odds of "nobody" don't show in any score. */
const HOPELESS = 26
/** What an unmatched pair can gain at most when its letters are compared. */
const DEEP_GAIN = 24
/** Kept whatever they add up to, so that an answer shows somebody. */
const SHOWN = 5
const MOST_BARE = 16
/** Candidates kept; the rest of a long list adds nothing that shows. */
const MOST_KEPT = 400
const SLOTS = 1 << 15

/** A name on file with what the first look says. */
export interface Hit {
  readonly loaded: Loaded
  readonly row: number
  readonly total: number
}

export class Search {
  /** Rows that this query has looked at, by hash: the round in the one array, the row in the other. */
  readonly #round = new Int32Array(SLOTS)
  readonly #row = new Int32Array(SLOTS)
  #now = 0
  #rows = new Int32Array(1 << 12)
  #totals = new Float64Array(1 << 12)
  #count = 0
  /** Same date of birth, nothing in common in the name at first look. */
  bare: Hit[] = []

  /** @param every looks at every name on file, which takes long: what the ways miss is measured so. */
  constructor(
    private readonly holdings: Holdings,
    private readonly every = false,
  ) {}

  /** @returns the likeliest names, best first. */
  run(examiner: Examiner, name: NameParts, born: DateParts, odds: number): Hit[] {
    const coarse = new Coarse(examiner, name)
    const keys = keysOf(examiner.scorer, born.year > 0)
    const full = born.year > 0 && born.month > 0 && born.day > 0
    const date = full ? packDate(dateNumber(born)) : -1
    const hits: Hit[] = []
    this.bare = []
    /** Of all segments so far. */
    let best = Number.NEGATIVE_INFINITY
    let further: Keys | undefined
    for (const loaded of this.holdings.segments) {
      const { segment } = loaded
      this.#now++
      this.#count = 0
      coarse.enter(loaded)
      const take = (row: number): boolean => {
        if (!this.every && !this.#isNew(row)) return false
        const total = coarse.score(row)
        if (total === NOTHING) {
          if (
            this.bare.length < MOST_BARE &&
            segment.dateOf(row) === date &&
            coarse.sameStart(row) &&
            !segment.isDead(row)
          )
            this.bare.push({ loaded, row, total })
          return true
        }
        if (total > best && !segment.isDead(row)) best = total
        const reach = total + (coarse.open ? DEEP_GAIN : 0)
        if ((reach > odds - HOPELESS || this.#count < SHOWN) && !segment.isDead(row)) this.#keep(row, total)
        return true
      }
      if (this.every) for (let row = 0; row < segment.names; row++) take(row)
      else {
        const walk = new Walk(segment, keys, born, take)
        walk.run()
        if (best < odds) {
          further ??= furtherKeysOf(examiner.scorer, keys)
          walk.further(further)
        }
      }
      this.#collect(loaded, hits)
    }
    coarse.leave()
    return hits.sort((a, b) => b.total - a.total)
  }

  #isNew(row: number): boolean {
    let slot = (Math.imul(row, 0x9e3779b1) >>> 7) & (SLOTS - 1)
    while (this.#round[slot] === this.#now) {
      if (this.#row[slot] === row) return false
      slot = (slot + 1) & (SLOTS - 1)
    }
    this.#round[slot] = this.#now
    this.#row[slot] = row
    return true
  }

  #keep(row: number, total: number): void {
    if (this.#count === this.#rows.length) {
      const [rows, totals] = [new Int32Array(this.#count * 2), new Float64Array(this.#count * 2)]
      rows.set(this.#rows)
      totals.set(this.#totals)
      this.#rows = rows
      this.#totals = totals
    }
    this.#rows[this.#count] = row
    this.#totals[this.#count++] = total
  }

  /** The best few hundred of a segment: a whole bit more or less decides who is one too many. */
  #collect(loaded: Loaded, hits: Hit[]): void {
    let least = Number.NEGATIVE_INFINITY
    if (this.#count > MOST_KEPT) {
      const bins = new Int32Array(256)
      for (let i = 0; i < this.#count; i++) {
        const bin = binOf(this.#totals[i] ?? 0)
        bins[bin] = (bins[bin] ?? 0) + 1
      }
      let [bin, sum] = [255, 0]
      while (bin > 0 && sum + (bins[bin] ?? 0) <= MOST_KEPT) sum += bins[bin--] ?? 0
      least = bin - 128 + 1
    }
    for (let i = 0, kept = 0; i < this.#count && kept < MOST_KEPT; i++) {
      const total = this.#totals[i] ?? 0
      if (total < least) continue
      hits.push({ loaded, row: this.#rows[i] ?? 0, total })
      kept++
    }
  }
}

const binOf = (total: number): number => Math.max(0, Math.min(255, Math.floor(total) + 128))
