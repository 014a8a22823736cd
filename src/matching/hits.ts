/** Names on file that the first look kept, as columns: a query has hundreds, and no object is made for any. */

/** Order is by steps this fine (in bits), and by arrival where two have the same. */
const STEPS = 1 << 16
/** More than there are hits. */
const MOST_HITS = 1 << 20

export class Hits {
  count = 0
  /** Number of the segment in the order of the holdings. */
  segment = new Int32Array(512)
  row = new Int32Array(512)
  total = new Float64Array(512)
  /** Places of the best, best first, as far as {@link sort} was asked to. */
  readonly order: Int32Array
  #keys = new Float64Array(512)

  /** @param most hits that {@link sort} puts in their order. */
  constructor(most: number) {
    this.order = new Int32Array(most)
  }

  add(segment: number, row: number, total: number): void {
    if (this.count === this.row.length) this.#grow()
    this.segment[this.count] = segment
    this.row[this.count] = row
    this.total[this.count++] = total
  }

  /** Puts the best into `order`. @returns how many. */
  sort(): number {
    const keys = this.#keys
    for (let i = 0; i < this.count; i++) keys[i] = -Math.round((this.total[i] ?? 0) * STEPS) * MOST_HITS + i
    keys.subarray(0, this.count).sort()
    const most = Math.min(this.count, this.order.length)
    for (let i = 0; i < most; i++) {
      const key = keys[i] ?? 0
      this.order[i] = key - Math.floor(key / MOST_HITS) * MOST_HITS
    }
    return most
  }

  /** Leaves of those from `from` on the best few hundred: a whole bit more or less decides who is one too many. */
  thin(from: number, most: number): void {
    if (this.count - from <= most) return
    const bins = new Int32Array(256)
    for (let i = from; i < this.count; i++) {
      const bin = binOf(this.total[i] ?? 0)
      bins[bin] = (bins[bin] ?? 0) + 1
    }
    let [bin, sum] = [255, 0]
    while (bin > 0 && sum + (bins[bin] ?? 0) <= most) sum += bins[bin--] ?? 0
    // Of more in the best bin than are kept the first are.
    const least = bin - 128 + (sum > 0 ? 1 : 0)
    let kept = from
    for (let i = from; i < this.count && kept - from < most; i++) {
      if ((this.total[i] ?? 0) < least) continue
      this.row[kept] = this.row[i] ?? 0
      this.total[kept++] = this.total[i] ?? 0
    }
    this.count = kept
  }

  #grow(): void {
    const room = this.row.length * 2
    const [segment, row, total] = [new Int32Array(room), new Int32Array(room), new Float64Array(room)]
    segment.set(this.segment)
    row.set(this.row)
    total.set(this.total)
    this.segment = segment
    this.row = row
    this.total = total
    this.#keys = new Float64Array(room)
  }
}

const binOf = (total: number): number => Math.max(0, Math.min(255, Math.floor(total) + 128))
