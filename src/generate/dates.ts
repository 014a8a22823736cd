/**
 * Days as whole numbers, with their text made once. Ages and dates count from a fixed day, so that a seed makes the
 * same persons in any year.
 */

const FIRST_YEAR = 1930
const LAST_YEAR = 2026
const MONTHS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] as const

const texts: string[] = []
const newYears: number[] = []

export const isLeap = (year: number): boolean => year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)

for (let year = FIRST_YEAR; year <= LAST_YEAR; year++) {
  newYears.push(texts.length)
  MONTHS.forEach((days, month) => {
    const length = month === 1 && isLeap(year) ? 29 : days
    const head = `${year}${twoDigits(month + 1)}`
    for (let day = 1; day <= length; day++) texts.push(head + twoDigits(day))
  })
}

/** The 30th of June 2026. */
export const TODAY = dayOf(LAST_YEAR) + 180
export const YEAR = 365

/** Number of the first of January. */
export function dayOf(year: number): number {
  return newYears[year - FIRST_YEAR] as number
}

/** CCYYMMDD. */
export function dayText(day: number): string {
  return texts[day] as string
}

export function twoDigits(value: number): string {
  return value < 10 ? `0${value}` : `${value}`
}
