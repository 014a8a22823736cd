import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it, vi } from 'vitest'
import { scanStore } from '../../src/gateway/index.js'
import type { Matcher } from '../../src/matching/index.js'
import { bench, dir, eachTest, take, until } from '../gateway/helpers.js'
import { ask, bothWays, command, configOf, relayed, view } from './helpers.js'

vi.setConfig({ testTimeout: 60_000 })

eachTest()

/** Finds nothing out, ever: the process ends before it does. */
const silent = { query: () => new Promise(() => undefined) } as unknown as Matcher

const LIST = [
  'SCL.DCUSSS000.AX.*L1.TXT',
  'EVENT/STATE DINNER',
  'NAM/MUESTRA, COINCIDE PRUEBA.DOB/19850214',
  'NAM/MUESTRA, GEMELO.DOB/19900606',
  'NAM/MUESTRA, NADIE.DOB/19900101',
  'NAM/UNREADABLE',
].join('\r\n')

const figure = async (store: string, ...args: string[]): Promise<unknown> =>
  JSON.parse((await command('stats', '--json', '--data', store, ...args)).stdout).services

it('a list by message is one message, a screening a person that could be read, and one of the lists', async () => {
  const gateway = await bench.gateway(dir)
  const client = await bench.client(gateway.port)
  const [report] = await ask(client, LIST)
  expect(report).toMatchObject({ key: 'SCR', control: 'L1' })
  expect(report?.lines).toEqual(expect.arrayContaining(['PERSONS: 4', 'MATCH: 1', 'POSSIBLE MATCH: 1']))
  expect(await figure(dir)).toEqual({ screenings: 3 })
  expect(await figure(dir, '--recount')).toEqual({ screenings: 3 })
  const reference = /LESC REFERENCE: (\S+)/.exec(report?.lines.join('\n') ?? '')?.[1]
  expect(await view(dir, 'screening')).toEqual([
    expect.objectContaining({ list: reference, kind: 'event', title: 'STATE DINNER', persons: 3 }),
  ])
  await gateway.close()
  const { tail, whole } = bothWays(dir)
  expect(whole).toEqual(tail)
  expect(relayed(dir)).toEqual(tail)
})

it('a list that was under way when the process was killed is answered by the next start, once', async () => {
  const { port } = await bench.gateway(dir, { 'drain.within': 0 }, { matcher: silent, boot: 'A' })
  const client = await bench.client(port)
  client.send(LIST)
  await until(() => scanStore(configOf(dir)).state.matters.size === 1)
  const killed = bench.folder()
  cpSync(join(dir, 'journal'), join(killed, 'journal'), { recursive: true })
  const next = await bench.gateway(killed, { 'listen.0.link': 'default' }, { boot: 'A' })
  const [report] = await take(await bench.listener(next.port), 1)
  expect(report).toMatchObject({ key: 'SCR', control: 'L1', possibleDuplicate: false })
  expect(await figure(killed)).toEqual({ screenings: 3 })
  expect(await figure(killed, '--recount')).toEqual({ screenings: 3 })
})
