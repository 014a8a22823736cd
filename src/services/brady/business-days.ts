import { z } from 'zod'

const WEEKDAYS = ['SUNDAY', 'MONDAY', 'TUESDAY', 'WEDNESDAY', 'THURSDAY', 'FRIDAY', 'SATURDAY'] as const
const DAY_MS = 86_400_000
const weekday = z.enum(WEEKDAYS)
const month = z.number().int().min(1).max(12)

/** A holiday on a date, or on the nth weekday of a month (-1: the last). */
const holiday = z.union([
  z.strictObject({
    name: z.string(),
    month,
    day: z.number().int().min(1).max(31),
    since: z.number().optional(),
  }),
  z.strictObject({
    name: z.string(),
    month,
    weekday,
    nth: z.union([z.literal(-1), z.number().int().min(1).max(5)]),
    since: z.number().optional(),
  }),
])

export const calendarShape = {
  weekend: z.array(weekday).max(6),
  holidays: z.array(holiday),
}

export interface CalendarRules {
  readonly weekend: readonly (typeof WEEKDAYS)[number][]
  readonly holidays: readonly z.output<typeof holiday>[]
}

/** Which days are business days. A day is milliseconds at its beginning in UTC, whatever zone it is a day of. */
export class BusinessDays {
  readonly #years = new Map<number, ReadonlySet<number>>()
  /** The holidays that the years were made from. */
  #holidaysOf: CalendarRules['holidays'] | undefined

  /** @param rules may change while they are used. */
  constructor(private readonly rules: CalendarRules) {}

  isBusinessDay(day: number): boolean {
    const weekday = WEEKDAYS[new Date(day).getUTCDay()]
    if (weekday && this.rules.weekend.includes(weekday)) return false
    const year = new Date(day).getUTCFullYear()
    // New Year's Day that falls on a Saturday is kept in the year before.
    return !this.#holidays(year).has(day) && !this.#holidays(year + 1).has(day)
  }

  /** The day (CCYYMMDD) that follows so many whole business days after a day. */
  after(from: string, count: number): string {
    let day = Date.UTC(Number(from.slice(0, 4)), Number(from.slice(4, 6)) - 1, Number(from.slice(6)))
    for (let left = count; left > 0; ) {
      day += DAY_MS
      if (this.isBusinessDay(day)) left--
    }
    return new Date(day + DAY_MS).toISOString().slice(0, 10).replaceAll('-', '')
  }

  #holidays(year: number): ReadonlySet<number> {
    if (this.#holidaysOf !== this.rules.holidays) this.#years.clear()
    this.#holidaysOf = this.rules.holidays
    let days = this.#years.get(year)
    if (!days) {
      const kept = this.rules.holidays.filter(({ since }) => since === undefined || year >= since)
      days = new Set(kept.map((each) => ('day' in each ? observed(year, each) : nthOf(year, each))))
      this.#years.set(year, days)
    }
    return days
  }
}

function observed(year: number, { month, day }: { readonly month: number; readonly day: number }): number {
  const date = Date.UTC(year, month - 1, day)
  const on = new Date(date).getUTCDay()
  return on === 6 ? date - DAY_MS : on === 0 ? date + DAY_MS : date
}

function nthOf(
  year: number,
  holiday: { readonly month: number; readonly weekday: (typeof WEEKDAYS)[number]; readonly nth: number },
): number {
  const wanted = WEEKDAYS.indexOf(holiday.weekday)
  if (holiday.nth === -1) {
    const last = Date.UTC(year, holiday.month, 0)
    return last - ((new Date(last).getUTCDay() - wanted + 7) % 7) * DAY_MS
  }
  const first = Date.UTC(year, holiday.month - 1, 1)
  return first + (((wanted - new Date(first).getUTCDay() + 7) % 7) + (holiday.nth - 1) * 7) * DAY_MS
}
