import { formatLine, readLine } from '../records/index.js'
import type { PersonRecord } from '../records/types.js'

const CHUNK = 1 << 22

/** Whole records in memory as packed text: a third of what they take as objects, read when an answer needs one. */
export class Shelf {
  readonly #chunks: Buffer[] = []
  #used = CHUNK
  #places = new Float64Array(1024)
  #lengths = new Uint32Array(1024)

  put(at: number, record: PersonRecord): void {
    const text = formatLine(record)
    const bytes = Buffer.from(text, 'utf8')
    if (this.#used + bytes.length > CHUNK) {
      this.#chunks.push(Buffer.allocUnsafe(CHUNK))
      this.#used = 0
    }
    if (at >= this.#places.length) this.#grow(at)
    bytes.copy(this.#chunks.at(-1) as Buffer, this.#used)
    this.#places[at] = (this.#chunks.length - 1) * CHUNK + this.#used
    this.#lengths[at] = bytes.length
    this.#used += bytes.length
  }

  get(at: number): PersonRecord {
    const place = this.#places[at] ?? 0
    const from = place % CHUNK
    const text =
      this.#chunks[Math.floor(place / CHUNK)]?.toString('utf8', from, from + (this.#lengths[at] ?? 0)) ?? ''
    return readLine(text) as PersonRecord
  }

  #grow(at: number): void {
    const size = Math.max(this.#places.length * 2, at + 1)
    const [places, lengths] = [new Float64Array(size), new Uint32Array(size)]
    places.set(this.#places)
    lengths.set(this.#lengths)
    this.#places = places
    this.#lengths = lengths
  }
}
