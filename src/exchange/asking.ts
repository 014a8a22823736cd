import type { Matcher, MatchQuery, MatchResult } from '../matching/index.js'
import { FairQueue } from './fair-queue.js'

/** Questions that go to the matcher at once. */
const BATCH = 16

/** What waits for the matcher: a lane a link, in turn, so that one that asks a lot delays no other. */
export class Asking<T> {
  readonly #queue = new FairQueue<{ subject: T; link: string; query: MatchQuery }>()
  readonly #load = new Map<string, number>()
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

  /** Questions of a link that have no answer yet. */
  load(link: string): number {
    return this.#load.get(link) ?? 0
  }

  ask(subject: T, link: string, query: MatchQuery): void {
    this.#load.set(link, this.load(link) + 1)
    this.#queue.push(link, { subject, link, query })
    this.#pump()
  }

  /** One batch at a time, then the sockets' turn: matching a batch takes a few milliseconds at most. */
  #pump(): void {
    if (this.#asking || this.#queue.size === 0) return
    this.#asking = true
    setImmediate(() => void this.#askBatch())
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
    batch.forEach(({ subject, link }, i) => {
      this.#load.set(link, this.load(link) - 1)
      this.done(subject, found[i], failure)
    })
    this.#asking = false
    this.idle()
    this.#pump()
  }
}
