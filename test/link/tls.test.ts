import { execFileSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Client } from '../../src/client/index.js'
import { Bench, kind, query, readLog, until } from '../gateway/helpers.js'

const whole = new Bench()
const dir = whole.folder()
const file = (name: string): string => join(dir, name)
let bench: Bench

const openssl = (...args: string[]): void => void execFileSync('openssl', args, { cwd: dir, stdio: 'ignore' })

/** A certificate that `ca` signed, or one of its own. */
function certificate(name: string, ca?: string): void {
  const key = [
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:prime256v1',
    '-nodes',
    '-keyout',
    `${name}.key`,
  ]
  if (!ca) {
    openssl('req', '-x509', ...key, '-out', `${name}.pem`, '-subj', `/CN=${name}`, '-days', '2')
    return
  }
  openssl('req', ...key, '-out', `${name}.csr`, '-subj', `/CN=${name}`)
  writeFileSync(file(`${name}.ext`), 'subjectAltName=IP:127.0.0.1')
  const by = ['-CA', `${ca}.pem`, '-CAkey', `${ca}.key`, '-CAcreateserial', '-extfile', `${name}.ext`]
  openssl('x509', '-req', '-in', `${name}.csr`, ...by, '-out', `${name}.pem`, '-days', '2')
}

beforeAll(() => {
  certificate('ca')
  certificate('foreign-ca')
  for (const name of ['centre', 'one', 'two', 'nobody']) certificate(name, 'ca')
  certificate('forged', 'foreign-ca')
})
afterAll(() => whole[Symbol.asyncDispose]())
beforeEach(() => {
  bench = new Bench()
})
afterEach(() => bench[Symbol.asyncDispose]())

const tls = { key: file('centre.key'), cert: file('centre.pem') }
const withClients = { ...tls, clientCa: file('ca.pem') }

/** Connects with a client certificate and asks; what came, or how the connection ended. */
async function ask(port: number, name: string | undefined, ori: string): Promise<string> {
  const own =
    name === undefined
      ? {}
      : { key: readFileSync(file(`${name}.key`)), cert: readFileSync(file(`${name}.pem`)) }
  let client: Client
  try {
    client = await bench.client(port, { tls: { ca: readFileSync(file('ca.pem')), ...own } })
    return kind((await client.ask(query('TLS', {}, ori), 5000)).answer)
  } catch {
    return 'refused'
  }
}

describe('TLS', () => {
  it('with client certificates: each belongs to its link', async () => {
    const fingerprint = new X509Certificate(readFileSync(file('two.pem'))).fingerprint256
    const links = [
      { name: 'ONE', oris: ['ZZ00101*'], certificate: 'one' },
      { name: 'TWO', oris: ['ZZ00103*'], certificate: `sha256:${fingerprint}` },
      { name: 'REST', oris: ['*'] },
    ]
    const data = bench.folder()
    const listen = [
      { port: 0, tls: withClients },
      { port: 0 },
      { port: 0, link: 'ONE' },
      { port: 0, link: 'TWO', tls: withClients },
      { port: 0, tls },
      { port: 0, link: 'REST', tls: withClients },
    ]
    const gateway = await bench.gateway(data, { links, listen })
    const [secure = 0, plain = 0, plainOne = 0, secureTwo = 0, unasked = 0, rest = 0] = gateway.addresses.map(
      ({ port }) => port,
    )
    expect(await ask(secure, 'one', 'ZZ0010100')).toBe('NO MATCH')
    expect(await ask(secure, 'one', 'ZZ0010300')).toBe('.01.')
    expect(await ask(secure, 'two', 'ZZ0010300')).toBe('NO MATCH')
    // A certificate that no link names, one that another authority signed, and none at all.
    expect(await ask(secure, 'nobody', 'ZZ0010100')).toBe('refused')
    expect(await ask(secure, 'forged', 'ZZ0010100')).toBe('refused')
    expect(await ask(secure, undefined, 'ZZ0010100')).toBe('refused')
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
    await until(() => readLog(data).filter((each) => String(each.msg).startsWith('link refused')).length >= 6)
    const whys = readLog(data).flatMap(({ why }) => (why === undefined ? [] : [String(why)]))
    expect(whys).toContain('no link has this certificate')
    expect(whys).toContain('link ONE takes its own certificate only')
  })

  it('a first message does not bind to a link that has a certificate', async () => {
    const links = [{ name: 'ONE', oris: ['ZZ*'], certificate: 'one' }]
    const listen = [{ port: 0 }, { port: 0, tls: withClients }]
    const { port } = await bench.gateway(bench.folder(), { links, listen })
    const client = await bench.client(port)
    expect(kind((await client.ask(query('NB'), 5000)).answer)).toBe('.01.')
  })

  it.each([
    ['no such file', { key: 'none.key', cert: 'none.pem' }, /none\.pem: can't be read/],
    [
      'key of another certificate',
      { key: file('one.key'), cert: file('centre.pem') },
      /centre\.pem: with .*one\.key/,
    ],
  ])('does not begin with a bad file: %s', async (_, files, text) => {
    const data = join(bench.folder(), 'data')
    await expect(bench.gateway(data, { listen: [{ port: 0, tls: files }] })).rejects.toThrow(text)
    expect(() => readFileSync(join(data, 'log', 'messages.log'))).toThrow('ENOENT')
  })

  it('does not begin with a certificate that has expired', async () => {
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', 'old.key']
    openssl('req', ...key, '-out', 'old.csr', '-subj', '/CN=old')
    const by = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '-1']
    openssl('x509', '-req', '-in', 'old.csr', ...by, '-out', 'old.pem')
    const listen = [{ port: 0, tls: { key: file('old.key'), cert: file('old.pem') } }]
    await expect(bench.gateway(bench.folder(), { listen })).rejects.toThrow('certificate expired on')
  })
})
