import { hostname } from 'node:os'
import { describe, expect, it } from 'vitest'
import { FaultError, isLoopback, loadConfig, loopbackAddress } from '../../src/config/index.js'

const OWN = [
  '127.0.0.1',
  '127.8.9.1',
  '::1',
  '0:0:0:0:0:0:0:1',
  '::ffff:127.0.0.1',
  '::ffff:7f00:1',
  'localhost',
  'LocalHost',
]
const ELSEWHERE = [
  '0.0.0.0',
  '::',
  '::ffff:0.0.0.0',
  '::ffff:10.0.0.1',
  '10.0.0.1',
  'fe80::1%eth0',
  '::2',
  '127.0.0.999',
  '127.1',
  'localhost.example',
  '',
]

const faults = (flags: Readonly<Record<string, unknown>>): string => {
  try {
    loadConfig({ flags })
    return ''
  } catch (error) {
    if (error instanceof FaultError) return error.message
    throw error
  }
}

describe('plain TCP', () => {
  it.each(OWN)('%s is this machine', (host) => {
    expect(isLoopback(host)).toBe(true)
    expect(faults({ 'listen.0.host': host, 'admin.host': host, 'admin.port': 1 })).toBe('')
  })

  it.each([...ELSEWHERE, hostname()])('%s is refused unless that is said', (host) => {
    expect(isLoopback(host)).toBe(false)
    expect(faults({ 'listen.0.host': host })).toMatch(
      /listen\.0\.host: .* is not a loopback address: .*plaintext: yes/,
    )
    expect(faults({ 'listen.0.host': host, 'listen.0.plaintext': 'no' })).not.toBe('')
    expect(faults({ 'listen.0.host': host, 'listen.0.plaintext': 'yes' })).toBe('')
    expect(faults({ 'admin.host': host, 'admin.port': 1 })).toMatch(
      /admin\.host: .* is not a loopback address/,
    )
    expect(faults({ 'admin.host': host, 'admin.port': 1, 'admin.plaintext': true })).toBe('')
  })

  it('a name is looked up before it is listened on', async () => {
    expect(await loopbackAddress('::1')).toBe('::1')
    expect(isLoopback(await loopbackAddress('localhost'))).toBe(true)
    const to =
      (...addresses: string[]) =>
      () =>
        Promise.resolve(addresses)
    expect(await loopbackAddress('localhost', to('127.0.0.1', '::1'))).toBe('127.0.0.1')
    await expect(loopbackAddress('localhost', to('127.0.0.1', '192.0.2.1'))).rejects.toThrow(
      'localhost stands for 192.0.2.1, which is not a loopback address',
    )
    await expect(loopbackAddress('localhost', to())).rejects.toThrow('stands for no address')
    await expect(loopbackAddress('10.0.0.1')).rejects.toThrow('10.0.0.1')
  })
})

describe('limits of links and TLS', () => {
  it('are off unless they are set', () => {
    const { links } = loadConfig({ flags: { links: [{ name: 'ZZ', oris: ['*'] }] } })
    expect(links[0]).toMatchObject({ idle: 0, limits: {} })
  })

  it.each([
    [{ limits: { connections: 0 } }, /limits\.connections/],
    [{ limits: { rate: 0 } }, /limits\.rate/],
    [{ limits: { waiting: 1.5 } }, /limits\.waiting/],
    [{ limits: { speed: 1 } }, /speed/],
    [{ idle: 'soon' }, /idle.*is no duration/],
  ])('%j is a fault', (more, text) => {
    expect(faults({ links: [{ name: 'ZZ', oris: ['*'], ...more }] })).toMatch(text)
  })

  it.each([
    [{ handshake: '11s' }, /at most 10s/],
    [{ handshake: '0s' }, /at most 10s/],
    [{ handshakes: 0 }, /handshakes/],
  ])('%j is a fault', (more, text) => {
    expect(faults({ listen: [{ tls: { key: 'k', cert: 'c', ...more } }] })).toMatch(text)
  })
})
