interface Waiter<T> {
  readonly resolve: (item: T | undefined) => void
  readonly timer: NodeJS.Timeout | undefined
}

/** Items in the order they came, for whoever asks first. Once shut, those that are left can still be taken. */
export class Mailbox<T> {
  #items: T[] = []
  /** Items before this were taken; the array is cut seldom, so that a long queue stays cheap. */
  #head = 0
  #waiters: Waiter<T>[] = []
  #shut = false

  get size(): number {
    return this.#items.length - this.#head
  }

  put(item: T): void {
    const waiter = this.#waiters.shift()
    if (!waiter) {
      this.#items.push(item)
      return
    }
    clearTimeout(waiter.timer)
    waiter.resolve(item)
  }

  /** The oldest item at once, where there is one. */
  poll(): T | undefined {
    if (this.size === 0) return undefined
    const item = this.#items[this.#head++]
    if (this.#head > 1024 && this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head)
      this.#head = 0
    }
    return item
  }

  /** The next item; undefined when `timeoutMs` passed without one, or when the box is shut and empty. */
  take(timeoutMs?: number): Promise<T | undefined> {
    if (this.size > 0 || this.#shut) return Promise.resolve(this.poll())
    return new Promise((resolve) => {
      const waiter: Waiter<T> = {
        resolve,
        timer: timeoutMs === undefined ? undefined : setTimeout(() => this.#giveUp(waiter), timeoutMs),
      }
      this.#waiters.push(waiter)
    })
  }

  /** No more will come: whoever waits gets undefined. */
  shut(): void {
    this.#shut = true
    for (const waiter of this.#waiters.splice(0)) {
      clearTimeout(waiter.timer)
      waiter.resolve(undefined)
    }
  }

  #giveUp(waiter: Waiter<T>): void {
    this.#waiters = this.#waiters.filter((other) => other !== waiter)
    waiter.resolve(undefined)
  }
}
