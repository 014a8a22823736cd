import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it, vi } from 'vitest'
import { operate } from '../../src/gateway/index.js'
import { fiscalYear } from '../../src/time/index.js'
import { bench, dir, eachTest, query, SUBJECT } from '../gateway/helpers.js'
import { ask, command, configOf, entry, request, SetClock } from './helpers.js'

vi.setConfig({ testTimeout: 120_000 })

eachTest()

const stats = async (...args: string[]): Promise<string> =>
  (await command('stats', '--data', dir, ...args)).stdout
const act = (service: string, action: string, args: Readonly<Record<string, string | boolean>>) =>
  operate(configOf(dir), { call: 'act', service, action, args })

it('the fact sheet’s table of what happened: from the gateway, from a recount, at rest, after kill -9', async () => {
  const served = await bench.serve(dir)
  const client = await bench.client(served.port)
  await client.ask(query('Q1', SUBJECT.match))
  await client.ask(query('Q2', {}, 'DCUSSS000'))
  await client.ask(query('B1', { PUR: 'F' }, 'WVNICS000'))
  await client.ask(query('Q3', {}, anOri('ON')))
  await client.ask(query('Q4', {}, anOri('PR')))
  await ask(client, request('R1'), 2)
  const [entered] = await ask(client, entry('E1', { NAM: 'ZUNZUN, UNO', OCA: '26-F1' }))
  await ask(client, entry('E2', { NAM: 'ZUNZUN, DOS', OCA: '26-F2' }))
  await ask(client, `CIV.VTICE0900.NC.TXT\r\nNIC/${entered?.lines[1]?.slice(12, 22)}.OCA/26-F1.`)
  const taken = (await act('tips', 'take', { text: 'A TEST' })) as { readonly number: string }
  const another = (await act('tips', 'take', { text: 'A TEST' })) as { readonly number: string }
  await act('tips', 'take', { text: 'A TEST' })
  await act('tips', 'decide', { number: taken.number, viable: true })
  await act('tips', 'decide', { number: another.number, viable: false })
  await act('calls', 'log', { from: 'ZZ TEST PD', about: 'A TEST' })
  const said = await stats('--json')
  expect(JSON.parse(said)).toMatchObject({
    ...{ queries: 5, oris: 5, states: 2, territories: 1, provinces: 1, brady: 1, detainers: 1 },
    ...{ ncicEntries: 2, ncicLive: 1, hitsConfirmed: 1, screenings: 0, calls: 1, tips: 3, tipsViable: 1 },
    tipsViableShare: 50,
  })
  expect(await stats('--json', '--recount')).toBe(said)
  await served.kill()
  expect(await stats('--json')).toBe(said)
  expect(await stats('--json', '--recount')).toBe(said)
  const csv = (await stats('--csv')).split('\r\n')
  expect(csv[0]).toMatch(/^FISCAL YEAR \d{4},FY1996,FY2006,FY2007,COUNT$/)
  expect(csv[1]).toBe('queries,4000,661448,728243,5')
  expect(csv).toContain('percent of tips viable,,,,50')
})

it('a fiscal year begins on 1 October', async () => {
  const clock = new SetClock()
  const year = fiscalYear(new Date().toISOString().slice(0, 10).replaceAll('-', ''))
  // The last hour of 30 September by the centre's clock, then the first of October.
  clock.ahead = Date.UTC(year, 9, 1, 6, 30) - Date.now()
  await bench.gateway(dir, {}, { clock })
  await act('tips', 'take', { text: 'BEFORE' })
  clock.ahead += 3_600_000
  await act('tips', 'take', { text: 'AFTER' })
  await act('tips', 'take', { text: 'AFTER' })
  expect(JSON.parse(await stats('--json', '--fiscal-year', `${year}`))).toMatchObject({ tips: 1 })
  expect(JSON.parse(await stats('--json', '--fiscal-year', `${year + 1}`))).toMatchObject({ tips: 2 })
})

it('what was published is data: a year that a site adds stands beside the others', async () => {
  const formats = join(bench.folder(), 'formats')
  cpSync(configOf(dir).formats, formats, { recursive: true })
  const file = join(formats, 'services', 'figures.yaml')
  writeFileSync(
    file,
    `${readFileSync(file, 'utf8')}  - { year: 2099, source: a test, figures: { tips: 77 } }\n`,
  )
  const config = join(bench.folder(), 'iaq-gateway.yaml')
  writeFileSync(config, `formats: ${formats}\n`)
  await bench.gateway(dir)
  const text = await stats('--config', config)
  expect(text).toMatch(/^FISCAL YEAR \d{4} .* FY2099 +COUNT$/m)
  expect(text).toMatch(/^tips +77 +0$/m)
})

/** An ORI of a state that may ask. */
function anOri(state: string): string {
  const rows = readFileSync(configOf(dir).directory, 'utf8')
    .split('\n')
    .map((line) => line.split(','))
  return rows.find((row) => row[2] === state && row.at(-1)?.includes('C'))?.[0] ?? ''
}
