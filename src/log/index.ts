/**
 * The one logger: a line of JSON a message in or out and a line an event of a link, to the log's file and to
 * standard error. No line holds a person's name, date of birth or identifier unless the configuration asks for it.
 */
import pino from 'pino'
import { FileSink } from './file.js'
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
  /** Writes a line that is built already, whatever the level. Its bytes may be used again afterwards. */
  readonly write: (line: Buffer) => void
  readonly logger: Logger
  /** Writes out what is buffered, as far as its readers take it. */
  close(): Promise<void>
}

/** No line waits longer than this for its block. */
const FLUSH_MS = 50

export function openLog(options: LogOptions): Log {
  const stderr = options.stderr ? new StderrSink() : undefined
  const report = reporter(stderr)
  const { file: path, rotate, keep } = options
  const file = path === undefined ? undefined : new FileSink({ file: path, rotate, keep, report })
  const sinks = [file, stderr].filter((each) => each !== undefined)
  const write = (line: string | Buffer): void => {
    for (const sink of sinks) sink.write(line)
  }
  const logger = pino(
    { level: options.level, base: null, timestamp: pino.stdTimeFunctions.isoTime },
    { write },
  )
  const flush = setInterval(() => {
    for (const sink of sinks) sink.flush()
  }, FLUSH_MS)
  flush.unref()
  let closed = false
  return {
    logger,
    write,
    close: async () => {
      if (closed) return
      closed = true
      clearInterval(flush)
      for (const sink of sinks) await sink.close()
    },
  }
}

/** A log that can't be written must not stop the gateway; it is said where it can be said, once. */
function reporter(stderr: StderrSink | undefined): (error: Error) => void {
  let said = false
  return (error) => {
    if (said) return
    said = true
    const msg = `the log file can't be written: ${error.message}`
    if (stderr) stderr.write(`${JSON.stringify({ level: 50, time: new Date().toISOString(), msg })}\n`)
    else process.emitWarning(msg)
  }
}
