import type { Socket } from 'node:net'
import {
  ackFrame,
  encodeFrame,
  FrameDecoder,
  type FrameEvent,
  type FrameLimits,
  type Framing,
  keepaliveAnswerFrame,
  keepaliveFrame,
} from '../frame/index.js'
import { controlOf, isAcknowledgement, parseAnswer, type Received } from './answer.js'
import { Mailbox } from './mailbox.js'
import { type Closing, openSocket, type Target } from './socket.js'

export interface ConnectOptions extends Target {
  /** Default `stx-etx`. */
  readonly framing?: Framing | undefined
  /** Bytes of the largest answer; default 1 MiB for either form. */
  readonly limits?: FrameLimits | undefined
  /** `acknowledged`: each message that comes is acknowledged by its count. Default `written`. */
  readonly delivery?: 'written' | 'acknowledged' | undefined
}

/** What {@link Client.ask} resolves with. */
export interface Answered {
  /** Undefined where none came before the answer, as for a refused message. */
  readonly acknowledgement: Received | undefined
  readonly answer: Received
  /** Milliseconds from the write to the answer. */
  readonly elapsedMs: number
}

/** No answer in time, or the connection ended before it: the message says which. */
export class NoAnswerError extends Error {
  override readonly name = 'NoAnswerError'
}

interface Ask {
  readonly control: string
  readonly sentAt: number
  acknowledgement: Received | undefined
  readonly resolve: (answered: Answered) => void
  readonly reject: (error: Error) => void
  readonly timer: NodeJS.Timeout | undefined
}

interface Ping {
  readonly resolve: () => void
  readonly reject: (error: Error) => void
}

const GENEROUS: FrameLimits = { text: 1 << 20, xml: 1 << 20 }

/** Opens a connection to a gateway. Rejects with a `ConnectError` where there is none. */
export async function connect(options: ConnectOptions): Promise<Client> {
  const client = new Client(options)
  await client.open()
  return client
}

/**
 * One connection, as a state switch would have it. Answers the gateway's keep-alives by itself. What comes goes to the
 * {@link Client.ask} that its control field belongs to, and else to {@link Client.receive} or the iteration.
 */
export class Client implements AsyncIterable<Received> {
  readonly framing: Framing
  /** Resolves when the connection has ended, however it did. */
  readonly closed: Promise<Closing>
  readonly #options: ConnectOptions
  readonly #decoder: FrameDecoder
  readonly #inbox = new Mailbox<Received>()
  readonly #resolveClosed: (closing: Closing) => void
  /** Those that wait, by control field, oldest first. */
  readonly #asks = new Map<string, Ask[]>()
  #pings: Ping[] = []
  #socket: Socket | undefined
  #closing: Closing | undefined

  /** Use {@link connect}. */
  constructor(options: ConnectOptions) {
    this.framing = options.framing ?? 'stx-etx'
    this.#options = options
    this.#decoder = new FrameDecoder(options.limits ?? GENEROUS)
    let resolveClosed: (closing: Closing) => void = () => {}
    this.closed = new Promise((resolve) => {
      resolveClosed = resolve
    })
    this.#resolveClosed = resolveClosed
  }

  /** Part of {@link connect}. */
  async open(): Promise<void> {
    this.#socket = await openSocket(this.#options, {
      chunk: (bytes, at) => this.#decoder.push(bytes, (event) => this.#take(event, at)),
      closed: (closing) => this.#end(closing),
    })
  }

  /** Frames a message and sends it in one write. */
  send(message: string | Buffer): void {
    this.raw(this.#frame(message))
  }

  /** Frames messages and sends them all in one write. */
  sendAll(messages: readonly (string | Buffer)[]): void {
    this.raw(Buffer.concat(messages.map((message) => this.#frame(message))))
  }

  /** Sends bytes as they are, in one write. */
  raw(bytes: Buffer | Uint8Array): void {
    if (this.#closing) throw new NoAnswerError(this.#closing.reason)
    this.#socket?.write(bytes)
  }

  /**
   * The next message that belongs to no {@link Client.ask}. Rejects with a {@link NoAnswerError} when none came in
   * `timeoutMs` (without it: ever), or when the connection ended.
   */
  async receive(timeoutMs?: number): Promise<Received> {
    const received = await this.#inbox.take(timeoutMs)
    if (received) return received
    throw new NoAnswerError(this.#closing?.reason ?? `nothing came in ${timeoutMs} ms`)
  }

  /** The oldest message that has come and belongs to no {@link Client.ask}, where there is one. */
  poll(): Received | undefined {
    return this.#inbox.poll()
  }

  /**
   * Sends a message and waits for what answers it, by its control field: for an IAQ the acknowledgement and then the
   * final IAR, else the first answer. An ER that echoes no control field is taken for the answer where this is the
   * only message that waits. Some messages are never answered (an AM to `AX`): give those a timeout, or use
   * {@link Client.send}.
   */
  ask(message: string, timeoutMs?: number): Promise<Answered> {
    return new Promise((resolve, reject) => {
      this.send(message)
      const ask: Ask = {
        control: controlOf(message),
        sentAt: performance.now(),
        acknowledgement: undefined,
        resolve,
        reject,
        timer:
          timeoutMs === undefined
            ? undefined
            : setTimeout(() => this.#giveUp(ask, `no answer in ${timeoutMs} ms`), timeoutMs),
      }
      this.#asks.set(ask.control, [...(this.#asks.get(ask.control) ?? []), ask])
    })
  }

  /** Sends a keep-alive and waits for its answer. Messages that came before it have been taken in by then. */
  ping(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.raw(keepaliveFrame(this.framing))
      this.#pings.push({ resolve, reject })
    })
  }

  /** Ends the connection once everything is written; resolves when it has ended. */
  async close(): Promise<void> {
    if (!this.#closing) this.#socket?.end()
    await this.closed
  }

  /** Cuts the connection off at once. */
  destroy(): void {
    this.#socket?.destroy()
  }

  /** Messages as they come, until the connection ends. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Received> {
    for (;;) {
      const received = await this.#inbox.take()
      if (!received) return
      yield received
    }
  }

  #frame(message: string | Buffer): Buffer {
    const body = typeof message === 'string' ? Buffer.from(message) : message
    if (this.framing === 'stx-etx' && (body.includes(2) || body.includes(3)))
      throw new RangeError('in stx-etx a message holds neither 02 nor 03; raw() sends any bytes')
    return encodeFrame(this.framing, body)
  }

  #take(event: FrameEvent, at: number): void {
    switch (event.kind) {
      case 'body':
        this.#deliver(parseAnswer(event.body), at)
        return
      case 'keepalive':
        // In `length` and `pattern` the answer looks like a question; it is one only where nothing was asked.
        if (this.framing !== 'stx-etx' && this.#pings.length > 0) this.#pings.shift()?.resolve()
        else if (!this.#closing) this.#socket?.write(keepaliveAnswerFrame(this.framing))
        return
      case 'keepalive-answer':
        this.#pings.shift()?.resolve()
        return
      case 'ack':
        return
      default:
        this.#socket?.destroy(new Error('the gateway sent bytes that make no frame'))
    }
  }

  #deliver(received: Received, at: number): void {
    if (this.#options.delivery === 'acknowledged' && received.problem === undefined && !this.#closing)
      this.#socket?.write(ackFrame(this.framing, received.outCount))
    const ask = this.#askOf(received)
    if (!ask) {
      this.#inbox.put(received)
      return
    }
    if (isAcknowledgement(received)) {
      ask.acknowledgement = received
      return
    }
    this.#forget(ask)
    ask.resolve({ acknowledgement: ask.acknowledgement, answer: received, elapsedMs: at - ask.sentAt })
  }

  #askOf(received: Received): Ask | undefined {
    const same = this.#asks.get(received.control) ?? []
    const fits = isAcknowledgement(received) ? same.find((ask) => !ask.acknowledgement) : same[0]
    if (fits || received.key !== 'ER' || received.control !== '' || this.#asks.size !== 1) return fits
    const [waiting = []] = this.#asks.values()
    return waiting.length === 1 ? waiting[0] : undefined
  }

  #giveUp(ask: Ask, reason: string): void {
    this.#forget(ask)
    ask.reject(new NoAnswerError(reason))
  }

  #forget(ask: Ask): void {
    clearTimeout(ask.timer)
    const left = (this.#asks.get(ask.control) ?? []).filter((other) => other !== ask)
    if (left.length > 0) this.#asks.set(ask.control, left)
    else this.#asks.delete(ask.control)
  }

  #end(closing: Closing): void {
    this.#closing = closing
    this.#inbox.shut()
    for (const ask of [...this.#asks.values()].flat()) this.#giveUp(ask, closing.reason)
    for (const ping of this.#pings.splice(0)) ping.reject(new NoAnswerError(closing.reason))
    this.#resolveClosed(closing)
  }
}
