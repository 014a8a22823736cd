import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import * as zlib from 'node:zlib'

/** Where a file of the store is not what was written. */
export interface Damage {
  readonly file: string
  /** Byte at which the damaged part begins. */
  readonly offset: number
  readonly reason: string
}

/** Thrown where damage shows up in the middle of a read that was fine when the store was opened. */
export class DamageError extends Error {
  override readonly name = 'DamageError'
  constructor(readonly damage: Damage) {
    super(`${damage.file}: damaged at byte ${damage.offset}: ${damage.reason}`)
  }
}

const TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n
  for (let k = 0; k < 8; k++) c = c & 1 ? (c >>> 1) ^ 0xedb88320 : c >>> 1
  return c
})

function tableCrc32(bytes: Uint8Array, start = 0): number {
  let c = ~start
  for (let i = 0; i < bytes.length; i++) c = (TABLE[(c ^ (bytes[i] ?? 0)) & 255] ?? 0) ^ (c >>> 8)
  return ~c >>> 0
}

/** The checksum of zip files; Node has it since 20.15, the table serves the releases before. */
export const crc32: (bytes: Uint8Array, start?: number) => number = zlib.crc32 ?? tableCrc32

export function makeFolder(dir: string): void {
  mkdirSync(dir, { recursive: true, mode: 0o700 })
}

export function syncFolder(dir: string): void {
  const fd = openSync(dir, 'r')
  try {
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}

/** Puts a file in another's place so that a crash leaves the one or the other whole. */
export function replaceFile(path: string, text: string): void {
  const temporary = `${path}.${ownName()}.part`
  const fd = openSync(temporary, 'w', 0o600)
  try {
    writeSync(fd, text)
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
  renameSync(temporary, path)
  syncFolder(dirname(path))
}

/** Field 22 of /proc/PID/stat, ticks since the machine's start; an empty text where there is no such process. */
export function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''
  } catch {
    return isThere(pid) ? UNKNOWN_START : ''
  }
}

/** Stands for the start of a process where the system doesn't tell. */
const UNKNOWN_START = 'running'

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** A process in a file's name: its number and its start, since numbers are used again. */
export function ownName(): string {
  const start = startOf(process.pid)
  return start === UNKNOWN_START ? `${process.pid}` : `${process.pid}-${start}`
}

/**
 * Whether a process of this machine runs; a number that no process has does not.
 * @param start when it began, where that is known; another that has the number now is not it.
 */
export function isRunning(pid: number, start?: string): boolean {
  const now = startOf(pid)
  return now !== '' && (start === undefined || now === UNKNOWN_START || now === start)
}

/** Runs work while holding `dir/.lock`; one left by a process that is gone is taken over. */
export function withLock<T>(dir: string, work: () => T): T {
  const path = join(dir, '.lock')
  takeLock(path)
  try {
    return work()
  } finally {
    rmSync(path, { force: true })
  }
}

const LOCK_TRIES = 300
const LOCK_PAUSE_MS = 20

function takeLock(path: string): void {
  const pause = new Int32Array(new SharedArrayBuffer(4))
  for (let tries = 0; tries < LOCK_TRIES; tries++) {
    try {
      const fd = openSync(path, 'wx', 0o600)
      writeSync(fd, `${ownName()}\n`)
      closeSync(fd)
      return
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
    if (isStale(path)) rmSync(path, { force: true })
    else Atomics.wait(pause, 0, 0, LOCK_PAUSE_MS)
  }
  throw new Error(`${path} is held by another process; try again when it is done`)
}

function isStale(path: string): boolean {
  try {
    const text = readFileSync(path, 'utf8')
    // Between making the file and writing the number it is empty: not stale, just young.
    const [pid, start] = text.trim().split('-')
    return text.endsWith('\n') && !isRunning(Number(pid), start)
  } catch {
    return false
  }
}

/** Bytes beyond the end of the file read as zero, which no checksum of ours takes for whole. */
export function readFully(fd: number, into: Uint8Array, position: number): void {
  let done = 0
  while (done < into.length) {
    const read = readSync(fd, into, done, into.length - done, position + done)
    if (read === 0) break
    done += read
  }
  into.fill(0, done)
}
