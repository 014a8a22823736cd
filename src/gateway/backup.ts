import * as fs from 'node:fs'
import { dirname, join } from 'node:path'
import type { ResolvedConfig } from '../config/index.js'
import { recordFiles } from '../records/index.js'
import { journalFiles } from '../store/index.js'
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
  const records = join(config.data, 'records')
  const { snapshots, segments } = journalFiles(journalDir(config.data))
  const persons = recordFiles(records)
  if (segments.length === 0 && persons.length === 0) throw new Error(`there is no store in ${config.data}`)
  const files = [
    ...persons.map((name) => join('records', name)),
    ...snapshots.map((name) => join('journal', name)),
    ...segments.map((name) => join('journal', name)),
  ]
  const all = files.reduce((sum, name) => sum + fs.statSync(join(config.data, name)).size, 0)
  let bytes = 0
  for (const name of files) {
    const target = join(to, name)
    fs.mkdirSync(dirname(target), { recursive: true, mode: 0o700 })
    fs.copyFileSync(join(config.data, name), target)
    fs.chmodSync(target, 0o600)
    const fd = fs.openSync(target, 'r')
    fs.fsyncSync(fd)
    bytes += fs.fstatSync(fd).size
    fs.closeSync(fd)
    onProgress(bytes, all)
  }
  markRestored(to)
  return { files: files.length, bytes }
}
