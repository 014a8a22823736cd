import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { packageRoot } from '../config/index.js'
import type { Formats } from './formats.js'
import type { Parsed } from './incoming.js'
import type { WorkerCall, WorkerReply, WorkerStart } from './xml-worker.js'

/** Bodies up to this many bytes are parsed where they are: handing them over would take longer. */
export const OFF_THREAD_BYTES = 65_536

/** Workers run compiled code alone, so that it is the one of `dist/` when the sources themselves are run. */
const WORKER_FILE = join(packageRoot, 'dist', 'message', 'xml-worker.js')
const HEAP_MIB = 256
/** A worker that gives nothing back for so long is ended, as if it had died. */
const PATIENCE_MS = 30_000

export interface OffThreadOptions {
  /** Memory that a worker may fill before it ends; the process that it serves goes on. */
  readonly heapMiB?: number
}

/**
 * Takes large XML bodies apart in a worker thread, so that the thread of the sockets serves others meanwhile. Started
 * with the first body; one body after the other, answers in that order. How many wait is the caller's to bound.
 * Where the worker ends, what it had is refused and the next body starts another: every promise is kept.
 */
export class OffThreadParser {
  readonly #start: WorkerStart
  readonly #heapMiB: number
  readonly #refused: Parsed
  #pending = new Map<number, (parsed: Parsed) => void>()
  #worker: Worker | undefined
  #watch: NodeJS.Timeout | undefined
  #next = 0
  #closed = false
  /** The formats were read anew, and the worker has those of before. */
  #stale = false

  /** @param formats what `formatsDir` was read as; its limits and words hold. */
  constructor(formatsDir: string, formats: Formats, options: OffThreadOptions = {}) {
    const { elements, attributes, depth } = formats.exchange.framing
    this.#start = { formatsDir, limits: { elements, attributes, depth } }
    this.#heapMiB = options.heapMiB ?? HEAP_MIB
    const reason = 'COULD NOT BE READ; SEND IT AGAIN'
    this.#refused = {
      ok: false,
      refusal: { error: 'structure', details: [formats.detail('xml-refused', { reason })] },
      form: 'text',
      ori: '',
      control: undefined,
    }
  }

  /** Bodies that have no answer yet. */
  get pending(): number {
    return this.#pending.size
  }

  /**
   * Takes a body apart; never rejects. The body stays the caller's, who keeps it in the journal: a copy is made at
   * once and handed over without another.
   */
  parse(body: Buffer): Promise<Parsed> {
    if (this.#closed) return Promise.resolve(this.#refused)
    const worker = this.#worker ?? this.#startWorker()
    const id = this.#next++
    const copy = new Uint8Array(body).buffer
    const call: WorkerCall = { id, body: copy }
    return new Promise((resolve) => {
      if (this.#pending.size === 0) {
        worker.ref()
        this.#expect()
      }
      this.#pending.set(id, resolve)
      worker.postMessage(call, [copy])
    })
  }

  /** The formats were read anew: the worker ends once it has nothing, and the next body starts another. */
  renew(): void {
    this.#stale = this.#worker !== undefined
    this.#endStale()
  }

  #endStale(): void {
    if (!this.#stale || this.#pending.size > 0) return
    const worker = this.#worker
    this.#lost()
    void worker?.terminate()
  }

  /** Ends the worker; what it had is refused. */
  async close(): Promise<void> {
    this.#closed = true
    const worker = this.#worker
    this.#lost()
    await worker?.terminate()
  }

  #startWorker(): Worker {
    const worker = new Worker(WORKER_FILE, {
      workerData: this.#start,
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: this.#heapMiB },
    })
    this.#worker = worker
    const ended = (): void => {
      if (this.#worker === worker) this.#lost()
    }
    worker.on('message', (reply: WorkerReply) => {
      if (this.#worker === worker) this.#take(reply)
    })
    // Without a listener the worker's error would be this thread's. Its end follows.
    worker.on('error', ended)
    worker.on('exit', ended)
    return worker
  }

  #take({ id, parsed }: WorkerReply): void {
    const answer = this.#pending.get(id)
    this.#pending.delete(id)
    clearTimeout(this.#watch)
    if (this.#pending.size > 0) this.#expect()
    else this.#worker?.unref()
    answer?.(parsed)
    this.#endStale()
  }

  /** Waits for the worker's next word. */
  #expect(): void {
    this.#watch = setTimeout(() => {
      const worker = this.#worker
      this.#lost()
      void worker?.terminate()
    }, PATIENCE_MS)
  }

  /** The worker is gone, or given up: what it had is answered now. */
  #lost(): void {
    clearTimeout(this.#watch)
    this.#stale = false
    this.#worker = undefined
    const pending = this.#pending
    this.#pending = new Map()
    for (const answer of pending.values()) answer(this.#refused)
  }
}
