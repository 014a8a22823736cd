import { ACK, ENQ, ETX, PATTERN_START, PATTERN_STOP, STX } from './bytes.js'
import type { Framing } from './events.js'

/**
 * A body in its frame, as one buffer for one write. Strings go out as UTF-8. In `stx-etx` the body must hold neither
 * `02` nor `03`; that is the caller's to see to, since what the centre writes is printable anyway.
 */
export function encodeFrame(framing: Framing, body: Buffer | string): Buffer {
  const length = typeof body === 'string' ? Buffer.byteLength(body) : body.length
  switch (framing) {
    case 'stx-etx': {
      const frame = Buffer.allocUnsafe(length + 2)
      frame[0] = STX
      put(frame, 1, body)
      frame[length + 1] = ETX
      return frame
    }
    case 'length': {
      const frame = Buffer.allocUnsafe(length + 4)
      frame.writeUInt32BE(length)
      put(frame, 4, body)
      return frame
    }
    case 'pattern': {
      const frame = Buffer.allocUnsafe(length + 12)
      PATTERN_START.copy(frame)
      frame.writeUInt32BE(length, 4)
      put(frame, 8, body)
      PATTERN_STOP.copy(frame, length + 8)
      return frame
    }
  }
}

function put(frame: Buffer, at: number, body: Buffer | string): void {
  if (typeof body === 'string') frame.write(body, at)
  else body.copy(frame, at)
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
