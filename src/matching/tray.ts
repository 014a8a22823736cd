/** The few names on file that a query's scorer reads, laid out for it. */

import { Column } from './columns.js'
import type { Dictionary } from './dictionary.js'
import type { Holdings, Loaded } from './holdings.js'
import { ALIAS, type Cells, DATED, type People, SEXES, SUFFIXED } from './people.js'
import { flagsOf, placeOf, ROW_ALIAS, ROW_DATED, STRIDE, sexOf, unpackDate } from './segment/layout.js'

/** A query's names are few. */
const ROOM = 256

/** Filled anew by each query; persons and rows are numbered from 0. */
export class Tray implements People {
  readonly dictionary: Dictionary
  readonly dob = new Column(ROOM)
  readonly sex = new Column(ROOM)
  readonly place = new Column(ROOM)
  readonly otherDobs = new Map<number, readonly number[]>()
  readonly rowStart = new Column(ROOM)
  readonly rowShape = new Column(ROOM)
  readonly suffix = new Map<number, string>()
  readonly tokens = new Column(ROOM)
  readonly rowPerson: Cells
  readonly ways: { size(key: number): number }
  readonly #rowPerson = new Column(ROOM)
  readonly #scratch = new Int32Array(32)

  constructor(private readonly holdings: Holdings) {
    this.dictionary = holdings.dictionary
    this.ways = { size: (key) => holdings.sizeOf(key) }
    const rows = this.#rowPerson
    this.rowPerson = {
      get data() {
        return rows.data
      },
      get length() {
        return holdings.names
      },
    }
  }

  get places(): readonly string[] {
    return this.holdings.places
  }

  get placeCount(): Cells {
    return this.holdings.placeCount
  }

  get years(): Int32Array {
    return this.holdings.years
  }

  get days(): Int32Array {
    return this.holdings.days
  }

  get size(): number {
    return this.holdings.size
  }

  clear(): void {
    for (const each of [this.dob, this.sex, this.place, this.rowStart, this.rowShape, this.tokens])
      each.length = 0
    this.#rowPerson.length = 0
    this.otherDobs.clear()
    this.suffix.clear()
  }

  /** Adds a person without names. @returns the number. */
  addPerson({ segment, placeOf: places }: Loaded, first: number): number {
    const { rows } = segment.columns
    const at = first * STRIDE
    const person = this.dob.push(unpackDate(segment.dateOf(first)))
    this.sex.push(sexOf(rows, at))
    this.place.push(places[placeOf(rows, at)] ?? 0)
    if (flagsOf(rows, at) & ROW_DATED) this.otherDobs.set(person, segment.otherDates(first).map(unpackDate))
    return person
  }

  /** Adds a name of a person. @returns its number. */
  addRow({ segment, globalOf }: Loaded, row: number, person: number): number {
    const flags = flagsOf(segment.columns.rows, row * STRIDE)
    const shape = segment.tokensOf(row, this.#scratch)
    const count = (shape & 255) + ((shape >>> 8) & 255)
    const suffix = segment.meta.suffixes[shape >>> 16] ?? ''
    const at = this.#rowPerson.push(person)
    this.rowStart.push(this.tokens.length)
    this.rowShape.push(
      (shape & 0xffff) |
        (flags & ROW_ALIAS ? ALIAS : 0) |
        (suffix === '' ? 0 : SUFFIXED) |
        (flags & ROW_DATED ? DATED : 0),
    )
    for (let j = 0; j < count; j++) this.tokens.push(globalOf[this.#scratch[j] ?? 0] ?? 0)
    if (suffix !== '') this.suffix.set(at, suffix)
    return at
  }

  findPlace(code: string): number {
    return this.holdings.findPlace(code)
  }

  sexOf(person: number): string {
    return SEXES[this.sex.data[person] ?? 0] ?? ''
  }

  rowTokens(row: number): { readonly surname: string[]; readonly given: string[] } {
    const start = this.rowStart.data[row] ?? 0
    const shape = this.rowShape.data[row] ?? 0
    const split = shape & 255
    const all = Array.from({ length: split + ((shape >> 8) & 255) }, (_, i) =>
      this.dictionary.text(this.tokens.data[start + i] ?? 0),
    )
    return { surname: all.slice(0, split), given: all.slice(split) }
  }
}
