import { once } from 'node:events'
import { connect as connectPlain, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { encodeFrame } from '../../src/frame/index.js'
import { type Details, Refusals } from '../../src/link/refusals.js'
import { openLog } from '../../src/log/index.js'
import { Bench, kind, query, readLog, take, until } from '../gateway/helpers.js'
import { Certificates } from './certificates.js'

const whole = new Bench()
let made: Certificates
let bench: Bench
let dir: string

beforeAll(() => {
  made = new Certificates(whole.folder(), ['one'])
})
afterAll(() => whole[Symbol.asyncDispose]())
beforeEach(() => {
  bench = new Bench()
  dir = bench.folder()
})
afterEach(() => bench[Symbol.asyncDispose]())

/** A connection that reads and says nothing by itself. */
async function silent(port: number): Promise<Socket> {
  const socket = connectPlain({ host: '127.0.0.1', port })
  socket.on('error', () => undefined)
  bench.after(() => socket.destroy())
  await once(socket, 'connect')
  socket.resume()
  return socket
}

const closed = (socket: Socket): Promise<unknown> =>
  socket.closed ? Promise.resolve() : new Promise((done) => socket.once('close', done))

const lines = (msg: string): Record<string, unknown>[] => readLog(dir).filter((each) => each.msg === msg)

describe('handshakes', () => {
  const links = [{ name: 'ONE', oris: ['ZZ*'], certificate: 'one' }]

  it('few at once: the rest is refused at once in few lines, and when they are done the next is served', async () => {
    const listen = [{ port: 0, tls: { ...made.tls, handshakes: 4 } }, { port: 0 }]
    const gateway = await bench.gateway(dir, { links: [...links, { name: 'REST', oris: ['ZZ*'] }], listen })
    const [secure = 0, plain = 0] = gateway.addresses.map(({ port }) => port)
    const pending = await Promise.all(Array.from({ length: 4 }, () => silent(secure)))
    const flood = await Promise.all(Array.from({ length: 200 }, () => silent(secure)))
    await Promise.all(flood.map(closed))
    expect(pending.map(({ destroyed }) => destroyed)).toEqual([false, false, false, false])
    // Another listener is none the worse for it.
    const other = await bench.client(plain)
    await other.ask(query('OTHER'))
    const why = '4 TLS handshakes are unfinished'
    const count = (): number =>
      lines('link refused').reduce((sum, each) => sum + (each.why === why ? Number(each.count ?? 1) : 0), 0)
    await until(() => count() === 200)
    expect(lines('link refused').length).toBeLessThan(20)
    for (const socket of pending) socket.destroy()
    await until(() =>
      lines('link refused').some((each) => each.why === 'the other side ended the TLS handshake'),
    )
    const client = await bench.client(secure, { tls: made.client('one') })
    expect(kind((await client.ask(query('AFTER'))).answer)).toBe('NO MATCH')
  })

  it('short: one that comes byte by byte ends when its time is up', async () => {
    const listen = [{ port: 0, tls: { ...made.tls, handshake: '100ms' } }]
    const { port } = await bench.gateway(dir, { links, listen })
    const slow = await silent(port)
    const hello = Buffer.from([
      0x16,
      0x03,
      0x01,
      0x02,
      0x00,
      0x01,
      0x00,
      0x01,
      0xfc,
      0x03,
      0x03,
      ...Array(400).fill(7),
    ])
    for (let i = 0; i < hello.length && !slow.destroyed; i++) {
      slow.write(hello.subarray(i, i + 1))
      await new Promise((go) => setImmediate(go))
    }
    await closed(slow)
    await until(() => lines('link refused').length > 0)
    expect(lines('link refused')[0]?.why).toBe('the TLS handshake was not finished within 0.1 s')
    const client = await bench.client(port, { tls: made.client('one') })
    expect(kind((await client.ask(query('AFTER'))).answer)).toBe('NO MATCH')
  })

  it('a gateway that stops does not wait for them', async () => {
    const gateway = await bench.gateway(dir, { links, listen: [{ port: 0, tls: made.tls }] })
    const pending = await silent(gateway.port)
    await gateway.close()
    await closed(pending)
  })

  it('a client that ends its side has ended the connection, and its place is free', async () => {
    const limited = links.map((link) => ({ ...link, limits: { connections: 1 } }))
    const { port } = await bench.gateway(dir, { links: limited, listen: [{ port: 0, tls: made.tls }] })
    for (let i = 0; i < 3; i++) {
      const half = { allowHalfOpen: true, host: '127.0.0.1', port }
      const socket = connectTls({ ...made.client('one'), ...half })
      bench.after(() => socket.destroy())
      await once(socket, 'secureConnect')
      socket.write(encodeFrame('stx-etx', query(`HALF${i}`)))
      await once(socket, 'data')
      socket.resume()
      socket.end()
      await once(socket, 'end')
      await until(() => lines('link down').length === i + 1)
    }
    expect(lines('link refused')).toEqual([])
    expect(lines('link down')[0]).toMatchObject({ link: 'ONE', cn: 'one', why: 'closed by the other side' })
  })
})

describe('connections of a link', () => {
  const why = 'link ZZ has as many connections as it may: 2'
  const links = [
    { name: 'ZZ', oris: ['ZZ*'], limits: { connections: 2 } },
    { name: 'REST', oris: ['*'] },
  ]

  it('of a listener: one too many is closed, and gets its place when one has gone', async () => {
    const { port } = await bench.gateway(dir, { links, listen: [{ port: 0, link: 'ZZ' }] })
    const first = await bench.client(port)
    const second = await bench.client(port)
    await Promise.all([first.ask(query('C1')), second.ask(query('C2'))])
    const third = await bench.client(port)
    await expect(third.closed).resolves.toMatchObject({ by: 'gateway' })
    await until(() => lines('link refused').length > 0)
    expect(lines('link refused')[0]).toMatchObject({ link: 'ZZ', why })
    expect(lines('link up')).toHaveLength(2)
    await first.close()
    await until(() => lines('link down').length === 1)
    const fourth = await bench.client(port)
    expect(kind((await fourth.ask(query('C4'))).answer)).toBe('NO MATCH')
    await second.ask(query('C5'))
    expect(lines('link down')).toHaveLength(1)
  })

  it('bound by a message: what that asked is answered over the others, and nothing is lost', async () => {
    const { port } = await bench.gateway(dir, { links })
    const first = await bench.client(port)
    const second = await bench.client(port)
    await Promise.all([first.ask(query('B1')), second.ask(query('B2'))])
    const third = await bench.client(port)
    third.send(query('B3'))
    await expect(third.closed).resolves.toMatchObject({ by: 'gateway' })
    const over = []
    for await (const each of third) over.push(each)
    // It is told so in the protocol's own words; what it asked may have gone out over it or not.
    const [told] = over.splice(
      over.findIndex(({ key }) => key === 'SM'),
      1,
    )
    expect(told?.lines).toEqual([
      '.04. USER OUT OF SERVICE FOR MSG TYPE, NLETS WILL NOT FORWARD',
      'LINK: MORE CONNECTIONS THAN AGREED',
      expect.stringContaining('SYNTHETIC TEST DATA'),
    ])
    const elsewhere = await take(first, 2 - over.length)
    expect([...over, ...elsewhere].map(({ control }) => control)).toEqual(['B3', 'B3'])
    await until(() => lines('link refused').length > 0)
    expect(lines('link refused')[0]).toMatchObject({ link: 'ZZ', why })
    // Whoever belongs to another link is not concerned.
    const other = await bench.client(port)
    expect(kind((await other.ask(query('B4', {}, 'DCUSSS000'))).answer)).toBe('NO MATCH')
  })
})

describe('idle', () => {
  it('a connection that carries keep-alives only is closed', async () => {
    const links = [{ name: 'ZZ', oris: ['ZZ*'], idle: '800ms', keepalive: '300ms' }]
    const { port } = await bench.gateway(dir, { links })
    const client = await bench.client(port)
    await client.ask(query('IDLE'))
    // The client answers keep-alives by itself.
    await expect(client.closed).resolves.toMatchObject({ by: 'gateway' })
    await until(() => lines('link down').length > 0)
    expect(lines('link down')[0]).toMatchObject({ link: 'ZZ', why: 'idle' })
  })

  it('one that never says who it is too, where every link has a limit', async () => {
    const links = [
      { name: 'ZZ', oris: ['ZZ*'], idle: '10ms' },
      { name: 'REST', oris: ['*'], idle: '50ms' },
    ]
    const { port } = await bench.gateway(dir, { links })
    await closed(await silent(port))
    await until(() => lines('link down').length > 0)
    expect(lines('link down')[0]).toMatchObject({ why: 'idle' })
  })

  it('one that works stays: each message counts anew', async () => {
    const links = [{ name: 'ZZ', oris: ['ZZ*'], idle: '1s' }]
    const { port } = await bench.gateway(dir, { links })
    const busy = await bench.client(port)
    const idle = await bench.client(port)
    await Promise.all([busy.ask(query('BUSY')), idle.ask(query('IDLE'))])
    let gone = false
    void idle.closed.then(() => {
      gone = true
    })
    while (!gone) await busy.ask(query('BUSY'))
    await busy.ask(query('STILL'))
  })
})

describe('refusals', () => {
  it('the first of a kind is said at once, the rest drawn together; notes are as the lines', async () => {
    const notes: Details[] = []
    const log = openLog({
      level: 'info',
      file: `${dir}/log/messages.log`,
      rotate: 1 << 20,
      keep: 1,
      stderr: false,
    })
    const refusals = new Refusals(log.logger, (what, details) => notes.push({ what, ...details }))
    for (let i = 0; i < 1000; i++) refusals.add({ kind: 'a', why: `a${i}` }, 'here', { peer: `p${i}` })
    refusals.add({ kind: 'b', why: 'b' }, 'here', {})
    refusals.add({ kind: 'a', why: 'a' }, 'there', {})
    expect(notes.map(({ why }) => why)).toEqual(['a0', 'b', 'a'])
    refusals.close()
    expect(notes.at(-1)).toEqual({ what: 'link refused', at: 'here', peer: 'p999', why: 'a999', count: 999 })
    expect(notes).toHaveLength(4)
    await log.close()
    expect(lines('link refused').map(({ count }) => count)).toEqual([undefined, undefined, undefined, 999])
  })
})
