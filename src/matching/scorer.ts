/**
 * What a name of the query says about a name on file, in bits. The first look at a candidate is table look-ups by
 * token number; only names that miss a counterpart and could still win are compared by letters.
 */
import { clusterBits } from './clusters.js'
import type { Dictionary } from './dictionary.js'
import { blankFinding, clear, type NameFinding } from './finding.js'
import type { NameParts } from './names.js'
import { GIVEN, SURNAME } from './neighbours.js'
import { Pairs } from './pairs.js'
import { ALIAS, type People, pairKey, SUFFIXED, tokenKey } from './people.js'
import { EXACT, GLUED, INITIAL } from './relation.js'
import { type Slot, slotsOf } from './slots.js'
import { alikeness } from './strings.js'
import type { NameTables } from './tables.js'
import { mostAlike, ones } from './word.js'

/** Most letters in the right order; below it chance does as well (TARDE and NADIE). */
const ALIKE = 0.8
export class NameScorer {
  readonly slots: readonly Slot[]
  readonly #straight = blankFinding()
  readonly #turned = blankFinding()
  readonly #query: NameParts
  readonly #people: People
  readonly #dictionary: Dictionary
  readonly #tables: NameTables
  readonly #surnameContradicts: number
  readonly #clusters: ReturnType<typeof clusterBits>
  /** Query tokens that need a counterpart. */
  readonly #real: number
  readonly #realSurname: number
  readonly #realGiven: number
  readonly #pairs: Pairs
  readonly #initials: boolean
  /** Tokens on file that agree, a bit each. */
  #agreed = 0

  /** @param sex of the person asked about: women change their surname with marriage. */
  constructor(query: NameParts, people: People, sex: 'M' | 'F' | 'unknown' = 'unknown') {
    this.#query = query
    this.#people = people
    this.#dictionary = people.dictionary
    this.#tables = people.dictionary.tables
    this.#surnameContradicts = this.#tables.weights.missing.surnameContradicts[sex]
    this.#clusters = clusterBits(this.#tables.weights)
    const { list, surname, given } = slotsOf(query, people.dictionary)
    this.slots = list
    this.#pairs = new Pairs(list, query, people)
    this.#initials = list.some((slot) => slot.text.length === 1)
    this.#realSurname = surname
    this.#realGiven = given
    this.#real = surname | given
  }

  /** Sound keys of the query's own tokens, surname and given apart. */
  keys(role: number): readonly (readonly number[])[] {
    return this.slots
      .filter((slot) => slot.role === role || !this.#query.ordered)
      .map((slot) => slot.hood.bones)
  }

  /** Sound keys of the names on file that a rare token of the query may be made up of: GARCIALOPEZ of GARCIA and LOPEZ. */
  parts(role: number): number[] {
    const found = new Set<number>()
    for (const { text, role: own, covers } of this.slots) {
      if ((own !== role && this.#query.ordered) || ones(covers) !== 1) continue
      for (const id of this.#dictionary.partsOf(text)) found.add(this.#dictionary.bonesOf(id))
    }
    return [...found]
  }

  /** Whether there is a token of more than one letter. */
  get hasFullToken(): boolean {
    return this.slots.some((slot) => slot.text.length > 1)
  }

  /**
   * Whether the name can single somebody out at all. Initials fit one person in a hundred, and beside a common surname
   * one in thousands: in any file worth the name that is a crowd, however few the file at hand holds.
   */
  get singlesOut(): boolean {
    const { beside } = this.#tables.weights.initials
    return this.hasFullToken && (this.#besideInitials ?? beside) >= beside
  }

  /**
   * Bits of the full names that stand beside bare initials alone: GARCIA in GARCIA, J. Undefined where there is no
   * initial, or where surname and given name are both there in full.
   */
  get #besideInitials(): number | undefined {
    if (!this.#initials) return undefined
    const single = this.slots.filter((slot) => ones(slot.covers) === 1)
    const full = single.filter((slot) => slot.text.length > 1)
    const parts = this.#query.ordered ? new Set(full.map((slot) => slot.role)).size : full.length
    if (parts > 1) return undefined
    return full.reduce((sum, { hood, role }) => {
      const share = (of: number): number => hood.chance[EXACT * 2 + of] ?? 1
      return sum - Math.log2(this.#query.ordered ? share(role) : Math.max(share(SURNAME), share(GIVEN)))
    }, 0)
  }

  /** The most that the name can say for somebody. */
  get most(): number {
    let sum = 0
    for (const slot of this.slots) {
      if ((slot.covers & (slot.covers - 1)) !== 0) continue
      const relation = slot.text.length === 1 ? INITIAL : EXACT
      const [last, first] = [slot.bits[relation * 2] ?? 0, slot.bits[relation * 2 + 1] ?? 0]
      sum += this.#query.ordered ? (slot.role === SURNAME ? last : first) : Math.min(last, first)
    }
    return sum
  }

  /** Gives the marks back; the next query needs them clean. */
  release(): void {
    this.#pairs.release()
  }

  /**
   * Scores a row. With `deep`, tokens without a counterpart are compared by letters. The finding is overwritten by
   * the next call. Undefined where, without `deep`, no token has to do with any of the query's.
   */
  score(row: number, deep: boolean): NameFinding | undefined {
    this.#pairs.collect(row, deep)
    if (this.#pairs.count === 0 && !deep) return undefined
    const straight = this.#assign(this.#straight, false, deep, row)
    if (!this.#query.ordered || !this.#mayBeSwapped()) return straight
    const turned = this.#assign(this.#turned, true, deep, row)
    return turned.total > straight.total ? turned : straight
  }

  /** Whether any pair crosses from surname to given name or back. */
  #mayBeSwapped(): boolean {
    const { count, crossed } = this.#pairs
    for (let at = 0; at < count; at++) if (crossed[at] === 1) return true
    return false
  }

  /** Takes the best pairs first, each token once. */
  #assign(found: NameFinding, swap: boolean, deep: boolean, row: number): NameFinding {
    const { missing } = this.#tables.weights
    const { ordered } = this.#query
    const pairs = this.#pairs
    clear(found)
    let usedAsked = 0
    let usedHeld = 0
    /** Roles of the query's tokens that stand in the other's place, a bit each. */
    let crossed = 0
    this.#agreed = 0
    /** Tokens that are as on file, and those that are another spelling or a slip of theirs. */
    let [exact, other] = [0, 0]
    for (;;) {
      let best = -1
      let bestBits = 0
      for (let at = 0; at < pairs.count; at++) {
        if ((pairs.covers[at] ?? 0) & usedAsked || (pairs.held[at] ?? 0) & usedHeld) continue
        const turned = ordered && (pairs.crossed[at] === 0) === swap
        const bits = (pairs.bits[at] ?? 0) + (turned ? missing.crossed : 0)
        if (best >= 0 ? bits <= bestBits : bits <= missing.unlike) continue
        best = at
        bestBits = bits
      }
      if (best < 0) break
      const slot = this.slots[pairs.slot[best] ?? 0] as Slot
      usedAsked |= pairs.covers[best] ?? 0
      usedHeld |= pairs.held[best] ?? 0
      found.total += bestBits
      found.relations |= 1 << (pairs.relation[best] ?? 0)
      if ((pairs.relation[best] ?? 0) <= GLUED) this.#agreed |= pairs.held[best] ?? 0
      if (pairs.relation[best] === EXACT) exact++
      else if ((pairs.relation[best] ?? 0) <= GLUED) other++
      const role = ordered ? slot.role : (pairs.role[best] ?? 0)
      // A second surname that stands as a middle name speaks for the person, but it is no given name that agrees.
      if (ordered && (pairs.crossed[best] === 0) === swap) {
        crossed |= 1 << slot.role
        continue
      }
      if (role === SURNAME) found.surnameAgrees = true
      else {
        found.givenAgrees = true
        found.given += bestBits
      }
    }
    // One of each: surname and given name have changed places, whatever stands beside them.
    if (crossed === 3) {
      found.surnameAgrees = true
      found.givenAgrees = true
    }
    found.total += this.#clusters(exact, other)
    this.#penalties(found, usedAsked, usedHeld, swap, deep, row)
    return found
  }

  #penalties(
    found: NameFinding,
    asked: number,
    held: number,
    swap: boolean,
    deep: boolean,
    row: number,
  ): void {
    const { missing } = this.#tables.weights
    const openAsked = this.#real & ~asked
    const openHeld = (this.#pairs.heldSurname | this.#pairs.heldGiven) & ~held
    found.open = openAsked !== 0 && openHeld !== 0
    if (swap) {
      found.swapped = true
      found.total += missing.swapped
    }
    if (this.#query.ordered) {
      const [last, first] = swap
        ? [this.#pairs.heldGiven, this.#pairs.heldSurname]
        : [this.#pairs.heldSurname, this.#pairs.heldGiven]
      this.#penalty(found, SURNAME, this.#realSurname, asked, last, held, deep, row)
      this.#penalty(found, GIVEN, this.#realGiven, asked, first, held, deep, row)
    } else this.#unorderedPenalty(found, asked, held)
    if (found.surnameAgrees && found.givenAgrees) {
      if (deep) this.#addGiven(found, -this.#together(row))
      else found.total += missing.together
    }
    const shape = this.#people.rowShape.data[row] ?? 0
    if (
      shape & SUFFIXED &&
      this.#query.suffix !== '' &&
      this.#people.suffix.get(row) !== this.#query.suffix
    ) {
      found.suffixDiffers = true
      found.total += missing.suffixDiffers
    }
    if (shape & ALIAS) found.total += missing.alias
  }

  /**
   * Bits that surname and given name say twice, since both say of which people somebody is: how much oftener the two
   * stand together on file than chance would have it, for each given name with the surname that it goes with best.
   */
  #together(row: number): number {
    const { tokens, rowStart, rowShape } = this.#people
    const start = rowStart.data[row] ?? 0
    const shape = rowShape.data[row] ?? 0
    const split = shape & 255
    let sum = 0
    for (let j = split; j < split + ((shape >> 8) & 255); j++) {
      if ((this.#agreed & (1 << j)) === 0) continue
      let most = 0
      for (let i = 0; i < split; i++)
        if (this.#agreed & (1 << i))
          most = Math.max(most, this.#lift(tokens.data[start + i] ?? 0, tokens.data[start + j] ?? 0))
      sum += most
    }
    // Initials, joined and cut names have no counts of their own.
    return Math.max(sum, -this.#tables.weights.missing.together)
  }

  #lift(surname: number, given: number): number {
    const { ways, rowPerson } = this.#people
    const [a, b] = [this.#dictionary.bonesOf(surname), this.#dictionary.bonesOf(given)]
    const expected = (ways.size(tokenKey(a)) * ways.size(tokenKey(b))) / rowPerson.length
    const { seen, expected: least } = this.#tables.weights.together
    // Less the candidate himself.
    return Math.log2((Math.max(0, ways.size(pairKey(a, b)) - 1) + seen) / (expected + least))
  }

  #penalty(
    found: NameFinding,
    role: number,
    askedAll: number,
    askedUsed: number,
    heldAll: number,
    heldUsed: number,
    deep: boolean,
    row: number,
  ): void {
    const { missing } = this.#tables.weights
    const surname = role === SURNAME
    if (askedAll === 0 || heldAll === 0) {
      if (!surname && askedAll !== heldAll) this.#addGiven(found, missing.givenAbsent)
      return
    }
    const [openAsked, openHeld] = [askedAll & ~askedUsed, heldAll & ~heldUsed]
    const contradicts = openAsked !== 0 && openHeld === heldAll
    const alike = deep && openAsked !== 0 && openHeld !== 0 && this.#alike(openAsked, openHeld, row)
    if (contradicts) {
      if (surname) found.surnameContradicts = true
      else found.givenContradicts = true
      const bits = surname ? this.#surnameContradicts : missing.givenContradicts
      this.#add(found, surname, alike ? missing.alike : bits)
      return
    }
    const [a, h] = [ones(openAsked), ones(openHeld)]
    // The first of several names is the one that people go by.
    const [firstAsked, firstHeld] = [(openAsked & lowest(askedAll)) !== 0, (openHeld & lowest(heldAll)) !== 0]
    const first = firstAsked && firstHeld
    if (firstAsked !== firstHeld)
      this.#add(found, surname, missing[surname ? 'firstSurnameOmitted' : 'firstGivenOmitted'])
    const extra = surname
      ? first
        ? missing.firstSurname
        : missing.surnameExtra
      : first
        ? missing.firstGiven
        : missing.givenExtra
    const omitted = surname ? missing.surnameOmitted : a > h ? missing.givenAdded : missing.givenOmitted
    const both = Math.min(a, h) * (alike ? extra / 2 : extra)
    this.#add(found, surname, both + Math.min(3, Math.abs(a - h)) * omitted)
  }

  #unorderedPenalty(found: NameFinding, asked: number, held: number): void {
    const { missing } = this.#tables.weights
    const openAsked = ones(this.#real & ~asked)
    const openSurname = this.#pairs.heldSurname & ~held
    const openGiven = this.#pairs.heldGiven & ~held
    const nothingOpen = openAsked === 0
    found.surnameContradicts = !nothingOpen && openSurname === this.#pairs.heldSurname
    found.givenContradicts =
      !nothingOpen && this.#pairs.heldGiven !== 0 && openGiven === this.#pairs.heldGiven
    if (found.surnameContradicts) found.total += this.#surnameContradicts
    else if (nothingOpen && openSurname === this.#pairs.heldSurname) found.total += 2 * missing.surnameOmitted
    if (found.givenContradicts) this.#addGiven(found, missing.givenContradicts)
    const extra = Math.max(0, openAsked - Number(found.surnameContradicts) - Number(found.givenContradicts))
    const rest = ones(openSurname | openGiven)
    found.total += Math.min(extra, rest) * missing.givenExtra + Math.abs(extra - rest) * missing.givenOmitted
  }

  #add(found: NameFinding, surname: boolean, bits: number): void {
    if (surname) found.total += bits
    else this.#addGiven(found, bits)
  }

  #addGiven(found: NameFinding, bits: number): void {
    found.total += bits
    found.given += bits
  }

  /** Whether two tokens without a counterpart share most of their letters. */
  #alike(openAsked: number, openHeld: number, row: number): boolean {
    const start = this.#people.rowStart.data[row] ?? 0
    for (const slot of this.slots) {
      if ((slot.covers & ~openAsked) !== 0 || slot.text.length < 4) continue
      for (let j = 0; openHeld >> j !== 0; j++) {
        if ((openHeld & (1 << j)) === 0) continue
        const held = this.#dictionary.token(this.#people.tokens.data[start + j] ?? 0)
        // Most are told by which letters they have.
        if (held.length < 4 || mostAlike(slot.sound, held) < ALIKE) continue
        if (alikeness(slot.sound, held) >= ALIKE) return true
      }
    }
    return false
  }
}

const lowest = (bits: number): number => bits & -bits
