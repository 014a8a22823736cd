import { isUtf8 } from 'node:buffer'
import { createReadStream } from 'node:fs'
import { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'

/** A line of more bytes is a fault of that line: a person takes about 500. */
export const LONGEST_LINE = 64 * 1024

/** A file, or standard input for `-`; packed with gzip or not, which its first two bytes tell. */
export function openInput(path: string): AsyncIterable<Uint8Array> {
  const source = path === '-' ? process.stdin : createReadStream(path, { highWaterMark: 1 << 18 })
  return unpacked(source)
}

async function* unpacked(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const chunks = source[Symbol.asyncIterator]()
  let first = Buffer.alloc(0)
  for (;;) {
    const next = await chunks.next()
    if (next.done) break
    first = Buffer.concat([first, next.value])
    if (first.length >= 2) break
  }
  const whole = continued(first, chunks)
  if (first[0] !== 0x1f || first[1] !== 0x8b) yield* whole
  else yield* inflated(whole)
}

async function* continued(first: Buffer, rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  if (first.length > 0) yield first
  for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value
}

async function* inflated(packed: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const source = Readable.from(packed)
  const gunzip = createGunzip({ chunkSize: 1 << 18 })
  source.on('error', (error) => gunzip.destroy(error))
  yield* source.pipe(gunzip) as AsyncIterable<Uint8Array>
}

/** A line of a file, or why there is none. */
export type InputLine = { readonly text: string } | { readonly fault: string }

/**
 * Cuts a stream into lines, many at a time since an await a line costs more than the line. Items that are
 * strings are lines already. Memory stays bounded: of a line that is too long only its length is kept.
 */
export async function* linesOf(input: AsyncIterable<string | Uint8Array>): AsyncGenerator<InputLine[]> {
  let held: Buffer = Buffer.alloc(0)
  let skipping = false
  for await (const item of input) {
    if (typeof item === 'string') {
      yield [Buffer.byteLength(item) > LONGEST_LINE ? TOO_LONG : { text: item }]
      continue
    }
    const lines: InputLine[] = []
    const bytes =
      held.length > 0 ? Buffer.concat([held, item]) : Buffer.from(item.buffer, item.byteOffset, item.length)
    let from = 0
    for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, from)) {
      if (skipping) skipping = false
      else lines.push(toLine(bytes.subarray(from, end)))
      from = end + 1
    }
    held = skipping ? Buffer.alloc(0) : Buffer.from(bytes.subarray(from))
    if (held.length > LONGEST_LINE) {
      lines.push(TOO_LONG)
      skipping = true
      held = Buffer.alloc(0)
    }
    if (lines.length > 0) yield lines
  }
  if (held.length > 0) yield [toLine(held)]
}

const TOO_LONG: InputLine = { fault: `longer than ${LONGEST_LINE} bytes` }

function toLine(bytes: Buffer): InputLine {
  if (bytes.length > LONGEST_LINE) return TOO_LONG
  return isUtf8(bytes) ? { text: bytes.toString('utf8') } : { fault: 'not UTF-8' }
}

/** Bytes of whole lines that are handed out at once. */
const BATCH = 1 << 21

/**
 * Cuts a stream into batches of whole lines, each in memory of its own. Memory stays bounded: of a line that is too long
 * only as much is kept as shows that it is. Items that are strings are lines already.
 */
export async function* batchesOf(
  input: AsyncIterable<string | Uint8Array>,
  size = BATCH,
): AsyncGenerator<Uint8Array> {
  let space = Buffer.from(new ArrayBuffer(size))
  let used = 0
  let skipping = false
  for await (const item of input) {
    const bytes = typeof item === 'string' ? Buffer.from(`${item}\n`) : item
    let from = 0
    if (skipping) {
      const end = bytes.indexOf(10)
      if (end < 0) continue
      skipping = false
      from = end
    }
    while (from < bytes.length) {
      const taken = Math.min(bytes.length - from, size - used)
      space.set(bytes.subarray(from, from + taken), used)
      used += taken
      from += taken
      if (used < size) continue
      const last = space.lastIndexOf(10) + 1
      const next = Buffer.from(new ArrayBuffer(size))
      // A batch without a line's end is a line that is too long: its beginning says so, and its end will end it.
      used = last === 0 ? LONGEST_LINE + 1 : space.copy(next, 0, last)
      if (last > 0) yield space.subarray(0, last)
      else space.copy(next, 0, 0, used)
      space = next
      if (last > 0) continue
      const end = bytes.indexOf(10, from)
      skipping = end < 0
      from = end < 0 ? bytes.length : end
    }
  }
  if (used > 0) yield space.subarray(0, used)
}
