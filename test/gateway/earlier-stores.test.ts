import { cpSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { loadConfig, type ResolvedConfig } from '../../src/config/index.js'
import { createGateway, type Gateway, operate, scanStore, verifyStore } from '../../src/gateway/index.js'
import { Journal } from '../../src/store/index.js'
import { snapshots } from '../store/helpers.js'
import { bench, eachTest, fixtures, kind, query, take } from './helpers.js'

eachTest()

const stores = join(fixtures, 'stores')

/** A copy of a store that an earlier version wrote. */
function copied(version: string): ResolvedConfig {
  const data = bench.folder()
  cpSync(join(stores, version), data, { recursive: true })
  return loadConfig({ file: join(data, 'config.yaml'), flags: { data, 'listen.0.port': 0 } })
}

async function opened(config: ResolvedConfig): Promise<Gateway> {
  const gateway = await createGateway({ config })
  bench.after(() => gateway.close())
  return gateway
}

/** Which formats of the journal there have been. */
const versions = readdirSync(stores).filter((name) => /^\d+$/.test(name))

describe.each(versions)('a store of journal format %s', (version) => {
  it('is whole', () => {
    expect(verifyStore(copied(version), false).damage).toEqual([])
  })

  it.each(['its snapshot', 'its records alone'])('says the same by %s', (by) => {
    const config = copied(version)
    if (by !== 'its snapshot') for (const file of snapshots(join(config.data, 'journal'))) rmSync(file)
    const { state, damage } = scanStore(config)
    expect(damage).toEqual([])
    expect(Object.fromEntries(state.links)).toEqual({
      ACK: { in: 2, out: 4 },
      DC: { in: 3, out: 2 },
      ZZ: { in: 8, out: 14 },
    })
    expect([...state.heldLinks]).toEqual(['DC'])
    expect(state.nextReference).toBe(13)
    expect(state.matters.size).toBe(0)
    const waiting = [...state.waiting.values()].map(
      ({ link, type, held, count }) => `${link} ${type} ${count}${held ? ' held' : ''}`,
    )
    // Whose answer had which count isn't the format's affair.
    expect(waiting.map((each) => each.replace(/^ACK .* /, 'ACK ')).toSorted()).toEqual([
      'ACK 1',
      'ACK 2',
      'ACK 3',
      'ACK 4',
      'DC ACKNOWLEDGEMENT 0',
      'DC ACKNOWLEDGEMENT 0',
      'DC NO MATCH 0',
      'DC NO MATCH 0',
      'ZZ MATCH 0 held',
    ])
  })

  it('opens with its queue: each answer goes out as it must', async () => {
    const config = copied(version)
    const gateway = await opened(config)
    const [held] = [...scanStore(config).state.waiting.values()].filter((each) => each.held)
    // On the link with acknowledgements: again, marked, with their counts; then the counts go on.
    const ack = await bench.client(gateway.port, { framing: 'length', delivery: 'acknowledged' })
    ack.send(query('NEXT', {}, 'ZZ0010300'))
    const again = await take(ack, 6)
    expect(again.map((each) => [each.control, each.outCount, each.possibleDuplicate])).toEqual([
      [expect.stringMatching(/^UNACK[12]$/), 1, true],
      [expect.stringMatching(/^UNACK[12]$/), 2, true],
      [expect.stringMatching(/^UNACK[12]$/), 3, true],
      [expect.stringMatching(/^UNACK[12]$/), 4, true],
      ['NEXT', 5, false],
      ['NEXT', 6, false],
    ])
    expect(again.at(-1)?.reference).toMatch(/-0000000013$/)
    // Held until an operator releases it.
    const zz = await bench.client(gateway.port)
    await zz.ask(query('BIND'))
    expect(zz.poll()).toBeUndefined()
    expect(await operate(config, { call: 'release', reference: held?.ref ?? '' })).toBe(1)
    expect(await take(zz, 1)).toMatchObject([{ control: 'NEVER', outCount: 17, possibleDuplicate: false }])
    // The link that is held gives nothing until it is let go, and then all of it, unmarked.
    const dc = await bench.client(gateway.port, { framing: 'pattern' })
    dc.send(query('BIND', {}, 'DCUSSS000'))
    await dc.ping()
    expect(dc.poll()).toBeUndefined()
    await operate(config, { call: 'hold', link: 'DC', held: false })
    const letGo = await take(dc, 6)
    expect(letGo.map(({ outCount }) => outCount)).toEqual([3, 4, 5, 6, 7, 8])
    expect(letGo.map((each) => `${each.control} ${kind(each)}`).toSorted()).toEqual([
      'BIND ACKNOWLEDGEMENT',
      'BIND NO MATCH',
      'HELD1 ACKNOWLEDGEMENT',
      'HELD1 NO MATCH',
      'HELD2 ACKNOWLEDGEMENT',
      'HELD2 NO MATCH',
    ])
  })
})

it('a store of a newer format is not opened', async () => {
  const config = copied(versions.at(-1) ?? '')
  const journal = Journal.open({ dir: join(config.data, 'journal'), onRecord: () => undefined })
  journal.append([{ type: 1, text: '{"version":999,"boot":"x","t":0}' }])
  await journal.close()
  await expect(createGateway({ config })).rejects.toThrow(
    'was written by a newer version (journal format 999)',
  )
})
