import { YearlyNumbers } from '../numbers.js'
import type { Json, Memory } from '../types.js'

export interface Tip {
  /** `26-000001`. */
  readonly number: string
  readonly t: number
  /** LESC reference of the message that brought it; empty where it came by telephone. */
  readonly ref: string
  /** ORI that sent it; empty where it came by telephone. */
  readonly ori: string
  readonly interest: string
  /** State that it is about; empty where that isn't known. */
  readonly place: string
  readonly office: string
  /** What a caller said. What a message says stands in the journal. */
  readonly text?: string | undefined
  readonly state: 'referred' | 'due' | 'overdue' | 'viable' | 'not viable'
}

export type TipEvent =
  | { readonly what: 'referred'; readonly tip: Tip }
  | { readonly what: 'due' | 'overdue' | 'viable' | 'not viable'; readonly number: string }

/** The tips, by number. */
export class TipRegister implements Memory {
  readonly #all = new Map<string, Tip>()
  /** Those that aren't decided and aren't due yet, and those that are due and not overdue; each oldest first. */
  readonly #fresh = new Map<string, Tip>()
  readonly #due = new Map<string, Tip>()
  readonly #numbers = new YearlyNumbers()

  get all(): IterableIterator<Tip> {
    return this.#all.values()
  }

  /** The oldest that is still to be due. */
  get fresh(): Tip | undefined {
    return this.#fresh.values().next().value
  }

  /** The oldest that is due and not overdue. */
  get due(): Tip | undefined {
    return this.#due.values().next().value
  }

  get(number: string): Tip | undefined {
    return this.#all.get(number)
  }

  next(day: string, digits: number): string {
    return this.#numbers.next(day, digits)
  }

  evolve(json: Json): void {
    const event = json as unknown as TipEvent
    if (event.what === 'referred') {
      this.#keep(event.tip)
      return
    }
    const before = this.#all.get(event.number)
    // What a caller said is needed for the decision and no longer.
    const over = event.what === 'viable' || event.what === 'not viable'
    if (before) this.#keep({ ...before, state: event.what, ...(over ? { text: undefined } : {}) })
  }

  encode(): Json {
    return [...this.#all.values()] as unknown as Json
  }

  restore(image: Json): void {
    for (const each of image as unknown as readonly Tip[]) this.#keep(each)
  }

  #keep(tip: Tip): void {
    const { number, state } = tip
    this.#all.set(number, tip)
    if (state === 'referred') this.#fresh.set(number, tip)
    else this.#fresh.delete(number)
    if (state === 'due') this.#due.set(number, tip)
    else this.#due.delete(number)
    this.#numbers.given(number)
  }
}
