import type { Connection, Exchange } from '../exchange/index.js'
import {
  FrameDecoder,
  type FrameEvent,
  type FrameLimits,
  type Framing,
  keepaliveAnswerFrame,
  keepaliveFrame,
} from '../frame/index.js'
import type { Logger } from '../log/index.js'
import type { Identity } from './identity.js'
import type { Note } from './refusals.js'
import type { Wire } from './wires/index.js'

export interface LinkConnectionOptions {
  readonly id: number
  readonly wire: Wire
  readonly exchange: Exchange
  readonly log: Logger
  readonly limits: FrameLimits
  /** Milliseconds within which a frame must be whole. */
  readonly incomplete: number
  /** Milliseconds of silence after which a keep-alive goes out, by link; 0 sends none. */
  readonly keepalive: (link: string | undefined) => number
  /** Milliseconds of nothing but keep-alives after which the connection is closed, by link; 0 closes none. */
  readonly idle: (link: string | undefined) => number
  /** Who the certificate says it is, where one was asked for. */
  readonly identity: Identity | undefined
  /** The link that it is meant for as far as listener and certificate say; it belongs to it once it is bound. */
  readonly expected: string | undefined
  /** The connection belongs to a link now. */
  readonly bound: (connection: LinkConnection, link: string) => void
  readonly closed: (connection: LinkConnection) => void
  readonly note: Note | undefined
}

/** Bytes that a connection may hold before no more is given to it. */
const HIGH_WATER = 256 * 1024
/** Time a peer has for reading the refusal that ends its connection. */
const LINGER_MS = 1000
/** Keep-alives that may stay unanswered. */
const UNANSWERED = 2

/** One TCP connection of a state switch: frames in, frames out, keep-alives; what they say is the exchange's. */
export class LinkConnection implements Connection {
  readonly id: number
  readonly peer: string
  readonly identity: Identity | undefined
  readonly expected: string | undefined
  lastOri: string | undefined
  readonly #options: LinkConnectionOptions
  readonly #wire: Wire
  readonly #decoder: FrameDecoder
  #incomplete: NodeJS.Timeout | undefined
  #keepalive: NodeJS.Timeout | undefined
  #idle: NodeJS.Timeout | undefined
  #idleAfter: number
  #late: NodeJS.Timeout | undefined
  #link: string | undefined
  #pings = 0
  #blocked = false
  #ending = false
  /** Nothing that comes is looked at any more; what is said goes out. */
  #deaf = false
  /** It was refused after it was made, and the line about that is written. */
  #refused = false
  /** The exchange wants nothing more for now. */
  #paused = false
  /** The other side asks without reading our answers. */
  #flooded = false
  #why = 'closed by the other side'

  constructor(options: LinkConnectionOptions) {
    this.#options = options
    this.id = options.id
    this.identity = options.identity
    this.expected = options.expected
    this.#wire = options.wire
    this.peer = options.wire.peer
    this.#decoder = new FrameDecoder(options.limits)
    options.wire.begin({
      data: (chunk) => this.#read(chunk),
      drained: () => {
        this.#blocked = false
        this.#flooded = false
        this.#flow()
        options.exchange.delivery.drained(this)
      },
      closed: (why) => {
        if (why !== undefined) this.#why = why
        this.#closed()
      },
    })
    this.#idleAfter = options.idle(undefined)
    this.#carried()
  }

  get link(): string | undefined {
    return this.#link
  }

  set link(name: string | undefined) {
    this.#link = name
    clearTimeout(this.#idle)
    this.#idle = undefined
    this.#idleAfter = this.#options.idle(name)
    this.#carried()
    if (name !== undefined) this.#options.bound(this, name)
  }

  /** Whether it is on its way out and takes no link's place any more. */
  get leaving(): boolean {
    return this.#ending || this.#deaf
  }

  get writable(): boolean {
    return (
      this.framing !== undefined &&
      !this.#blocked &&
      !this.#ending &&
      this.#wire.writable &&
      this.#wire.buffered < HIGH_WATER
    )
  }

  send(frames: Buffer, done: (error: Error | undefined, begun: boolean) => void): void {
    const room = this.#wire.write(frames, done)
    if (!room) this.#blocked = true
    this.#silence()
    this.#carried()
  }

  pause(): void {
    this.#paused = true
    this.#flow()
  }

  resume(): void {
    this.#paused = false
    this.#flow()
  }

  /** A frame that isn't read can't become complete: its time counts only while it is. */
  #flow(): void {
    if (this.#ending) return
    if (this.#paused || this.#flooded) {
      this.#wire.pause()
      clearTimeout(this.#incomplete)
      this.#incomplete = undefined
    } else {
      this.#wire.resume()
      this.#watch(false)
    }
  }

  get #framing(): Framing {
    return this.framing ?? 'stx-etx'
  }

  /** What its first byte said; nothing is written before, since nobody could know how. */
  get framing(): Framing | undefined {
    return this.#decoder.framing
  }

  /** Ends the connection once what was written has gone. */
  end(why: string): void {
    if (this.#ending) return
    this.#ending = true
    this.#why = why
    this.#wire.end()
    setTimeout(() => this.#wire.destroy(), LINGER_MS).unref()
  }

  destroy(why: string): void {
    this.#why = why
    this.#wire.destroy()
  }

  #read(chunk: Buffer): void {
    if (this.#ending || this.#deaf) return
    let events = 0
    const known = this.#decoder.framing !== undefined
    this.#decoder.push(chunk, (event) => {
      events++
      if (!this.#deaf) this.#take(event)
    })
    // What waits for its link can go out now, in the framing that it turned out to speak.
    if (!known && this.#decoder.framing !== undefined) this.#options.exchange.delivery.drained(this)
    this.#watch(events > 0)
    this.#silence()
    if (this.#wire.buffered < HIGH_WATER) return
    this.#flooded = true
    this.#flow()
  }

  #take(event: FrameEvent): void {
    const { exchange, log } = this.#options
    if (event.kind !== 'keepalive' && event.kind !== 'keepalive-answer') this.#carried()
    if (event.kind === 'body') exchange.message(this, event.body)
    else if (event.kind === 'keepalive') this.#keepAlive()
    else if (event.kind === 'keepalive-answer') this.#pings = 0
    else if (event.kind === 'ack') {
      if (!exchange.delivery.acknowledged(this, event.count))
        log.info(
          { link: this.link, conn: this.id, n: event.count },
          'acknowledgement of a count that is unknown or done',
        )
    } else if (event.kind === 'unknown-framing') this.destroy('first byte fits no framing')
    else {
      const detail =
        event.fault === 'empty' ? 'frame-empty' : event.fault === 'too long' ? 'frame-long' : 'frame-broken'
      exchange.broken(this, detail, event.original)
      if (event.fatal) this.#endAfterRefusal(`frame ${event.fault}`)
    }
  }

  /** Takes nothing more; what was taken is answered. */
  deafen(): void {
    this.#deaf = true
  }

  /**
   * Ends a connection that was made and isn't wanted. `say` may have the exchange say so; that goes out first.
   * What came with a message that bound it is answered over another connection of its link.
   */
  refuse(why: string, say: ((connection: LinkConnection, why: string) => void) | undefined): void {
    this.deafen()
    this.#refused = true
    say?.(this, why)
    this.#endAfterRefusal(why)
  }

  /** Nothing more is decoded; the refusal goes out first, as far as the other side reads it. */
  #endAfterRefusal(why: string): void {
    this.#why = why
    this.#late = setTimeout(() => this.destroy(why), LINGER_MS).unref()
    this.#options.exchange.delivery.finish(this, () => this.end(why))
  }

  /** In the counted framings an answer looks like a question, so an open question of ours makes it an answer. */
  #keepAlive(): void {
    const framing = this.#framing
    if (framing !== 'stx-etx' && this.#pings > 0) this.#pings--
    else this.#wire.write(keepaliveAnswerFrame(framing))
  }

  #watch(progress: boolean): void {
    if (progress || !this.#decoder.midFrame) {
      clearTimeout(this.#incomplete)
      this.#incomplete = undefined
    }
    if (this.#decoder.midFrame && !this.#incomplete && !this.#paused) {
      this.#incomplete = setTimeout(
        () => this.destroy('a frame was not complete in time'),
        this.#options.incomplete,
      )
    }
  }

  /** Something that counts went one way or the other. */
  #carried(): void {
    if (this.#idleAfter <= 0 || this.#ending || this.#wire.closed) return
    if (this.#idle) this.#idle.refresh()
    else this.#idle = setTimeout(() => this.#idled(), this.#idleAfter)
  }

  /** What we don't read ourselves isn't the other side's silence. */
  #idled(): void {
    if (this.#paused) this.#carried()
    else this.end('idle')
  }

  /** Counts silence anew. */
  #silence(): void {
    const after = this.#options.keepalive(this.link)
    if (after <= 0) return
    if (this.#keepalive) this.#keepalive.refresh()
    else this.#keepalive = setInterval(() => this.#ping(), after)
  }

  #ping(): void {
    // The answer may have come and not been read.
    if (this.#paused || this.#flooded || !this.#decoder.framing) return
    if (this.#pings >= UNANSWERED) {
      this.destroy(`${UNANSWERED} keep-alives stayed unanswered`)
      return
    }
    this.#pings++
    this.#wire.write(keepaliveFrame(this.#decoder.framing))
  }

  #closed(): void {
    clearTimeout(this.#incomplete)
    clearTimeout(this.#idle)
    clearTimeout(this.#late)
    clearInterval(this.#keepalive)
    this.#options.exchange.closed(this)
    this.#options.closed(this)
    if (this.#refused) return
    const { cn, sha256 } = this.identity ?? {}
    const details = { link: this.link, conn: this.id, peer: this.peer, cn, sha256, why: this.#why }
    this.#options.log.info(details, 'link down')
    if (this.link !== undefined) this.#options.note?.('link closed', details)
  }
}
