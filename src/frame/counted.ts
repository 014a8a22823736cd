import {
  CR,
  DEL,
  FirstByte,
  HeldBytes,
  LF,
  limitFor,
  NUL,
  PATTERN_START,
  PATTERN_STOP,
  readAck,
} from './bytes.js'
import {
  type FrameEvent,
  type FrameFault,
  type FrameLimits,
  type FrameSink,
  type FramingDecoder,
  ORIGINAL_BYTES,
} from './events.js'

const KEEPALIVE: FrameEvent = { kind: 'keepalive' }
const NOTHING = Buffer.alloc(0)
const LENGTH_BYTES = 4

/**
 * `length` and `pattern`: a 4-byte count tells where a body ends. Any fault is fatal, since nothing says where the
 * next frame would begin. A count is judged before anything is kept for it, so that a claim costs nothing.
 */
export class CountedDecoder implements FramingDecoder {
  readonly #limits: FrameLimits
  readonly #start: Buffer
  readonly #stop: Buffer
  readonly #held = new HeldBytes()
  #dead = false
  /** Bytes of the start pattern and the count that have come; all of them: inside a body. */
  #headerBytes = 0
  #count = 0
  readonly #first = new FirstByte()

  constructor(limits: FrameLimits, framing: 'length' | 'pattern') {
    this.#limits = limits
    this.#start = framing === 'pattern' ? PATTERN_START : NOTHING
    this.#stop = framing === 'pattern' ? PATTERN_STOP : NOTHING
  }

  get dead(): boolean {
    return this.#dead
  }

  get midFrame(): boolean {
    return this.#headerBytes > 0
  }

  get heldBytes(): number {
    return this.#held.capacity
  }

  push(chunk: Buffer, start: number, sink: FrameSink): void {
    const headerSize = this.#start.length + LENGTH_BYTES
    let at = start
    while (at < chunk.length && !this.#dead) {
      if (this.#headerBytes < headerSize) {
        at = this.#header(chunk, at, sink)
        // A count without a body and a stop pattern ends the frame, whether or not a byte follows.
        if (this.#headerBytes < headerSize || this.#count + this.#stop.length > 0) continue
      }
      at = this.#body(chunk, at, sink)
    }
  }

  #header(chunk: Buffer, at: number, sink: FrameSink): number {
    const byte = chunk[at] ?? 0
    if (this.#headerBytes === 0 && this.#isFiller(byte)) return at + 1
    if (this.#headerBytes < this.#start.length) {
      if (byte !== this.#start[this.#headerBytes]) {
        this.#held.append(this.#start, 0, this.#headerBytes, this.#start.length)
        this.#die('broken', chunk, at, sink)
        return at
      }
      this.#headerBytes++
      return at + 1
    }
    this.#count = this.#headerBytes === this.#start.length ? byte : this.#count * 256 + byte
    this.#headerBytes++
    if (this.#headerBytes < this.#start.length + LENGTH_BYTES) return at + 1
    this.#first.reset()
    if (this.#count > limitFor(this.#limits, undefined)) this.#die('too long', chunk, at + 1, sink)
    return at + 1
  }

  /** NUL is nothing between `pattern` frames, but the first byte of every count in `length`. */
  #isFiller(byte: number): boolean {
    return byte === CR || byte === LF || byte === DEL || (byte === NUL && this.#start.length > 0)
  }

  #body(chunk: Buffer, at: number, sink: FrameSink): number {
    const size = this.#count + this.#stop.length
    const end = Math.min(chunk.length, at + size - this.#held.length)
    if (this.#tooLong(chunk, at)) {
      this.#die('too long', chunk, at, sink)
      return at
    }
    if (this.#held.length + end - at < size) {
      this.#held.append(chunk, at, end, size)
      return end
    }
    const frame = this.#frame(chunk, at, end, size)
    if (this.#stop.length > 0 && this.#stop.compare(frame, this.#count) !== 0) {
      this.#die('broken', frame.subarray(0, this.#count), 0, sink)
      return end
    }
    this.#headerBytes = 0
    sink(this.#event(frame.subarray(0, this.#count)))
    return end
  }

  /** Whether the limit of what this body begins like is already passed; most counts fit both limits. */
  #tooLong(chunk: Buffer, at: number): boolean {
    const { text, xml } = this.#limits
    if (this.#count <= text && this.#count <= xml) return false
    const left = this.#count - this.#held.length
    if (left <= 0) return false
    const first = this.#first.look(chunk, at, Math.min(chunk.length, at + left))
    if (first !== undefined) return this.#count > limitFor(this.#limits, first)
    return chunk.length - at >= left && this.#count > text
  }

  #frame(chunk: Buffer, at: number, end: number, size: number): Buffer {
    if (this.#held.length === 0) return chunk.subarray(at, end)
    this.#held.append(chunk, at, end, size)
    return this.#held.take()
  }

  #event(body: Buffer): FrameEvent {
    if (body.length === 0) return KEEPALIVE
    return readAck(body) ?? { kind: 'body', body }
  }

  #die(reason: FrameFault, chunk: Buffer, at: number, sink: FrameSink): void {
    const most = Math.min(ORIGINAL_BYTES, reason === 'too long' ? this.#count : ORIGINAL_BYTES)
    const original = this.#held.first(most, chunk, at)
    this.#held.take()
    this.#dead = true
    sink({ kind: 'fault', fault: reason, original, fatal: true })
  }
}
