import { YearlyNumbers } from '../numbers.js'
import type { Address, Json, Memory, Moment } from '../types.js'

export interface Detainer {
  /** `26-000001`. */
  readonly number: string
  readonly t: number
  readonly day: string
  /** Whose jail is asked, and the state of that ORI. */
  readonly ori: string
  readonly area: string
  readonly to: Address
  readonly name: string
  readonly dob: string
  readonly nic: string
  readonly arn: string
  readonly by: 'confirmation' | 'operator'
  readonly state: 'lodged' | 'lifted' | 'expired'
  /** Code of why it was lifted. */
  readonly reason?: string | undefined
}

export type DetainerEvent =
  | { readonly what: 'lodged'; readonly detainer: Detainer }
  | { readonly what: 'lifted'; readonly number: string; readonly reason: string }
  | { readonly what: 'expired'; readonly number: string }

/** The detainers, by number. */
export class DetainerRegister implements Memory {
  readonly #all = new Map<string, Detainer>()
  /** Those that stand, oldest first. */
  readonly #lodged = new Map<string, Detainer>()
  readonly #numbers = new YearlyNumbers()

  get all(): IterableIterator<Detainer> {
    return this.#all.values()
  }

  get(number: string): Detainer | undefined {
    return this.#all.get(number)
  }

  /** The one that has stood longest. */
  get oldest(): Detainer | undefined {
    return this.#lodged.values().next().value
  }

  /** The next number of a day's year. */
  next(day: string, digits: number): string {
    return this.#numbers.next(day, digits)
  }

  evolve(json: Json, _: Moment): void {
    const event = json as unknown as DetainerEvent
    if (event.what === 'lodged') this.#keep(event.detainer)
    else {
      const before = this.#all.get(event.number)
      if (before)
        this.#keep({ ...before, state: event.what, reason: 'reason' in event ? event.reason : undefined })
    }
  }

  encode(): Json {
    return [...this.#all.values()] as unknown as Json
  }

  restore(image: Json): void {
    for (const each of image as unknown as readonly Detainer[]) this.#keep(each)
  }

  #keep(detainer: Detainer): void {
    const { number, state } = detainer
    this.#all.set(number, detainer)
    if (state === 'lodged') this.#lodged.set(number, detainer)
    else this.#lodged.delete(number)
    this.#numbers.given(number)
  }
}
