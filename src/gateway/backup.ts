import * as fs from 'node:fs'
import { dirname, join } from 'node:path'
import type { ResolvedConfig } from '../config/index.js'
import { recordFiles } from '../records/index.js'
import { journalFiles, writtenUntil } from '../store/index.js'
import { journalDir, markRestored } from './store.js'

export interface Copied {
  readonly files: number
  readonly bytes: number
}

/**
 * Copies a store into a new folder. Nothing stops meanwhile: snapshots are copied before the segments that they
 * stand on, and of the last segment whatever is whole counts. What goes out after the copy isn't known to it, so
 * whoever serves it marks what it sends of that.
 * @throws {Error} where the folder isn't empty, or there is no room.
 */
export function backupStore(
  config: ResolvedConfig,
  to: string,
  onProgress: (done: number, all: number) => void,
): Copied {
  if (fs.existsSync(to) && fs.readdirSync(to).length > 0) throw new Error('is not empty; give a new folder')
  const { snapshots, segments } = journalFiles(journalDir(config.data))
  const persons = recordFiles(join(config.data, 'records'))
  if (segments.length === 0 && persons.length === 0) throw new Error(`there is no store in ${config.data}`)
  // The manifest goes first: segments that a load adds meanwhile don't belong to the copy.
  const manifest = persons.at(-1)
  if (manifest !== undefined) copy(config.data, to, join('records', manifest))
  const files = [
    ...recordFiles(join(to, 'records'))
      .filter((name) => name !== manifest)
      .map((name) => join('records', name)),
    ...snapshots.map((name) => join('journal', name)),
    ...segments.map((name) => join('journal', name)),
  ]
  const all = files.reduce((sum, name) => sum + fs.statSync(join(config.data, name)).size, 0)
  const last = segments.at(-1)
  let bytes = 0
  for (const name of files) {
    // A batch that is written while its segment is copied may come in part, and the next whole.
    const open = last !== undefined && name === join('journal', last)
    bytes += copy(config.data, to, name, open ? writtenUntil(join(config.data, name)) : undefined)
    onProgress(bytes, all)
  }
  markRestored(to)
  return { files: files.length + (manifest === undefined ? 0 : 1), bytes }
}

/** @param until where the copy ends, where that isn't the file's end. @returns its bytes. */
function copy(from: string, to: string, name: string, until?: number): number {
  const target = join(to, name)
  fs.mkdirSync(dirname(target), { recursive: true, mode: 0o700 })
  fs.copyFileSync(join(from, name), target)
  fs.chmodSync(target, 0o600)
  const fd = fs.openSync(target, 'r+')
  try {
    if (until !== undefined) fs.ftruncateSync(fd, until)
    fs.fsyncSync(fd)
    return fs.fstatSync(fd).size
  } finally {
    fs.closeSync(fd)
  }
}
