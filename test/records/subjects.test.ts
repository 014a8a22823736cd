import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { loadSubjects } from '../../src/records/index.js'

describe('the test subjects', () => {
  it('are twelve, all with the surname MUESTRA', () => {
    const { subjects, absent } = loadSubjects('formats')
    expect(subjects.map(({ record }) => record.arn)).toEqual(
      Array.from({ length: 12 }, (_, i) => `0990000${String(i + 1).padStart(2, '0')}`),
    )
    expect(subjects.every(({ record }) => record.names[0]?.last.startsWith('MUESTRA'))).toBe(true)
    expect(absent.name).toBe('MUESTRA, NADIE')
  })

  it('say what happens to the answer', () => {
    const { subjects } = loadSubjects('formats')
    expect(subjects.flatMap(({ answer }) => answer ?? [])).toEqual([
      { delayMs: 30_000 },
      { copies: 2 },
      { hold: true },
    ])
  })

  it('name file, line and key of a fault', () => {
    const dir = mkdtempSync(join(tmpdir(), 'iaq-subjects-'))
    const text = readFileSync('formats/subjects.yaml', 'utf8').replace('sex: M', 'sex: Q')
    writeFileSync(join(dir, 'subjects.yaml'), text)
    const line = text.split('\n').findIndex((each) => each.includes('sex: Q')) + 1
    expect(() => loadSubjects(dir)).toThrow(
      `subjects.yaml:${line}: subjects.0.record: sex: must be M, F, U or empty`,
    )
    rmSync(dir, { recursive: true })
  })
})
