// Pseudo-random numbers: the same seed makes the same plan of every round. (When a signal meets the process is up to
// the machine; a round's plan is repeatable, its outcome never quite.)

export class Dice {
  #state

  constructor(seed) {
    this.#state = seed >>> 0
  }

  /** In [0, 1): mulberry32. */
  next() {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let t = this.#state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }

  /** A whole number from `low` to `high`, both included. */
  between(low, high) {
    return low + Math.floor(this.next() * (high - low + 1))
  }

  chance(share) {
    return this.next() < share
  }

  pick(list) {
    return list[Math.floor(this.next() * list.length)]
  }

  bytes(length) {
    return Buffer.from(Array.from({ length }, () => this.between(0, 255)))
  }

  /** Numbers of its own for a part, so that one part's appetite doesn't change another's. */
  fork() {
    return new Dice(Math.floor(this.next() * 2 ** 32))
  }
}
