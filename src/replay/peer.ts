import type { Socket } from 'node:net'
import { Mailbox } from '../client/mailbox.js'
import { type Closing, openSocket, type Target } from '../client/socket.js'
import { FrameDecoder, type FrameEvent, type Framing } from '../frame/index.js'

/** Something that came, and when (monotonic milliseconds). */
export interface Arrival {
  readonly at: number
  readonly event: FrameEvent | { readonly kind: 'closed'; readonly closing: Closing }
}

interface Chunk {
  readonly at: number
  readonly bytes: Buffer
}

const LIMITS = { text: 1 << 20, xml: 1 << 20 }
/** How long a gateway may take to close its side after ours; then the connection is cut off. */
const CLOSE_MS = 1000

/** A transcript's side of one connection: takes what came only when the transcript asks for it. */
export class Peer {
  readonly framing: Framing
  /** Keep-alives sent whose answer has not come. */
  pings = 0
  /** Frames that wait for the next write. */
  pending: Buffer[] = []
  readonly #stepwise: boolean
  readonly #decoder = new FrameDecoder(LIMITS)
  readonly #inbox = new Mailbox<Chunk>()
  #socket: Socket | undefined
  #events: Arrival[] = []
  #rest: Chunk = { at: 0, bytes: Buffer.alloc(0) }
  #closing: Arrival | undefined
  #resolveClosed: () => void = () => {}
  readonly #closed = new Promise<void>((resolve) => {
    this.#resolveClosed = resolve
  })

  private constructor(framing: Framing, stepwise: boolean) {
    this.framing = framing
    this.#stepwise = stepwise
  }

  /** @param stepwise raw bytes will be expected, so that nothing is decoded before it is asked for. */
  static async open(target: Target, framing: Framing, stepwise: boolean): Promise<Peer> {
    const peer = new Peer(framing, stepwise)
    peer.#socket = await openSocket(target, {
      chunk: (bytes, at) => peer.#inbox.put({ at, bytes }),
      closed: (closing, at) => {
        peer.#closing = { at, event: { kind: 'closed', closing } }
        peer.#inbox.shut()
        peer.#resolveClosed()
      },
    })
    return peer
  }

  /** One write; says when it began. */
  write(bytes: Buffer): number {
    const at = performance.now()
    if (!this.#closing) this.#socket?.write(bytes)
    return at
  }

  /**
   * One write of its own: waits until it has left, since writes that wait for each other go out together. A gateway
   * that doesn't read holds it up for `timeoutMs` at most.
   */
  async writeThrough(bytes: Buffer, timeoutMs: number): Promise<number> {
    const at = performance.now()
    if (this.#closing) return at
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, timeoutMs)
    })
    const left = new Promise<void>((resolve) => this.#socket?.write(bytes, () => resolve()))
    await Promise.race([left, late, this.#closed])
    clearTimeout(timer)
    return at
  }

  /** A write a byte; says when the last began. */
  async writeBytewise(bytes: Buffer, timeoutMs: number): Promise<number> {
    let at = performance.now()
    for (const byte of bytes) at = await this.writeThrough(Buffer.of(byte), timeoutMs)
    return at
  }

  /** The next thing that comes, the connection's end included; undefined when nothing did in time. */
  async next(timeoutMs: number): Promise<Arrival | undefined> {
    const deadline = performance.now() + timeoutMs
    for (;;) {
      const ready = this.#events.shift()
      if (ready) return ready
      if (this.#rest.bytes.length === 0) {
        const chunk = await this.#inbox.take(Math.max(0, deadline - performance.now()))
        if (!chunk) return this.#closing
        this.#rest = chunk
      }
      this.#decode()
    }
  }

  /** What has already come and wasn't asked for. */
  async left(): Promise<Arrival | undefined> {
    const ready = this.#events.length > 0 || this.#rest.bytes.length > 0 || this.#inbox.size > 0
    return ready ? this.next(0) : undefined
  }

  /** The next bytes, undecoded; fewer when time is up or the connection ended. */
  async bytes(count: number, timeoutMs: number): Promise<Chunk> {
    const deadline = performance.now() + timeoutMs
    const parts: Buffer[] = []
    for (let missing = count; missing > 0; ) {
      if (this.#rest.bytes.length === 0) {
        const chunk = await this.#inbox.take(Math.max(0, deadline - performance.now()))
        if (!chunk) break
        this.#rest = chunk
      }
      const part = this.#rest.bytes.subarray(0, missing)
      parts.push(part)
      missing -= part.length
      this.#rest = { at: this.#rest.at, bytes: this.#rest.bytes.subarray(part.length) }
    }
    return { at: this.#rest.at, bytes: Buffer.concat(parts) }
  }

  /** Closes and waits until the gateway has seen it, so that what the transcript does next comes after it. */
  async close(): Promise<void> {
    if (this.#closing) return
    this.#socket?.end()
    const timer = setTimeout(() => this.#socket?.destroy(), CLOSE_MS)
    await this.#closed
    clearTimeout(timer)
  }

  #decode(): void {
    const { at, bytes } = this.#rest
    const size = this.#stepwise ? 1 : bytes.length
    this.#rest = { at, bytes: bytes.subarray(size) }
    this.#decoder.push(bytes.subarray(0, size), (event) => this.#events.push({ at, event }))
  }
}
