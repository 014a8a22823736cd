/** The pairs of a query's tokens and those of a name on file that have to do with one another, and what each is worth. */
import type { Dictionary } from './dictionary.js'
import type { Marks } from './marks.js'
import type { NameParts } from './names.js'
import { GIVEN, SURNAME } from './neighbours.js'
import type { People } from './people.js'
import {
  EDIT,
  EXACT,
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
import type { Slot } from './slots.js'
import { edits } from './strings.js'
import type { NameTables } from './tables.js'

const MOST_PAIRS = 64
/** DE LA VEGA DEL TORO may be one word in the query. */
const MOST_PARTS = 5
/** A name joined on one side: more would be a coincidence of lengths. */
const JOINED_BITS = 14
/** Of a shorter word that is two on file too much is a coincidence. */
const SHORTEST_PARTED = 4
const SHORTEST_JOINED = 6
/** Likeness of letters that says neither more nor less than the relation does. */
const LIKE_ON_AVERAGE = 0.5
/** A name that many others have as a part (ANA) says little, yet it contradicts none of them. */
const LEAST_OF_PART = -1.9
const SLOT_STRIDE = 32

/** Columns of the pairs at hand: a thread scores one name at a time. */
const columns = {
  slot: new Int32Array(MOST_PAIRS),
  held: new Int32Array(MOST_PAIRS),
  role: new Int32Array(MOST_PAIRS),
  covers: new Int32Array(MOST_PAIRS),
  crossed: new Int32Array(MOST_PAIRS),
  relation: new Int32Array(MOST_PAIRS),
  bits: new Float64Array(MOST_PAIRS),
}

export class Pairs {
  count = 0
  readonly slot = columns.slot
  /** Tokens on file, a bit each, and their role. */
  readonly held = columns.held
  readonly role = columns.role
  /** Tokens of the query, a bit each. */
  readonly covers = columns.covers
  /** 1 where a surname meets a given name. */
  readonly crossed = columns.crossed
  readonly relation = columns.relation
  readonly bits = columns.bits
  /** Tokens on file that need a counterpart, a bit each. */
  heldSurname = 0
  heldGiven = 0
  readonly #marks: Marks
  readonly #dictionary: Dictionary
  readonly #tables: NameTables
  readonly #initials: readonly number[]
  /** By token and slot: the relation by letters, and how likely their letters are. */
  readonly #relations = new Map<number, number>()
  readonly #likeness = new Map<number, number>()

  constructor(
    private readonly slots: readonly Slot[],
    private readonly query: NameParts,
    private readonly people: People,
  ) {
    const { dictionary } = people
    this.#dictionary = dictionary
    this.#tables = dictionary.tables
    this.#marks = dictionary.marks()
    const initials: number[] = []
    for (let s = 0; s < slots.length; s++) {
      const { text, hood } = slots[s] as Slot
      const { ids, relations } = hood
      for (let k = 0; k < ids.length; k++) this.#marks.add(ids[k] ?? 0, s, relations[k] ?? EXACT)
      if (text.length === 1) initials.push(s)
    }
    this.#initials = initials
  }

  /** Gives the marks back; the next query needs them clean. */
  release(): void {
    this.#marks.clear()
  }

  /** Gathers every pair of tokens that have to do with one another. */
  collect(row: number, deep: boolean): void {
    const { tokens, rowStart, rowShape } = this.people
    const start = rowStart.data[row] ?? 0
    const shape = rowShape.data[row] ?? 0
    const split = shape & 255
    const count = split + ((shape >> 8) & 255)
    this.count = 0
    this.heldSurname = 0
    this.heldGiven = 0
    let every = 0
    for (let j = 0; j < count; j++) {
      const id = tokens.data[start + j] ?? 0
      const role = j < split ? SURNAME : GIVEN
      if (role === SURNAME) every |= 1 << j
      if (!this.#dictionary.isParticle(id)) {
        if (role === SURNAME) this.heldSurname |= 1 << j
        else this.heldGiven |= 1 << j
      }
      this.#collectToken(id, j, role)
    }
    if (this.heldSurname === 0) this.heldSurname = every
    if (this.heldGiven === 0 && count > split) this.heldGiven = ((1 << count) - 1) & ~every
    if (deep) this.#collectDeep(start, split, count)
  }

  #collectToken(id: number, j: number, role: number): void {
    const marks = this.#marks
    for (let mark = marks.heads[id] ?? 0; mark > 0; mark = marks.next[mark] ?? 0)
      this.#pair(marks.slot[mark] ?? 0, 1 << j, role, marks.relation[mark] ?? 0)
    for (const slot of this.#initials) {
      const { text } = this.slots[slot] as Slot
      if (this.#dictionary.firstLetter(id) === text.charCodeAt(0) && this.#dictionary.lengthOf(id) > 1)
        this.#pair(slot, 1 << j, role, INITIAL)
    }
  }

  #pair(slot: number, held: number, role: number, relation: number, bits?: number): void {
    if (this.count >= MOST_PAIRS) return
    const at = this.count++
    this.slot[at] = slot
    this.held[at] = held
    this.role[at] = role
    this.relation[at] = relation
    const asked = this.slots[slot] as Slot
    this.covers[at] = asked.covers
    this.crossed[at] = Number(asked.role !== role)
    this.bits[at] = bits ?? asked.bits[relation * 2 + role] ?? 0
  }

  /** Looks at the letters of tokens that the dictionary's neighbourhoods did not bring together. */
  #collectDeep(start: number, split: number, count: number): void {
    let pairedSlots = 0
    let pairedHeld = 0
    for (let at = 0; at < this.count; at++) {
      pairedSlots |= this.slots[this.slot[at] ?? 0]?.covers ?? 0
      pairedHeld |= this.held[at] ?? 0
    }
    for (let s = 0; s < this.slots.length; s++) {
      const slot = this.slots[s] as Slot
      if ((slot.covers & ~pairedSlots) === 0) continue
      for (let j = 0; j < count; j++) {
        if (pairedHeld & (1 << j)) continue
        const role = j < split ? SURNAME : GIVEN
        const id = this.people.tokens.data[start + j] ?? 0
        const relation = this.#byLetters(s, slot, id)
        if (relation !== NONE)
          this.#pair(s, 1 << j, role, relation, this.#bitsByLetters(slot, relation, role))
        else if (slot.role === GIVEN && role === GIVEN) this.#collectPart(s, slot, id, j)
      }
      if (slot.text.length >= SHORTEST_PARTED) this.#collectParted(s, slot, start, split, count)
    }
    this.#weighLetters(start)
  }

  /** Two spellings of a relation are the likelier one name's, the more their letters are known to change so. */
  #weighLetters(start: number): void {
    const { weights } = this.#tables
    for (let at = 0; at < this.count; at++) {
      const relation = this.relation[at] ?? 0
      if (relation < VARIANT || relation > SOUND) continue
      const slot = this.slots[this.slot[at] ?? 0] as Slot
      const id = this.people.tokens.data[start + 31 - Math.clz32(this.held[at] ?? 1)] ?? 0
      const slope = weights.letters[RELATIONS[relation] as keyof typeof weights.letters]
      const like = this.#likenessOf(this.slot[at] ?? 0, slot, id) - LIKE_ON_AVERAGE
      // What a table ties needs no letters to be one name: BILL and WILLIAM.
      const bits = slope * (relation < EDIT ? Math.max(0, like) : like)
      this.bits[at] = (this.bits[at] ?? 0) + bits
    }
  }

  #likenessOf(s: number, slot: Slot, id: number): number {
    const key = id * SLOT_STRIDE + s
    const known = this.#likeness.get(key)
    if (known !== undefined) return known
    const likeness = this.#tables.letters.likenessOf(slot.sound, this.#dictionary.token(id))
    this.#likeness.set(key, likeness)
    return likeness
  }

  /** LUZ in the query may be LUZVIMINDA on file, and the other way round. */
  #collectPart(s: number, slot: Slot, id: number, j: number): void {
    const { mask, length } = this.#dictionary.token(id)
    // A part has no letter that the whole lacks.
    const [part, whole] = length < slot.text.length ? [mask, slot.sound.mask] : [slot.sound.mask, mask]
    if (length === slot.text.length || (part & ~whole) !== 0) return
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
    const key = id * SLOT_STRIDE + s
    const known = this.#relations.get(key)
    if (known !== undefined) return known
    const cut =
      slot.last && this.query.cut && slot.text.length >= 2 && this.#dictionary.text(id).startsWith(slot.text)
    // What the tables tie is in the neighbourhood already.
    const relation = cut ? TRUNCATED : relateUnlisted(slot.sound, this.#dictionary.token(id), this.#tables)
    this.#relations.set(key, relation)
    return relation
  }

  /** XIAOMING in the query may be XIAO MING on file, DELACRUZ DE LA CRUZ. */
  #collectParted(s: number, slot: Slot, start: number, split: number, count: number): void {
    const asked = slot.text
    const mayBeCut = slot.last && this.query.cut
    for (let from = 0; from < count - 1; from++) {
      let length = this.#dictionary.lengthOf(this.people.tokens.data[start + from] ?? 0)
      for (let to = from + 1; to < Math.min(count, from + MOST_PARTS) && to < split === from < split; to++) {
        length += this.#dictionary.lengthOf(this.people.tokens.data[start + to] ?? 0)
        // Most are told by their lengths, before any is put together.
        if (!(mayBeCut && length > asked.length) && Math.abs(length - asked.length) > 1) continue
        let text = ''
        for (let j = from; j <= to; j++) text += this.#heldText(start + j)
        const cut = mayBeCut && length > asked.length && text.startsWith(asked)
        if (!cut && text !== asked && (length < SHORTEST_JOINED || edits(text, asked, 1) > 1)) continue
        const role = from < split ? SURNAME : GIVEN
        const bits = Math.min(JOINED_BITS, this.#bitsOfParts(start + from, start + to, role))
        this.#pair(s, (1 << (to + 1)) - (1 << from), role, JOINED, bits)
      }
    }
  }

  #bitsOfParts(from: number, to: number, role: number): number {
    let chance = 1
    for (let at = from; at <= to; at++) {
      const id = this.people.tokens.data[at] ?? 0
      if (!this.#dictionary.isParticle(id)) chance *= this.#dictionary.share(id, role === SURNAME ? 0 : 1)
    }
    return Math.log2(this.#tables.weights.name.joined / Math.max(chance, 1e-9))
  }

  #heldText(at: number): string {
    return this.#dictionary.text(this.people.tokens.data[at] ?? 0)
  }
}
