/** A record of one synthetic person, as a records file (docs/records-file.md) carries it. */
export interface PersonRecord {
  /** Alien registration number: nine digits, no `A`. The record's key. */
  readonly arn: Arn
  readonly names: readonly PersonName[]
  /** CCYYMMDD; CCYYMM00 and CCYY0000 where the day or the month isn't known. */
  readonly dob: string
  readonly altDobs: readonly string[]
  readonly sex: '' | 'M' | 'F' | 'U'
  /** NCIC place-of-birth code, or empty. */
  readonly pob: string
  readonly citizenship: string
  readonly fbi: string
  readonly sid: string
  readonly oln: string
  readonly ols: string
  readonly soc: string
  readonly passport: { readonly number: string; readonly country: string }
  readonly status: { readonly class: string; readonly code: string; readonly since: string }
  readonly admitted: { readonly date: string; readonly port: string }
  /** Whether the agency has an interest in the person (`ICE INTEREST` of an IAR). */
  readonly interest: boolean
  readonly ncic: readonly NcicEntry[]
}

export interface PersonName {
  readonly last: string
  readonly first: string
  readonly middle: string
  readonly suffix: string
  readonly type: 'primary' | 'alias'
}

export interface NcicEntry {
  readonly nic: string
  readonly category: 'DEPORTED FELON' | 'ABSCONDER' | 'NSEERS'
  readonly offense: string
  /** CCYYMMDD. */
  readonly entered: string
}

/** Nine digits, zero-padded, without the leading `A`. */
export type Arn = string & { readonly __brand: 'Arn' }

/** A line that takes a record out of the file. */
export interface Removal {
  readonly arn: Arn
  readonly removed: true
}

export type RecordLine = PersonRecord | Removal

/** Why a line of a records file was not loaded. */
export interface LineFault {
  /** 1-based line of the file. */
  readonly line: number
  readonly reason: string
}
