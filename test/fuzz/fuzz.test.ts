import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'

/** A short run of every target from a fixed seed; every file of the corpus is run before anything is mutated. */
const TARGETS = [
  'frame',
  'text',
  'xml',
  'codecs',
  'answer',
  'config',
  'records',
  'segment',
  'journal',
  'control',
]

function fuzz(...args: string[]): { code: number | null; out: string; err: string } {
  const run = spawnSync(process.execPath, ['test/fuzz/run.js', ...args], { encoding: 'utf8' })
  return { code: run.status, out: run.stdout, err: run.stderr }
}

describe('npm run fuzz', () => {
  it.each(TARGETS)('%s: nothing is found in the corpus and in 200 inputs more', (target) => {
    const { code, out, err } = fuzz('--target', target, '--count', '200', '--seed', '1', '--no-blocks')
    expect({ code, err, finding: out.includes('FINDING') ? out : undefined }).toEqual({
      code: 0,
      err: '',
      finding: undefined,
    })
    expect(out).toMatch(new RegExp(`^${target} +\\d`, 'm'))
  })

  it('has a target for each folder of the corpus', () => {
    const folders = readdirSync('test/fuzz/corpus')
    expect(folders.filter((name) => !TARGETS.includes(name))).toEqual([])
  })

  it('the same seed tries the same inputs', () => {
    const table = (): string => fuzz('--target', 'codecs', '--count', '500', '--seed', '7').out
    const counts = (out: string): string[] | undefined =>
      /codecs +(\S+) +\S+ +(\S+) +(\S+)/.exec(out)?.slice(1)
    const first = counts(table())
    expect(first).toBeDefined()
    expect(counts(table())).toEqual(first)
  })

  it('replays a file, and says when it is used wrongly', () => {
    const dir = mkdtempSync(join(tmpdir(), 'iaq-fuzz-'))
    const file = join(dir, 'input')
    writeFileSync(file, 'IAQ.ZZ0010100.AX.TXT')
    expect(fuzz('--target', 'text', '--replay', file)).toMatchObject({ code: 0, err: '' })
    rmSync(dir, { recursive: true })
    expect(fuzz('--target', 'text', '--replay', file)).toMatchObject({ code: 2 })
    expect(fuzz('--target', 'nothing').err).toContain("no target is called 'nothing'")
    expect(fuzz('--help')).toMatchObject({ code: 0, out: expect.stringContaining('Example:') })
  })
})
