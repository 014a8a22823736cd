import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { Command } from 'commander'
import { z } from 'zod'
import { compareNames, loadNameTables, type NameTables } from '../matching/index.js'
import { type InputLine, linesOf, openInput } from '../records/index.js'
import { faultOf, writeLines } from './lines.js'
import { addSharedOptions, resolveStore } from './shared.js'

/** `compare A B`: how alike two names are. */
export function compareCommand(): Command {
  const command = new Command('compare')
    .description('the name score of two names, 0 to 100')
    .argument('[a]', 'LAST, FIRST MIDDLE')
    .argument('[b]', 'the name to compare it with')
    .option('--pairs <file>', 'JSON Lines of {"id","a","b"}; - reads standard input')
    .addHelpText('after', `\nExample:\n  iaq-gateway compare 'AL-HADDAD, YUSUF' 'ALHADAD, YOUSEF'\n`)
  return addSharedOptions(command).action(
    async (
      a: string | undefined,
      b: string | undefined,
      options: { pairs?: string } & Record<string, unknown>,
    ) => {
      const { pairs } = options
      if ((pairs === undefined) === (a === undefined || b === undefined)) {
        command.error('error: give two names, or --pairs FILE', { exitCode: 2 })
      }
      process.exitCode = await compare(a ?? '', b ?? '', pairs, options)
    },
  )
}

async function compare(
  a: string,
  b: string,
  pairs: string | undefined,
  options: Record<string, unknown>,
): Promise<number> {
  if (pairs !== undefined && pairs !== '-' && !existsSync(pairs)) {
    process.stderr.write(`${pairs}: no such file\n`)
    return 1
  }
  const { formatsDir } = await resolveStore(options)
  const tables = loadNameTables(join(formatsDir, 'names'))
  if (pairs === undefined) {
    await writeLines([String(compareNames(a, b, tables))])
    return 0
  }
  for await (const lines of linesOf(openInput(pairs))) {
    const asked = lines.filter((line) => 'fault' in line || line.text.trim() !== '')
    await writeLines(asked.map((line) => JSON.stringify(scored(line, tables))))
  }
  return 0
}

const pairSchema = z.strictObject({
  id: z.unknown().optional(),
  a: z.string().max(1000),
  b: z.string().max(1000),
})

function scored(line: InputLine, tables: NameTables): object {
  if ('fault' in line) return { id: null, error: line.fault }
  let value: unknown
  try {
    value = JSON.parse(line.text)
  } catch (error) {
    return { id: null, error: `not JSON: ${(error as Error).message}` }
  }
  const parsed = pairSchema.safeParse(value)
  if (parsed.success) {
    const { id = null, a, b } = parsed.data
    return { id, score: compareNames(a, b, tables) }
  }
  const id = (value as { id?: unknown } | null)?.id ?? null
  return { id, error: faultOf(parsed.error, value, pairSchema) }
}
