import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { packageRoot } from '../../config/index.js'
import type { Identity } from '../identity.js'
import type { Refusal } from '../refusals.js'
import { NEWS, type NewsWord, OP, type Order, type Place, type Said, type Word } from './protocol.js'
import { Wire, type WireWork } from './wire.js'

export interface WiresOptions {
  readonly places: readonly Place[]
  /** @param place which of the places it came to */
  readonly arrived: (wire: Wire, place: number, identity: Identity | undefined) => void
  /** A connection that never became one, for its handshake or its certificate. */
  readonly refused: (refusal: Refusal, place: number, peer: string, identity: Identity | undefined) => void
  readonly say: (said: Said) => void
}

/** A place that can't be listened at. */
export class NotListening extends Error {
  constructor(
    readonly place: number,
    readonly code: string,
    why: string,
  ) {
    super(why)
  }
}

/** Threads run compiled code alone, so that it is the one of `dist/` when the sources themselves are run. */
const THREAD_FILE = join(packageRoot, 'dist', 'link', 'wires', 'thread.js')
/** Bytes that go on their way while more are being written. */
const MOST_TOGETHER = 32 * 1024

/**
 * The connections of all listeners. Their sockets are another thread's, since reading, writing and TLS take as long as
 * all that is done with a message; both sides speak in one word a turn, however many connections it is about.
 */
export class Wires implements WireWork {
  readonly #options: WiresOptions
  readonly #wires = new Map<number, Wire>()
  #thread: Worker | undefined
  #ended: Promise<void> | undefined
  #ops: number[] = []
  #writes: Uint8Array[] = []
  #bytes = 0
  #scheduled = false
  readonly #flush = (): void => {
    this.#scheduled = false
    this.#send()
  }

  constructor(options: WiresOptions) {
    this.#options = options
  }

  /**
   * Starts the thread and listens at every place.
   * @returns where, in the places' order.
   * @throws {NotListening}
   */
  async listen(): Promise<readonly (AddressInfo | string | null)[]> {
    // A fault of the thread is the process's: without its sockets nothing goes on.
    const thread = new Worker(THREAD_FILE, { workerData: { places: this.#options.places }, execArgv: [] })
    this.#thread = thread
    this.#ended = new Promise((ended) => thread.once('exit', () => ended()))
    return new Promise((resolve, reject) => {
      thread.on('message', (word: Word) => {
        if (word.kind === 'news') this.#take(word)
        else if (word.kind === 'said') this.#options.say(word)
        else if (word.kind === 'refused')
          this.#options.refused(word.refusal, word.place, word.peer, word.identity)
        else if (word.kind === 'listening') resolve(word.addresses)
        else reject(new NotListening(word.place, word.code, word.why))
      })
    })
  }

  /** Reads certificates and denied lists anew. */
  reload(): void {
    this.#order({ kind: 'reload' })
  }

  stopListening(): void {
    this.#order({ kind: 'stop listening' })
  }

  /** Ends the thread, once no socket is left. */
  async close(): Promise<void> {
    this.#order({ kind: 'close' })
    await this.#ended
    this.#thread = undefined
  }

  write(wire: number, bytes: Uint8Array): void {
    this.#ops.push(OP.write, wire, this.#bytes, this.#bytes + bytes.length)
    this.#writes.push(bytes)
    this.#bytes += bytes.length
    if (this.#bytes >= MOST_TOGETHER) this.#send()
    else this.#later()
  }

  ask(op: number, wire: number): void {
    this.#ops.push(op, wire)
    this.#later()
  }

  credit(wire: number, bytes: number): void {
    this.#ops.push(OP.credit, wire, bytes)
    this.#later()
  }

  #later(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    process.nextTick(this.#flush)
  }

  #send(): void {
    if (this.#ops.length === 0) return
    const ops = this.#ops
    const bytes = this.#joined()
    this.#ops = []
    this.#thread?.postMessage({ kind: 'work', ops, bytes } satisfies Order, bytes ? [bytes] : [])
  }

  /** All that is to be written, in one block that changes hands without another copy. */
  #joined(): ArrayBuffer | undefined {
    if (this.#bytes === 0) return undefined
    const all = Buffer.allocUnsafeSlow(this.#bytes)
    let at = 0
    for (const each of this.#writes) {
      all.set(each, at)
      at += each.length
    }
    this.#writes = []
    this.#bytes = 0
    return all.buffer as ArrayBuffer
  }

  /** What was asked for before goes before it. */
  #order(order: Order): void {
    this.#send()
    this.#thread?.postMessage(order)
  }

  #take({ arrived, news, bytes, gone }: NewsWord): void {
    for (const { wire, place, peer, identity } of arrived) {
      const made = new Wire(wire, peer, this)
      this.#wires.set(wire, made)
      this.#options.arrived(made, place, identity)
    }
    let from = 0
    for (let at = 0; at < news.length; at += 3) {
      const wire = this.#wires.get(news[at + 1] as number)
      const value = news[at + 2] as number
      if (news[at] === NEWS.data) {
        wire?.came(Buffer.from(bytes as ArrayBuffer, from, value))
        from += value
      } else if (news[at] === NEWS.written) wire?.written(value)
      else wire?.otherEnded()
    }
    for (const { wire, why, begun } of gone) {
      this.#wires.get(wire)?.gone(why, begun)
      this.#wires.delete(wire)
    }
  }
}
