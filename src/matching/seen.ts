/** Which rows of a segment a query has looked at: a table of hashes that is never cleared. */

/** Twice as many as a query looks at, at least. */
const SLOTS = 1 << 15
const LAST_ROUND = 0x7fffffff

export class Seen {
  /** The round and the row, in turn. */
  readonly #slots = new Int32Array(SLOTS * 2)
  #round = 0

  /** Forgets all rows. */
  clear(): void {
    if (this.#round === LAST_ROUND) {
      this.#slots.fill(0)
      this.#round = 0
    }
    this.#round++
  }

  /** Whether a row comes for the first time. */
  isNew(row: number): boolean {
    const slots = this.#slots
    const round = this.#round
    let at = ((Math.imul(row, 0x9e3779b1) >>> 7) & (SLOTS - 1)) * 2
    while (slots[at] === round) {
      if (slots[at + 1] === row) return false
      at = (at + 2) & (SLOTS * 2 - 1)
    }
    slots[at] = round
    slots[at + 1] = row
    return true
  }
}
