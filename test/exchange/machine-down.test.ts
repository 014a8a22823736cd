import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { State } from '../../src/exchange/index.js'
import { operate } from '../../src/gateway/index.js'
import type { Matcher } from '../../src/matching/index.js'
import { Journal } from '../../src/store/index.js'
import { bench, eachTest, kinds, query, take, until } from '../gateway/helpers.js'
import { configOf, field, request } from '../services/helpers.js'

const { cutStore } = await import(new URL('../torture/cut.js', import.meta.url).href)

eachTest()

/** Finds nothing out, ever: the process ends before it does. */
const silent = { query: () => new Promise(() => undefined) } as unknown as Matcher

/** The store as it is when its process is killed at this moment. */
function killed(dir: string): string {
  const copy = bench.folder()
  cpSync(join(dir, 'journal'), join(copy, 'journal'), { recursive: true })
  return copy
}

/** The store as it may be when the machine goes down at this moment: whatever wasn't synced is gone. */
function crashed(dir: string): string {
  const copy = killed(dir)
  const dice = { pick: () => 'lost', chance: () => false, between: (low: number) => low }
  cutStore(copy, dice, 0)
  return copy
}

/** What the journal says at this moment. */
function written(dir: string): State {
  const state = new State()
  Journal.scan({
    dir: join(dir, 'journal'),
    whole: true,
    onRecord: (record, at) => state.evolve(record, at),
  })
  return state
}

/** A store whose process was killed with a query open whose acknowledgement was done. */
async function oneOpen(): Promise<string> {
  const dir = bench.folder()
  const { port } = await bench.gateway(dir, { 'drain.within': 0 }, { matcher: silent, boot: 'A' })
  const client = await bench.client(port)
  client.send(query('OPEN'))
  expect(kinds(await take(client, 1))).toEqual(['ACKNOWLEDGEMENT'])
  await until(() => written(dir).waiting.size === 0)
  return killed(dir)
}

/** What a start gives to a link that waits. */
async function answers(dir: string, boot: string): Promise<string[]> {
  const { port } = await bench.gateway(dir, { 'listen.0.link': 'default' }, { boot })
  return kinds(await take(await bench.listener(port), 1))
}

it('what was open when the machine went down may have gone out: it is marked', async () => {
  expect(await answers(await oneOpen(), 'B')).toEqual(['!NO MATCH'])
})

it('what was open when only the process ended has not gone out: it is not marked', async () => {
  expect(await answers(await oneOpen(), 'A')).toEqual(['NO MATCH'])
})

// Found by the torture: the second start finds its own boot in the journal.
it('what the machine’s end made doubtful stays so when the next start is killed', async () => {
  const dir = await oneOpen()
  await bench.gateway(dir, { 'drain.within': 0 }, { matcher: silent, boot: 'B' })
  await until(() => written(dir).boot === 'B')
  expect(await answers(killed(dir), 'B')).toEqual(['!NO MATCH'])
})

// The deed's record was only written, and its answer had gone: done anew it went out a second time, without the mark.
it('what a deed told before the machine went down goes out again marked, and the deed isn’t done anew', async () => {
  const dir = bench.folder()
  const { port } = await bench.gateway(dir, { 'confirm.by': 'operator', 'drain.within': 0 }, { boot: 'A' })
  const client = await bench.client(port)
  client.send(request('HIT'))
  await until(() => written(dir).figures.years.size === 1)
  const [waits] = (await operate(configOf(dir), {
    ...{ call: 'view', service: 'confirmation', args: {} },
  })) as { readonly reference: string }[]
  const args = { reference: waits?.reference, confirmation: 'N' }
  const told = operate(configOf(dir), { call: 'act', service: 'confirmation', action: 'answer', args })
  const [first] = await take(client, 1)
  const store = crashed(dir)
  await told
  expect([field(first, 'CON'), first?.possibleDuplicate]).toEqual(['N', false])
  const next = await bench.gateway(store, { 'listen.0.link': 'default' }, { boot: 'B' })
  const [again] = await take(await bench.listener(next.port), 1)
  expect([field(again, 'CON'), again?.possibleDuplicate, again?.outCount]).toEqual(['N', true, 1])
  expect(await operate(configOf(store), { call: 'view', service: 'confirmation', args: {} })).toEqual([])
})
