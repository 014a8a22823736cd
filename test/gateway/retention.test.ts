import { expect, it } from 'vitest'
import { loadConfig } from '../../src/config/index.js'
import { operate, scanStore, verifyStore } from '../../src/gateway/index.js'
import type { Clock } from '../../src/time/index.js'
import { segments } from '../store/helpers.js'
import { bench, eachTest, query, run, SUBJECT, take } from './helpers.js'

eachTest()

const DAY = 86_400_000

it('after a year segments go, and figures, counts, the queue and what is verified stay', async () => {
  const dir = bench.folder()
  const begun = Date.now()
  let days = 0
  const clock: Clock = { now: () => begun + days * DAY, monotonic: () => performance.now() }
  const flags = { 'journal.segment': 65_536, 'journal.keep': '30d' }
  const config = loadConfig({ flags: { data: dir } })
  /** A day of work, begun by a start and ended by a stop. @returns references of what is held. */
  const work = async (control: string, held: number): Promise<string[]> => {
    const gateway = await bench.gateway(dir, flags, { clock })
    const client = await bench.client(gateway.port)
    client.sendAll(Array.from({ length: 60 }, (_, n) => query(`${control}${n}`)))
    await take(client, 120)
    client.sendAll(Array.from({ length: held }, (_, n) => query(`${control}HELD${n}`, SUBJECT.never)))
    const references = (await take(client, held)).map(({ reference }) => reference ?? '')
    await client.close()
    await gateway.close()
    return references
  }
  await work('A', 0)
  days = 10
  const held = await work('B', 2)
  expect(segments(`${dir}/journal`)[0]).toMatch(/00000001\.journal$/)
  const before = scanStore(config).state
  days = 100
  await work('C', 0)
  const left = segments(`${dir}/journal`)
  expect(left[0]).not.toMatch(/00000001\.journal$/)
  const { state, damage } = scanStore(config)
  expect(damage).toEqual([])
  const recount = scanStore(config, true)
  expect(recount.damage).toEqual([])
  expect([...recount.state.figures.years]).toEqual([...state.figures.years])
  expect([...recount.state.links]).toEqual([...state.links])
  expect(recount.state.nextReference).toBe(state.nextReference)
  expect(state.nextReference).toBe(before.nextReference + 60)
  expect(verifyStore(config, false).damage).toEqual([])
  const told = run('audit', 'list', '--what', 'segments removed', '--json', '--data', dir).stdout
  expect(JSON.parse(told)).toMatchObject({ details: { first: Number(left[0]?.slice(-16, -8)) } })
  // What waits is as old as what went, and is whole all the same.
  const gateway = await bench.gateway(dir, flags, { clock })
  const client = await bench.client(gateway.port)
  await client.ask(query('BIND'))
  for (const reference of held) expect(await operate(config, { call: 'release', reference })).toBe(1)
  expect((await take(client, 2)).map(({ control }) => control)).toEqual(['BHELD0', 'BHELD1'])
})
