/**
 * The one clock of the house, how the centre writes times, and durations as people write them.
 * Everything that needs the time takes a {@link Clock} by parameter, so that a test chooses it.
 */

/** A source of time. */
export interface Clock {
  /** Milliseconds since the epoch; may jump when the machine's clock is set. */
  now(): number
  /** Milliseconds that never go back; for delays and latencies. */
  monotonic(): number
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
}

/** A moment as the centre writes it. */
export interface WallTime {
  /** `HH:MM`. */
  readonly time: string
  /** `HH:MM:SS`. */
  readonly seconds: string
  /** `MM/DD/CCYY`. */
  readonly date: string
  /** `CCYYMMDD`. */
  readonly day: string
}

const two = (n: number): string => (n < 10 ? `0${n}` : `${n}`)

/**
 * Writes moments in the centre's own zone: UTC-7 the whole year by default, as Nlets logs in MST (wire format,
 * section 2). A second's text is made once, since thousands of messages share it.
 */
export class WallClock {
  readonly #offsetMs: number
  #second = Number.NaN
  #text: WallTime = { time: '', seconds: '', date: '', day: '' }

  /** @param offsetMinutes minutes east of UTC; -420 is UTC-7. */
  constructor(offsetMinutes: number) {
    this.#offsetMs = offsetMinutes * 60_000
  }

  /** @param ms milliseconds since the epoch. */
  at(ms: number): WallTime {
    const second = Math.floor(ms / 1000)
    if (second === this.#second) return this.#text
    const d = new Date(second * 1000 + this.#offsetMs)
    const time = `${two(d.getUTCHours())}:${two(d.getUTCMinutes())}`
    const [year, month, day] = [`${d.getUTCFullYear()}`, two(d.getUTCMonth() + 1), two(d.getUTCDate())]
    this.#second = second
    this.#text = {
      time,
      seconds: `${time}:${two(d.getUTCSeconds())}`,
      date: `${month}/${day}/${year}`,
      day: `${year}${month}${day}`,
    }
    return this.#text
  }

  /** When a day (CCYYMMDD) of the centre's begins: milliseconds since the epoch. */
  startOf(day: string): number {
    const [year, month, date] = [day.slice(0, 4), day.slice(4, 6), day.slice(6)].map(Number)
    return Date.UTC(year ?? 0, (month ?? 1) - 1, date) - this.#offsetMs
  }
}

/** The federal fiscal year of a day (CCYYMMDD): it begins on 1 October of the calendar year before. */
export function fiscalYear(day: string): number {
  const year = Number(day.slice(0, 4))
  return day.slice(4, 6) >= '10' ? year + 1 : year
}

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** Reads `250ms`, `3s`, `5m`, `12h`, `365d`; undefined where the text is no duration. Milliseconds. */
export function parseDuration(text: string): number | undefined {
  const match = /^(\d{1,9}(?:\.\d{1,3})?)(ms|s|m|h|d)$/.exec(text.trim())
  if (!match) return undefined
  return Math.round(Number(match[1]) * (UNITS[match[2] ?? ''] ?? 0))
}

/** Writes milliseconds as the largest unit that leaves a short number: `250ms`, `3s`, `1.5h`. */
export function formatDuration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)}ms`
  if (ms < 60_000) return `${trim(ms / 1000)}s`
  if (ms < 3_600_000) return `${trim(ms / 60_000)}m`
  return `${trim(ms / 3_600_000)}h`
}

const trim = (n: number): string => n.toFixed(1).replace(/\.0$/, '')

const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const

/** Whether year, month (1-12) and day make a date of the calendar. */
export function isCalendarDate(year: number, month: number, day: number): boolean {
  if (year < 1 || month < 1 || month > 12 || day < 1) return false
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0
  return day <= (month === 2 && leap ? 29 : (DAYS[month - 1] ?? 0))
}
