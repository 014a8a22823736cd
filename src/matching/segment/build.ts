/** Builds a segment in memory from records. */
import type { RecordLine } from '../../records/types.js'
import { Column } from '../columns.js'
import type { NameTables } from '../tables.js'
import { type GatheredLines, Gatherer } from './gather.js'
import {
  type Columns,
  LAST_DAY,
  MOST_PLACES,
  ROW_ALIAS,
  ROW_DATED,
  type SegmentData,
  STRIDE,
} from './layout.js'
import { arnOrderOf, datesOf, ranksOf, sortedAlternates, sortedIds, sortedNumbers } from './orders.js'
import { RowWriter } from './rows.js'
import { buildWays } from './ways.js'

/** What a builder has gathered: goes from thread to thread. */
export interface Gathered {
  readonly texts: readonly string[]
  readonly places: readonly string[]
  readonly suffixes: readonly string[]
  /** By line: A-number (the sign says that it is taken out), date, sex, place, number of the line, where the names and the identifiers end. */
  readonly arn: Int32Array
  readonly date: Int32Array
  readonly sex: Int32Array
  readonly place: Int32Array
  readonly line: Int32Array
  readonly nameEnd: Int32Array
  readonly idEnd: Int32Array
  readonly names: Int32Array
  readonly ids: Int32Array
  /** By line: whether it has further dates, and which. */
  readonly dated: Uint8Array
  readonly alternates: ReadonlyMap<number, readonly number[]>
}

/** Texts that a gatherer has numbered, in their order; the first is none. */
export class GathererTexts {
  readonly texts: string[] = ['']
  readonly places: string[] = ['']
  readonly suffixes: string[] = ['']

  take({ texts, places, suffixes }: GatheredLines): void {
    for (const each of texts) this.texts.push(each)
    for (const each of places) this.places.push(each)
    for (const each of suffixes) this.suffixes.push(each)
  }
}

/** A gatherer's numbers in those of a builder, where they have one; 0 for none so far. */
interface Numbers {
  tokens: Int32Array
  readonly places: number[]
  readonly suffixes: number[]
}

/** Takes records in their order; the last one about an A-number counts. */
export class SegmentBuilder {
  readonly #tokens = new Map<string, number>()
  readonly #texts: string[] = ['']
  readonly #places = new Map<string, number>([['', 0]])
  readonly #placeCodes: string[] = ['']
  readonly #suffixes = new Map<string, number>([['', 0]])
  readonly #arn = new Column()
  readonly #date = new Column()
  readonly #sex = new Column()
  readonly #place = new Column()
  readonly #line = new Column()
  readonly #nameEnd = new Column()
  readonly #idEnd = new Column()
  readonly #names = new Column()
  readonly #ids = new Column()
  readonly #alternates = new Map<number, number[]>()
  readonly #numbers = new Map<GathererTexts, Numbers>()
  /** For lines that come one by one. */
  readonly #own: Gatherer
  readonly #ownTexts = new GathererTexts()
  readonly #ownLines = new Column()

  constructor(readonly tables: NameTables) {
    this.#own = new Gatherer(tables)
  }

  /** Lines so far. */
  get size(): number {
    return this.#arn.length + this.#own.lines
  }

  /** @param at number of the line where the record is kept. */
  add(line: RecordLine, at: number): void {
    this.#own.line(line)
    this.#ownLines.push(at)
  }

  /**
   * Takes lines that a gatherer has read, which follow one another.
   * @param from the gatherer's texts, with these lines' among them.
   */
  addLines(lines: GatheredLines, from: GathererTexts, firstLine: number): void {
    this.#flush()
    this.#addLines(lines, from, (i) => firstLine + i)
  }

  #flush(): void {
    if (this.#own.lines === 0) return
    const lines = this.#own.taken()
    this.#ownTexts.take(lines)
    const { data } = this.#ownLines
    this.#addLines(lines, this.#ownTexts, (i) => data[i] ?? 0)
    this.#ownLines.length = 0
  }

  #addLines(lines: GatheredLines, from: GathererTexts, lineOf: (i: number) => number): void {
    const numbers = this.#numbersOf(from)
    const base = this.#arn.length
    const count = lines.arn.length
    this.#arn.append(lines.arn)
    this.#date.append(lines.date)
    this.#sex.append(lines.sex)
    this.#ids.append(lines.ids)
    const [places, at, nameEnds, idEnds] = [this.#place, this.#line, this.#nameEnd, this.#idEnd].map(
      (column) => {
        const room = column.room(count)
        column.length += count
        return room
      },
    ) as [Int32Array, Int32Array, Int32Array, Int32Array]
    const names = this.#names.room(lines.names.length)
    let [name, id] = [0, this.#ids.length - lines.ids.length]
    for (let i = 0; i < count; i++) {
      places[i] = this.#placeOf(lines.place[i] ?? 0, from, numbers)
      at[i] = lineOf(i)
      for (let n = lines.nameCount[i] ?? 0; n > 0; n--) {
        const shape = lines.names[name] ?? 0
        names[name++] = (shape & 0xffff) | (this.#suffixOf(shape >>> 16, from, numbers) << 16)
        for (let t = (shape & 255) + ((shape >>> 8) & 255); t > 0; t--, name++)
          names[name] = this.#tokenOf(lines.names[name] ?? 0, from, numbers)
      }
      nameEnds[i] = this.#names.length + name
      id += lines.idCount[i] ?? 0
      idEnds[i] = id
    }
    this.#names.length += lines.names.length
    for (let i = 0; i < lines.alternates.length; i += 2) {
      const line = base + (lines.alternates[i] ?? 0)
      const known = this.#alternates.get(line)
      const date = lines.alternates[i + 1] ?? 0
      if (known) known.push(date)
      else this.#alternates.set(line, [date])
    }
  }

  #numbersOf(from: GathererTexts): Numbers {
    let numbers = this.#numbers.get(from)
    if (!numbers) {
      numbers = { tokens: new Int32Array(0), places: [0], suffixes: [0] }
      this.#numbers.set(from, numbers)
    }
    if (numbers.tokens.length < from.texts.length) {
      const larger = new Int32Array(from.texts.length * 2)
      larger.set(numbers.tokens)
      numbers.tokens = larger
    }
    return numbers
  }

  #tokenOf(token: number, from: GathererTexts, { tokens }: Numbers): number {
    const known = tokens[token] ?? 0
    if (known > 0) return known
    const text = from.texts[token] ?? ''
    let id = this.#tokens.get(text)
    if (id === undefined) {
      id = this.#texts.push(text) - 1
      this.#tokens.set(text, id)
    }
    tokens[token] = id
    return id
  }

  /** Places beyond what a row can say have no number. */
  #placeOf(place: number, from: GathererTexts, { places }: Numbers): number {
    const known = places[place]
    if (known !== undefined) return known
    const code = from.places[place] ?? ''
    let id = this.#places.get(code)
    if (id === undefined) {
      if (this.#placeCodes.length >= MOST_PLACES) return 0
      id = this.#placeCodes.push(code) - 1
      this.#places.set(code, id)
    }
    places[place] = id
    return id
  }

  #suffixOf(suffix: number, from: GathererTexts, { suffixes }: Numbers): number {
    const known = suffixes[suffix]
    if (known !== undefined) return known
    const text = from.suffixes[suffix] ?? ''
    const id = this.#suffixes.get(text) ?? this.#suffixes.size
    this.#suffixes.set(text, id)
    suffixes[suffix] = id
    return id
  }

  /** The segment of all that was added. */
  finish(): SegmentData {
    return segmentOf(this.gathered(), this.tables.particles)
  }

  /** All that was added, in columns of their own. */
  gathered(): Gathered {
    this.#flush()
    const own = (column: Column): Int32Array => column.data.slice(0, column.length)
    const dated = new Uint8Array(this.#arn.length)
    for (const line of this.#alternates.keys()) dated[line] = 1
    return {
      ...{ texts: this.#texts, places: this.#placeCodes, suffixes: [...this.#suffixes.keys()] },
      ...{ arn: own(this.#arn), date: own(this.#date), sex: own(this.#sex), place: own(this.#place) },
      ...{ line: own(this.#line), nameEnd: own(this.#nameEnd), idEnd: own(this.#idEnd) },
      ...{ names: own(this.#names), ids: own(this.#ids), alternates: this.#alternates, dated },
    }
  }
}

/** The segment of what a builder has gathered. */
export function segmentOf(gathered: Gathered, particles: ReadonlySet<string>): SegmentData {
  const { texts, places, names, nameEnd, idEnd } = gathered
  const particle = (text: string): boolean => particles.has(text)
  const settled = settle(gathered.arn)
  const order = byDate(settled.counts, gathered.date)
  const out = new RowWriter(texts, particle)
  const [arns, lines] = [new Uint32Array(order.length), new Uint32Array(order.length)]
  const placeCount = places.map(() => 0)
  const [years, days] = [new Array<number>(256).fill(0), new Array<number>(1300).fill(0)]
  const bump = (list: number[], i: number): void => {
    list[i] = (list[i] ?? 0) + 1
  }
  const rankOf = new Uint32Array(gathered.arn.length)
  const ids = new Column()
  const alternates = new Column()
  for (let rank = 0; rank < order.length; rank++) {
    const line = order[rank] ?? 0
    const date = gathered.date[line] ?? 0
    const place = gathered.place[line] ?? 0
    const sex = gathered.sex[line] ?? 0
    const others = gathered.dated[line] === 0 ? undefined : gathered.alternates.get(line)
    rankOf[line] = rank
    arns[rank] = gathered.arn[line] ?? 0
    lines[rank] = gathered.line[line] ?? 0
    bump(placeCount, place)
    bump(years, date >>> 9)
    bump(days, ((date >>> 5) & 15) * 100 + (date & 31))
    const first = out.names
    const dated = others ? ROW_DATED : 0
    for (let at = line > 0 ? (nameEnd[line - 1] ?? 0) : 0; at < (nameEnd[line] ?? 0); ) {
      const shape = names[at] ?? 0
      out.add(names, at, place, sex, (out.names > first ? ROW_ALIAS : 0) | dated, date)
      at += (shape & 255) + ((shape >> 8) & 255) + 1
    }
    for (let at = line > 0 ? (idEnd[line - 1] ?? 0) : 0; at < (idEnd[line] ?? 0); at++) {
      ids.push(gathered.ids[at] ?? 0)
      ids.push(first)
    }
    for (const other of others ?? []) {
      alternates.push(other)
      alternates.push(first)
    }
  }
  const rows = out.finish()
  const columns: Columns = {
    ...rows,
    ...datesOf(rows.rows),
    ranks: ranksOf(rows.rows),
    ...{ arns, lines, arnOrder: Uint32Array.from(settled.byArn, (line) => rankOf[line] ?? 0) },
    removed: settled.removed,
    ...sortedAlternates(alternates.data.subarray(0, alternates.length)),
    ids: sortedIds(ids.data.subarray(0, ids.length)),
    ...buildWays({ ...rows, texts, particle }),
    tokens: Buffer.from(texts.length > 1 ? `${texts.slice(1).join('\n')}\n` : ''),
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

interface Settled {
  /** By line: 1 where it is the last word about its A-number, and a person. */
  readonly counts: Uint8Array
  /** Those lines in order of their A-numbers. */
  readonly byArn: Uint32Array
  readonly removed: Uint32Array
}

/** Which lines count: of those about an A-number the last. */
function settle(arn: Int32Array): Settled {
  const plain = Uint32Array.from(arn, (each) => each & 0x7fffffff)
  const order = arnOrderOf(plain)
  const counts = new Uint8Array(arn.length)
  const byArn = new Uint32Array(arn.length)
  const removed: number[] = []
  let persons = 0
  for (let i = 0; i < order.length; i++) {
    const line = order[i] ?? 0
    if (i + 1 < order.length && plain[order[i + 1] ?? 0] === plain[line]) continue
    if ((arn[line] ?? 0) < 0) removed.push(plain[line] ?? 0)
    else {
      counts[line] = 1
      byArn[persons++] = line
    }
  }
  return { counts, byArn: byArn.subarray(0, persons), removed: sortedNumbers(removed) }
}

/** Lines that count, by date of birth and then in their order. */
function byDate(counts: Uint8Array, dates: Int32Array): Uint32Array {
  const starts = new Uint32Array(LAST_DAY + 1)
  let persons = 0
  for (let line = 0; line < counts.length; line++) {
    if (counts[line] === 0) continue
    const date = (dates[line] ?? 0) + 1
    starts[date] = (starts[date] ?? 0) + 1
    persons++
  }
  for (let i = 1; i < starts.length; i++) starts[i] = (starts[i] ?? 0) + (starts[i - 1] ?? 0)
  const order = new Uint32Array(persons)
  for (let line = 0; line < counts.length; line++) {
    if (counts[line] === 0) continue
    const date = dates[line] ?? 0
    const at = starts[date] ?? 0
    order[at] = line
    starts[date] = at + 1
  }
  return order
}
