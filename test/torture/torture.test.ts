import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { expect, it } from 'vitest'
import { packageRoot } from '../../src/config/index.js'

interface Result {
  readonly faults: readonly { readonly fault: string; readonly kept: string }[]
  readonly kinds: readonly { kind: string; rounds: number; acknowledged: number; answered: number }[]
}

interface Ended {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** The torture runs against dist/, in processes of its own, just as `npm run torture` does. */
async function torture(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ended> {
  const script = join(packageRoot, 'test', 'torture', 'run.js')
  const child = spawn(process.execPath, [script, ...args], { env: { ...process.env, ...env } })
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit') as Promise<[number]>,
  ])
  return { code, stdout, stderr }
}

it('no promise breaks in a round of each kind', async () => {
  const kinds = ['kill', 'term', 'freeze', 'proxy', 'full', 'crash']
  const args = ['--rounds', '7', '--seed', '3', '--clients', '4', '--only', [...kinds, 'crash'].join(',')]
  const { code, stdout, stderr } = await torture([...args, '--json'])
  const result = JSON.parse(stdout) as Result
  expect(result.faults, stderr).toEqual([])
  expect(code).toBe(0)
  expect(result.kinds.map(({ kind }) => kind).sort()).toEqual(['all', ...kinds].sort())
  const all = result.kinds.find(({ kind }) => kind === 'all')
  expect(all?.rounds).toBe(7)
  expect(all?.answered).toBeGreaterThan(500)
  // A line a round where nobody watches.
  expect(stderr.split('\n').filter((line) => line.endsWith('ok'))).toHaveLength(7)
}, 180_000)

it('finds what is lost where nothing is synced, and keeps the store and a transcript', async () => {
  const args = ['--rounds', '1', '--seed', '3', '--clients', '2', '--only', 'crash', '--json']
  const { code, stdout } = await torture(args, { IAQ_JOURNAL_SYNC: 'false' })
  const { faults } = JSON.parse(stdout) as Result
  expect(code).toBe(1)
  const lost = faults.find(({ fault }) => fault.includes('acknowledged, and gone with the machine'))
  const kept = lost?.kept ?? ''
  expect([existsSync(join(kept, 'journal')), existsSync(join(kept, 'transcript.txt'))]).toEqual([true, true])
  rmSync(kept, { recursive: true })
}, 60_000)

it('--help has an example; what is used wrongly ends with 2', async () => {
  const help = await torture(['--help'])
  expect([help.code, help.stdout]).toEqual([0, expect.stringContaining('Example: npm run torture')])
  const wrong = [['--only', 'kil'], ['--rounds', '0'], ['--what']]
  for (const args of wrong) {
    const { code, stderr } = await torture(args)
    expect([code, stderr.trim().split('\n').length]).toEqual([2, 1])
  }
}, 60_000)
