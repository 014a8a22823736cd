import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import type { Writable } from 'node:stream'
import { createGzip } from 'node:zlib'
import { Command } from 'commander'
import { generatePersons } from '../generate/index.js'
import { addSharedOptions, resolveStore, type SharedOptions } from './shared.js'
import { usage, wholeNumber } from './target.js'

const PROGRESS_MS = 500

/** `generate`: synthetic persons as a records file. */
export function generateCommand(): Command {
  const command = new Command('generate')
    .description('make synthetic persons as a records file: the same bytes for the same seed')
    .requiredOption('--records <n>', 'how many')
    .option('--seed <n>', 'what they are made from', '1')
    .option('--out <file>', 'where to (compressed where the name ends in .gz); standard output without it')
    .addHelpText('after', '\nExample:\n  iaq-gateway generate --records 10000 --seed 1 --out persons.jsonl\n')
  return addSharedOptions(command).action(async (options: SharedOptions) => {
    process.exitCode = await generate(command, options)
  })
}

async function generate(command: Command, options: SharedOptions): Promise<number> {
  const count = wholeNumber(command, '--records', String(options.records), 100_000_000)
  const seed = /^\d{1,9}$/.test(String(options.seed))
    ? Number(options.seed)
    : usage(command, `--seed must be a whole number, not '${options.seed}'`)
  const { formatsDir } = await resolveStore(options)
  const out = openOut(options.out === undefined ? undefined : String(options.out))
  const failed = new Promise<NodeJS.ErrnoException>((resolve) => out.file.once('error', resolve))
  const written = write(out.stream, generatePersons({ seed, count, formatsDir }), count)
  const error = await Promise.race([failed, written.then(() => undefined)])
  if (error?.code === 'EPIPE') return 0
  if (error) {
    process.stderr.write(`${options.out ?? 'standard output'}: ${error.message}\n`)
    return 1
  }
  if (out.stream !== process.stdout) {
    out.stream.end()
    await once(out.file, 'finish')
  }
  return 0
}

function openOut(file: string | undefined): { stream: Writable; file: Writable } {
  if (file === undefined) return { stream: process.stdout, file: process.stdout }
  const target = createWriteStream(file, { mode: 0o600 })
  if (!file.endsWith('.gz')) return { stream: target, file: target }
  const gzip = createGzip({ level: 1 })
  gzip.pipe(target)
  return { stream: gzip, file: target }
}

async function write(stream: Writable, chunks: Iterable<string>, count: number): Promise<void> {
  const started = performance.now()
  let shown = started
  let lines = 0
  for (const chunk of chunks) {
    for (let at = chunk.indexOf('\n'); at >= 0; at = chunk.indexOf('\n', at + 1)) lines++
    if (!stream.write(chunk)) await once(stream, 'drain')
    const now = performance.now()
    if (!process.stderr.isTTY || now - shown < PROGRESS_MS) continue
    shown = now
    const rate = lines / ((now - started) / 1000)
    process.stderr.write(
      `\r${lines} of ${count}, ${Math.round(rate)}/s, ${Math.round((count - lines) / rate)} s left `,
    )
  }
  if (process.stderr.isTTY) process.stderr.write('\r\u001b[K')
}
