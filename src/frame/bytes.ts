import type { FrameEvent, FrameLimits } from './events.js'

export const NUL = 0x00
export const STX = 0x02
export const ETX = 0x03
export const ENQ = 0x05
export const ACK = 0x06
export const LF = 0x0a
export const CR = 0x0d
export const DEL = 0x7f
const TAB = 0x09
const SPACE = 0x20
const LESS_THAN = 0x3c
const ZERO = 0x30
const NINE = 0x39

export const PATTERN_START = Buffer.from([0xff, 0x00, 0xaa, 0x55])
export const PATTERN_STOP = Buffer.from([0x55, 0xaa, 0x00, 0xff])

const isBlank = (byte: number | undefined): boolean =>
  byte === SPACE || byte === CR || byte === LF || byte === TAB || byte === DEL

/** What some programs write before UTF-8; it stands for nothing. */
const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf])

/** Looks for the first byte of a body, which may come in pieces, that is neither blank nor of a byte order mark. */
export class FirstByte {
  /** Undefined while all that came is blank. */
  value: number | undefined
  /** Bytes of the mark that have come; undefined once something else has. */
  #mark: number | undefined = 0

  reset(): void {
    this.value = undefined
    this.#mark = 0
  }

  /** Takes the body's next bytes. @returns {@link value}. */
  look(bytes: Buffer, start = 0, end = bytes.length): number | undefined {
    for (let i = start; i < end && this.value === undefined; i++) {
      const byte = bytes[i]
      if (this.#mark !== undefined && byte === BYTE_ORDER_MARK[this.#mark]) {
        this.#mark++
        if (this.#mark === BYTE_ORDER_MARK.length) this.#mark = undefined
        continue
      }
      // A mark that breaks off was none.
      if (this.#mark !== undefined && this.#mark > 0) this.value = BYTE_ORDER_MARK[0]
      else if (!isBlank(byte)) this.value = byte
      this.#mark = undefined
    }
    return this.value
  }
}

/** Whether a body is an XML message: its first byte that isn't blank, after a byte order mark or none, is `<`. */
export function isXmlBody(body: Buffer): boolean {
  return new FirstByte().look(body) === LESS_THAN
}

/** The largest body by its first non-blank byte; while that is unknown, the larger of both limits. */
export function limitFor(limits: FrameLimits, first: number | undefined): number {
  if (first === undefined) return Math.max(limits.text, limits.xml)
  return first === LESS_THAN ? limits.xml : limits.text
}

/** The event of a delivery acknowledgement, where the body is one. */
export function readAck(body: Buffer): FrameEvent | undefined {
  if (body[0] !== ACK || body.length !== 6) return undefined
  let count = 0
  for (let i = 1; i < 6; i++) {
    const digit = body[i] ?? 0
    if (digit < ZERO || digit > NINE) return undefined
    count = count * 10 + digit - ZERO
  }
  return { kind: 'ack', count }
}

const EMPTY = Buffer.alloc(0)
const SMALLEST = 256

/** Bytes of a frame that came in pieces: one buffer that doubles, never beyond what the frame may need. */
export class HeldBytes {
  #bytes: Buffer = EMPTY
  #length = 0

  get length(): number {
    return this.#length
  }

  /** What the buffer takes, used or not. */
  get capacity(): number {
    return this.#bytes.length
  }

  /** Takes a copy of `chunk[start, end)`; `bound` is the most that this frame will ever hold. */
  append(chunk: Buffer, start: number, end: number, bound: number): void {
    const needed = this.#length + end - start
    if (needed > this.#bytes.length) {
      const size = Math.max(needed, Math.min(bound, Math.max(SMALLEST, this.#bytes.length * 2)))
      const larger = Buffer.allocUnsafe(size)
      this.#bytes.copy(larger, 0, 0, this.#length)
      this.#bytes = larger
    }
    chunk.copy(this.#bytes, this.#length, start, end)
    this.#length = needed
  }

  /** Hands the bytes over and starts anew: who takes them owns them. */
  take(): Buffer {
    const taken = this.#bytes.subarray(0, this.#length)
    this.#bytes = EMPTY
    this.#length = 0
    return taken
  }

  /** The first `most` bytes of these and then of `chunk[start, end)`, as a copy. */
  first(most: number, chunk: Buffer = EMPTY, start = 0, end = chunk.length): Buffer {
    const held = this.#bytes.subarray(0, Math.min(this.#length, most))
    const more = chunk.subarray(start, Math.max(start, Math.min(end, start + most - held.length)))
    return Buffer.concat([held, more])
  }
}
