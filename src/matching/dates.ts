/** How two dates of birth relate, and what that says. */
import type { People } from './people.js'
import { dayIn, monthIn, yearIn } from './segment/layout.js'
import type { Weights } from './tables.js'

export const DATES = [
  'exact',
  'day and month swapped',
  'day differs',
  'month differs',
  'year differs by a digit',
  'year differs',
  '1 January of the same year',
  'two parts differ',
  'same year',
  'year and month agree, day unknown',
  'year agrees, the rest unknown',
  'year differs by one, the rest unknown',
  'contradicts',
  'unknown',
] as const
export const [D_EXACT, D_SWAPPED, D_DAY, D_MONTH, D_DIGIT, D_YEAR, D_DEFAULT, D_TWO, D_SAME_YEAR] = [
  0, 1, 2, 3, 4, 5, 6, 7, 8,
] as const
export const [D_MONTH_KNOWN, D_YEAR_KNOWN, D_NEAR_YEAR, D_CONTRADICTS, D_UNKNOWN] = [
  9, 10, 11, 12, 13,
] as const

/** A date as numbers; 0 where a part isn't known. */
export interface DateParts {
  readonly year: number
  readonly month: number
  readonly day: number
}

const UNKNOWN: DateParts = { year: 0, month: 0, day: 0 }

/** Any eight digits; a part that is impossible is unknown. Without a year there is no date. */
export function dateParts(text: string | undefined): DateParts {
  const digits = (text ?? '').replace(/[-/ ]/g, '')
  if (!/^\d{8}$/.test(digits)) return UNKNOWN
  const year = Number(digits.slice(0, 4))
  if (year < 1850 || year > 2200) return UNKNOWN
  const month = Number(digits.slice(4, 6))
  if (month < 1 || month > 12) return { year, month: 0, day: 0 }
  const day = Number(digits.slice(6))
  const last = new Date(Date.UTC(year, month, 0)).getUTCDate()
  return { year, month, day: day >= 1 && day <= last ? day : 0 }
}

export const dateNumber = (date: DateParts): number => date.year * 10_000 + date.month * 100 + date.day

/** Whether two years differ in one digit, by one, or in the order of two digits. */
function isYearSlip(a: number, b: number): boolean {
  if (Math.abs(a - b) === 1) return true
  let differ = 0
  for (let x = a, y = b; x > 0 || y > 0; x = Math.floor(x / 10), y = Math.floor(y / 10)) {
    if (x % 10 !== y % 10) differ++
  }
  if (differ <= 1) return true
  const swapped = Math.floor(a / 100) * 100 + (a % 10) * 10 + (Math.floor(a / 10) % 10)
  return swapped === b
}

/** How a date asked for relates to one on file (CCYYMMDD as a number); index into {@link DATES}. */
export function relateDates(asked: DateParts, held: number): number {
  return relateParts(asked, Math.floor(held / 10_000), Math.floor(held / 100) % 100, held % 100)
}

function relateParts(asked: DateParts, year: number, month: number, day: number): number {
  if (asked.year === 0) return D_UNKNOWN
  if (asked.month === 0 || asked.day === 0 || month === 0 || day === 0)
    return relatePartial(asked, year, month)
  const [sameYear, sameMonth, sameDay] = [asked.year === year, asked.month === month, asked.day === day]
  if (sameYear) {
    if (sameMonth) return sameDay ? D_EXACT : D_DAY
    if (asked.month === day && asked.day === month) return D_SWAPPED
    if (sameDay) return D_MONTH
    const first = (month === 1 && day === 1) || (asked.month === 1 && asked.day === 1)
    return first ? D_DEFAULT : D_SAME_YEAR
  }
  if (sameMonth && sameDay) return isYearSlip(asked.year, year) ? D_DIGIT : D_YEAR
  if ((sameMonth || sameDay) && isYearSlip(asked.year, year)) return D_TWO
  return D_CONTRADICTS
}

function relatePartial(asked: DateParts, year: number, month: number): number {
  if (asked.year !== year) return Math.abs(asked.year - year) === 1 ? D_NEAR_YEAR : D_CONTRADICTS
  if (asked.month === 0 || month === 0) return D_YEAR_KNOWN
  return asked.month === month ? D_MONTH_KNOWN : D_SAME_YEAR
}

/** How much the counts below weigh against the file, in records. */
const YEAR_RECORDS = 2000
const DAY_RECORDS = 500

/** Share of birth years before the file says better: even over a working life, thin beyond it. */
const yearShare = (year: number): number => (year >= 1940 && year <= 2012 ? 0.013 : 0.001)

/** What each relation is worth for one date: the likelier the date among strangers, the less. */
export class DateBits {
  readonly bits = new Float64Array(DATES.length)
  readonly #asked: DateParts

  constructor(asked: DateParts, people: People, weights: Weights['dob']) {
    this.#asked = asked
    const { size } = people
    const yearOf = (year: number): number =>
      ((people.years[year] ?? 0) + YEAR_RECORDS * yearShare(year)) / (size + YEAR_RECORDS)
    const dayOf = (month: number, day: number): number =>
      ((people.days[month * 100 + day] ?? 0) + DAY_RECORDS / 365) / (size + DAY_RECORDS)
    const year = yearOf(asked.year)
    const day = dayOf(asked.month, asked.day)
    const near = yearOf(asked.year - 1) + yearOf(asked.year + 1)
    const first = asked.month === 1 && asked.day === 1
    this.#set(D_EXACT, weights.exact, year * day)
    this.#set(D_SWAPPED, weights.swapped, year * dayOf(asked.day, asked.month))
    this.#set(D_DAY, weights.day, year / 12)
    this.#set(D_MONTH, weights.month, year / 30)
    this.#set(D_DIGIT, weights.yearDigit, day * 0.2)
    this.#set(D_YEAR, weights.yearOff, day * 0.8)
    this.#set(D_DEFAULT, weights.defaultDay, first ? year : year * dayOf(1, 1))
    this.#set(D_TWO, weights.twoParts, (near + year * 4) * (1 / 12 + 1 / 30))
    this.#set(D_SAME_YEAR, weights.sameYear, year)
    this.#set(D_MONTH_KNOWN, weights.exact, year / 12)
    this.#set(D_YEAR_KNOWN, weights.exact, year)
    this.#set(D_NEAR_YEAR, weights.yearDigit, near)
    this.#set(D_CONTRADICTS, weights.contradicts, 1)
  }

  relate(held: number): number {
    return relateDates(this.#asked, held)
  }

  /** As {@link relate}, of a date as a row of the index has it. */
  relatePacked(held: number): number {
    return relateParts(this.#asked, yearIn(held), monthIn(held), dayIn(held))
  }

  /** The most that a date can say for somebody. */
  get most(): number {
    if (this.#asked.year === 0) return 0
    if (this.#asked.month === 0) return this.bits[D_YEAR_KNOWN] ?? 0
    return this.bits[this.#asked.day === 0 ? D_MONTH_KNOWN : D_EXACT] ?? 0
  }

  #set(relation: number, same: number, stranger: number): void {
    this.bits[relation] = Math.log2(same / stranger)
  }
}
