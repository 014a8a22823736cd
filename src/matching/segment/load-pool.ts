/** Packs a load's lines in threads, one a core. */
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { packageRoot } from '../../config/index.js'
import { LinePacker } from '../../records/index.js'
import type { FoldingTables } from '../names.js'
import { GathererTexts } from './build.js'
import { Gatherer } from './gather.js'
import type { GatheredPack, LoadWork } from './load-worker.js'

/** Workers run compiled code alone, so that it is the one of `dist/` when the sources themselves are run. */
const WORKER_FILE = join(packageRoot, 'dist', 'matching', 'segment', 'load-worker.js')
/** Fewer bytes are packed in this thread: making one takes longer. */
const FEW = 1 << 18
/** Beyond these the thread that takes up what they make is the slowest. */
const MOST_THREADS = 8

/** Packed lines, and the texts of whoever numbered them. */
export interface PooledPack extends GatheredPack {
  readonly texts: GathererTexts
}

interface Waiting {
  readonly done: (pack: PooledPack) => void
  readonly failed: (error: Error) => void
}

export class LoadPool {
  readonly #threads: Thread[] = []
  readonly #gatherer: Gatherer
  readonly #packer: LinePacker
  readonly #texts = new GathererTexts()
  readonly threads = Math.min(MOST_THREADS, availableParallelism())

  constructor(private readonly tables: FoldingTables) {
    this.#gatherer = new Gatherer(tables)
    this.#packer = new LinePacker(this.#gatherer)
  }

  /** Packs lines; their bytes are gone afterwards. */
  pack(work: LoadWork): Promise<PooledPack> {
    if (work.bytes.length < FEW) {
      const packed = this.#packer.pack(work.bytes, work.start)
      return Promise.resolve({ ...packed, gathered: this.#gatherer.taken(), texts: this.#texts })
    }
    if (this.#threads.length < this.threads) this.#threads.push(new Thread(this.tables))
    const [first, ...others] = this.#threads as [Thread, ...Thread[]]
    return others.reduce((least, each) => (each.busy < least.busy ? each : least), first).pack(work)
  }

  async close(): Promise<void> {
    await Promise.all(this.#threads.splice(0).map((each) => each.close()))
  }
}

class Thread {
  readonly #worker: Worker
  readonly #waiting: Waiting[] = []
  readonly #texts = new GathererTexts()

  constructor({ scripts, titles, suffixes }: FoldingTables) {
    this.#worker = new Worker(WORKER_FILE, { workerData: { scripts, titles, suffixes }, execArgv: [] })
    this.#worker.on('message', (pack: GatheredPack) => {
      this.#waiting.shift()?.done({ ...pack, texts: this.#texts })
    })
    this.#worker.on('error', (error) => {
      this.#fail(error)
    })
    this.#worker.on('exit', () => {
      this.#fail(new Error('a thread that packs lines has ended'))
    })
  }

  get busy(): number {
    return this.#waiting.length
  }

  pack(work: LoadWork): Promise<PooledPack> {
    this.#worker.postMessage(work, [work.bytes.buffer as ArrayBuffer])
    return new Promise((done, failed) => {
      this.#waiting.push({ done, failed })
    })
  }

  async close(): Promise<void> {
    await this.#worker.terminate()
  }

  #fail(error: Error): void {
    for (const each of this.#waiting.splice(0)) each.failed(error)
  }
}
