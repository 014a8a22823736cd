/** Merges of a store's segments, so that a question never has many to look through. */
import { join } from 'node:path'
import { indexOf, type ManifestEntry, mergeSegmentFiles, segmentsOf } from '../records/index.js'
import { mergeIndexes } from './segment/runs.js'
import type { NameTables } from './tables.js'

/** Segments that stay as they are. */
const MOST_SEGMENTS = 4

/**
 * The segments to make one of: the newest ones, back to the first that is far larger than all of them together; so each
 * line is copied a few times in its life, and a small load never waits for a large file.
 */
export function dueForMerge(segments: readonly ManifestEntry[]): readonly ManifestEntry[] {
  if (segments.length <= MOST_SEGMENTS) return []
  let [from, sum] = [segments.length, 0]
  while (from > 0) {
    const lines = segments[from - 1]?.lines ?? 0
    if (segments.length - from > 1 && lines > 4 * sum) break
    sum += lines
    from--
  }
  return segments.slice(from)
}

/** Merges what is due. @returns whether anything was. */
export function mergeDue(dir: string, names: NameTables): boolean {
  const segments = segmentsOf(dir)
  const due = dueForMerge(segments)
  if (due.length < 2) return false
  const parts = due.map((of) => ({ path: join(dir, indexOf(of.file)), of }))
  mergeSegmentFiles(dir, due, (file, of) => {
    mergeIndexes(parts, names, due.length === segments.length, { path: join(dir, indexOf(file)), of })
  })
  return true
}
