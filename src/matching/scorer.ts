/**
 * What a name of the query says about a name on file, in bits. The first look at a candidate is table look-ups by
 * token number; only names that miss a counterpart and could still win are compared by letters.
 */
import { clusterBits } from './clusters.js'
import type { Dictionary } from './dictionary.js'
import { blankFinding, clear, type NameFinding } from './finding.js'
import type { NameParts } from './names.js'
import { GIVEN, SURNAME } from './neighbours.js'
import { ALIAS, type People, pairKey, SUFFIXED, tokenKey } from './people.js'
import {
  EDIT,
  EXACT,
  GLUED,
  INITIAL,
  isPart,
  JOINED,
  NONE,
  PART,
  RELATIONS,
  relateUnlisted,
  SOUND,
  TRUNCATED,
  VARIANT,
} from './relation.js'
import { type Slot, slotsOf } from './slots.js'
import { edits, jaroWinkler } from './strings.js'
import type { NameTables } from './tables.js'
import { ones } from './word.js'

const MOST_PAIRS = 64
/** Most letters in the right order; below it chance does as well (TARDE and NADIE). */
const ALIKE = 0.8
/** DE LA VEGA DEL TORO may be one word in the query. */
const MOST_PARTS = 5
/** A name joined on one side: more would be a coincidence of lengths. */
const JOINED_BITS = 14
/** Likeness of letters that says neither more nor less than the relation does. */
const LIKE_ON_AVERAGE = 0.5
/** A name that many others have as a part (ANA) says little, yet it contradicts none of them. */
const LEAST_OF_PART = -1.9

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
  /** Chains from a token number to the slots that it may stand for. */
  readonly #marks: Int32Array
  readonly #marked: number[] = []
  readonly #hitSlot: number[] = [0]
  readonly #hitRelation: number[] = [0]
  readonly #hitNext: number[] = [0]
  readonly #initials: number[] = []
  readonly #letters = new Map<number, number>()

  #pairs = 0
  readonly #pairSlot = new Int32Array(MOST_PAIRS)
  readonly #pairHeld = new Int32Array(MOST_PAIRS)
  readonly #pairRole = new Int32Array(MOST_PAIRS)
  readonly #pairCovers = new Int32Array(MOST_PAIRS)
  readonly #pairCrossed = new Int32Array(MOST_PAIRS)
  readonly #pairRelation = new Int32Array(MOST_PAIRS)
  readonly #pairBits = new Float64Array(MOST_PAIRS)
  /** Tokens on file that agree, a bit each. */
  #agreed = 0
  #heldSurname = 0
  #heldGiven = 0

  /** @param sex of the person asked about: women change their surname with marriage. */
  constructor(query: NameParts, people: People, sex: 'M' | 'F' | 'unknown' = 'unknown') {
    this.#query = query
    this.#people = people
    this.#dictionary = people.dictionary
    this.#tables = people.dictionary.tables
    this.#surnameContradicts = this.#tables.weights.missing.surnameContradicts[sex]
    this.#clusters = clusterBits(this.#tables.weights)
    this.#marks = people.dictionary.marks()
    const { list, surname, given } = slotsOf(query, people.dictionary)
    this.slots = list
    this.#realSurname = surname
    this.#realGiven = given
    this.#real = surname | given
    this.slots.forEach((slot, i) => {
      slot.hood.ids.forEach((id, k) => {
        this.#mark(id, i, slot.hood.relations[k] ?? EXACT)
      })
      if (slot.text.length === 1) this.#initials.push(i)
    })
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
    if (this.#initials.length === 0) return undefined
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
    for (const id of this.#marked) this.#marks[id] = 0
  }

  /** Whether a name on file begins with a letter with which a token of the query does. */
  sameStart(row: number): boolean {
    const id = this.#people.tokens.data[this.#people.rowStart.data[row] ?? 0] ?? 0
    const letter = this.#dictionary.firstLetter(id)
    return this.slots.some((slot) => slot.text.charCodeAt(0) === letter)
  }

  /**
   * Scores a row. With `deep`, tokens without a counterpart are compared by letters. The finding is overwritten by
   * the next call. Undefined where, without `deep`, no token has to do with any of the query's.
   */
  score(row: number, deep: boolean): NameFinding | undefined {
    this.#collect(row, deep)
    if (this.#pairs === 0 && !deep) return undefined
    const straight = this.#assign(this.#straight, false, deep, row)
    if (!this.#query.ordered || !this.#mayBeSwapped()) return straight
    const turned = this.#assign(this.#turned, true, deep, row)
    return turned.total > straight.total ? turned : straight
  }

  #mark(id: number, slot: number, relation: number): void {
    this.#hitSlot.push(slot)
    this.#hitRelation.push(relation)
    this.#hitNext.push(this.#marks[id] ?? 0)
    this.#marks[id] = this.#hitSlot.length - 1
    this.#marked.push(id)
  }

  /** Gathers every pair of tokens that have to do with one another. */
  #collect(row: number, deep: boolean): void {
    const { tokens, rowStart, rowShape } = this.#people
    const start = rowStart.data[row] ?? 0
    const shape = rowShape.data[row] ?? 0
    const split = shape & 255
    const count = split + ((shape >> 8) & 255)
    this.#pairs = 0
    this.#heldSurname = 0
    this.#heldGiven = 0
    let every = 0
    for (let j = 0; j < count; j++) {
      const id = tokens.data[start + j] ?? 0
      const role = j < split ? SURNAME : GIVEN
      if (role === SURNAME) every |= 1 << j
      if (!this.#dictionary.isParticle(id)) {
        if (role === SURNAME) this.#heldSurname |= 1 << j
        else this.#heldGiven |= 1 << j
      }
      this.#collectToken(id, j, role)
    }
    if (this.#heldSurname === 0) this.#heldSurname = every
    if (this.#heldGiven === 0 && count > split) this.#heldGiven = ((1 << count) - 1) & ~every
    if (deep) this.#collectDeep(start, split, count)
  }

  #collectToken(id: number, j: number, role: number): void {
    for (let hit = this.#marks[id] ?? 0; hit > 0; hit = this.#hitNext[hit] ?? 0) {
      const slot = this.#hitSlot[hit] ?? 0
      this.#pair(slot, 1 << j, role, this.#hitRelation[hit] ?? 0)
    }
    for (const slot of this.#initials) {
      const { text } = this.slots[slot] as Slot
      if (this.#dictionary.firstLetter(id) === text.charCodeAt(0) && this.#dictionary.text(id) !== text) {
        this.#pair(slot, 1 << j, role, INITIAL)
      }
    }
  }

  #pair(slot: number, held: number, role: number, relation: number, bits?: number): void {
    if (this.#pairs >= MOST_PAIRS) return
    const at = this.#pairs++
    this.#pairSlot[at] = slot
    this.#pairHeld[at] = held
    this.#pairRole[at] = role
    this.#pairRelation[at] = relation
    const asked = this.slots[slot] as Slot
    this.#pairCovers[at] = asked.covers
    this.#pairCrossed[at] = Number(asked.role !== role)
    this.#pairBits[at] = bits ?? asked.bits[relation * 2 + role] ?? 0
  }

  /** Looks at the letters of tokens that the dictionary's neighbourhoods did not bring together. */
  #collectDeep(start: number, split: number, count: number): void {
    let pairedSlots = 0
    let pairedHeld = 0
    for (let at = 0; at < this.#pairs; at++) {
      pairedSlots |= this.slots[this.#pairSlot[at] ?? 0]?.covers ?? 0
      pairedHeld |= this.#pairHeld[at] ?? 0
    }
    this.slots.forEach((slot, s) => {
      if ((slot.covers & ~pairedSlots) === 0) return
      for (let j = 0; j < count; j++) {
        const role = j < split ? SURNAME : GIVEN
        const id = this.#people.tokens.data[start + j] ?? 0
        if (pairedHeld & (1 << j)) continue
        const relation = this.#byLetters(s, slot, id)
        if (relation !== NONE)
          this.#pair(s, 1 << j, role, relation, this.#bitsByLetters(slot, relation, role))
        else if (slot.role === GIVEN && role === GIVEN) this.#collectPart(s, slot, id, j)
      }
      this.#collectParted(s, slot, start, split, count)
    })
    this.#weighLetters(start)
  }

  /** Two spellings of a relation are the liklier one name's, the more their letters are known to change so. */
  #weighLetters(start: number): void {
    const { letters, weights } = this.#tables
    for (let at = 0; at < this.#pairs; at++) {
      const relation = this.#pairRelation[at] ?? 0
      if (relation < VARIANT || relation > SOUND) continue
      const slot = this.slots[this.#pairSlot[at] ?? 0] as Slot
      const id = this.#people.tokens.data[start + 31 - Math.clz32(this.#pairHeld[at] ?? 1)] ?? 0
      const slope = weights.letters[RELATIONS[relation] as keyof typeof weights.letters]
      const like = letters.likenessOf(slot.sound, this.#dictionary.token(id)) - LIKE_ON_AVERAGE
      // What a table ties needs no letters to be one name: BILL and WILLIAM.
      const bits = slope * (relation < EDIT ? Math.max(0, like) : like)
      this.#pairBits[at] = (this.#pairBits[at] ?? 0) + bits
    }
  }

  /** LUZ in the query may be LUZVIMINDA on file, and the other way round. */
  #collectPart(s: number, slot: Slot, id: number, j: number): void {
    const held = this.#dictionary.text(id)
    if (!isPart(slot.text, held)) return
    const chance = this.#dictionary.partShare(slot.text, held.length > slot.text.length)
    const bits = Math.max(LEAST_OF_PART, Math.log2(this.#tables.weights.name.part / chance))
    this.#pair(s, 1 << j, GIVEN, PART, bits)
  }

  #bitsByLetters(slot: Slot, relation: number, role: number): number {
    if (relation !== TRUNCATED) return slot.bits[relation * 2 + role] ?? 0
    return Math.log2(
      this.#tables.weights.name.truncated / this.#dictionary.startShare(slot.text, role === SURNAME ? 0 : 1),
    )
  }

  #byLetters(s: number, slot: Slot, id: number): number {
    const key = id * 32 + s
    const known = this.#letters.get(key)
    if (known !== undefined) return known
    const cut =
      slot.last && this.#query.cut && slot.text.length >= 2 && this.#dictionary.text(id).startsWith(slot.text)
    // What the tables tie is in the neighbourhood already.
    const relation = cut ? TRUNCATED : relateUnlisted(slot.sound, this.#dictionary.token(id), this.#tables)
    this.#letters.set(key, relation)
    return relation
  }

  /** XIAOMING in the query may be XIAO MING on file, DELACRUZ DE LA CRUZ. */
  #collectParted(s: number, slot: Slot, start: number, split: number, count: number): void {
    if (slot.text.length < 4) return
    for (let from = 0; from < count - 1; from++) {
      let text = this.#heldText(start + from)
      for (let to = from + 1; to < Math.min(count, from + MOST_PARTS) && to < split === from < split; to++) {
        text += this.#heldText(start + to)
        const cut =
          slot.last && this.#query.cut && text.length > slot.text.length && text.startsWith(slot.text)
        if (!cut && text !== slot.text && (text.length < 6 || edits(text, slot.text, 1) > 1)) continue
        const role = from < split ? SURNAME : GIVEN
        const bits = Math.min(JOINED_BITS, this.#bitsOfParts(start + from, start + to, role))
        this.#pair(s, (1 << (to + 1)) - (1 << from), role, JOINED, bits)
      }
    }
  }

  #bitsOfParts(from: number, to: number, role: number): number {
    let chance = 1
    for (let at = from; at <= to; at++) {
      const id = this.#people.tokens.data[at] ?? 0
      if (!this.#dictionary.isParticle(id)) chance *= this.#dictionary.share(id, role === SURNAME ? 0 : 1)
    }
    return Math.log2(this.#tables.weights.name.joined / Math.max(chance, 1e-9))
  }

  #heldText(at: number): string {
    return this.#dictionary.text(this.#people.tokens.data[at] ?? 0)
  }

  /** Whether any pair crosses from surname to given name or back. */
  #mayBeSwapped(): boolean {
    for (let at = 0; at < this.#pairs; at++) {
      if (this.#pairCrossed[at] === 1) return true
    }
    return false
  }

  /** Takes the best pairs first, each token once. */
  #assign(found: NameFinding, swap: boolean, deep: boolean, row: number): NameFinding {
    const { missing } = this.#tables.weights
    const { ordered } = this.#query
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
      for (let at = 0; at < this.#pairs; at++) {
        if ((this.#pairCovers[at] ?? 0) & usedAsked || (this.#pairHeld[at] ?? 0) & usedHeld) continue
        const turned = ordered && (this.#pairCrossed[at] === 0) === swap
        const bits = (this.#pairBits[at] ?? 0) + (turned ? missing.crossed : 0)
        if (best >= 0 ? bits <= bestBits : bits <= missing.unlike) continue
        best = at
        bestBits = bits
      }
      if (best < 0) break
      const slot = this.slots[this.#pairSlot[best] ?? 0] as Slot
      usedAsked |= this.#pairCovers[best] ?? 0
      usedHeld |= this.#pairHeld[best] ?? 0
      found.total += bestBits
      found.relations |= 1 << (this.#pairRelation[best] ?? 0)
      if ((this.#pairRelation[best] ?? 0) <= GLUED) this.#agreed |= this.#pairHeld[best] ?? 0
      if (this.#pairRelation[best] === EXACT) exact++
      else if ((this.#pairRelation[best] ?? 0) <= GLUED) other++
      const role = ordered ? slot.role : (this.#pairRole[best] ?? 0)
      // A second surname that stands as a middle name speaks for the person, but it is no given name that agrees.
      if (ordered && (this.#pairCrossed[best] === 0) === swap) {
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
    const openHeld = (this.#heldSurname | this.#heldGiven) & ~held
    found.open = openAsked !== 0 && openHeld !== 0
    if (swap) {
      found.swapped = true
      found.total += missing.swapped
    }
    if (this.#query.ordered) {
      const [last, first] = swap ? [this.#heldGiven, this.#heldSurname] : [this.#heldSurname, this.#heldGiven]
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
    const openSurname = this.#heldSurname & ~held
    const openGiven = this.#heldGiven & ~held
    const nothingOpen = openAsked === 0
    found.surnameContradicts = !nothingOpen && openSurname === this.#heldSurname
    found.givenContradicts = !nothingOpen && this.#heldGiven !== 0 && openGiven === this.#heldGiven
    if (found.surnameContradicts) found.total += this.#surnameContradicts
    else if (nothingOpen && openSurname === this.#heldSurname) found.total += 2 * missing.surnameOmitted
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
        const text = this.#heldText(start + j)
        if (text.length >= 4 && jaroWinkler(slot.text, text) >= ALIKE) return true
      }
    }
    return false
  }
}

const lowest = (bits: number): number => bits & -bits
