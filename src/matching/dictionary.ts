/** Every token of every name once, with how often it occurs and which tokens are its neighbours. */
import { Chains, Column, hashText } from './columns.js'
import {
  EXACT,
  GLUED,
  INITIAL,
  NICKNAME,
  NONE,
  RELATIONS,
  relateUnlisted,
  type Sounded,
  sounded,
  VARIANT,
} from './relation.js'
import { deletions, shiftedKinds, soundsFirst } from './strings.js'
import type { NameTables } from './tables.js'

export const SURNAME = 0
export const GIVEN = 1
export type Role = typeof SURNAME | typeof GIVEN

/** The tokens that a token of a query may stand for. */
export interface Neighbourhood {
  readonly ids: readonly number[]
  /** Relation of each, index into RELATIONS. */
  readonly relations: readonly number[]
  /** Chance that a stranger's name has a token of this relation or a closer one: `relation * 2 + role`. */
  readonly chance: Float64Array
  /**
   * Chance of each relation for one and the same person, given this very token: PNREZ, which hardly anybody is called, is
   * a slip of PEREZ more often than a name of its own. `relation * 2 + role`, nothing beyond the relations of letters.
   */
  readonly same: Float64Array
  /** Keys of sound under which the index may hold the token, likeliest first. */
  readonly bones: readonly number[]
}

/** Tokens looked at for one token of a query; a hostile query can't make it more. */
const MOST_LOOKED_AT = 600
const MOST_BONES = 6
const CACHED = 20_000
/** Of each key of sounds that spellings in other languages lead to; shorter tokens have too few sounds. */
const MOST_OF_SHIFT = 16
const SHORTEST_SHIFTED = 4
const MOST_APART = 3
/** Longer tokens are no names; their deletions would fill the index. */
const LONGEST_INDEXED = 24
/** Records beyond which the file itself says how much a name singles out. */
const FEW_RECORDS = 20
const LEAST_CHANCE = 1e-7
/** Share of names that no table lists. */
const UNLISTED = 0.3
/** Chance that a given name which no table lists has three certain letters in a row, and what each further one leaves. */
const UNLISTED_PART = 2e-4
const FURTHER_LETTER = 0.25

const NOTHING = sounded('')
const NO_NEIGHBOURS: Neighbourhood = {
  ids: [],
  relations: [],
  chance: new Float64Array(RELATIONS.length * 2),
  same: new Float64Array(RELATIONS.length * 2),
  bones: [],
}

export class Dictionary {
  readonly #tokens: Sounded[] = []
  readonly bones = new Column()
  readonly firstLetter = new Column()
  readonly particle = new Column()
  readonly #counts = [new Column(), new Column()] as const
  readonly #table: readonly [number[], number[]] = [[], []]
  readonly #ids = new Map<string, number>()
  readonly #slips = new Chains()
  readonly #sounds = new Chains()
  readonly #kinds = new Chains()
  #cache = new Map<string, Neighbourhood>()
  #partShares = new Map<string, number>()
  #marks = new Int32Array(0)
  /** Names on file, by which counts are divided. */
  #names = 0
  readonly letterShare: Float64Array

  constructor(readonly tables: NameTables) {
    for (const name of tables.surnames.keys()) this.idOf(name)
    for (const name of tables.given.keys()) this.idOf(name)
    this.letterShare = letterShares(tables)
  }

  /** The number of a token, new where it must be. */
  idOf(token: string): number {
    const known = this.#ids.get(token)
    if (known !== undefined) return known
    const id = this.#tokens.length
    const sound = sounded(token)
    this.#tokens.push(sound)
    this.#ids.set(token, id)
    this.bones.push(bonesKey(sound))
    this.firstLetter.push(token.charCodeAt(0))
    this.particle.push(Number(this.tables.particles.has(token)))
    this.#counts[SURNAME].push(0)
    this.#counts[GIVEN].push(0)
    const { floor } = this.tables.weights.tables
    this.#table[SURNAME].push((this.tables.surnames.get(token) ?? floor) / 1e6)
    this.#table[GIVEN].push((this.tables.given.get(token) ?? floor) / 1e6)
    this.#index(sound, id)
    return id
  }

  /** Tokens so far. */
  get size(): number {
    return this.#tokens.length
  }

  find(token: string): number | undefined {
    return this.#ids.get(token)
  }

  text(id: number): string {
    return this.#tokens[id]?.text ?? ''
  }

  /** A token with its keys of sound. */
  token(id: number): Sounded {
    return this.#tokens[id] ?? NOTHING
  }

  count(id: number, role: Role, by: number): void {
    const { data } = this.#counts[role]
    data[id] = (data[id] ?? 0) + by
  }

  /** Says how many names there are now. What was worked out from other counts is forgotten. */
  changed(names: number): void {
    this.#names = names
    this.#cache = new Map()
    this.#partShares = new Map()
  }

  /**
   * The chance that a stranger's name has this token: the table's share and the file's own, joined as if the table
   * were so many records. A token that a small file has more than once says little in that file, whatever the table
   * says of it.
   */
  share(id: number, role: Role): number {
    const count = this.#counts[role].data[id] ?? 0
    const { records } = this.tables.weights.tables
    const joined = (count + records * (this.#table[role][id] ?? 0)) / (this.#names + records)
    return count > 1 ? Math.max(joined, (count - 1) / (this.#names + FEW_RECORDS)) : joined
  }

  /**
   * The chance that a stranger's given name is as `asked` to a longer name that has it as a part (`longer`), or to a
   * shorter one that is a part of it; the name itself counts, as the closer relations do everywhere.
   */
  partShare(asked: string, longer: boolean): number {
    const key = longer ? asked : `-${asked}`
    const known = this.#partShares.get(key)
    if (known !== undefined) return known
    if (this.#partShares.size >= CACHED) this.#partShares = new Map()
    const share = longer ? this.#shareOfLonger(asked) : this.#shareOfShorter(asked)
    this.#partShares.set(key, share)
    return share
  }

  /** The chance that a name of a stranger begins so, for one that the end of the field cut off. */
  startShare(start: string, role: Role): number {
    const key = `${role}${start}`
    const known = this.#partShares.get(key)
    if (known !== undefined) return known
    // One letter narrows to a twelfth, each further one to a quarter or so.
    let sum = UNLISTED * 0.08 * 0.27 ** (start.length - 1)
    for (const name of (role === SURNAME ? this.tables.surnames : this.tables.given).keys())
      if (name.startsWith(start)) sum += this.share(this.#ids.get(name) ?? 0, role)
    this.#partShares.set(key, sum)
    return sum
  }

  /** The names of the table stand for all: reading every token of a large file would cost more than it tells. */
  #shareOfLonger(part: string): number {
    let sum = UNLISTED_PART * FURTHER_LETTER ** Math.max(0, part.length - 3)
    for (const name of this.tables.given.keys())
      if (name.includes(part)) sum += this.share(this.#ids.get(name) ?? 0, GIVEN)
    return Math.max(LEAST_CHANCE, sum)
  }

  #shareOfShorter(whole: string): number {
    const parts = new Set<string>()
    for (let from = 0; from + 3 <= whole.length; from++)
      for (let to = from + 3; to <= whole.length; to++) parts.add(whole.slice(from, to))
    let sum = UNLISTED_PART
    for (const part of parts) {
      const id = this.#ids.get(part)
      if (id !== undefined) sum += this.share(id, GIVEN)
    }
    return sum
  }

  /** @param joined the token is several of the query written as one: only its very like count. */
  neighbours(token: string, joined = false): Neighbourhood {
    const key = joined ? `+${token}` : token
    const cached = this.#cache.get(key)
    if (cached) return cached
    const found = this.#findNeighbours(token, joined)
    if (this.#cache.size >= CACHED) this.#cache = new Map()
    this.#cache.set(key, found)
    return found
  }

  /** A number a token, all zero; one query uses them at a time and sets them back. */
  marks(): Int32Array {
    if (this.#marks.length < this.#tokens.length) this.#marks = new Int32Array(this.#tokens.length * 2)
    return this.#marks
  }

  #index(sound: Sounded, id: number): void {
    const { text } = sound
    if (text.length > LONGEST_INDEXED) return
    if (text.length >= 3) {
      this.#slips.add(hashText(text), id)
      for (const each of deletions(text)) this.#slips.add(hashText(each), id)
      this.#kinds.add(hashText(sound.kinds), id)
    }
    this.#sounds.add(bonesKey(sound), id)
  }

  #findNeighbours(token: string, joined: boolean): Neighbourhood {
    const relations = new Map<number, number>()
    const sound = sounded(token)
    this.#relateListed(token, relations)
    for (const id of joined ? this.#lookedAtJoined(sound) : this.#lookedAt(sound)) {
      if (relations.has(id)) continue
      const relation = relateUnlisted(sound, this.token(id), this.tables)
      if (relation !== NONE) relations.set(id, relation)
    }
    if (joined && relations.size === 0) return NO_NEIGHBOURS
    const { chance, same } = this.#chances(token, relations)
    const ids = [...relations.keys()]
    return { ids, relations: [...relations.values()], chance, same, bones: this.#bonesOf(sound, relations) }
  }

  /** What equality and the tables say; the closer relation wins. */
  #relateListed(token: string, relations: Map<number, number>): void {
    const tie = (text: string, relation: number): void => {
      const id = this.#ids.get(text)
      if (id !== undefined && !relations.has(id)) relations.set(id, relation)
    }
    tie(token, EXACT)
    for (const each of this.tables.spellings.get(token) ?? []) tie(each, VARIANT)
    for (const each of this.tables.shortForms.get(token) ?? []) tie(each, NICKNAME)
  }

  #lookedAt(sound: Sounded): Set<number> {
    const token = sound.text
    const seen = new Set<number>()
    const take = (id: number): boolean => seen.add(id).size < MOST_LOOKED_AT
    const add = (text: string): void => {
      const id = this.#ids.get(text)
      if (id !== undefined) seen.add(id)
    }
    add(token.charAt(0))
    if (token.length < 2 || token.length > LONGEST_INDEXED) return seen
    this.#lookUp(sound, take)
    this.#lookUpShifted(sound, take)
    for (const particle of this.tables.glued) {
      add(particle + token)
      if (token.length - particle.length < 4 || !token.startsWith(particle)) continue
      this.#lookUp(sounded(token.slice(particle.length)), take)
    }
    return seen
  }

  #lookedAtJoined(sound: Sounded): Set<number> {
    const seen = new Set<number>()
    if (sound.text.length > LONGEST_INDEXED) return seen
    const take = (id: number): boolean => seen.add(id).size < MOST_LOOKED_AT
    this.#slips.visit(hashText(sound.text), 64, take)
    this.#sounds.visit(bonesKey(sound), 64, take)
    return seen
  }

  #lookUp(sound: Sounded, take: (id: number) => boolean): void {
    if (sound.text.length >= 3) {
      this.#slips.visit(hashText(sound.text), 64, take)
      for (const each of deletions(sound.text)) this.#slips.visit(hashText(each), 64, take)
      this.#kinds.visit(hashText(sound.kinds), 160, take)
    }
    this.#sounds.visit(bonesKey(sound), 128, take)
  }

  /** Names whose sounds are those that other languages make of this one's. */
  #lookUpShifted({ text, kinds }: Sounded, take: (id: number) => boolean): void {
    if (text.length < SHORTEST_SHIFTED) return
    const first = text.charCodeAt(0)
    const near = (id: number): boolean => {
      if (!soundsFirst(first, this.firstLetter.data[id] ?? 0)) return true
      return Math.abs(this.text(id).length - text.length) > MOST_APART || take(id)
    }
    for (const each of shiftedKinds(kinds)) this.#kinds.visit(hashText(each), MOST_OF_SHIFT, near)
  }

  #chances(
    token: string,
    relations: ReadonlyMap<number, number>,
  ): { readonly chance: Float64Array; readonly same: Float64Array } {
    const chance = new Float64Array(RELATIONS.length * 2)
    const same = new Float64Array(RELATIONS.length * 2)
    const { name, spread, given } = this.tables.weights
    const floor = this.tables.weights.tables.floor / 1e6
    const known = this.#ids.has(token)
    for (const role of [SURNAME, GIVEN] as const) {
      const own = new Float64Array(RELATIONS.length)
      if (!known) own[EXACT] = floor
      for (const [id, relation] of relations) own[relation] = (own[relation] ?? 0) + this.share(id, role)
      let sum = 0
      for (let relation = EXACT; relation <= GLUED; relation++) {
        sum += own[relation] ?? 0
        chance[relation * 2 + role] = Math.max(LEAST_CHANCE, sum)
      }
      const part = own.map((share, relation) => {
        const of = RELATIONS[relation] ?? 'exact'
        return of in spread ? (share * name[of]) / spread[of as keyof typeof spread] : 0
      })
      const all = part.reduce((total, each) => total + each, 0)
      for (let relation = EXACT; relation <= GLUED; relation++) {
        const base = name[RELATIONS[relation] ?? 'exact']
        same[relation * 2 + role] = (1 - given) * base + (given * (part[relation] ?? 0)) / all
      }
      chance[INITIAL * 2 + role] = this.letterShare[token.charCodeAt(0)] ?? 0.02
    }
    return { chance, same }
  }

  /** Keys of the token itself, then of its likeliest neighbours. */
  #bonesOf(sound: Sounded, relations: ReadonlyMap<number, number>): number[] {
    const weight = new Map<number, number>([[bonesKey(sound), Number.POSITIVE_INFINITY]])
    for (const [id, relation] of relations) {
      if (relation >= INITIAL) continue
      const bones = this.bones.data[id] ?? 0
      const share = (this.share(id, SURNAME) + this.share(id, GIVEN)) / (1 + relation)
      weight.set(bones, (weight.get(bones) ?? 0) + share)
    }
    return [...weight]
      .sort((a, b) => b[1] - a[1])
      .slice(0, MOST_BONES)
      .map(([bones]) => bones)
  }
}

/** Short words have too few consonants for a key: LE, LI and LEE would be one with LU and ALI. */
function bonesKey({ text, bones }: Sounded): number {
  return hashText(bones.length >= 2 ? bones : `${bones}${text}`)
}

/** The key of sound under which a token is found. */
export const bonesKeyOf = (token: string): number => bonesKey(sounded(token))

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
