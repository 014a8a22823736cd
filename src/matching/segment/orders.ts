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

/** Places of the numbers, in order of the numbers. */
export function arnOrderOf(arns: Uint32Array): Uint32Array {
  // 30 bits of A-number leave 22 for the place, and sorting doubles is the fastest there is.
  if (arns.length > 2 ** 22) return radixOrder(arns)
  const pairs = Float64Array.from(arns, (arn, i) => arn * 2 ** 22 + i)
  pairs.sort()
  return Uint32Array.from(pairs, (each) => each % 2 ** 22)
}

/** Two passes of a counting sort over 16 bits each. */
function radixOrder(keys: Uint32Array): Uint32Array {
  let order = Uint32Array.from(keys, (_, i) => i)
  for (const shift of [0, 16]) {
    const starts = new Uint32Array((1 << 16) + 1)
    for (let i = 0; i < keys.length; i++) {
      const digit = (((keys[i] ?? 0) >>> shift) & 0xffff) + 1
      starts[digit] = (starts[digit] ?? 0) + 1
    }
    for (let i = 1; i < starts.length; i++) starts[i] = (starts[i] ?? 0) + (starts[i - 1] ?? 0)
    const next = new Uint32Array(keys.length)
    for (let i = 0; i < order.length; i++) {
      const each = order[i] ?? 0
      const digit = ((keys[each] ?? 0) >>> shift) & 0xffff
      const at = starts[digit] ?? 0
      next[at] = each
      starts[digit] = at + 1
    }
    order = next
  }
  return order
}

export const sortedNumbers = (numbers: Iterable<number>): Uint32Array => Uint32Array.from(numbers).sort()

/** Pairs of hash and row, by hash. */
export function sortedIds(pairs: ArrayLike<number>): Uint32Array {
  return sortedPairs(pairs.length / 2, (i) => [(pairs[i * 2] ?? 0) >>> 0, pairs[i * 2 + 1] ?? 0])
}

/** Further dates by date and by row, from date and row in turn. */
export function sortedAlternates(
  pairs: readonly number[],
): Pick<Columns, 'altDate' | 'altRow' | 'altDateByRow' | 'altRowByRow'> {
  const count = pairs.length / 2
  const byDate = sortedPairs(count, (i) => [pairs[i * 2] ?? 0, pairs[i * 2 + 1] ?? 0])
  const byRow = sortedPairs(count, (i) => [pairs[i * 2 + 1] ?? 0, pairs[i * 2] ?? 0])
  const every = (list: Uint32Array, odd: 0 | 1): Uint32Array =>
    Uint32Array.from({ length: count }, (_, i) => list[i * 2 + odd] ?? 0)
  return {
    altDate: every(byDate, 0),
    altRow: every(byDate, 1),
    altRowByRow: every(byRow, 0),
    altDateByRow: every(byRow, 1),
  }
}

/** Pairs by their first number, then the second. */
export function sortedPairs(count: number, pair: (i: number) => [number, number]): Uint32Array {
  const keys = new BigUint64Array(count)
  const words = new Uint32Array(keys.buffer)
  for (let i = 0; i < count; i++) {
    const [high, low] = pair(i)
    words[i * 2 + 1] = high
    words[i * 2] = low
  }
  keys.sort()
  for (let i = 0; i < words.length; i += 2) {
    const low = words[i] ?? 0
    words[i] = words[i + 1] ?? 0
    words[i + 1] = low
  }
  return words
}
