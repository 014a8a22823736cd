import { expect, it, vi } from 'vitest'
import { bench, dir, eachTest, take } from '../gateway/helpers.js'
import { ask, bothWays, command, entry, SetClock } from './helpers.js'

vi.setConfig({ testTimeout: 60_000 })

const DAY = 86_400_000

eachTest()

it('is asked for each year; what is answered stays, what is not is purged', async () => {
  const clock = new SetClock()
  const gateway = await bench.gateway(dir, {}, { clock })
  const client = await bench.client(gateway.port)
  const nics: string[] = []
  for (const [i, name] of ['UNO', 'DOS', 'TRES'].entries()) {
    const [entered] = await ask(client, entry(`E${i}`, { NAM: `ZUNZUN, ${name}`, OCA: `26-V${i}` }))
    nics.push(entered?.lines[1]?.slice(12, 22) ?? '')
  }
  clock.ahead += 366 * DAY
  const [due] = await take(client, 1)
  expect(due).toMatchObject({ key: '$.A', from: 'NC', destination: 'VTICE0900' })
  expect(due?.lines[1]).toMatch(/^VALIDATION DUE: 3\. /)
  expect(due?.lines.slice(-3)).toEqual(nics.map((nic, i) => `NIC/${nic} OCA/26-V${i}`))
  const [first = '', second = '', third = ''] = nics
  await ask(client, `MIV.VTICE0900.NC.TXT\r\nNIC/${first}.VLN/J EXAMPLE.`)
  expect((await command('ncic', 'validate', second, '--data', dir)).stdout).toBe(`${second} validated\n`)
  expect((await command('ncic', 'validate', 'N980009999', '--data', dir)).code).toBe(1)
  clock.ahead += 32 * DAY
  const [failed] = await take(client, 1)
  expect(failed?.key).toBe('$.F')
  expect(failed?.lines.slice(1)).toEqual(['PURGED, NOT VALIDATED: 1', `NIC/${third} OCA/26-V2`])
  const [gone] = await ask(client, `QW.ZZ0010100.NC.TXT\r\nNIC/${third}.`)
  expect(gone?.lines[1]).toBe(`NO RECORD NIC/${third}`)
  const [stays] = await ask(client, `QW.ZZ0010100.NC.TXT\r\nNIC/${first}.`)
  expect(stays?.lines.join('\n')).toContain(`NIC/${first} DTE/`)
  // Another year on the two are asked for again.
  clock.ahead += 366 * DAY
  expect((await take(client, 1))[0]?.lines[1]).toMatch(/^VALIDATION DUE: 2\. /)
  await gateway.close()
  const { tail, whole } = bothWays(dir)
  expect(tail).toEqual(whole)
})

it('entries survive kill -9, and their numbers go on', async () => {
  const first = await bench.serve(dir)
  const client = await bench.client(first.port)
  const [one] = await ask(client, entry('E1', { NAM: 'ZUNZUN, UNO', OCA: '26-K1' }))
  await first.kill()
  const second = await bench.serve(dir)
  const other = await bench.client(second.port)
  other.send(entry('E2', { NAM: 'ZUNZUN, DOS', OCA: '26-K2' }))
  let [two] = await take(other, 1)
  // What the killed one may have let out comes again, marked.
  if (two?.possibleDuplicate) [two] = await take(other, 1)
  const number = (line = ''): number => Number(line.slice(13, 22))
  expect(number(two?.lines[1])).toBe(number(one?.lines[1]) + 1)
  const [hit] = await ask(other, 'QW.ZZ0010100.NC.TXT\r\nNAM/ZUNZUN, UNO.DOB/19870301.')
  expect(hit?.lines).toContain('OCA/26-K1')
})

it('who asked longer than five days ago, or for somebody else, is not told of an entry', async () => {
  const clock = new SetClock()
  const gateway = await bench.gateway(dir, {}, { clock })
  const client = await bench.client(gateway.port)
  const inquiry = (control: string, name: string): string =>
    `QW.ZZ0010100.NC.*${control}.TXT\r\nNAM/${name}.DOB/19870301.`
  await ask(client, inquiry('OLD', 'ZUNZUN, UNO'))
  clock.ahead += 5 * DAY + 1000
  await ask(client, inquiry('OTHER', 'QUIXTLANO, ZEFERINDA'))
  await ask(client, inquiry('NEW', 'ZUNZUN, UNO'))
  const came = await ask(client, entry('E1', { NAM: 'ZUNZUN, UNO', OCA: '26-D1' }), 2)
  expect(came.map(({ key, control }) => `${key} ${control}`).toSorted()).toEqual(['$.H NEW', 'EIV E1'])
  await client.ping()
  expect(client.poll()).toBeUndefined()
})
