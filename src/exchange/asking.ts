import type { Matcher, MatchQuery, MatchResult } from '../matching/index.js'
import { FairQueue } from './fair-queue.js'

/** Questions that go to the matcher at once. */
const BATCH = 16
/** Milliseconds for which batches follow each other before the sockets' turn comes. */
const SLICE_MS = 2

/** What waits for the matcher: a lane a link, in turn, so that one that asks a lot delays no other. */
export class Asking<T> {
  readonly #queue = new FairQueue<{ subject: T; load: { open: number }; query: MatchQuery }>()
  readonly #load = new Map<string, { open: number }>()
  #asking = false

  /**
   * @param done gets what was found, or why nothing was.
   * @param idle is called after each batch.
   */
  constructor(
    private readonly matcher: Matcher,
    private readonly done: (subject: T, found: MatchResult | undefined, error?: unknown) => void,
    private readonly idle: () => void,
  ) {}

  get busy(): boolean {
    return this.#asking || this.#queue.size > 0
  }

  /** Questions that the matcher hasn't been given. */
  get waiting(): number {
    return this.#queue.size
  }

  /** Questions of a link that have no answer yet. */
  load(link: string): number {
    return this.#load.get(link)?.open ?? 0
  }

  ask(subject: T, link: string, query: MatchQuery): void {
    let load = this.#load.get(link)
    if (!load) {
      load = { open: 0 }
      this.#load.set(link, load)
    }
    load.open++
    this.#queue.push(link, { subject, load, query })
    this.#pump()
  }

  /**
   * A few milliseconds' batches, then the sockets' turn. What is found in one turn is written down together and goes
   * out together, so a turn takes as many as it can.
   */
  #pump(): void {
    if (this.#asking || this.#queue.size === 0) return
    this.#asking = true
    setImmediate(() => void this.#askForATurn())
  }

  async #askForATurn(): Promise<void> {
    const end = performance.now() + SLICE_MS
    do await this.#askBatch()
    while (this.#queue.size > 0 && performance.now() < end)
    this.#asking = false
    this.idle()
    this.#pump()
  }

  async #askBatch(): Promise<void> {
    const batch = this.#queue.take(BATCH)
    let found: readonly MatchResult[] = []
    let failure: unknown
    try {
      found = await this.matcher.query(batch.map(({ query }) => query))
    } catch (error) {
      failure = error
    }
    for (let i = 0; i < batch.length; i++) {
      const asked = batch[i]!
      asked.load.open--
      this.done(asked.subject, found[i], failure)
    }
  }
}
