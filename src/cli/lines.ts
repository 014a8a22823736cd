import { once } from 'node:events'
import type { z } from 'zod'
import { wordsOf } from '../config/index.js'

/** Writes lines to standard output and waits while its reader is behind. */
export async function writeLines(lines: readonly string[]): Promise<void> {
  if (lines.length === 0) return
  if (!process.stdout.write(`${lines.join('\n')}\n`)) await once(process.stdout, 'drain')
}

/** What is wrong with a line's value, in words that say what is legal. */
export function faultOf(error: z.ZodError, value: unknown, schema: z.ZodType): string {
  const [said] = error.issues.flatMap((issue) => wordsOf(issue, value, schema))
  if (!said) return 'can not be read'
  const at = said.path.join('.')
  return at === '' ? said.reason : `${at}: ${said.reason}`
}
