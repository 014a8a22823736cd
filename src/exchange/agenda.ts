import type { Clock } from '../time/index.js'

interface Item {
  readonly due: number
  readonly run: () => void
}

/** Timers hold no more than this (Node's limit is 2^31 ms). */
const LONGEST = 2_000_000_000

/** What is to happen later: one heap and one timer, however much waits. Due times are of the monotonic clock. */
export class Agenda {
  readonly #heap: Item[] = []
  #timer: NodeJS.Timeout | undefined

  constructor(private readonly clock: Clock) {}

  /** Whether something is due within so many milliseconds. */
  isDueWithin(ms: number): boolean {
    const first = this.#heap[0]
    return first !== undefined && first.due <= this.clock.monotonic() + ms
  }

  get size(): number {
    return this.#heap.length
  }

  /** @param delay milliseconds from now. */
  after(delay: number, run: () => void): void {
    const item = { due: this.clock.monotonic() + delay, run }
    this.#heap.push(item)
    this.#up(this.#heap.length - 1)
    if (this.#heap[0] === item) this.#arm()
  }

  stop(): void {
    clearTimeout(this.#timer)
    this.#heap.length = 0
  }

  #arm(): void {
    clearTimeout(this.#timer)
    const first = this.#heap[0]
    if (!first) return
    const wait = Math.min(LONGEST, Math.max(0, Math.ceil(first.due - this.clock.monotonic())))
    this.#timer = setTimeout(() => this.#fire(), wait)
  }

  #fire(): void {
    const now = this.clock.monotonic()
    for (let first = this.#heap[0]; first && first.due <= now; first = this.#heap[0]) {
      this.#pop()
      first.run()
    }
    this.#arm()
  }

  #pop(): void {
    const last = this.#heap.pop()
    if (last && this.#heap.length > 0) {
      this.#heap[0] = last
      this.#down(0)
    }
  }

  #up(start: number): void {
    let at = start
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (this.#due(parent) <= this.#due(at)) return
      this.#swap(parent, at)
      at = parent
    }
  }

  #down(start: number): void {
    let at = start
    for (;;) {
      const left = 2 * at + 1
      const least = this.#due(left + 1) < this.#due(left) ? left + 1 : left
      if (this.#due(least) >= this.#due(at)) return
      this.#swap(least, at)
      at = least
    }
  }

  #due(at: number): number {
    return this.#heap[at]?.due ?? Number.POSITIVE_INFINITY
  }

  #swap(a: number, b: number): void {
    const item = this.#heap[a]!
    this.#heap[a] = this.#heap[b]!
    this.#heap[b] = item
  }
}
