import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'

const bench = new URL('year.js', import.meta.url).pathname

it('the year at a thousandth: every query is acknowledged and answered once, and the figures are equal', async () => {
  // Fails where the bench ends with anything but 0, which it does where something is lost, doubled or miscounted.
  const { stdout } = await promisify(execFile)(process.execPath, [
    bench,
    ...['--records', '2000', '--share', '0.001', '--json'],
  ])
  expect(stdout).toMatch(/^\{.*\}\n$/)
  const result = JSON.parse(stdout)
  expect(result).toMatchObject({
    queries: 728,
    acknowledged: 728,
    answeredOnce: 728,
    lost: 0,
    duplicates: 0,
    figuresAgree: true,
    othersLost: 0,
    refused: 0,
    links: 56,
  })
  expect(result.others).toBeGreaterThan(50)
  expect(result.recallAt1).toBeGreaterThan(0.97)
  expect(result.recallAt1).toBeLessThanOrEqual(1)
  expect(result.p99ms).toBeGreaterThanOrEqual(result.p50ms)
  for (const key of ['seconds', 'p50ms', 'peakMiB', 'journalBytes'])
    expect(result[key], key).toBeGreaterThan(0)
}, 240_000)
