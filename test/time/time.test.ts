import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  fiscalYear,
  formatDuration,
  isCalendarDate,
  parseDuration,
  systemClock,
  WallClock,
} from '../../src/time/index.js'

const two = (n: number): string => `${n}`.padStart(2, '0')
const moment = fc.integer({ min: Date.UTC(1970, 0, 1), max: Date.UTC(2199, 11, 31) })
const minutes = fc.integer({ min: -14 * 60, max: 14 * 60 })

describe('the wall clock', () => {
  it('writes a moment as the centre does', () => {
    expect(new WallClock(-420).at(Date.UTC(2026, 10, 24, 21, 41, 7, 999))).toEqual({
      time: '14:41',
      seconds: '14:41:07',
      date: '11/24/2026',
      day: '20261124',
    })
  })

  it.each([
    [
      'the last millisecond of a day in UTC-7',
      -420,
      Date.UTC(2026, 9, 1, 6, 59, 59, 999),
      '23:59:59',
      '20260930',
    ],
    ['the first of the next', -420, Date.UTC(2026, 9, 1, 7), '00:00:00', '20261001'],
    ['a year ends', -420, Date.UTC(2027, 0, 1, 6, 59, 59), '23:59:59', '20261231'],
    ['29 February', -420, Date.UTC(2028, 2, 1, 6, 59, 59), '23:59:59', '20280229'],
    ['east of Greenwich', 330, Date.UTC(2026, 11, 31, 18, 30), '00:00:00', '20270101'],
    ['before the epoch', 0, -1, '23:59:59', '19691231'],
  ])('%s', (_, offset, ms, seconds, day) => {
    expect(new WallClock(offset).at(ms)).toMatchObject({ seconds, day })
  })

  it('is the same the whole year: no summer time', () => {
    const wall = new WallClock(-420)
    const noons = Array.from({ length: 365 }, (_, day) => wall.at(Date.UTC(2026, 0, 1 + day, 19)).seconds)
    expect(new Set(noons)).toEqual(new Set(['12:00:00']))
  })

  it('says of any moment what UTC says of the moment moved by the offset, in any order', () => {
    fc.assert(
      fc.property(minutes, fc.array(moment, { minLength: 1, maxLength: 8 }), (offset, moments) => {
        const wall = new WallClock(offset)
        for (const ms of [...moments, ...moments.toReversed()]) {
          const iso = new Date(ms + offset * 60_000).toISOString()
          const [year = '', month = '', rest = ''] = iso.split('-')
          expect(wall.at(ms)).toEqual({
            time: iso.slice(11, 16),
            seconds: iso.slice(11, 19),
            date: `${month}/${rest.slice(0, 2)}/${year}`,
            day: iso.slice(0, 10).replaceAll('-', ''),
          })
        }
      }),
      { numRuns: 500 },
    )
  })
})

describe('the system clock', () => {
  it('tells the time, and a time that never goes back', () => {
    expect(new Date(systemClock.now()).getUTCFullYear()).toBeGreaterThan(2024)
    const first = systemClock.monotonic()
    expect(systemClock.monotonic()).toBeGreaterThanOrEqual(first)
  })
})

describe('the fiscal year', () => {
  it.each([
    ['20260930', 2026],
    ['20261001', 2027],
    ['20261231', 2027],
    ['20270101', 2027],
    ['20270930', 2027],
    ['20271001', 2028],
    ['19991001', 2000],
  ])('%s is of %i', (day, year) => {
    expect(fiscalYear(day)).toBe(year)
  })

  it('begins on 1 October of the calendar year before, by the centre’s clock', () => {
    const wall = new WallClock(-420)
    const begins = Date.UTC(2026, 9, 1, 7)
    expect([begins - 1, begins].map((ms) => fiscalYear(wall.at(ms).day))).toEqual([2026, 2027])
  })

  it('of any day has twelve months', () => {
    fc.assert(
      fc.property(moment, (ms) => {
        const date = new Date(ms)
        const later = new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 3, 1))
        expect(fiscalYear(new WallClock(0).at(ms).day)).toBe(later.getUTCFullYear())
      }),
    )
  })
})

describe('durations', () => {
  it.each([
    ['0ms', 0],
    ['250ms', 250],
    ['3s', 3000],
    ['1.5s', 1500],
    ['0.001s', 1],
    ['5m', 300_000],
    ['12h', 43_200_000],
    ['365d', 31_536_000_000],
    [' 3s ', 3000],
  ])('%s', (text, ms) => {
    expect(parseDuration(text)).toBe(ms)
  })

  it.each([
    '',
    '3',
    's',
    '3 s',
    '-3s',
    '+3s',
    '3S',
    '3sec',
    '1h30m',
    '1e3s',
    '.5s',
    '1.s',
    '1.2345s',
    '1234567890s',
    'Infinitys',
    '٣s',
  ])('%j is none', (text) => {
    expect(parseDuration(text)).toBeUndefined()
  })

  it('of any text are undefined or a number of milliseconds that isn’t negative', () => {
    const text = fc.oneof(
      fc.string(),
      fc.string({ unit: fc.constantFrom('0', '1', '9', '.', 'm', 's', 'h', 'd', '-', 'e'), maxLength: 8 }),
    )
    fc.assert(
      fc.property(text, (any) => {
        const ms = parseDuration(any)
        expect(ms === undefined || (Number.isSafeInteger(ms) && ms >= 0)).toBe(true)
      }),
      { numRuns: 1000 },
    )
  })

  it.each([
    [0, '0ms'],
    [250, '250ms'],
    [999, '999ms'],
    [1000, '1s'],
    [1500, '1.5s'],
    [59_900, '59.9s'],
    [60_000, '1m'],
    [90_000, '1.5m'],
    [3_600_000, '1h'],
    [5_400_000, '1.5h'],
    [86_400_000, '24h'],
  ])('%i ms is written %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text)
  })

  it('that are written are read as what they were, to one place after the point', () => {
    fc.assert(
      fc.property(fc.nat(100 * 86_400_000), (ms) => {
        const read = parseDuration(formatDuration(ms)) ?? Number.NaN
        const unit = ms < 1000 ? 1 : ms < 60_000 ? 1000 : ms < 3_600_000 ? 60_000 : 3_600_000
        expect(Math.abs(read - ms)).toBeLessThanOrEqual(unit === 1 ? 0 : unit / 20 + 1)
      }),
      { numRuns: 1000 },
    )
  })
})

describe('a date of the calendar', () => {
  it('is one that a calendar has', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 100, max: 9999 }),
        fc.integer({ min: -1, max: 14 }),
        fc.integer({ min: -1, max: 33 }),
        (year, month, day) => {
          const date = new Date(Date.UTC(year, month - 1, day))
          const same = date
            .toISOString()
            .startsWith(`${`${year}`.padStart(4, '0')}-${two(month)}-${two(day)}T`)
          expect(isCalendarDate(year, month, day)).toBe(same)
        },
      ),
      { numRuns: 2000 },
    )
  })

  it.each([
    [2000, 2, 29, true],
    [1900, 2, 29, false],
    [2024, 2, 29, true],
    [2023, 2, 29, false],
    [2024, 2, 30, false],
    [2024, 4, 31, false],
    [2024, 12, 31, true],
    [2024, 13, 1, false],
    [2024, 0, 1, false],
    [2024, 1, 0, false],
    [0, 1, 1, false],
    [1, 1, 1, true],
  ])('%i-%i-%i: %s', (year, month, day, good) => {
    expect(isCalendarDate(year, month, day)).toBe(good)
  })
})
