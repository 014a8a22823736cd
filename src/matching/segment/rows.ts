import { Column } from '../columns.js'
import { type Columns, putRow, ROW_MANY, ROW_OVER, STRIDE, TOKEN } from './layout.js'

/** Writes rows with their overflow, and counts the tokens. */
export class RowWriter {
  #rows: Uint32Array
  #used = 0
  readonly #overRow = new Column()
  readonly #overStart = new Column()
  readonly #over = new Column()
  readonly #surnames: Uint32Array
  readonly #given: Uint32Array
  readonly #particle: Uint8Array

  /** @param names as many as there will be, where that is known. */
  constructor(texts: readonly string[], particle: (text: string) => boolean, names = 1 << 10) {
    this.#rows = new Uint32Array(names * STRIDE)
    this.#surnames = new Uint32Array(texts.length)
    this.#given = new Uint32Array(texts.length)
    this.#particle = Uint8Array.from(texts, (text, i) => Number(i > 0 && particle(text)))
  }

  /** Names written so far. */
  get names(): number {
    return this.#used / STRIDE
  }

  /** @param name shape, then tokens, from `at` on. */
  add(name: Int32Array, at: number, place: number, sex: number, flags: number, date: number): void {
    const shape = name[at] ?? 0
    const split = shape & 255
    const count = split + ((shape >> 8) & 255)
    if (this.#used + STRIDE > this.#rows.length) {
      const larger = new Uint32Array((this.#rows.length + STRIDE) * 2)
      larger.set(this.#rows)
      this.#rows = larger
    }
    const row = this.#rows
    const real = this.#pick(name, at + 1, split, this.#used)
    const more = this.#pick(name, at + 1 + split, count - split, this.#used + 2)
    for (let j = 0; j < count; j++) {
      const token = name[at + 1 + j] ?? 0
      const counts = j < split ? this.#surnames : this.#given
      counts[token] = (counts[token] ?? 0) + 1
    }
    let all = flags
    if (real > 2 || more > 2) all |= ROW_MANY | ROW_OVER
    if (real !== split || more !== count - split || shape >> 16 !== 0) all |= ROW_OVER
    if (all & ROW_OVER) {
      this.#overRow.push(this.names)
      this.#overStart.push(this.#over.length)
      for (let j = 0; j <= count; j++) this.#over.push(name[at + j] ?? 0)
    }
    putRow(row, this.#used, place, sex, all, date)
    this.#used += STRIDE
  }

  /** Puts the first two tokens that are no particles, or the first two where all are. @returns how many there are. */
  #pick(name: Int32Array, from: number, count: number, into: number): number {
    let [a, b, real] = [0, 0, 0]
    for (let j = from; j < from + count; j++) {
      const token = name[j] ?? 0
      if (this.#particle[token] === 1) continue
      if (real === 0) a = token
      else if (real === 1) b = token
      real++
    }
    if (real === 0 && count > 0) {
      a = name[from] ?? 0
      b = count > 1 ? (name[from + 1] ?? 0) : 0
      real = count
    }
    this.#rows[into] = a & TOKEN
    this.#rows[into + 1] = b & TOKEN
    return real
  }

  finish(): Pick<Columns, 'rows' | 'overRow' | 'overStart' | 'over' | 'surnames' | 'given'> {
    const plain = (column: Column): Uint32Array => Uint32Array.from(column.data.subarray(0, column.length))
    return {
      rows: this.#used === this.#rows.length ? this.#rows : this.#rows.slice(0, this.#used),
      ...{ overRow: plain(this.#overRow), overStart: plain(this.#overStart), over: plain(this.#over) },
      ...{ surnames: this.#surnames, given: this.#given },
    }
  }
}
