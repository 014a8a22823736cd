import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { checkDocument, type Fault, FaultError, loadConfig } from '../../src/config/index.js'

/** Faults that `npm run fuzz` found in this room, each named after what it was. */
const anything = z.looseObject({ data: z.string().optional() })

function faultsOf(work: () => unknown): readonly Fault[] {
  try {
    work()
  } catch (error) {
    if (error instanceof FaultError) return error.faults
    throw error
  }
  return []
}

const check = (text: string): readonly Fault[] => faultsOf(() => checkDocument('a.yaml', text, anything))

describe('a file that the YAML reader throws at is a fault of the file', () => {
  it('an alias of nothing, with its line', () => {
    const [fault] = check('data: x\nmore: [a,\n  *nowhere]\n')
    expect(fault).toMatchObject({ file: 'a.yaml', line: 3 })
    expect(fault?.reason).toContain('nowhere')
  })

  it('aliases that multiply', () => {
    const nine = (name: string): string => Array.from({ length: 9 }, () => name).join()
    const text = `a: &a [${nine('x')}]\nb: &b [${nine('*a')}]\nc: &c [${nine('*b')}]\nd: [${nine('*c')}]\n`
    expect(check(text)).toMatchObject([{ file: 'a.yaml', line: 2 }])
  })

  it.each([
    ['flow', `a: ${'['.repeat(5000)}${']'.repeat(5000)}`],
    ['sequences in a line', `${'- '.repeat(5000)}x`],
    ['indentation', Array.from({ length: 600 }, (_, i) => `${' '.repeat(i)}a:`).join('\n')],
  ])('levels without end, which ended the process: %s', (_, text) => {
    expect(check(text)).toMatchObject([{ file: 'a.yaml', reason: 'more levels than any file has' }])
  })

  it('brackets in texts and comments are no levels', () => {
    expect(check(`${'a: "["\n'.replace('a', 'b')}${'# [ {\n'.repeat(300)}`)).toEqual([])
  })
})

describe("a fault repeats the file's words", () => {
  it('without what would steer a terminal or begin a line', () => {
    const strict = z.strictObject({})
    const [fault] = faultsOf(() => checkDocument('a.yaml', '"\\e[2J\\nb\\u2028": 1\n', strict))
    expect(fault?.reason).toBe('unknown key  [2J b ; remove it or look up its right name')
  })
})

describe('the environment', () => {
  let dir = ''
  let file = ''
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'iaq-config-'))
    file = join(dir, 'iaq-gateway.yaml')
    writeFileSync(file, 'data: ./data\n')
  })
  afterAll(() => rmSync(dir, { recursive: true }))

  const load = (env: Record<string, string>): readonly Fault[] => faultsOf(() => loadConfig({ file, env }))

  it('a setting below one that has a value', () => {
    expect(load({ IAQ_DATA: 'x', IAQ_DATA_MORE: 'y' })).toEqual([
      { file: 'IAQ_DATA_MORE', line: 0, reason: 'unknown setting (data: must be a text)' },
    ])
  })

  it('a value that is an alias of nothing is a text', () => {
    expect(loadConfig({ file, env: { IAQ_SUBJECTS: 'off', IAQ_DATA: '*a' } }).data).toBe(
      join(process.cwd(), '*a'),
    )
  })

  it('a value with levels without end is a text', () => {
    const data = '['.repeat(5000)
    expect(loadConfig({ file, env: { IAQ_DATA: data } }).data).toBe(join(process.cwd(), data))
  })

  it('no name reaches what every object has', () => {
    const before = Object.getOwnPropertyNames(Object.prototype)
    expect(load({ IAQ_CONSTRUCTOR_PROTOTYPE_FOUND: '1' }).length).toBe(1)
    load({ IAQ___PROTO___FOUND: '1' })
    expect(faultsOf(() => loadConfig({ file, flags: { '__proto__.found': 1 } })).length).toBe(1)
    expect(Object.getOwnPropertyNames(Object.prototype)).toEqual(before)
  })

  it('an entry far behind the end of a list makes no list of holes', () => {
    expect(load({ IAQ_LISTEN_4000000000_PORT: '1' })).toEqual([
      {
        file: 'IAQ_LISTEN_4000000000_PORT',
        line: 0,
        reason: 'listen.0 is not set; entries count from 0 without a gap',
      },
    ])
  })

  it('entries of a list may come in any order', () => {
    const env = { IAQ_LISTEN_1_PORT: '2', IAQ_LISTEN_0_PORT: '1' }
    expect(loadConfig({ file, env }).listen.map(({ port }) => port)).toEqual([1, 2])
  })
})
