import { appendFileSync, cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Client } from '../../src/client/index.js'
import { packageRoot } from '../../src/config/index.js'
import { ask, field, request } from '../services/helpers.js'
import { Bench, kind, query, type Served, until } from './helpers.js'

vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 })

const READ = 'formats, directory and links were read anew'
const LEFT = 'nothing of formats, directory and links was changed'

let bench: Bench
let dir: string
let folder: string
let served: Served
let client: Client

beforeEach(async () => {
  bench = new Bench()
  dir = bench.folder()
  folder = bench.folder()
  cpSync(join(packageRoot, 'formats'), join(folder, 'formats'), { recursive: true })
  cpSync(join(packageRoot, 'formats', 'directory.csv'), join(folder, 'directory.csv'))
  settings('written', 'ZZ0*')
  served = await bench.serve(dir, '--config', join(folder, 'config.yaml'))
  client = await bench.client(served.port)
})

afterEach(() => bench[Symbol.asyncDispose]())

function settings(delivery: string, ...oris: readonly string[]): void {
  const links = [{ name: 'ZZ', oris, delivery }]
  const all = { formats: 'formats', directory: 'directory.csv', links }
  writeFileSync(join(folder, 'config.yaml'), JSON.stringify(all))
}

function edit(name: string, from: string, to: string): void {
  const file = join(folder, 'formats', name)
  const text = readFileSync(file, 'utf8')
  expect(text).toContain(from)
  writeFileSync(file, text.replace(from, to))
}

/** An agency that the directory that ships doesn't have. */
const addOri = (): void =>
  appendFileSync(join(folder, 'directory.csv'), 'QQ0010100,QQ TEST PD,QQ,POLICE,AC\n')

const said = (message: string): number => served.lines.filter((line) => line.includes(message)).length

async function reload(message: string): Promise<void> {
  const before = said(message)
  served.child.kill('SIGHUP')
  await until(() => said(message) > before, 30_000)
}

/** What comes of a query with a sex that the formats that ship don't know, and of one of an agency. */
async function outcomes(): Promise<string[]> {
  const { answer: sex } = await client.ask(query('SEX', { SEX: 'X' }))
  const { answer: ori } = await client.ask(query('ORI', {}, 'QQ0010100'))
  return [kind(sex), kind(ori)]
}

const OLD_PHONE = '8025550100'
const NEW_PHONE = '8025550199'

/** The phone of the centre, as the rules of hit confirmation have it. */
const phone = async (): Promise<string | undefined> =>
  field((await ask(client, request('HIT', { NIC: 'N999999999' })))[0], 'PHO')

describe('SIGHUP', () => {
  it('formats, directory and links hold from then on, over the links that are open', async () => {
    expect(await outcomes()).toEqual(['.22.', '.01.'])
    edit('messages/IAQ.yaml', 'one-of: [M, F, U]', 'one-of: [M, F, U, X]')
    addOri()
    settings('written', 'ZZ0*', 'QQ*')
    await reload(READ)
    expect(await outcomes()).toEqual(['NO MATCH', 'NO MATCH'])
    settings('written', 'ZZ0*')
    await reload(READ)
    expect(await outcomes()).toEqual(['NO MATCH', '.01.'])
  })

  it('what services go by holds from then on', async () => {
    expect(await phone()).toBe(OLD_PHONE)
    edit('services/confirmation.yaml', OLD_PHONE, NEW_PHONE)
    edit('services/screening.yaml', 'most: 300', 'most: 1')
    await reload(READ)
    expect(await phone()).toBe(NEW_PHONE)
    const [screened] = await ask(client, 'SCL.ZZ0010100.AX.TXT\r\nNAM/MUESTRA, NADIE\r\nNAM/MUESTRA, NADIE')
    expect(screened?.lines[1]).toContain('MORE THAN 1 PERSONS')
  })

  const WRONG: readonly (readonly [what: string, spoil: () => void, why: string])[] = [
    ['a format file', () => edit('messages/IAR.yaml', 'version: 1', 'version: 7'), 'IAR.yaml'],
    ['a layout that a service needs', () => edit('messages/YR.yaml', 'CONFIRMATION', 'OTHER'), 'YR.yaml'],
    ['the rules of a service', () => edit('services/tips.yaml', 'digits: 6', 'digits: 60'), 'tips.yaml'],
    [
      'a key that a service is to send',
      () => edit('services/detainer.yaml', 'message: AM', 'message: SM'),
      'DETAINER',
    ],
    ['what persons are found by', () => edit('names/words.yaml', 'titles: [MR,', 'titles: [MX, MR,'), 'anew'],
    ['the directory', () => appendFileSync(join(folder, 'directory.csv'), 'nonsense\n'), 'directory.csv'],
    ['the configuration', () => appendFileSync(join(folder, 'config.yaml'), '}'), 'config.yaml'],
    ['what only a start can bring', () => settings('acknowledged', 'ZZ0*', 'QQ*'), 'start the gateway anew'],
  ]

  it.each(WRONG)('where %s is wrong nothing changes but the log', async (_, spoil, why) => {
    edit('messages/IAQ.yaml', 'one-of: [M, F, U]', 'one-of: [M, F, U, X]')
    addOri()
    settings('written', 'ZZ0*', 'QQ*')
    edit('services/confirmation.yaml', OLD_PHONE, NEW_PHONE)
    spoil()
    await reload(LEFT)
    expect(served.lines.some((line) => line.includes(LEFT) && line.includes(why))).toBe(true)
    expect(await outcomes()).toEqual(['.22.', '.01.'])
    expect(await phone()).toBe(OLD_PHONE)
    expect(said(READ)).toBe(0)
  })

  it('messages go on meanwhile, each answered once', async () => {
    const asked = 200
    const answers: string[] = []
    const all = Array.from({ length: asked }, async (_, i) => {
      const { answer } = await client.ask(query(`Q${i}`))
      answers.push(kind(answer))
      if (i % 50 === 25) served.child.kill('SIGHUP')
    })
    await Promise.all(all)
    await until(() => said(READ) > 0, 30_000)
    expect(answers).toEqual(Array(asked).fill('NO MATCH'))
    await client.ping()
    expect(client.poll()).toBeUndefined()
  })
})
