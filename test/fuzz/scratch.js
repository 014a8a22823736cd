import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import { join } from 'node:path'

let base

/** A folder for a target's files, in memory where the machine has such a place; it goes when the process does. */
export function scratch(name) {
  if (base === undefined) {
    base = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : os.tmpdir(), 'iaq-fuzz-'))
    process.on('exit', () => rmSync(base, { recursive: true, force: true }))
  }
  return join(base, name)
}
