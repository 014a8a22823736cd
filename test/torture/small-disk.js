// A disk that fills: a file system of its own where the machine allows one, else a limit on the size of files.
import { spawnSync } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Of a small store: enough for a round, and soon full. */
const SIZE = '8m'
const LIMIT = 49_152
/** A file that grew past the limit before it came takes nothing; the rest of a segment of 64 KiB can't be written. */
const UNLIMITED = 'unlimited'

/** A folder in a file system of a few MiB, or undefined where the machine gives none. */
export function smallFolder() {
  const dir = mkdtempSync(join(tmpdir(), 'iaq-torture-small-'))
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${SIZE}`, 'tmpfs', dir]).status === 0
  if (!mounted) {
    rmSync(dir, { recursive: true })
    return undefined
  }
  return {
    dir,
    unmount: () => spawnSync('umount', ['-l', dir]).status === 0 && rmSync(dir, { recursive: true }),
  }
}

/** How this era's disk is filled and freed. */
export function narrow(era) {
  const filler = join(era.dir, 'filler')
  if (era.small) return { fill: () => fill(filler), free: () => rmSync(filler, { force: true }) }
  return { fill: ({ pid }) => limit(pid, LIMIT), free: ({ pid }) => limit(pid, UNLIMITED) }
}

/** The soft limit only, so that it can be raised again. A process that is gone needs none. */
const limit = (pid, size) => spawnSync('prlimit', ['--pid', `${pid}`, `--fsize=${size}:`])

function fill(file) {
  const fd = openSync(file, 'w')
  const block = Buffer.alloc(4096)
  try {
    for (;;) if (writeSync(fd, block) < block.length) break
  } catch (error) {
    if (error.code !== 'ENOSPC') throw error
  } finally {
    closeSync(fd)
  }
}
