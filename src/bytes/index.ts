/**
 * Text and numbers into memory that is used again. A message's records, frames and log lines are made of dozens of
 * pieces; as strings each piece and each sum of them would be an object of its own.
 */

/** Texts shorter than this are copied here: a call into the runtime costs more. */
const SHORT = 40
const ZERO = 0x30
/** Numbers below this are exact in 32-bit arithmetic. */
const SMALL = 0x40000000

/** Held here, since looking it up for each character of each kind of string costs a quarter of a query's time. */
const { charCodeAt } = String.prototype

/** Writes into a buffer that grows as needed, one byte a character (Latin-1) where not said otherwise. */
export class ByteWriter {
  /** What was written stands before {@link at}; another buffer may take its place with the next write. */
  buffer: Buffer
  at = 0

  constructor(size: number) {
    this.buffer = Buffer.allocUnsafeSlow(size)
  }

  /** Makes room for so many bytes more. */
  reserve(bytes: number): void {
    if (this.at + bytes <= this.buffer.length) return
    const larger = Buffer.allocUnsafeSlow(Math.max(this.buffer.length * 2, this.at + bytes))
    this.buffer.copy(larger, 0, 0, this.at)
    this.buffer = larger
  }

  byte(value: number): void {
    if (this.at === this.buffer.length) this.reserve(1)
    this.buffer[this.at++] = value
  }

  text(text: string): void {
    // A sum is known to be a string. What is passed is one of half a dozen kinds of string, and looking up length anew
    // for each costs as much as the copying.
    // biome-ignore lint/style/useTemplate: a template isn't known to be one.
    const known = '' + text
    const { length } = known
    if (this.at + length > this.buffer.length) this.reserve(length)
    if (length < SHORT) {
      const { buffer } = this
      let { at } = this
      for (let i = 0; i < length; i++) buffer[at++] = charCodeAt.call(known, i)
      this.at = at
    } else this.at += this.buffer.write(known, this.at, length, 'latin1')
  }

  /** Text of any letters, as UTF-8. */
  utf8(text: string): void {
    // biome-ignore lint/style/useTemplate: as above.
    const known = '' + text
    const { length } = known
    this.reserve(length * 3)
    const { buffer } = this
    let { at } = this
    for (let i = 0; i < length; i++) {
      const code = charCodeAt.call(known, i)
      if (code > 127) {
        this.at += buffer.write(known, this.at, 'utf8')
        return
      }
      buffer[at++] = code
    }
    this.at = at
  }

  /** A number as digits. */
  number(value: number): void {
    if (value < 0 || value >= SMALL || (value | 0) !== value) this.text(`${value}`)
    else this.#digits(value, value < 10 ? 1 : value < 100 ? 2 : value < 1000 ? 3 : digitsOf(value))
  }

  /** A number as at least so many digits, with zeros before it. */
  padded(value: number, width: number): void {
    this.#digits(value, Math.max(width, digitsOf(value)))
  }

  #digits(value: number, width: number): void {
    this.reserve(width)
    let rest = value
    for (let i = this.at + width - 1; i >= this.at; i--) {
      const next = (rest / 10) | 0
      this.buffer[i] = ZERO + rest - next * 10
      rest = next
    }
    this.at += width
  }

  bytes(bytes: Buffer): void {
    this.reserve(bytes.length)
    this.buffer.set(bytes, this.at)
    this.at += bytes.length
  }

  /** What was written from a place on, as text. */
  since(from: number): string {
    return this.buffer.toString('latin1', from, this.at)
  }
}

function digitsOf(value: number): number {
  let digits = 1
  for (let bound = 10; bound <= value; bound *= 10) digits++
  return digits
}
