import * as fs from 'node:fs'
import { dirname } from 'node:path'

export interface FileSinkOptions {
  readonly file: string
  /** Size in bytes at which the file is put aside as `.1`, `.2`, … */
  readonly rotate: number
  readonly keep: number
  /** Told of a block that could not be written; the lines in it are lost. */
  readonly report: (error: Error) => void
}

/** Lines that go out at once, in characters. */
const BLOCK = 8192
/** What a slow disk may leave waiting; lines beyond it are left out. */
const MOST_WAITING = 1 << 24

/**
 * The log's file, written in blocks, since a write a line costs more than the line, and put aside when it is large.
 * A disk that takes nothing costs lines and never holds the gateway up.
 */
export class FileSink {
  readonly #options: FileSinkOptions
  #fd: number
  #size: number
  #lines = ''
  #writing: Promise<void> | undefined

  constructor(options: FileSinkOptions) {
    this.#options = options
    fs.mkdirSync(dirname(options.file), { recursive: true, mode: 0o700 })
    this.#fd = fs.openSync(options.file, 'a', 0o600)
    this.#size = fs.fstatSync(this.#fd).size
  }

  write(line: string): void {
    if (this.#lines.length > MOST_WAITING) return
    this.#lines += line
    if (this.#lines.length >= BLOCK) this.flush()
  }

  flush(): void {
    if (this.#writing || this.#lines === '') return
    this.#writing = this.#writeOut().finally(() => {
      this.#writing = undefined
    })
  }

  async close(): Promise<void> {
    while (this.#writing || this.#lines !== '') {
      this.flush()
      await this.#writing
    }
    fs.closeSync(this.#fd)
  }

  async #writeOut(): Promise<void> {
    const bytes = Buffer.from(this.#lines)
    this.#lines = ''
    try {
      for (let done = 0; done < bytes.length; ) done += await this.#writeSome(bytes.subarray(done))
      this.#size += bytes.length
      if (this.#size >= this.#options.rotate) this.#putAside()
    } catch (error) {
      this.#options.report(error as Error)
    }
  }

  #writeSome(bytes: Buffer): Promise<number> {
    return new Promise((resolve, reject) => {
      fs.write(this.#fd, bytes, 0, bytes.length, null, (error, written) =>
        error ? reject(error) : resolve(written),
      )
    })
  }

  #putAside(): void {
    const { file, keep } = this.#options
    for (let n = keep - 1; n >= 1; n--)
      if (fs.existsSync(`${file}.${n}`)) fs.renameSync(`${file}.${n}`, `${file}.${n + 1}`)
    fs.renameSync(file, `${file}.1`)
    const fd = fs.openSync(file, 'a', 0o600)
    fs.closeSync(this.#fd)
    this.#fd = fd
    this.#size = 0
  }
}
