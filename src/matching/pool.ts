/** Threads that answer questions over shared columns, so that the thread of the sockets never scores. */
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { packageRoot } from '../config/index.js'
import type { PersonRecord } from '../records/types.js'
import { type ReplyCandidate, unpack } from './handing.js'
import type { Held, Reply, Request, Start } from './pool-worker.js'
import type { Stock, Stocked } from './stock.js'
import type { Candidate, Matcher, MatchQuery, MatchResult, MatchThresholds } from './types.js'

/** Workers run compiled code alone, so that it is the one of `dist/` when the sources themselves are run. */
const WORKER_FILE = join(packageRoot, 'dist', 'matching', 'pool-worker.js')
/** Most questions handed over at once. */
const HANDED = 16
/** Parts of a batch that each thread gets: one that has the harder questions gets fewer of them. */
const PARTS = 2
/** A question that ended so many threads is no thread's fault. */
const MOST_TRIES = 2

export interface PoolOptions {
  readonly stock: Stock
  readonly subjects: readonly PersonRecord[]
  /** Folder of the name tables. */
  readonly namesDir: string
  readonly thresholds: MatchThresholds
  /** One a core where it isn't said. */
  readonly threads?: number
}

interface Job {
  readonly queries: readonly MatchQuery[]
  readonly done: (results: readonly MatchResult[]) => void
  readonly failed: (error: Error) => void
  tries: number
}

interface Thread {
  worker: Worker
  readonly jobs: Map<number, Job>
  /** Who waits for it to hold what it was told. */
  readonly told: Map<number, () => void>
}

export class MatcherPool implements Matcher {
  readonly #threads: Thread[]
  #held: readonly Held[] = []
  #next = 0
  #closed = false
  #size = 0
  /** Whether every thread holds what {@link hold} said last. */
  ready: Promise<void> = Promise.resolve()

  constructor(private readonly options: PoolOptions) {
    const count = options.threads ?? availableParallelism()
    this.#threads = Array.from({ length: count }, () => ({
      worker: this.#start(),
      jobs: new Map(),
      told: new Map(),
    }))
    for (const thread of this.#threads) this.#listen(thread)
  }

  /** Persons on file. */
  get size(): number {
    return this.#size
  }

  /** Has every thread hold these segments. */
  hold(segments: readonly Stocked[]): void {
    const { dir } = this.options.stock.store
    this.#held = segments.map(({ file, data, words, identifiers }) => ({
      dir,
      file,
      data,
      words,
      place: identifiers.place,
    }))
    this.ready = Promise.all(this.#threads.map((thread) => this.#tell(thread))).then(() => undefined)
  }

  /** Answers in the order of the questions. */
  async query(batch: readonly MatchQuery[]): Promise<readonly MatchResult[]> {
    const parts: Promise<readonly MatchResult[]>[] = []
    const each = Math.min(HANDED, Math.ceil(batch.length / (this.#threads.length * PARTS)))
    for (let from = 0; from < batch.length; from += each)
      parts.push(this.#hand(batch.slice(from, from + each)))
    return (await Promise.all(parts)).flat()
  }

  async close(): Promise<void> {
    this.#closed = true
    await Promise.all(this.#threads.map(({ worker }) => worker.terminate()))
    for (const { jobs } of this.#threads)
      for (const job of jobs.values()) job.failed(new Error('the matcher is closed'))
  }

  #hand(queries: readonly MatchQuery[]): Promise<readonly MatchResult[]> {
    return new Promise((done, failed) => {
      this.#give({ queries, done, failed, tries: 0 })
    })
  }

  #give(job: Job): void {
    if (this.#closed) {
      job.failed(new Error('the matcher is closed'))
      return
    }
    let best = this.#threads[0] as Thread
    for (const each of this.#threads) if (each.jobs.size < best.jobs.size) best = each
    const id = this.#next++
    best.jobs.set(id, job)
    best.worker.postMessage({ id, queries: job.queries } satisfies Request)
  }

  #tell(thread: Thread): Promise<void> {
    return new Promise((told) => {
      const id = this.#next++
      thread.told.set(id, told)
      thread.worker.postMessage({ id, hold: this.#held } satisfies Request)
    })
  }

  #start(): Worker {
    const { subjects, namesDir, thresholds } = this.options
    const start: Start = { subjects, namesDir, thresholds }
    return new Worker(WORKER_FILE, { workerData: start, execArgv: [] })
  }

  #listen(thread: Thread): void {
    const { worker } = thread
    worker.unref()
    worker.on('message', (reply: Reply) => {
      this.#take(thread, reply)
    })
    // Without a listener the worker's error would be this thread's. Its end follows.
    worker.on('error', () => undefined)
    worker.on('exit', () => {
      if (!this.#closed) this.#again(thread)
    })
  }

  #take(thread: Thread, reply: Reply): void {
    if ('size' in reply) {
      this.#size = reply.size
      thread.told.get(reply.id)?.()
      thread.told.delete(reply.id)
      return
    }
    const job = thread.jobs.get(reply.id)
    thread.jobs.delete(reply.id)
    if (!job) return
    job.done(
      unpack(reply.packed, job.queries.length).map(({ grade, candidates, listed, provide }) => ({
        grade,
        candidates: candidates.map((candidate) => new HandedCandidate(candidate, this.options.stock)),
        listed,
        provide,
      })),
    )
  }

  /** A thread has ended: another takes its place, and its questions are asked again. */
  #again(thread: Thread): void {
    const jobs = [...thread.jobs.values()]
    thread.jobs.clear()
    const told = [...thread.told.values()]
    thread.told.clear()
    thread.worker = this.#start()
    this.#listen(thread)
    void this.#tell(thread).then(() => {
      for (const each of told) each()
    })
    for (const job of jobs) {
      if (++job.tries < MOST_TRIES) this.#give(job)
      else job.failed(new Error('the question ended the thread that was to answer it'))
    }
  }
}

/** Reads the whole record only for those who ask for it: an answer shows one at most. */
class HandedCandidate implements Candidate {
  readonly arn: Candidate['arn']
  readonly score: number
  readonly bits: number
  #person: PersonRecord | undefined

  constructor(
    private readonly from: ReplyCandidate,
    private readonly stock: Stock,
  ) {
    this.arn = from.arn
    this.score = from.score
    this.bits = from.bits
  }

  get why(): Candidate['why'] {
    return this.from.why
  }

  get person(): PersonRecord {
    const { person, file, line } = this.from
    this.#person ??= person ?? this.stock.record(file, line) ?? this.stock.byArn(this.arn)
    if (!this.#person) throw new Error(`A${this.arn} is no longer on file`)
    return this.#person
  }
}
