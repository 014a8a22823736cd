import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { CommanderError } from 'commander'
import { afterAll, describe, expect, test } from 'vitest'
import { generateCommand } from '../../src/cli/generate.js'
import { packageRoot } from '../../src/config/index.js'
import { generatePersons } from '../../src/generate/index.js'

const folder = mkdtempSync(join(tmpdir(), 'generate-'))
afterAll(() => rmSync(folder, { recursive: true }))
const at = (name: string): string => join(folder, name)

/** Runs the command in this process; the exit code. */
async function run(...args: string[]): Promise<unknown> {
  const command = generateCommand()
    .exitOverride()
    .configureOutput({ writeErr: () => {}, writeOut: () => {} })
  try {
    await command.parseAsync(args, { from: 'user' })
    return process.exitCode
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode
    throw error
  } finally {
    process.exitCode = undefined
  }
}

describe('generate', () => {
  const text = [...generatePersons({ seed: 4, count: 2000 })].join('')

  test('writes a file, compressed where the name says so', async () => {
    expect(await run('--records', '2000', '--seed', '4', '--out', at('a.jsonl'))).toBe(0)
    expect(readFileSync(at('a.jsonl'), 'utf8')).toBe(text)
    expect(await run('--records', '2000', '--seed', '4', '--out', at('a.jsonl.gz'))).toBe(0)
    expect(gunzipSync(readFileSync(at('a.jsonl.gz'))).toString()).toBe(text)
  })

  test('refuses what makes no sense, and leaves the file as it was', async () => {
    writeFileSync(at('kept'), 'kept')
    for (const wrong of ['many', '0', '-1', '1e3', '99999999999'])
      expect(await run('--records', wrong, '--out', at('kept')), wrong).toBe(2)
    expect(await run('--records', '5', '--seed', '', '--out', at('kept'))).toBe(2)
    expect(await run('--out', at('kept'))).not.toBe(0)
    expect(readFileSync(at('kept'), 'utf8')).toBe('kept')
  })

  test('fails where it cannot write', async () => {
    expect(await run('--records', '5', '--out', at('no/such/folder'))).toBe(1)
    expect(await run('--records', '5', '--out', at('no/such/folder.gz'))).toBe(1)
  })

  test('ends quietly when nobody reads on', async () => {
    const program = join(packageRoot, 'scripts/iaq-gateway.js')
    const child = spawn(process.execPath, [program, 'generate', '--records', '200000'], { cwd: folder })
    let errors = ''
    child.stderr.on('data', (data) => {
      errors += data
    })
    child.stdout.once('data', () => child.stdout.destroy())
    const code = await new Promise((resolve) => child.once('close', resolve))
    expect(errors).not.toMatch(/EPIPE|Error|standard output/)
    expect(code).toBe(0)
  })
})
