/** Every token of every name once, with how often it occurs. */
import { HASH_SEED, hashCodes } from './columns.js'
import { Marks } from './marks.js'
import { GIVEN, type Neighbourhood, Neighbourhoods, type Role, SURNAME } from './neighbours.js'
import type { Source } from './related.js'
import type { NameTables } from './tables.js'
import { type Sounded, Word } from './word.js'
import { lengthOf, tokenIn, type Words, wordsOf } from './words.js'

const CACHED = 20_000
/** Records beyond which the file itself says how much a name singles out. */
const FEW_RECORDS = 20
const LEAST_CHANCE = 1e-7
/** Share of names that no table lists. */
const UNLISTED = 0.3
/** Chance that a given name which no table lists has three certain letters in a row, and what each further one leaves. */
const UNLISTED_PART = 2e-4
const FURTHER_LETTER = 0.25
const LONGEST_PARTICLE = 8
/** A token that more have is a name, and not two of them written as one. */
const MOST_OF_JOINED = 2e-5
const SHORTEST_PART = 3
const MOST_PARTS = 6

/** The words of a token's facts: where its letters begin and how many, {@link shapeOf} it, its mask and keys, counts by role. */
const FACTS = 8
const [FROM, LENGTH, SHAPE, MASK, BONES, KINDS, COUNT] = [0, 1, 2, 3, 4, 5, 6] as const

/** Consonants, the first letter, and whether it is a particle: eight bits each. */
const shapeOf = (boneCount: number, first: number, particle: boolean): number =>
  boneCount | (first << 8) | (Number(particle) << 16)

export class Dictionary {
  #codes = new Uint8Array(1 << 16)
  /** What is known of a token, in one place: hundreds are looked at for a token that isn't known. */
  #facts = new Int32Array(FACTS << 10)
  #size = 0
  /** Letters in `codes` so far. */
  #used = 0
  readonly #table: readonly [Float64Array, Float64Array]
  /** Numbers of tokens by the hash of their letters, -1 for none. */
  #slots = new Int32Array(1 << 12).fill(-1)
  #asked = new Uint8Array(64)
  /** One token at a time, to be read before it is set to the next. */
  readonly #held = new Word()
  readonly #own: Source
  readonly #hoods: Neighbourhoods
  readonly #texts = new Map<number, string>()
  #partShares = new Map<string, number>()
  readonly #marks = new Marks()
  /** Names on file, by which counts are divided. */
  #names = 0
  readonly letterShare: Float64Array

  constructor(readonly tables: NameTables) {
    const listed = [...new Set([...tables.surnames.keys(), ...tables.given.keys()])]
    const shares = [tables.surnames, tables.given].map((table) =>
      Float64Array.from([0, ...listed.map((name) => table.get(name) ?? tables.weights.tables.floor)]),
    ) as [Float64Array, Float64Array]
    this.#table = [new Float64Array(listed.length), new Float64Array(listed.length)]
    const codes = Buffer.from(listed.map((name) => `${name}\n`).join(''), 'latin1')
    const words = wordsOf(codes, ...shares)
    this.#own = this.take(words)
    const { globalOf } = this.#own
    for (const [role, list] of shares.entries())
      for (let local = 1; local < list.length; local++)
        this.#table[role as Role][globalOf[local] ?? 0] = (list[local] ?? 0) / 1e6
    this.#hoods = new Neighbourhoods(this)
    this.hold([])
    this.letterShare = letterShares(tables)
  }

  /**
   * Takes up tokens that are new. Those of the same kinds of sounds come one after the other: a look at what is like a
   * word reads hundreds of them, and what is known of them lies side by side then.
   * @returns the words with the number of each.
   */
  take(words: Words): Source {
    const size = words.starts.length - 1
    const globalOf = new Int32Array(size).fill(-1)
    globalOf[0] = 0
    for (const entry of words.byKinds.list) {
      const local = tokenIn(entry)
      globalOf[local] = this.#numberOf(words, local)
    }
    for (let local = 1; local < size; local++)
      if (globalOf[local] === -1) globalOf[local] = this.#numberOf(words, local)
    const numbers = (list: Uint32Array): Int32Array =>
      Int32Array.from(list, (entry) => globalOf[tokenIn(entry)] ?? 0)
    return { words, globalOf, ofBones: numbers(words.byBones.list), ofKinds: numbers(words.byKinds.list) }
  }

  /** Says where neighbours are looked for, beside the tables' own names. */
  hold(sources: readonly Source[]): void {
    this.#hoods.hold([this.#own, ...sources])
  }

  /** Tokens so far. */
  get size(): number {
    return this.#size
  }

  find(token: string): number | undefined {
    if (token.length > this.#asked.length) this.#asked = new Uint8Array(token.length * 2)
    for (let i = 0; i < token.length; i++) this.#asked[i] = token.charCodeAt(i)
    const id = this.numberOf(this.#asked, 0, token.length)
    return id < 0 ? undefined : id
  }

  /** The number of a token by its letters, -1 for none. */
  numberOf(codes: Uint8Array, from: number, length: number): number {
    return this.#slots[this.#slot(codes, from, length)] ?? -1
  }

  text(id: number): string {
    const known = this.#texts.get(id)
    if (known !== undefined) return known
    if (this.#texts.size >= CACHED) this.#texts.clear()
    const text = this.#read(id)
    this.#texts.set(id, text)
    return text
  }

  #read(id: number): string {
    const { codes, from, length } = this.token(id)
    return Buffer.from(codes.buffer, codes.byteOffset, codes.byteLength).toString(
      'latin1',
      from,
      from + length,
    )
  }

  /** A token with its keys of sound; the next call overwrites it. */
  token(id: number): Sounded {
    const held = this.#held
    const facts = this.#facts
    const at = id * FACTS
    const shape = facts[at + SHAPE] ?? 0
    held.codes = this.#codes
    held.from = facts[at + FROM] ?? 0
    held.length = facts[at + LENGTH] ?? 0
    held.mask = facts[at + MASK] ?? 0
    held.bones = facts[at + BONES] ?? 0
    held.boneCount = shape & 255
    held.kinds = facts[at + KINDS] ?? 0
    return held
  }

  /** The key of a token's consonants. */
  bonesOf(id: number): number {
    return this.#facts[id * FACTS + BONES] ?? 0
  }

  /** How many letters it has. */
  lengthOf(id: number): number {
    return this.#facts[id * FACTS + LENGTH] ?? 0
  }

  /** The code of its first letter. */
  firstLetter(id: number): number {
    return ((this.#facts[id * FACTS + SHAPE] ?? 0) >>> 8) & 255
  }

  isParticle(id: number): boolean {
    return ((this.#facts[id * FACTS + SHAPE] ?? 0) & (1 << 16)) !== 0
  }

  count(id: number, role: Role, by: number): void {
    const at = id * FACTS + COUNT + role
    this.#facts[at] = (this.#facts[at] ?? 0) + by
  }

  /** Says how many names there are now. What was worked out from other counts is forgotten. */
  changed(names: number): void {
    this.#names = names
    this.#hoods.forget()
    this.#partShares = new Map()
  }

  /**
   * The chance that a stranger's name has this token: the table's share and the file's own, joined as if the table
   * were so many records. A token that a small file has more than once says little in that file, whatever the table
   * says of it.
   */
  share(id: number, role: Role): number {
    const count = this.#facts[id * FACTS + COUNT + role] ?? 0
    const { records } = this.tables.weights.tables
    const joined = (count + records * this.listed(id, role)) / (this.#names + records)
    return count > 1 ? Math.max(joined, (count - 1) / (this.#names + FEW_RECORDS)) : joined
  }

  /** The table's share of a token. */
  listed(id: number, role: Role): number {
    return this.#table[role][id] ?? this.tables.weights.tables.floor / 1e6
  }

  /**
   * The chance that a stranger's given name is as `asked` to a longer name that has it as a part (`longer`), or to a
   * shorter one that is a part of it; the name itself counts, as the closer relations do everywhere.
   */
  partShare(asked: string, longer: boolean): number {
    const key = longer ? asked : `-${asked}`
    const known = this.#partShares.get(key)
    if (known !== undefined) return known
    const share = longer ? this.#shareOfLonger(asked) : this.#shareOfShorter(asked)
    this.#keepPart(key, share)
    return share
  }

  /** Tokens with which one that hardly anybody has begins or ends, those of most letters first. */
  partsOf(text: string): number[] {
    const id = this.find(text)
    if (id !== undefined && Math.max(this.share(id, SURNAME), this.share(id, GIVEN)) > MOST_OF_JOINED)
      return []
    const found: number[] = []
    for (
      let length = text.length - SHORTEST_PART;
      length >= SHORTEST_PART && found.length < MOST_PARTS;
      length--
    )
      for (const part of [text.slice(0, length), text.slice(-length)]) {
        const known = this.find(part)
        if (known !== undefined) found.push(known)
      }
    return found
  }

  /** The chance that a name of a stranger begins so, for one that the end of the field cut off. */
  startShare(start: string, role: Role): number {
    const key = `${role}${start}`
    const known = this.#partShares.get(key)
    if (known !== undefined) return known
    // One letter narrows to a twelfth, each further one to a quarter or so.
    let sum = UNLISTED * 0.08 * 0.27 ** (start.length - 1)
    for (const name of (role === SURNAME ? this.tables.surnames : this.tables.given).keys())
      if (name.startsWith(start)) sum += this.share(this.find(name) ?? 0, role)
    this.#keepPart(key, sum)
    return sum
  }

  #keepPart(key: string, share: number): void {
    if (this.#partShares.size >= CACHED) this.#partShares = new Map()
    this.#partShares.set(key, share)
  }

  /** The names of the table stand for all: reading every token of a large file would cost more than it tells. */
  #shareOfLonger(part: string): number {
    let sum = UNLISTED_PART * FURTHER_LETTER ** Math.max(0, part.length - 3)
    for (const name of this.tables.given.keys())
      if (name.includes(part)) sum += this.share(this.find(name) ?? 0, GIVEN)
    return Math.max(LEAST_CHANCE, sum)
  }

  #shareOfShorter(whole: string): number {
    const parts = new Set<string>()
    for (let from = 0; from + 3 <= whole.length; from++)
      for (let to = from + 3; to <= whole.length; to++) parts.add(whole.slice(from, to))
    let sum = UNLISTED_PART
    for (const part of parts) {
      const id = this.find(part)
      if (id !== undefined) sum += this.share(id, GIVEN)
    }
    return sum
  }

  /** @param joined the token is several of the query written as one: only its very like count. */
  neighbours(token: string, joined = false): Neighbourhood {
    return this.#hoods.of(token, joined)
  }

  /** Marks on tokens, none set; one query uses them at a time and clears them. */
  marks(): Marks {
    this.#marks.reach(this.size)
    return this.#marks
  }

  #numberOf(words: Words, local: number): number {
    const { codes, starts } = words
    const from = starts[local] ?? 0
    const length = lengthOf(starts, local)
    const slot = this.#slot(codes, from, length)
    const known = this.#slots[slot] ?? -1
    if (known >= 0) return known
    const at = this.#used
    while (at + length > this.#codes.length) {
      const larger = new Uint8Array(this.#codes.length * 2)
      larger.set(this.#codes)
      this.#codes = larger
    }
    this.#codes.set(codes.subarray(from, from + length), at)
    this.#used += length
    const id = this.#size++
    this.#addFacts(id, at, length, words, local)
    this.#slots[slot] = id
    if (this.size * 2 > this.#slots.length) this.#grow()
    return id
  }

  #addFacts(id: number, from: number, length: number, words: Words, local: number): void {
    if ((id + 1) * FACTS > this.#facts.length) {
      const larger = new Int32Array(this.#facts.length * 2)
      larger.set(this.#facts)
      this.#facts = larger
    }
    const facts = this.#facts
    const at = id * FACTS
    const text = Buffer.from(this.#codes.buffer, from, length).toString('latin1')
    const particle = length <= LONGEST_PARTICLE && this.tables.particles.has(text)
    facts[at + FROM] = from
    facts[at + LENGTH] = length
    facts[at + SHAPE] = shapeOf(words.boneCounts[local] ?? 0, this.#codes[from] ?? 0, particle)
    facts[at + MASK] = words.masks[local] ?? 0
    facts[at + BONES] = words.bones[local] ?? 0
    facts[at + KINDS] = words.kinds[local] ?? 0
  }

  /** Where a token's number is, or would be. */
  #slot(codes: Uint8Array, from: number, length: number): number {
    const mask = this.#slots.length - 1
    let slot = this.#spread(codes, from, length) & mask
    for (let id = this.#slots[slot] ?? -1; id >= 0; id = this.#slots[slot] ?? -1) {
      if (this.#is(id, codes, from, length)) break
      slot = (slot + 1) & mask
    }
    return slot
  }

  #spread(codes: Uint8Array, from: number, length: number): number {
    const hash = hashCodes(codes, from, length, HASH_SEED)
    return Math.imul(hash ^ (hash >>> 15), 0x9e3779b1) >>> 5
  }

  #is(id: number, codes: Uint8Array, from: number, length: number): boolean {
    if (this.#facts[id * FACTS + LENGTH] !== length) return false
    const at = this.#facts[id * FACTS + FROM] ?? 0
    for (let i = 0; i < length; i++) if (this.#codes[at + i] !== codes[from + i]) return false
    return true
  }

  #grow(): void {
    this.#slots = new Int32Array(this.#slots.length * 4).fill(-1)
    for (let id = 0; id < this.size; id++) {
      const from = this.#facts[id * FACTS + FROM] ?? 0
      const length = this.#facts[id * FACTS + LENGTH] ?? 0
      this.#slots[this.#slot(this.#codes, from, length)] = id
    }
  }
}

/** How often names begin with each letter, by character code. */
function letterShares(tables: NameTables): Float64Array {
  const shares = new Float64Array(128).fill(0.01)
  let sum = 0
  for (const [name, perMillion] of tables.given) {
    const code = name.charCodeAt(0)
    shares[code] = (shares[code] ?? 0) + perMillion
    sum += perMillion
  }
  return shares.map((each) => Math.max(0.004, each / Math.max(sum, 1)))
}
