/** Orders and directories of a segment, worked out from its columns. */
import { type Columns, dateOf, flagsOf, ROW_ALIAS, STRIDE } from './layout.js'

/** Dates in use and the first row of each. */
export function datesOf(rows: Uint32Array): Pick<Columns, 'dates' | 'dateRow'> {
  const [dates, starts]: [number[], number[]] = [[], []]
  let last = -1
  for (let at = 0; at < rows.length; at += STRIDE) {
    const date = dateOf(rows, at)
    if (date === last) continue
    dates.push(date)
    starts.push(at / STRIDE)
    last = date
  }
  return { dates: Uint32Array.from(dates), dateRow: Uint32Array.from([...starts, rows.length / STRIDE]) }
}

/** Persons before each 64 rows. */
export function ranksOf(rows: Uint32Array): Uint32Array {
  const names = rows.length / STRIDE
  const ranks = new Uint32Array(Math.ceil(names / 64) + 1)
  let persons = 0
  for (let row = 0; row < names; row++) {
    if ((row & 63) === 0) ranks[row >>> 6] = persons
    if ((flagsOf(rows, row * STRIDE) & ROW_ALIAS) === 0) persons++
  }
  ranks[ranks.length - 1] = persons
  return ranks
}

const DIGIT = 11
const DIGITS = 1 << DIGIT

/** Places of the numbers, in order of the numbers and where these are the same of the places: a radix sort in three passes. */
export function arnOrderOf(arns: Uint32Array): Uint32Array {
  let order = Uint32Array.from(arns, (_, i) => i)
  let next = new Uint32Array(arns.length)
  const starts = new Uint32Array(DIGITS + 1)
  for (let shift = 0; shift < 32; shift += DIGIT) {
    starts.fill(0)
    for (let i = 0; i < arns.length; i++) {
      const digit = (((arns[i] ?? 0) >>> shift) & (DIGITS - 1)) + 1
      starts[digit] = (starts[digit] ?? 0) + 1
    }
    for (let i = 1; i < DIGITS; i++) starts[i] = (starts[i] ?? 0) + (starts[i - 1] ?? 0)
    for (let i = 0; i < order.length; i++) {
      const each = order[i] ?? 0
      const digit = ((arns[each] ?? 0) >>> shift) & (DIGITS - 1)
      const at = starts[digit] ?? 0
      next[at] = each
      starts[digit] = at + 1
    }
    const done = next
    next = order
    order = done
  }
  return order
}

export const sortedNumbers = (numbers: Iterable<number>): Uint32Array => Uint32Array.from(numbers).sort()

/** Pairs of hash and row in turn, by hash and then row. */
export function sortedIds(pairs: Int32Array | Uint32Array): Uint32Array {
  return sortedPairs(pairs, 0)
}

/** Further dates by date and by row, from date and row in turn. */
export function sortedAlternates(
  pairs: Int32Array,
): Pick<Columns, 'altDate' | 'altRow' | 'altDateByRow' | 'altRowByRow'> {
  const count = pairs.length / 2
  const byDate = sortedPairs(pairs, 0)
  const byRow = sortedPairs(pairs, 1)
  const every = (list: Uint32Array, odd: 0 | 1): Uint32Array =>
    Uint32Array.from({ length: count }, (_, i) => list[i * 2 + odd] ?? 0)
  return {
    altDate: every(byDate, 0),
    altRow: every(byDate, 1),
    altRowByRow: every(byRow, 0),
    altDateByRow: every(byRow, 1),
  }
}

/**
 * Pairs in turn by one of their numbers, then the other.
 * @param key which of the two; it comes out first.
 */
export function sortedPairs(pairs: Int32Array | Uint32Array, key: 0 | 1): Uint32Array {
  // The machine's numbers are little-endian, as the files are: the higher half is the second.
  const words = new Uint32Array(pairs.length)
  for (let i = 0; i < words.length; i += 2) {
    words[i + 1] = pairs[i + key] ?? 0
    words[i] = pairs[i + 1 - key] ?? 0
  }
  new BigUint64Array(words.buffer).sort()
  for (let i = 0; i < words.length; i += 2) {
    const low = words[i] ?? 0
    words[i] = words[i + 1] ?? 0
    words[i + 1] = low
  }
  return words
}
