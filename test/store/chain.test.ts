import { randomBytes } from 'node:crypto'
import { readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { BATCH_HEADER, BatchWriter, readBatchHeader } from '../../src/store/batch.js'
import { Chain } from '../../src/store/checksum.js'
import { verifyJournal } from '../../src/store/index.js'
import { SEGMENT_HEADER } from '../../src/store/segment.js'
import { firstLink } from '../../src/store/walk.js'
import { Bench, batchesOf, draft, Owner, read, segments, snapshots } from './helpers.js'

let bench: Bench
const key = randomBytes(32)
const other = randomBytes(32)

beforeEach(() => {
  bench = new Bench()
})

afterEach(() => bench[Symbol.asyncDispose]())

async function filled(given: Buffer | undefined, snapshot = false): Promise<string> {
  const one = new Owner(bench.folder()).open({ key: given })
  for (let n = 0; n < 12; n++) one.append(`${n}`.padEnd(60, '.'))
  if (snapshot) await one.snapshot()
  one.append('last')
  await one.journal.close()
  return one.dir
}

const texts = [...Array.from({ length: 12 }, (_, n) => `${n}`.padEnd(60, '.')), 'last']
const reasons = (dir: string, given?: Buffer, head?: string): string[] =>
  verifyJournal({ dir, key: given, closed: true, head }).damage.map(({ reason }) => reason)

describe('a chain with a key', () => {
  it('is whole to whoever has it', async () => {
    const dir = await filled(key, true)
    expect(reasons(dir, key)).toEqual([])
    expect(read(dir, false, key)).toMatchObject({ texts, damage: [] })
    expect(read(dir, true, key)).toMatchObject({ texts, damage: [] })
  })

  it.each([
    ['another key', other],
    ['no key', undefined],
  ])('with %s it is not opened, and nothing of it is touched', async (_, given) => {
    const dir = await filled(key)
    const before = segments(dir).map((file) => readFileSync(file))
    expect(() => new Owner(dir).open({ key: given })).toThrow(/key/)
    expect(segments(dir).map((file) => readFileSync(file))).toEqual(before)
    expect(reasons(dir, given)).not.toEqual([])
  })

  it('says which key it needs where none is given', async () => {
    expect(reasons(await filled(key))).toContain('its chain has a key: give audit.key')
  })

  it('one damaged batch is not taken for another key', async () => {
    const dir = await filled(key)
    const last = segments(dir).at(-1) ?? ''
    const bytes = readFileSync(last)
    const { end = 0 } = batchesOf(last)[0] ?? {}
    bytes[end - 1] = (bytes[end - 1] ?? 0) ^ 1
    writeFileSync(last, bytes)
    await new Owner(dir).open({ key }).journal.close()
  })

  it('a record that is changed by whoever has no key is found, though all hashes are made anew', async () => {
    for (const given of [undefined, key]) {
      const dir = await filled(given)
      forge(segments(dir).at(-1) ?? '')
      // Without a key anybody can make them: that is what the key is for.
      expect(reasons(dir, given).length > 0).toBe(given !== undefined)
    }
  })
})

/** Puts other words of the same length into the last record, and makes its checksum and hash as they should be. */
function forge(file: string): void {
  const chain = new Chain()
  const bytes = readFileSync(file)
  const all = batchesOf(file)
  const { at = 0, sequence = 0, durable = 0 } = all.at(-1) ?? {}
  const before = all.at(-2)
  const previous = before
    ? (readBatchHeader(bytes, before.at)?.hash ?? Buffer.alloc(0))
    : firstLink(chain, bytes.subarray(32, 64), bytes)
  const batch = new BatchWriter(chain)
  batch.add(draft('lost'))
  const forged = batch.close(sequence, durable, previous)
  expect(forged.bytes.length).toBe(bytes.length - at)
  expect(at).toBeGreaterThanOrEqual(SEGMENT_HEADER)
  expect(forged.bytes.length).toBeGreaterThan(BATCH_HEADER)
  forged.bytes.copy(bytes, at)
  writeFileSync(file, bytes)
}

describe('a key that is added later', () => {
  it('begins with a segment of its own, and covers what came before', async () => {
    const dir = await filled(undefined, true)
    const before = segments(dir).length
    const one = new Owner(dir).open({ key })
    expect(one.texts).toEqual(texts)
    one.append('keyed')
    await one.journal.close()
    expect(segments(dir)).toHaveLength(before + 1)
    expect(read(dir, true, key)).toMatchObject({ texts: [...texts, 'keyed'], damage: [] })
    expect(reasons(dir, key)).toEqual([])
    // From then on nobody opens it without.
    expect(() => new Owner(dir).open()).toThrow('its chain has a key: give audit.key')
    forge(segments(dir)[before - 1] ?? '')
    expect(reasons(dir, key)).toContain('does not follow the segment before it')
  })

  it('takes the snapshots that were made before it, also where nothing else is left of what they cover', async () => {
    const one = new Owner(bench.folder()).open({ now: () => 0 })
    for (const text of texts) one.append(text)
    await one.snapshot()
    expect(one.journal.retain(0, undefined).first).toBeGreaterThan(1)
    await one.journal.close()
    const next = new Owner(one.dir).open({ key })
    expect([next.texts, next.journal.damage]).toEqual([texts, []])
    next.append('keyed')
    await next.journal.close()
    expect(read(one.dir, true, key)).toMatchObject({ texts: [...texts, 'keyed'], damage: [] })
    expect(reasons(one.dir, key)).toEqual([])
  })

  it('a snapshot without it is not taken for a segment that has it', async () => {
    const dir = await filled(key, true)
    const [snapshot = ''] = snapshots(dir)
    const bytes = readFileSync(snapshot)
    const end = bytes.length - 32
    new Chain().link(bytes.subarray(32, 64), bytes.subarray(0, end)).copy(bytes, end)
    writeFileSync(snapshot, bytes)
    expect(reasons(dir, key)).toEqual(['is damaged, or made with another key'])
  })

  it('an older segment put in the place of a keyed one is found', async () => {
    const dir = await filled(undefined)
    const one = new Owner(dir).open({ key })
    one.append('keyed')
    await one.journal.close()
    const plain = await filled(undefined)
    const [, second = ''] = segments(plain)
    const keyed = segments(dir).at(-1) ?? ''
    writeFileSync(keyed, readFileSync(second))
    expect(reasons(dir, key)).not.toEqual([])
  })
})

describe('a head that was written down', () => {
  it('is found in the chain that it was the head of, and not in one whose end was cut off since', async () => {
    const one = new Owner(bench.folder()).open()
    one.append('a')
    const early = one.journal.head
    for (let n = 0; n < 40; n++) one.append(`${n}`.padEnd(60, '.'))
    const late = one.journal.head
    await one.journal.close()
    const found = (head: string): boolean => verifyJournal({ dir: one.dir, closed: false, head }).found
    expect([found(early), found(late), found('0'.repeat(64))]).toEqual([true, true, false])
    const last = segments(one.dir).at(-1) ?? ''
    truncateSync(last, batchesOf(last).at(-1)?.at)
    expect(verifyJournal({ dir: one.dir, closed: false }).damage).toEqual([])
    expect([found(early), found(late)]).toEqual([true, false])
    rmSync(last)
    expect([found(early), found(late)]).toEqual([true, false])
  })
})

it('a snapshot is held to the chain too', async () => {
  const dir = await filled(key, true)
  const [snapshot = ''] = snapshots(dir)
  const stranger = await filled(key, true)
  for (const [n, bytes] of [readFileSync(snapshot), readFileSync(snapshots(stranger)[0] ?? '')].entries()) {
    if (n === 0) bytes[90] = (bytes[90] ?? 0) ^ 1
    writeFileSync(snapshot, bytes)
    expect(reasons(dir, key)).toHaveLength(1)
  }
})
