/** Builds an index of any size in bounded memory: runs on disk, which become one at the end. */
import { rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { packageRoot } from '../../config/index.js'
import { indexOf, type SegmentSummary, type WriteOptions, writeSegment } from '../../records/index.js'
import type { RecordLine } from '../../records/types.js'
import type { NameTables } from '../tables.js'
import { SegmentBuilder } from './build.js'
import { type IndexOf, type ReadIndex, readIndex, writeIndex } from './file.js'
import type { SegmentData } from './layout.js'
import { LoadPool, type PooledPack } from './load-pool.js'
import { mergeSegments, type Part } from './merge.js'
import type { RunWork } from './run-worker.js'

/** Workers run compiled code alone, so that it is the one of `dist/` when the sources themselves are run. */
const WORKER_FILE = join(packageRoot, 'dist', 'matching', 'segment', 'run-worker.js')

/** Lines of a run: about a gigabyte while it is built. */
const RUN = 4_000_000

export class IndexRuns {
  #builder: SegmentBuilder
  readonly #runs: string[] = []
  /** Runs that a thread is making, in their order. */
  readonly #making: Promise<void>[] = []

  /**
   * @param path of the index to be.
   * @param aside runs are made in threads; the caller lets them {@link settle} now and then.
   */
  constructor(
    readonly path: string,
    readonly tables: NameTables,
    readonly lines = RUN,
    private readonly aside = false,
  ) {
    this.#builder = new SegmentBuilder(tables)
  }

  add(line: RecordLine, at: number): void {
    if (this.#builder.size >= this.lines) this.#spill()
    this.#builder.add(line, at)
  }

  /** Takes lines that were gathered; a run may have a batch of lines more than it should. */
  addLines({ gathered, texts }: PooledPack, first: number): void {
    if (this.#builder.size >= this.lines) this.#spill()
    texts.take(gathered)
    this.#builder.addLines(gathered, texts, first)
  }

  /** Waits until no more than so many runs are being made. Before {@link finish} it must be none. */
  async settle(most: number): Promise<void> {
    while (this.#making.length > most) {
      await this.#making[0]
      this.#making.shift()
    }
  }

  /** Writes the index. */
  finish(of: IndexOf): void {
    if (this.#runs.length === 0) {
      writeIndex(this.path, this.#builder.finish(), of)
      return
    }
    if (this.#making.length > 0) throw new Error('runs are still being made')
    if (this.#builder.size > 0) writeIndex(this.#next(), this.#builder.finish(), RUN_OF)
    const data = mergeSegments(
      this.#runs.map((run) => ({ data: wholeIndex(run, RUN_OF), base: 0 })),
      this.tables,
      false,
    )
    writeIndex(this.path, data, of)
    this.abandon()
  }

  /** Clears the runs away. */
  abandon(): void {
    for (const run of this.#runs.splice(0)) rmSync(run, { force: true })
  }

  #spill(): void {
    const run = this.#next()
    if (this.aside) {
      const { particles } = this.tables
      const made = makeRun({ path: run, of: RUN_OF, gathered: this.#builder.gathered(), particles })
      // Whoever settles sees the failure; until then nobody listens.
      made.catch(() => undefined)
      this.#making.push(made)
    } else writeIndex(run, this.#builder.finish(), RUN_OF)
    this.#builder = new SegmentBuilder(this.tables)
  }

  #next(): string {
    const run = this.path.replace(/idx$/, `${this.#runs.length}.idx`)
    this.#runs.push(run)
    return run
  }
}

function makeRun(work: RunWork): Promise<void> {
  const { gathered } = work
  const columns = Object.values(gathered).filter((each) => ArrayBuffer.isView(each))
  const worker = new Worker(WORKER_FILE, {
    workerData: work,
    execArgv: [],
    transferList: columns.map((each) => each.buffer as ArrayBuffer),
  })
  return new Promise((done, failed) => {
    worker.once('message', () => {
      done()
    })
    worker.once('error', failed)
    worker.once('exit', () => {
      failed(new Error('the thread that makes a run of the index has ended'))
    })
  })
}

export interface IndexedOptions extends Omit<WriteOptions<PooledPack>, 'packing' | 'onStart'> {
  /** Lines of the index that are worked on at once. */
  readonly linesOfRun?: number
}

/** Writes a segment with its index beside it; see {@link writeSegment}. */
export async function writeIndexed(
  dir: string,
  input: AsyncIterable<string | Uint8Array>,
  names: NameTables,
  options: IndexedOptions = {},
): Promise<SegmentSummary> {
  let runs: IndexRuns | undefined
  const pool = new LoadPool(names)
  try {
    const summary = await writeSegment<PooledPack>(dir, input, {
      ...options,
      onStart: (file) => {
        runs = new IndexRuns(join(dir, indexOf(file)), names, options.linesOfRun, true)
      },
      packing: {
        // Each thread works on one batch and has the next.
        most: pool.threads * 2,
        pack: (bytes, start) => pool.pack({ bytes, start }),
        taken: async (packed, first) => {
          runs?.addLines(packed, first)
          await runs?.settle(1)
        },
      },
    })
    await runs?.settle(0)
    runs?.finish({ bytes: statSync(join(dir, summary.file)).size, lines: summary.lines })
    return summary
  } catch (error) {
    // A run that is still being made would be written after it was cleared away.
    await runs?.settle(0).catch(() => undefined)
    runs?.abandon()
    throw error
  } finally {
    await pool.close()
  }
}

const RUN_OF: IndexOf = { bytes: 0, lines: 0 }

/** An index with its identifiers in memory. @throws {Error} where it isn't whole. */
export function wholeIndex(path: string, of: IndexOf): SegmentData {
  const read = readIndex(path, of)
  if ('reason' in read) throw new Error(`${path}: ${read.reason}`)
  return withIdentifiers(read)
}

function withIdentifiers({ data, identifiers }: ReadIndex): SegmentData {
  const ids = identifiers.all()
  identifiers.close()
  return { meta: data.meta, columns: { ...data.columns, ids } }
}

/** One index of several. @throws {Error} where one isn't whole. */
export function mergeIndexes(
  parts: readonly { readonly path: string; readonly of: IndexOf }[],
  tables: NameTables,
  whole: boolean,
  into: { readonly path: string; readonly of: IndexOf },
): void {
  const read: Part[] = []
  let base = 0
  for (const { path, of } of parts) {
    read.push({ data: wholeIndex(path, of), base })
    base += of.lines
  }
  writeIndex(into.path, mergeSegments(read, tables, whole), into.of)
}
