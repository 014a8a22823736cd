import { join } from 'node:path'
import { FaultError, formatFault } from '../config/index.js'
import { createMatcher, type Engine, type MatchThresholds, type NameTables } from '../matching/index.js'
import { openRecords, type RecordStore, type Subjects, sweep } from '../records/index.js'

export interface PersonsOptions {
  readonly dataDir: string
  readonly names: NameTables
  readonly thresholds: MatchThresholds
  /** The test subjects; none where the configuration leaves them out. */
  readonly subjects: Subjects['subjects']
  /** Whether this process serves the store and may clear away what killed loads left. */
  readonly own: boolean
}

/** Lines that are taken up in one turn: a few milliseconds' work. */
const SLICE = 200

/** The persons on file with the engine that finds them. */
export class Persons {
  readonly engine: Engine
  #adopting: Promise<void> = Promise.resolve()

  private constructor(
    private readonly options: PersonsOptions,
    readonly store: RecordStore,
  ) {
    const { subjects, names, thresholds } = options
    const special = new Map(subjects.map(({ record }) => [record.arn as string, record]))
    this.engine = createMatcher({
      names,
      thresholds,
      records: { get: (arn) => special.get(arn) ?? store.get(arn) },
    })
    this.engine.apply(store.records())
    this.#addSubjects()
  }

  /** @throws {FaultError} naming the damaged file and what to do. */
  static open(options: PersonsOptions): Persons {
    const dir = join(options.dataDir, 'records')
    if (options.own) sweep(dir)
    const opened = openRecords(dir)
    if ('store' in opened) return new Persons(options, opened.store)
    const { file, offset, reason } = opened.damage
    throw new FaultError([
      {
        file,
        line: 0,
        reason: `damaged at offset ${offset}: ${reason}; load the records file into a new store`,
      },
    ])
  }

  get size(): number {
    return this.engine.size
  }

  /**
   * Takes up a segment that a load has written, a slice a turn, so that messages go on being answered meanwhile.
   * @throws {Error} where it is damaged.
   */
  adopt(segment: string): Promise<void> {
    this.#adopting = this.#adopting.catch(() => undefined).then(() => this.#adopt(segment))
    return this.#adopting
  }

  async #adopt(segment: string): Promise<void> {
    const known = this.store.segments.includes(segment)
    const adopted = this.store.adopt(segment)
    if ('damage' in adopted) {
      const { file, offset, reason } = adopted.damage
      throw new Error(formatFault({ file, line: 0, reason: `damaged at offset ${offset}: ${reason}` }))
    }
    if (known) return
    const lines = this.store.linesOf(segment)
    while (this.engine.applySome(lines, SLICE)) await new Promise((go) => setImmediate(go))
    this.#addSubjects()
  }

  close(): void {
    this.store.close()
  }

  /** The test subjects are in every store, whatever was loaded under their numbers. */
  #addSubjects(): void {
    this.engine.apply(this.options.subjects.map(({ record }) => record))
  }
}
