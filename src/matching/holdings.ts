/** The segments that count together: one numbering of tokens and places, one set of counts. */
import { Column } from './columns.js'
import type { Dictionary } from './dictionary.js'
import { GIVEN, SURNAME } from './neighbours.js'
import { NOWHERE, pairKey } from './people.js'
import type { Source } from './related.js'
import { flagsOf, placeOf, ROW_MANY, type SegmentData, STRIDE, TOKEN, unpackDate } from './segment/layout.js'
import { type Identifiers, Segment } from './segment/segment.js'
import { type Words, wordsOf } from './words.js'

/** Rows of a bucket that are looked at one by one for how many are under the very pair; in a longer one few are not. */
const COUNTED = 24
const MOST_COUNTS = 50_000

/** A segment with its numbers in those of the whole. */
export interface Loaded extends Source {
  readonly segment: Segment
  /** Names of the segments before it: with a row of its own a number that no other row of any has. */
  offset: number
  /** Token of the dictionary to token of the segment; tokens that came later than the segment have none. */
  readonly localOf: Int32Array
  readonly placeOf: Int32Array
  /** By token of the segment: its first letter. */
  readonly letters: Uint8Array
  readonly particles: Uint8Array
  /** By token of the segment: where the query's slots for it begin; all zero between queries. */
  readonly marks: Int32Array
  /** A bit a token that has a mark: small enough to stay near the processor. */
  readonly hot: Uint8Array
}

/** A segment as built or read; with its words where they have been worked out before. */
export type Indexed = SegmentData & { readonly words?: Words }

/** Where a person is: the segment, and the first of his rows. */
export interface Whereabouts {
  readonly loaded: Loaded
  readonly row: number
}

export class Holdings {
  readonly places: string[] = ['']
  readonly placeCount = new Column()
  readonly years = new Int32Array(3000)
  readonly days = new Int32Array(1300)
  readonly #placeIds = new Map<string, number>([
    ['', 0],
    ...[...NOWHERE].map((code): [string, number] => [code, 0]),
  ])
  #segments: readonly Loaded[] = []
  readonly #pinned = new Set<Loaded>()
  #size = 0
  #names = 0
  #counts = new Map<number, number>()

  constructor(readonly dictionary: Dictionary) {
    this.placeCount.push(0)
  }

  /** Oldest first. */
  get segments(): readonly Loaded[] {
    return this.#segments
  }

  /** Persons on file. */
  get size(): number {
    return this.#size
  }

  /** Names on file, aliases counted. */
  get names(): number {
    return this.#names
  }

  findPlace(code: string): number {
    return this.#placeIds.get(code) ?? (code === '' ? 0 : -1)
  }

  /**
   * Takes up a segment that is newer than all others: whom it names or takes out is in no older one any more.
   * @param pinned it stays the newest whatever comes.
   */
  add(data: Indexed, identifiers?: Identifiers, pinned = false): Loaded {
    const loaded = this.#load(new Segment(data, identifiers), data.words)
    this.#count(loaded, 1)
    const older = this.#segments.filter((each) => !this.#pinned.has(each))
    const newer = this.#segments.filter((each) => this.#pinned.has(each))
    this.#segments = pinned ? [...this.#segments, loaded] : [...older, loaded, ...newer]
    this.#supersedeBy(pinned ? [...older, ...newer] : older, loaded)
    if (pinned) this.#pinned.add(loaded)
    else for (const each of newer) this.#supersedeBy([loaded], each)
    this.changed()
    return loaded
  }

  /** Puts one segment, which holds the same persons, in the place of several that follow one another. */
  replace(old: readonly Loaded[], data: Indexed, identifiers?: Identifiers): Loaded {
    const at = this.#segments.indexOf(old[0] as Loaded)
    const later = this.#segments.slice(at + old.length)
    for (const each of old) this.#uncount(each)
    const loaded = this.#load(new Segment(data, identifiers), data.words)
    this.#count(loaded, 1)
    this.#segments = [...this.#segments.slice(0, at), loaded, ...later]
    for (const each of later) this.#supersedeBy([loaded], each)
    this.changed()
    return loaded
  }

  changed(): void {
    this.#counts = new Map()
    let offset = 0
    for (const each of this.#segments) {
      each.offset = offset
      offset += each.segment.names
    }
    this.dictionary.hold(this.#segments)
    this.dictionary.changed(this.#names)
  }

  /** The person with an A-number. */
  find(arn: number): Whereabouts | undefined {
    for (let i = this.#segments.length - 1; i >= 0; i--) {
      const loaded = this.#segments[i] as Loaded
      const rank = loaded.segment.rankOfArn(arn)
      if (rank < 0) continue
      const row = loaded.segment.rowOf(rank)
      return loaded.segment.isDead(row) ? undefined : { loaded, row }
    }
    return undefined
  }

  /** How many names are under a key of {@link tokenKey} or {@link pairKey}. */
  sizeOf(key: number): number {
    const known = this.#counts.get(key)
    if (known !== undefined) return known
    let sum = 0
    for (const loaded of this.#segments) {
      const { segment } = loaded
      const tokens = segment.way(key)
      if (segment.end > tokens) sum += segment.end - tokens
      else {
        const from = segment.pair(key)
        sum +=
          segment.end - from > COUNTED ? segment.end - from : countPairs(loaded, from, segment.end, key, this)
      }
    }
    if (this.#counts.size >= MOST_COUNTS) this.#counts = new Map()
    this.#counts.set(key, sum)
    return sum
  }

  #load(segment: Segment, known?: Words): Loaded {
    const { tokens, surnames, given } = segment.columns
    const words = known ?? wordsOf(tokens, surnames, given)
    const size = words.starts.length - 1
    const { globalOf, ofBones, ofKinds } = this.dictionary.take(words)
    const localOf = new Int32Array(this.dictionary.size)
    const [letters, particles] = [new Uint8Array(size), new Uint8Array(size)]
    for (let i = 1; i < size; i++) {
      const id = globalOf[i] ?? 0
      localOf[id] = i
      letters[i] = this.dictionary.firstLetter(id)
      particles[i] = Number(this.dictionary.isParticle(id))
    }
    return {
      segment,
      offset: 0,
      words,
      globalOf,
      ofBones,
      ofKinds,
      localOf,
      letters,
      particles,
      placeOf: Int32Array.from(segment.meta.places, (code) => this.#placeOf(code)),
      marks: new Int32Array(size),
      hot: new Uint8Array((size >>> 3) + 1),
    }
  }

  #placeOf(code: string): number {
    const known = this.#placeIds.get(code)
    if (known !== undefined) return known
    const id = this.places.push(code) - 1
    this.#placeIds.set(code, id)
    this.placeCount.push(0)
    return id
  }

  #count({ segment, globalOf, placeOf: places }: Loaded, by: 1 | -1): void {
    const { meta, columns } = segment
    this.#size += by * meta.persons
    this.#names += by * meta.names
    meta.years.forEach((count, i) => {
      this.years[i + 1850] = (this.years[i + 1850] ?? 0) + by * count
    })
    meta.days.forEach((count, i) => {
      this.days[i] = (this.days[i] ?? 0) + by * count
    })
    meta.placeCount.forEach((count, i) => {
      this.#bumpPlace(places[i] ?? 0, by * count)
    })
    for (let i = 1; i < globalOf.length; i++) {
      this.dictionary.count(globalOf[i] ?? 0, SURNAME, by * (columns.surnames[i] ?? 0))
      this.dictionary.count(globalOf[i] ?? 0, GIVEN, by * (columns.given[i] ?? 0))
    }
  }

  /** Takes a segment's counts away, those of its dead put back first. */
  #uncount(loaded: Loaded): void {
    const { segment } = loaded
    for (let row = 0; row < segment.names; row = segment.endRow(row))
      if (segment.isDead(row)) this.#countPerson(loaded, row, segment.endRow(row), 1)
    this.#count(loaded, -1)
  }

  #bumpPlace(place: number, by: number): void {
    this.placeCount.data[place] = (this.placeCount.data[place] ?? 0) + by
  }

  #supersedeBy(older: readonly Loaded[], { segment }: Loaded): void {
    if (older.length === 0) return
    for (const arn of segment.columns.arns) this.#supersede(older, arn)
    for (const arn of segment.columns.removed) this.#supersede(older, arn)
  }

  #supersede(older: readonly Loaded[], arn: number): void {
    for (let i = older.length - 1; i >= 0; i--) {
      const loaded = older[i] as Loaded
      const { segment } = loaded
      const rank = segment.rankOfArn(arn)
      if (rank < 0) {
        // What an older one than this says was settled when this came.
        if (segment.removes(arn)) return
        continue
      }
      const row = segment.rowOf(rank)
      if (!segment.isDead(row)) this.#kill(loaded, row)
      return
    }
  }

  #kill(loaded: Loaded, first: number): void {
    const end = loaded.segment.endRow(first)
    for (let row = first; row < end; row++) loaded.segment.kill(row)
    this.#countPerson(loaded, first, end, -1)
  }

  readonly #scratch = new Int32Array(32)

  #countPerson({ segment, globalOf, placeOf: places }: Loaded, first: number, end: number, by: 1 | -1): void {
    this.#size += by
    const dob = unpackDate(segment.dateOf(first))
    const [year, day] = [Math.floor(dob / 10_000), dob % 10_000]
    this.years[year] = (this.years[year] ?? 0) + by
    this.days[day] = (this.days[day] ?? 0) + by
    this.#bumpPlace(places[placeOf(segment.columns.rows, first * STRIDE)] ?? 0, by)
    this.#countNames(segment, globalOf, first, end, by)
  }

  #countNames(segment: Segment, globalOf: Int32Array, first: number, end: number, by: 1 | -1): void {
    for (let row = first; row < end; row++) {
      this.#names += by
      const shape = segment.tokensOf(row, this.#scratch)
      const split = shape & 255
      for (let j = 0; j < split + ((shape >>> 8) & 255); j++)
        this.dictionary.count(globalOf[this.#scratch[j] ?? 0] ?? 0, j < split ? SURNAME : GIVEN, by)
    }
  }
}

/** Tokens of a segment by their numbers. */
export function textsOf(bytes: Uint8Array): string[] {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')
  const texts = `\n${text}`.split('\n')
  texts.pop()
  return texts
}

const tokens = new Int32Array(32)

function countPairs(loaded: Loaded, from: number, end: number, key: number, holdings: Holdings): number {
  let count = 0
  for (let at = from; at < end; at++)
    if (hasPair(loaded, loaded.segment.columns.pairRows[at] ?? 0, key, holdings)) count++
  return count
}

function hasPair({ segment, globalOf }: Loaded, row: number, key: number, { dictionary }: Holdings): boolean {
  const { rows } = segment.columns
  const at = row * STRIDE
  let [split, n] = [2, 4]
  if (flagsOf(rows, at) & ROW_MANY) {
    const shape = segment.tokensOf(row, tokens)
    split = shape & 255
    n = split + ((shape >>> 8) & 255)
  } else for (let j = 0; j < 4; j++) tokens[j] = (rows[at + j] ?? 0) & TOKEN
  for (let i = 0; i < split; i++) {
    for (let j = split; j < n; j++) {
      const [a, b] = [tokens[i] ?? 0, tokens[j] ?? 0]
      if (
        a > 0 &&
        b > 0 &&
        pairKey(dictionary.bonesOf(globalOf[a] ?? 0), dictionary.bonesOf(globalOf[b] ?? 0)) === key
      )
        return true
    }
  }
  return false
}
