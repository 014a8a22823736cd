import { describe, expect, it, vi } from 'vitest'
import { packageRoot } from '../../src/config/index.js'
import { operate } from '../../src/gateway/index.js'
import { loadTipRules } from '../../src/services/tips/index.js'
import { interestOf, officeOf, placeIn } from '../../src/services/tips/rules.js'
import { bench, dir, eachTest } from '../gateway/helpers.js'
import { bothWays, command, configOf, counted, relayed, SetClock, view } from './helpers.js'

vi.setConfig({ testTimeout: 120_000 })

eachTest()

const cli = (...args: string[]): ReturnType<typeof command> => command(...args, '--data', dir)
const figures = async (...more: string[]): Promise<unknown> =>
  JSON.parse((await cli('stats', '--json', ...more)).stdout)
const listed = (args: Readonly<Record<string, string | boolean>> = {}): ReturnType<typeof view> =>
  view(dir, 'tips', args)
const act = (action: string, args: Readonly<Record<string, string | boolean>>): Promise<unknown> =>
  operate(configOf(dir), { call: 'act', service: 'tips', action, args })
const HOUR = 3_600_000

describe('triage', () => {
  const rules = loadTipRules(`${packageRoot}/formats`)

  it.each([
    ['TIP WORKERS HELD AT A TEST FARM', 'EMPLOYMENT'],
    ['TIP A STASH HOUSE, AND DRUGS TOO', 'HUMAN SMUGGLING AND TRAFFICKING'],
    ['TIP DRUGS IN A TEST BOX', 'DRUGS'],
    ['TIP FAKE IDS FOR SALE', 'DOCUMENT AND BENEFIT FRAUD'],
    ['TIP A SOMETHING METHODICAL', 'DRUGS'],
    ['TIP THE REPLOYER OF TESTS', 'OTHER VIOLATIONS'],
    ['TIP NOTHING THAT HAS A NAME', 'OTHER VIOLATIONS'],
  ])('%s: %s', (text, interest) => {
    expect(interestOf(rules, text)).toBe(interest)
  })

  it('the place is what the text names, and its office is the one of the state', () => {
    expect(placeIn(rules, 'TIP X. PLC/VT. Y')).toBe('VT')
    expect(placeIn(rules, 'TIP X. PLC/VTX')).toBeUndefined()
    expect(placeIn(rules, 'TIP X')).toBeUndefined()
    expect(officeOf(rules, 'VT')).toBe('BOSTON')
    expect(officeOf(rules, 'ZZ')).toBe('WASHINGTON')
    const states = rules.offices.flatMap((each) => each.states)
    expect(new Set(states).size).toBe(states.length)
  })
})

it('tips by message and by telephone are referred, survive kill -9, and are decided once', async () => {
  const first = await bench.serve(dir)
  const client = await bench.client(first.port)
  client.send('AM.ZZ0010200.AX.*T1.TXT\r\nTIP DRUGS IN A TEST BOX. PLC/TX.')
  client.send('AM.ZZ0010200.AX.*T2.TXT\r\nTIP NOTHING THAT HAS A NAME')
  client.send('AM.ZZ0010200.AX.*T3.TXT\r\nA TIP IS WHAT BEGINS WITH IT')
  await client.ping()
  await vi.waitFor(async () => expect(await listed()).toHaveLength(2), { timeout: 20_000 })
  expect((await cli('tip', 'workers held at a test farm', '--place', 'vt')).stdout).toMatch(
    /^tip \d\d-000003: EMPLOYMENT, referred to BOSTON\n$/,
  )
  await expect(act('take', { text: ' ' })).rejects.toThrow('a tip is 1 to 2000 characters, not 0')
  expect(client.poll()).toBeUndefined()
  await first.kill()
  const tips = await listed()
  expect(tips).toMatchObject([
    { interest: 'DRUGS', place: 'TX', office: 'DALLAS', ori: 'ZZ0010200', state: 'referred' },
    { interest: 'OTHER VIOLATIONS', place: 'ZZ', office: 'WASHINGTON' },
    { interest: 'EMPLOYMENT', place: 'VT', office: 'BOSTON', text: 'WORKERS HELD AT A TEST FARM' },
  ])
  expect((await cli('show', String(tips[0]?.ref))).stdout).toContain('DRUGS IN A TEST BOX')
  expect((await cli('tips', '--office', 'boston')).stdout).toMatch(/telephone .* left +referred/)
  const second = await bench.serve(dir)
  const [one = '', two = '', three = ''] = tips.map(({ number }) => String(number))
  expect((await cli('tips', 'decide', one, 'viable')).stdout).toBe(`tip ${one} is viable\n`)
  await expect(act('decide', { number: one, viable: false })).rejects.toThrow('is viable already')
  await act('decide', { number: three, viable: false })
  expect((await listed()).map(({ number }) => number)).toEqual([two])
  expect(await listed({ all: true })).toHaveLength(3)
  expect((await listed({ state: 'not viable' }))[0]).not.toHaveProperty('text')
  await second.stop()
  expect(await figures()).toMatchObject({
    services: { tips: 3, tipsViable: 1, tipsNotViable: 1, mailReceived: 1 },
  })
  expect(await figures('--recount')).toEqual(await figures())
  const { tail, whole } = bothWays(dir)
  expect(tail).toEqual(whole)
  expect(relayed(dir)).toEqual(whole)
})

it('a tip is due after 24 hours and overdue after 48', async () => {
  const clock = new SetClock()
  const gateway = await bench.gateway(dir, {}, { clock })
  await cli('tip', 'A TEST')
  clock.ahead += 24 * HOUR
  await vi.waitFor(async () => expect(await listed()).toMatchObject([{ state: 'due' }]), { timeout: 20_000 })
  expect(await counted(dir)).not.toHaveProperty('tipsOverdue')
  clock.ahead += 24 * HOUR
  await vi.waitFor(async () => expect(await listed()).toMatchObject([{ state: 'overdue' }]), {
    timeout: 20_000,
  })
  expect(await counted(dir)).toMatchObject({ tipsOverdue: 1 })
  await gateway.close()
})

it('a call is a line, listed and counted', async () => {
  await bench.gateway(dir)
  expect((await cli('call', 'zz test pd', 'how to send an iaq')).stdout).toBe('call logged\n')
  expect((await cli('call', 'ZZ TEST PD')).code).toBe(2)
  expect((await cli('call', ' ', 'X')).code).toBe(1)
  expect((await cli('call')).stdout).toMatch(/ZZ TEST PD {2}HOW TO SEND AN IAQ\n$/)
  expect(await counted(dir)).toMatchObject({ calls: 1 })
})
