import { closeSync, existsSync, fstatSync, openSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { MANIFEST } from './manifest.js'
import { segmentsOf } from './store.js'

/** A file that stays readable whatever takes it away. */
export interface HeldFile {
  readonly name: string
  readonly fd: number
  readonly bytes: number
}

/** A merge may take files away between the manifest's reading and theirs; hardly twice in a row. */
const HOLD_TRIES = 20

/**
 * Opens the files that count, the manifest last, so that they can be read though a merge takes them away meanwhile. The
 * caller closes them.
 * @throws {DamageError}
 */
export function holdRecords(dir: string): HeldFile[] {
  for (let tries = 1; existsSync(join(dir, MANIFEST)); tries++) {
    const held: HeldFile[] = []
    try {
      const manifest = holdFile(dir, MANIFEST)
      held.push(manifest)
      for (const { file } of segmentsOf(dir)) held.push(holdFile(dir, file))
      // The one that is held may be older than the one that was read.
      if (fstatSync(manifest.fd).ino === statSync(join(dir, MANIFEST)).ino)
        return [...held.slice(1), manifest]
    } catch (error) {
      const isGone = (error as NodeJS.ErrnoException).code === 'ENOENT' && tries < HOLD_TRIES
      if (!isGone) {
        for (const each of held) closeSync(each.fd)
        throw error
      }
    }
    for (const each of held) closeSync(each.fd)
  }
  return []
}

function holdFile(dir: string, name: string): HeldFile {
  const fd = openSync(join(dir, name), 'r')
  return { name, fd, bytes: fstatSync(fd).size }
}
