import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import type { Client, Received } from '../../src/client/index.js'
import { packageRoot } from '../../src/config/index.js'
import { decideReview, leaveReview, reviewDetails, reviewQueue, takeReview } from '../../src/gateway/index.js'
import { bench, dir, eachTest, kind, query, take } from '../gateway/helpers.js'
import { bothWays, command, configOf, relayed, request, SetClock } from './helpers.js'

vi.setConfig({ testTimeout: 90_000 })

eachTest()

const cli = (...args: string[]): ReturnType<typeof command> => command(...args, '--data', dir)
const MINUTE = 60_000
/** Two persons on file have these data. */
const TWINS = { NAM: 'MUESTRA, GEMELO', DOB: '19900606', SEX: 'M', POB: 'GT', CUS: 'N' }
const REVIEWED = { review: 'possible' }

const figures = async (...args: string[]): Promise<{ answers: unknown; services: unknown }> => {
  const { answers, services } = JSON.parse((await cli('stats', '--json', ...args)).stdout)
  return { answers, services }
}

describe('an unclear match', () => {
  it('goes out at once where nothing is said of review', async () => {
    const { port } = await bench.gateway(dir)
    const client = await bench.client(port)
    expect(kind((await client.ask(query('Q1', TWINS))).answer)).toBe('POSSIBLE MATCH')
    expect(await reviewQueue(configOf(dir))).toEqual([])
  })

  it('waits by priority, and what a technician decides is the final answer', async () => {
    const gateway = await bench.gateway(dir, { ...REVIEWED, 'confirm.by': 'operator' })
    const client = await bench.client(gateway.port)
    client.send(query('OTHER', TWINS))
    client.send(query('BRADY', { ...TWINS, PUR: 'F' }))
    client.send(query('JAIL', { ...TWINS, CUS: 'Y' }))
    client.send(query('AGAIN', TWINS))
    expect((await take(client, 4)).map(kind)).toEqual(Array(4).fill('ACKNOWLEDGEMENT'))
    client.send(request('HIT'))
    await client.ping()
    const config = configOf(dir)
    const queue = await vi.waitFor(async () => {
      const all = await reviewQueue(config)
      expect(all.map(({ priority }) => priority)).toEqual([
        ...['CONFIRMATION U', 'CUSTODY', 'BRADY', 'OTHER', 'OTHER'],
      ])
      return all
    })
    const [, jail = '', brady = '', other = '', again = ''] = queue.map(({ reference }) => reference)
    expect((await cli('review')).stdout).toMatch(new RegExp(`${jail} +ZZ0010100 +CUSTODY +2 `))
    const shown = await reviewDetails(config, jail)
    expect(shown?.values).toMatchObject({ NAM: 'MUESTRA, GEMELO', CUS: 'Y' })
    expect(shown?.candidates.map(({ arn, person }) => [arn, person?.names[0]?.first])).toEqual([
      ['099000002', 'GEMELO'],
      ['099000003', 'GEMELO'],
    ])
    const taken = await cli('review', 'take', jail, '--by', 'ANA')
    expect(taken.stdout).toMatch(
      /A099000003 {2}score \d+ {2}[\d.]+ bits {2}MUESTRA, GEMELO 19900606\n {2}NAME/,
    )
    await expect(takeReview(config, jail, 'BEN')).rejects.toThrow(`ANA has review ${jail}`)
    await expect(decideReview(config, jail, 'BEN', { decision: 'none' })).rejects.toThrow('ANA has')
    await expect(decideReview(config, jail, 'ANA', { decision: 'match', arn: '099000001' })).rejects.toThrow(
      'A099000001 is not among the candidates',
    )
    const decided = await cli('review', 'decide', jail, 'match', 'A99000003', '--by', 'ANA')
    expect(decided.stdout).toBe(`${jail} is answered: MATCH\n`)
    const [match] = await take(client, 1)
    expect([match?.control, match?.reference, match?.responseType]).toEqual(['JAIL', jail, 'MATCH'])
    expect(match?.lines).toContain('A-NUMBER: A099000003')
    expect(match?.lines.at(-1)).toBe('THIS IS NOT A DETAINER. NOT BASED ON FINGERPRINT COMPARISON.')
    await takeReview(config, brady, 'ANA')
    await leaveReview(config, brady, 'ANA')
    await decideReview(config, brady, 'BEN', { decision: 'none' })
    await decideReview(config, other, 'BEN', { decision: 'possible' })
    await decideReview(config, again, 'BEN', { decision: 'match', arn: '099000002' })
    await expect(decideReview(config, again, 'BEN', { decision: 'none' })).rejects.toThrow('no review')
    const finals = await take(client, 3)
    expect(finals.map((each) => `${each.control} ${kind(each)}`)).toEqual([
      'BRADY NO MATCH',
      'OTHER POSSIBLE MATCH',
      'AGAIN MATCH',
    ])
    const counted = {
      answers: { MATCH: 2, 'NO MATCH': 1, 'POSSIBLE MATCH': 1 },
      services: { reviews: 4, reviewsDecided: 4 },
    }
    expect(await figures()).toMatchObject(counted)
    expect(await figures('--recount')).toMatchObject(counted)
    await gateway.close()
    const { tail, whole } = bothWays(dir)
    expect(whole).toEqual(tail)
    expect(relayed(dir)).toEqual(tail)
  })

  it('is answered by itself when its time is over, whoever has it, and a lock ends before', async () => {
    const clock = new SetClock()
    const gateway = await bench.gateway(dir, REVIEWED, { clock })
    const client = await bench.client(gateway.port)
    client.send(query('Q1', TWINS))
    const [acknowledgement] = await take(client, 1)
    const ref = acknowledgement?.reference ?? ''
    const config = configOf(dir)
    await vi.waitFor(() => takeReview(config, ref, 'ANA'))
    clock.ahead += 14 * MINUTE
    await expect(takeReview(config, ref, 'BEN')).rejects.toThrow('ANA has')
    clock.ahead += 2 * MINUTE
    await takeReview(config, ref, 'BEN')
    clock.ahead += 44 * MINUTE
    const [final] = await take(client, 1)
    expect([final?.reference, final && kind(final)]).toEqual([ref, 'POSSIBLE MATCH'])
    await expect(decideReview(config, ref, 'BEN', { decision: 'none' })).rejects.toThrow('no review')
    await client.ping()
    expect(client.poll()).toBeUndefined()
    expect(await figures()).toMatchObject({
      answers: { 'POSSIBLE MATCH': 1 },
      services: { reviews: 1, reviewsExpired: 1 },
    })
  })
})

it('over a store at rest a case is decided too, and what was left is answered where review is off', async () => {
  const gateway = await bench.gateway(dir, REVIEWED)
  const client = await bench.client(gateway.port)
  client.send(query('Q1', TWINS))
  client.send(query('Q2', TWINS))
  const [first, second] = await take(client, 2)
  await vi.waitFor(async () => expect(await reviewQueue(configOf(dir))).toHaveLength(2))
  await gateway.close()
  const match = await cli('review', 'decide', first?.reference ?? '', 'match', 'A099000002')
  expect(match.code).toBe(0)
  const later = await bench.gateway(dir)
  await decideReview(configOf(dir), second?.reference ?? '', 'ANA', { decision: 'none' })
  const other = await bench.client(later.port)
  other.send('AM.ZZ0010100.AX.TXT\r\nBIND')
  expect((await take(other, 2)).map((each) => `${each.control} ${kind(each)}`)).toEqual([
    'Q1 MATCH',
    'Q2 NO MATCH',
  ])
})

it('each has exactly one final answer over kill -9, decided or out of time', async () => {
  const formats = bench.folder()
  cpSync(join(packageRoot, 'formats'), formats, { recursive: true })
  const rules = join(formats, 'services', 'review.yaml')
  writeFileSync(rules, readFileSync(rules, 'utf8').replaceAll('within: 1h', 'within: 2s'))
  const file = join(bench.folder(), 'config.yaml')
  writeFileSync(file, `review: possible\nformats: ${formats}\n`)
  const config = configOf(dir)
  const finals = new Map<string, string[]>()
  const asked = new Set<string>()
  for (let round = 0; round < 4; round++) {
    const served = await bench.serve(dir, '--config', file)
    const client = await bench.client(served.port)
    for (let i = 0; i < 20; i++) {
      const control = `R${round}I${i}`
      asked.add(control)
      client.send(query(control, { ...TWINS, CUS: i % 2 === 0 ? 'Y' : 'N' }))
    }
    let acknowledged = 0
    const note = (each: Awaited<ReturnType<typeof take>>[number] | undefined): void => {
      if (!each) return
      if (kind(each).endsWith('ACKNOWLEDGEMENT')) acknowledged++
      else if (each.control !== '')
        finals.set(each.control, [...(finals.get(each.control) ?? []), kind(each)])
    }
    while (acknowledged < 20) note(await client.receive(10_000))
    // In the last round everything comes to its end, else the process dies amid decisions and expiries.
    const queue = (await reviewQueue(config)).filter(({ priority }) => priority === 'CUSTODY')
    for (const { reference } of round === 3 ? queue : queue.slice(0, 7))
      await decideReview(config, reference, 'ANA', { decision: 'none' })
    while (round === 3 && finals.size < asked.size) note(await client.receive(10_000))
    await served.kill()
    for await (const left of rest(client)) note(left)
  }
  expect([...finals.keys()].sort()).toEqual([...asked].sort())
  for (const kinds of finals.values()) {
    expect(kinds.filter((each) => !each.startsWith('!')).length).toBeLessThanOrEqual(1)
    // What went out again is the same answer.
    expect(new Set(kinds.map((each) => each.replace('!', ''))).size).toBe(1)
  }
  const expired = [...finals].filter(([, kinds]) => kinds[0]?.endsWith('POSSIBLE MATCH'))
  expect(expired.map(([control]) => Number(control.split('I')[1]) % 2)).toEqual(Array(40).fill(1))
  expect(await figures('--recount')).toMatchObject({
    answers: { 'POSSIBLE MATCH': 40, 'NO MATCH': 40 },
    services: { reviews: 80, reviewsDecided: 40, reviewsExpired: 40 },
  })
})

/** What still comes of a connection whose other end has died. */
async function* rest(client: Client): AsyncGenerator<Received> {
  for (;;) {
    const next = await client.receive(10_000).catch(() => undefined)
    if (!next) return
    yield next
  }
}
