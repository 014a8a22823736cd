/** Who is on file: segments made here, of a store, and the pinned ones, and where the record of each person is. */
import type { Arn, PersonRecord, RecordLine } from '../records/types.js'
import type { Dictionary } from './dictionary.js'
import { Holdings, type Loaded, type Whereabouts } from './holdings.js'
import { identifierKey, identifiersOf, plainNumber, SEXES } from './people.js'
import { SegmentBuilder } from './segment/build.js'
import { placeOf, type SegmentData, STRIDE, sexOf, unpackDate } from './segment/layout.js'
import type { Identifiers } from './segment/segment.js'
import { Shelf } from './shelf.js'
import type { Words } from './words.js'

/** Where whole records are, when the engine needn't keep them itself. */
export interface RecordSource {
  get(arn: Arn): PersonRecord | undefined
}

/** A segment of a store. */
export interface Held {
  readonly file: string
  readonly data: SegmentData
  /** Its words, where they have been worked out before. */
  readonly words?: Words
  readonly identifiers: Identifiers
  /** The person of a line of its records. */
  readonly record: (line: number) => PersonRecord | undefined
}

/** Persons on file under one number that are looked at. */
const MOST_HOLDERS = 16
/** Segments made in memory beyond which the small ones become one. */
const MOST_IN_MEMORY = 8

export class Register {
  readonly holdings: Holdings
  readonly #dictionary: Dictionary
  readonly #shelf = new Shelf()
  /** Lines that the shelf has taken. */
  #shelved = 0
  readonly #inMemory = new Set<Loaded>()
  readonly #held = new Map<string, Loaded>()
  /** Where the records of a segment are; those of one that was made here are on the shelf. */
  readonly #sources = new Map<Loaded, (line: number) => PersonRecord | undefined>()

  /** @param records where the records are of persons who are applied; without it they are kept here, packed. */
  constructor(
    dictionary: Dictionary,
    private readonly records: RecordSource | undefined,
  ) {
    this.#dictionary = dictionary
    this.holdings = new Holdings(dictionary)
  }

  /** Takes in lines of a records file: adds, replaces, removes. */
  apply(lines: Iterable<RecordLine>): void {
    const builder = new SegmentBuilder(this.#dictionary.tables)
    for (const line of lines) {
      if (!this.records && !('removed' in line)) this.#shelf.put(this.#shelved, line)
      builder.add(line, this.#shelved++)
    }
    if (builder.size === 0) return
    this.#inMemory.add(this.holdings.add(builder.finish()))
    if (!this.records && this.#inMemory.size > MOST_IN_MEMORY) this.#gather()
  }

  /** Takes in persons who stay, whatever is said of their numbers elsewhere. */
  pin(records: readonly PersonRecord[]): void {
    const builder = new SegmentBuilder(this.#dictionary.tables)
    records.forEach((record, i) => {
      builder.add(record, i)
    })
    if (builder.size === 0) return
    this.#sources.set(this.holdings.add(builder.finish(), undefined, true), (line) => records[line])
  }

  /** Holds these segments of a store, oldest first: takes up new ones, and one in the place of those that are gone. */
  hold(segments: readonly Held[]): void {
    const gone = [...this.#held].filter(([file]) => !segments.some((each) => each.file === file))
    for (const each of segments) {
      if (this.#held.has(each.file)) continue
      const { identifiers } = each
      const data = each.words ? { ...each.data, words: each.words } : each.data
      const old = gone.splice(0)
      const loaded =
        old.length > 0
          ? this.holdings.replace(
              old.map(([, was]) => was),
              data,
              identifiers,
            )
          : this.holdings.add(data, identifiers)
      for (const [file, was] of old) {
        this.#held.delete(file)
        this.#sources.delete(was)
      }
      this.#held.set(each.file, loaded)
      this.#sources.set(loaded, each.record)
    }
  }

  /** Makes one segment of the newest ones in memory, down to the first that is larger than all of them. */
  #gather(): void {
    const { segments } = this.holdings
    let to = segments.length
    while (to > 0 && !this.#inMemory.has(segments[to - 1] as Loaded)) to--
    let [from, sum] = [to, 0]
    while (from > 0 && this.#inMemory.has(segments[from - 1] as Loaded)) {
      const { names } = (segments[from - 1] as Loaded).segment
      if (to - from > 1 && names > 2 * sum) break
      sum += names
      from--
    }
    const old = segments.slice(from, to)
    if (old.length < 2) return
    const builder = new SegmentBuilder(this.#dictionary.tables)
    for (const { segment } of old) {
      if (from > 0)
        for (const arn of segment.columns.removed) builder.add({ arn: arnText(arn), removed: true }, 0)
      for (let row = 0; row < segment.names; row = segment.endRow(row)) {
        if (segment.isDead(row)) continue
        const line = segment.lineOf(row)
        builder.add(this.#shelf.get(line), line)
      }
    }
    for (const each of old) this.#inMemory.delete(each)
    this.#inMemory.add(this.holdings.replace(old, builder.finish()))
  }

  /** The person with an A-number of nine digits. */
  byArn(arn: string): PersonRecord | undefined {
    const found = this.holdings.find(Number(arn))
    return found && this.record(found)
  }

  /** Persons whom an NCIC record of this number is about. */
  byNic(nic: string): PersonRecord[] {
    const value = plainNumber(nic)
    return this.under('NIC', value)
      .map((each) => this.record(each))
      .filter((record) => identifiersOf(record).some(([kind, held]) => kind === 'NIC' && held === value))
  }

  /** Persons under a number's hash; the number itself is compared when they are looked at. */
  under(kind: string, value: string): Whereabouts[] {
    if (kind === 'ARN') {
      const found = /^\d{1,9}$/.test(value) ? this.holdings.find(Number(value)) : undefined
      return found ? [found] : []
    }
    const key = identifierKey(kind, value)
    return this.holdings.segments
      .flatMap((loaded) => loaded.segment.identify(key).map((row) => ({ loaded, row })))
      .filter(({ loaded, row }) => !loaded.segment.isDead(row))
      .slice(0, MOST_HOLDERS)
  }

  /** Where a person's record is, where a store has it. */
  placeOf({ loaded, row }: Whereabouts): { readonly file: string; readonly line: number } | undefined {
    for (const [file, each] of this.#held)
      if (each === loaded) return { file, line: loaded.segment.lineOf(row) }
    return undefined
  }

  arnOf({ loaded, row }: Whereabouts): Arn {
    return arnText(loaded.segment.arnOf(row))
  }

  record(where: Whereabouts): PersonRecord {
    const line = where.loaded.segment.lineOf(where.row)
    const source = this.#sources.get(where.loaded)
    if (!source && !this.records) return this.#shelf.get(line)
    return (source ? source(line) : this.records?.get(this.arnOf(where))) ?? this.#rebuilt(where)
  }

  /** What the index itself knows, for a record that its source has lost since. */
  #rebuilt(where: Whereabouts): PersonRecord {
    const { segment, globalOf, placeOf: places } = where.loaded
    const { rows } = segment.columns
    const tokens = new Int32Array(32)
    const shape = segment.tokensOf(where.row, tokens)
    const split = shape & 255
    const text = (from: number, to: number): string =>
      Array.from(tokens.subarray(from, to), (token) => this.#dictionary.text(globalOf[token] ?? 0)).join(' ')
    const [at, none] = [where.row * STRIDE, '']
    const first = text(split, split + ((shape >>> 8) & 255))
    return {
      arn: this.arnOf(where),
      names: [{ last: text(0, split), first, middle: none, suffix: none, type: 'primary' }],
      dob: String(unpackDate(segment.dateOf(where.row))).padStart(8, '0'),
      altDobs: [],
      sex: (SEXES[sexOf(rows, at)] ?? none) as PersonRecord['sex'],
      pob: this.holdings.places[places[placeOf(rows, at)] ?? 0] ?? none,
      ...{ citizenship: none, fbi: none, sid: none, oln: none, ols: none, soc: none },
      passport: { number: none, country: none },
      status: { class: none, code: none, since: none },
      admitted: { date: none, port: none },
      interest: false,
      ncic: [],
    }
  }
}

const arnText = (arn: number): Arn => String(arn).padStart(9, '0') as Arn
