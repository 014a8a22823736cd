import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  type AuditEntry,
  AuditView,
  findSent,
  StoryView,
  sentAgain,
  wantedBy,
} from '../../src/exchange/index.js'
import { callControl } from '../../src/gateway/index.js'
import { Journal, type JournalRecord, type Position } from '../../src/store/index.js'
import { bench, dir, eachTest, kind, query, SUBJECT, take } from '../gateway/helpers.js'

eachTest()

const scan = (onRecord: (record: JournalRecord, at: Position) => void): void =>
  void Journal.scan({ dir: join(dir, 'journal'), whole: true, onRecord })

/** A gateway's life with something of everything. Returns the reference of the matter that was asked about first. */
async function life(): Promise<string> {
  const gateway = await bench.gateway(dir)
  const client = await bench.client(gateway.port)
  client.send(query('ONE', SUBJECT.match))
  const [{ reference = '' } = {}] = await take(client, 2)
  client.send(query('BAD', { PUR: 'X' }))
  await take(client, 1)
  client.send(query('NEVER', SUBJECT.never))
  const never = await client.receive(5000)
  await callControl(dir, { call: 'hold', link: 'default', held: true })
  await callControl(dir, { call: 'hold', link: 'default', held: false })
  await callControl(dir, { call: 'release', reference: never.reference })
  await client.receive(5000)
  client.send(query('GONE', SUBJECT.never))
  const gone = await client.receive(5000)
  await callControl(dir, { call: 'cancel', reference: gone.reference })
  const answers = findSent(scan, 'default', 1, 2)
  await callControl(dir, { call: 'resend', link: 'default', answers })
  expect((await take(client, 2)).map(kind)).toEqual(['!ACKNOWLEDGEMENT', '!MATCH'])
  await gateway.close()
  return reference
}

describe('the journal’s views', () => {
  it('the audit trail has what was done and by whom, in order, and no person', async () => {
    const reference = await life()
    const again = new Set<number>()
    scan((record) => {
      for (const id of sentAgain(record)) again.add(id)
    })
    const view = new AuditView(again)
    const trail: AuditEntry[] = []
    scan((record) => trail.push(...view.take(record)))
    const whats = trail.map(({ what }) => what)
    for (const what of [
      'started',
      'configuration loaded',
      'link opened',
      'message taken',
      'message refused',
      'answer made',
      'answer given',
      'link held',
      'link let go',
      'answer released',
      'answers cancelled',
      'answers sent again',
      'link closed',
      'stopped',
    ])
      expect(whats).toContain(what)
    expect(whats.indexOf('message taken')).toBeLessThan(whats.indexOf('answer given'))
    expect(whats.at(-1)).toBe('stopped')
    // Twice each: when they first went out, and again.
    const given = trail.filter((each) => each.what === 'answer given' && each.reference === reference)
    expect(given.map(({ details }) => details?.count)).toEqual([1, 2, 1, 2])
    expect(JSON.stringify(trail)).not.toMatch(/MUESTRA|19850214|A?099000001/)
  })

  it('the story of a matter has its bytes, edits, evidence and answers, by reference and by control field', async () => {
    const reference = await life()
    const story = (wanted: string): StoryView['events'] => {
      const view = new StoryView(wantedBy(wanted))
      scan((record) => view.take(record))
      return view.events
    }
    const events = story(reference)
    expect(events).toEqual(story('ONE'))
    expect(events[0]).toMatchObject({ what: 'taken in', values: { PUR: 'C', DOB: '19850214' } })
    expect(events[0]?.raw).toContain('*ONE.TXT')
    expect(events.find(({ found }) => found)?.found).toMatchObject({ grade: 'MATCH' })
    const sent = events.flatMap((each) => (each.sent ? [[each.count, each.sent.marked]] : []))
    expect(sent).toEqual([
      [1, false],
      [2, false],
      [1, true],
      [2, true],
    ])
    expect(story('BAD')[0]).toMatchObject({ what: 'refused .22.', lines: ['FIELD PUR: MUST BE C OR F'] })
    const whats = (control: string): string[] => story(control).map(({ what }) => what)
    expect(whats('NEVER')).toContain('released by an operator')
    expect(whats('GONE')).toContain('cancelled by an operator')
    expect(story('NOBODY')).toEqual([])
  })

  it('what went out is found by its counts, refusals left out', async () => {
    await life()
    expect(findSent(scan, 'default', 1, 3).map(({ count, type }) => [count, type])).toEqual([
      [1, 'ACKNOWLEDGEMENT'],
      [2, 'MATCH'],
    ])
    expect(findSent(scan, 'default', 900, 999)).toEqual([])
    expect(findSent(scan, 'OTHER', 1, 2)).toEqual([])
  })
})
