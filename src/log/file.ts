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

/** Bytes that go out at once. */
const BLOCK = 65_536
/** Blocks that a slow disk may leave waiting; lines beyond them are left out. */
const MOST_WAITING = 256

/**
 * The log's file, written in blocks, since a write a line costs more than the line, and put aside when it is large.
 * A disk that takes nothing costs lines and never holds the gateway up.
 */
export class FileSink {
  readonly #options: FileSinkOptions
  #fd: number
  #size: number
  /** The block that is being filled, and those that are full. */
  #block: Buffer = Buffer.allocUnsafeSlow(BLOCK)
  #used = 0
  readonly #full: Buffer[] = []
  /** A block that was written and can be filled again. */
  #spare: Buffer | undefined
  #writing: Promise<void> | undefined

  constructor(options: FileSinkOptions) {
    this.#options = options
    fs.mkdirSync(dirname(options.file), { recursive: true, mode: 0o700 })
    this.#fd = fs.openSync(options.file, 'a', 0o600)
    this.#size = fs.fstatSync(this.#fd).size
  }

  write(line: string | Buffer): void {
    if (this.#full.length >= MOST_WAITING) return
    // A character of a string is three bytes at most.
    const most = typeof line === 'string' ? line.length * 3 : line.length
    if (this.#used + most > BLOCK) this.#turn(most)
    if (typeof line === 'string') this.#used += this.#block.write(line, this.#used)
    else {
      this.#block.set(line, this.#used)
      this.#used += line.length
    }
  }

  flush(): void {
    if (this.#writing) return
    if (this.#full.length === 0 && this.#used > 0) this.#turn(0)
    const block = this.#full.shift()
    if (!block) return
    this.#writing = this.#writeOut(block).finally(() => {
      this.#writing = undefined
      this.#spare = wholeOf(block)
      if (this.#full.length > 0) this.flush()
    })
  }

  async close(): Promise<void> {
    while (this.#writing || this.#used > 0 || this.#full.length > 0) {
      this.flush()
      await this.#writing
    }
    fs.closeSync(this.#fd)
  }

  /** Puts the block away as full and goes on in another with room for so much. */
  #turn(needed: number): void {
    if (this.#used > 0) this.#full.push(this.#block.subarray(0, this.#used))
    this.#block =
      needed <= BLOCK ? (this.#spare ?? Buffer.allocUnsafeSlow(BLOCK)) : Buffer.allocUnsafeSlow(needed)
    this.#spare = undefined
    this.#used = 0
    this.flush()
  }

  async #writeOut(bytes: Buffer): Promise<void> {
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

/** The block that a part of it was written from, where it has the usual size. */
function wholeOf({ buffer }: Buffer): Buffer | undefined {
  return buffer.byteLength === BLOCK ? Buffer.from(buffer) : undefined
}
