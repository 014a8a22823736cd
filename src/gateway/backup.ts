import * as fs from 'node:fs'
import { dirname, join } from 'node:path'
import type { ResolvedConfig } from '../config/index.js'
import { type HeldFile, holdRecords } from '../records/index.js'
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
  const persons = holdRecords(join(config.data, 'records'))
  try {
    if (segments.length === 0 && persons.length === 0) throw new Error(`there is no store in ${config.data}`)
    const files = [...snapshots, ...segments].map((name) => join('journal', name))
    const all =
      persons.reduce((sum, each) => sum + each.bytes, 0) +
      files.reduce((sum, name) => sum + fs.statSync(join(config.data, name)).size, 0)
    const last = segments.at(-1)
    let bytes = 0
    const copied = (count: number): void => {
      bytes += count
      onProgress(bytes, all)
    }
    // The manifest goes last: a copy that was cut off has no person whose records aren't there.
    for (const each of persons) copied(copyHeld(each, join(to, 'records')))
    for (const name of files) {
      // A batch that is written while its segment is copied may come in part, and the next whole.
      const open = last !== undefined && name === join('journal', last)
      copied(copy(config.data, to, name, open ? writtenUntil(join(config.data, name)) : undefined))
    }
    markRestored(to)
    return { files: files.length + persons.length, bytes }
  } finally {
    for (const { fd } of persons) fs.closeSync(fd)
  }
}

const CHUNK = 1 << 22

/** @returns the file's bytes. */
function copyHeld({ name, fd, bytes }: HeldFile, folder: string): number {
  fs.mkdirSync(folder, { recursive: true, mode: 0o700 })
  const target = fs.openSync(join(folder, name), 'wx', 0o600)
  const space = Buffer.allocUnsafe(Math.min(CHUNK, bytes))
  try {
    for (let at = 0; at < bytes; ) {
      const read = fs.readSync(fd, space, 0, Math.min(space.length, bytes - at), at)
      if (read === 0) throw new Error(`${name} was cut off while it was copied`)
      for (let done = 0; done < read; ) done += fs.writeSync(target, space, done, read - done)
      at += read
    }
    fs.fsyncSync(target)
  } finally {
    fs.closeSync(target)
  }
  return bytes
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
