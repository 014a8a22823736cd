import { join } from 'node:path'
import { FaultError, formatFault } from '../config/index.js'
import { createMatcher, type Engine, loadNameTables, type MatchThresholds } from '../matching/index.js'
import {
  loadSubjects,
  openRecords,
  type RecordStore,
  type SubjectAnswer,
  type Subjects,
  sweep,
} from '../records/index.js'

export interface PersonsOptions {
  readonly dataDir: string
  readonly formatsDir: string
  readonly thresholds: MatchThresholds
  readonly subjects: boolean
  /** Whether this process serves the store and may clear away what killed loads left. */
  readonly own: boolean
}

/** The persons on file with the engine that finds them. */
export class Persons {
  readonly engine: Engine
  readonly subjects: Subjects
  readonly answers: ReadonlyMap<string, SubjectAnswer>

  private constructor(
    private readonly options: PersonsOptions,
    readonly store: RecordStore,
  ) {
    this.subjects = loadSubjects(options.formatsDir)
    const names = loadNameTables(join(options.formatsDir, 'names'))
    const special = new Map(this.subjects.subjects.map(({ record }) => [record.arn as string, record]))
    this.engine = createMatcher({
      names,
      thresholds: options.thresholds,
      records: { get: (arn) => (options.subjects ? special.get(arn) : undefined) ?? store.get(arn) },
    })
    this.answers = new Map(
      options.subjects
        ? this.subjects.subjects.flatMap(({ record, answer }) =>
            answer ? [[record.arn as string, answer]] : [],
          )
        : [],
    )
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

  /** Takes up a segment that a load has written. @throws {Error} where it is damaged. */
  adopt(segment: string): void {
    const adopted = this.store.adopt(segment)
    if ('damage' in adopted) {
      const { file, offset, reason } = adopted.damage
      throw new Error(formatFault({ file, line: 0, reason: `damaged at offset ${offset}: ${reason}` }))
    }
    this.engine.apply(this.store.linesOf(segment))
    this.#addSubjects()
  }

  close(): void {
    this.store.close()
  }

  /** The test subjects are in every store, whatever was loaded under their numbers. */
  #addSubjects(): void {
    if (this.options.subjects) this.engine.apply(this.subjects.subjects.map(({ record }) => record))
  }
}
