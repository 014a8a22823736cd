/**
 * The one logger: a line of JSON a message in or out and a line an event of a link, to the log's file and to
 * standard error. No line holds a person's name, date of birth or identifier unless the configuration asks for it.
 */
import * as fs from 'node:fs'
import { dirname } from 'node:path'
import pino from 'pino'

export type Logger = pino.Logger

export interface LogOptions {
  readonly level: string
  readonly file?: string | undefined
  /** Size in bytes at which the file is put aside as `.1`, `.2`, … */
  readonly rotate: number
  readonly keep: number
  /** Whether lines go to standard error too. */
  readonly stderr: boolean
}

export interface Log {
  readonly logger: Logger
  /** Writes out what is buffered. */
  close(): void
}

/** Lines go out in blocks, since a write a line costs more than the line; none waits longer than {@link FLUSH_MS}. */
const BUFFERED = { sync: false, minLength: 8192, maxLength: 1 << 24 }
const FLUSH_MS = 50

type Sink = ReturnType<typeof pino.destination>

export function openLog(options: LogOptions): Log {
  const sinks: Sink[] = []
  let file: Sink | undefined
  let watch: NodeJS.Timeout | undefined
  if (options.file !== undefined) {
    fs.mkdirSync(dirname(options.file), { recursive: true, mode: 0o700 })
    file = pino.destination({ dest: options.file, mode: 0o600, ...BUFFERED })
    sinks.push(file)
    const path = options.file
    const sink = file
    watch = setInterval(() => rotate(sink, path, options), 1000)
    watch.unref()
  }
  if (options.stderr) sinks.push(pino.destination({ dest: 2, ...BUFFERED }))
  const flush = setInterval(() => sinks.forEach((sink) => void sink.flush()), FLUSH_MS)
  flush.unref()
  const stream = pino.multistream(sinks.map((sink) => ({ stream: sink, level: 'trace' as const })))
  const logger = pino(
    { level: options.level, base: null, timestamp: pino.stdTimeFunctions.isoTime },
    sinks.length === 1 && sinks[0] ? sinks[0] : stream,
  )
  return {
    logger,
    close: () => {
      clearInterval(watch)
      clearInterval(flush)
      for (const sink of sinks) {
        try {
          sink.flushSync()
        } catch (error) {
          // A reader of standard error that went away is no reason to fail a stop.
          if (
            (error as NodeJS.ErrnoException).code !== 'EPIPE' &&
            (error as Error).message !== 'sonic boom is not ready yet'
          )
            throw error
        }
      }
    },
  }
}

function rotate(sink: Sink, path: string, { rotate: limit, keep }: LogOptions): void {
  const size = fs.statSync(path, { throwIfNoEntry: false })?.size ?? 0
  if (size < limit) return
  for (let n = keep - 1; n >= 1; n--) {
    if (fs.existsSync(`${path}.${n}`)) fs.renameSync(`${path}.${n}`, `${path}.${n + 1}`)
  }
  fs.rmSync(`${path}.${keep + 1}`, { force: true })
  fs.renameSync(path, `${path}.1`)
  sink.reopen()
}
