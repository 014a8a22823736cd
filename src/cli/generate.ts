import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import type { Writable } from 'node:stream'
import { createGzip } from 'node:zlib'
import { Command } from 'commander'
import { generateLines, MOST_PERSONS } from '../generate/index.js'
import { addSharedOptions, resolveStore, type SharedOptions } from './shared.js'
import { usage, wholeNumber } from './target.js'

const PROGRESS_MS = 500
const LONGEST_SEED = 100
const LF = 10

/** `generate`: synthetic persons as a records file. */
export function generateCommand(): Command {
  const command = new Command('generate')
    .description('make synthetic persons as a records file: the same bytes for the same seed')
    .requiredOption('--records <n>', 'how many')
    .option('--seed <s>', 'a number or a word that they are made from', '1')
    .option('--out <file>', 'where to (compressed where the name ends in .gz); standard output without it')
    .addHelpText('after', EXAMPLE)
  return addSharedOptions(command).action(async (options: SharedOptions) => {
    process.exitCode = await generate(command, options)
  })
}

const EXAMPLE = `
Nobody in the file is real. Person number i of a seed is the same however many are made.

Example:
  $ iaq-gateway generate --records 10000 --seed 1 --out persons.jsonl
  $ iaq-gateway generate --records 1000000 --seed spring | iaq-gateway load - --data ./data
`

async function generate(command: Command, options: SharedOptions): Promise<number> {
  const count = wholeNumber(command, '--records', String(options.records), MOST_PERSONS)
  const seed = String(options.seed)
  if (seed === '' || seed.length > LONGEST_SEED)
    usage(command, `--seed must be a number or a word of at most ${LONGEST_SEED} characters`)
  const { formatsDir } = await resolveStore(options)
  const file = options.out === undefined ? undefined : String(options.out)
  const chunks = counted(generateLines({ seed, count, formatsDir }), count)
  // The first chunk is made before a file is: a fault of the populations must not cost the file that was there.
  const first = chunks.next()
  const { stream, end } = openOut(file)
  // Listened for throughout, so that a failure between two writes isn't one that nobody hears.
  const failed = new Promise<never>((_, reject) => {
    for (const each of new Set([stream, end])) each.once('error', reject)
  })
  try {
    await Promise.race([failed, writeAll(stream, end, first, chunks)])
    return 0
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    // `generate … | head` has what it wanted.
    if (file === undefined && code === 'EPIPE') return 0
    process.stderr.write(`${file ?? 'standard output'}: ${message}; what was written is not complete\n`)
    return 1
  }
}

/** Where to write, and the stream that has everything when it is done. */
function openOut(file: string | undefined): { readonly stream: Writable; readonly end: Writable } {
  if (file === undefined) return { stream: process.stdout, end: process.stdout }
  const target = createWriteStream(file)
  if (!file.endsWith('.gz')) return { stream: target, end: target }
  const gzip = createGzip({ level: 1 })
  gzip.pipe(target)
  return { stream: gzip, end: target }
}

async function writeAll(
  stream: Writable,
  end: Writable,
  first: IteratorResult<Buffer, void>,
  chunks: Iterator<Buffer, void>,
): Promise<void> {
  for (let next = first; !next.done; next = chunks.next())
    if (!stream.write(next.value)) await once(stream, 'drain')
  if (end === process.stdout) return
  stream.end()
  await once(end, 'close')
}

/** Passes the chunks on and says on a terminal how far it is. */
function* counted(chunks: Iterable<Buffer>, count: number): Generator<Buffer, void> {
  const started = performance.now()
  let shown = started
  let lines = 0
  for (const chunk of chunks) {
    yield chunk
    if (!process.stderr.isTTY) continue
    for (let at = chunk.indexOf(LF); at >= 0; at = chunk.indexOf(LF, at + 1)) lines++
    const now = performance.now()
    if (now - shown < PROGRESS_MS) continue
    shown = now
    const rate = (lines / (now - started)) * 1000
    const left = Math.ceil((count - lines) / rate)
    process.stderr.write(`\r${lines} of ${count}, ${Math.round(rate)}/s, ${left} s left \u001b[K`)
  }
  if (process.stderr.isTTY) process.stderr.write('\r\u001b[K')
}
