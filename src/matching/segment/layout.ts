/**
 * How a name on file lies in memory: four words of 32 bits.
 *
 *   0  first surname (24 bits), place of birth (low 8 bits)
 *   1  second surname, place (1 bit), sex (2), flags (4), low bit of the date
 *   2  first given name, 8 bits of the date
 *   3  second given name, 8 bits of the date
 *
 * Tokens are numbers of the segment's own list, 0 for none; particles are left out where there is another token. A name
 * that doesn't fit (more tokens, particles, a suffix) has all of them in the overflow. A date is year - 1850 (8 bits),
 * month (4), day (5). Rows are sorted by date, so that a date is a range of rows.
 */
export const STRIDE = 4
export const TOKEN = 0xffffff
/** The row is a further name of the person of the row before. */
export const ROW_ALIAS = 1
/** The person has further dates of birth. */
export const ROW_DATED = 2
/** All tokens, and the suffix, are in the overflow. */
export const ROW_OVER = 4
/** More names than the row holds: the first look needs the overflow, too. */
export const ROW_MANY = 8

const FIRST_YEAR = 1850
export const LAST_DAY = 1 << 17

/** CCYYMMDD as a number of 17 bits that sorts as it does. */
export function packDate(dob: number): number {
  const year = Math.floor(dob / 10_000) - FIRST_YEAR
  return (Math.max(0, Math.min(255, year)) << 9) | (Math.floor((dob % 10_000) / 100) << 5) | (dob % 100)
}

export const yearIn = (packed: number): number => (packed >>> 9) + FIRST_YEAR
export const monthIn = (packed: number): number => (packed >>> 5) & 15
export const dayIn = (packed: number): number => packed & 31
export const unpackDate = (packed: number): number =>
  yearIn(packed) * 10_000 + monthIn(packed) * 100 + dayIn(packed)

/** The date of a row. */
export const dateOf = (rows: Uint32Array, at: number): number =>
  ((rows[at + 1] ?? 0) >>> 31) | (((rows[at + 2] ?? 0) >>> 24) << 1) | (((rows[at + 3] ?? 0) >>> 24) << 9)

/** Where sex and flags are in the second word of a row: six bits. */
export const ROW_BITS = 25
export const flagsOf = (rows: Uint32Array, at: number): number => ((rows[at + 1] ?? 0) >>> 27) & 15
export const sexOf = (rows: Uint32Array, at: number): number => ((rows[at + 1] ?? 0) >>> 25) & 3
export const placeOf = (rows: Uint32Array, at: number): number =>
  ((rows[at] ?? 0) >>> 24) | ((((rows[at + 1] ?? 0) >>> 24) & 1) << 8)

/** Places beyond have no number in a row. */
export const MOST_PLACES = 512

/** Puts the rest beside a row's tokens, which are in place. */
export function putRow(
  rows: Uint32Array,
  at: number,
  place: number,
  sex: number,
  flags: number,
  date: number,
): void {
  rows[at] = ((rows[at] ?? 0) | ((place & 255) << 24)) >>> 0
  rows[at + 1] =
    ((rows[at + 1] ?? 0) | ((place >>> 8) << 24) | (sex << 25) | (flags << 27) | ((date & 1) << 31)) >>> 0
  rows[at + 2] = ((rows[at + 2] ?? 0) | (((date >>> 1) & 255) << 24)) >>> 0
  rows[at + 3] = ((rows[at + 3] ?? 0) | (((date >>> 9) & 255) << 24)) >>> 0
}

/** The columns of a segment. All but `tokens` are of 32-bit numbers. */
export interface Columns {
  readonly rows: Uint32Array
  /** Dates in use, sorted, and the first row of each (one more for the end). */
  readonly dates: Uint32Array
  readonly dateRow: Uint32Array
  /** Persons before each 64 rows. */
  readonly ranks: Uint32Array
  /** By person in order of rows: A-number, and line of the segment's records. */
  readonly arns: Uint32Array
  readonly lines: Uint32Array
  /** Persons in order of their A-numbers. */
  readonly arnOrder: Uint32Array
  /** A-numbers of persons that the segment takes out, sorted. */
  readonly removed: Uint32Array
  /** Rows with an overflow, where it begins, and the words: shape, then tokens. */
  readonly overRow: Uint32Array
  readonly overStart: Uint32Array
  readonly over: Uint32Array
  /** Further dates: date and first row of the person, by date; then the same by row. */
  readonly altDate: Uint32Array
  readonly altRow: Uint32Array
  readonly altDateByRow: Uint32Array
  readonly altRowByRow: Uint32Array
  /** Rows by a token's key of sound: keys sorted, starts, rows. */
  readonly wayKeys: Int32Array
  readonly wayStart: Uint32Array
  readonly wayRows: Uint32Array
  /** Rows by pair of keys of sound, in buckets. */
  readonly pairStart: Uint32Array
  readonly pairRows: Uint32Array
  /** Identifiers: hash and first row of the person in turn, by hash. */
  readonly ids: Uint32Array
  /** How often each token is a surname and a given name. */
  readonly surnames: Uint32Array
  readonly given: Uint32Array
  /** Tokens, each ended by a line feed; the first has number 1. */
  readonly tokens: Uint8Array
}

export const NAMES = [
  'rows',
  'dates',
  'dateRow',
  'ranks',
  'arns',
  'lines',
  'arnOrder',
  'removed',
  'overRow',
  'overStart',
  'over',
  'altDate',
  'altRow',
  'altDateByRow',
  'altRowByRow',
  'wayKeys',
  'wayStart',
  'wayRows',
  'pairStart',
  'pairRows',
  'ids',
  'surnames',
  'given',
  'tokens',
] as const satisfies readonly (keyof Columns)[]

/** What goes with the columns and is small. */
export interface SegmentMeta {
  readonly persons: number
  readonly names: number
  readonly places: readonly string[]
  readonly placeCount: readonly number[]
  readonly suffixes: readonly string[]
  /** By year - 1850, and by month * 100 + day. */
  readonly years: readonly number[]
  readonly days: readonly number[]
}

/** A segment as built or read. */
export interface SegmentData {
  readonly meta: SegmentMeta
  readonly columns: Columns
}
