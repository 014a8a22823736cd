import { join } from 'node:path'
import { FaultError, formatFault } from '../config/index.js'
import {
  createMatcher,
  dueForMerge,
  type Engine,
  type Matcher,
  MatcherPool,
  type MatchThresholds,
  type NameTables,
  personsByNic,
  Stock,
  workOnIndexes,
} from '../matching/index.js'
import { DamageError, type PersonRecord, type Subjects, sweep } from '../records/index.js'

export interface PersonsOptions {
  readonly dataDir: string
  readonly names: NameTables
  /** The folder that `names` were read from, for threads that read them again. */
  readonly namesDir: string
  readonly thresholds: MatchThresholds
  /** The test subjects; none where the configuration leaves them out. */
  readonly subjects: Subjects['subjects']
  /** Whether this process serves the store and may clear away what killed loads left. */
  readonly own: boolean
  /** Names on file beyond which threads of their own answer. */
  readonly offThread?: number
  /** Told of an index that was made anew. */
  readonly note?: (text: string) => void
}

/** An answer out of so small a file takes less time than handing the question over. */
const OFF_THREAD = 100_000

/** Lines of a segment that are taken up at once; a longer one would keep messages waiting. */
const AT_ONCE = 20_000

/** The persons on file with the engine that finds them. */
export class Persons {
  readonly matcher: Matcher
  #engine: Engine | undefined
  #pool: MatcherPool | undefined
  #adopting: Promise<void> = Promise.resolve()
  #merging = false
  #closed = false
  #stop: () => void = () => undefined

  private constructor(
    private readonly options: PersonsOptions,
    private readonly stock: Stock,
  ) {
    this.#follow()
    this.matcher = {
      query: (batch) => this.#pool?.query(batch) ?? (this.#engine as Engine).asMatcher().query(batch),
    }
  }

  /** @throws {FaultError} naming the damaged file and what to do. */
  static open(options: PersonsOptions): Persons {
    const dir = join(options.dataDir, 'records')
    if (options.own) sweep(dir)
    const opened = Stock.open(dir, options.names, options.note)
    if ('stock' in opened) return new Persons(options, opened.stock)
    const { file, offset, reason } = opened.damage
    throw new FaultError([
      {
        file,
        line: 0,
        reason: `damaged at offset ${offset}: ${reason}; load the records file into a new store`,
      },
    ])
  }

  /** Whether every thread can answer. */
  get ready(): Promise<void> {
    return this.#pool?.ready ?? Promise.resolve()
  }

  /** The person with an A-number of nine digits. */
  byArn(arn: string): PersonRecord | undefined {
    if (this.#engine) return this.#engine.byArn(arn)
    return this.#subjects.find((each) => each.arn === arn) ?? this.stock.byArn(arn)
  }

  /** Persons whom an NCIC record of this number is about. */
  byNic(nic: string): readonly PersonRecord[] {
    if (this.#engine) return this.#engine.byNic(nic)
    const subjects = this.#subjects.filter(({ ncic }) => ncic.some((each) => each.nic === nic))
    return [...subjects, ...personsByNic(this.stock, nic)]
  }

  get #subjects(): readonly PersonRecord[] {
    return this.options.subjects.map(({ record }) => record)
  }

  /** Persons on file, the test subjects counted. */
  get size(): number {
    return this.#engine?.size ?? this.#pool?.size ?? 0
  }

  /**
   * Takes up a segment that a load has written.
   * @throws {Error} where it is damaged.
   */
  adopt(segment: string): Promise<void> {
    this.#adopting = this.#adopting.catch(() => undefined).then(() => this.#adopt(segment))
    return this.#adopting
  }

  async #adopt(segment: string): Promise<void> {
    const adopted = this.stock.store.adopt(segment)
    if ('damage' in adopted) {
      const { file, offset, reason } = adopted.damage
      throw new Error(formatFault({ file, line: 0, reason: `damaged at offset ${offset}: ${reason}` }))
    }
    await this.#refresh(adopted.lines > AT_ONCE)
    this.#merge()
  }

  /** Takes up what the folder has now; what takes long is read in a thread of its own. */
  async #refresh(long: boolean, merge = false): Promise<boolean> {
    const { stock, options } = this
    let merged = false
    try {
      if (long) {
        const known = stock.segments.map(({ file }) => file)
        const work = workOnIndexes({ dir: stock.store.dir, namesDir: options.namesDir, known, merge })
        this.#stop = work.stop
        const done = await work.done
        for (const each of done.notes) options.note?.(each)
        merged = done.merged
        if (this.#closed) return false
        stock.refresh(done.read)
      } else stock.refresh()
    } catch (error) {
      if (!(error instanceof DamageError)) throw error
      throw new Error(formatFault({ file: error.damage.file, line: 0, reason: error.message }))
    }
    this.#follow()
    await this.#pool?.ready
    return merged
  }

  /** Makes few segments of many while questions are answered. What comes meanwhile is taken up in between. */
  #merge(): void {
    if (this.#merging || this.#closed || dueForMerge(this.stock.store.entries).length < 2) return
    this.#merging = true
    this.#refresh(true, true)
      .catch((error: unknown) => this.options.note?.(`segments stay unmerged: ${(error as Error).message}`))
      .finally(() => {
        this.#merging = false
      })
  }

  close(): void {
    this.#closed = true
    this.#stop()
    void this.#pool?.close()
    this.stock.close()
  }

  /** The engine, or the threads, hold what the stock does. */
  #follow(): void {
    const { stock, options } = this
    const subjects = this.#subjects
    const names = stock.segments.reduce((sum, { data }) => sum + data.meta.names, 0)
    if (this.#pool === undefined && names <= (options.offThread ?? OFF_THREAD)) {
      if (this.#engine === undefined) {
        this.#engine = createMatcher({ names: options.names, thresholds: options.thresholds })
        this.#engine.pin(subjects)
      }
      this.#engine.hold(
        stock.segments.map((each) => ({ ...each, record: (line) => stock.record(each.file, line) })),
      )
      return
    }
    this.#pool ??= new MatcherPool({
      stock,
      subjects,
      namesDir: options.namesDir,
      thresholds: options.thresholds,
    })
    this.#pool.hold(stock.segments)
    // The engine answers until the threads can.
    void this.#pool.ready.then(() => {
      this.#engine = undefined
    })
  }
}
