/** The persons of a store's folder: its records and their indexes, made anew where they aren't whole. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import {
  type Damage,
  DamageError,
  indexOf,
  type ManifestEntry,
  openRecords,
  type RecordStore,
  segmentsOf,
} from '../records/index.js'
import type { PersonRecord } from '../records/types.js'
import type { ReadOffThread } from './index-worker.js'
import { FiledIdentifiers, type ReadIndex, readIndex, verifyIndex } from './segment/file.js'
import { IndexRuns } from './segment/runs.js'
import { Segment } from './segment/segment.js'
import type { NameTables } from './tables.js'
import { type Words, wordsOf } from './words.js'

/** A segment whose index has been read, with its words. */
export interface Stocked extends ReadIndex {
  readonly file: string
  readonly words: Words
}

export class Stock {
  #segments: readonly Stocked[] = []

  private constructor(
    readonly store: RecordStore,
    private readonly names: NameTables,
    private readonly note: (text: string) => void,
    private readonly passed: ReadonlySet<string>,
  ) {}

  /**
   * Opens the records of a folder.
   * @param note is told of an index that had to be made anew, and why.
   * @param passed segments whose indexes aren't read.
   */
  static open(
    dir: string,
    names: NameTables,
    note: (text: string) => void = () => undefined,
    passed: ReadonlySet<string> = new Set(),
  ): { readonly stock: Stock } | { readonly damage: Damage } {
    const opened = openRecords(dir)
    if ('damage' in opened) return opened
    const stock = new Stock(opened.store, names, note, passed)
    try {
      stock.#read()
    } catch (error) {
      opened.store.close()
      if (error instanceof DamageError) return { damage: error.damage }
      throw error
    }
    return { stock }
  }

  /** Oldest first. */
  get segments(): readonly Stocked[] {
    return this.#segments
  }

  /**
   * Takes up what the manifest has now.
   * @param read indexes that another thread has read already.
   * @throws {DamageError}
   */
  refresh(read: readonly ReadOffThread[] = []): void {
    const damage = this.store.refresh()
    if (damage) throw new DamageError(damage)
    this.#read(read.map(({ place, ...each }) => ({ ...each, identifiers: new FiledIdentifiers(place) })))
  }

  record(file: string, line: number): PersonRecord | undefined {
    return this.store.at(file, line)
  }

  /** The person with an A-number, by the newest segment that says anything of it. */
  byArn(arn: string): PersonRecord | undefined {
    for (let i = this.#segments.length - 1; i >= 0; i--) {
      const { file, data } = this.#segments[i] as Stocked
      const segment = new Segment(data)
      const rank = segment.rankOfArn(Number(arn))
      if (rank >= 0) return this.record(file, data.columns.lines[rank] ?? 0)
      if (segment.removes(Number(arn))) return undefined
    }
    return undefined
  }

  close(): void {
    for (const each of this.#segments) each.identifiers.close()
    this.store.close()
  }

  #read(read: readonly Stocked[] = []): void {
    const known = new Map([...read, ...this.#segments].map((each) => [each.file, each]))
    const segments = this.store.entries
      .filter((entry) => !this.passed.has(entry.file))
      .map((entry) => known.get(entry.file) ?? this.#index(entry))
    for (const each of this.#segments) if (!segments.includes(each)) each.identifiers.close()
    this.#segments = segments
  }

  #index(entry: ManifestEntry): Stocked {
    const path = join(this.store.dir, indexOf(entry.file))
    const read = readIndex(path, entry)
    if (!('reason' in read)) return stocked(entry.file, read)
    this.note(`${path} ${read.reason}; it is made anew from the records`)
    const runs = new IndexRuns(path, this.names)
    let at = 0
    for (const line of this.store.linesOf(entry.file)) runs.add(line, at++)
    runs.finish(entry)
    const again = readIndex(path, entry)
    if ('reason' in again) throw new Error(`${path}: ${again.reason}`)
    return stocked(entry.file, again)
  }
}

function stocked(file: string, read: ReadIndex): Stocked {
  const { tokens, surnames, given } = read.data.columns
  return { ...read, file, words: wordsOf(tokens, surnames, given) }
}

/** Indexes of a folder that are there and not whole. One that is missing is made when it is needed. */
export function verifyIndexes(dir: string): Damage[] {
  return segmentsOf(dir).flatMap((entry) => {
    const file = indexOf(entry.file)
    const reason = existsSync(join(dir, file)) ? verifyIndex(join(dir, file), entry) : undefined
    return reason === undefined ? [] : [{ file, offset: 0, reason }]
  })
}
