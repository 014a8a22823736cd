import type { Json, Memory, Moment } from '../types.js'

/** A check that has no final answer yet. */
export interface Check {
  readonly ref: string
  readonly t: number
  readonly ori: string
  /** Milliseconds since the epoch: the end of the business days. */
  readonly limit: number
  /** Its answer is there and waits for an operator. */
  readonly held?: boolean | undefined
  /** When its answer goes out. */
  readonly answerAt?: number | undefined
  readonly overdue?: boolean | undefined
}

export type BradyEvent =
  | { readonly what: 'asked'; readonly check: Check }
  | { readonly what: 'held' | 'answered' | 'overdue'; readonly ref: string }
  /** It was concluded, and its answer goes out at a time. */
  | { readonly what: 'timed'; readonly ref: string; readonly at: number }

/** The checks that wait, oldest first. */
export class BradyQueue implements Memory {
  /** Those that may be late. */
  readonly #open = new Map<string, Check>()
  readonly #overdue = new Map<string, Check>()
  /** Those whose answers go out in time by themselves. */
  readonly #timed = new Map<string, Check>()

  /** Those that have no answer at a time. */
  waiting(t: number): Check[] {
    const all = [...this.#overdue.values(), ...this.#open.values(), ...this.#timed.values()]
    return all.filter(({ answerAt }) => answerAt === undefined || answerAt > t)
  }

  get(ref: string): Check | undefined {
    return this.#overdue.get(ref) ?? this.#open.get(ref)
  }

  /** The one whose limit comes first. */
  get first(): Check | undefined {
    return this.#open.values().next().value
  }

  evolve(json: Json, { t }: Moment): void {
    const event = json as unknown as BradyEvent
    this.#forget(t)
    if (event.what === 'asked') {
      this.#open.set(event.check.ref, event.check)
      return
    }
    const check = this.get(event.ref)
    if (!check) return
    this.#open.delete(event.ref)
    this.#overdue.delete(event.ref)
    if (event.what === 'held') this.#keep({ ...check, held: true })
    else if (event.what === 'timed') this.#keep({ ...check, answerAt: event.at })
    else if (event.what === 'overdue') this.#keep({ ...check, overdue: true })
  }

  encode(): Json {
    return [...this.#overdue.values(), ...this.#open.values(), ...this.#timed.values()] as unknown as Json
  }

  restore(image: Json): void {
    for (const each of image as unknown as readonly Check[]) this.#keep(each)
  }

  #keep(check: Check): void {
    const { ref, answerAt, limit, overdue } = check
    if (overdue) this.#overdue.set(ref, check)
    else if (answerAt !== undefined && answerAt <= limit) this.#timed.set(ref, check)
    else this.#open.set(ref, check)
  }

  /** What was answered by now leaves, from the oldest on. */
  #forget(t: number): void {
    for (const [ref, { answerAt }] of this.#timed) {
      if (answerAt === undefined || answerAt > t) return
      this.#timed.delete(ref)
    }
  }
}
