/** Builds a segment in memory from records. */
import type { PersonRecord, RecordLine } from '../../records/types.js'
import { Column } from '../columns.js'
import { type NameParts, partsOfName } from '../names.js'
import { identifierKey, identifiersOf, NOWHERE, SEXES } from '../people.js'
import type { NameTables } from '../tables.js'
import {
  type Columns,
  LAST_DAY,
  MOST_PLACES,
  packDate,
  putRow,
  ROW_ALIAS,
  ROW_DATED,
  ROW_MANY,
  ROW_OVER,
  type SegmentData,
  STRIDE,
} from './layout.js'
import { arnOrderOf, datesOf, ranksOf, sortedAlternates, sortedIds, sortedNumbers } from './orders.js'
import { buildWays } from './ways.js'

const KEPT = 0xffffffff

/** What a builder has gathered: goes from thread to thread. */
export interface Gathered {
  readonly texts: readonly string[]
  readonly places: readonly string[]
  readonly suffixes: readonly string[]
  /** Persons that count. */
  readonly persons: Uint32Array
  readonly removed: Uint32Array
  /** By person: date, sex, place, A-number, line, where the names begin, where identifiers do. */
  readonly date: Int32Array
  readonly sex: Int32Array
  readonly place: Int32Array
  readonly arn: Int32Array
  readonly line: Int32Array
  readonly nameStart: Int32Array
  readonly idStart: Int32Array
  readonly names: Int32Array
  readonly ids: Int32Array
  readonly alternates: ReadonlyMap<number, readonly number[]>
}

/** Takes records in their order; the last one about an A-number counts. */
export class SegmentBuilder {
  readonly #tokens = new Map<string, number>()
  readonly #texts: string[] = ['']
  readonly #places = new Map<string, number>([
    ['', 0],
    ...[...NOWHERE].map((code): [string, number] => [code, 0]),
  ])
  readonly #placeCodes: string[] = ['']
  readonly #suffixes = new Map<string, number>([['', 0]])
  readonly #persons = new Map<number, number>()
  readonly #removed = new Set<number>()
  /** By person: date, sex and place, A-number, line, where the names begin, where identifiers do. */
  readonly #date = new Column()
  readonly #sex = new Column()
  readonly #place = new Column()
  readonly #arn = new Column()
  readonly #line = new Column()
  readonly #nameStart = new Column()
  readonly #idStart = new Column()
  /** For each name: surname tokens | given << 8 | suffix << 16, then the tokens. */
  readonly #names = new Column()
  readonly #ids = new Column()
  readonly #alternates = new Map<number, readonly number[]>()

  constructor(readonly tables: NameTables) {}

  /** Lines that say something about an A-number. */
  get size(): number {
    return this.#persons.size + this.#removed.size
  }

  /** @param at number of the line where the record is kept. */
  add(line: RecordLine, at: number): void {
    const arn = Number(line.arn)
    this.#persons.delete(arn)
    if ('removed' in line) {
      this.#removed.add(arn)
      return
    }
    this.#removed.delete(arn)
    this.#persons.set(arn, this.#addPerson(line, arn, at))
  }

  #addPerson(record: PersonRecord, arn: number, at: number): number {
    const dob = Number(record.dob)
    const person = this.#arn.push(arn)
    this.#date.push(packDate(dob))
    this.#sex.push(Math.max(0, SEXES.indexOf(record.sex)))
    this.#place.push(this.#placeOf(record.pob))
    this.#line.push(at)
    this.#nameStart.push(this.#names.length)
    this.#idStart.push(this.#ids.length)
    for (const name of record.names) this.#addName(partsOfName(name, this.tables))
    for (const [kind, value] of identifiersOf(record))
      if (kind !== 'ARN') this.#ids.push(identifierKey(kind, value))
    if (record.altDobs.length > 0) {
      const others = record.altDobs.map(Number).filter((each) => each !== dob)
      if (others.length > 0) this.#alternates.set(person, others.map(packDate))
    }
    return person
  }

  #addName({ surname, given, suffix }: NameParts): void {
    this.#names.push(surname.length | (given.length << 8) | (this.#suffixOf(suffix) << 16))
    for (const each of surname) this.#names.push(this.#tokenOf(each))
    for (const each of given) this.#names.push(this.#tokenOf(each))
  }

  #tokenOf(text: string): number {
    const known = this.#tokens.get(text)
    if (known !== undefined) return known
    const id = this.#texts.push(text) - 1
    this.#tokens.set(text, id)
    return id
  }

  #placeOf(code: string): number {
    const known = this.#places.get(code)
    if (known !== undefined) return known
    if (this.#placeCodes.length >= MOST_PLACES) return 0
    const id = this.#placeCodes.push(code) - 1
    this.#places.set(code, id)
    return id
  }

  #suffixOf(suffix: string): number {
    const known = this.#suffixes.get(suffix)
    if (known !== undefined) return known
    this.#suffixes.set(suffix, this.#suffixes.size)
    return this.#suffixes.size - 1
  }

  /** The segment of all that was added. */
  finish(): SegmentData {
    return segmentOf(this.gathered(), this.tables.particles)
  }

  /** All that was added, in columns of their own. */
  gathered(): Gathered {
    const own = (column: Column): Int32Array => column.data.slice(0, column.length)
    return {
      ...{ texts: this.#texts, places: this.#placeCodes, suffixes: [...this.#suffixes.keys()] },
      persons: Uint32Array.from(this.#persons.values()),
      removed: sortedNumbers(this.#removed),
      ...{ date: own(this.#date), sex: own(this.#sex), place: own(this.#place), arn: own(this.#arn) },
      ...{ line: own(this.#line), nameStart: own(this.#nameStart), idStart: own(this.#idStart) },
      ...{ names: own(this.#names), ids: own(this.#ids), alternates: this.#alternates },
    }
  }
}

/** The segment of what a builder has gathered. */
export function segmentOf(gathered: Gathered, particles: ReadonlySet<string>): SegmentData {
  const { texts, places, names } = gathered
  const particle = (text: string): boolean => particles.has(text)
  const order = byDate(gathered)
  const out = new RowWriter(texts, particle)
  const [arns, lines] = [new Uint32Array(order.length), new Uint32Array(order.length)]
  const placeCount = places.map(() => 0)
  const [years, days] = [new Array<number>(256).fill(0), new Array<number>(1300).fill(0)]
  const bump = (list: number[], i: number): void => {
    list[i] = (list[i] ?? 0) + 1
  }
  const [ids, alternates]: [number[], number[]] = [[], []]
  order.forEach((person, rank) => {
    const date = gathered.date[person] ?? 0
    const place = gathered.place[person] ?? 0
    const others = gathered.alternates.get(person)
    arns[rank] = gathered.arn[person] ?? 0
    lines[rank] = gathered.line[person] ?? 0
    bump(placeCount, place)
    bump(years, date >>> 9)
    bump(days, ((date >>> 5) & 15) * 100 + (date & 31))
    const first = out.names
    const end = gathered.nameStart[person + 1] ?? 0
    const until = person + 1 < gathered.nameStart.length ? end : names.length
    for (let at = gathered.nameStart[person] ?? 0; at < until; ) {
      const shape = names[at] ?? 0
      const count = (shape & 255) + ((shape >> 8) & 255)
      const flags = (out.names > first ? ROW_ALIAS : 0) | (others ? ROW_DATED : 0)
      out.add(names, at, { place, sex: gathered.sex[person] ?? 0, flags, date })
      at += count + 1
    }
    const idEnd =
      person + 1 < gathered.idStart.length ? (gathered.idStart[person + 1] ?? 0) : gathered.ids.length
    for (let at = gathered.idStart[person] ?? 0; at < idEnd; at++) ids.push(gathered.ids[at] ?? 0, first)
    for (const other of others ?? []) alternates.push(other, first)
  })
  const rows = out.finish()
  const columns: Columns = {
    ...rows,
    ...datesOf(rows.rows),
    ranks: ranksOf(rows.rows),
    ...{ arns, lines, arnOrder: arnOrderOf(arns) },
    removed: gathered.removed,
    ...sortedAlternates(alternates),
    ids: sortedIds(ids),
    ...buildWays({
      ...rows,
      ...{ texts, particle },
    }),
    tokens: new TextEncoder().encode(
      texts
        .slice(1)
        .map((each) => `${each}\n`)
        .join(''),
    ),
  }
  const meta = {
    persons: order.length,
    names: rows.rows.length / STRIDE,
    places,
    placeCount,
    suffixes: gathered.suffixes,
    ...{ years, days },
  }
  return { meta, columns }
}

/** Persons that count, by date of birth and then in their order. */
function byDate({ persons, date: dates }: Gathered): Uint32Array {
  const starts = new Uint32Array(LAST_DAY + 1)
  for (const person of persons) {
    const date = (dates[person] ?? 0) + 1
    starts[date] = (starts[date] ?? 0) + 1
  }
  for (let i = 1; i < starts.length; i++) starts[i] = (starts[i] ?? 0) + (starts[i - 1] ?? 0)
  const order = new Uint32Array(persons.length)
  for (const person of persons) {
    const date = dates[person] ?? 0
    const at = starts[date] ?? KEPT
    order[at] = person
    starts[date] = at + 1
  }
  return order
}

/** Writes rows with their overflow, and counts the tokens. */
export class RowWriter {
  #rows = new Uint32Array(1 << 12)
  #used = 0
  readonly #overRow = new Column()
  readonly #overStart = new Column()
  readonly #over = new Column()
  readonly #surnames: Uint32Array
  readonly #given: Uint32Array
  readonly #particle: Uint8Array

  constructor(texts: readonly string[], particle: (text: string) => boolean) {
    this.#surnames = new Uint32Array(texts.length)
    this.#given = new Uint32Array(texts.length)
    this.#particle = Uint8Array.from(texts, (text, i) => Number(i > 0 && particle(text)))
  }

  /** Names written so far. */
  get names(): number {
    return this.#used / STRIDE
  }

  /** @param name shape, then tokens, from `at` on. */
  add(
    name: Int32Array,
    at: number,
    row: { readonly place: number; readonly sex: number; readonly flags: number; readonly date: number },
  ): void {
    const shape = name[at] ?? 0
    const split = shape & 255
    const count = split + ((shape >> 8) & 255)
    const first = this.#pick(name, at + 1, split)
    const last = this.#pick(name, at + 1 + split, count - split)
    for (let j = 0; j < count; j++) {
      const token = name[at + 1 + j] ?? 0
      const counts = j < split ? this.#surnames : this.#given
      counts[token] = (counts[token] ?? 0) + 1
    }
    let flags = row.flags
    if (first.real > 2 || last.real > 2) flags |= ROW_MANY | ROW_OVER
    if (first.real !== split || last.real !== count - split || shape >> 16 !== 0) flags |= ROW_OVER
    if (flags & ROW_OVER) {
      this.#overRow.push(this.names)
      this.#overStart.push(this.#over.length)
      for (let j = 0; j <= count; j++) this.#over.push(name[at + j] ?? 0)
    }
    if (this.#used + STRIDE > this.#rows.length) {
      const larger = new Uint32Array(this.#rows.length * 2)
      larger.set(this.#rows)
      this.#rows = larger
    }
    putRow(this.#rows, this.#used, [first.a, first.b, last.a, last.b], { ...row, flags })
    this.#used += STRIDE
  }

  /** The first two tokens that are no particles, or the first two where all are. */
  #pick(name: Int32Array, from: number, count: number): { a: number; b: number; real: number } {
    let [a, b, real] = [0, 0, 0]
    for (let j = from; j < from + count; j++) {
      const token = name[j] ?? 0
      if (this.#particle[token] === 1) continue
      if (real === 0) a = token
      else if (real === 1) b = token
      real++
    }
    if (real > 0 || count === 0) return { a, b, real }
    return { a: name[from] ?? 0, b: count > 1 ? (name[from + 1] ?? 0) : 0, real: count }
  }

  finish(): Pick<Columns, 'rows' | 'overRow' | 'overStart' | 'over' | 'surnames' | 'given'> {
    const plain = (column: Column): Uint32Array => Uint32Array.from(column.data.subarray(0, column.length))
    return {
      rows: this.#rows.slice(0, this.#used),
      ...{ overRow: plain(this.#overRow), overStart: plain(this.#overStart), over: plain(this.#over) },
      ...{ surnames: this.#surnames, given: this.#given },
    }
  }
}
