/** How messages are told apart on a connection (contract, section 1). */
export type Framing = 'stx-etx' | 'length' | 'pattern'

export const FRAMINGS: readonly Framing[] = ['stx-etx', 'length', 'pattern']

/** Bytes of the largest body; `xml` holds where its first non-blank byte is `<`. */
export interface FrameLimits {
  readonly text: number
  readonly xml: number
}

/** The limits that the contract names where a configuration says nothing. */
export const DEFAULT_LIMITS: FrameLimits = { text: 16_384, xml: 65_536 }

export type FrameFault = 'empty' | 'too long' | 'broken'

/** What a connection's bytes turn out to be. */
export type FrameEvent =
  | {
      readonly kind: 'body'
      /** May be a view of the chunk that was pushed: copy it where it is kept for long. */
      readonly body: Buffer
    }
  /** n = 0 in `length` and `pattern`, where the other side's answer looks the same; ENQ alone in `stx-etx`. */
  | { readonly kind: 'keepalive' }
  /** ACK alone, `stx-etx` only. */
  | { readonly kind: 'keepalive-answer' }
  /** ACK and five digits: what the receiver of an output message answers where delivery is acknowledged. */
  | { readonly kind: 'ack'; readonly count: number }
  | {
      readonly kind: 'fault'
      readonly fault: FrameFault
      /** The first bytes of what was refused, at most {@link ORIGINAL_BYTES}, as far as they have come. */
      readonly original: Buffer
      /** The stream can't be trusted any more: nothing after it is decoded. */
      readonly fatal: boolean
    }
  /** The connection's first byte begins no framing. Nothing after it is decoded. */
  | { readonly kind: 'unknown-framing' }

export type FrameSink = (event: FrameEvent) => void

/** What one framing's decoder offers to {@link FrameDecoder}. */
export interface FramingDecoder {
  /** Between a frame's first byte and its last, what is being dropped included. */
  readonly midFrame: boolean
  readonly dead: boolean
  readonly heldBytes: number
  push(chunk: Buffer, start: number, sink: FrameSink): void
}

/** Bytes of a refused frame that are kept: enough for the 100 characters that an ER shows, XML included. */
export const ORIGINAL_BYTES = 400
