import { once } from 'node:events'
import { appendFileSync, cpSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { connect as connectTls } from 'node:tls'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Client } from '../../src/client/index.js'
import type { Gateway } from '../../src/gateway/index.js'
import { Bench, kind, query, readLog, until } from '../gateway/helpers.js'
import { Certificates } from './certificates.js'

const whole = new Bench()
let before: Certificates
let after: Certificates
let bench: Bench
let data: string
/** The files that the gateway of a test uses. */
let dir: string

const links = [
  { name: 'ONE', oris: ['ZZ00101*'], certificate: 'one' },
  { name: 'TWO', oris: ['ZZ00103*'], certificate: 'two' },
]
const FILES = ['server.key', 'server.pem', 'ca.pem', 'denied.txt']

beforeAll(() => {
  before = new Certificates(whole.folder(), ['one', 'two'])
  after = new Certificates(whole.folder(), ['one', 'two'])
})
afterAll(() => whole[Symbol.asyncDispose]())
beforeEach(() => {
  bench = new Bench()
  data = bench.folder()
  dir = bench.folder()
  for (const name of FILES) cpSync(before.file(name), join(dir, name))
})
afterEach(() => bench[Symbol.asyncDispose]())

const listen = (): object[] => {
  const [key, cert, clientCa, denied] = FILES.map((name) => join(dir, name))
  return [{ port: 0, tls: { key, cert, clientCa, denied } }]
}

const lines = (msg: string): Record<string, unknown>[] => readLog(data).filter((each) => each.msg === msg)

/** Fingerprint of what the gateway shows to whoever comes now. */
async function shown(port: number): Promise<string> {
  const socket = connectTls({ host: '127.0.0.1', port, rejectUnauthorized: false, ...before.client('one') })
  socket.on('error', () => undefined)
  bench.after(() => socket.destroy())
  await once(socket, 'secureConnect')
  const { fingerprint256 } = socket.getPeerCertificate()
  socket.destroy()
  return fingerprint256
}

const link = (port: number, name: string, by = before): Promise<Client> =>
  bench.client(port, { tls: { ...by.client(name), rejectUnauthorized: false } })

const answered = async (client: Client, ori = 'ZZ0010100'): Promise<string> =>
  kind((await client.ask(query('STILL', {}, ori))).answer)

/** Other files, as a careful program puts them there: each whole, in the place of the one before. */
function replace(...names: string[]): void {
  for (const name of names) {
    cpSync(after.file(name), join(dir, `${name}.new`))
    renameSync(join(dir, `${name}.new`), join(dir, name))
  }
}

describe('certificates', () => {
  let gateway: Gateway
  let port: number
  beforeEach(async () => {
    gateway = await bench.gateway(data, { links, listen: listen() })
    port = gateway.port
  })

  it('are read anew when they change; open links stay', async () => {
    const open = await link(port, 'one')
    expect(await answered(open)).toBe('NO MATCH')
    expect(await shown(port)).toBe(before.fingerprint('server'))
    replace('server.key', 'server.pem')
    await until(() => lines('certificates read').length > 0)
    expect(lines('certificates read')[0]).toMatchObject({
      file: join(dir, 'server.pem'),
      cn: 'localhost',
      sha256: after.fingerprint('server').replaceAll(':', '').toLowerCase(),
    })
    expect(await shown(port)).toBe(after.fingerprint('server'))
    expect(await answered(open)).toBe('NO MATCH')
    expect(lines('link down').filter(({ conn }) => conn === 1)).toEqual([])
  })

  it('are read anew when they are asked to be', async () => {
    const open = await link(port, 'one')
    replace('server.key', 'server.pem')
    gateway.reload()
    expect(await shown(port)).toBe(after.fingerprint('server'))
    expect(await answered(open)).toBe('NO MATCH')
  })

  it('half of a pair is said once and left; the whole pair is taken', async () => {
    replace('server.key')
    const refused = (): Record<string, unknown>[] =>
      lines('certificate not taken: the one before stays in use')
    await until(() => refused().length > 0)
    expect(refused()[0]?.why).toMatch(/server\.pem: does not belong to the key .*server\.key/)
    expect(await shown(port)).toBe(before.fingerprint('server'))
    writeFileSync(join(dir, 'server.pem'), after.read('server.pem').slice(0, 100))
    await until(() => refused().length > 1)
    expect(refused()[1]?.why).toMatch(/server\.pem: is no PEM certificate/)
    expect(await shown(port)).toBe(before.fingerprint('server'))
    writeFileSync(join(dir, 'server.pem'), after.read('server.pem'))
    await until(() => lines('certificates read').length > 0)
    expect(await shown(port)).toBe(after.fingerprint('server'))
    expect(refused()).toHaveLength(2)
  })

  it('a file that is gone for a while is no reason to forget it', async () => {
    rmSync(join(dir, 'server.key'))
    gateway.reload()
    expect(await shown(port)).toBe(before.fingerprint('server'))
    cpSync(before.file('server.key'), join(dir, 'server.key'))
    gateway.reload()
    await until(() => lines('certificates read').length > 0)
    expect(lines('certificate not taken: the one before stays in use')[0]?.why).toMatch(
      /server\.key: no such file/,
    )
  })

  it('another authority: its clients come in, those of the one before no more', async () => {
    const open = await link(port, 'one')
    expect(await answered(open)).toBe('NO MATCH')
    await expect((await link(port, 'one', after)).closed).resolves.toMatchObject({ by: 'gateway' })
    replace('ca.pem')
    gateway.reload()
    expect(await answered(await link(port, 'one', after))).toBe('NO MATCH')
    await expect((await link(port, 'one')).closed).resolves.toMatchObject({ by: 'gateway' })
    expect(await answered(open)).toBe('NO MATCH')
  })
})

describe('denied while it is open', () => {
  const why = 'certificate is on the denied list'

  it.each([
    ['by name', () => 'one'],
    ['by fingerprint', () => `sha256:${before.fingerprint('one')}`],
  ])('%s: the connection ends, the next is refused, others stay', async (_, entry) => {
    const { port } = await bench.gateway(data, { links, listen: listen() })
    const open = await link(port, 'one')
    const other = await link(port, 'two')
    expect(await answered(open)).toBe('NO MATCH')
    expect(await answered(other, 'ZZ0010300')).toBe('NO MATCH')
    appendFileSync(join(dir, 'denied.txt'), `${entry()}\n`)
    await expect(open.closed).resolves.toBeDefined()
    await until(() => lines('link down').length > 0)
    expect(lines('link down')).toEqual([expect.objectContaining({ link: 'ONE', cn: 'one', why })])
    await expect((await link(port, 'one')).closed).resolves.toBeDefined()
    await until(() => lines('link refused').length > 0)
    expect(lines('link refused')[0]).toMatchObject({ cn: 'one', why })
    expect(await answered(other, 'ZZ0010300')).toBe('NO MATCH')
  })

  it('holds although the certificates beside it are no good; a list with a wrong line changes nothing', async () => {
    const gateway = await bench.gateway(data, { links, listen: listen() })
    const open = await link(gateway.port, 'one')
    expect(await answered(open)).toBe('NO MATCH')
    writeFileSync(join(dir, 'server.pem'), 'nonsense')
    writeFileSync(join(dir, 'denied.txt'), 'one\nsha256:short\n')
    gateway.reload()
    await until(() => lines('denied list not taken: the one before stays in use').length > 0)
    expect(lines('denied list not taken: the one before stays in use')[0]?.why).toMatch(
      /denied\.txt:2: sha256: and 64/,
    )
    expect(await answered(open)).toBe('NO MATCH')
    writeFileSync(join(dir, 'denied.txt'), 'one\n')
    gateway.reload()
    await expect(open.closed).resolves.toBeDefined()
  })
})

describe('SIGHUP', () => {
  it('reads them anew, and ends nothing', async () => {
    const config = join(dir, 'iaq-gateway.yaml')
    const [key, cert, clientCa, denied] = FILES
    // Relative paths count from the file's folder.
    writeFileSync(config, JSON.stringify({ links, listen: [{ tls: { key, cert, clientCa, denied } }] }))
    const served = await bench.serve(data, '--config', config)
    const open = await link(served.port, 'one')
    expect(await answered(open)).toBe('NO MATCH')
    replace('server.key', 'server.pem')
    served.child.kill('SIGHUP')
    await until(() => served.lines.some((line) => line.includes('certificates read')))
    expect(await shown(served.port)).toBe(after.fingerprint('server'))
    expect(await answered(open)).toBe('NO MATCH')
    expect(readFileSync(join(data, 'log', 'messages.log'), 'utf8')).not.toContain('PRIVATE KEY')
    expect(await served.stop()).toBe(0)
  })
})
