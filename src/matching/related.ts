/** Finds the tokens that have to do with a word: by equality and the tables, and by looking up what is like it. */

import { HASH_SEED, hashCodes } from './columns.js'
import { EXACT, NICKNAME, NONE, relateUnlisted, VARIANT } from './relation.js'
import { type Codes, codesOf, deletionHashes, MOST_SHIFTED, shiftedKinds, soundsFirst } from './strings.js'
import type { NameTables } from './tables.js'
import { type Sounded, sounded } from './word.js'
import {
  bucketOf,
  type KeyedWay,
  LONGEST_INDEXED,
  lettersIn,
  MOST_SLIPS,
  placeOfKey,
  SHORTEST_INDEXED,
  tokenIn,
  type Words,
} from './words.js'

/** Where tokens can be looked up by what they are like, and their numbers in the dictionary. */
export interface Source {
  readonly words: Words
  /** By the token's number in the words. */
  readonly globalOf: Int32Array
  /** By its place in the lists of keys. */
  readonly ofBones: Int32Array
  readonly ofKinds: Int32Array
}

/** What is read of the dictionary. */
export interface Tokens {
  readonly tables: NameTables
  readonly size: number
  find(token: string): number | undefined
  /** The number of a token by its letters, -1 for none. */
  numberOf(codes: Uint8Array, from: number, length: number): number
  token(id: number): Sounded
}

/** Tokens looked at for one token of a query; a hostile query can't make it more. */
const MOST_LOOKED_AT = 600
/** Tokens looked at in one segment under one key: a slip, the consonants, their kinds. */
const MOST_OF_SLIP = 64
const MOST_OF_BONES = 128
const MOST_OF_KINDS = 160
/** Of each key of sounds that spellings in other languages lead to; shorter tokens have too few sounds. */
const MOST_OF_SHIFT = 16
const SHORTEST_SHIFTED = 4
const MOST_APART = 3
/** A particle, and a token that is looked up with it. */
const LONGEST_GLUED = 64
const LAST_ROUND = 0x7fffffff

export class Related {
  /** Where tokens are looked up. */
  sources: readonly Source[] = []
  /** What was found last: `count` tokens, and the relation of each. */
  readonly ids = new Int32Array(MOST_LOOKED_AT * 2)
  readonly relations = new Uint8Array(MOST_LOOKED_AT * 2)
  count = 0
  /** By token: the round in which it was looked at. */
  #seen = new Int32Array(0)
  #round = 0
  #looked = 0
  readonly #slips = new Int32Array(MOST_SLIPS)
  readonly #shifted = new Int32Array(MOST_SHIFTED)
  readonly #glued = new Uint8Array(LONGEST_GLUED)
  readonly #particles: readonly Codes[]

  constructor(private readonly dictionary: Tokens) {
    this.#particles = dictionary.tables.glued.map(codesOf)
  }

  /** @param joined the token is several of the query written as one: only its very like count. */
  find(word: Sounded, joined: boolean): void {
    if (this.#seen.length < this.dictionary.size) this.#seen = new Int32Array(this.dictionary.size * 2)
    if (this.#round === LAST_ROUND) {
      this.#seen.fill(0)
      this.#round = 0
    }
    this.#round++
    this.#looked = 0
    this.count = 0
    this.#takeListed(word.text)
    if (joined) this.#lookUpJoined(word)
    else this.#lookUpAll(word)
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
    if (id === undefined || this.#seen[id] === this.#round || this.count >= MOST_LOOKED_AT) return
    this.#seen[id] = this.#round
    this.ids[this.count] = id
    this.relations[this.count++] = relation
  }

  /** Looks at a token, once. */
  #look(word: Sounded, id: number): void {
    if (this.#seen[id] === this.#round || this.#looked >= MOST_LOOKED_AT) return
    this.#seen[id] = this.#round
    this.#looked++
    const relation = relateUnlisted(word, this.dictionary.token(id), this.dictionary.tables)
    if (relation === NONE) return
    this.ids[this.count] = id
    this.relations[this.count++] = relation
  }

  #lookAt(word: Sounded, codes: Uint8Array, length: number): void {
    const id = this.dictionary.numberOf(codes, 0, length)
    if (id >= 0) this.#look(word, id)
  }

  #lookUpAll(word: Sounded): void {
    const { codes, length, text } = word
    this.#lookAt(word, codes, Math.min(1, length))
    if (length < 2 || length > LONGEST_INDEXED) return
    this.#lookUp(word, word)
    this.#lookUpShifted(word)
    for (const particle of this.#particles) {
      this.#glued.set(particle.codes)
      this.#glued.set(codes, particle.length)
      this.#lookAt(word, this.#glued, particle.length + length)
      if (length - particle.length < 4 || !startsWith(codes, particle.codes)) continue
      this.#lookUp(word, sounded(text.slice(particle.length)))
    }
  }

  #lookUpJoined(word: Sounded): void {
    const { codes, length } = word
    if (length > LONGEST_INDEXED) return
    for (const source of this.sources) {
      if (length >= SHORTEST_INDEXED)
        this.#lookUpSlip(word, source, hashCodes(codes, 0, length, HASH_SEED), length)
      this.#lookUpKey(word, source.ofBones, source.words.byBones, word.bones, MOST_OF_BONES)
    }
  }

  /** Looks at what is like `part`, which is the word or what a particle leaves of it. */
  #lookUp(word: Sounded, part: Sounded): void {
    const slips = part.length >= SHORTEST_INDEXED ? deletionHashes(part, this.#slips, 0) : 0
    for (const source of this.sources) {
      const { byBones, byKinds } = source.words
      for (let i = 0; i < slips; i++) this.#lookUpSlip(word, source, this.#slips[i] ?? 0, part.length)
      if (slips > 0) this.#lookUpKey(word, source.ofKinds, byKinds, part.kinds, MOST_OF_KINDS)
      this.#lookUpKey(word, source.ofBones, byBones, part.bones, MOST_OF_BONES)
    }
  }

  /** Two words that share a deletion have lengths of one apart at the most. */
  #lookUpSlip(word: Sounded, { words, globalOf }: Source, hash: number, length: number): void {
    const { starts, list } = words.slips
    const bucket = bucketOf(words.slips, hash)
    const from = starts[bucket] ?? 0
    const to = Math.min(starts[bucket + 1] ?? 0, from + MOST_OF_SLIP)
    for (let at = from; at < to; at++) {
      const entry = list[at] ?? 0
      const apart = lettersIn(entry) - length
      if (apart <= 1 && apart >= -1) this.#look(word, globalOf[tokenIn(entry)] ?? 0)
    }
  }

  #lookUpKey(word: Sounded, ids: Int32Array, { keys }: KeyedWay, key: number, most: number): void {
    const place = placeOfKey(keys, key)
    if (place < 0) return
    const from = keys[place * 2 + 1] ?? 0
    const to = Math.min(keys[place * 2 + 3] ?? 0, from + most)
    for (let at = from; at < to; at++) this.#look(word, ids[at] ?? 0)
  }

  /** Names whose sounds are those that other languages make of this one's. */
  #lookUpShifted(word: Sounded): void {
    if (word.length < SHORTEST_SHIFTED) return
    const letter = word.codes[0] ?? 0
    const count = shiftedKinds(word.kindsText, this.#shifted)
    for (let i = 0; i < count; i++) {
      const key = this.#shifted[i] ?? 0
      for (const source of this.sources) this.#lookUpShift(word, letter, source, key)
    }
  }

  #lookUpShift(word: Sounded, letter: number, { words, ofKinds }: Source, key: number): void {
    const { list, keys, first } = words.byKinds
    const place = placeOfKey(keys, key)
    if (place < 0) return
    const from = keys[place * 2 + 1] ?? 0
    const to = Math.min(keys[place * 2 + 3] ?? 0, from + MOST_OF_SHIFT)
    for (let at = from; at < to; at++) {
      const apart = lettersIn(list[at] ?? 0) - word.length
      if (apart > MOST_APART || apart < -MOST_APART) continue
      if (soundsFirst(letter, first[at] ?? 0)) this.#look(word, ofKinds[at] ?? 0)
    }
  }
}

function startsWith(codes: Uint8Array, start: Uint8Array): boolean {
  for (let i = 0; i < start.length; i++) if (codes[i] !== start[i]) return false
  return true
}
