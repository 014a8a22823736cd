/** The ways from a query to the names on file that it may mean. Each is bounded, none reads a share of the file. */
import { type DateParts, dateNumber } from './dates.js'
import { GIVEN, SURNAME } from './neighbours.js'
import { pairKey, tokenKey } from './people.js'
import type { NameScorer } from './scorer.js'
import { packDate } from './segment/layout.js'
import { evenBound, lowerBound, nearBound, type Segment } from './segment/segment.js'

/** Rows of one segment looked at for one query in a first walk, whatever it holds. */
const MOST_ROWS = 8000
/** As many more, at the most, where those of the date of birth took all: in a file of 100 million a date has thousands. */
const LEFT_FOR_NAMES = 3000
/** Rows under one date of birth that are read through; of a longer range (1 January) those of the query's names. */
const MOST_OF_DATE = 6000
/** Further dates of birth that are the one asked for. */
const MOST_OF_FURTHER_DATE = 1000
/** A pair of names that is rarer is read whole, a commoner one only near the date of birth. */
const MOST_OF_PAIR = 128
const MOST_OF_YEAR = 128
/** In other years only the month of birth is read: a year and more than a day of a date are seldom wrong at once. */
const MOST_OF_MONTH = 24
const MOST_OF_TOKEN = 64
const MOST_LONE = 512
/** Years around the one asked for; beyond them a slip of one digit is likelier than a wrong guess. */
const YEARS = [0, 1, -1, 2, -2, 10, -10, 3, -3, 5, -5, 9, -9, 20, -20, 30, -30]
const MOST_PAIRS = 12
/** The place of the very month after them. */
const MONTH = YEARS.length
/** How far down two tokens' neighbours may be together. */
const MOST_DEEP = 12
/** The same where there is no date of birth to find anybody by. */
const MOST_PAIRS_UNDATED = 72
/** Pairs of neighbours: two errors in the name and one in the date are rare, and there are many such pairs. */
const MOST_OF_NEAR_PAIR = 24
const NEAR_YEARS: ReadonlySet<number> = new Set([0, 1, -1, 10, -10])
/** A token that more names have has too many on one day of the year. */
const MOST_FOR_DAY = MOST_OF_TOKEN * 366
/** Rows of one segment that a second walk looks at, and names under one key that it reads whole, or in one year. */
const MOST_ROWS_MORE = 2000
const MOST_OF_RARE = 128
const MOST_OF_TOKEN_YEAR = 64
const MOST_PAIRS_MORE = 24

/** The keys of a query, the same for every segment. */
export interface Keys {
  /** Pairs of surname and given name, likeliest first, and whether both are the query's own tokens. */
  readonly pairs: readonly { readonly key: number; readonly own: boolean }[]
  /** The query's own tokens. */
  readonly tokens: readonly number[]
}

/** @param dated there is a date of birth, which finds most. */
export function keysOf(scorer: NameScorer, dated: boolean): Keys {
  const surnames = scorer.keys(SURNAME)
  const given = scorer.keys(GIVEN)
  const pairs = [...pairsOf(surnames, given, dated ? MOST_PAIRS : MOST_PAIRS_UNDATED)].map(([key, own]) => ({
    key,
    own,
  }))
  const tokens = new Set([...surnames, ...given].flatMap((keys) => keys.slice(0, 1).map(tokenKey)))
  return { pairs, tokens: [...tokens] }
}

/**
 * The keys of a second walk: the parts of what may be two names written as one (GARCIALOPEZ), with the other tokens.
 * @param first the keys of the first walk.
 */
export function furtherKeysOf(scorer: NameScorer, first: Keys): Keys {
  const parts = [SURNAME, GIVEN].map((role) => scorer.parts(role))
  if (parts.every((each) => each.length === 0)) return { pairs: [], tokens: first.tokens }
  const [surnames, given] = [SURNAME, GIVEN].map((role) => [
    ...(parts[role] ?? []).map((part) => [part]),
    ...scorer.keys(role).map((keys) => keys.slice(0, 1)),
  ]) as [number[][], number[][]]
  const known = new Set(first.pairs.map(({ key }) => key))
  const pairs = [...pairsOf(surnames, given, MOST_PAIRS_MORE)]
    .filter(([key]) => !known.has(key))
    .map(([key, own]) => ({ key, own }))
  return { pairs, tokens: [...new Set([...first.tokens, ...parts.flat().map(tokenKey)])] }
}

/** Takes the rows that a walk comes by. */
export interface Taker {
  /** Says whether the row was new. */
  take(row: number): boolean
}

const NOBODY: Keys = { pairs: [], tokens: [] }
const NEVER: DateParts = { year: 0, month: 0, day: 0 }

/** Walks the ways of a query through a segment, handing on rows that may come more than once. */
export class Walk {
  #left = 0
  #segment: Segment | undefined
  #keys = NOBODY
  #born = NEVER
  /**
   * Rows of the year asked for, of the month of birth in the others of {@link YEARS}, and of that month in the very
   * year: where they begin and end, once looked up.
   */
  readonly #yearRows = new Int32Array((MONTH + 1) * 2)
  /** Ranges of rows, once looked up. */
  #days: readonly number[] | undefined
  #near: readonly number[] | undefined
  #far: readonly number[] | undefined

  constructor(private readonly taker: Taker) {}

  get segment(): Segment {
    return this.#segment as Segment
  }

  run(segment: Segment, keys: Keys, born: DateParts): void {
    this.#left = MOST_ROWS
    this.#segment = segment
    this.#keys = keys
    this.#born = born
    this.#yearRows.fill(-1)
    this.#days = undefined
    this.#near = undefined
    this.#far = undefined
    const { year, month, day } = born
    const full = year > 0 && month > 0 && day > 0
    if (full) this.#dates()
    this.#left = Math.max(this.#left, LEFT_FOR_NAMES)
    for (const { key, own } of keys.pairs) this.#pair(key, own)
    if (full) for (const token of keys.tokens) this.#nearDate(token)
    if (!full || keys.pairs.length === 0) for (const token of keys.tokens) this.#lone(token)
  }

  /** A second walk, where the first met nobody likely: names with an error in the name and a larger one in the date. */
  further(keys: Keys): void {
    this.#left = MOST_ROWS_MORE
    for (const { key, own } of keys.pairs) this.#pair(key, own)
    if (this.#born.year > 0) for (const token of keys.tokens) this.#token(token)
  }

  /** Forgets the segment. */
  leave(): void {
    this.#segment = undefined
  }

  #visit(row: number): void {
    if (this.taker.take(row)) this.#left--
  }

  #list(rows: Uint32Array, from: number, to: number): void {
    for (let at = from; at < to && this.#left > 0; at++) this.#visit(rows[at] ?? 0)
  }

  #dates(): void {
    const { year, month, day } = this.#born
    this.#date(packDate(dateNumber(this.#born)))
    if (day <= 12 && day !== month) this.#date(packDate(dateNumber({ year, month: day, day: month })))
    this.#date(packDate(dateNumber({ year, month, day: 0 })))
    this.#date(packDate(dateNumber({ year, month: 0, day: 0 })))
  }

  #date(date: number): void {
    const { segment } = this
    const { altDate, altRow, wayRows } = segment.columns
    const from = segment.datesFrom(date, date)
    const to = segment.end
    if (to - from <= MOST_OF_DATE) for (let row = from; row < to && this.#left > 0; row++) this.#visit(row)
    else {
      for (const token of this.#keys.tokens) {
        const [start, end] = this.#within(wayRows, segment.way(token), segment.end, from, to)
        if (end - start <= MOST_LONE) this.#list(wayRows, start, end)
      }
      for (const { key } of this.#keys.pairs) this.#pairBetween(key, from, to, MOST_OF_YEAR)
    }
    const first = lowerBound(altDate, 0, altDate.length, date)
    for (let at = first; altDate[at] === date && at < first + MOST_OF_FURTHER_DATE; at++)
      for (let row = altRow[at] ?? 0, end = segment.endRow(row); row < end && this.#left > 0; row++)
        this.#visit(row)
  }

  #pair(key: number, own: boolean): void {
    const { segment } = this
    const born = this.#born
    const most = own ? MOST_OF_PAIR : MOST_OF_NEAR_PAIR
    const from = segment.pair(key)
    const to = segment.end
    if (born.year === 0 || to - from <= most) {
      this.#list(segment.columns.pairRows, from, Math.min(to, from + most))
      return
    }
    const commonly = own ? MOST_OF_YEAR : MOST_OF_NEAR_PAIR
    for (let i = 0; i < YEARS.length; i++) {
      if (!own && !NEAR_YEARS.has(YEARS[i] ?? 0)) continue
      const bound = i > 0 && born.month > 0 ? MOST_OF_MONTH : commonly
      const low = this.#rowsOfYear(i)
      this.#pairBetween(key, low, this.#yearRows[i * 2 + 1] ?? 0, bound)
    }
  }

  /** The first row of one of {@link YEARS}, or of {@link MONTH}. */
  #rowsOfYear(i: number): number {
    const known = this.#yearRows[i * 2] ?? 0
    if (known >= 0) return known
    const { segment } = this
    const { year, month } = this.#born
    const from = (year + (YEARS[i] ?? 0)) * 10_000
    const first = i === 0 ? 0 : month * 100
    const low = segment.datesFrom(packDate(from + first), packDate(from + (first > 0 ? first + 31 : 1231)))
    this.#yearRows[i * 2] = low
    this.#yearRows[i * 2 + 1] = segment.end
    return low
  }

  /** Of a common pair in a range as many as are allowed; of too many those of the very month, if that is known. */
  #pairBetween(key: number, low: number, high: number, most: number): void {
    const { segment } = this
    const { pairRows } = segment.columns
    const [from, to] = this.#within(pairRows, segment.pair(key), segment.end, low, high)
    if (to - from > most && high - low > 0 && this.#born.month > 0) {
      const first = this.#rowsOfYear(MONTH)
      const last = this.#yearRows[MONTH * 2 + 1] ?? 0
      const [start, end] = this.#within(pairRows, from, to, Math.max(low, first), Math.min(high, last))
      this.#list(pairRows, start, Math.min(end, start + most))
    }
    this.#list(pairRows, from, Math.min(to, from + most))
  }

  /** Rows of a token that share month or day of the year with the query; a common one shares them with too many. */
  #nearDate(token: number): void {
    const { segment } = this
    const { wayRows } = segment.columns
    const start = segment.way(token)
    const end = segment.end
    if (end === start) return
    const low = this.#rowsOfYear(MONTH)
    const [from, to] = this.#within(wayRows, start, end, low, this.#yearRows[MONTH * 2 + 1] ?? 0)
    if (to - from <= MOST_OF_TOKEN) this.#list(wayRows, from, to)
    if (end - start > MOST_FOR_DAY) return
    this.#days ??= this.#daysIn(DAY_YEARS, [])
    for (let i = 0; i < this.#days.length; i += 2) {
      const [a, b] = this.#within(wayRows, start, end, this.#days[i] ?? 0, this.#days[i + 1] ?? 0)
      this.#list(wayRows, a, Math.min(b, a + MOST_OF_TOKEN))
    }
  }

  /** Rows of a token whose date of birth has something of the query's, all where they are few. */
  #token(token: number): void {
    const { segment } = this
    const born = this.#born
    const { wayRows } = segment.columns
    const start = segment.way(token)
    const end = segment.end
    if (end - start <= MOST_OF_RARE) {
      this.#list(wayRows, start, end)
      return
    }
    this.#near ??= this.#nextYears()
    const most = born.month > 0 ? MOST_OF_TOKEN_YEAR : MOST_LONE
    for (let i = 0; i < this.#near.length; i += 2) {
      const [from, to] = this.#within(wayRows, start, end, this.#near[i] ?? 0, this.#near[i + 1] ?? 0)
      if (to - from <= most) this.#list(wayRows, from, to)
    }
    if (born.day === 0 || born.month === 0) return
    this.#far ??= this.#daysIn(FAR_YEARS, this.#daysOfMonths())
    for (let i = 0; i < this.#far.length; i += 2) {
      const [from, to] = this.#within(wayRows, start, end, this.#far[i] ?? 0, this.#far[i + 1] ?? 0)
      this.#list(wayRows, from, Math.min(to, from + MOST_OF_TOKEN))
    }
  }

  /** Adds the rows of a range of dates, both packed, where there are any. */
  #addRange(from: number, to: number, ranges: number[]): void {
    const low = this.segment.datesFrom(from, to)
    if (this.segment.end > low) ranges.push(low, this.segment.end)
  }

  /** Rows of the day of birth in other years. */
  #daysIn(years: readonly number[], ranges: number[]): number[] {
    const { year, month, day } = this.#born
    for (const each of years) {
      if (year + each < 1) continue
      const date = packDate((year + each) * 10_000 + month * 100 + day)
      this.#addRange(date, date, ranges)
    }
    return ranges
  }

  /** Rows of the day in every month of the very year. */
  #daysOfMonths(): number[] {
    const { year, day } = this.#born
    const ranges: number[] = []
    for (let month = 1; month <= 12; month++) {
      const date = packDate(year * 10_000 + month * 100 + day)
      this.#addRange(date, date, ranges)
    }
    return ranges
  }

  #nextYears(): number[] {
    const ranges: number[] = []
    for (const each of NEXT_YEARS) {
      const year = (this.#born.year + each) * 10_000
      this.#addRange(packDate(year), packDate(year + 1231), ranges)
    }
    return ranges
  }

  #lone(token: number): void {
    const { segment } = this
    const from = segment.way(token)
    this.#list(segment.columns.wayRows, from, Math.min(segment.end, from + MOST_LONE))
  }

  readonly #range: [number, number] = [0, 0]

  /** The part of an ascending list whose rows lie from `low` up to `high`. */
  #within(rows: Uint32Array, from: number, to: number, low: number, high: number): readonly [number, number] {
    this.#range[0] = evenBound(rows, from, to, low, this.segment.names)
    this.#range[1] = nearBound(rows, this.#range[0], to, high)
    return this.#range
  }
}

/** Years in which the day of the year is looked up, ascending: near ones, and those a digit away. */
const DAY_YEARS = [
  ...[-40, -30, -20, -10, -9, -8, -7, -6, -5, -4, -3, -2, -1],
  ...[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 20, 30, 40],
]

/** The year asked for and those beside it. */
const NEXT_YEARS = [0, 1, -1]
/** Years beyond those: a slip of the decade's digit (1947 for 1997), or a century off. */
const FAR_YEARS = [-100, -90, -80, -70, -60, -50, 50, 60, 70, 80, 90, 100]

/** Keys of surname and given name together, likeliest first, and whether both are the query's own tokens. */
function pairsOf(
  surnames: readonly (readonly number[])[],
  given: readonly (readonly number[])[],
  most: number,
): ReadonlyMap<number, boolean> {
  const pairs = new Map<number, boolean>()
  // By depth, so that the bound cuts off far neighbours of every token rather than all of the last ones.
  for (let depth = 0; depth < MOST_DEEP; depth++) {
    for (const a of surnames) {
      for (const b of given) {
        if (a !== b) for (let i = 0; i <= depth; i++) addPair(pairs, a[i], b[depth - i], depth === 0)
        if (pairs.size >= most) return pairs
      }
    }
  }
  return pairs
}

function addPair(
  pairs: Map<number, boolean>,
  a: number | undefined,
  b: number | undefined,
  own: boolean,
): void {
  if (a === undefined || b === undefined) return
  const key = pairKey(a, b)
  if (!pairs.has(key)) pairs.set(key, own)
}
