import { ByteWriter } from '../bytes/index.js'
import { ACK, ENQ, ETX, PATTERN_START, PATTERN_STOP, STX } from './bytes.js'
import type { Framing } from './events.js'

const LENGTH_BYTES = 4
/** Bytes that stand around a body at most. */
const MOST_AROUND = 12

/**
 * Begins a frame; what is written from here on is its body, until {@link closeFrame}. In `stx-etx` the body must hold
 * neither `02` nor `03`; that is the caller's to see to, since what the centre writes is printable anyway.
 * @returns where the frame begins.
 */
export function openFrame(framing: Framing, into: ByteWriter): number {
  const start = into.at
  if (framing === 'stx-etx') into.byte(STX)
  else {
    if (framing === 'pattern') into.bytes(PATTERN_START)
    into.reserve(LENGTH_BYTES)
    into.at += LENGTH_BYTES
  }
  return start
}

/** Ends the frame that began at a place. */
export function closeFrame(framing: Framing, into: ByteWriter, start: number): void {
  if (framing === 'stx-etx') {
    into.byte(ETX)
    return
  }
  const count = start + (framing === 'pattern' ? PATTERN_START.length : 0)
  into.buffer.writeUInt32BE(into.at - count - LENGTH_BYTES, count)
  if (framing === 'pattern') into.bytes(PATTERN_STOP)
}

/** A body in its frame, as one buffer for one write. Strings go out as UTF-8. */
export function encodeFrame(framing: Framing, body: Buffer | string): Buffer {
  const bytes = typeof body === 'string' ? Buffer.from(body) : body
  const into = new ByteWriter(bytes.length + MOST_AROUND)
  const start = openFrame(framing, into)
  into.bytes(bytes)
  closeFrame(framing, into, start)
  return into.buffer.subarray(0, into.at)
}

const NOTHING = Buffer.alloc(0)
const EMPTY_FRAMES = {
  'stx-etx': encodeFrame('stx-etx', Buffer.from([ENQ])),
  length: encodeFrame('length', NOTHING),
  pattern: encodeFrame('pattern', NOTHING),
} as const
const STX_ETX_ANSWER = encodeFrame('stx-etx', Buffer.from([ACK]))

/** Asks whether the other side is there. Shared bytes: never written into. */
export function keepaliveFrame(framing: Framing): Buffer {
  return EMPTY_FRAMES[framing]
}

/** The answer to {@link keepaliveFrame}; in `length` and `pattern` the same bytes. */
export function keepaliveAnswerFrame(framing: Framing): Buffer {
  return framing === 'stx-etx' ? STX_ETX_ANSWER : EMPTY_FRAMES[framing]
}

/** Acknowledges the delivery of the output message whose line 3 has this count. */
export function ackFrame(framing: Framing, count: number): Buffer {
  return encodeFrame(framing, `${String.fromCharCode(ACK)}${String(count).padStart(5, '0')}`)
}
