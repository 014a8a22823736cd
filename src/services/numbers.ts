/** Numbers as `26-000001`: the calendar year, and one that is given once in it. */
export class YearlyNumbers {
  /** Highest number given, by year. */
  readonly #last = new Map<string, number>()

  /** The next number of a day's year. @param day CCYYMMDD. */
  next(day: string, digits: number): string {
    const year = day.slice(2, 4)
    return `${year}-${`${(this.#last.get(year) ?? 0) + 1}`.padStart(digits, '0')}`
  }

  /** It was given. */
  given(number: string): void {
    const [year = '', count] = number.split('-')
    this.#last.set(year, Math.max(this.#last.get(year) ?? 0, Number(count)))
  }
}
