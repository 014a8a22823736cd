/** Makes one segment of several that follow one another: of each person what the newest of them says. */
import { Column } from '../columns.js'
import { textsOf } from '../holdings.js'
import type { NameTables } from '../tables.js'
import {
  type Columns,
  flagsOf,
  MOST_PLACES,
  placeOf,
  ROW_ALIAS,
  ROW_DATED,
  type SegmentData,
  STRIDE,
  sexOf,
} from './layout.js'
import { arnOrderOf, datesOf, ranksOf, sortedAlternates, sortedIds, sortedNumbers } from './orders.js'
import { RowWriter } from './rows.js'
import { Segment } from './segment.js'
import { buildWays } from './ways.js'

/** A segment, and what its lines count from in the merged records. */
export interface Part {
  readonly data: SegmentData
  readonly base: number
}

/** A-numbers have nine digits, in 30 bits. */
const ARN_WORDS = 2 ** 25
const NONE = 0xffffffff

/**
 * @param parts is emptied: of 100 million persons they take 7 GB, which are needed for the ways once the rows are there.
 * @param whole there are no older segments, so that what was taken out needs no mention any more.
 */
export function mergeSegments(parts: Part[], tables: NameTables, whole: boolean): SegmentData {
  const merge = new Merge(
    parts.splice(0).map(({ data, base }) => ({ segment: new Segment(data), base })),
    tables,
  )
  return merge.run(whole)
}

interface Source {
  readonly segment: Segment
  readonly base: number
}

class Merge {
  readonly #texts: string[] = ['']
  readonly #places: string[] = ['']
  readonly #suffixes: string[] = ['']
  readonly #removed: number[] = []

  constructor(
    private readonly sources: Source[],
    private readonly tables: NameTables,
  ) {}

  run(whole: boolean): SegmentData {
    const { sources } = this
    this.#settle()
    const tokens = numbering(
      this.#texts,
      sources.map(({ segment }) => textsOf(segment.columns.tokens)),
    )
    const places = numbering(
      this.#places,
      sources.map(({ segment }) => segment.meta.places),
      MOST_PLACES,
    )
    const suffixes = numbering(
      this.#suffixes,
      sources.map(({ segment }) => segment.meta.suffixes),
    )
    const particle = (text: string): boolean => this.tables.particles.has(text)
    const names = sources.reduce((sum, { segment }) => sum + segment.names, 0)
    const out = new RowWriter(this.#texts, particle, names)
    const persons = sources.reduce((sum, { segment }) => sum + segment.meta.persons, 0)
    const [arns, lines] = [new Uint32Array(persons), new Uint32Array(persons)]
    const placed = sources.map(({ segment }) => new Uint32Array(segment.names).fill(NONE))
    const placeCount = this.#places.map(() => 0)
    const [years, days] = [new Array<number>(256).fill(0), new Array<number>(1300).fill(0)]
    const alternates = new Column()
    const name = new Int32Array(32)
    const bump = (list: number[], i: number): void => {
      list[i] = (list[i] ?? 0) + 1
    }
    let count = 0
    for (const date of this.#dates()) {
      sources.forEach(({ segment, base }, s) => {
        const { rows } = segment.columns
        const map = tokens[s] as Uint32Array
        const from = segment.datesFrom(date, date)
        const to = segment.end
        let rank = from < to ? segment.rankOf(from) : 0
        let alive = false
        for (let row = from; row < to; row++) {
          const at = row * STRIDE
          const flags = flagsOf(rows, at)
          const place = places[s]?.[placeOf(rows, at)] ?? 0
          if ((flags & ROW_ALIAS) === 0) {
            alive = !segment.isDead(row)
            if (alive) {
              arns[count] = segment.columns.arns[rank] ?? 0
              lines[count++] = (segment.columns.lines[rank] ?? 0) + base
              bump(placeCount, place)
              bump(years, date >>> 9)
              bump(days, ((date >>> 5) & 15) * 100 + (date & 31))
              for (const other of flags & ROW_DATED ? segment.otherDates(row) : []) {
                alternates.push(other)
                alternates.push(out.names)
              }
            }
            rank++
          }
          if (!alive) continue
          const placedRows = placed[s] as Uint32Array
          placedRows[row] = out.names
          const shape = segment.tokensOf(row, name.subarray(1))
          name[0] = (shape & 0xffff) | ((suffixes[s]?.[shape >>> 16] ?? 0) << 16)
          const all = (shape & 255) + ((shape >>> 8) & 255)
          for (let j = 1; j <= all; j++) name[j] = map[name[j] ?? 0] ?? 0
          out.add(name, 0, place, sexOf(rows, at), flags & (ROW_ALIAS | ROW_DATED), date)
        }
      })
    }
    const ids = this.#ids(placed)
    sources.length = 0
    placed.length = 0
    const rows = out.finish()
    const named = { ...rows, texts: this.#texts, particle }
    const kept = arns.slice(0, count)
    const columns: Columns = {
      ...rows,
      ...datesOf(rows.rows),
      ranks: ranksOf(rows.rows),
      ...{ arns: kept, lines: lines.slice(0, count), arnOrder: arnOrderOf(kept) },
      removed: whole ? new Uint32Array(0) : sortedNumbers(this.#removed),
      ...sortedAlternates(alternates.data.subarray(0, alternates.length)),
      ids,
      ...buildWays(named),
      tokens: new TextEncoder().encode(
        this.#texts
          .slice(1)
          .map((each) => `${each}\n`)
          .join(''),
      ),
    }
    const meta = { persons: count, names: rows.rows.length / STRIDE, places: this.#places, placeCount }
    return { meta: { ...meta, suffixes: this.#suffixes, years, days }, columns }
  }

  /** Newest first, the first word about an A-number counts. */
  #settle(): void {
    const seen = new Uint32Array(ARN_WORDS)
    const isNew = (arn: number): boolean => {
      const bit = 1 << (arn & 31)
      const word = seen[arn >>> 5] ?? 0
      seen[arn >>> 5] = word | bit
      return (word & bit) === 0
    }
    for (const { segment } of [...this.sources].reverse()) {
      const { arns, removed } = segment.columns
      for (const arn of removed) if (isNew(arn)) this.#removed.push(arn)
      for (let rank = 0, row = 0; row < segment.names; row = segment.endRow(row), rank++)
        if (!isNew(arns[rank] ?? 0)) segment.kill(row)
    }
  }

  #dates(): Uint32Array {
    const dates = new Set<number>()
    for (const { segment } of this.sources) for (const date of segment.columns.dates) dates.add(date)
    return Uint32Array.from(dates).sort()
  }

  #ids(placed: readonly Uint32Array[]): Uint32Array {
    const all = this.sources.reduce((sum, { segment }) => sum + segment.columns.ids.length, 0)
    const pairs = new Uint32Array(all)
    let used = 0
    this.sources.forEach(({ segment }, s) => {
      const { ids } = segment.columns
      for (let i = 0; i < ids.length; i += 2) {
        const row = placed[s]?.[ids[i + 1] ?? 0] ?? NONE
        if (row === NONE) continue
        pairs[used++] = ids[i] ?? 0
        pairs[used++] = row
      }
    })
    return sortedIds(pairs.subarray(0, used))
  }
}

/** Numbers each list's texts in one list. @returns for each, its numbers there; what comes after `most` has none. */
function numbering(all: string[], lists: readonly (readonly string[])[], most = 2 ** 24): Uint32Array[] {
  const known = new Map<string, number>(all.map((text, i) => [text, i]))
  return lists.map((list) =>
    Uint32Array.from(list, (text, i) => {
      const number = known.get(text)
      if (i === 0) return 0
      if (number !== undefined) return number
      if (all.length >= most) return 0
      known.set(text, all.length)
      return all.push(text) - 1
    }),
  )
}
