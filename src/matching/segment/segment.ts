/** Reads a segment: ranges of rows by date and by key, persons by number. */
import {
  type Columns,
  dateOf,
  flagsOf,
  LAST_DAY,
  ROW_ALIAS,
  ROW_OVER,
  type SegmentData,
  type SegmentMeta,
  STRIDE,
  TOKEN,
} from './layout.js'

/** Answers which rows an identifier's hash leads to; in memory or from a file. */
export interface Identifiers {
  rowsOf(key: number): readonly number[]
}

export class Segment {
  readonly columns: Columns
  readonly meta: SegmentMeta
  readonly names: number
  /** Where the last range that was asked for ends; its start is what the call returned. */
  end = 0
  readonly #identifiers: Identifiers
  /** A bit a row: persons that a later segment has replaced or taken out. */
  readonly #dead: Uint32Array
  /** By month (packed dates without their day): the place of its first date in `dates`. */
  readonly #months: Uint32Array

  constructor(data: SegmentData, identifiers: Identifiers = new HeldIdentifiers(data.columns.ids)) {
    this.columns = data.columns
    this.meta = data.meta
    this.names = data.columns.rows.length / STRIDE
    this.#identifiers = identifiers
    this.#dead = new Uint32Array(Math.ceil(this.names / 32))
    this.#months = monthsOf(data.columns.dates)
  }

  isDead(row: number): boolean {
    return ((this.#dead[row >>> 5] ?? 0) & (1 << (row & 31))) !== 0
  }

  kill(row: number): void {
    this.#dead[row >>> 5] = (this.#dead[row >>> 5] ?? 0) | (1 << (row & 31))
  }

  /** The person's first row. */
  firstRow(row: number): number {
    let first = row
    while (first > 0 && flagsOf(this.columns.rows, first * STRIDE) & ROW_ALIAS) first--
    return first
  }

  /** The row after the person's last. */
  endRow(first: number): number {
    let end = first + 1
    while (end < this.names && flagsOf(this.columns.rows, end * STRIDE) & ROW_ALIAS) end++
    return end
  }

  /** The place of a person in the order of persons, from the first row. */
  rankOf(first: number): number {
    let rank = this.columns.ranks[first >>> 6] ?? 0
    for (let row = first & ~63; row < first; row++)
      if ((flagsOf(this.columns.rows, row * STRIDE) & ROW_ALIAS) === 0) rank++
    return rank
  }

  /** The first row of a person, from the place in the order of persons. */
  rowOf(rank: number): number {
    const { ranks, rows } = this.columns
    let row = lastNotAbove(ranks, ranks.length - 1, rank) * 64
    let left = rank - (ranks[row >>> 6] ?? 0)
    for (; row < this.names; row++) {
      if (flagsOf(rows, row * STRIDE) & ROW_ALIAS) continue
      if (left === 0) return row
      left--
    }
    return -1
  }

  arnOf(first: number): number {
    return this.columns.arns[this.rankOf(first)] ?? 0
  }

  lineOf(first: number): number {
    return this.columns.lines[this.rankOf(first)] ?? 0
  }

  /** The place of an A-number in the order of persons, -1 where the segment has none such. */
  rankOfArn(arn: number): number {
    const { arns, arnOrder } = this.columns
    let [low, high] = [0, arnOrder.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((arns[arnOrder[middle] ?? 0] ?? 0) < arn) low = middle + 1
      else high = middle
    }
    const rank = arnOrder[low] ?? 0
    return low < arnOrder.length && arns[rank] === arn ? rank : -1
  }

  /** Whether the segment takes an A-number out. */
  removes(arn: number): boolean {
    const { removed } = this.columns
    const at = lowerBound(removed, 0, removed.length, arn)
    return removed[at] === arn
  }

  /** The first row of dates from `from` to `to`, both packed; `end` says where they end. */
  datesFrom(from: number, to: number): number {
    const { dateRow } = this.columns
    this.end = dateRow[this.#placeOfDate(to + 1)] ?? 0
    return dateRow[this.#placeOfDate(from)] ?? 0
  }

  #placeOfDate(date: number): number {
    const month = date >>> DAY_BITS
    return lowerBound(this.columns.dates, this.#months[month] ?? 0, this.#months[month + 1] ?? 0, date)
  }

  /** The bucket of a pair in `pairRows`; `end` says where it ends. */
  pair(key: number): number {
    const { pairStart } = this.columns
    const bucket = key & (pairStart.length - 2)
    this.end = pairStart[bucket + 1] ?? 0
    return pairStart[bucket] ?? 0
  }

  /** Rows of a token's key in `wayRows`; `end` says where they end. */
  way(key: number): number {
    const { wayKeys, wayStart } = this.columns
    const at = lowerBound(wayKeys, 0, wayKeys.length, key)
    const found = at < wayKeys.length && wayKeys[at] === key
    this.end = found ? (wayStart[at + 1] ?? 0) : 0
    return found ? (wayStart[at] ?? 0) : 0
  }

  identify(key: number): readonly number[] {
    return this.#identifiers.rowsOf(key)
  }

  /** Where a row's tokens are in the overflow: first the shape. */
  overflow(row: number): number {
    const { overRow, overStart } = this.columns
    return overStart[lowerBound(overRow, 0, overRow.length, row)] ?? 0
  }

  /** Further dates of a person, packed. */
  otherDates(first: number): number[] {
    const from = this.datesOf(first)
    return [...this.columns.altDateByRow.subarray(from, this.end)]
  }

  /** The place of a person's first further date in `altDateByRow`; `end` says where they end. */
  datesOf(first: number): number {
    const { altRowByRow } = this.columns
    const from = lowerBound(altRowByRow, 0, altRowByRow.length, first)
    this.end = from
    while (altRowByRow[this.end] === first) this.end++
    return from
  }

  /** Fills in a row's tokens. @returns its shape: surnames, given names << 8. */
  tokensOf(row: number, into: Int32Array): number {
    const { rows, over } = this.columns
    const at = row * STRIDE
    if (flagsOf(rows, at) & ROW_OVER) {
      const start = this.overflow(row)
      const shape = over[start] ?? 0
      const count = (shape & 255) + ((shape >>> 8) & 255)
      for (let j = 0; j < count; j++) into[j] = over[start + 1 + j] ?? 0
      return shape
    }
    let [n, split] = [0, 0]
    for (let j = 0; j < 4; j++) {
      const token = (rows[at + j] ?? 0) & TOKEN
      if (token === 0) continue
      into[n++] = token
      if (j < 2) split++
    }
    return split | ((n - split) << 8)
  }

  dateOf(row: number): number {
    return dateOf(this.columns.rows, row * STRIDE)
  }
}

/** Bits of a packed date that say the day. */
const DAY_BITS = 5

function monthsOf(dates: Uint32Array): Uint32Array {
  const months = new Uint32Array((LAST_DAY >>> DAY_BITS) + 2)
  for (let month = 0, at = 0; month < months.length; month++) {
    while (at < dates.length && (dates[at] ?? 0) >>> DAY_BITS < month) at++
    months[month] = at
  }
  return months
}

/** Identifiers in memory. */
class HeldIdentifiers implements Identifiers {
  constructor(private readonly ids: Uint32Array) {}

  rowsOf(key: number): readonly number[] {
    return rowsUnder(this.ids, key)
  }
}

/** Rows under a hash, of pairs sorted by it. */
export function rowsUnder(ids: Uint32Array, key: number): number[] {
  const wanted = key >>> 0
  let [low, high] = [0, ids.length / 2]
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((ids[middle * 2] ?? 0) < wanted) low = middle + 1
    else high = middle
  }
  const rows: number[] = []
  for (; low * 2 < ids.length && ids[low * 2] === wanted; low++) rows.push(ids[low * 2 + 1] ?? 0)
  return rows
}

/** The first place in a sorted list where the number isn't below `value`. */
export function lowerBound(list: Uint32Array | Int32Array, from: number, to: number, value: number): number {
  let [low, high] = [from, to]
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((list[middle] ?? 0) < value) low = middle + 1
    else high = middle
  }
  return low
}

/** Lists that are shorter need no guess. */
const FEW = 24

/**
 * As {@link lowerBound}, of numbers spread evenly up to `most`: looks first where the value should be, and round it, so
 * that it reads what lies together.
 */
export function evenBound(list: Uint32Array, from: number, to: number, value: number, most: number): number {
  if (to - from < FEW) return lowerBound(list, from, to, value)
  const guess = Math.min(to - 1, from + Math.floor(((to - from) * value) / most))
  let step = 8
  if ((list[guess] ?? 0) < value) {
    let [low, high] = [guess + 1, guess + step]
    while (high < to && (list[high] ?? 0) < value) {
      low = high + 1
      step *= 2
      high += step
    }
    return lowerBound(list, low, Math.min(high, to), value)
  }
  let [low, high] = [guess - step, guess]
  while (low >= from && (list[low] ?? 0) >= value) {
    high = low
    step *= 2
    low -= step
  }
  return lowerBound(list, Math.max(low + 1, from), high, value)
}

/** As {@link lowerBound}, quicker where the place is near `from`. */
export function nearBound(list: Uint32Array, from: number, to: number, value: number): number {
  let [low, high, step] = [from, from, 1]
  while (high < to && (list[high] ?? 0) < value) {
    low = high + 1
    high += step
    step *= 2
  }
  return lowerBound(list, low, Math.min(high, to), value)
}

function lastNotAbove(list: Uint32Array, to: number, value: number): number {
  return Math.max(0, lowerBound(list, 0, to, value + 1) - 1)
}
