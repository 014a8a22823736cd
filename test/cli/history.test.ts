import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { Bench, query, run, SUBJECT, take } from '../gateway/helpers.js'
import { field, request } from '../services/helpers.js'

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

let bench: Bench
let dir: string

interface Line {
  readonly raw?: string
  readonly bytes?: string
  readonly message: {
    readonly way: string
    readonly key: string
    readonly ori: string
    readonly type?: string
  }
}

const told = (wanted: string): string[] =>
  run('history', wanted, '--json', '--data', dir)
    .stdout.split('\n')
    .filter((line) => line !== '')
    .map((line) => (JSON.parse(line) as Line).message)
    .map(({ way, key, ori, type = '' }) => `${way} ${key} ${ori} ${type}`.trim())

beforeEach(async () => {
  bench = new Bench()
  dir = bench.folder()
  const gateway = await bench.gateway(dir)
  const client = await bench.client(gateway.port)
  client.send(query('A1', SUBJECT.match))
  await take(client, 2)
  client.send(query('A2', {}, 'ZZ0010300'))
  await take(client, 2)
  client.send(query('A3', { ...SUBJECT.match, DOB: 'x' }))
  await take(client, 1)
  client.send(request('A4'))
  const [yes] = await take(client, 2)
  expect(field(yes, 'CON')).toBe('Y')
  client.send(query('A5', { ARN: '99000001' }, 'ZZ0010300'))
  await take(client, 2)
  await gateway.close()
})

afterEach(() => bench[Symbol.asyncDispose]())

const MATCHED = ['in IAQ ZZ0010100', 'out IAR ZZ0010100 ACKNOWLEDGEMENT', 'out IAR ZZ0010100 MATCH']
const BY_NUMBER = ['in IAQ ZZ0010300', 'out IAR ZZ0010300 ACKNOWLEDGEMENT']

it('tells of an agency all that it sent and was sent, and nothing of others', () => {
  expect(told('ZZ0010100')).toEqual([
    ...MATCHED,
    'in IAQ ZZ0010100 refused .05.',
    'in YQ ZZ0010100',
    'out YR ZZ0010100 CON/Y',
    'out AM ZZ0010100 DETAINER LODGED',
  ])
  expect(told('ZZ0010300').slice(0, 3)).toEqual([...BY_NUMBER, 'out IAR ZZ0010300 NO MATCH'])
})

it('tells of a person what asked by his number and what named it, and of nobody else', () => {
  const lines = told('A099000001')
  expect(lines.slice(0, 3)).toEqual(MATCHED)
  expect(lines.slice(3, 5)).toEqual(BY_NUMBER)
  expect(lines).toHaveLength(6)
  expect(told('A99000001')).toEqual(lines)
})

it('tells of a control field, in text or with everything', () => {
  expect(told('A1')).toEqual(MATCHED)
  const { stdout, code } = run('history', 'a1', '--data', dir)
  expect(code).toBe(0)
  expect(stdout.split('\n')[1]).toMatch(
    /^\d\d\/\d\d\/\d{4} \d\d:\d\d:\d\d\.\d\d {2}in {3}\d\d-\d{10} {2}ZZ0010100 {2}IAQ {2}A1 +default {2}00001$/,
  )
  expect(run('history', 'A1', '--full', '--data', dir).stdout).toBe(run('show', 'A1', '--data', dir).stdout)
})

it('says where there is nothing', () => {
  const { code, stderr } = run('history', 'NOBODY', '--data', dir)
  expect(code).toBe(1)
  expect(stderr).toContain('nothing of NOBODY')
})
