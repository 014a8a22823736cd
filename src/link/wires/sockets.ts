import type { Socket } from 'node:net'
import type { Identity } from '../identity.js'
import { type Arrived, type Gone, NEWS, type NewsWord, OP, OP_LENGTH, WINDOW } from './protocol.js'

/** Silence after which the system asks whether the other machine is still there. */
const PROBE_MS = 60_000
/** What has come from so many sockets goes on its way while others are read. */
const MOST_TOGETHER = 48

/** A socket with its number. */
class Held {
  /** Bytes that came and weren't taken in yet. */
  owed = 0
  /** So many that it isn't read. */
  full = false
  paused = false
  /** What comes is nobody's any more. */
  deaf = false
  ended = false
  begun = 0
  written = 0
  why: string | undefined = undefined

  constructor(
    readonly wire: number,
    readonly socket: Socket,
    readonly identity: Identity | undefined,
  ) {}
}

/** The thread's sockets: what comes from them is told in one word a turn, and what is to be done comes the same way. */
export class Sockets {
  readonly #tell: (word: NewsWord, transfer: ArrayBuffer[]) => void
  readonly #held = new Map<number, Held>()
  #next = 1
  #arrived: Arrived[] = []
  #came: { readonly held: Held; readonly chunk: Buffer }[] = []
  #took: Held[] = []
  #ended: number[] = []
  #gone: Gone[] = []
  #scheduled = false
  #emptied: (() => void) | undefined

  constructor(tell: (word: NewsWord, transfer: ArrayBuffer[]) => void) {
    this.#tell = tell
  }

  /** A connection was made and is good as far as can be seen here. */
  take(socket: Socket, place: number, identity: Identity | undefined): void {
    const held = new Held(this.#next++, socket, identity)
    this.#held.set(held.wire, held)
    const peer = `${socket.remoteAddress ?? '?'}:${socket.remotePort ?? 0}`
    this.#arrived.push({ wire: held.wire, place, peer, identity })
    this.#later()
    socket.setNoDelay(true)
    // A machine that went away without a word is found out by the system in the end.
    socket.setKeepAlive(true, PROBE_MS)
    socket.on('data', (chunk: Buffer) => this.#read(held, chunk))
    socket.on('error', (error) => {
      held.why ??= error.message
    })
    // Who ends his side has ended the connection.
    socket.on('end', () => {
      held.ended = true
      this.#ended.push(held.wire)
      this.#later()
      socket.end()
    })
    socket.on('close', () => this.#closed(held))
  }

  /** Does the work of one word. */
  work(ops: readonly number[], bytes: ArrayBuffer | undefined): void {
    for (let at = 0; at < ops.length; ) {
      const op = ops[at] as number
      const held = this.#held.get(ops[at + 1] as number)
      if (held) this.#do(held, op, ops[at + 2] ?? 0, ops[at + 3] ?? 0, bytes)
      at += OP_LENGTH[op] ?? 2
    }
  }

  /** Ends whose certificate isn't wanted any more. */
  expel(isDenied: (identity: Identity) => boolean, why: string): void {
    for (const held of this.#held.values())
      if (held.identity && isDenied(held.identity)) {
        held.why = why
        held.socket.destroy()
      }
  }

  /** Resolves when no socket is left and that was told. */
  async emptied(): Promise<void> {
    if (this.#held.size > 0)
      await new Promise<void>((done) => {
        this.#emptied = done
      })
    this.#flush()
  }

  #do(held: Held, op: number, a: number, b: number, bytes: ArrayBuffer | undefined): void {
    const { socket } = held
    if (op === OP.write) {
      if (held.ended || !socket.writable || !bytes) return
      held.begun++
      socket.write(new Uint8Array(bytes, a, b - a), (error) => {
        if (!error) this.#written(held)
      })
    } else if (op === OP.credit) {
      held.owed -= a
      if (held.full && held.owed < WINDOW) {
        held.full = false
        this.#flow(held)
      }
    } else if (op === OP.destroy) socket.destroy()
    else if (op === OP.end) {
      held.deaf = true
      socket.end()
      // Closing with bytes unread resets the connection, which can destroy the last answer on its way.
      socket.resume()
    } else {
      held.paused = op === OP.pause
      this.#flow(held)
    }
  }

  #flow({ socket, paused, full, deaf }: Held): void {
    if (deaf) return
    if (paused || full) socket.pause()
    else socket.resume()
  }

  #read(held: Held, chunk: Buffer): void {
    if (held.deaf) return
    this.#came.push({ held, chunk })
    held.owed += chunk.length
    if (held.owed >= WINDOW) {
      held.full = true
      held.socket.pause()
    }
    if (this.#came.length >= MOST_TOGETHER) this.#flush()
    else this.#later()
  }

  #written(held: Held): void {
    if (held.written++ === 0) this.#took.push(held)
    this.#later()
  }

  #closed(held: Held): void {
    this.#held.delete(held.wire)
    this.#gone.push({ wire: held.wire, why: held.why, begun: held.begun })
    this.#later()
    if (this.#held.size === 0) this.#emptied?.()
  }

  #later(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    setImmediate(() => {
      this.#scheduled = false
      this.#flush()
    })
  }

  #flush(): void {
    const [arrived, came, took, ended, gone] = [
      this.#arrived,
      this.#came,
      this.#took,
      this.#ended,
      this.#gone,
    ]
    if (arrived.length + came.length + took.length + ended.length + gone.length === 0) return
    const news: number[] = []
    for (const held of took) {
      news.push(NEWS.written, held.wire, held.written)
      held.written = 0
    }
    const bytes = joined(came, news)
    for (const wire of ended) news.push(NEWS.ended, wire, 0)
    if (arrived.length > 0) this.#arrived = []
    if (came.length > 0) this.#came = []
    if (took.length > 0) this.#took = []
    if (ended.length > 0) this.#ended = []
    if (gone.length > 0) this.#gone = []
    this.#tell({ kind: 'news', arrived, news, bytes, gone }, bytes ? [bytes] : [])
  }
}

/** All that came, in one block that changes hands without a copy. */
function joined(
  came: readonly { readonly held: Held; readonly chunk: Buffer }[],
  news: number[],
): ArrayBuffer | undefined {
  let length = 0
  for (const { chunk } of came) length += chunk.length
  if (length === 0) return undefined
  const all = Buffer.allocUnsafeSlow(length)
  let at = 0
  for (const { held, chunk } of came) {
    all.set(chunk, at)
    news.push(NEWS.data, held.wire, chunk.length)
    at += chunk.length
  }
  return all.buffer as ArrayBuffer
}
