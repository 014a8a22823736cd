/**
 * The first look at a name on file: table look-ups by token number, no letters, nothing made. What it says is close to
 * what the scorer says without letters, but for what errors that come together say: it decides who is looked at in full.
 */

import type { DateBits } from './dates.js'
import type { Examiner } from './evidence.js'
import type { Loaded } from './holdings.js'
import type { NameParts } from './names.js'
import { GIVEN, SURNAME } from './neighbours.js'
import { INITIAL } from './relation.js'
import { flagsOf, placeOf, ROW_ALIAS, ROW_DATED, ROW_MANY, STRIDE, sexOf, TOKEN } from './segment/layout.js'
import type { Slot } from './slots.js'
import type { Weights } from './tables.js'
import { ones } from './word.js'

/** Nothing in common at first look. */
export const NOTHING = Number.NEGATIVE_INFINITY
const MOST_TOKENS = 16
/** What is known of a hit: the next one of the same token, its slot's role and tokens, the token. */
const HIT = 4
const [NEXT, ROLE, COVERS, LOCAL] = [0, 1, 2, 3] as const
const NO_DATE = -1

/** Looks at rows of one query after the other. */
export class Coarse {
  #examiner: Examiner | undefined
  #missing: Weights['missing'] | undefined
  #dates: DateBits | undefined
  #slots: readonly Slot[] = []
  #ordered = false
  /** Query tokens that need a counterpart, a bit each. */
  #realSurname = 0
  #realGiven = 0
  /** Slots of one letter. */
  readonly #initials: Slot[] = []
  #loaded: Loaded | undefined
  #rows = new Uint32Array(0)
  #marks = new Int32Array(0)
  #hot = new Uint8Array(0)
  #hits = 1
  #hit = new Int32Array(512 * HIT)
  /** Bits where the token on file is a surname, and a given name. */
  #hitBits = new Float64Array(512 * 2)
  readonly #ids = new Int32Array(32)
  #date = NO_DATE
  #dateBits = 0
  /** What a place on file says, by its number, for the query of that round. */
  #placeBits = new Float64Array(0)
  #placeRound = new Int32Array(0)
  #round = 0
  /** Letters with which tokens of the query begin, a bit each. */
  readonly #starts = new Uint8Array(256)
  #crossing = false
  /** Whether the row that was looked at last and the query both have a token without a counterpart. */
  open = false
  #surnameAgrees = false
  #givenAgrees = false

  /** Makes ready for a query. */
  begin(examiner: Examiner, name: NameParts): void {
    const { slots } = examiner.scorer
    this.#examiner = examiner
    this.#missing = examiner.weights.missing
    this.#dates = examiner.dates
    this.#slots = slots
    this.#ordered = name.ordered
    this.#realSurname = 0
    this.#realGiven = 0
    this.#initials.length = 0
    this.#starts.fill(0)
    this.#round++
    for (const slot of slots) {
      this.#starts[slot.text.charCodeAt(0) & 255] = 1
      if (ones(slot.covers) !== 1) continue
      if (slot.role === SURNAME) this.#realSurname |= slot.covers
      else this.#realGiven |= slot.covers
      if (slot.text.length === 1) this.#initials.push(slot)
    }
  }

  /** Makes ready for the rows of a segment. */
  enter(loaded: Loaded): void {
    this.leave()
    this.#loaded = loaded
    this.#rows = loaded.segment.columns.rows as Uint32Array<ArrayBuffer>
    this.#marks = loaded.marks as Int32Array<ArrayBuffer>
    this.#hot = loaded.hot as Uint8Array<ArrayBuffer>
    this.#date = NO_DATE
    for (const slot of this.#slots) this.#mark(loaded, slot)
  }

  #mark({ marks, hot, localOf }: Loaded, { hood, role, covers, bits }: Slot): void {
    const { ids, relations } = hood
    for (let k = 0; k < ids.length; k++) {
      const id = ids[k] ?? 0
      const local = id < localOf.length ? (localOf[id] ?? 0) : 0
      if (local === 0) continue
      const relation = relations[k] ?? 0
      if (this.#hits * HIT === this.#hit.length) this.#grow()
      const hit = this.#hits++
      this.#hit[hit * HIT + NEXT] = marks[local] ?? 0
      this.#hit[hit * HIT + ROLE] = role
      this.#hit[hit * HIT + COVERS] = covers
      this.#hit[hit * HIT + LOCAL] = local
      this.#hitBits[hit * 2] = bits[relation * 2] ?? 0
      this.#hitBits[hit * 2 + 1] = bits[relation * 2 + 1] ?? 0
      marks[local] = hit
      hot[local >>> 3] = (hot[local >>> 3] ?? 0) | (1 << (local & 7))
    }
  }

  /** Gives the marks back. */
  leave(): void {
    if (this.#loaded) {
      const { marks, hot } = this.#loaded
      for (let hit = 1; hit < this.#hits; hit++) {
        const local = this.#hit[hit * HIT + LOCAL] ?? 0
        marks[local] = 0
        hot[local >>> 3] = 0
      }
    }
    this.#hits = 1
    this.#loaded = undefined
  }

  /** Bits that a row has at first look, or {@link NOTHING}. */
  score(row: number): number {
    const rows = this.#rows
    const at = row * STRIDE
    const flags = flagsOf(rows, at)
    let split = 2
    let count = 4
    const ids = this.#ids
    if (flags & ROW_MANY) {
      const { segment } = this.#loaded as Loaded
      const shape = segment.tokensOf(row, ids)
      count = Math.min(MOST_TOKENS, (shape & 255) + ((shape >>> 8) & 255))
      split = this.#withoutParticles(shape & 255, count)
      count = this.#kept
    } else {
      const t0 = (rows[at] ?? 0) & TOKEN
      const t1 = (rows[at + 1] ?? 0) & TOKEN
      const t2 = (rows[at + 2] ?? 0) & TOKEN
      const t3 = (rows[at + 3] ?? 0) & TOKEN
      const hot = this.#hot
      // One test of all four: which of them is hot can't be guessed.
      const any =
        (((hot[t0 >>> 3] ?? 0) >>> (t0 & 7)) |
          ((hot[t1 >>> 3] ?? 0) >>> (t1 & 7)) |
          ((hot[t2 >>> 3] ?? 0) >>> (t2 & 7)) |
          ((hot[t3 >>> 3] ?? 0) >>> (t3 & 7))) &
        1
      if (any === 0 && this.#initials.length === 0) return NOTHING
      ids[0] = t0
      ids[1] = t1
      ids[2] = t2
      ids[3] = t3
    }
    this.#crossing = false
    let name = this.#assign(split, count, false)
    if (name === NOTHING) return NOTHING
    let surname = this.#surnameAgrees
    let given = this.#givenAgrees
    if (this.#crossing) {
      const turned = this.#assign(split, count, true)
      if (turned > name) {
        name = turned
        surname = this.#surnameAgrees
        given = this.#givenAgrees
      }
    }
    const missing = this.#missing as Weights['missing']
    if (surname && given) name += missing.together
    if (flags & ROW_ALIAS) name += missing.alias
    return name + this.#bitsOfDates(row, flags) + this.#bitsOfPerson(at, given)
  }

  #bitsOfDates(row: number, flags: number): number {
    const { segment } = this.#loaded as Loaded
    let dob = this.#bitsOfDate(segment.dateOf(row))
    if (flags & ROW_DATED) {
      const { altDateByRow } = segment.columns
      for (let at = segment.datesOf(segment.firstRow(row)); at < segment.end; at++)
        dob = Math.max(dob, this.#bitsOfDate(altDateByRow[at] ?? 0) - 1)
    }
    return dob
  }

  /** What sex and place of birth say. */
  #bitsOfPerson(at: number, given: boolean): number {
    const examiner = this.#examiner as Examiner
    const place = (this.#loaded as Loaded).placeOf[placeOf(this.#rows, at)] ?? 0
    if (place >= this.#placeRound.length) this.#growPlaces(place)
    if (this.#placeRound[place] !== this.#round) {
      this.#placeRound[place] = this.#round
      this.#placeBits[place] = examiner.placeBits(place)
    }
    return examiner.sexBits(sexOf(this.#rows, at), given) + (this.#placeBits[place] ?? 0)
  }

  #growPlaces(place: number): void {
    this.#placeBits = new Float64Array(place * 2 + 64)
    this.#placeRound = new Int32Array(place * 2 + 64)
  }

  #kept = 0

  /** Takes the particles out of the tokens at hand. @returns how many surnames are left. */
  #withoutParticles(split: number, count: number): number {
    const { particles } = this.#loaded as Loaded
    let [kept, surnames] = [0, 0]
    for (let j = 0; j < count; j++) {
      const id = this.#ids[j] ?? 0
      if (particles[id] === 1) continue
      this.#ids[kept++] = id
      if (j < split) surnames++
    }
    this.#kept = kept
    return surnames
  }

  /** Whether the name begins with a letter with which a token of the query does. */
  sameStart(row: number): boolean {
    const { segment, letters } = this.#loaded as Loaded
    const shape = segment.tokensOf(row, this.#ids)
    return (shape & 0xffff) !== 0 && this.#starts[letters[this.#ids[0] ?? 0] ?? 0] === 1
  }

  #bitsOfDate(packed: number): number {
    if (packed === this.#date) return this.#dateBits
    const dates = this.#dates as DateBits
    this.#date = packed
    this.#dateBits = dates.bits[dates.relatePacked(packed)] ?? 0
    return this.#dateBits
  }

  #assign(split: number, count: number, swap: boolean): number {
    const missing = this.#missing as Weights['missing']
    const [marks, hits, hitBits, ordered] = [this.#marks, this.#hit, this.#hitBits, this.#ordered]
    let used = 0
    let total = 0
    let [heldSurname, heldGiven, openSurname, openGiven] = [0, 0, 0, 0]
    let any = false
    this.#surnameAgrees = false
    this.#givenAgrees = false
    for (let j = 0; j < count; j++) {
      const id = this.#ids[j] ?? 0
      if (id === 0) continue
      const role = j < split ? SURNAME : GIVEN
      if (role === SURNAME) heldSurname++
      else heldGiven++
      let best = missing.unlike
      let covers = 0
      let slotRole = 0
      let found = false
      for (let hit = marks[id] ?? 0; hit > 0; ) {
        const at = hit * HIT
        const asked = hits[at + ROLE] ?? 0
        const standsFor = hits[at + COVERS] ?? 0
        found = true
        const crosses = asked !== role
        if (crosses) this.#crossing ||= ordered
        const bits = (hitBits[hit * 2 + role] ?? 0) + (ordered && crosses !== swap ? missing.crossed : 0)
        hit = hits[at + NEXT] ?? 0
        if ((standsFor & used) !== 0 || bits <= best) continue
        best = bits
        covers = standsFor
        slotRole = asked
      }
      if (found) any = true
      else if (this.#initials.length > 0) {
        const letter = (this.#loaded as Loaded).letters[id] ?? 0
        for (const slot of this.#initials) {
          if (letter !== slot.text.charCodeAt(0) || (slot.covers & used) !== 0) continue
          const crosses = slot.role !== role
          const bits =
            (slot.bits[INITIAL * 2 + role] ?? 0) + (ordered && crosses !== swap ? missing.crossed : 0)
          any = true
          if (bits <= best) continue
          best = bits
          covers = slot.covers
          slotRole = slot.role
        }
      }
      // What is found stands for a token at least.
      if (covers === 0) {
        if (role === SURNAME) openSurname++
        else openGiven++
        continue
      }
      used |= covers
      total += best
      if ((ordered ? slotRole : role) === SURNAME) this.#surnameAgrees = true
      else this.#givenAgrees = true
    }
    if (!any) return NOTHING
    this.open = ((this.#realSurname | this.#realGiven) & ~used) !== 0 && openSurname + openGiven > 0
    if (swap) total += missing.swapped
    if (!ordered) {
      const open = ones((this.#realSurname | this.#realGiven) & ~used)
      if (open > 0 && openSurname === heldSurname) total += missing.surnameContradicts.unknown
      if (open > 0 && heldGiven > 0 && openGiven === heldGiven) total += missing.givenContradicts
      return total
    }
    const [lastHeld, lastOpen] = swap ? [heldGiven, openGiven] : [heldSurname, openSurname]
    const [firstHeld, firstOpen] = swap ? [heldSurname, openSurname] : [heldGiven, openGiven]
    return (
      total +
      this.#penalty(this.#realSurname, used, lastHeld, lastOpen, true) +
      this.#penalty(this.#realGiven, used, firstHeld, firstOpen, false)
    )
  }

  #penalty(asked: number, used: number, held: number, openHeld: number, surname: boolean): number {
    const missing = this.#missing as Weights['missing']
    if (asked === 0 || held === 0) return !surname && (asked === 0) !== (held === 0) ? missing.givenAbsent : 0
    const open = asked & ~used
    if (open === asked && openHeld === held)
      return surname ? missing.surnameContradicts.unknown : missing.givenContradicts
    const count = ones(open)
    const both = Math.min(count, openHeld) * (surname ? missing.surnameExtra : missing.givenExtra)
    return (
      both +
      Math.min(3, Math.abs(count - openHeld)) * (surname ? missing.surnameOmitted : missing.givenOmitted)
    )
  }

  #grow(): void {
    const hit = new Int32Array(this.#hit.length * 2)
    hit.set(this.#hit)
    this.#hit = hit
    const bits = new Float64Array(this.#hitBits.length * 2)
    bits.set(this.#hitBits)
    this.#hitBits = bits
  }
}
