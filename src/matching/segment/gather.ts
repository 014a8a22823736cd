/**
 * Takes what an index needs out of lines, each once: names in numbers of tokens, dates, places, hashes of numbers. Of a line
 * that the scanner has read it works on the bytes; what isn't plain (other scripts, titles, suffixes) goes the long way.
 */
// The files and not the room's door: threads begin with these, and the door brings what reads YAML.
import type { LineTaker } from '../../records/batch.js'
import { dateSlot, FIELD, type LineScanner, nameSlot, ncicSlot } from '../../records/scan.js'
import type { PersonName, RecordLine } from '../../records/types.js'
import { Column, HASH_FACTOR, HASH_SEED } from '../columns.js'
import { LONGEST } from '../fold.js'
import { type FoldingTables, type NameParts, partsOfName } from '../names.js'
import {
  identifierKey,
  identifierSeed,
  identifiersOf,
  keyOfHash,
  NOWHERE,
  plainNumber,
  SEXES,
} from '../people.js'
import { packDate } from './layout.js'
import { TokenTable } from './tokens.js'

/** Tokens of a part beyond which the long way decides. */
const MOST_WORDS = 8
const REMOVAL_BIT = 0x80000000
const [SPACE, HYPHEN, ZERO] = [0x20, 0x2d, 0x30]

/** What a gatherer took out of some lines; goes from thread to thread. Numbers of tokens, places and suffixes are its own. */
export interface GatheredLines {
  /** Those that are new since the last time, in the order of their numbers. */
  readonly texts: readonly string[]
  readonly places: readonly string[]
  readonly suffixes: readonly string[]
  /** By line: A-number with the bit of a removal, date, sex, place, names, identifiers. */
  readonly arn: Int32Array
  readonly date: Int32Array
  readonly sex: Int32Array
  readonly place: Int32Array
  readonly nameCount: Int32Array
  readonly idCount: Int32Array
  /** For each name: surname tokens | given << 8 | suffix << 16, then the tokens. */
  readonly names: Int32Array
  readonly ids: Int32Array
  /** Line and further date in turn. */
  readonly alternates: Int32Array
}

const own = (column: Column): Int32Array => {
  const data = column.data.slice(0, column.length)
  column.length = 0
  return data
}

/** Seeds of the kinds whose values are hashed from bytes. */
const SEED = {
  ...{ FBI: identifierSeed('FBI'), SID: identifierSeed('SID'), SOC: identifierSeed('SOC') },
  ...{ PPN: identifierSeed('PPN'), OLN: identifierSeed('OLN'), NIC: identifierSeed('NIC') },
}

export class Gatherer implements LineTaker {
  readonly #tokens: TokenTable
  readonly #places = new Map<string, number>([
    ['', 0],
    ...[...NOWHERE].map((code): [string, number] => [code, 0]),
  ])
  /** Numbers of places of two bytes, one more than they are. */
  readonly #shortPlaces = new Int32Array(1 << 16)
  #placeCount = 1
  readonly #suffixes = new Map<string, number>([['', 0]])
  #newPlaces: string[] = []
  #newSuffixes: string[] = []
  readonly #arn = new Column()
  readonly #date = new Column()
  readonly #sex = new Column()
  readonly #place = new Column()
  readonly #nameCount = new Column()
  readonly #idCount = new Column()
  readonly #names = new Column()
  readonly #ids = new Column()
  readonly #alternates = new Column()
  readonly #words = new Int32Array(MOST_WORDS * 2)
  #wordCount = 0

  constructor(private readonly tables: FoldingTables) {
    this.#tokens = new TokenTable((text) => tables.titles.has(text) || tables.suffixes.has(text))
  }

  /** Lines that were taken since the last {@link taken}. */
  get lines(): number {
    return this.#arn.length
  }

  line(line: RecordLine): void {
    if ('removed' in line) {
      this.#begin(Number(line.arn) | REMOVAL_BIT, 0, 0, 0, 0, 0)
      return
    }
    const dob = Number(line.dob)
    const ids = identifiersOf(line).filter(([kind]) => kind !== 'ARN')
    const sex = Math.max(0, SEXES.indexOf(line.sex))
    this.#begin(Number(line.arn), dob, sex, this.#placeOf(line.pob), line.names.length, ids.length)
    for (const name of line.names) this.#addName(name)
    for (const [kind, value] of ids) this.#ids.push(identifierKey(kind, value))
    for (const other of line.altDobs) this.#addDate(dob, Number(other))
  }

  scanned(line: LineScanner, arn: number): void {
    const dob = line.date(FIELD.dob)
    const before = this.#ids.length
    this.#identify(line, FIELD.fbi, SEED.FBI, 'FBI')
    this.#identify(line, FIELD.sid, SEED.SID, 'SID')
    this.#identify(line, FIELD.soc, SEED.SOC, 'SOC')
    this.#identify(line, FIELD.passportNumber, SEED.PPN, 'PPN')
    this.#license(line)
    for (let i = 0; i < line.entries; i++) this.#identify(line, ncicSlot(i, 0), SEED.NIC, 'NIC')
    const place = this.#placeAt(line)
    this.#begin(arn, dob, sexAt(line), place, line.names, this.#ids.length - before)
    for (let i = 0; i < line.names; i++) this.#scannedName(line, i)
    for (let i = 0; i < line.dates; i++) this.#addDate(dob, line.date(dateSlot(i)))
  }

  /** What was taken since the last time. */
  taken(): GatheredLines {
    const [places, suffixes] = [this.#newPlaces, this.#newSuffixes]
    this.#newPlaces = []
    this.#newSuffixes = []
    return {
      ...{ texts: this.#tokens.fresh(), places, suffixes },
      ...{ arn: own(this.#arn), date: own(this.#date), sex: own(this.#sex), place: own(this.#place) },
      ...{ nameCount: own(this.#nameCount), idCount: own(this.#idCount) },
      ...{ names: own(this.#names), ids: own(this.#ids), alternates: own(this.#alternates) },
    }
  }

  #begin(arn: number, dob: number, sex: number, place: number, names: number, ids: number): void {
    this.#arn.push(arn)
    this.#date.push(packDate(dob))
    this.#sex.push(sex)
    this.#place.push(place)
    this.#nameCount.push(names)
    this.#idCount.push(ids)
  }

  #addDate(dob: number, other: number): void {
    if (other === dob) return
    this.#alternates.push(this.#arn.length - 1)
    this.#alternates.push(packDate(other))
  }

  #addName(name: PersonName): void {
    this.#addParts(partsOfName(name, this.tables))
  }

  #addParts({ surname, given, suffix }: NameParts): void {
    this.#names.push(surname.length | (given.length << 8) | (this.#suffixOf(suffix) << 16))
    for (const each of surname) this.#names.push(this.#tokens.ofText(each))
    for (const each of given) this.#names.push(this.#tokens.ofText(each))
  }

  #scannedName(line: LineScanner, i: number): void {
    this.#wordCount = 0
    if (isPlain(line, i) && this.#read(line, nameSlot(i, 0), MOST_WORDS)) {
      const surname = this.#wordCount
      const most = surname + MOST_WORDS
      if (this.#read(line, nameSlot(i, 1), most) && this.#read(line, nameSlot(i, 2), most)) {
        this.#names.push(surname | ((this.#wordCount - surname) << 8))
        for (let j = 0; j < this.#wordCount; j++) this.#names.push(this.#words[j] ?? 0)
        return
      }
    }
    const [last, first, middle, suffix] = [0, 1, 2, 3].map((part) => line.text(nameSlot(i, part))) as [
      string,
      string,
      string,
      string,
    ]
    this.#addName({ last, first, middle, suffix, type: 'primary' })
  }

  /** Puts the tokens of a value beside those so far. @returns false where the long way must decide. */
  #read(line: LineScanner, slot: number, most: number): boolean {
    const { bytes } = line
    const end = line.to[slot] ?? 0
    let start = -1
    let hash = HASH_SEED
    for (let at = line.from[slot] ?? 0; at <= end; at++) {
      const byte = at < end ? (bytes[at] ?? 0) : SPACE
      if ((byte >= 65 && byte <= 90) || (byte >= 48 && byte <= 57)) {
        if (start < 0) start = at
        hash = Math.imul(hash ^ byte, HASH_FACTOR)
      } else if (byte === SPACE || byte === HYPHEN) {
        if (start < 0) continue
        const token = this.#tokens.ofBytes(bytes, start, at - start, hash)
        if (this.#wordCount === most || this.#tokens.isOdd(token)) return false
        this.#words[this.#wordCount++] = token
        start = -1
        hash = HASH_SEED
      } else return false
    }
    return true
  }

  /** Hashes a number as {@link plainNumber} would have it. */
  #identify(line: LineScanner, slot: number, seed: number, kind: string): void {
    if (line.isEmpty(slot)) return
    const hash = plainHash(line, slot, seed)
    if (hash !== undefined) this.#ids.push(keyOfHash(hash))
    else {
      const value = plainNumber(line.text(slot))
      if (value !== '') this.#ids.push(identifierKey(kind, value))
    }
  }

  /** A licence counts only with its state, which is hashed as it is. */
  #license(line: LineScanner): void {
    if (line.isEmpty(FIELD.oln)) return
    let hash = plainHash(line, FIELD.oln, SEED.OLN)
    const end = line.to[FIELD.ols] ?? 0
    if (hash !== undefined) hash = Math.imul(hash ^ 0x2f, HASH_FACTOR)
    for (let at = line.from[FIELD.ols] ?? 0; at < end && hash !== undefined; at++) {
      const byte = line.bytes[at] ?? 0
      hash = byte > 127 ? undefined : Math.imul(hash ^ upper(byte), HASH_FACTOR)
    }
    if (hash !== undefined) this.#ids.push(keyOfHash(hash))
    else {
      const value = `${plainNumber(line.text(FIELD.oln))}/${line.text(FIELD.ols).toUpperCase()}`
      this.#ids.push(identifierKey('OLN', value))
    }
  }

  #placeAt(line: LineScanner): number {
    const from = line.from[FIELD.pob] ?? 0
    const length = (line.to[FIELD.pob] ?? 0) - from
    if (length !== 2) return this.#placeOf(line.text(FIELD.pob))
    const key = ((line.bytes[from] ?? 0) << 8) | (line.bytes[from + 1] ?? 0)
    const known = this.#shortPlaces[key] ?? 0
    if (known > 0) return known - 1
    const place = this.#placeOf(line.text(FIELD.pob))
    this.#shortPlaces[key] = place + 1
    return place
  }

  #placeOf(code: string): number {
    const known = this.#places.get(code)
    if (known !== undefined) return known
    this.#places.set(code, this.#placeCount)
    this.#newPlaces.push(code)
    return this.#placeCount++
  }

  #suffixOf(suffix: string): number {
    const known = this.#suffixes.get(suffix)
    if (known !== undefined) return known
    const number = this.#suffixes.size
    this.#suffixes.set(suffix, number)
    this.#newSuffixes.push(suffix)
    return number
  }
}

/** Whether a name has no suffix, and no part of which folding might leave some out. */
function isPlain({ from, to }: LineScanner, i: number): boolean {
  const length = (part: number): number => (to[nameSlot(i, part)] ?? 0) - (from[nameSlot(i, part)] ?? 0)
  return length(3) === 0 && length(0) <= LONGEST && length(1) + length(2) < LONGEST
}

const upper = (byte: number): number => (byte >= 97 && byte <= 122 ? byte - 32 : byte)

/** The hash of letters and digits alone, without leading zeros; undefined where it must be worked out from the text. */
function plainHash(line: LineScanner, slot: number, seed: number): number | undefined {
  const end = line.to[slot] ?? 0
  let hash = seed
  let begun = false
  for (let at = line.from[slot] ?? 0; at < end; at++) {
    const byte = upper(line.bytes[at] ?? 0)
    if (byte > 127) return undefined
    if (!((byte >= 65 && byte <= 90) || (byte >= 48 && byte <= 57))) continue
    if (!begun && byte === ZERO) continue
    begun = true
    hash = Math.imul(hash ^ byte, HASH_FACTOR)
  }
  return begun ? hash : undefined
}

/** M, F, U as {@link SEXES} numbers them. */
function sexAt(line: LineScanner): number {
  if (line.isEmpty(FIELD.sex)) return 0
  const code = line.bytes[line.from[FIELD.sex] ?? 0]
  return code === 77 ? 1 : code === 70 ? 2 : 3
}
