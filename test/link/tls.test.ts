import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { connect as connectPlain } from 'node:net'
import { join } from 'node:path'
import { type ConnectionOptions, connect as connectTls } from 'node:tls'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Client } from '../../src/client/index.js'
import { encodeFrame } from '../../src/frame/index.js'
import { Bench, kind, query, readLog, until } from '../gateway/helpers.js'
import { Certificates, daysFromNow } from './certificates.js'

const whole = new Bench()
let made: Certificates
let foreign: Certificates
let bench: Bench

beforeAll(() => {
  made = new Certificates(whole.folder(), ['one', 'two', 'nobody', 'barred'])
  foreign = new Certificates(whole.folder(), ['forged'])
  made.selfSigned('self')
  made.selfSigned('strange', '/CN=one/CN=barred')
  made.dated('old', daysFromNow(-9), daysFromNow(-3))
  made.dated('early', daysFromNow(3), daysFromNow(9))
  made.dated('many', daysFromNow(-1), daysFromNow(1), '/CN=one/CN=two')
  made.dated('rude', daysFromNow(-1), daysFromNow(1), `/CN=${'\u0007\u001b[2J'.padEnd(60, 'x')}`)
  writeFileSync(made.file('denied'), `# gone since May\nbarred # lost key\n`)
})
afterAll(() => whole[Symbol.asyncDispose]())
beforeEach(() => {
  bench = new Bench()
})
afterEach(() => bench[Symbol.asyncDispose]())

/** Connects with a client certificate and asks; what came, or how the connection ended. */
async function ask(port: number, name: string | undefined, ori: string): Promise<string> {
  let client: Client
  try {
    client = await bench.client(port, { tls: made.client(name) })
    return kind((await client.ask(query('TLS', {}, ori), 5000)).answer)
  } catch {
    return 'refused'
  }
}

/** Says a query as soon as TLS lets it, whatever the gateway thinks of the certificate; resolves when it is closed. */
async function push(port: number, options: ConnectionOptions): Promise<void> {
  const socket = connectTls({ host: '127.0.0.1', port, rejectUnauthorized: false, ...options })
  socket.on('error', () => undefined)
  socket.once('secureConnect', () => socket.write(encodeFrame('stx-etx', query('PUSHED'))))
  socket.resume()
  bench.after(() => socket.destroy())
  await new Promise((done) => socket.once('close', done))
}

/** The same without TLS; without bytes it ends its side at once. */
async function pushPlain(port: number, bytes: Buffer | undefined): Promise<void> {
  const socket = connectPlain({ host: '127.0.0.1', port })
  socket.on('error', () => undefined)
  socket.resume()
  if (bytes) socket.write(bytes)
  else socket.end()
  await new Promise((done) => socket.once('close', done))
}

const TLS_1_1: ConnectionOptions = {
  minVersion: 'TLSv1',
  maxVersion: 'TLSv1.1',
  ciphers: 'DEFAULT@SECLEVEL=0',
}

const lines = (data: string, msg: string): Record<string, unknown>[] =>
  readLog(data).filter((each) => each.msg === msg)

describe('client certificates', () => {
  it('each belongs to its link', async () => {
    const links = [
      { name: 'ONE', oris: ['ZZ00101*'], certificate: 'one' },
      { name: 'TWO', oris: ['ZZ00103*'], certificate: `sha256:${made.fingerprint('two')}` },
      { name: 'REST', oris: ['*'] },
    ]
    const data = bench.folder()
    const { clientCa: _, ...unasking } = made.tls
    const listen = [
      { port: 0, tls: made.tls },
      { port: 0 },
      { port: 0, link: 'ONE' },
      { port: 0, link: 'TWO', tls: made.tls },
      { port: 0, tls: unasking },
      { port: 0, link: 'REST', tls: made.tls },
    ]
    const gateway = await bench.gateway(data, { links, listen })
    const [secure = 0, plain = 0, plainOne = 0, secureTwo = 0, unasked = 0, rest = 0] = gateway.addresses.map(
      ({ port }) => port,
    )
    expect(await ask(secure, 'one', 'ZZ0010100')).toBe('NO MATCH')
    expect(await ask(secure, 'one', 'ZZ0010300')).toBe('.01.')
    expect(await ask(secure, 'two', 'ZZ0010300')).toBe('NO MATCH')
    // The listener's link first; it takes its own certificate only.
    expect(await ask(secureTwo, 'two', 'ZZ0010300')).toBe('NO MATCH')
    expect(await ask(secureTwo, 'one', 'ZZ0010300')).toBe('refused')
    expect(await ask(rest, 'one', 'DCUSSS000')).toBe('NO MATCH')
    expect(await ask(rest, 'nobody', 'DCUSSS000')).toBe('refused')
    // Without a certificate nothing gets to a link that has one: the first without takes it.
    expect(await ask(unasked, undefined, 'ZZ0010100')).toBe('NO MATCH')
    const open = await bench.client(plain)
    await open.ask(query('P1'))
    const shut = await bench.client(plainOne)
    await expect(shut.closed).resolves.toBeDefined()
    await until(() => readLog(data).some((each) => each.ctl === 'P1' && each.link === 'REST'))
    await until(() => lines(data, 'link refused').length >= 3)
    const own = { link: 'ONE', why: 'link ONE takes its own certificate only' }
    expect(lines(data, 'link refused')).toContainEqual(expect.objectContaining(own))
    const up = { link: 'TWO', cn: 'two', sha256: expect.stringMatching(/^[0-9a-f]{64}$/) }
    expect(lines(data, 'link up')).toContainEqual(expect.objectContaining(up))
  })

  it('a first message does not bind to a link that has a certificate', async () => {
    const links = [{ name: 'ONE', oris: ['ZZ*'], certificate: 'one' }]
    const listen = [{ port: 0 }, { port: 0, tls: made.tls }]
    const { port } = await bench.gateway(bench.folder(), { links, listen })
    const client = await bench.client(port)
    expect(kind((await client.ask(query('NB'), 5000)).answer)).toBe('.01.')
  })
})

describe('whoever is refused is named, and nothing of what he says gets in', () => {
  const links = [
    { name: 'ONE', oris: ['ZZ*'], certificate: 'one' },
    { name: 'TWO', oris: ['ZZ*'], certificate: 'two' },
    { name: 'BARRED', oris: ['ZZ*'], certificate: 'barred' },
  ]
  const own = (name: string): ConnectionOptions => made.client(name)
  const frame = encodeFrame('stx-etx', query('PUSHED'))
  const plain = 'plain text on a TLS port: the other side must connect with TLS'
  /** Case, common name in the line, what the client does, why. Each has a listener of its own. */
  const cases: [string, string | undefined, (port: number) => Promise<void>, RegExp | string][] = [
    ['expired', 'old', (port) => push(port, own('old')), /^certificate expired on \w+ +\d+ /],
    [
      'not yet valid',
      'early',
      (port) => push(port, own('early')),
      /^certificate is not valid before \w+ +\d+ /,
    ],
    [
      'another authority',
      'forged',
      (port) => push(port, foreign.client('forged')),
      'certificate was signed by another authority than clientCa: CN=iaq-gateway test authority',
    ],
    ['self-signed', 'self', (port) => push(port, own('self')), /^certificate is self-signed/],
    [
      'self-signed, good names',
      'one, barred',
      (port) => push(port, own('strange')),
      /^certificate is self-signed/,
    ],
    ['two names, both good', 'one, two', (port) => push(port, own('many')), 'no link has this certificate'],
    ['no link', 'nobody', (port) => push(port, own('nobody')), 'no link has this certificate'],
    [
      'a rude name',
      `??[2J${'x'.repeat(55)}`,
      (port) => push(port, own('rude')),
      'no link has this certificate',
    ],
    ['another link', 'one', (port) => push(port, own('one')), 'link TWO takes its own certificate only'],
    ['denied', 'barred', (port) => push(port, own('barred')), 'certificate is on the denied list'],
    ['a server', 'localhost', (port) => push(port, own('server')), /^certificate is not meant for clients/],
    ['none', undefined, (port) => push(port, {}), 'no certificate shown'],
    ['TLS 1.1', undefined, (port) => push(port, TLS_1_1), /^TLS protocol version too old: 1\.2 or later/],
    ['a frame', undefined, (port) => pushPlain(port, frame), plain],
    ['a frame with a length', undefined, (port) => pushPlain(port, encodeFrame('length', 'PUSHED')), plain],
    ['a frame with a pattern', undefined, (port) => pushPlain(port, encodeFrame('pattern', 'PUSHED')), plain],
    ['HTTP', undefined, (port) => pushPlain(port, Buffer.from('GET / HTTP/1.1\r\n\r\n')), plain],
    ['nothing', undefined, (port) => pushPlain(port, undefined), 'the other side ended the TLS handshake'],
  ]
  const shared = new Bench()
  const data = shared.folder()
  let ports: number[] = []

  beforeAll(async () => {
    const tls = { ...made.tls, denied: made.file('denied') }
    const listen = cases.map(([name]) => ({
      port: 0,
      tls,
      ...(name === 'another link' ? { link: 'TWO' } : {}),
    }))
    ports = (await shared.gateway(data, { links, listen })).addresses.map(({ port }) => port)
  })
  afterAll(() => shared[Symbol.asyncDispose]())

  it.each(cases.map((each, i) => [each[0], i] as const))('%s', async (_, i) => {
    const [name, cn, act, why] = cases[i]!
    const port = ports[i]!
    const refused = (): Record<string, unknown>[] =>
      lines(data, 'link refused').filter(({ at }) => at === `127.0.0.1:${port}`)
    await act(port)
    await until(() => refused().length > 0)
    const [line] = refused()
    expect(line).toMatchObject({ level: 40, peer: expect.stringMatching(/^127\.0\.0\.1:\d+$/) })
    if (typeof why === 'string') expect(line?.why).toBe(why)
    else expect(line?.why).toMatch(why)
    expect(line?.cn).toBe(cn)
    if (cn === undefined) expect(line?.sha256).toBeUndefined()
    else expect(line?.sha256).toMatch(/^[0-9a-f]{64}$/)
    expect(await ask(port, name === 'another link' ? 'two' : 'one', 'ZZ0010100')).toBe('NO MATCH')
    expect(refused()).toHaveLength(1)
    const heard = readLog(data).filter(({ dir }) => dir === 'in')
    expect(heard.filter(({ ctl }) => ctl !== 'TLS')).toEqual([])
  })

  it('a session of before opens no door: every connection shows its certificate', async () => {
    const { port } = await bench.gateway(bench.folder(), { links, listen: [{ port: 0, tls: made.tls }] })
    const socket = connectTls({ host: '127.0.0.1', port, ...made.client('one'), maxVersion: 'TLSv1.2' })
    bench.after(() => socket.destroy())
    await once(socket, 'secureConnect')
    const session = socket.getSession()
    const again = connectTls({
      host: '127.0.0.1',
      port,
      ...made.client('one'),
      maxVersion: 'TLSv1.2',
      session,
    })
    bench.after(() => again.destroy())
    await once(again, 'secureConnect')
    expect(again.isSessionReused()).toBe(false)
  })
})

describe('does not begin with a bad file', () => {
  const bad = (name: string, text: string): string => {
    writeFileSync(made.file(name), text)
    return made.file(name)
  }
  it.each<[string, () => Record<string, string>, RegExp]>([
    ['no such file', () => ({ cert: 'none.pem' }), /none\.pem: no such file/],
    ['a folder', () => ({ key: made.dir }), /: can't be read: EISDIR/],
    [
      'a certificate that is none',
      () => ({ cert: made.file('server.key') }),
      /server\.key: is no PEM certificate/,
    ],
    [
      'a broken certificate',
      () => ({ cert: bad('broken', CUT) }),
      /broken: holds a certificate that can't be read/,
    ],
    ['a key that is none', () => ({ key: made.file('ca.pem') }), /ca\.pem: is no PEM private key/],
    ['a key with a passphrase', () => ({ key: bad('locked', LOCKED) }), /locked: key has a passphrase/],
    [
      'key of another certificate',
      () => ({ key: made.file('one.key') }),
      /server\.pem: does not belong to the key .*one\.key/,
    ],
    [
      'expired',
      () => ({ cert: made.file('old.pem'), key: made.file('old.key') }),
      /old\.pem: certificate expired on/,
    ],
    ['early', () => ({ cert: made.file('early.pem'), key: made.file('early.key') }), /is not valid before/],
    [
      'an authority that is none',
      () => ({ clientCa: made.file('ca.key') }),
      /ca\.key: is no PEM certificate/,
    ],
    [
      'an authority of the past',
      () => ({ clientCa: made.file('old.pem') }),
      /old\.pem: certificate expired on/,
    ],
    ['a denied list that is not there', () => ({ denied: made.file('none') }), /none: no such file/],
    [
      'a denied list with wrong lines',
      () => ({ denied: bad('list', `fine\nsha256:12\n\n${'ab'.repeat(32)}\nsha1:ab\na\u0007b\n`) }),
      /^(?=[\s\S]*list:2: sha256: and 64)(?=[\s\S]*list:4: looks like a fingerprint)(?=[\s\S]*list:5: only)[\s\S]*list:6: holds/,
    ],
  ])('%s', async (_, files, text) => {
    const data = join(bench.folder(), 'data')
    const links = [{ name: 'ONE', oris: ['ZZ*'], certificate: 'one' }]
    const listen = [{ port: 0, tls: { ...made.tls, ...files() } }]
    await expect(bench.gateway(data, { links, listen })).rejects.toThrow(text)
    expect(() => readFileSync(join(data, 'log', 'messages.log'))).toThrow('ENOENT')
  })

  it('a denied list where nobody shows a certificate', async () => {
    const { key, cert } = made.tls
    const listen = [{ port: 0, tls: { key, cert, denied: made.file('denied') } }]
    await expect(bench.gateway(bench.folder(), { listen })).rejects.toThrow('set clientCa too')
  })
})

const CUT = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n'
const LOCKED = '-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIB\n-----END ENCRYPTED PRIVATE KEY-----\n'
