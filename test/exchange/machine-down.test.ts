import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { State } from '../../src/exchange/index.js'
import type { Matcher } from '../../src/matching/index.js'
import { Journal } from '../../src/store/index.js'
import { Bench, kinds, query, take, until } from '../gateway/helpers.js'

let bench: Bench

beforeEach(() => {
  bench = new Bench()
})

afterEach(() => bench[Symbol.asyncDispose]())

/** Finds nothing out, ever: the process ends before it does. */
const silent = { query: () => new Promise(() => undefined) } as unknown as Matcher

/** The store as it is when its process is killed at this moment. */
function killed(dir: string): string {
  const copy = bench.folder()
  cpSync(join(dir, 'journal'), join(copy, 'journal'), { recursive: true })
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
