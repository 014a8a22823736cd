import { describe, expect, it } from 'vitest'
import { loadConfig } from '../../src/config/index.js'
import { Limits } from '../../src/exchange/limits.js'
import { operate } from '../../src/gateway/index.js'
import type { Clock } from '../../src/time/index.js'
import { bench, dir, eachTest, kinds, query, SUBJECT, take } from '../gateway/helpers.js'

eachTest()

const BUSY = '.04. USER OUT OF SERVICE FOR MSG TYPE, NLETS WILL NOT FORWARD'
const linksWith = (limits: Readonly<Record<string, number>>): Record<string, unknown>[] => [
  { name: 'ZZ', oris: ['ZZ*'], limits },
  { name: 'REST', oris: ['*'] },
]

describe('the bucket of a link', () => {
  it('holds a second of messages, fills at its rate, and never by the clock on the wall', () => {
    let [monotonic, wall] = [1000, 0]
    const clock: Clock = { now: () => wall, monotonic: () => monotonic }
    const limits = new Limits(
      clock,
      (link) => (link === 'A' ? { rate: 4 } : undefined),
      () => 0,
    )
    const taken = (): number => {
      let n = 0
      while (limits.broken('A') === undefined) n++
      return n
    }
    expect(taken()).toBe(4)
    wall += 1_000_000
    expect(taken()).toBe(0)
    monotonic += 500
    expect(taken()).toBe(2)
    monotonic += 60_000
    expect(taken()).toBe(4)
    monotonic += 100
    expect(taken()).toBe(0)
    monotonic += 150
    expect(taken()).toBe(1)
    expect(limits.broken('A')).toBe('rate')
    // Another link isn't concerned.
    expect(limits.broken('B')).toBeUndefined()
  })

  it('is full while more waits than agreed, whatever the rate', () => {
    let bytes = 100
    const clock: Clock = { now: () => 0, monotonic: () => 0 }
    const limits = new Limits(
      clock,
      (link) => (link === 'A' ? { waiting: 100, rate: 1 } : undefined),
      () => bytes,
    )
    expect(limits.broken('A')).toBeUndefined()
    bytes = 101
    expect(limits.broken('A')).toBe('waiting')
    bytes = 100
    // What was refused for the one limit counts for no other.
    expect(limits.broken('A')).toBe('rate')
  })
})

describe('messages a second', () => {
  it('what is more is refused with SM .04. and changes nothing; other links go on', async () => {
    // So few that none is saved up while the test runs.
    const { port } = await bench.gateway(dir, { links: linksWith({ rate: 1 }) })
    const client = await bench.client(port)
    // The first says which link it is.
    await client.ask(query('BIND'))
    client.sendAll(Array.from({ length: 50 }, (_, i) => query(`R${i}`)))
    const came = []
    let refused = 0
    while (refused < 40) {
      const [each] = await take(client, 1)
      came.push(each!)
      if (each?.key === 'SM') refused++
    }
    const told = came.filter(({ key }) => key === 'SM')
    for (const { lines, from, control } of told) {
      expect(lines.slice(0, 2)).toEqual([BUSY, 'LINK: MORE MESSAGES A SECOND THAN AGREED'])
      expect([from, control]).toEqual(['NL0000000', expect.stringMatching(/^R\d+$/)])
    }
    const other = await bench.client(port)
    await other.ask(query('OTHER', {}, 'DCUSSS000'))
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, i) => other.ask(query(`O${i}`, {}, 'DCUSSS000'))),
    )
    expect(new Set(kinds(answers.map(({ answer }) => answer)))).toEqual(new Set(['NO MATCH']))
  })
})

describe('bytes that wait', () => {
  it('while more wait than agreed nothing is taken, and when they have gone it goes on', async () => {
    const { port } = await bench.gateway(dir, { links: linksWith({ waiting: 1500 }), 'admin.port': 0 })
    const client = await bench.client(port)
    await client.ask(query('BIND'))
    const held: string[] = []
    let told: string[] = []
    for (let i = 0; told.length === 0; i++) {
      client.send(query(`W${i}`, SUBJECT.never))
      const [each] = await take(client, 1)
      if (each?.key === 'SM') told = [...each.lines]
      else held.push(each?.reference ?? '')
    }
    expect(told.slice(0, 2)).toEqual([BUSY, 'LINK: MORE ANSWERS WAIT FOR IT THAN AGREED'])
    expect(held.length).toBeGreaterThan(1)
    const config = loadConfig({ flags: { data: dir } })
    for (const reference of held) await operate(config, { call: 'release', reference })
    await take(client, held.length)
    await client.ask(query('AFTER'))
  })
})

describe('without a limit', () => {
  it('a link may send as much as it will', async () => {
    const { port } = await bench.gateway(dir, { links: linksWith({}) })
    const client = await bench.client(port)
    await client.ask(query('BIND'))
    client.sendAll(Array.from({ length: 900 }, (_, i) => query(`U${i}`)))
    const came = await take(client, 1800)
    expect(new Set(came.map(({ key }) => key))).toEqual(new Set(['IAR']))
  })
})
