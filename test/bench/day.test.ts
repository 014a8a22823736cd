import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { packageRoot } from '../../src/config/index.js'

const file = (relative: string): string => new URL(relative, import.meta.url).href
const { Book } = await import(file('day/book.js'))
const { disagreements } = await import(file('day/figures.js'))

const scenario = join(packageRoot, 'fixtures', 'scenarios', 'day.yaml')
const dir = mkdtempSync(join(tmpdir(), 'iaq-day-test-'))
afterAll(() => rmSync(dir, { recursive: true }))

const day = (...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> =>
  new Promise((done) =>
    execFile(
      process.execPath,
      [new URL('day.js', import.meta.url).pathname, ...args],
      (error, stdout, stderr) =>
        done({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr }),
    ),
  )

it('a tenth of the day ends with figures that agree three ways, killed twice as left alone', async () => {
  const { code, stdout, stderr } = await day('--speed', 'max', '--share', '0.1', '--kills', '2', '--json')
  expect(code, stderr).toBe(0)
  const { figuresAgree, alone, killed } = JSON.parse(stdout)
  expect(figuresAgree).toBe(true)
  expect(stderr.match(/^killed: killed;/gm)).toHaveLength(2)
  expect(alone).toMatchObject({
    ...{ queries: 200, brady: 50, detainers: 6, hitsConfirmed: 3, screenings: 30, ncicEntries: 5 },
    ...{ tips: 25, tipsViable: 13, sentAgain: 0, marked: 0 },
  })
  const { sentAgain: _, marked: __, ...figures } = killed
  expect(alone).toMatchObject(figures)
}, 240_000)

it('a scenario that is wrong is told by line, and used wrongly ends with 2', async () => {
  const wrong = join(dir, 'wrong.yaml')
  writeFileSync(wrong, readFileSync(scenario, 'utf8').replace('brady: 500', 'brady: 2001'))
  const line =
    readFileSync(wrong, 'utf8')
      .split('\n')
      .findIndex((each) => each.includes('brady: 2001')) + 1
  const said = await day('--scenario', wrong)
  expect([said.code, said.stderr]).toEqual([2, expect.stringContaining(`wrong.yaml:${line}: `)])
  expect(said.stderr).toContain("can't be more than iaq")
  for (const args of [
    ['--kills', '1.5'],
    ['--share', '2'],
    ['--speed', 'slow'],
  ])
    expect((await day(...args)).code).toBe(2)
}, 60_000)

const lines = { IAR: ['A-NUMBER: A000000001'], YR: ['CON/Y.'], AM: ['DETAINER LODGED: 26-000001'] }

/** What came for a message, as the client reads it. */
const came = (key: keyof typeof lines, control: string, more: object = {}): object => ({
  ...{ key, control, lines: lines[key], possibleDuplicate: false },
  ...(key === 'IAR' ? { responseType: 'MATCH', reference: '26-0000000001' } : {}),
  ...more,
})

/** A day of one query and one hit confirmation, and what came of it. */
function told(...received: readonly object[]) {
  const events = [
    { what: 'message', key: 'IAQ', control: 'D1' },
    { what: 'message', key: 'YQ', control: 'D2' },
  ]
  const book = new Book(events)
  for (const each of book.messages.values()) each.sent = true
  for (const each of received) book.take(each)
  return book
}

const ACK = came('IAR', 'D1', { responseType: 'ACKNOWLEDGEMENT' })
const WHOLE = [ACK, came('IAR', 'D1'), came('YR', 'D2'), came('AM', 'D2')]

/** What is wrong with a day whose centre counted one of each. */
function wrongWith(book: ReturnType<typeof told>, more: object = {}): string[] {
  const none = { iaq: 1, brady: 0, confirmations: 1, detainers: 1, screenings: 0, tips: 0, viable: 0 }
  const counted = {
    ...{ queries: 1, oris: 1, brady: 0, detainers: 1, hitsConfirmed: 1, screenings: 0, ncicEntries: 0 },
    ...{ tips: 0, tipsViable: 0, messages: { IAQ: 1, YQ: 1 }, answers: { MATCH: 1 }, refusals: {}, ...more },
  }
  const { seen, faults, detainers, open } = book
  const desk = { tips: 0, viable: 0, lodged: 0 }
  return disagreements({
    scenario: { counts: { ...none, ncicEntries: 0 } },
    plan: { asked: { messages: { IAQ: 1, YQ: 1 }, oris: 1 } },
    day: { seen, faults, open, desk, counted, detainers: detainers.size, recounted: { ...counted } },
  })
}

it('a whole day has nothing wrong with it, and what comes again marked neither', () => {
  expect(wrongWith(told(...WHOLE))).toEqual([])
  const again = WHOLE.map((each) => ({ ...each, possibleDuplicate: true }))
  expect(wrongWith(told(...WHOLE, ...again))).toEqual([])
})

it.each([
  ['an answer twice', [...WHOLE, came('IAR', 'D1')], /IAR D1 came twice/],
  ['a detainer told twice', [...WHOLE, came('AM', 'D2')], /detainer 26-000001 was told twice/],
  ['an answer too few', [ACK, ...WHOLE.slice(2)], /1 messages have no answer/],
  ['no acknowledgement', WHOLE.slice(1), /1 messages have no answer/],
  ['an answer to nothing', [...WHOLE, came('YR', 'D9')], /D9 answers nothing that was sent/],
  ['a hit not confirmed', [...WHOLE.slice(0, 2), came('YR', 'D2', { lines: ['CON/N.'] })], /hits confirmed/],
])('finds %s', (_, received, said) => {
  expect(wrongWith(told(...received)).join('\n')).toMatch(said)
})

it('finds what the centre counts otherwise', () => {
  expect(wrongWith(told(...WHOLE), { queries: 2 })).toEqual([expect.stringMatching(/^queries: /)])
  expect(wrongWith(told(...WHOLE), { refusals: { '.22.': 1 } })).toEqual([expect.stringMatching(/^refusals/)])
})
