import { afterEach, beforeEach, expect, it } from 'vitest'
import type { Client, Received } from '../../src/client/index.js'
import { State } from '../../src/exchange/index.js'
import { Journal } from '../../src/store/index.js'
import { Bench, kind, query, type Served } from '../gateway/helpers.js'

let bench: Bench

beforeEach(() => {
  bench = new Bench()
})

afterEach(() => bench[Symbol.asyncDispose]())

const KILLS = 6
const BURST = 400

/** What a switch saw of one query. */
interface Seen {
  acknowledged: number
  finals: number
  markedFinals: number
  /** Kind and count of each message that came, to hold one that comes again against it. */
  readonly counts: Map<string, number>
}

/** Pseudo-random numbers, the same ones in every run. */
function dice(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}

it('whatever is acknowledged is answered once, or again only marked, through kill -9 under load', async () => {
  const dir = bench.folder()
  const next = dice(7)
  const seen = new Map<string, Seen>()
  const faults: string[] = []
  let asked = 0

  const take = (received: Received): void => {
    const of = seen.get(received.control)
    if (!of) return
    const what = kind(received).replace('!', '')
    const before = of.counts.get(what)
    if (before !== undefined && before !== received.outCount)
      faults.push(`${received.control} ${what}: ${before} came again as ${received.outCount}`)
    of.counts.set(what, received.outCount)
    if (what === 'ACKNOWLEDGEMENT') {
      if (of.acknowledged++ > 0 && !received.possibleDuplicate)
        faults.push(`${received.control}: two acknowledgements`)
      return
    }
    if (of.acknowledged === 0 && !received.possibleDuplicate)
      faults.push(`${received.control}: final came first`)
    if (received.possibleDuplicate) of.markedFinals++
    else if (of.finals++ > 0) faults.push(`${received.control}: two finals without a mark`)
  }
  const listen = async (client: Client): Promise<void> => {
    for await (const received of client) take(received)
  }
  const burst = (client: Client): void => {
    const controls = Array.from({ length: BURST }, () => `T${asked++}`)
    for (const control of controls)
      seen.set(control, { acknowledged: 0, finals: 0, markedFinals: 0, counts: new Map() })
    client.sendAll(controls.map((control) => query(control)))
  }

  for (let round = 0; round < KILLS; round++) {
    const served: Served = await bench.serve(dir)
    const clients = [await bench.client(served.port), await bench.client(served.port)]
    const heard = clients.map(listen)
    for (const client of clients) burst(client)
    // The moment: after so many of this round's messages have come.
    const until = Math.floor(next() * BURST * 3)
    const came = (): number => [...seen.values()].reduce((sum, each) => sum + each.counts.size, 0)
    const start = came()
    while (came() - start < until) await new Promise((go) => setImmediate(go))
    await served.kill()
    await Promise.all(heard)
  }

  const served = await bench.serve(dir)
  const last = await bench.client(served.port)
  const heard = listen(last)
  burst(last)
  const open = (): string[] =>
    [...seen]
      .filter(([, of]) => of.acknowledged > 0 && of.finals + of.markedFinals === 0)
      .map(([control]) => control)
  const own = [...seen].slice(-BURST)
  const end = performance.now() + 20_000
  while ((open().length > 0 || own.some(([, of]) => of.finals === 0)) && performance.now() < end)
    await new Promise((go) => setImmediate(go))
  expect(open()).toEqual([])
  expect(faults).toEqual([])
  expect(await served.stop()).toBe(0)
  await heard

  // The journal has one reference and one conclusion for each that was taken in, and nothing open.
  const state = new State()
  const { damage } = Journal.scan({
    dir: `${dir}/journal`,
    whole: true,
    onRecord: (record, at) => state.evolve(record, at),
  })
  expect(damage).toEqual([])
  expect(state.matters.size).toBe(0)
  const [figures] = state.figures.years.values()
  const acknowledged = [...seen.values()].filter((of) => of.acknowledged > 0).length
  expect(figures?.messages.IAQ).toBeGreaterThanOrEqual(acknowledged)
  expect(figures?.answers['NO MATCH']).toBe(figures?.messages.IAQ)
}, 90_000)
