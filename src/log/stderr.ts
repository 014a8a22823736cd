import { ByteWriter } from '../bytes/index.js'

/** Lines that go out at once, in bytes. */
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
  readonly #lines = new ByteWriter(BLOCK)
  #gone = false
  readonly #onError = (): void => {
    this.#gone = true
  }

  constructor() {
    process.stderr.on('error', this.#onError)
  }

  write(line: string | Buffer): void {
    this.#lines.bytes(typeof line === 'string' ? Buffer.from(line) : line)
    if (this.#lines.at >= BLOCK) this.flush()
  }

  flush(done: () => void = () => undefined): void {
    const { buffer, at } = this.#lines
    this.#lines.at = 0
    if (this.#gone || process.stderr.writableLength > MOST_WAITING) done()
    else if (at === 0 && process.stderr.writableLength === 0) done()
    else process.stderr.write(Buffer.from(buffer.subarray(0, at)), done)
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
