/** Builds an index of any size in bounded memory: runs on disk, which become one at the end. */
import { rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { indexOf, type SegmentSummary, type WriteOptions, writeSegment } from '../../records/index.js'
import type { RecordLine } from '../../records/types.js'
import type { NameTables } from '../tables.js'
import { SegmentBuilder } from './build.js'
import { type IndexOf, type ReadIndex, readIndex, writeIndex } from './file.js'
import type { SegmentData } from './layout.js'
import { mergeSegments, type Part } from './merge.js'

/** Lines of a run: about 300 MB while it is built. */
const RUN = 1_000_000

export class IndexRuns {
  #builder: SegmentBuilder
  #added = 0
  readonly #runs: string[] = []

  /** @param path of the index to be. */
  constructor(
    readonly path: string,
    readonly tables: NameTables,
    readonly lines = RUN,
  ) {
    this.#builder = new SegmentBuilder(tables)
  }

  add(line: RecordLine, at: number): void {
    this.#builder.add(line, at)
    if (++this.#added % this.lines === 0) this.#spill()
  }

  /** Writes the index. */
  finish(of: IndexOf, onMerge: (runs: number) => void = () => undefined): void {
    if (this.#runs.length === 0) {
      writeIndex(this.path, this.#builder.finish(), of)
      return
    }
    if (this.#builder.size > 0) this.#spill()
    onMerge(this.#runs.length)
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
    const run = this.path.replace(/idx$/, `${this.#runs.length}.idx`)
    this.#runs.push(run)
    writeIndex(run, this.#builder.finish(), RUN_OF)
    this.#builder = new SegmentBuilder(this.tables)
  }
}

/** Writes a segment with its index beside it; see {@link writeSegment}. */
export async function writeIndexed(
  dir: string,
  input: AsyncIterable<string | Uint8Array>,
  names: NameTables,
  options: WriteOptions = {},
): Promise<SegmentSummary> {
  let runs: IndexRuns | undefined
  try {
    const summary = await writeSegment(dir, input, {
      ...options,
      onStart: (file) => {
        runs = new IndexRuns(join(dir, indexOf(file)), names)
      },
      onRecord: (line, at) => runs?.add(line, at),
    })
    runs?.finish({ bytes: statSync(join(dir, summary.file)).size, lines: summary.lines })
    return summary
  } catch (error) {
    runs?.abandon()
    throw error
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
