/**
 * Frames: where a message begins and ends on a connection. Bytes in, events out, and back; no sockets, no clocks.
 * The framing is recognised from a connection's first byte and stays. What is inside a body is not looked at, but for
 * its length, whether it is XML (which has a limit of its own), and the bodies that are signals of the link itself.
 */
import { CR, DEL, LF, NUL, PATTERN_START, STX } from './bytes.js'
import { CountedDecoder } from './counted.js'
import type { FrameLimits, FrameSink, Framing, FramingDecoder } from './events.js'
import { StxEtxDecoder } from './stx-etx.js'

export { isXmlBody } from './bytes.js'
export {
  ackFrame,
  closeFrame,
  encodeFrame,
  keepaliveAnswerFrame,
  keepaliveFrame,
  openFrame,
} from './encode.js'
export {
  DEFAULT_LIMITS,
  FRAMINGS,
  type FrameEvent,
  type FrameFault,
  type FrameLimits,
  type FrameSink,
  type Framing,
  ORIGINAL_BYTES,
} from './events.js'

/**
 * Decodes one connection's bytes. The events are the same however the bytes are split, except that the `original` of
 * a fatal fault holds what had come when the fault was certain: a sender who claims too much is told at once.
 * Holds one frame's bytes at most, and those only where a frame came in pieces.
 */
export class FrameDecoder {
  readonly #limits: FrameLimits
  #framing: Framing | undefined
  #decoder: FramingDecoder | undefined
  #unknown = false

  constructor(limits: FrameLimits) {
    this.#limits = limits
  }

  /** Undefined until the first byte that says it. */
  get framing(): Framing | undefined {
    return this.#framing
  }

  /** A frame has begun and isn't complete. */
  get midFrame(): boolean {
    return this.#decoder?.midFrame ?? false
  }

  /** Memory that the unfinished frame takes; never more than the larger limit and a stop pattern. */
  get heldBytes(): number {
    return this.#decoder?.heldBytes ?? 0
  }

  /**
   * Calls `sink` for each event in order, before it returns. After a fatal fault or an unknown framing nothing more
   * is decoded. `sink` must not push.
   */
  push(chunk: Buffer, sink: FrameSink): void {
    const start = this.#decoder ? 0 : this.#recognise(chunk, sink)
    if (this.#decoder && !this.#decoder.dead) this.#decoder.push(chunk, start, sink)
  }

  /** Where the first frame begins, once its first byte has named the framing. */
  #recognise(chunk: Buffer, sink: FrameSink): number {
    if (this.#unknown) return 0
    for (let at = 0; at < chunk.length; at++) {
      const byte = chunk[at]
      if (byte === CR || byte === LF || byte === DEL) continue
      this.#framing = byte === undefined ? undefined : framingOf(byte)
      if (this.#framing) this.#decoder = this.#decoderOf(this.#framing)
      else {
        this.#unknown = true
        sink({ kind: 'unknown-framing' })
      }
      return at
    }
    return 0
  }

  #decoderOf(framing: Framing): FramingDecoder {
    return framing === 'stx-etx' ? new StxEtxDecoder(this.#limits) : new CountedDecoder(this.#limits, framing)
  }
}

function framingOf(byte: number): Framing | undefined {
  if (byte === STX) return 'stx-etx'
  if (byte === NUL) return 'length'
  if (byte === PATTERN_START[0]) return 'pattern'
  return undefined
}
