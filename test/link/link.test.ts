import { once } from 'node:events'
import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { connect as connectSocket, type Socket } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { packageRoot } from '../../src/config/index.js'
import { encodeFrame, FrameDecoder, type FrameEvent, type Framing } from '../../src/frame/index.js'
import { bench, dir, eachTest, kind, kinds, query, readLog, take, until } from '../gateway/helpers.js'

eachTest()

/** A connection that answers nothing by itself. */
async function bare(port: number, framing: Framing = 'stx-etx'): Promise<Bare> {
  const socket = connectSocket({ host: '127.0.0.1', port, noDelay: true })
  socket.on('error', () => undefined)
  bench.after(() => socket.destroy())
  await once(socket, 'connect')
  const decoder = new FrameDecoder({ text: 1 << 20, xml: 1 << 20 })
  const events: FrameEvent[] = []
  socket.on('data', (bytes: Buffer) => decoder.push(bytes, (event) => events.push(event)))
  return { socket, events, say: (body) => void socket.write(encodeFrame(framing, body)) }
}

interface Bare {
  readonly socket: Socket
  readonly events: FrameEvent[]
  readonly say: (body: string) => void
}

const ended = async ({ socket }: Bare): Promise<void> => {
  if (!socket.closed) await once(socket, 'close')
}

const FRAMINGS: Framing[] = ['stx-etx', 'length', 'pattern']
/** A copy of the formats with some of the exchange's numbers changed. */
function formats(change: (text: string) => string): string {
  const copy = join(bench.folder(), 'formats')
  cpSync(join(packageRoot, 'formats'), copy, { recursive: true })
  const file = join(copy, 'exchange.yaml')
  writeFileSync(file, change(readFileSync(file, 'utf8')))
  return copy
}

describe('keep-alive', () => {
  const links = [{ name: 'ZZ', oris: ['ZZ*'], keepalive: '20ms' }]

  it.each(FRAMINGS)('%s: asks after silence, and closes after two that stay unanswered', async (framing) => {
    const { port } = await bench.gateway(dir, { links })
    const line = await bare(port, framing)
    line.say(query('KA1'))
    await ended(line)
    expect(line.events.filter((event) => event.kind === 'keepalive')).toHaveLength(2)
    expect(line.events.filter((event) => event.kind === 'body')).toHaveLength(2)
    await until(() => readLog(dir).some((each) => each.why === '2 keep-alives stayed unanswered'))
  })

  it.each(FRAMINGS)('%s: whoever answers stays', async (framing) => {
    const { port } = await bench.gateway(dir, { links })
    const client = await bench.client(port, { framing })
    await client.ask(query('KA2'))
    // Three silences and no end: what the client answers counts.
    for (let pause = 0; pause < 3; pause++) await expect(client.receive(25)).rejects.toThrow('nothing came')
    await expect(client.ask(query('KA3'))).resolves.toMatchObject({ answer: { control: 'KA3' } })
  })

  it('two answers at once start no game of ball', async () => {
    // Long enough for the answers to come before a third question would.
    const { port } = await bench.gateway(dir, { links: [{ ...links[0], keepalive: '400ms' }] })
    const line = await bare(port, 'length')
    line.say(query('KA4'))
    await until(() => line.events.filter((event) => event.kind === 'keepalive').length === 2)
    line.socket.write(Buffer.alloc(8))
    line.say(query('KA5'))
    await until(() => line.events.filter((event) => event.kind === 'body').length === 4)
    const after = line.events.slice(line.events.findLastIndex((event) => event.kind === 'keepalive') + 1)
    expect(after.some((event) => event.kind === 'body')).toBe(true)
  })
})

describe('frames', () => {
  it('a half frame closes the connection when its time is up', async () => {
    const own = formats((text) => text.replace('incomplete: 30s', 'incomplete: 30ms'))
    const { port } = await bench.gateway(dir, { formats: own })
    const line = await bare(port)
    line.socket.write('\x02IAQ.ZZ')
    await ended(line)
    await until(() => readLog(dir).some((each) => each.why === 'a frame was not complete in time'))
  })

  it('a first byte that fits none closes', async () => {
    const { port } = await bench.gateway(dir)
    const line = await bare(port)
    line.socket.write('GET / HTTP/1.1\r\n')
    await ended(line)
    expect(line.events).toEqual([])
  })

  it('broken in stx-etx: a refusal, and the link stays', async () => {
    const { port } = await bench.gateway(dir)
    const client = await bench.client(port)
    client.raw(Buffer.from('\x02AB\x02CD\x03\x02\x03'))
    client.send('X'.repeat(20_000))
    expect(kinds(await take(client, 3))).toEqual(['0', '0', '0'])
    await expect(client.ask(query('FR1'))).resolves.toMatchObject({ answer: { control: 'FR1' } })
  })

  it.each(['length', 'pattern'] as const)(
    'broken in %s: the refusal comes before the end',
    async (framing) => {
      const { port } = await bench.gateway(dir)
      for (let i = 0; i < 20; i++) {
        const client = await bench.client(port, { framing })
        const start = framing === 'length' ? [] : [0xff, 0x00, 0xaa, 0x55]
        client.raw(Buffer.from([...start, 0x00, 0xff, 0xff, 0xff, 0x41]))
        expect(kind(await client.receive(5000))).toBe('0')
        await expect(client.closed).resolves.toMatchObject({ by: 'gateway' })
      }
    },
  )

  it('a refusal that the other side reads late comes whole before the end', async () => {
    const { port } = await bench.gateway(dir)
    const line = await bare(port, 'length')
    line.socket.pause()
    const bad = encodeFrame('length', `IAQ.ZZ0010100.AX.TXT\r\n${'X'.repeat(200)}`)
    line.socket.write(
      Buffer.concat([...Array.from({ length: 50 }, () => bad), Buffer.from([0, 255, 255, 255])]),
    )
    await until(() => readLog(dir).filter((each) => each.dir === 'out').length === 51)
    line.socket.resume()
    await ended(line)
    expect(line.events).toHaveLength(51)
  })

  it('all that is pipelined is answered; acknowledgement first', async () => {
    const { port } = await bench.gateway(dir)
    const client = await bench.client(port)
    client.sendAll(Array.from({ length: 300 }, (_, i) => query(`P${i}`)))
    const received = await take(client, 600)
    const seen = new Map<string, string[]>()
    for (const each of received) seen.set(each.control, [...(seen.get(each.control) ?? []), kind(each)])
    expect(seen.size).toBe(300)
    for (const of of seen.values()) expect(of).toEqual(['ACKNOWLEDGEMENT', 'NO MATCH'])
    expect(received.map(({ outCount }) => outCount)).toEqual(received.map((_, i) => i + 1))
  })
})

describe('back-pressure', () => {
  const links = [
    { name: 'A', oris: ['ZZ00101*'] },
    { name: 'B', oris: ['ZZ00103*'] },
  ]

  it('20,000 questions of one link hold no answer of another up', async () => {
    const { port } = await bench.gateway(dir, { links })
    const greedy = await bench.client(port)
    const modest = await bench.client(port)
    let finals = 0
    const all = (async () => {
      for await (const received of greedy)
        if (received.responseType === 'NO MATCH' && ++finals === 20_000) return
    })()
    greedy.sendAll(Array.from({ length: 20_000 }, (_, i) => query(`G${i}`)))
    await until(() => finals > 50)
    const before = finals
    await modest.ask(query('M', {}, 'ZZ0010300'))
    expect(finals - before).toBeLessThan(2000)
    await all
    expect(finals).toBe(20_000)
  })

  it('who does not read is not read, and touches nobody else', async () => {
    const { port } = await bench.gateway(dir, { links })
    const slow = await bare(port)
    slow.socket.pause()
    const frames = Array.from({ length: 20_000 }, (_, i) => encodeFrame('stx-etx', query(`S${i}`)))
    slow.socket.write(Buffer.concat(frames))
    const other = await bench.client(port)
    await other.ask(query('O1', {}, 'ZZ0010300'))
    const takenIn = (): number => readLog(dir).filter((each) => each.link === 'A' && each.dir === 'in').length
    let last = -1
    for (let same = 0; same < 3; ) {
      await other.ask(query('O2', {}, 'ZZ0010300'))
      for (let i = 0; i < 50; i++) await other.ask(query(`O${i}`, {}, 'ZZ0010300'))
      const now = takenIn()
      same = now === last ? same + 1 : 0
      last = now
    }
    expect(last).toBeLessThan(20_000)
    slow.socket.resume()
    await until(() => slow.events.length === 40_000, 60_000)
  }, 90_000)

  it('keep-alives without end that nobody reads the answers of do not fill the memory', async () => {
    const { port } = await bench.gateway(dir)
    const line = await bare(port)
    line.socket.pause()
    const flood = Buffer.from('\x02\x05\x03'.repeat(20_000))
    let stuck = false
    for (let i = 0; i < 2000 && !stuck; i++) {
      if (line.socket.write(flood)) continue
      const turns = (async () => {
        for (let turn = 0; turn < 500; turn++) await new Promise((go) => setImmediate(go))
        return true
      })()
      stuck = await Promise.race([turns, once(line.socket, 'drain').then(() => false)])
    }
    expect(stuck).toBe(true)
    line.socket.resume()
    await until(() => line.socket.writableLength === 0, 60_000)
  }, 120_000)
})
