/** The first stage of a query: every name on file worth a look, from every segment, and the best of them. */
import { furtherKeysOf, type Keys, keysOf, Walk } from './candidates.js'
import { Coarse, NOTHING } from './coarse.js'
import { type DateParts, dateNumber } from './dates.js'
import type { Examiner } from './evidence.js'
import { Hits } from './hits.js'
import type { Holdings, Loaded } from './holdings.js'
import type { NameParts } from './names.js'
import { Seen } from './seen.js'
import { packDate } from './segment/layout.js'

/** Candidates this far (in bits) below the odds of "nobody" don't show in any score. */
const HOPELESS = 26
/** What an unmatched pair can gain at most when its letters are compared. */
const DEEP_GAIN = 24
/** Kept whatever they add up to, so that an answer shows somebody. */
const SHOWN = 5
const MOST_BARE = 16
/** Candidates of a segment that are kept; the rest of a long list adds nothing that shows. */
const MOST_KEPT = 400

/** A name on file that has nothing but the date of birth. */
interface Bare {
  readonly loaded: Loaded
  readonly row: number
}

export class Search {
  readonly hits: Hits
  /** Same date of birth, nothing in common in the name at first look. */
  bare: Bare[] = []
  readonly #seen = new Seen()
  readonly #coarse = new Coarse()
  readonly #walk: Walk
  #loaded: Loaded | undefined
  #segment = 0
  /** Where the hits of the segment begin. */
  #from = 0
  /** The best of all segments so far. */
  #best = 0
  #odds = 0
  /** The date asked for, packed; -1 where it isn't known in full. */
  #date = -1

  /**
   * @param most hits that are put in their order.
   * @param every looks at every name on file, which takes long: what the ways miss is measured so.
   */
  constructor(
    private readonly holdings: Holdings,
    most: number,
    private readonly every = false,
  ) {
    this.hits = new Hits(most)
    this.#walk = new Walk(this)
  }

  /** Fills {@link hits} and {@link bare}. @returns how many of the hits are in their order. */
  run(examiner: Examiner, name: NameParts, born: DateParts, odds: number): number {
    const coarse = this.#coarse
    coarse.begin(examiner, name)
    const keys = keysOf(examiner.scorer, born.year > 0)
    const full = born.year > 0 && born.month > 0 && born.day > 0
    this.#date = full ? packDate(dateNumber(born)) : -1
    this.#odds = odds
    this.#best = Number.NEGATIVE_INFINITY
    this.hits.count = 0
    this.bare = []
    let further: Keys | undefined
    this.holdings.segments.forEach((loaded, i) => {
      this.#loaded = loaded
      this.#segment = i
      this.#from = this.hits.count
      this.#seen.clear()
      coarse.enter(loaded)
      if (this.every) for (let row = 0; row < loaded.segment.names; row++) this.#look(loaded, row)
      else {
        this.#walk.run(loaded.segment, keys, born)
        if (this.#best < odds) {
          further ??= furtherKeysOf(examiner.scorer, keys)
          this.#walk.further(further)
        }
      }
      this.hits.thin(this.#from, MOST_KEPT)
    })
    return this.hits.sort()
  }

  /** Forgets the query and the segments, which may be gone before the next one comes. */
  leave(): void {
    this.#coarse.leave()
    this.#walk.leave()
    this.#loaded = undefined
    this.bare = []
  }

  /** Looks at a row of the segment at hand. @returns whether it came for the first time. */
  take(row: number): boolean {
    if (!this.#seen.isNew(row)) return false
    this.#look(this.#loaded as Loaded, row)
    return true
  }

  #look(loaded: Loaded, row: number): void {
    const { segment } = loaded
    const coarse = this.#coarse
    const total = coarse.score(row)
    if (total === NOTHING) {
      if (
        this.bare.length < MOST_BARE &&
        segment.dateOf(row) === this.#date &&
        coarse.sameStart(row) &&
        !segment.isDead(row)
      )
        this.bare.push({ loaded, row })
      return
    }
    const reach = total + (coarse.open ? DEEP_GAIN : 0)
    const kept = reach > this.#odds - HOPELESS || this.hits.count - this.#from < SHOWN
    if ((total > this.#best || kept) && !segment.isDead(row)) {
      if (total > this.#best) this.#best = total
      if (kept) this.hits.add(this.#segment, row, total)
    }
  }
}
