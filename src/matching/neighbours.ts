/** The tokens that a token of a query may stand for, with what each relation to it is worth. */

import { hashText } from './columns.js'
import { EXACT, GLUED, INITIAL, NICKNAME, NONE, RELATIONS, relateUnlisted, VARIANT } from './relation.js'
import { deletionHashes, shiftedKinds, soundsFirst } from './strings.js'
import type { NameTables } from './tables.js'
import { type Sounded, sounded } from './word.js'
import {
  bucketOf,
  LONGEST_INDEXED,
  lengthOf,
  MOST_SLIPS,
  SHORTEST_INDEXED,
  type Way,
  type Words,
} from './words.js'

export const SURNAME = 0
export const GIVEN = 1
export type Role = typeof SURNAME | typeof GIVEN

/** Where tokens can be looked up by what they are like, and their numbers in the dictionary. */
export interface Source {
  readonly words: Words
  readonly globalOf: Int32Array
}

/** What is read of the dictionary. */
interface Tokens {
  readonly tables: NameTables
  readonly size: number
  readonly letterShare: Float64Array
  readonly bones: { readonly data: Int32Array }
  find(token: string): number | undefined
  token(id: number): Sounded
  share(id: number, role: Role): number
}

/** The tokens that a token of a query may stand for. */
export interface Neighbourhood {
  readonly ids: Int32Array
  /** Relation of each, index into RELATIONS. */
  readonly relations: Uint8Array
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
const MOST_BONES = 12
/** Neighbourhoods that are kept: names repeat themselves from query to query. Half of them are always the latest. */
const CACHED = 10_000
/** Tokens looked at in one segment under one key: a slip, the consonants, their kinds. */
const MOST_OF_SLIP = 64
const MOST_OF_BONES = 128
const MOST_OF_KINDS = 160
/** Of each key of sounds that spellings in other languages lead to; shorter tokens have too few sounds. */
const MOST_OF_SHIFT = 16
const SHORTEST_SHIFTED = 4
const MOST_APART = 3
const LEAST_CHANCE = 1e-7

const NO_NEIGHBOURS: Neighbourhood = {
  ids: new Int32Array(0),
  relations: new Uint8Array(0),
  chance: new Float64Array(RELATIONS.length * 2),
  same: new Float64Array(RELATIONS.length * 2),
  bones: [],
}

/** Finds neighbourhoods and keeps the latest. */
export class Neighbourhoods {
  /** Where tokens are looked up. */
  sources: readonly Source[] = []
  #young = new Map<string, Neighbourhood>()
  #old = new Map<string, Neighbourhood>()
  /** By token: the round in which it was looked at. */
  #seen = new Int32Array(0)
  #round = 0
  #looked = 0
  readonly #ids = new Int32Array(MOST_LOOKED_AT * 2)
  readonly #relations = new Uint8Array(MOST_LOOKED_AT * 2)
  #found = 0
  readonly #slips = new Int32Array(MOST_SLIPS)

  constructor(private readonly dictionary: Tokens) {}

  /** Forgets what is kept. */
  forget(): void {
    this.#young = new Map()
    this.#old = new Map()
  }

  /** @param joined the token is several of the query written as one: only its very like count. */
  of(token: string, joined: boolean): Neighbourhood {
    const key = joined ? `+${token}` : token
    const young = this.#young.get(key)
    if (young) return young
    const found = this.#old.get(key) ?? this.#find(token, joined)
    if (this.#young.size >= CACHED) {
      this.#old = this.#young
      this.#young = new Map()
    }
    this.#young.set(key, found)
    return found
  }

  #find(token: string, joined: boolean): Neighbourhood {
    if (this.#seen.length < this.dictionary.size) this.#seen = new Int32Array(this.dictionary.size * 2)
    this.#round++
    this.#looked = 0
    this.#found = 0
    const word = sounded(token)
    this.#takeListed(token)
    if (joined) this.#lookUpJoined(word)
    else this.#lookUpAll(word)
    if (joined && this.#found === 0) return NO_NEIGHBOURS
    const ids = this.#ids.slice(0, this.#found)
    const relations = this.#relations.slice(0, this.#found)
    const { chance, same } = this.#chances(token, ids, relations)
    return {
      ids,
      relations,
      chance,
      same,
      bones: this.#bonesOf(word, ids, relations),
    }
  }

  /** What equality and the tables say; the closer relation wins. */
  #takeListed(token: string): void {
    const { tables } = this.dictionary
    this.#tie(token, EXACT)
    for (const each of tables.spellings.get(token) ?? []) this.#tie(each, VARIANT)
    for (const each of tables.shortForms.get(token) ?? []) this.#tie(each, NICKNAME)
  }

  #tie(text: string, relation: number): void {
    const id = this.dictionary.find(text)
    if (id === undefined || this.#seen[id] === this.#round || this.#found >= MOST_LOOKED_AT) return
    this.#seen[id] = this.#round
    this.#ids[this.#found] = id
    this.#relations[this.#found++] = relation
  }

  /** Looks at a token, once. */
  #look(word: Sounded, id: number): void {
    if (this.#seen[id] === this.#round || this.#looked >= MOST_LOOKED_AT) return
    this.#seen[id] = this.#round
    this.#looked++
    const relation = relateUnlisted(word, this.dictionary.token(id), this.dictionary.tables)
    if (relation === NONE) return
    this.#ids[this.#found] = id
    this.#relations[this.#found++] = relation
  }

  #lookAtText(word: Sounded, text: string): void {
    const id = this.dictionary.find(text)
    if (id !== undefined) this.#look(word, id)
  }

  #lookUpAll(word: Sounded): void {
    const { text } = word
    this.#lookAtText(word, text.charAt(0))
    if (text.length < 2 || text.length > LONGEST_INDEXED) return
    this.#lookUp(word, word)
    this.#lookUpShifted(word)
    for (const particle of this.dictionary.tables.glued) {
      this.#lookAtText(word, particle + text)
      if (text.length - particle.length < 4 || !text.startsWith(particle)) continue
      this.#lookUp(word, sounded(text.slice(particle.length)))
    }
  }

  #lookUpJoined(word: Sounded): void {
    if (word.length > LONGEST_INDEXED) return
    for (const source of this.sources) {
      if (word.length >= SHORTEST_INDEXED) this.#lookUpSlip(word, source, hashText(word.text), word.length)
      this.#lookUpKey(word, source, source.words.byBones, source.words.bones, word.bones, MOST_OF_BONES)
    }
  }

  /** Looks at what is like `part`, which is the word or what a particle leaves of it. */
  #lookUp(word: Sounded, part: Sounded): void {
    const slips = part.length >= SHORTEST_INDEXED ? deletionHashes(part, this.#slips, 0) : 0
    for (const source of this.sources) {
      const { byBones, byKinds, bones, kinds } = source.words
      for (let i = 0; i < slips; i++) this.#lookUpSlip(word, source, this.#slips[i] ?? 0, part.length)
      if (slips > 0) this.#lookUpKey(word, source, byKinds, kinds, part.kinds, MOST_OF_KINDS)
      this.#lookUpKey(word, source, byBones, bones, part.bones, MOST_OF_BONES)
    }
  }

  /** Two words that share a deletion have lengths of one apart at the most. */
  #lookUpSlip(word: Sounded, { words, globalOf }: Source, hash: number, length: number): void {
    const { slips, starts } = words
    const bucket = bucketOf(slips, hash)
    const from = slips.starts[bucket] ?? 0
    const to = Math.min(slips.starts[bucket + 1] ?? 0, from + MOST_OF_SLIP)
    for (let at = from; at < to; at++) {
      const local = slips.list[at] ?? 0
      const apart = lengthOf(starts, local) - length
      if (apart <= 1 && apart >= -1) this.#look(word, globalOf[local] ?? 0)
    }
  }

  #lookUpKey(
    word: Sounded,
    { globalOf }: Source,
    way: Way,
    keys: Int32Array,
    key: number,
    most: number,
  ): void {
    const bucket = bucketOf(way, key)
    const to = way.starts[bucket + 1] ?? 0
    let left = most
    for (let at = way.starts[bucket] ?? 0; at < to && left > 0; at++) {
      const local = way.list[at] ?? 0
      if (keys[local] !== key) continue
      left--
      this.#look(word, globalOf[local] ?? 0)
    }
  }

  /** Names whose sounds are those that other languages make of this one's. */
  #lookUpShifted(word: Sounded): void {
    if (word.length < SHORTEST_SHIFTED) return
    const first = word.codes[0] ?? 0
    for (const text of shiftedKinds(word.kindsText)) {
      const hash = hashText(text)
      for (const { words, globalOf } of this.sources) {
        const { byKinds, kinds, codes, starts } = words
        const bucket = bucketOf(byKinds, hash)
        const to = byKinds.starts[bucket + 1] ?? 0
        let left = MOST_OF_SHIFT
        for (let at = byKinds.starts[bucket] ?? 0; at < to && left > 0; at++) {
          const local = byKinds.list[at] ?? 0
          if (kinds[local] !== hash) continue
          left--
          if (!soundsFirst(first, codes[starts[local] ?? 0] ?? 0)) continue
          if (Math.abs(lengthOf(starts, local) - word.length) <= MOST_APART)
            this.#look(word, globalOf[local] ?? 0)
        }
      }
    }
  }

  #chances(
    token: string,
    ids: Int32Array,
    relations: Uint8Array,
  ): { readonly chance: Float64Array; readonly same: Float64Array } {
    const { tables, letterShare } = this.dictionary
    const chance = new Float64Array(RELATIONS.length * 2)
    const same = new Float64Array(RELATIONS.length * 2)
    const { name, spread, given } = tables.weights
    const known = this.dictionary.find(token) !== undefined
    for (const role of [SURNAME, GIVEN] as const) {
      const own = new Float64Array(RELATIONS.length)
      if (!known) own[EXACT] = tables.weights.tables.floor / 1e6
      for (let i = 0; i < ids.length; i++) {
        const relation = relations[i] ?? 0
        own[relation] = (own[relation] ?? 0) + this.dictionary.share(ids[i] ?? 0, role)
      }
      let [sum, all] = [0, 0]
      for (let relation = EXACT; relation <= GLUED; relation++) {
        sum += own[relation] ?? 0
        chance[relation * 2 + role] = Math.max(LEAST_CHANCE, sum)
        const of = RELATIONS[relation] as keyof typeof spread
        own[relation] = ((own[relation] ?? 0) * name[of]) / spread[of]
        all += own[relation] ?? 0
      }
      for (let relation = EXACT; relation <= GLUED; relation++) {
        const base = name[RELATIONS[relation] ?? 'exact']
        same[relation * 2 + role] = (1 - given) * base + (given * (own[relation] ?? 0)) / all
      }
      chance[INITIAL * 2 + role] = letterShare[token.charCodeAt(0)] ?? 0.02
    }
    return { chance, same }
  }

  /** Keys of the token itself, then of its likeliest neighbours. */
  #bonesOf(word: Sounded, ids: Int32Array, relations: Uint8Array): number[] {
    const { dictionary } = this
    const weight = new Map<number, number>([[word.bones, Number.POSITIVE_INFINITY]])
    for (let i = 0; i < ids.length; i++) {
      const [id, relation] = [ids[i] ?? 0, relations[i] ?? 0]
      if (relation > GLUED) continue
      const bones = dictionary.bones.data[id] ?? 0
      const share = (dictionary.share(id, SURNAME) + dictionary.share(id, GIVEN)) / (1 + relation)
      weight.set(bones, (weight.get(bones) ?? 0) + share)
    }
    return [...weight]
      .sort((a, b) => b[1] - a[1])
      .slice(0, MOST_BONES)
      .map(([bones]) => bones)
  }
}
