interface Lane<T> {
  items: T[]
  /** Items before this were taken; the array is cut seldom, so that taking from a long one stays cheap. */
  head: number
}

const CUT_AT = 1024

/** A queue with a lane for each link, served round robin, so that one that asks a lot delays no other. */
export class FairQueue<T> {
  readonly #lanes = new Map<string, Lane<T>>()
  #size = 0

  get size(): number {
    return this.#size
  }

  push(name: string, item: T): void {
    const lane = this.#lanes.get(name)
    if (lane) lane.items.push(item)
    else this.#lanes.set(name, { items: [item], head: 0 })
    this.#size++
  }

  /** Takes up to `most` items, one of each lane in turn. */
  take(most: number): T[] {
    const taken: T[] = []
    // Alone there is no turn to wait for.
    if (this.#lanes.size === 1) {
      for (const [name, lane] of this.#lanes) {
        while (taken.length < most && lane.head < lane.items.length) taken.push(lane.items[lane.head++]!)
        if (lane.head === lane.items.length) this.#lanes.delete(name)
        else this.#lanes.set(name, shortened(lane))
      }
      this.#size -= taken.length
      return taken
    }
    while (taken.length < most && this.#size > 0) {
      for (const [name, lane] of this.#lanes) {
        taken.push(lane.items[lane.head++]!)
        this.#size--
        // A lane that was served goes to the end of the round.
        this.#lanes.delete(name)
        if (lane.head < lane.items.length) this.#lanes.set(name, shortened(lane))
        break
      }
    }
    return taken
  }
}

function shortened<T>(lane: Lane<T>): Lane<T> {
  if (lane.head < CUT_AT || lane.head * 2 < lane.items.length) return lane
  return { items: lane.items.slice(lane.head), head: 0 }
}
