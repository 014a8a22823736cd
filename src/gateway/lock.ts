import { randomBytes } from 'node:crypto'
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { FaultError } from '../config/index.js'
import { startOf } from '../records/index.js'

/** Who holds a store. */
interface Holder {
  readonly pid: number
  /** Start of the process in clock ticks since boot, so that a pid used again isn't taken for it. */
  readonly start: string
  readonly boot: string
}

/** Identifies this start of the machine. */
export function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  } catch {
    // Systems without it: the process's start stands in, so that every start counts as one of the machine.
    return `process-${process.pid}-${Math.round(performance.timeOrigin)}`
  }
}

/**
 * One server a store.
 * @returns a function that gives the store free.
 * @throws {FaultError} naming the process that serves it.
 */
export function lockStore(dataDir: string): () => void {
  makeFolder(dataDir)
  const file = join(dataDir, 'lock')
  const mine: Holder = { pid: process.pid, start: startOf(process.pid), boot: bootId() }
  // Written aside and linked, so that nobody ever reads half a lock and takes it for nobody's.
  const draft = `${file}.${process.pid}-${randomBytes(4).toString('hex')}`
  writeFileSync(draft, `${JSON.stringify(mine)}\n`, { mode: 0o600 })
  try {
    for (let attempt = 0; attempt < 3; attempt++) {
      if (linked(draft, file)) return () => rmSync(file, { force: true })
      const holder = readHolder(file)
      if (holder && isAlive(holder))
        throw new FaultError([
          {
            file: dataDir,
            line: 0,
            reason: `this store is served by process ${holder.pid}; stop it or give another with --data`,
          },
        ])
      putAside(file, `${draft}.stale`, holder)
    }
  } finally {
    rmSync(draft, { force: true })
  }
  const reason = 'could not be taken; does another gateway start at this moment?'
  throw new FaultError([{ file, line: 0, reason }])
}

function makeFolder(dir: string): void {
  try {
    mkdirSync(dir, { recursive: true, mode: 0o700 })
  } catch (error) {
    const reason = `can't be made: ${(error as Error).message}; give another with --data`
    throw new FaultError([{ file: dir, line: 0, reason }])
  }
}

function linked(draft: string, file: string): boolean {
  try {
    linkSync(draft, file)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

/** Removes a dead holder's lock; one that another start has put there meanwhile goes back. */
function putAside(file: string, aside: string, dead: Holder | undefined): void {
  try {
    renameSync(file, aside)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return
    throw error
  }
  const found = readHolder(aside)
  if (found && (found.pid !== dead?.pid || found.start !== dead.start)) linked(aside, file)
  rmSync(aside, { force: true })
}

function readHolder(file: string): Holder | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Holder
  } catch {
    // Not one of ours, or gone meanwhile: nobody holds it.
    return undefined
  }
}

function isAlive(holder: Holder): boolean {
  return holder.boot === bootId() && holder.start === startOf(holder.pid)
}
