/** The ways from a query to the names on file that it may mean. Each is bounded, none reads a share of the file. */
import { type DateParts, dateNumber } from './dates.js'
import { GIVEN, SURNAME } from './dictionary.js'
import { dateKey, type People, pairKey, pairYearKey, tokenDayKey, tokenKey, tokenMonthKey } from './people.js'
import type { NameScorer } from './scorer.js'

/** Rows looked at for one query, whatever it holds. */
const MOST_ROWS = 3000
/** Rows under one date of birth: one in 25,000, but one in 25 where 1 January stands for "unknown". */
const MOST_OF_DATE = 2000
/** A pair of names that is rarer is read whole, a commoner one only near the date of birth. */
const MOST_OF_PAIR = 256
const MOST_OF_YEAR = 128
const MOST_OF_TOKEN = 64
const MOST_LONE = 512
/** Years around the one asked for; beyond them a slip of one digit is likelier than a wrong guess. */
const YEARS = [0, 1, -1, 2, -2, 10, -10, 3, -3, 5, -5, 9, -9, 20, -20, 30, -30]
const MOST_PAIRS = 24
/** Pairs of neighbours: two errors in the name and one in the date are rare, and there are many such pairs. */
const MOST_OF_NEAR_PAIR = 48
const NEAR_YEARS = [0, 1, -1, 10, -10]

/** Calls `take` once for each row worth a look; `take` says whether it was new. */
export function findRows(
  people: People,
  scorer: NameScorer,
  born: DateParts,
  take: (row: number) => boolean,
): void {
  let left = MOST_ROWS
  const visit = (row: number): boolean => {
    if (take(row)) left--
    return left > 0
  }
  const { ways } = people
  const walk = (key: number, limit: number): boolean => ways.visit(key, Math.min(limit, left), visit)
  // A part of a long chain is a part of the answer by chance only; other ways lead to those rows.
  const walkRare = (key: number): void => {
    if (ways.size(key) <= MOST_OF_TOKEN) walk(key, MOST_OF_TOKEN)
  }
  const surnames = scorer.keys(SURNAME)
  const given = scorer.keys(GIVEN)
  const full = born.year > 0 && born.month > 0 && born.day > 0
  const pairs = pairsOf(surnames, given)
  if (full) walkDates(born, walk)
  for (const [pair, own] of pairs) {
    const most = own ? MOST_OF_PAIR : MOST_OF_NEAR_PAIR
    if (born.year === 0 || ways.size(pair) <= most) {
      walk(pair, most)
      continue
    }
    for (const years of own ? YEARS : NEAR_YEARS) {
      walk(pairYearKey(pair, born.year + years), own ? MOST_OF_YEAR : MOST_OF_NEAR_PAIR)
    }
  }
  const tokens = [...surnames, ...given].flatMap((keys) => keys.slice(0, 1))
  if (full) {
    for (const bones of tokens) {
      walkRare(tokenMonthKey(bones, dateNumber(born)))
      walkRare(tokenDayKey(bones, dateNumber(born)))
    }
  }
  if (!full || pairs.size === 0) for (const bones of tokens) walk(tokenKey(bones), MOST_LONE)
}

function walkDates(born: DateParts, walk: (key: number, limit: number) => boolean): void {
  const { year, month, day } = born
  walk(dateKey(dateNumber(born)), MOST_OF_DATE)
  if (day <= 12 && day !== month) walk(dateKey(dateNumber({ year, month: day, day: month })), MOST_OF_DATE)
  walk(dateKey(dateNumber({ year, month, day: 0 })), MOST_OF_TOKEN)
  walk(dateKey(dateNumber({ year, month: 0, day: 0 })), MOST_OF_TOKEN)
}

/** Keys of surname and given name together, likeliest first, and whether both are the query's own tokens. */
function pairsOf(
  surnames: readonly (readonly number[])[],
  given: readonly (readonly number[])[],
): ReadonlyMap<number, boolean> {
  const pairs = new Map<number, boolean>()
  // By depth, so that the bound cuts off far neighbours of every token rather than all of the last ones.
  for (let depth = 0; depth < 6; depth++) {
    for (const a of surnames) {
      for (const b of given) {
        if (a !== b) for (let i = 0; i <= depth; i++) addPair(pairs, a[i], b[depth - i], depth === 0)
        if (pairs.size >= MOST_PAIRS) return pairs
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
