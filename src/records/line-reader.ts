import { DamageError } from './files.js'
import { openSegmentFile, type SegmentReader } from './segment.js'
import type { PersonRecord } from './types.js'

/** Reads persons of one segment by their lines; opened when first asked. */
export class LineReader {
  #reader: SegmentReader | undefined

  constructor(
    private readonly path: string,
    private readonly file: string,
  ) {}

  person(at: number): PersonRecord | undefined {
    this.#reader ??= this.#open()
    const line = this.#reader.line(at)
    return 'removed' in line ? undefined : line
  }

  close(): void {
    this.#reader?.close()
    this.#reader = undefined
  }

  #open(): SegmentReader {
    const reader = openSegmentFile(this.path, this.file, false)
    if ('reason' in reader) throw new DamageError(reader)
    return reader
  }
}
