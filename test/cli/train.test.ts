import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it, vi } from 'vitest'
import { packageRoot } from '../../src/config/index.js'
import { bench, eachTest } from '../gateway/helpers.js'

vi.setConfig({ testTimeout: 60_000 })

eachTest()

function train(input: string, ...args: string[]): { code: number | null; stdout: string; stderr: string } {
  const script = join(packageRoot, 'scripts', 'iaq-gateway.js')
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, 'train', ...args], {
    ...{ encoding: 'utf8', input, timeout: 60_000, cwd: bench.folder() },
  })
  return { code: status, stdout, stderr }
}

/** A centre's own formats with this lesson in them. */
function withLesson(text: string): string {
  const formats = join(bench.folder(), 'formats')
  cpSync(join(packageRoot, 'formats'), formats, { recursive: true })
  mkdirSync(join(formats, 'lessons'), { recursive: true })
  writeFileSync(join(formats, 'lessons', 'own.yaml'), text)
  const config = join(bench.folder(), 'config.yaml')
  writeFileSync(config, `formats: ${formats}\n`)
  return config
}

it('the first day goes through with the examples alone, and shows each of the five answers', () => {
  const { code, stdout } = train('')
  expect(code).toBe(0)
  expect(stdout).toContain('SYNTHETIC TEST DATA')
  const types = [...stdout.matchAll(/RESPONSE TYPE: (.+)/g)].map(([, type]) => type)
  expect(types.filter((type) => type !== 'ACKNOWLEDGEMENT')).toEqual([
    ...['MATCH', 'MATCH', 'POSSIBLE MATCH', 'NO MATCH', 'ADDITIONAL INFORMATION REQUIRED'],
  ])
  expect(stdout).toContain('CON/Y.')
  expect(stdout).toMatch(/DETAINER LODGED: \d\d-000001/)
  expect(stdout).toContain('0 of 2 questions answered rightly')
})

it('explains the edits as the gateway does, takes what is given, and judges the questions', () => {
  const fields = ['X', 'C', '', '', 'MUESTRA', 'muestra, nadie', '19681340', '19680420', 'F', 'GT', '', '']
  const { code, stdout } = train([...fields, 'no', '3', '2'].join('\n'))
  expect(code).toBe(0)
  expect(stdout).toMatch(/ {2}FIELD PUR: MUST BE C OR F\n/)
  expect(stdout).toMatch(/ {2}FIELD NAM: MUST BE LAST, FIRST/)
  expect(stdout).toMatch(/ {2}FIELD DOB: NO SUCH DAY/)
  expect(stdout).toContain('    NAM/MUESTRA, NADIE.\n    DOB/19680420.')
  expect(stdout.match(/RESPONSE TYPE: NO MATCH/g)).toHaveLength(2)
  expect(stdout).toContain('A number from 1 to 3: ')
  expect(stdout).toMatch(/Right\. Who was born here[\s\S]+It is 1\. Every final IAR/)
  expect(stdout).toContain('1 of 2 questions answered rightly')
})

it('a centre adds its own lesson as a file, and is told where its answers are others', () => {
  const step = (type: string): string =>
    `  - send: { key: QW, ori: ZZ0010100, to: NC, fields: { NIC: N900000007 }, expect: [${type}] }\n`
  const own = withLesson(`version: 1\ntitle: OUR OWN\nsteps:\n${step('QW')}`)
  expect(train('', '--list', '--config', own).stdout).toBe('first-day  THE FIRST DAY\nown  OUR OWN\n')
  expect(train('', 'own', '--config', own)).toMatchObject({ code: 0 })
  const other = train('', 'own', '--config', withLesson(`version: 1\ntitle: OUR OWN\nsteps:\n${step('YR')}`))
  expect(other.code).toBe(1)
  expect(other.stdout).toContain('the lesson expected YR; QW came')
  const wrong = train('', 'own', '--config', withLesson('version: 1\ntitle: OUR OWN\nsteps: [{ sing: x }]\n'))
  expect(wrong.code).toBe(2)
  expect(wrong.stderr).toMatch(/own\.yaml:3: /)
  expect(train('', 'nosuch', '--config', own)).toMatchObject({ code: 2 })
})
