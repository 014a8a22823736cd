/** What the scorer reads of names on file, and the keys under which names are found. */
import type { PersonRecord } from '../records/types.js'
import { hashText, mix } from './columns.js'
import type { Dictionary } from './dictionary.js'

/** Tokens of each part that make keys; a name of more is found by these. */
export const KEYED = 3
/** NCIC codes for a place that isn't known or has no code of its own: two who have one have nothing in common. */
export const NOWHERE: ReadonlySet<string> = new Set(['XX', 'YY'])
export const SEXES: readonly string[] = ['', 'M', 'F', 'U']

/** What kind of key it is; the number keeps them apart. */
const WAY = { token: 2, identifier: 6 } as const

export const tokenKey = (bones: number): number => mix(bones, WAY.token)
/** Two tokens in whichever order. */
export const pairKey = (a: number, b: number): number => (a < b ? mix(a, b) : mix(b, a))
export const identifierKey = (kind: string, value: string): number =>
  keyOfHash(hashText(value, identifierSeed(kind)))
/** What the hash of an identifier begins with, and its key, for whoever hashes bytes. */
export const identifierSeed = (kind: string): number => hashText(kind)
export const keyOfHash = (hash: number): number => mix(WAY.identifier, hash)

/** Flags of a row's shape. */
export const ALIAS = 1 << 16
export const SUFFIXED = 1 << 17
/** The person has further dates of birth: looking them up for every row would cost more than scoring its name. */
export const DATED = 1 << 18

/** A column of numbers. */
export interface Cells {
  readonly data: Int32Array
  readonly length: number
}

/** The names that a query's scorer reads, and the counts of the whole file. */
export interface People {
  readonly dictionary: Dictionary
  readonly dob: Cells
  readonly sex: Cells
  readonly place: Cells
  /** Further dates of birth, of the few who have them. */
  readonly otherDobs: ReadonlyMap<number, readonly number[]>
  /** Its length is the names on file. */
  readonly rowPerson: Cells
  readonly rowStart: Cells
  /** Surname tokens, given tokens << 8, {@link ALIAS}, {@link SUFFIXED}, {@link DATED}. */
  readonly rowShape: Cells
  readonly suffix: ReadonlyMap<number, string>
  readonly tokens: Cells
  /** How many names on file are under a key. */
  readonly ways: { size(key: number): number }
  readonly places: readonly string[]
  readonly placeCount: Cells
  readonly years: Int32Array
  readonly days: Int32Array
  /** Persons on file. */
  readonly size: number
  /** The number of a place that somebody on file has; 0 for none, -1 for a place that nobody has. */
  findPlace(code: string): number
  sexOf(person: number): string
  /** Tokens of a row: surname, then given. */
  rowTokens(row: number): { readonly surname: string[]; readonly given: string[] }
}

/** Letters and digits of a number, upper case, without leading zeros: how two of them are compared. */
export function plainNumber(text: string): string {
  return text
    .toUpperCase()
    .replace(/[^A-Z0-9]/g, '')
    .replace(/^0+(?=.)/, '')
}

/** The identifiers of a record under their kinds. A licence counts only with its state. */
export function identifiersOf(record: PersonRecord): [string, string][] {
  const found: [string, string][] = [
    ['ARN', plainNumber(record.arn)],
    ['FBI', plainNumber(record.fbi)],
    ['SID', plainNumber(record.sid)],
    ['SOC', plainNumber(record.soc)],
    ['PPN', plainNumber(record.passport.number)],
    ['OLN', record.oln === '' ? '' : `${plainNumber(record.oln)}/${record.ols.toUpperCase()}`],
    ...record.ncic.map(({ nic }): [string, string] => ['NIC', plainNumber(nic)]),
  ]
  return found.filter(([, value]) => value !== '')
}
