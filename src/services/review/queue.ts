import type { Doubt, Json, Memory, Moment } from '../types.js'

/** Who has a case for himself, and since when (milliseconds since the epoch). */
export interface Taken {
  readonly by: string
  readonly t: number
}

/** An unclear match that waits for a technician's decision. */
export interface ReviewCase extends Doubt {
  /** Name of its priority. */
  readonly priority: string
  /** When the automatic answer goes, milliseconds since the epoch. */
  readonly limit: number
  readonly taken?: Taken | undefined
}

export type ReviewEvent =
  | { readonly what: 'opened'; readonly case: ReviewCase }
  | { readonly what: 'taken'; readonly ref: string; readonly by: string }
  | { readonly what: 'left' | 'decided' | 'expired'; readonly ref: string }

/** The cases that wait, by priority and then by age. */
export class ReviewQueue implements Memory {
  readonly #priorities = new Map<string, Map<string, ReviewCase>>()
  readonly #priorityOf = new Map<string, string>()

  /** @param rules the priorities in their order; what has another name, from rules of before, goes last. */
  constructor(private readonly rules: { readonly priorities: readonly { readonly name: string }[] }) {}

  get all(): readonly ReviewCase[] {
    const order = this.rules.priorities.map(({ name }) => name)
    const place = (name: string): number => (order.includes(name) ? order.indexOf(name) : order.length)
    return [...this.#priorities]
      .sort(([a], [b]) => place(a) - place(b))
      .flatMap(([, cases]) => [...cases.values()])
  }

  get(ref: string): ReviewCase | undefined {
    return this.#priorities.get(this.#priorityOf.get(ref) ?? '')?.get(ref)
  }

  /**
   * The one whose time is over first. Within a priority all have the same time, so that it is the oldest of one; where
   * the rules have shortened it since, the younger ones wait for those before them.
   */
  get next(): ReviewCase | undefined {
    let next: ReviewCase | undefined
    for (const cases of this.#priorities.values()) {
      const oldest = cases.values().next().value
      if (oldest && (!next || oldest.limit < next.limit)) next = oldest
    }
    return next
  }

  evolve(json: Json, { t }: Moment): void {
    const event = json as unknown as ReviewEvent
    if (event.what === 'opened') {
      this.#keep(event.case)
      return
    }
    const open = this.get(event.ref)
    if (!open) return
    switch (event.what) {
      case 'taken':
        this.#keep({ ...open, taken: { by: event.by, t } })
        break
      case 'left':
        this.#keep({ ...open, taken: undefined })
        break
      default:
        this.#priorities.get(open.priority)?.delete(event.ref)
        this.#priorityOf.delete(event.ref)
    }
  }

  encode(): Json {
    return this.all as unknown as Json
  }

  restore(image: Json): void {
    for (const each of image as unknown as readonly ReviewCase[]) this.#keep(each)
  }

  #keep(open: ReviewCase): void {
    let cases = this.#priorities.get(open.priority)
    if (!cases) {
      cases = new Map()
      this.#priorities.set(open.priority, cases)
    }
    cases.set(open.reference, open)
    this.#priorityOf.set(open.reference, open.priority)
  }
}
