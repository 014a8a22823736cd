import { readFileSync } from 'node:fs'
import { describe, expect, it, vi } from 'vitest'
import { packageRoot } from '../../src/config/index.js'
import { decideReview, reviewQueue, takeReview } from '../../src/gateway/index.js'
import { BusinessDays } from '../../src/services/brady/business-days.js'
import { loadBradyRules } from '../../src/services/brady/index.js'
import { WallClock } from '../../src/time/index.js'
import { bench, dir, eachTest, loadPersons, query, SUBJECT } from '../gateway/helpers.js'
import { ask, bothWays, command, configOf, counted, relayed, SetClock, view } from './helpers.js'

vi.setConfig({ testTimeout: 120_000 })

eachTest()

const cli = (...args: string[]): ReturnType<typeof command> => command(...args, '--data', dir)
const figures = async (): Promise<unknown> => JSON.parse((await cli('stats', '--json')).stdout)
const brady = (control: string, fields: Readonly<Record<string, string>> = {}): string =>
  query(control, { PUR: 'F', CUS: 'N', ...fields }, 'WVNICS000')
/** Two persons on file have these data. */
const TWINS = { NAM: 'MUESTRA, GEMELO', DOB: '19900606', SEX: 'M', POB: 'GT' }
const listed = (): ReturnType<typeof view> => view(dir, 'brady')

describe('three business days', () => {
  const calendar = new BusinessDays(loadBradyRules(`${packageRoot}/formats`))

  it.each([
    ['a Monday', '20260302', '20260306'],
    ['a Thursday: over the weekend', '20260305', '20260311'],
    ['a Saturday', '20260307', '20260312'],
    ['before Thanksgiving', '20261125', '20261202'],
    ['before Christmas and a weekend', '20261223', '20261230'],
    ['Independence Day on a Saturday is kept on Friday', '20260701', '20260708'],
    ['Independence Day on a Sunday is kept on Monday', '20270701', '20270708'],
    ["New Year's Day on a Saturday is kept in the year before", '20271229', '20280105'],
    ['Memorial Day is the last Monday of May', '20260522', '20260529'],
    ['Juneteenth was none before 2021', '20200617', '20200623'],
  ])('%s', (_, from, limit) => {
    expect(calendar.after(from, 3)).toBe(limit)
  })
})

it('each kind of answer says what the status is, and never what is to be done about the sale', async () => {
  await loadPersons(dir)
  const { port } = await bench.gateway(dir)
  const client = await bench.client(port)
  const types = []
  for (const fields of [SUBJECT.match, TWINS, {}, { NAM: 'M, C' }]) {
    const [acknowledgement, answer] = await ask(client, brady('B1', fields), 2)
    types.push(answer?.responseType)
    const text = [...(acknowledgement?.lines ?? []), ...(answer?.lines ?? [])].join('\n')
    expect(text).not.toMatch(/\b(PROCEED|DENY|DENIED|DENIAL|APPROVED?)\b/)
    expect(answer?.lines.at(-1)).toBe('THIS IS NOT A DETAINER. NOT BASED ON FINGERPRINT COMPARISON.')
  }
  expect(types).toEqual(['MATCH', 'POSSIBLE MATCH', 'NO MATCH', 'ADDITIONAL INFORMATION REQUIRED'])
  expect(await listed()).toEqual([])
  expect(await figures()).toMatchObject({ brady: 4, queries: 4, oris: 1 })
  // Nor do the layouts, whatever is put into them.
  for (const key of ['IAR', 'AM'])
    expect(readFileSync(`${packageRoot}/formats/messages/${key}.yaml`, 'utf8')).not.toMatch(
      /\b(proceed|deny|denied)\b/i,
    )
})

it('only from ORIs that may, where the configuration names them', async () => {
  const { port } = await bench.gateway(dir, { 'brady.oris.0': 'WVNICS*' })
  const client = await bench.client(port)
  const [refused] = await ask(client, query('B1', { PUR: 'F' }))
  expect(refused?.lines[0]).toMatch(/^\.02\. /)
  await ask(client, brady('B2'), 2)
  expect(await figures()).toMatchObject({ brady: 1 })
})

it('a check whose answer an operator holds waits with its clock through kill -9, is overdue, and is released', async () => {
  const first = await bench.serve(dir)
  const client = await bench.client(first.port)
  const [acknowledgement] = await ask(client, brady('B1', SUBJECT.never))
  const reference = acknowledgement?.reference ?? ''
  await vi.waitFor(async () => expect(await listed()).toMatchObject([{ reference, held: true }]), {
    timeout: 20_000,
  })
  await first.kill()
  const limit = Number((await listed())[0]?.limit)
  expect(new WallClock(-420).at(limit).seconds).toBe('00:00:00')
  expect((await cli('brady')).stdout).toMatch(/WVNICS000 .* left +waits for an operator/)
  const clock = new SetClock()
  clock.ahead = limit - Date.now()
  const gateway = await bench.gateway(dir, {}, { clock })
  await vi.waitFor(async () => expect(await counted(dir)).toMatchObject({ bradyOverdue: 1 }), {
    timeout: 20_000,
  })
  expect(await listed()).toMatchObject([{ reference, overdue: true }])
  const other = await bench.listener(gateway.port)
  other.send('AM.WVNICS000.AX.TXT\r\nBIND')
  expect((await cli('brady', 'release', reference)).stdout).toBe(`${reference} released\n`)
  expect((await cli('brady', 'release', reference)).code).toBe(1)
  let answer = await other.receive(10_000)
  // What the killed one may have let out comes again first, marked.
  if (answer.responseType === 'ACKNOWLEDGEMENT') answer = await other.receive(10_000)
  expect(answer).toMatchObject({ responseType: 'MATCH', control: 'B1', possibleDuplicate: false })
  expect(await listed()).toEqual([])
  await gateway.close()
  expect(JSON.parse((await cli('stats', '--json', '--recount')).stdout)).toEqual(await figures())
  const { tail, whole } = bothWays(dir)
  expect(tail).toEqual(whole)
  expect(relayed(dir)).toEqual(whole)
})

// Found: only `brady release` told the queue, so that what another command let go stayed listed for ever.
it.each(['release, served', 'cancel, served', 'release, at rest', 'cancel, at rest'])(
  '%s: a check whose answer another command deals with leaves the queue',
  async (how) => {
    const [verb = '', store] = how.split(', ')
    const gateway = await bench.gateway(dir)
    const client = await bench.client(gateway.port)
    const [acknowledgement] = await ask(client, brady('B1', SUBJECT.never))
    const reference = acknowledgement?.reference ?? ''
    await vi.waitFor(async () => expect(await listed()).toMatchObject([{ reference, held: true }]), {
      timeout: 20_000,
    })
    if (store === 'at rest') await gateway.close()
    expect((await cli('queue', verb, reference)).code).toBe(0)
    expect(await listed()).toEqual([])
    if (store === 'served') await gateway.close()
    const { tail, whole } = bothWays(dir)
    expect(tail).toEqual(whole)
    expect(relayed(dir)).toEqual(whole)
  },
)

it('a check whose answer takes its time waits until it goes out', async () => {
  const gateway = await bench.gateway(dir, { 'answer.delay': '5s' })
  const client = await bench.client(gateway.port)
  await ask(client, brady('B1'))
  await vi.waitFor(
    async () => expect(await listed()).toMatchObject([{ held: false, answerAt: expect.any(Number) }]),
    { timeout: 20_000 },
  )
  expect((await client.receive(20_000)).responseType).toBe('NO MATCH')
  expect(await listed()).toEqual([])
})

it('a check that a technician has waits until he decides', async () => {
  const { port } = await bench.gateway(dir, { review: 'possible' })
  const client = await bench.client(port)
  const [acknowledgement] = await ask(client, brady('B1', TWINS))
  const reference = acknowledgement?.reference ?? ''
  await vi.waitFor(async () => expect(await reviewQueue(configOf(dir))).toMatchObject([{ reference }]), {
    timeout: 20_000,
  })
  expect(await listed()).toMatchObject([{ reference, held: false, overdue: false }])
  await takeReview(configOf(dir), reference, 'ANA')
  await decideReview(configOf(dir), reference, 'ANA', { decision: 'none' })
  expect((await client.receive(10_000)).responseType).toBe('NO MATCH')
  expect(await listed()).toEqual([])
})
