import { describe, expect, it } from 'vitest'
import { encodeFrame } from '../../src/frame/index.js'
import { callControl } from '../../src/gateway/index.js'
import type { Matcher, MatchQuery } from '../../src/matching/index.js'
import {
  bench,
  dir,
  eachTest,
  kind,
  kinds,
  query,
  readLog,
  SUBJECT,
  take,
  until,
} from '../gateway/helpers.js'

eachTest()

const NOTHING = { grade: 'NONE', listed: 0, candidates: [], provide: [] } as const
/** A matcher whose findings the test lets go. */
function held(): { matcher: Matcher; asked: () => number; letGo: () => void } {
  let open: (() => void)[] = []
  let asked = 0
  const matcher = {
    query: (queries: readonly MatchQuery[]) => {
      asked += queries.length
      return new Promise<(typeof NOTHING)[]>((resolve) => {
        open.push(() => resolve(queries.map(() => NOTHING)))
      })
    },
  } as unknown as Matcher
  return {
    matcher,
    asked: () => asked,
    letGo: () => {
      for (const each of open) each()
      open = []
    },
  }
}

/** Does something each time before it asks. */
const pumped =
  (first: () => void, holds: () => boolean): (() => boolean) =>
  () => {
    first()
    return holds()
  }

describe('an answer whose connection is gone', () => {
  it('takes another open one of its link, in the order of the questions', async () => {
    const { matcher, letGo } = held()
    const { port } = await bench.gateway(dir, {}, { matcher })
    const gone = await bench.client(port)
    gone.sendAll(['A1', 'A2', 'A3', 'A4', 'A5'].map((control) => query(control)))
    await take(gone, 5)
    const other = await bench.client(port)
    other.send(query('B1', { PUR: 'X' }))
    await other.receive(5000)
    other.send(query('B2'))
    expect(kind(await other.receive(5000))).toBe('ACKNOWLEDGEMENT')
    await gone.close()
    await until(() => readLog(dir).some((each) => each.msg === 'link down'))
    letGo()
    await until(pumped(letGo, () => readLog(dir).filter((each) => each.type === 'NO MATCH').length === 6))
    const received = await take(other, 6)
    const foreign = received.map(({ control }) => control).filter((control) => control.startsWith('A'))
    expect(foreign).toEqual(['A1', 'A2', 'A3', 'A4', 'A5'])
  })

  it('waits for the next of its link, oldest first, and for no other', async () => {
    const links = [
      { name: 'A', oris: ['ZZ00101*'] },
      { name: 'B', oris: ['ZZ00103*'] },
    ]
    const { matcher, letGo } = held()
    const { port } = await bench.gateway(dir, { links }, { matcher })
    const gone = await bench.client(port)
    const asked = Array.from({ length: 400 }, (_, i) => `W${i}`)
    gone.sendAll(asked.map((control) => query(control)))
    await take(gone, asked.length)
    await gone.close()
    await until(() => {
      letGo()
      return readLog(dir).some((each) => each.msg === 'link down')
    })
    const status = async (): Promise<{ open: number }> => {
      letGo()
      const reply = await callControl(dir, { call: 'status' })
      return (reply as unknown as { answer: { open: number } }).answer
    }
    while ((await status()).open > 0) letGo()
    const stranger = await bench.client(port)
    stranger.send(query('X1', {}, 'ZZ0010300'))
    await until(
      pumped(letGo, () => readLog(dir).some((each) => each.ctl === 'X1' && each.type === 'NO MATCH')),
    )
    expect((await take(stranger, 2)).map(({ control }) => control)).toEqual(['X1', 'X1'])
    const next = await bench.client(port)
    next.send(query('N1', { PUR: 'X' }))
    expect(kind(await next.receive(5000))).toBe('.22.')
    next.send(query('N2'))
    await until(
      pumped(letGo, () => readLog(dir).some((each) => each.ctl === 'N2' && each.type === 'NO MATCH')),
    )
    const received = await take(next, asked.length + 2)
    expect(received.map(({ control }) => control).filter((each) => each !== 'N2')).toEqual(asked)
    expect(received.some(({ possibleDuplicate }) => possibleDuplicate)).toBe(false)
  })

  it('goes out unmarked after a clean stop in which it was never sent', async () => {
    const first = await bench.gateway(dir, { answer: { delay: '300ms' }, 'drain.within': '0s' })
    const client = await bench.client(first.port)
    client.send(query('CS'))
    await client.receive(5000)
    await first.close()
    const second = await bench.gateway(dir, { 'listen.0.link': 'default' })
    const next = await bench.listener(second.port)
    expect(kinds(await take(next, 1))).toEqual(['NO MATCH'])
  })

  it('is not sent by a gateway that can no longer lay it out, and stops nothing', async () => {
    const broken = { query: () => Promise.reject(new Error('MUESTRA is broken')) } as unknown as Matcher
    const first = await bench.gateway(dir, {}, { matcher: broken })
    const client = await bench.client(first.port)
    client.send(query('BR'))
    expect(kind(await client.receive(5000))).toBe('ACKNOWLEDGEMENT')
    await until(() => readLog(dir).some((each) => each.msg === 'a query got no answer; it stays open'))
    expect(JSON.stringify(readLog(dir))).not.toContain('MUESTRA')
    await first.close()
    const second = await bench.gateway(dir)
    const next = await bench.client(second.port)
    next.send(query('BS'))
    expect((await take(next, 3)).map((each) => `${each.control} ${kind(each)}`).sort()).toEqual([
      'BR NO MATCH',
      'BS ACKNOWLEDGEMENT',
      'BS NO MATCH',
    ])
  })
})

describe('delivery: acknowledged', () => {
  const links = [{ name: 'ACK', oris: ['ZZ*'], delivery: 'acknowledged' }]
  const ack = (count: number): Buffer => encodeFrame('stx-etx', `\x06${`${count}`.padStart(5, '0')}`)

  it('what was not acknowledged goes out again: same count, marked, same order', async () => {
    const { port } = await bench.gateway(dir, { links })
    const first = await bench.client(port)
    first.sendAll([query('D1'), query('D2')])
    const sent = await take(first, 4)
    first.raw(ack(sent[1]?.outCount ?? 0))
    await first.ping()
    await first.close()
    const second = await bench.client(port, { delivery: 'acknowledged' })
    second.send(query('D3', { PUR: 'X' }))
    expect(kind(await second.receive(5000))).toBe('.22.')
    second.send(query('D4'))
    const received = await take(second, 5)
    const again = received.filter(({ control }) => control !== 'D4')
    const expected = sent
      .filter((_, i) => i !== 1)
      .map((each) => `${each.outCount} ${each.control} !${kind(each)}`)
    expect(again.map((each) => `${each.outCount} ${each.control} ${kind(each)}`).sort()).toEqual(
      expected.sort(),
    )
    await second.ping()
    await second.close()
    const third = await bench.client(port, { delivery: 'acknowledged' })
    await third.ask(query('D5'))
    expect(third.poll()).toBeUndefined()
  })

  it('an acknowledgement of nothing is logged, and no message', async () => {
    const { port } = await bench.gateway(dir, { links })
    const client = await bench.client(port, { delivery: 'acknowledged' })
    client.raw(ack(77))
    const { acknowledgement } = await client.ask(query('U1'))
    expect([acknowledgement?.inCount, acknowledgement?.outCount]).toEqual([1, 1])
    await until(() => readLog(dir).some((each) => String(each.msg).startsWith('acknowledgement of a count')))
  })

  it('1,000 at most are unacknowledged; the connection is still read, and the rest comes as room is made', async () => {
    const { port } = await bench.gateway(dir, { links })
    const client = await bench.client(port)
    const total = 3000
    client.sendAll(Array.from({ length: total }, (_, i) => query(`K${i}`)))
    const first = await take(client, 1000)
    // All of the questions are taken in although nothing is acknowledged.
    await until(() => readLog(dir).filter((each) => each.dir === 'in').length === total, 20_000)
    await client.ping()
    expect(client.poll()).toBeUndefined()
    for (const { outCount } of first) client.raw(ack(outCount))
    const finals = new Set(first.filter((each) => kind(each) === 'NO MATCH').map(({ control }) => control))
    for (let came = first.length; came < 2 * total; came++) {
      const received = await client.receive(5000)
      client.raw(ack(received.outCount))
      if (kind(received) === 'NO MATCH') finals.add(received.control)
    }
    expect(finals.size).toBe(total)
  }, 40_000)

  it('what was sent before a stop and not acknowledged is marked after it', async () => {
    const first = await bench.gateway(dir, { links })
    const client = await bench.client(first.port)
    client.send(query('S1', SUBJECT.match))
    const sent = await take(client, 2)
    await first.close()
    const second = await bench.gateway(dir, { links, 'listen.0.link': 'ACK' })
    const next = await bench.listener(second.port, { delivery: 'acknowledged' })
    const again = await take(next, 2)
    expect(kinds(again)).toEqual(['!ACKNOWLEDGEMENT', '!MATCH'])
    expect(again.map(({ outCount }) => outCount)).toEqual(sent.map(({ outCount }) => outCount))
  })
})

describe('1,000 without an answer', () => {
  it('the link is not read until some are answered', async () => {
    const { matcher, asked, letGo } = held()
    const { port } = await bench.gateway(dir, {}, { matcher })
    const client = await bench.client(port)
    client.sendAll(Array.from({ length: 5000 }, (_, i) => query(`T${i}`)))
    const takenIn = (): number => readLog(dir).filter((each) => each.dir === 'in').length
    await until(() => takenIn() >= 1000)
    const before = takenIn()
    expect(before).toBeLessThan(2000)
    expect(asked()).toBeLessThan(1000)
    await until(
      pumped(letGo, () => asked() === 5000),
      20_000,
    )
    letGo()
    const received = await take(client, 10_000)
    expect(received.filter((each) => kind(each) === 'NO MATCH')).toHaveLength(5000)
  }, 40_000)
})
