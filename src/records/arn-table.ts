import { isRemoval, plainArn } from './segment.js'

const EMPTY = 0xffffffff

/**
 * Which line of which segment holds a person now: a hash table in typed arrays, 12 bytes a slot, since a Map of a
 * million A-numbers takes ten times that. What is removed keeps its slot with no place.
 */
export class ArnTable {
  #mask = 1023
  #keys = new Uint32Array(1024).fill(EMPTY)
  #segments = new Uint32Array(1024)
  #lines = new Uint32Array(1024)
  #used = 0
  #live = 0

  /** Persons on file. */
  get live(): number {
    return this.#live
  }

  /** Takes up the lines of a segment in their order: a later one replaces, a removal takes out. */
  take(segment: number, arns: Uint32Array, count: number): void {
    for (let i = 0; i < count; i++) {
      const arn = arns[i] ?? 0
      this.#put(plainArn(arn), isRemoval(arn) ? EMPTY : segment, i)
    }
  }

  /** @returns the place of a person, or undefined. */
  find(arn: number): { readonly segment: number; readonly line: number } | undefined {
    const slot = this.#slot(arn)
    if (this.#keys[slot] !== arn) return undefined
    const segment = this.#segments[slot] ?? EMPTY
    return segment === EMPTY ? undefined : { segment, line: this.#lines[slot] ?? 0 }
  }

  /** Whether this very line is the one that holds its person. */
  isCurrent(arn: number, segment: number, line: number): boolean {
    const slot = this.#slot(arn)
    return this.#keys[slot] === arn && this.#segments[slot] === segment && this.#lines[slot] === line
  }

  #put(arn: number, segment: number, line: number): void {
    if (this.#used * 2 > this.#mask) this.#grow()
    const slot = this.#slot(arn)
    const isNew = this.#keys[slot] === EMPTY
    const wasLive = !isNew && this.#segments[slot] !== EMPTY
    if (isNew) this.#used++
    this.#live += Number(segment !== EMPTY) - Number(wasLive)
    this.#keys[slot] = arn
    this.#segments[slot] = segment
    this.#lines[slot] = line
  }

  /** The slot that holds the A-number, or the empty one that would. */
  #slot(arn: number): number {
    let slot = Math.imul(arn ^ (arn >>> 15), 0x9e3779b1) & this.#mask
    while (this.#keys[slot] !== arn && this.#keys[slot] !== EMPTY) slot = (slot + 1) & this.#mask
    return slot
  }

  #grow(): void {
    const [keys, segments, lines] = [this.#keys, this.#segments, this.#lines]
    const size = keys.length * 2
    this.#mask = size - 1
    this.#keys = new Uint32Array(size).fill(EMPTY)
    this.#segments = new Uint32Array(size)
    this.#lines = new Uint32Array(size)
    for (let old = 0; old < keys.length; old++) {
      const arn = keys[old] ?? EMPTY
      if (arn === EMPTY) continue
      const slot = this.#slot(arn)
      this.#keys[slot] = arn
      this.#segments[slot] = segments[old] ?? EMPTY
      this.#lines[slot] = lines[old] ?? 0
    }
  }
}
