/**
 * The one logger: a line of JSON a message in or out and a line an event of a link, to the log's file and to
 * standard error. No line holds a person's name, date of birth or identifier unless the configuration asks for it.
 */
import { once } from 'node:events'
import * as fs from 'node:fs'
import { dirname } from 'node:path'
import pino from 'pino'
import { StderrSink } from './stderr.js'

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
  /** Writes out what is buffered, as far as its readers take it. */
  close(): Promise<void>
}

/** Lines go out in blocks, since a write a line costs more than the line; none waits longer than {@link FLUSH_MS}. */
const BUFFERED = { sync: false, minLength: 8192, maxLength: 1 << 24 }
const FLUSH_MS = 50
const ROTATE_MS = 1000

type FileSink = ReturnType<typeof pino.destination>

export function openLog(options: LogOptions): Log {
  const file = options.file === undefined ? undefined : openFile(options.file)
  const stderr = options.stderr ? new StderrSink() : undefined
  const sinks = [file, stderr].filter((each) => each !== undefined)
  const level = 'trace' as const
  const stream =
    sinks.length === 1 ? sinks[0]! : pino.multistream(sinks.map((sink) => ({ stream: sink, level })))
  const logger = pino({ level: options.level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, stream)
  const report = reporter(stderr)
  file?.on('error', report)
  const watch = setInterval(() => {
    if (file && options.file !== undefined) guarded(() => rotate(file, options.file ?? '', options), report)
  }, ROTATE_MS)
  const flush = setInterval(() => {
    file?.flush()
    stderr?.flush()
  }, FLUSH_MS)
  watch.unref()
  flush.unref()
  return {
    logger,
    close: async () => {
      clearInterval(watch)
      clearInterval(flush)
      if (file) {
        await opened(file)
        guarded(() => file.flushSync(), report)
      }
      await stderr?.close()
    },
  }
}

function openFile(file: string): FileSink {
  fs.mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  // Opened here, so that a log that can't be written is known before anything is served.
  const fd = fs.openSync(file, 'a', 0o600)
  fs.closeSync(fd)
  return pino.destination({ dest: file, mode: 0o600, ...BUFFERED })
}

/** Resolves when the file is open, or can't be. */
async function opened(file: FileSink): Promise<void> {
  const { fd } = file as unknown as { readonly fd: number }
  if (fd < 0) await Promise.race([once(file, 'ready'), once(file, 'close')]).catch(() => undefined)
}

/** A log that can't be written must not stop the gateway; it is said where it can be said, once. */
function reporter(stderr: StderrSink | undefined): (error: Error) => void {
  let said = false
  return (error) => {
    if (said) return
    said = true
    const text = `the log file can't be written: ${error.message}`
    if (stderr) stderr.write(`${JSON.stringify({ level: 50, time: new Date().toISOString(), msg: text })}\n`)
    else process.emitWarning(text)
  }
}

function guarded(work: () => void, report: (error: Error) => void): void {
  try {
    work()
  } catch (error) {
    report(error as Error)
  }
}

function rotate(sink: FileSink, path: string, { rotate: limit, keep }: LogOptions): void {
  const size = fs.statSync(path, { throwIfNoEntry: false })?.size ?? 0
  if (size < limit) return
  for (let n = keep - 1; n >= 1; n--) {
    if (fs.existsSync(`${path}.${n}`)) fs.renameSync(`${path}.${n}`, `${path}.${n + 1}`)
  }
  fs.renameSync(path, `${path}.1`)
  sink.reopen()
}
