import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { packageRoot } from '../../src/config/index.js'
import { generatePersons } from '../../src/generate/index.js'
import { parseRecordLine } from '../../src/records/index.js'

const linesOf = (seed: number, count: number): string[] =>
  [...generatePersons({ seed, count })].join('').trimEnd().split('\n')

const placeCodes = new Set(
  readFileSync(join(packageRoot, 'formats/codes/place-of-birth.csv'), 'utf8')
    .split('\n')
    .slice(1)
    .map((line) => line.slice(0, line.indexOf(','))),
)

describe('generated persons', () => {
  test('the same seed makes the same bytes, another seed makes others', () => {
    expect(linesOf(7, 500)).toEqual(linesOf(7, 500))
    expect(linesOf(7, 500)).not.toEqual(linesOf(8, 500))
  })

  test('person i is the same however many are made', () => {
    expect(linesOf(3, 2000).slice(0, 100)).toEqual(linesOf(3, 100))
  })

  test('every line is a record that a store takes, born in a place that the code table knows', () => {
    for (const line of linesOf(11, 20_000)) {
      const parsed = parseRecordLine(line)
      if ('fault' in parsed || 'removed' in parsed.record)
        throw new Error(`${JSON.stringify(parsed)}: ${line}`)
      expect(placeCodes.has(parsed.record.pob)).toBe(true)
    }
  })

  test('A-numbers and NCIC numbers are given once, and none that subjects or fixtures use', () => {
    const lines = linesOf(5, 100_000)
    const arns = new Set(lines.map((line) => line.slice(8, 17)))
    expect(arns.size).toBe(lines.length)
    expect([...arns].every((arn) => arn >= '800000000')).toBe(true)
    const nics = lines.flatMap((line) => /"nic":"(\w+)"/.exec(line)?.[1] ?? [])
    expect(new Set(nics).size).toBe(nics.length)
    expect(nics.every((nic) => /^N9\d{8}$/.test(nic) && nic >= 'N900001000')).toBe(true)
  })

  test('the populations have about their shares, aliases and names of more than one culture are there', () => {
    const lines = linesOf(1, 50_000)
    const share = (pattern: RegExp): number =>
      lines.filter((line) => pattern.test(line)).length / lines.length
    expect(share(/"pob":"MM"/)).toBeGreaterThan(0.25)
    expect(share(/"pob":"MM"/)).toBeLessThan(0.35)
    expect(share(/"type":"alias"/)).toBeGreaterThan(0.1)
    expect(share(/"pob":"R[CV]"/)).toBeGreaterThan(0.07)
    expect(share(/"ncic"/)).toBeGreaterThan(0.002)
    expect(share(/OV(?:ICH|NA)"/)).toBeGreaterThan(0.005)
  })
})
