/** Numbers that look random and are the same for the same seed (sfc32), so that a finding can be made again. */
export class Random {
  #a
  #b
  #c
  #d = 1

  /** @param {number} seed @param {string} [stream] what the numbers are for: other numbers for each */
  constructor(seed, stream = '') {
    this.#a = seed >>> 0
    this.#b = Math.floor(seed / 2 ** 32) >>> 0
    this.#c = hash(Buffer.from(stream))
    for (let i = 0; i < 12; i++) this.next()
  }

  /** A whole number below 2^32. */
  next() {
    const t = (this.#a + this.#b + this.#d++) | 0
    this.#a = this.#b ^ (this.#b >>> 9)
    this.#b = (this.#c + (this.#c << 3)) | 0
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + t
    return (t + this.#c) >>> 0
  }

  /** A whole number from 0 to `n - 1`. */
  below(n) {
    return n <= 1 ? 0 : this.next() % n
  }

  /** True once in `n` times. */
  once(n) {
    return this.below(n) === 0
  }

  /** @template T @param {readonly T[]} list @returns {T} */
  of(list) {
    return list[this.below(list.length)]
  }

  /** Small numbers more often than large ones, up to `n`. */
  small(n) {
    return this.below(1 + this.below(1 + this.below(n)))
  }
}

/** FNV-1a: cheap, and good enough to tell inputs and outcomes apart. @param {Uint8Array} bytes */
export function hash(bytes) {
  let h = 0x811c9dc5
  for (let i = 0; i < bytes.length; i++) h = Math.imul(h ^ bytes[i], 0x01000193)
  return h >>> 0
}

/**
 * Turns the bytes of an input into choices: how a target that needs a structure gets one from what was mutated.
 * When the bytes are used up every choice is the first, so that a shorter input is a simpler one.
 */
export class Choices {
  #bytes
  #at = 0

  /** @param {Uint8Array} bytes */
  constructor(bytes) {
    this.#bytes = bytes
  }

  get left() {
    return this.#bytes.length - this.#at
  }

  byte() {
    return this.#at < this.#bytes.length ? this.#bytes[this.#at++] : 0
  }

  below(n) {
    return n > 256 ? (this.byte() * 256 + this.byte()) % n : this.byte() % n
  }

  of(list) {
    return list[this.below(list.length)]
  }

  /** Characters of an alphabet, as many as the next byte says, at most `most`. */
  text(alphabet, most) {
    let text = ''
    for (let n = this.below(most + 1); n > 0; n--) text += alphabet[this.below(alphabet.length)]
    return text
  }
}
