import { isCalendarDate } from '../time/index.js'
import type { Arn, NcicEntry, PersonName, PersonRecord, RecordLine } from './types.js'

export type ParsedLine = { readonly record: RecordLine } | { readonly fault: string }

/** Nobody on file was born before; a year below it is a slip. */
const EARLIEST_YEAR = 1850
const LATEST_YEAR = new Date().getUTCFullYear()

/** Thrown and caught in this file only: a reason on its way to the caller. */
class Reject {
  constructor(readonly reason: string) {}
}

type Fields = { readonly [key: string]: unknown }

/**
 * Reads one line of a records file (contract, section 7). Written by hand: a schema library costs several times
 * the JSON parser at a million lines.
 */
export function parseRecordLine(text: string): ParsedLine {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    return { fault: plain(`not JSON: ${(error as Error).message}`) }
  }
  try {
    return { record: toLine(fieldsOf(value, 'the line')) }
  } catch (error) {
    if (error instanceof Reject) return { fault: plain(error.reason) }
    throw error
  }
}

const LONGEST_REASON = 200

/** A reason repeats words of the line: they must not steer a terminal, nor fill it. */
function plain(reason: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it is about
  const text = reason.replace(/[\x00-\x1f\x7f-\x9f\u2028\u2029]+/g, ' ')
  return text.length > LONGEST_REASON ? `${text.slice(0, LONGEST_REASON)}...` : text
}

/** A-number as nine digits, or undefined: 7 to 9 digits, with or without `A` before them. */
export function normaliseArn(text: string): Arn | undefined {
  const match = /^[Aa]?[- ]?(\d{7,9})$/.exec(text.trim())
  return match?.[1] === undefined ? undefined : (match[1].padStart(9, '0') as Arn)
}

const PERSON_KEYS = keys(
  'arn names dob altDobs sex pob citizenship fbi sid oln ols soc passport status admitted interest ncic',
)
const REMOVAL_KEYS = keys('arn removed')
const NAME_KEYS = keys('last first middle suffix type')
const PASSPORT_KEYS = keys('number country')
const STATUS_KEYS = keys('class code since')
const ADMITTED_KEYS = keys('date port')
const NCIC_KEYS = keys('nic category offense entered')
const CATEGORIES: ReadonlySet<unknown> = new Set(['DEPORTED FELON', 'ABSCONDER', 'NSEERS'])
const NOTHING: Fields = {}

function keys(list: string): ReadonlySet<string> {
  return new Set(list.split(' '))
}

function toLine(fields: Fields): RecordLine {
  if (fields.removed !== undefined) {
    onlyKeys(fields, REMOVAL_KEYS, '')
    if (fields.removed !== true) throw new Reject('removed: must be true where it is given')
    return { arn: arnOf(fields.arn), removed: true }
  }
  onlyKeys(fields, PERSON_KEYS, '')
  const arn = arnOf(fields.arn)
  const passport = part(fields.passport, 'passport', PASSPORT_KEYS)
  const status = part(fields.status, 'status', STATUS_KEYS)
  const admitted = part(fields.admitted, 'admitted', ADMITTED_KEYS)
  return {
    arn,
    names: namesOf(fields.names),
    dob: birthDate(fields.dob, 'dob'),
    altDobs: list(fields.altDobs, 'altDobs').map((each, i) => birthDate(each, `altDobs.${i}`)),
    sex: sexOf(fields.sex),
    pob: string(fields.pob, 'pob'),
    citizenship: string(fields.citizenship, 'citizenship'),
    fbi: string(fields.fbi, 'fbi'),
    sid: string(fields.sid, 'sid'),
    oln: string(fields.oln, 'oln'),
    ols: string(fields.ols, 'ols'),
    soc: string(fields.soc, 'soc'),
    passport: {
      number: string(passport.number, 'passport.number'),
      country: string(passport.country, 'passport.country'),
    },
    status: {
      class: string(status.class, 'status.class'),
      code: string(status.code, 'status.code'),
      since: pastDate(status.since, 'status.since'),
    },
    admitted: {
      date: pastDate(admitted.date, 'admitted.date'),
      port: string(admitted.port, 'admitted.port'),
    },
    interest: boolean(fields.interest, 'interest'),
    ncic: list(fields.ncic, 'ncic').map(ncicOf),
  }
}

function arnOf(value: unknown): Arn {
  if (value === undefined) throw new Reject('arn: missing')
  const arn = typeof value === 'string' ? normaliseArn(value) : undefined
  if (arn === undefined)
    throw new Reject('arn: must be a string of 7 to 9 digits, with or without A before them')
  return arn
}

function namesOf(value: unknown): PersonName[] {
  const names = list(value, 'names')
  if (names.length === 0) throw new Reject('names: at least one name is needed')
  return names.map((each, i) => {
    const at = `names.${i}`
    const name = part(each, at, NAME_KEYS)
    const last = string(name.last, `${at}.last`)
    if (last.trim() === '') throw new Reject(`${at}.last: missing`)
    return {
      last,
      first: string(name.first, `${at}.first`),
      middle: string(name.middle, `${at}.middle`),
      suffix: string(name.suffix, `${at}.suffix`),
      type: nameType(name.type, at, i),
    }
  })
}

/** Without a type the first name of a person is the primary one. */
function nameType(value: unknown, at: string, i: number): PersonName['type'] {
  if (value === 'primary' || value === 'alias') return value
  if (value === undefined || value === '') return i === 0 ? 'primary' : 'alias'
  throw new Reject(`${at}.type: must be primary or alias`)
}

function ncicOf(value: unknown, i: number): NcicEntry {
  const at = `ncic.${i}`
  const entry = part(value, at, NCIC_KEYS)
  const { category } = entry
  if (!CATEGORIES.has(category)) {
    throw new Reject(`${at}.category: must be one of ${[...CATEGORIES].join(', ')}`)
  }
  return {
    nic: string(entry.nic, `${at}.nic`),
    category: category as NcicEntry['category'],
    offense: string(entry.offense, `${at}.offense`),
    entered: pastDate(entry.entered, `${at}.entered`),
  }
}

function sexOf(value: unknown): PersonRecord['sex'] {
  if (value === undefined || value === '') return ''
  if (value === 'M' || value === 'F' || value === 'U') return value
  throw new Reject('sex: must be M, F, U or empty')
}

function birthDate(value: unknown, at: string): string {
  if (value === undefined) throw new Reject(`${at}: missing`)
  if (typeof value !== 'string' || !isPartialDate(value)) {
    throw new Reject(
      `${at}: must be a calendar date CCYYMMDD (CCYYMM00 and CCYY0000 where parts are unknown)`,
    )
  }
  const year = Number(value.slice(0, 4))
  if (!isBirthYear(year)) throw new Reject(`${at}: the year ${year} can't be right`)
  return value
}

/** Whether somebody on file may be born in a year. */
export const isBirthYear = (year: number): boolean => year >= EARLIEST_YEAR && year <= LATEST_YEAR

/** A date that may be empty, of a status, an admission or an entry. */
function pastDate(value: unknown, at: string): string {
  const text = string(value, at)
  if (text !== '' && !isPartialDate(text))
    throw new Reject(`${at}: must be a calendar date CCYYMMDD or empty`)
  return text
}

function isPartialDate(text: string): boolean {
  return /^\d{8}$/.test(text) && isPartialDay(Number(text))
}

/** Whether CCYYMMDD, as a number, is a day, or one whose day, or month and day, isn't known. */
export function isPartialDay(date: number): boolean {
  const [year, month, day] = [Math.floor(date / 10_000), Math.floor(date / 100) % 100, date % 100]
  if (day !== 0) return isCalendarDate(year, month, day)
  return year > 0 && month <= 12
}

function string(value: unknown, at: string): string {
  if (typeof value === 'string') return value
  if (value === undefined) return ''
  throw new Reject(`${at}: must be a string`)
}

function boolean(value: unknown, at: string): boolean {
  if (value === undefined) return false
  if (typeof value === 'boolean') return value
  throw new Reject(`${at}: must be true or false`)
}

function list(value: unknown, at: string): unknown[] {
  if (value === undefined) return []
  if (Array.isArray(value)) return value
  throw new Reject(`${at}: must be a list`)
}

function part(value: unknown, at: string, known: ReadonlySet<string>): Fields {
  if (value === undefined) return NOTHING
  const fields = fieldsOf(value, at)
  onlyKeys(fields, known, `${at}.`)
  return fields
}

function fieldsOf(value: unknown, at: string): Fields {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields
  throw new Reject(`${at}: must be an object`)
}

function onlyKeys(fields: Fields, known: ReadonlySet<string>, prefix: string): void {
  for (const key in fields) if (!known.has(key)) throw new Reject(`unknown key ${prefix}${key}`)
}
