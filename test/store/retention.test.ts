import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { verifyJournal } from '../../src/store/index.js'
import { Bench, batchesOf, Owner, read, segments, snapshots } from './helpers.js'

let bench: Bench

beforeEach(() => {
  bench = new Bench()
})

afterEach(() => bench[Symbol.asyncDispose]())

const DAY = 86_400_000

/** A journal of ten days: a dozen records a day, and a snapshot at the end of each. */
async function tenDays(): Promise<{ one: Owner; clock: { now: number } }> {
  const clock = { now: 0 }
  const one = new Owner(bench.folder()).open({ now: () => clock.now })
  bench.after(() => one.journal.close())
  for (let day = 1; day <= 10; day++) {
    clock.now = day * DAY
    for (let n = 0; n < 12; n++) one.append(`day ${day}, ${n}`.padEnd(60, '.'))
    await one.snapshot()
  }
  return { one, clock }
}

const numbers = (dir: string): number[] => segments(dir).map((file) => Number(file.slice(-16, -8)))
const verify = (dir: string): ReturnType<typeof verifyJournal> => verifyJournal({ dir, closed: false })

it('removes what is older and a snapshot covers, and nothing else', async () => {
  const { one } = await tenDays()
  const all = one.texts
  const before = numbers(one.dir)
  expect(one.journal.retain(DAY - 1, undefined)).toEqual({ removed: 0, first: 1 })
  const { removed, first } = one.journal.retain(5 * DAY, undefined)
  expect(removed).toBeGreaterThan(3)
  const left = numbers(one.dir)
  expect(left).toEqual(before.slice(removed))
  expect(left[0]).toBe(first)
  // Every record of the sixth day and later is there still.
  const kept = segments(one.dir).map((file) => readFileSync(file, 'latin1'))
  for (const text of all.slice(60)) expect(kept.some((bytes) => bytes.includes(text))).toBe(true)
  // The last segment of the fifth day may hold records of it; the one before may not be there any more.
  expect(kept.some((bytes) => bytes.includes(all[40]!))).toBe(false)
})

it('what is known stays the same, from the newest snapshot and from the records alone', async () => {
  const { one } = await tenDays()
  const all = [...one.texts]
  one.journal.retain(5 * DAY, undefined)
  expect(read(one.dir, false)).toMatchObject({ texts: all, damage: [] })
  const whole = read(one.dir, true)
  expect(whole).toMatchObject({ texts: all, damage: [], head: one.journal.head })
  expect(whole.replayed).toBeLessThan(72)
  expect(whole.replayed).toBeGreaterThanOrEqual(60)
  one.append('after')
  await one.journal.sync()
  expect(read(one.dir, true)).toMatchObject({ texts: [...all, 'after'], damage: [] })
  expect(verify(one.dir).damage).toEqual([])
})

it('nothing that something still refers to goes, however old it is', async () => {
  const { one } = await tenDays()
  const all = [...one.texts]
  const waits = one.positions.get(all[30]!)!
  const { first } = one.journal.retain(8 * DAY, waits)
  expect(first).toBeGreaterThan(1)
  expect(one.journal.read(waits)).toMatchObject({ payload: Buffer.from(all[30]!) })
  expect(verify(one.dir).damage).toEqual([])
  expect(read(one.dir, true)).toMatchObject({ texts: all, damage: [] })
  // When it is done the rest goes too.
  expect(one.journal.retain(8 * DAY, undefined).first).toBeGreaterThan(first)
  expect(verify(one.dir).damage).toEqual([])
  expect(read(one.dir, true)).toMatchObject({ texts: all, damage: [] })
})

it('without a snapshot nothing goes', async () => {
  const one = new Owner(bench.folder()).open({ now: () => 0 })
  bench.after(() => one.journal.close())
  for (let n = 0; n < 50; n++) one.append(`${n}`.padEnd(60, '.'))
  await one.journal.sync()
  expect(one.journal.retain(100 * DAY, undefined)).toEqual({ removed: 0, first: 1 })
  expect(numbers(one.dir).length).toBeGreaterThan(5)
})

it('segments that are missing without a snapshot that stands in for them are damage', async () => {
  const { one } = await tenDays()
  one.journal.retain(5 * DAY, undefined)
  for (const file of snapshots(one.dir)) rmSync(file)
  const [first = ''] = segments(one.dir)
  expect(verify(one.dir).damage).toContainEqual({
    file: first,
    offset: 0,
    reason: 'what came before it is missing',
  })
})

it('a snapshot of another journal does not stand in for this one', async () => {
  const { one } = await tenDays()
  one.journal.retain(5 * DAY, undefined)
  const [oldest = ''] = snapshots(one.dir)
  // The first record that it doesn't cover is changed, and the hashes are made anew from there: the chain breaks at it.
  const [first = ''] = segments(one.dir)
  const bytes = readFileSync(first)
  const { at = 0 } = batchesOf(first)[0] ?? {}
  bytes[at + 80] = (bytes[at + 80] ?? 0) ^ 1
  writeFileSync(first, bytes)
  const { damage } = verify(one.dir)
  expect(damage.map(({ file }) => file)).toContain(first)
  expect(damage.map(({ file }) => file)).not.toContain(oldest)
})
