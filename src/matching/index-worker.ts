/**
 * The thread that does the long work on a store's indexes while others answer: merges what is due, where asked to, and
 * reads indexes into shared memory.
 */
import { parentPort, workerData } from 'node:worker_threads'
import { mergeDue } from './merging.js'
import type { IdentifiersPlace } from './segment/file.js'
import type { SegmentData } from './segment/layout.js'
import { Stock } from './stock.js'
import { loadNameTables } from './tables.js'
import type { Words } from './words.js'

export interface IndexWork {
  /** The folder of the records. */
  readonly dir: string
  readonly namesDir: string
  /** Segments whose indexes are in memory already. */
  readonly known: readonly string[]
  readonly merge: boolean
}

export interface ReadOffThread {
  readonly file: string
  readonly data: SegmentData
  readonly words: Words
  readonly place: IdentifiersPlace
}

export interface IndexDone {
  readonly read: readonly ReadOffThread[]
  /** Whether anything was merged. */
  readonly merged: boolean
  /** What had to be made anew, and why. */
  readonly notes: readonly string[]
}

const { dir, namesDir, known, merge } = workerData as IndexWork
const names = loadNameTables(namesDir)
const merged = merge && mergeDue(dir, names)
const notes: string[] = []
const opened = Stock.open(dir, names, (text) => notes.push(text), new Set(known))
if ('damage' in opened) throw new Error(`${opened.damage.file}: ${opened.damage.reason}`)
const read = opened.stock.segments.map(({ file, data, words, identifiers }) => ({
  file,
  data,
  words,
  place: identifiers.place,
}))
opened.stock.close()
parentPort?.postMessage({ read, merged, notes } satisfies IndexDone)
