import { describe, expect, it } from 'vitest'
import type { Client } from '../../src/client/index.js'
import { encodeRecord, JOURNAL_VERSION, RECORD } from '../../src/exchange/records.js'
import { Journal } from '../../src/store/index.js'
import { bench, dir, eachTest, kind, kinds, query, SUBJECT, take } from '../gateway/helpers.js'

eachTest()

const links = [
  { name: 'ONE', oris: ['ZZ0010100', 'ZZ0010200'] },
  { name: 'TWO', oris: ['ZZ00103*', 'VT*'] },
]

const answerTo = async (client: Client, message: string): Promise<string> => {
  const { answer } = await client.ask(message, 5000)
  return `${kind(answer)} ${answer.outCount}`
}

describe('links and their ORIs', () => {
  it('a connection belongs to the link of its first good message, and to no other afterwards', async () => {
    const { port } = await bench.gateway(dir, { links })
    const client = await bench.client(port)
    expect(await answerTo(client, query('L1'))).toBe('NO MATCH 2')
    expect(await answerTo(client, query('L2', {}, 'ZZ0010300'))).toBe('.01. 3')
    expect(await answerTo(client, query('L3'))).toBe('NO MATCH 5')
  })

  it('a refused first message binds nothing and counts on no link', async () => {
    const { port } = await bench.gateway(dir, { links })
    const client = await bench.client(port)
    expect(await answerTo(client, query('R1', { PUR: 'X' }, 'ZZ0010300'))).toBe('.22. 1')
    expect(await answerTo(client, query('R2', {}, 'DCUSSS000'))).toBe('.01. 2')
    expect(await answerTo(client, query('R3', {}, 'ZZ0010200'))).toBe('.02. 3')
    const { acknowledgement, answer } = await client.ask(query('R4'))
    expect([acknowledgement?.inCount, acknowledgement?.outCount, answer.outCount]).toEqual([1, 1, 2])
    expect(await answerTo(client, query('R5', { PUR: 'X' }))).toBe('.22. 3')
  })

  it('each code in its order', async () => {
    const { port } = await bench.gateway(dir, { links, 'brady.oris': ['WV*'] })
    const client = await bench.client(port)
    const first = async (message: string): Promise<string> => {
      client.send(message)
      return kind(await client.receive(5000))
    }
    const bad = { PUR: 'X', DOB: '99999999' }
    expect(await first('')).toBe('0')
    expect(await first('IAQ.ZZ0010100.AX.PUR/C.')).toBe('.03.')
    expect(await first(query('C1', bad, 'ZZ001'))).toBe('.01.')
    expect(await first(query('C2', bad, 'DCUSSS000'))).toBe('.01.')
    expect(await first(query('C3', bad, 'ZZ0010200'))).toBe('.02.')
    expect(await first(query('C4', { ...bad, PUR: 'F' }))).toBe('.02.')
    expect(await first(query('C5', bad))).toBe('.05.')
    expect(await first(query('C6', { PUR: 'X' }))).toBe('.22.')
    expect(await first(query('C7'))).toBe('ACKNOWLEDGEMENT')
    expect(kind(await client.receive(5000))).toBe('NO MATCH')
  })

  it('free text with a byte that no message may hold is refused', async () => {
    const { port } = await bench.gateway(dir)
    const client = await bench.client(port)
    client.send(Buffer.from('AM.ZZ0010100.AX.TXT\r\nTIP caf\xe9', 'latin1'))
    expect(kind(await client.receive(5000))).toBe('.22.')
  })
})

describe('counts and references', () => {
  it('rise by one a message on the link, over connections, restarts and kill -9', async () => {
    const counts: number[] = []
    const references: string[] = []
    const ask = async (port: number): Promise<void> => {
      const one = await bench.client(port)
      const two = await bench.client(port)
      for (const client of [one, two, one]) {
        const { acknowledgement, answer } = await client.ask(query('CR'))
        counts.push(acknowledgement?.outCount ?? 0, answer.outCount)
        references.push(answer.reference ?? '')
      }
      const { answer } = await two.ask(query('CR', { PUR: 'X' }))
      counts.push(answer.outCount)
    }
    const here = await bench.gateway(dir)
    await ask(here.port)
    await here.close()
    const child = await bench.serve(dir)
    await ask(child.port)
    await child.kill()
    const again = await bench.serve(dir)
    await ask(again.port)
    expect(await again.stop()).toBe(0)
    expect(counts).toEqual(Array.from({ length: 21 }, (_, i) => i + 1))
    expect(new Set(references).size).toBe(9)
    expect([...references].sort()).toEqual(references)
  })

  it('wrap after 99999, and references go on from the highest', async () => {
    const journal = Journal.open({ dir: `${dir}/journal`, onRecord: () => undefined })
    const refusal = {
      t: 1,
      link: 'default',
      form: 'text',
      key: '',
      ori: '',
      to: 'NL0000000',
      day: '20250101',
    }
    journal.append([
      encodeRecord(RECORD.start, { version: 1, boot: '', t: 1 }),
      encodeRecord(RECORD.refusal, { ...refusal, n: 99_998, code: '0', details: [], raw: '' }),
      encodeRecord(RECORD.out, { t: 1, out: [[0, 'default', 99_997]] }),
      encodeRecord(RECORD.stop, { t: 1 }),
    ])
    await journal.close()
    const { port } = await bench.gateway(dir)
    const client = await bench.client(port)
    const seen: number[][] = []
    for (const control of ['W1', 'W2']) {
      const { acknowledgement, answer } = await client.ask(query(control))
      seen.push([answer.inCount, acknowledgement?.outCount ?? 0, answer.outCount])
    }
    expect(seen).toEqual([
      [99_999, 99_998, 99_999],
      [1, 1, 2],
    ])
  })

  it('a store of a newer version is left alone', async () => {
    const journal = Journal.open({ dir: `${dir}/journal`, onRecord: () => undefined })
    journal.append([encodeRecord(RECORD.start, { version: JOURNAL_VERSION + 1, boot: '', t: 1 })])
    await journal.close()
    await expect(bench.gateway(dir)).rejects.toThrow('newer version')
    await expect(bench.gateway(bench.folder())).resolves.toBeDefined()
  })
})

describe('answers that come otherwise', () => {
  it('of a test subject: twice, or when an operator releases it', async () => {
    const { callControl } = await import('../../src/gateway/index.js')
    const { port } = await bench.gateway(dir)
    const client = await bench.client(port)
    client.send(query('TW', SUBJECT.twice))
    expect(kinds(await take(client, 3))).toEqual(['ACKNOWLEDGEMENT', 'MATCH', 'MATCH'])
    client.send(query('NE', SUBJECT.never))
    const acknowledgement = await client.receive(5000)
    await client.ask(query('OT'))
    expect(client.poll()).toBeUndefined()
    const release = { call: 'release', reference: acknowledgement.reference }
    expect(await callControl(dir, release)).toEqual({ served: true, answer: 1 })
    expect(kind(await client.receive(5000))).toBe('MATCH')
    expect(await callControl(dir, release)).toEqual({ served: true, answer: 0 })
  })

  it('30 seconds late by the clock that the gateway is given, across a restart', async () => {
    const from = Date.now()
    let now = from
    const clock = { now: () => now, monotonic: () => performance.now() }
    const first = await bench.gateway(dir, {}, { clock })
    const asking = await bench.client(first.port)
    asking.send(query('LATE', SUBJECT.late))
    expect(kind(await asking.receive(5000))).toBe('ACKNOWLEDGEMENT')
    await first.close()
    // Long before, since what is left of the time runs on the machine's own clock.
    now = from + 2_000
    const second = await bench.gateway(dir, { 'drain.within': '0s' }, { clock })
    const early = await bench.client(second.port)
    await early.ask(query('E1'))
    expect(early.poll()).toBeUndefined()
    await second.close()
    now = from + 31_000
    const third = await bench.gateway(dir, {}, { clock })
    const late = await bench.client(third.port)
    late.send(query('E2'))
    const received = await take(late, 3)
    expect(kinds(received).sort()).toEqual(['ACKNOWLEDGEMENT', 'MATCH', 'NO MATCH'])
    expect(received.find((each) => each.control === 'LATE')?.possibleDuplicate).toBe(false)
  })

  it('a clock that is set back makes no answer wait longer than its delay', async () => {
    let now = Date.now()
    const clock = { now: () => now, monotonic: () => performance.now() }
    const first = await bench.gateway(dir, { answer: { delay: '200ms' }, 'drain.within': '0s' }, { clock })
    const client = await bench.client(first.port)
    client.send(query('SB'))
    expect(kind(await client.receive(5000))).toBe('ACKNOWLEDGEMENT')
    await first.close()
    now -= 86_400_000
    const second = await bench.gateway(dir, {}, { clock })
    const again = await bench.client(second.port)
    await again.ask(query('SC'))
    expect(kind(await again.receive(5000))).toBe('NO MATCH')
  })

  it.each([
    { distribution: 'uniform', min: '5ms', max: '20ms' },
    { distribution: 'exponential', min: '1ms', mean: '10ms', max: '50ms' },
  ])('after a delay drawn from a distribution: $distribution', async (delay) => {
    const { port } = await bench.gateway(dir, { answer: { delay } })
    const client = await bench.client(port)
    client.sendAll(Array.from({ length: 20 }, (_, i) => query(`D${i}`)))
    const received = await take(client, 40)
    expect(received.filter((each) => kind(each) === 'NO MATCH')).toHaveLength(20)
  })
})
