import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { FaultError } from '../config/index.js'

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
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  const file = join(dataDir, 'lock')
  const mine: Holder = { pid: process.pid, start: startOf(process.pid), boot: bootId() }
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      const fd = openSync(file, 'wx', 0o600)
      writeSync(fd, `${JSON.stringify(mine)}\n`)
      closeSync(fd)
      return () => rmSync(file, { force: true })
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
    const holder = readHolder(file)
    if (holder && isAlive(holder))
      throw new FaultError([
        {
          file: dataDir,
          line: 0,
          reason: `this store is served by process ${holder.pid}; stop it or give another with --data`,
        },
      ])
    rmSync(file, { force: true })
  }
  throw new FaultError([
    { file, line: 0, reason: 'could not be taken; does another gateway start at this moment?' },
  ])
}

function readHolder(file: string): Holder | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Holder
  } catch {
    // Half-written by a process that was killed: nobody holds it.
    return undefined
  }
}

function isAlive(holder: Holder): boolean {
  return holder.boot === bootId() && holder.start === startOf(holder.pid)
}

/** Field 22 of /proc/PID/stat; an empty text where there is no such process. */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''
  } catch {
    try {
      process.kill(pid, 0)
      return 'running'
    } catch {
      return ''
    }
  }
}
