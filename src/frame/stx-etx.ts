import { ACK, CR, DEL, ENQ, ETX, FirstByte, HeldBytes, LF, limitFor, NUL, readAck, STX } from './bytes.js'
import {
  type FrameEvent,
  type FrameFault,
  type FrameLimits,
  type FrameSink,
  type FramingDecoder,
  ORIGINAL_BYTES,
} from './events.js'

const KEEPALIVE: FrameEvent = { kind: 'keepalive' }
const KEEPALIVE_ANSWER: FrameEvent = { kind: 'keepalive-answer' }

/**
 * `02` body `03`. A fault never ends the stream: what is left up to the next `03` is dropped, and the fault is told
 * when that has come, so that the answer stands where the message would have had its own.
 */
export class StxEtxDecoder implements FramingDecoder {
  readonly dead = false
  readonly #limits: FrameLimits
  readonly #held = new HeldBytes()
  #state: 'between' | 'inside' | 'dropping' = 'between'
  readonly #first = new FirstByte()
  #fault: FrameFault = 'broken'

  constructor(limits: FrameLimits) {
    this.#limits = limits
  }

  get midFrame(): boolean {
    return this.#state !== 'between'
  }

  get heldBytes(): number {
    return this.#held.capacity
  }

  push(chunk: Buffer, start: number, sink: FrameSink): void {
    let at = start
    // Where the next STX stands. Searched for once a frame and not from every frame to the end of the chunk.
    let stx = -1
    while (at < chunk.length) {
      if (this.#state === 'between') {
        at = this.#between(chunk, at)
        continue
      }
      const etx = chunk.indexOf(ETX, at)
      if (this.#state === 'dropping') {
        at = this.#drop(chunk, at, etx, sink)
        continue
      }
      if (stx < at) {
        stx = chunk.indexOf(STX, at)
        if (stx < 0) stx = chunk.length
      }
      const end = etx < 0 ? stx : Math.min(etx, stx)
      const first = this.#first.look(chunk, at, end)
      if (this.#held.length + end - at > limitFor(this.#limits, first)) this.#refuse('too long')
      else if (end === chunk.length) {
        this.#held.append(chunk, at, end, limitFor(this.#limits, undefined))
        at = end
      } else if (end === stx) this.#refuse('broken')
      else {
        this.#state = 'between'
        sink(this.#event(this.#body(chunk, at, end)))
        at = end + 1
      }
    }
  }

  #between(chunk: Buffer, at: number): number {
    const byte = chunk[at]
    if (byte === STX) {
      this.#state = 'inside'
      this.#first.reset()
      return at + 1
    }
    if (byte === CR || byte === LF || byte === NUL || byte === DEL) return at + 1
    this.#refuse('broken')
    return at
  }

  #body(chunk: Buffer, at: number, end: number): Buffer {
    if (this.#held.length === 0) return chunk.subarray(at, end)
    this.#held.append(chunk, at, end, limitFor(this.#limits, undefined))
    return this.#held.take()
  }

  #event(body: Buffer): FrameEvent {
    const byte = body[0]
    if (byte === undefined) return fault('empty', body)
    if (byte === ENQ && body.length === 1) return KEEPALIVE
    if (byte === ACK) {
      if (body.length === 1) return KEEPALIVE_ANSWER
      const ack = readAck(body)
      if (ack) return ack
    }
    // Blanks alone were let through up to the larger limit; no `<` came, so that it was text after all.
    if (this.#first.value === undefined && body.length > this.#limits.text)
      return fault('too long', Buffer.from(body.subarray(0, ORIGINAL_BYTES)))
    return { kind: 'body', body }
  }

  #refuse(reason: FrameFault): void {
    this.#state = 'dropping'
    this.#fault = reason
    const kept = this.#held.first(ORIGINAL_BYTES)
    this.#held.take()
    this.#held.append(kept, 0, kept.length, ORIGINAL_BYTES)
  }

  #drop(chunk: Buffer, at: number, etx: number, sink: FrameSink): number {
    const end = etx < 0 ? chunk.length : etx
    const kept = Math.min(end, at + ORIGINAL_BYTES - this.#held.length)
    this.#held.append(chunk, at, kept, ORIGINAL_BYTES)
    if (etx < 0) return end
    this.#state = 'between'
    sink(fault(this.#fault, this.#held.take()))
    return etx + 1
  }
}

const fault = (reason: FrameFault, original: Buffer): FrameEvent => ({
  kind: 'fault',
  fault: reason,
  original,
  fatal: false,
})
