/** The tokens that a token of a query may stand for, with what each relation to it is worth. */

import { Related, type Source, type Tokens } from './related.js'
import { EXACT, GLUED, INITIAL, RELATIONS } from './relation.js'
import { type Sounded, sounded } from './word.js'

export const SURNAME = 0
export const GIVEN = 1
export type Role = typeof SURNAME | typeof GIVEN

/** What is read of the dictionary. */
interface Shares extends Tokens {
  readonly letterShare: Float64Array
  bonesOf(id: number): number
  share(id: number, role: Role): number
}

/** The tokens that a token of a query may stand for. */
export interface Neighbourhood {
  /** The token itself. */
  readonly word: Sounded
  readonly ids: Int32Array
  /** Relation of each, index into RELATIONS. */
  readonly relations: Uint8Array
  /** Chance that a stranger's name has a token of this relation or a closer one: `relation * 2 + role`. */
  readonly chance: Float64Array
  /** Bits that each relation is worth: the chance for one and the same person to that of a stranger, in the same order. */
  readonly bits: Float64Array
  /** Keys of sound under which the index may hold the token, likeliest first. */
  readonly bones: readonly number[]
}

const MOST_BONES = 12
/** Neighbourhoods that are kept: names repeat themselves from query to query. Half of them are always the latest. */
const CACHED = 10_000
const LEAST_CHANCE = 1e-7

/** Finds neighbourhoods and keeps the latest. */
export class Neighbourhoods {
  readonly #related: Related
  #young = new Map<string, Neighbourhood>()
  #old = new Map<string, Neighbourhood>()
  /** By relation and role: the chance of a stranger, and of one and the same person. */
  readonly #chance = new Float64Array(RELATIONS.length * 2)
  readonly #same = new Float64Array(RELATIONS.length * 2)
  readonly #own = new Float64Array(RELATIONS.length)

  constructor(private readonly dictionary: Shares) {
    this.#related = new Related(dictionary)
  }

  /** Says where tokens are looked up. */
  hold(sources: readonly Source[]): void {
    this.#related.sources = sources
  }

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
    const word = sounded(token)
    const related = this.#related
    related.find(word, joined)
    const ids = related.ids.slice(0, related.count)
    const relations = related.relations.slice(0, related.count)
    const nothing = joined && ids.length === 0
    if (!nothing) this.#weigh(token, ids, relations)
    return {
      word,
      ids,
      relations,
      chance: this.#chance.slice(),
      bits: nothing ? new Float64Array(0) : this.#bits(joined),
      bones: nothing ? [] : this.#bonesOf(word, ids, relations),
    }
  }

  /**
   * The chance of each relation or a closer one for a stranger; and for one and the same person, given this very token:
   * PNREZ, which hardly anybody is called, is a slip of PEREZ more often than a name of its own.
   */
  #weigh(token: string, ids: Int32Array, relations: Uint8Array): void {
    const { tables, letterShare } = this.dictionary
    const [chance, same, own] = [this.#chance, this.#same, this.#own]
    const { name, spread, given } = tables.weights
    const known = ids.length > 0 && relations[0] === EXACT
    for (const role of [SURNAME, GIVEN] as const) {
      own.fill(0)
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
  }

  #bits(joined: boolean): Float64Array {
    const { name } = this.dictionary.tables.weights
    const factor = joined ? name.joined : 1
    const bits = new Float64Array(RELATIONS.length * 2)
    for (let at = 0; at < (INITIAL + 1) * 2; at++) {
      const chance = this.#chance[at] ?? 0
      const same = at < INITIAL * 2 ? (this.#same[at] ?? 0) : name.initial
      bits[at] = chance > 0 ? Math.log2((same * factor) / chance) : 0
    }
    return bits
  }

  /** Keys of the token itself, then of its likeliest neighbours. */
  #bonesOf(word: Sounded, ids: Int32Array, relations: Uint8Array): number[] {
    const { dictionary } = this
    const keys = [word.bones]
    const weights = [Number.POSITIVE_INFINITY]
    for (let i = 0; i < ids.length; i++) {
      const [id, relation] = [ids[i] ?? 0, relations[i] ?? 0]
      if (relation > GLUED) continue
      const bones = dictionary.bonesOf(id)
      const share = (dictionary.share(id, SURNAME) + dictionary.share(id, GIVEN)) / (1 + relation)
      const at = keys.indexOf(bones)
      if (at < 0) {
        keys.push(bones)
        weights.push(share)
      } else weights[at] = (weights[at] ?? 0) + share
    }
    const order = keys.map((_, i) => i).sort((a, b) => (weights[b] ?? 0) - (weights[a] ?? 0))
    return order.slice(0, MOST_BONES).map((i) => keys[i] ?? 0)
  }
}
