/**
 * Finds the values of a record's line in its bytes, without a string or an object a record: at a million lines the JSON
 * parser costs several times that. It knows the plain way of writing alone: what it doesn't take (a backslash, an
 * unknown key, a key twice, more names than there is room for) may be a good line all the same, and is read the long way
 * (`parse.ts`), which also says what is wrong with it.
 */
import { isBirthYear, isPartialDay } from './parse.js'

/** Where each value's place is; the parts of names, NCIC entries and further dates follow. */
export const FIELD = {
  ...{ arn: 0, dob: 1, sex: 2, pob: 3, citizenship: 4, fbi: 5, sid: 6, oln: 7, ols: 8, soc: 9 },
  ...{ passportNumber: 10, passportCountry: 11, class: 12, code: 13, since: 14, admitted: 15, port: 16 },
} as const
const NAMES = 17
const MOST_NAMES = 16
export const NAME_PARTS = 5
const NCIC = NAMES + MOST_NAMES * NAME_PARTS
const MOST_NCIC = 8
export const NCIC_PARTS = 4
const DATES = NCIC + MOST_NCIC * NCIC_PARTS
const MOST_DATES = 16
const SLOTS = DATES + MOST_DATES

/** Slot of a part of a name: last, first, middle, suffix, type. */
export const nameSlot = (name: number, part: number): number => NAMES + name * NAME_PARTS + part
/** Slot of a part of an NCIC entry: number, category, offense, date. */
export const ncicSlot = (entry: number, part: number): number => NCIC + entry * NCIC_PARTS + part
/** Slot of a further date of birth. */
export const dateSlot = (date: number): number => DATES + date

type Keys = readonly Uint8Array[]

/** Keys with the quote that ends them, in the order in which they mostly come. */
const keys = (list: string): Keys => list.split(' ').map((each) => Buffer.from(`${each}"`))
const TOP = keys(
  'arn dob sex pob citizenship fbi sid oln ols soc names altDobs passport status admitted interest ncic',
)
/** What follows each of them in most files. */
const AFTER = [10, 2, 3, 4, 5, 6, 7, 8, 9, 12, 1, 2, 13, 14, 15, 16, 0]
const [TOP_NAMES, TOP_DATES, TOP_PASSPORT, TOP_STATUS, TOP_ADMITTED, TOP_INTEREST] = [10, 11, 12, 13, 14, 15]
const NEEDED = (1 << FIELD.arn) | (1 << FIELD.dob) | (1 << TOP_NAMES)
const NAME_KEYS = keys('last first middle suffix type')
const NCIC_KEYS = keys('nic category offense entered')
const PASSPORT_KEYS = keys('number country')
const STATUS_KEYS = keys('class code since')
const ADMITTED_KEYS = keys('date port')
const TYPES = ['primary', 'alias'].map((each) => Buffer.from(each))
const CATEGORIES = ['DEPORTED FELON', 'ABSCONDER', 'NSEERS'].map((each) => Buffer.from(each))
const TRUE = Buffer.from('true')
const FALSE = Buffer.from('false')

const [QUOTE, COLON, COMMA, BACKSLASH] = [0x22, 0x3a, 0x2c, 0x5c]
const [OPEN, CLOSE, OPEN_LIST, CLOSE_LIST] = [0x7b, 0x7d, 0x5b, 0x5d]
const [ZERO, SPACE] = [0x30, 0x20]

export class LineScanner {
  bytes: Uint8Array = new Uint8Array(0)
  /** By slot: where the value begins and ends; the same place where there is none. */
  readonly from = new Int32Array(SLOTS)
  readonly to = new Int32Array(SLOTS)
  names = 0
  entries = 0
  dates = 0
  interest = false
  #at = 0

  /** @returns whether the line, from one byte to before another, is a person's and was understood. */
  scan(bytes: Uint8Array, from: number, to: number): boolean {
    this.bytes = bytes
    this.names = 0
    this.entries = 0
    this.dates = 0
    this.interest = false
    for (let i = 0; i < NAMES; i++) this.#clear(i)
    this.#at = from
    if (!this.#next(OPEN)) return false
    let seen = 0
    let hint = 0
    do {
      const key = this.#key(TOP, hint)
      if (key < 0 || seen & (1 << key)) return false
      seen |= 1 << key
      hint = AFTER[key] ?? 0
      if (!this.#value(key)) return false
    } while (this.#next(COMMA))
    if (!this.#next(CLOSE)) return false
    this.#skip()
    return this.#at >= to && (seen & NEEDED) === NEEDED && this.names > 0
  }

  /** Whether the values are ones that may be, as far as that is plain; where not, the long way decides. */
  check(): boolean {
    const { from, to } = this
    if ((to[0] ?? 0) - (from[0] ?? 0) !== 9 || this.arn() < 0) return false
    if (!this.#isBirth(FIELD.dob) || !this.#isPast(FIELD.since) || !this.#isPast(FIELD.admitted)) return false
    for (let i = 0; i < this.dates; i++) if (!this.#isBirth(dateSlot(i))) return false
    if (!this.#isSex()) return false
    for (let i = 0; i < this.names; i++) {
      const first = this.bytes[from[nameSlot(i, 0)] ?? 0] ?? 0
      if (this.isEmpty(nameSlot(i, 0)) || first <= SPACE || first > 0x7e) return false
      if (!this.isEmpty(nameSlot(i, 4)) && !this.isType(i, 0) && !this.isType(i, 1)) return false
    }
    for (let i = 0; i < this.entries; i++) {
      const slot = ncicSlot(i, 1)
      if (!CATEGORIES.some((each) => this.#is(slot, each)) || !this.#isPast(ncicSlot(i, 3))) return false
    }
    return true
  }

  isEmpty(slot: number): boolean {
    return this.from[slot] === this.to[slot]
  }

  /** Whether a name says that it is primary (0) or an alias (1). */
  isType(name: number, type: 0 | 1): boolean {
    return this.#is(nameSlot(name, 4), TYPES[type] as Uint8Array)
  }

  /** Whether two values are the same bytes. */
  isSame(a: number, b: number): boolean {
    const [first, second] = [this.from[a] ?? 0, this.from[b] ?? 0]
    const length = (this.to[a] ?? 0) - first
    if (length !== (this.to[b] ?? 0) - second) return false
    for (let i = 0; i < length; i++) if (this.bytes[first + i] !== this.bytes[second + i]) return false
    return true
  }

  /** A-number as a number; -1 where it isn't digits. */
  arn(): number {
    return this.#digits(FIELD.arn)
  }

  /** CCYYMMDD as a number, of a value that is eight digits. */
  date(slot: number): number {
    return this.#digits(slot)
  }

  text(slot: number): string {
    const { buffer, byteOffset } = this.bytes
    const from = this.from[slot] ?? 0
    return Buffer.from(buffer, byteOffset + from, (this.to[slot] ?? 0) - from).toString('utf8')
  }

  #value(key: number): boolean {
    if (key < TOP_NAMES) return this.#string(key)
    if (key === TOP_NAMES) return this.#objects(NAME_KEYS, NAMES, MOST_NAMES)
    if (key === TOP_DATES) return this.#strings()
    if (key === TOP_PASSPORT) return this.#object(PASSPORT_KEYS, FIELD.passportNumber)
    if (key === TOP_STATUS) return this.#object(STATUS_KEYS, FIELD.class)
    if (key === TOP_ADMITTED) return this.#object(ADMITTED_KEYS, FIELD.admitted)
    if (key === TOP_INTEREST) return this.#boolean()
    return this.#objects(NCIC_KEYS, NCIC, MOST_NCIC)
  }

  /** A list of objects with strings. */
  #objects(known: Keys, base: number, most: number): boolean {
    if (!this.#next(OPEN_LIST)) return false
    let count = 0
    if (!this.#next(CLOSE_LIST)) {
      do {
        if (count === most) return false
        const first = base + count * known.length
        for (let i = 0; i < known.length; i++) this.#clear(first + i)
        if (!this.#object(known, first)) return false
        count++
      } while (this.#next(COMMA))
      if (!this.#next(CLOSE_LIST)) return false
    }
    if (base === NAMES) this.names = count
    else this.entries = count
    return true
  }

  #object(known: Keys, base: number): boolean {
    if (!this.#next(OPEN)) return false
    let seen = 0
    let hint = 0
    do {
      const key = this.#key(known, hint)
      if (key < 0 || seen & (1 << key) || !this.#string(base + key)) return false
      seen |= 1 << key
      hint = key + 1
    } while (this.#next(COMMA))
    return this.#next(CLOSE)
  }

  #strings(): boolean {
    if (!this.#next(OPEN_LIST)) return false
    if (this.#next(CLOSE_LIST)) return true
    do {
      if (this.dates === MOST_DATES || !this.#string(dateSlot(this.dates))) return false
      this.dates++
    } while (this.#next(COMMA))
    return this.#next(CLOSE_LIST)
  }

  #boolean(): boolean {
    this.#skip()
    if (this.#follows(TRUE)) this.interest = true
    else if (!this.#follows(FALSE)) return false
    return true
  }

  #string(slot: number): boolean {
    if (!this.#next(QUOTE)) return false
    const { bytes } = this
    let at = this.#at
    this.from[slot] = at
    for (;;) {
      const byte = bytes[at] ?? 0
      if (byte === QUOTE) break
      if (byte < SPACE || byte === BACKSLASH) return false
      at++
    }
    this.to[slot] = at
    this.#at = at + 1
    return true
  }

  /** The number of the key that comes, with its colon; -1 for an unknown one. */
  #key(known: Keys, hint: number): number {
    if (!this.#next(QUOTE)) return -1
    for (let n = 0; n < known.length; n++) {
      const key = (hint + n) % known.length
      if (this.#follows(known[key] as Uint8Array)) return this.#next(COLON) ? key : -1
    }
    return -1
  }

  #follows(text: Uint8Array): boolean {
    const { bytes } = this
    for (let i = 0; i < text.length; i++) if (bytes[this.#at + i] !== text[i]) return false
    this.#at += text.length
    return true
  }

  /** Takes a sign, and white space before it. */
  #next(sign: number): boolean {
    if (this.bytes[this.#at] !== sign) {
      this.#skip()
      if (this.bytes[this.#at] !== sign) return false
    }
    this.#at++
    return true
  }

  #skip(): void {
    for (;;) {
      const byte = this.bytes[this.#at] ?? 0
      if (byte !== SPACE && byte !== 0x0d && byte !== 0x09) return
      this.#at++
    }
  }

  #clear(slot: number): void {
    this.from[slot] = 0
    this.to[slot] = 0
  }

  #is(slot: number, text: Uint8Array): boolean {
    const from = this.from[slot] ?? 0
    if ((this.to[slot] ?? 0) - from !== text.length) return false
    for (let i = 0; i < text.length; i++) if (this.bytes[from + i] !== text[i]) return false
    return true
  }

  #isSex(): boolean {
    const slot = FIELD.sex
    if (this.isEmpty(slot)) return true
    const code = this.bytes[this.from[slot] ?? 0]
    // M, F, U
    return (this.to[slot] ?? 0) - (this.from[slot] ?? 0) === 1 && (code === 77 || code === 70 || code === 85)
  }

  #isBirth(slot: number): boolean {
    const date = this.#day(slot)
    return date >= 0 && isBirthYear(Math.floor(date / 10_000))
  }

  #isPast(slot: number): boolean {
    return this.isEmpty(slot) || this.#day(slot) >= 0
  }

  /** CCYYMMDD where it is a date, its day or its month and day unknown or not; else -1. */
  #day(slot: number): number {
    if ((this.to[slot] ?? 0) - (this.from[slot] ?? 0) !== 8) return -1
    const date = this.#digits(slot)
    return date >= 0 && isPartialDay(date) ? date : -1
  }

  #digits(slot: number): number {
    let value = 0
    const end = this.to[slot] ?? 0
    for (let at = this.from[slot] ?? 0; at < end; at++) {
      const digit = (this.bytes[at] ?? 0) - ZERO
      if (digit < 0 || digit > 9) return -1
      value = value * 10 + digit
    }
    return value
  }
}
