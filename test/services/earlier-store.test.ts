import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, expect, it, vi } from 'vitest'
import { decideReview, reviewQueue, takeReview } from '../../src/gateway/index.js'
import { bench, dir, eachTest, fixtures, kind, query, take } from '../gateway/helpers.js'
import { ask, bothWays, command, configOf, SetClock, view } from './helpers.js'

vi.setConfig({ testTimeout: 60_000 })

/** A store in which each service had something done and something waiting, as `scripts/make-store.js --services` wrote it. */
const STORE = join(fixtures, 'stores', '2-services')
/** Just after it was written. */
const THEN = Date.UTC(2026, 10, 25, 22, 23)
const AS_THEN = { 'confirm.by': 'operator', review: 'possible' }

eachTest()
beforeEach(() => cpSync(STORE, dir, { recursive: true }))

it('says the same by its snapshot and by its records alone, and its figures agree', async () => {
  const { tail, whole } = bothWays(dir)
  expect(tail).toEqual(whole)
  const stats = (...more: string[]): Promise<{ stdout: string }> =>
    command('stats', '--json', '--fiscal-year', '2027', '--data', dir, ...more)
  const { stdout } = await stats()
  expect((await stats('--recount')).stdout).toBe(stdout)
  expect(JSON.parse(stdout)).toMatchObject({
    ...{ queries: 4, brady: 1, detainers: 1, hitsConfirmed: 1, ncicEntries: 2, ncicLive: 1 },
    ...{ screenings: 2, calls: 1, tips: 2, tipsViable: 1 },
  })
})

it('opens with what waits in it, and persons go on deciding', async () => {
  const clock = new SetClock()
  clock.ahead = THEN - Date.now()
  const { port } = await bench.gateway(dir, AS_THEN, { clock })
  const config = configOf(dir)
  const client = await bench.listener(port)
  // The record that lives is found by its further name; the one that was cleared isn't.
  const [hit] = await ask(client, 'QW.ZZ0010100.NC.*QW1.TXT\r\nNAM/ZUNZUNCITO, SEGUNDO.DOB/19850404.')
  expect(hit?.lines).toEqual(
    expect.arrayContaining([
      ...['AKA/ZUNZUNCITO, SEGUNDO', 'SOC/900000641', 'NIC/N980000001 DTE/20261125', 'LOCATED 20261125'],
    ]),
  )
  const [none] = await ask(client, 'QW.ZZ0010100.NC.*QW2.TXT\r\nNIC/N980000002.')
  expect(none?.lines).toContain('NO RECORD NIC/N980000002')
  // The urgent one was confirmed, and its detainer stands.
  expect(await view(dir, 'detainer')).toMatchObject([
    { number: '26-000001', nic: 'N900000007', arn: '099000007', state: 'lodged' },
  ])
  expect(await view(dir, 'brady')).toMatchObject([{ reference: '26-0000000010', overdue: false }])
  expect(await view(dir, 'mail')).toMatchObject([{ control: 'MAIL', ori: 'ZZ0010100' }])
  // Two cases wait; the one that is decided goes to who asked.
  const queue = await reviewQueue(config)
  expect(queue.map(({ reference, priority }) => [reference, priority])).toEqual([
    ['26-0000000010', 'BRADY'],
    ['26-0000000009', 'OTHER'],
  ])
  await takeReview(config, '26-0000000009', 'ANA')
  await decideReview(config, '26-0000000009', 'ANA', { decision: 'none' })
  const [decided] = await take(client, 1)
  expect([decided?.control, decided && kind(decided)]).toEqual(['UNCLEAR', 'NO MATCH'])
  // The request that waits is confirmed: another detainer, with the next number.
  expect((await command('confirm', '26-0000000007', 'Y', '--data', dir)).code).toBe(0)
  const confirmed = await take(client, 2)
  expect(confirmed.map(({ key }) => key).toSorted()).toEqual(['AM', 'YR'])
  expect(confirmed.flatMap(({ lines }) => lines)).toContain('DETAINER LODGED: 26-000002')
  // The help file is the one that was written; references and counts go on.
  const [help] = await ask(client, 'AM.ZZ0010100.AXTRNHELP.*HELP.TXT')
  expect(help?.lines).toContain('KEPT FROM BEFORE')
  const { answer } = await client.ask(query('NEXT'))
  expect(kind(answer)).toBe('NO MATCH')
})
