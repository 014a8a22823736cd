/**
 * The first look at a name on file: table look-ups by token number, no letters, nothing made. What it says is close to
 * what the scorer says without letters, and rather more than less: it decides who is looked at in full.
 */

import type { Examiner } from './evidence.js'
import type { Loaded } from './holdings.js'
import type { NameParts } from './names.js'
import { GIVEN, SURNAME } from './neighbours.js'
import { INITIAL } from './relation.js'
import {
  flagsOf,
  placeOf,
  ROW_ALIAS,
  ROW_DATED,
  ROW_MANY,
  STRIDE,
  sexOf,
  TOKEN,
  unpackDate,
} from './segment/layout.js'
import { ones } from './word.js'

/** Nothing in common at first look. */
export const NOTHING = Number.NEGATIVE_INFINITY
const MOST_TOKENS = 16

export class Coarse {
  readonly #examiner: Examiner
  readonly #ordered: boolean
  readonly #slotRole: Int32Array
  readonly #slotCovers: Int32Array
  readonly #slotBits: Float64Array[]
  /** Query tokens that need a counterpart, a bit each. */
  #realSurname = 0
  #realGiven = 0
  readonly #initials: number[] = []
  #loaded: Loaded | undefined
  #hits = 1
  #hitSlot = new Int32Array(512)
  #hitNext = new Int32Array(512)
  /** Bits where the token on file is a surname, and a given name. */
  #hitBits = new Float64Array(1024)
  #marked: Int32Array = new Int32Array(512)
  readonly #ids = new Int32Array(32)
  #date = -1
  #dateBits = 0
  readonly #starts: ReadonlySet<number>
  #crossing = false
  /** Whether the row that was looked at last and the query both have a token without a counterpart. */
  open = false
  #surnameAgrees = false
  #givenAgrees = false

  constructor(examiner: Examiner, name: NameParts) {
    const { slots } = examiner.scorer
    this.#examiner = examiner
    this.#ordered = name.ordered
    this.#slotRole = Int32Array.from(slots, (slot) => slot.role)
    this.#slotCovers = Int32Array.from(slots, (slot) => slot.covers)
    this.#slotBits = slots.map((slot) => slot.bits)
    slots.forEach((slot, i) => {
      if (ones(slot.covers) !== 1) return
      if (slot.role === SURNAME) this.#realSurname |= slot.covers
      else this.#realGiven |= slot.covers
      if (slot.text.length === 1) this.#initials.push(i)
    })
    this.#starts = new Set(slots.map((slot) => slot.text.charCodeAt(0)))
  }

  /** Makes ready for the rows of a segment. */
  enter(loaded: Loaded): void {
    this.leave()
    this.#loaded = loaded
    this.#date = -1
    const { marks, hot, localOf } = loaded
    this.#examiner.scorer.slots.forEach((slot, s) => {
      const { ids, relations } = slot.hood
      for (let k = 0; k < ids.length; k++) {
        const id = ids[k] ?? 0
        const local = id < localOf.length ? (localOf[id] ?? 0) : 0
        if (local === 0) continue
        const relation = relations[k] ?? 0
        if (this.#hits === this.#hitSlot.length) this.#grow()
        const hit = this.#hits++
        this.#hitSlot[hit] = s
        this.#hitNext[hit] = marks[local] ?? 0
        this.#hitBits[hit * 2] = slot.bits[relation * 2] ?? 0
        this.#hitBits[hit * 2 + 1] = slot.bits[relation * 2 + 1] ?? 0
        this.#marked[hit] = local
        marks[local] = hit
        hot[local >>> 3] = (hot[local >>> 3] ?? 0) | (1 << (local & 7))
      }
    })
  }

  /** Gives the marks back. */
  leave(): void {
    if (this.#loaded) {
      const { marks, hot } = this.#loaded
      for (let hit = 1; hit < this.#hits; hit++) {
        const local = this.#marked[hit] ?? 0
        marks[local] = 0
        hot[local >>> 3] = 0
      }
    }
    this.#hits = 1
    this.#loaded = undefined
  }

  /** Bits that a row has at first look, or {@link NOTHING}. */
  score(row: number): number {
    const { segment, hot, placeOf: places } = this.#loaded as Loaded
    const { rows } = segment.columns
    const at = row * STRIDE
    const [t0, t1] = [(rows[at] ?? 0) & TOKEN, (rows[at + 1] ?? 0) & TOKEN]
    const [t2, t3] = [(rows[at + 2] ?? 0) & TOKEN, (rows[at + 3] ?? 0) & TOKEN]
    const flags = flagsOf(rows, at)
    let split = 2
    let count = 4
    const ids = this.#ids
    if (flags & ROW_MANY) {
      const shape = segment.tokensOf(row, ids)
      count = Math.min(MOST_TOKENS, (shape & 255) + ((shape >>> 8) & 255))
      split = this.#withoutParticles(shape & 255, count)
      count = this.#kept
    } else {
      if (
        this.#initials.length === 0 &&
        ((hot[t0 >>> 3] ?? 0) & (1 << (t0 & 7))) === 0 &&
        ((hot[t1 >>> 3] ?? 0) & (1 << (t1 & 7))) === 0 &&
        ((hot[t2 >>> 3] ?? 0) & (1 << (t2 & 7))) === 0 &&
        ((hot[t3 >>> 3] ?? 0) & (1 << (t3 & 7))) === 0
      )
        return NOTHING
      ids[0] = t0
      ids[1] = t1
      ids[2] = t2
      ids[3] = t3
    }
    this.#crossing = false
    let name = this.#assign(split, count, false)
    if (name === NOTHING) return NOTHING
    let [surname, given] = [this.#surnameAgrees, this.#givenAgrees]
    if (this.#crossing) {
      const turned = this.#assign(split, count, true)
      if (turned > name) {
        name = turned
        surname = this.#surnameAgrees
        given = this.#givenAgrees
      }
    }
    const { missing } = this.#examiner.weights
    if (surname && given) name += missing.together
    if (flags & ROW_ALIAS) name += missing.alias
    let dob = this.#bitsOfDate(segment.dateOf(row))
    if (flags & ROW_DATED)
      for (const other of segment.otherDates(segment.firstRow(row)))
        dob = Math.max(dob, this.#bitsOfDate(other) - 1)
    return (
      name +
      dob +
      this.#examiner.sexBits(sexOf(rows, at), given) +
      this.#examiner.placeBits(places[placeOf(rows, at)] ?? 0)
    )
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
    segment.tokensOf(row, this.#ids)
    return this.#starts.has(letters[this.#ids[0] ?? 0] ?? 0)
  }

  #bitsOfDate(packed: number): number {
    if (packed === this.#date) return this.#dateBits
    const { dates } = this.#examiner
    this.#date = packed
    this.#dateBits = dates.bits[dates.relate(unpackDate(packed))] ?? 0
    return this.#dateBits
  }

  #assign(split: number, count: number, swap: boolean): number {
    const { marks, letters } = this.#loaded as Loaded
    const { missing } = this.#examiner.weights
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
      let slot = -1
      let found = false
      for (let hit = marks[id] ?? 0; hit > 0; hit = this.#hitNext[hit] ?? 0) {
        const s = this.#hitSlot[hit] ?? 0
        found = true
        const crosses = this.#slotRole[s] !== role
        if (crosses) this.#crossing ||= this.#ordered
        if ((this.#slotCovers[s] ?? 0) & used) continue
        const bits =
          (this.#hitBits[hit * 2 + role] ?? 0) + (this.#ordered && crosses !== swap ? missing.crossed : 0)
        if (bits > best) {
          best = bits
          slot = s
        }
      }
      if (!found) {
        for (const s of this.#initials) {
          const text = this.#examiner.scorer.slots[s]?.text ?? ''
          if (letters[id] !== text.charCodeAt(0) || (this.#slotCovers[s] ?? 0) & used) continue
          const crosses = this.#slotRole[s] !== role
          const bits =
            (this.#slotBits[s]?.[INITIAL * 2 + role] ?? 0) +
            (this.#ordered && crosses !== swap ? missing.crossed : 0)
          any = true
          if (bits > best) {
            best = bits
            slot = s
          }
        }
      } else any = true
      if (slot < 0) {
        if (role === SURNAME) openSurname++
        else openGiven++
        continue
      }
      used |= this.#slotCovers[slot] ?? 0
      total += best
      const agrees = this.#ordered ? this.#slotRole[slot] : role
      if (agrees === SURNAME) this.#surnameAgrees = true
      else this.#givenAgrees = true
    }
    if (!any) return NOTHING
    this.open = ((this.#realSurname | this.#realGiven) & ~used) !== 0 && openSurname + openGiven > 0
    if (swap) total += missing.swapped
    if (!this.#ordered) {
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
    const { missing } = this.#examiner.weights
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
    const longer = (list: Int32Array): Int32Array<ArrayBuffer> => {
      const made = new Int32Array(list.length * 2)
      made.set(list)
      return made
    }
    this.#hitSlot = longer(this.#hitSlot)
    this.#hitNext = longer(this.#hitNext)
    this.#marked = longer(this.#marked)
    const bits = new Float64Array(this.#hitBits.length * 2)
    bits.set(this.#hitBits)
    this.#hitBits = bits
  }
}
