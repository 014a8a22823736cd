/** Lines that go out at once, in characters. */
const BLOCK = 8192
/** What a reader that has stopped reading may leave waiting; lines beyond it are left out. */
const MOST_WAITING = 1 << 24
/** Time that such a reader has when the log is closed. */
const CLOSE_MS = 1000

/**
 * Standard error in blocks. Its reader may be slow, stop reading or go away: then lines are left out here, and neither
 * the gateway nor its stop waits for him.
 */
export class StderrSink {
  #lines = ''
  #gone = false
  readonly #onError = (): void => {
    this.#gone = true
  }

  constructor() {
    process.stderr.on('error', this.#onError)
  }

  write(line: string | Buffer): void {
    this.#lines += line.toString()
    if (this.#lines.length >= BLOCK) this.flush()
  }

  flush(done: () => void = () => undefined): void {
    const lines = this.#lines
    this.#lines = ''
    if (this.#gone || process.stderr.writableLength > MOST_WAITING) done()
    else if (lines === '' && process.stderr.writableLength === 0) done()
    else process.stderr.write(lines, done)
  }

  async close(): Promise<void> {
    await new Promise<void>((done) => {
      const timer = setTimeout(done, CLOSE_MS)
      this.flush(() => {
        clearTimeout(timer)
        done()
      })
    })
    process.stderr.off('error', this.#onError)
  }
}
