/** Persons and their names in typed arrays, and the ways to find them. */
import type { PersonRecord } from '../records/types.js'
import { Chains, Column, hashText, mix } from './columns.js'
import { type Dictionary, GIVEN, SURNAME } from './dictionary.js'
import type { NameParts } from './names.js'

/** Tokens of each part that make keys; a name of more is found by these. */
const KEYED = 3
/** NCIC codes for a place that isn't known or has no code of its own: two who have one have nothing in common. */
const NOWHERE = new Set(['XX', 'YY'])
const SEXES = ['', 'M', 'F', 'U']

/** What kind of key a chain is under; the number keeps them apart. */
const WAY = {
  date: 1,
  token: 2,
  tokenMonth: 3,
  tokenDay: 4,
  pairYear: 5,
  identifier: 6,
  fuzzyDay: 7,
} as const

export const dateKey = (dob: number): number => mix(WAY.date, dob)
export const tokenKey = (bones: number): number => mix(bones, WAY.token)
/** A token and the year and month of birth. */
export const tokenMonthKey = (bones: number, dob: number): number =>
  mix(mix(bones, WAY.tokenMonth), Math.floor(dob / 100))
/** A token and the day and month of birth, whatever the year. */
export const tokenDayKey = (bones: number, dob: number): number => mix(mix(bones, WAY.tokenDay), dob % 10_000)
/** Two tokens in whichever order. */
export const pairKey = (a: number, b: number): number => (a < b ? mix(a, b) : mix(b, a))
export const pairYearKey = (pair: number, year: number): number => mix(mix(pair, WAY.pairYear), year)
export const identifierKey = (kind: string, value: string): number =>
  mix(WAY.identifier, hashText(value, hashText(kind)))

/** Flags of a row's shape. */
export const ALIAS = 1 << 16
export const SUFFIXED = 1 << 17
/** The person has further dates of birth: looking them up for every row would cost more than scoring its name. */
export const DATED = 1 << 18

export class People {
  readonly arn = new Column()
  readonly dob = new Column()
  readonly sex = new Column()
  readonly place = new Column()
  readonly alive = new Column()
  readonly firstRow = new Column()
  readonly rowCount = new Column()
  /** Further dates of birth, of the few who have them. */
  readonly otherDobs = new Map<number, readonly number[]>()

  readonly rowPerson = new Column()
  readonly rowStart = new Column()
  /** Surname tokens, given tokens << 8, {@link ALIAS}, {@link SUFFIXED}, {@link DATED}. */
  readonly rowShape = new Column()
  readonly suffix = new Map<number, string>()
  readonly tokens = new Column()

  readonly ways = new Chains()
  readonly identifiers = new Chains()
  readonly places: string[] = ['']
  readonly placeCount = new Column()
  readonly years = new Int32Array(3000)
  readonly days = new Int32Array(1300)
  #placeIds = new Map<string, number>([['', 0], ...[...NOWHERE].map((code): [string, number] => [code, 0])])
  #living = 0
  #livingRows = 0

  constructor(readonly dictionary: Dictionary) {
    this.placeCount.push(0)
  }

  /** Persons on file. */
  get size(): number {
    return this.#living
  }

  /** Names on file, aliases counted. */
  get names(): number {
    return this.#livingRows
  }

  add(record: PersonRecord, names: readonly NameParts[]): number {
    const dob = Number(record.dob)
    const person = this.arn.push(Number(record.arn))
    this.dob.push(dob)
    this.sex.push(Math.max(0, SEXES.indexOf(record.sex)))
    const place = this.placeOf(record.pob)
    this.place.push(place)
    this.alive.push(1)
    this.firstRow.push(this.rowPerson.length)
    this.rowCount.push(names.length)
    const others = record.altDobs.map(Number).filter((each) => each !== dob)
    if (others.length > 0) this.otherDobs.set(person, others)
    const dobs = [dob, ...others]
    names.forEach((name, i) => {
      this.#addRow(person, name, i > 0, dobs)
    })
    this.#identify(person, record)
    this.#count(person, 1)
    return person
  }

  remove(person: number): void {
    this.alive.data[person] = 0
    this.#count(person, -1)
  }

  /** The number of a place of birth; new ones get the next. */
  placeOf(code: string): number {
    const known = this.#placeIds.get(code)
    if (known !== undefined) return known
    const id = this.places.push(code) - 1
    this.#placeIds.set(code, id)
    this.placeCount.push(0)
    return id
  }

  /** The number of a place that somebody on file has; 0 for none, -1 for a place that nobody has. */
  findPlace(code: string): number {
    return this.#placeIds.get(code) ?? (code === '' ? 0 : -1)
  }

  sexOf(person: number): string {
    return SEXES[this.sex.data[person] ?? 0] ?? ''
  }

  /** Tokens of a row: surname, then given. */
  rowTokens(row: number): { readonly surname: string[]; readonly given: string[] } {
    const start = this.rowStart.data[row] ?? 0
    const shape = this.rowShape.data[row] ?? 0
    const split = shape & 255
    const all = Array.from({ length: split + ((shape >> 8) & 255) }, (_, i) =>
      this.dictionary.text(this.tokens.data[start + i] ?? 0),
    )
    return { surname: all.slice(0, split), given: all.slice(split) }
  }

  #addRow(person: number, name: NameParts, alias: boolean, dobs: readonly number[]): void {
    const row = this.rowPerson.push(person)
    const ids = [...name.surname, ...name.given].map((token) => this.dictionary.idOf(token))
    this.rowStart.push(this.tokens.length)
    this.rowShape.push(
      name.surname.length |
        (name.given.length << 8) |
        (alias ? ALIAS : 0) |
        (name.suffix === '' ? 0 : SUFFIXED) |
        (dobs.length > 1 ? DATED : 0),
    )
    for (const id of ids) this.tokens.push(id)
    if (name.suffix !== '') this.suffix.set(row, name.suffix)
    const surnames = this.#keyed(ids.slice(0, name.surname.length))
    const given = this.#keyed(ids.slice(name.surname.length))
    this.#addKeys(row, surnames, given, dobs)
  }

  /** Sound keys of the tokens that count: particles only where there is nothing else. */
  #keyed(ids: readonly number[]): number[] {
    const real = ids.filter((id) => this.dictionary.particle.data[id] === 0)
    return (real.length > 0 ? real : ids).slice(0, KEYED).map((id) => this.dictionary.bones.data[id] ?? 0)
  }

  #addKeys(
    row: number,
    surnames: readonly number[],
    given: readonly number[],
    dobs: readonly number[],
  ): void {
    const { ways } = this
    for (const dob of dobs) ways.add(dateKey(dob), row)
    for (const bones of [...surnames.slice(0, 2), ...given.slice(0, 2)]) {
      ways.add(tokenKey(bones), row)
      for (const dob of dobs) {
        ways.add(tokenMonthKey(bones, dob), row)
        ways.add(tokenDayKey(bones, dob), row)
      }
    }
    for (const a of surnames) {
      for (const b of given) {
        const pair = pairKey(a, b)
        ways.add(pair, row)
        for (const dob of dobs) ways.add(pairYearKey(pair, Math.floor(dob / 10_000)), row)
      }
    }
  }

  #identify(person: number, record: PersonRecord): void {
    for (const [kind, value] of identifiersOf(record))
      this.identifiers.add(identifierKey(kind, value), person)
  }

  #count(person: number, by: 1 | -1): void {
    this.#living += by
    const dob = this.dob.data[person] ?? 0
    const [year, day] = [Math.floor(dob / 10_000), dob % 10_000]
    this.years[year] = (this.years[year] ?? 0) + by
    this.days[day] = (this.days[day] ?? 0) + by
    const place = this.place.data[person] ?? 0
    this.placeCount.data[place] = (this.placeCount.data[place] ?? 0) + by
    const first = this.firstRow.data[person] ?? 0
    for (let row = first; row < first + (this.rowCount.data[person] ?? 0); row++) this.#countRow(row, by)
  }

  #countRow(row: number, by: 1 | -1): void {
    this.#livingRows += by
    const start = this.rowStart.data[row] ?? 0
    const shape = this.rowShape.data[row] ?? 0
    const split = shape & 255
    for (let i = 0; i < split + ((shape >> 8) & 255); i++) {
      this.dictionary.count(this.tokens.data[start + i] ?? 0, i < split ? SURNAME : GIVEN, by)
    }
  }
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
  ]
  return found.filter(([, value]) => value !== '')
}
