/** A queue with a lane for each link, served round robin, so that one that asks a lot delays no other. */
export class FairQueue<T> {
  readonly #lanes = new Map<string, T[]>()
  #size = 0

  get size(): number {
    return this.#size
  }

  push(lane: string, item: T): void {
    const queue = this.#lanes.get(lane)
    if (queue) queue.push(item)
    else this.#lanes.set(lane, [item])
    this.#size++
  }

  /** Takes up to `most` items, one of each lane in turn. */
  take(most: number): T[] {
    const taken: T[] = []
    while (taken.length < most && this.#size > 0) {
      for (const [lane, queue] of this.#lanes) {
        const item = queue.shift()
        // A lane that was served goes to the end of the round.
        this.#lanes.delete(lane)
        if (queue.length > 0) this.#lanes.set(lane, queue)
        if (item !== undefined) {
          taken.push(item)
          this.#size--
        }
        break
      }
    }
    return taken
  }
}
