import { existsSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'

const lines = readFileSync('docs/promises.md', 'utf8').split('\n')
/** The right cells of the tables. */
const held = lines.flatMap((line) => /^\|.*\| (`[^|]+) \|$/.exec(line)?.[1] ?? [])

it('each promise names what holds us to it', () => {
  const rows = lines.filter((line) => line.startsWith('|') && !/^\|(?:---| promise)/.test(line))
  expect(held.length).toBeGreaterThan(60)
  expect(rows.length).toBe(held.length)
})

it.each(held)('%s', (cell) => {
  const [, file = '', name] = /^`([^`]+)`(?: › (.+))?$/.exec(cell) ?? []
  expect(existsSync(file)).toBe(true)
  if (file.startsWith('fixtures/')) return
  // What stands in the place of %s differs from case to case.
  const names = readFileSync(file, 'utf8').replaceAll(/with %s |%s: |(?:: )?%s ?/g, '')
  expect(names).toMatch(new RegExp(`['"\`]${(name ?? '').replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}`))
})
