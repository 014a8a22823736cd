import { once } from 'node:events'

/** Writes lines to standard output and waits while its reader is behind. */
export async function writeLines(lines: readonly string[]): Promise<void> {
  if (lines.length === 0) return
  if (!process.stdout.write(`${lines.join('\n')}\n`)) await once(process.stdout, 'drain')
}
