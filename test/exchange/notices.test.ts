import { describe, expect, it } from 'vitest'
import { loadConfig } from '../../src/config/index.js'
import { type AuditEntry, AuditView } from '../../src/exchange/index.js'
import { journalDir } from '../../src/gateway/index.js'
import { Journal } from '../../src/store/index.js'
import { bench, dir, eachTest, kind, query, SUBJECT, take, until } from '../gateway/helpers.js'

eachTest()

const BANNER = '*** LAW ENFORCEMENT SENSITIVE - SYNTHETIC TEST DATA ***'
const links = [
  { name: 'ZZ', oris: ['ZZ*'] },
  { name: 'REST', oris: ['*'] },
]

/** What the audit trail has of a kind. */
function trail(what: string): AuditEntry[] {
  const view = new AuditView()
  const entries: AuditEntry[] = []
  Journal.scan({
    dir: journalDir(loadConfig({ flags: { data: dir } }).data),
    whole: true,
    onRecord: (record) => void entries.push(...view.take(record)),
  })
  return entries.filter((each) => each.what === what)
}

describe('in and out of service', () => {
  it('each link is told once after a start, and every connection on a stop', async () => {
    const gateway = await bench.gateway(dir, { links, 'notices.service': true })
    const first = await bench.client(gateway.port)
    const second = await bench.client(gateway.port)
    const other = await bench.client(gateway.port)
    first.send(query('S1'))
    const came = await take(first, 3)
    const told = came.filter(({ key }) => key === 'SM')
    expect(told.map(({ from, destination, lines }) => [from, destination, lines])).toEqual([
      ['NL0000000', 'ZZ0010100', ['NLETS IN SERVICE', BANNER]],
    ])
    await first.ask(query('S2'))
    await second.ask(query('S3', {}, 'ZZ0010300'))
    expect([first.poll(), second.poll()]).toEqual([undefined, undefined])
    other.send(query('S4', {}, 'DCUSSS000'))
    expect((await take(other, 3)).filter(({ key }) => key === 'SM')).toHaveLength(1)
    await gateway.close()
    for (const [client, ori] of [
      [first, 'ZZ0010100'],
      [second, 'ZZ0010300'],
      [other, 'DCUSSS000'],
    ] as const) {
      const [last] = await take(client, 1)
      expect(last).toMatchObject({ key: 'SM', destination: ori })
      expect(last?.lines).toEqual([
        expect.stringMatching(/^NLETS TEMPORARILY OUT OF SERVICE AS OF \d\d:\d\d$/),
        BANNER,
      ])
    }
  })

  it('has its count on the link, without a gap', async () => {
    const gateway = await bench.gateway(dir, { links, 'notices.service': true })
    const client = await bench.client(gateway.port)
    client.send(query('C1'))
    const came = await take(client, 3)
    await gateway.close()
    const last = await take(client, 1)
    expect([...came, ...last].map(({ outCount }) => outCount)).toEqual([1, 2, 3, 4])
  })

  it('waits for nobody: who comes later is told of the start only', async () => {
    const first = await bench.gateway(dir, { links, 'notices.service': true })
    const client = await bench.client(first.port)
    client.send(query('W1'))
    await take(client, 3)
    await client.close()
    await first.close()
    const second = await bench.gateway(dir, { links, 'notices.service': true })
    const again = await bench.client(second.port)
    again.send(query('W2'))
    const texts = (await take(again, 3)).filter(({ key }) => key === 'SM').map(({ lines }) => lines[0])
    expect(texts).toEqual(['NLETS IN SERVICE'])
  })

  it('is off unless the configuration asks for it', async () => {
    const gateway = await bench.gateway(dir, { links })
    const client = await bench.client(gateway.port)
    client.send(query('OFF'))
    const came = await take(client, 2)
    await gateway.close()
    expect(came.map(({ key }) => key)).toEqual(['IAR', 'IAR'])
    await expect(client.receive()).rejects.toThrow()
  })
})

describe('answers that wait', () => {
  it('longer than configured: the sender is told once, until none waits any more', async () => {
    const gateway = await bench.gateway(dir, { links, 'notices.waiting': '1s' })
    const client = await bench.client(gateway.port)
    client.send(query('N1', SUBJECT.never))
    const [acknowledgement, notice] = await take(client, 2)
    expect(kind(acknowledgement!)).toBe('ACKNOWLEDGEMENT')
    expect(notice).toMatchObject({ key: 'SM', destination: 'ZZ0010100', control: '' })
    expect(notice?.lines).toEqual(['.02. USER OUT OF SERVICE FOR MSG TYPE, NLETS WILL FORWARD', BANNER])
    // A second that waits is no news for the link; another link's is its own.
    const other = await bench.client(gateway.port)
    client.send(query('N2', SUBJECT.never))
    other.send(query('N3', SUBJECT.never, 'DCUSSS000'))
    expect((await take(other, 2)).map(({ key }) => key)).toEqual(['IAR', 'SM'])
    expect(kind((await take(client, 1))[0]!)).toBe('ACKNOWLEDGEMENT')
    await client.ping()
    expect(client.poll()).toBeUndefined()
  })
})

describe('links in the audit trail', () => {
  it('opened, closed and refused, with who and why', async () => {
    const few = [{ name: 'ZZ', oris: ['ZZ*'], limits: { connections: 1 } }]
    const gateway = await bench.gateway(dir, { links: few, listen: [{ port: 0, link: 'ZZ' }] })
    const client = await bench.client(gateway.port)
    await client.ask(query('A1'))
    const second = await bench.client(gateway.port)
    await second.closed
    await client.close()
    await until(() => trail('link closed').length === 1)
    const peer = expect.stringMatching(/^127\.0\.0\.1:\d+$/)
    expect(trail('link opened').map(({ details }) => details)).toEqual([
      expect.objectContaining({ link: 'ZZ', peer }),
    ])
    expect(trail('link closed')[0]?.details).toMatchObject({
      link: 'ZZ',
      peer,
      why: 'closed by the other side',
    })
    expect(trail('link refused').map(({ details }) => details)).toEqual([
      expect.objectContaining({
        link: 'ZZ',
        peer,
        why: 'link ZZ has as many connections as it may: 1',
      }),
    ])
  })
})
