import { readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Bench, batchesOf, killed, loseDescriptors, Owner, read, segments, snapshots } from './helpers.js'

let bench: Bench

beforeEach(() => {
  bench = new Bench()
})

afterEach(() => bench[Symbol.asyncDispose]())

const owner = (dir = bench.folder()): Owner => {
  const made = new Owner(dir).open()
  bench.after(() => made.journal.close())
  return made
}

const numbered = (from: number, count: number, size = 40): string[] =>
  Array.from({ length: count }, (_, i) => `${from + i} `.padEnd(size, '.'))

describe('replay', () => {
  /** What an owner may do, in any order. */
  const step = fc.oneof(
    { weight: 6, arbitrary: fc.record({ do: fc.constant('append' as const), sizes: fc.array(fc.nat(300)) }) },
    { weight: 2, arbitrary: fc.constant({ do: 'sync' as const }) },
    { weight: 2, arbitrary: fc.constant({ do: 'snapshot' as const }) },
    { weight: 1, arbitrary: fc.constant({ do: 'close' as const }) },
    { weight: 1, arbitrary: fc.constant({ do: 'kill' as const }) },
  )

  it('a snapshot and what came after it say what all records say, wherever snapshots were made', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        await using local = new Bench()
        let one = new Owner(local.folder()).open()
        const all: string[] = []
        let made = 0
        for (const each of steps) {
          if (each.do === 'append') {
            const texts = each.sizes.map((size) => `${made++} `.padEnd(size, 'é'))
            one.append(...texts)
            all.push(...texts)
          } else if (each.do === 'sync') await one.journal.sync()
          else if (each.do === 'snapshot') await one.snapshot()
          else {
            const dir = each.do === 'kill' ? killed(local, one.dir) : one.dir
            await one.journal.close()
            one = new Owner(dir).open()
            expect(one.texts).toEqual(all)
          }
        }
        for (const [text, at] of one.positions) {
          const record = one.journal.read(at)
          expect('payload' in record && record.payload.toString('latin1')).toBe(text)
        }
        const head = one.journal.head
        expect(read(one.dir, true)).toMatchObject({ texts: all, damage: [], head, replayed: all.length })
        expect(read(one.dir, false)).toMatchObject({ texts: all, damage: [], head })
        await one.journal.close()
        expect(read(one.dir, true)).toMatchObject({ texts: all, damage: [], head })
        expect(read(one.dir, false)).toMatchObject({ texts: all, damage: [], head })
      }),
      { numRuns: 60 },
    )
  })

  it('what a snapshot covers is not replayed', async () => {
    const one = owner()
    for (const text of numbered(0, 100)) one.append(text)
    await one.snapshot()
    one.append('after')
    const next = new Owner(killed(bench, one.dir)).open()
    bench.after(() => next.journal.close())
    expect(next.texts).toHaveLength(101)
    expect(next.replayed).toBe(1)
  })

  it('a damaged snapshot is named, and the one before it taken', async () => {
    const one = owner()
    one.append('a')
    await one.snapshot()
    one.append('b')
    await one.snapshot()
    one.append('c')
    await one.journal.sync()
    const newest = snapshots(one.dir).at(-1) ?? ''
    const bytes = readFileSync(newest)
    bytes[100] = (bytes[100] ?? 0) ^ 1
    writeFileSync(newest, bytes)
    const { texts, damage, replayed } = read(one.dir, false)
    expect(texts).toEqual(['a', 'b', 'c'])
    expect(replayed).toBe(2)
    expect(damage).toEqual([{ file: newest, offset: 0, reason: 'is damaged, or made with another key' }])
  })

  it('a start reads no more than the journal grew since the last snapshot that was wanted', async () => {
    const dir = bench.folder()
    const one = new Owner(dir).open({ segmentBytes: 4 << 20, sync: false })
    const large = 'x'.repeat(1 << 20)
    let wanted = 0
    for (let n = 0; n < 140; n++) {
      one.append(`${n} ${large}`)
      if (!one.journal.wantsSnapshot) continue
      wanted++
      // What an owner knows is far smaller than what brought it about.
      await one.journal.snapshot(Buffer.from('[]'))
    }
    await one.journal.close()
    expect(wanted).toBeGreaterThanOrEqual(4)
    expect(read(dir, false).replayed).toBeLessThan(34)
    expect(read(dir, true).replayed).toBe(140)
  })
})

describe('group commit', () => {
  const durable = (dir: string): number => batchesOf(segments(dir).at(-1) ?? '').at(-1)?.durable ?? -1

  it('a sync covers all that was appended before it was asked for', async () => {
    const one = owner()
    for (const text of numbered(0, 5)) one.append(text)
    await one.journal.sync()
    one.append('next')
    expect(durable(one.dir)).toBe(5)
  })

  it('one that is asked for while another runs is another, and all who ask then share it', async () => {
    const one = owner()
    one.append('a')
    const first = one.journal.sync()
    one.append('b')
    const second = one.journal.sync()
    one.append('c')
    const third = one.journal.sync()
    expect(second).toBe(third)
    expect(second).not.toBe(first)
    await first
    one.append('d')
    // The first may not claim what came after it was begun.
    expect(durable(one.dir)).toBe(1)
    await third
    one.append('e')
    expect(durable(one.dir)).toBeGreaterThanOrEqual(3)
  })

  it('covers segments that were filled meanwhile', async () => {
    const one = owner()
    for (const text of numbered(0, 60)) one.append(text)
    expect(segments(one.dir).length).toBeGreaterThan(4)
    await one.journal.sync()
    one.append('next')
    expect(durable(one.dir)).toBe(60)
  })
})

describe('a sync that fails', () => {
  it('makes the journal go on in a new segment, with everything that was not known to be on disk', async () => {
    const one = owner()
    one.append('safe')
    await one.journal.sync()
    const places = one.append('a', 'b')
    one.append('c')
    const [bad = ''] = segments(one.dir)
    expect(loseDescriptors(bad)).toBe(1)
    await one.journal.sync()
    expect(segments(one.dir)).toHaveLength(2)
    one.append('d')
    await one.journal.sync()
    for (const [i, text] of ['a', 'b'].entries())
      expect(one.journal.read(places[i]!)).toMatchObject({ payload: Buffer.from(text) })
    const all = ['safe', 'a', 'b', 'c', 'd']
    expect(read(one.dir, true)).toMatchObject({ texts: all, damage: [] })
    await one.journal.close()
    // What the bad segment still holds of them isn't given a second time, and without it they are all there.
    expect(read(one.dir, true)).toMatchObject({ texts: all, damage: [] })
    truncateSync(bad, batchesOf(bad)[0]?.end)
    expect(read(one.dir, true)).toMatchObject({ texts: all, damage: [] })
  })

  it('is said where the bytes are lost too: nobody is told that they are on disk', async () => {
    const one = new Owner(bench.folder()).open()
    one.append('safe')
    await one.journal.sync()
    const [bad = ''] = segments(one.dir)
    loseDescriptors(bad)
    one.append('lost')
    await expect(one.journal.sync()).rejects.toThrow()
  })

  it('with a snapshot under way leaves none that says a wrong place', async () => {
    const one = owner()
    one.append('a')
    const [bad = ''] = segments(one.dir)
    loseDescriptors(bad)
    await one.snapshot()
    expect(snapshots(one.dir)).toEqual([])
    one.append('b')
    await one.journal.sync()
    expect(read(one.dir, false)).toMatchObject({ texts: ['a', 'b'], damage: [] })
  })
})

describe('a torn tail', () => {
  it('is cut wherever it was torn, and what comes next stands in its place', async () => {
    const one = owner()
    for (const text of ['a', 'b', 'c']) one.append(text)
    await one.journal.sync()
    one.append('torn', 'also torn')
    const [file = ''] = segments(one.dir)
    const { at = 0, end = 0 } = batchesOf(file).at(-1) ?? {}
    expect(end - at).toBeGreaterThan(80)
    for (let cut = at; cut < end; cut++) {
      const dir = killed(bench, one.dir)
      truncateSync(segments(dir)[0] ?? '', cut)
      const next = new Owner(dir).open()
      expect(next.journal.damage).toEqual([])
      expect(next.texts).toEqual(['a', 'b', 'c'])
      next.append('d')
      await next.journal.close()
      expect(read(dir, true)).toMatchObject({ texts: ['a', 'b', 'c', 'd'], damage: [] })
      rmSync(dir, { recursive: true })
    }
  })

  it('may hold anything at all', async () => {
    const one = owner()
    for (const text of ['a', 'b', 'c']) one.append(text)
    await one.journal.sync()
    const [file = ''] = segments(one.dir)
    const end = batchesOf(file).at(-1)?.end ?? 0
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 300 }), async (rubbish) => {
        await using local = new Bench()
        const dir = killed(local, one.dir)
        const bytes = readFileSync(file)
        bytes.set(rubbish, end)
        writeFileSync(segments(dir)[0] ?? '', bytes)
        const next = new Owner(dir).open()
        expect([next.texts, next.journal.damage]).toEqual([['a', 'b', 'c'], []])
        next.append('d')
        await next.journal.close()
        expect(read(dir, true)).toMatchObject({ texts: ['a', 'b', 'c', 'd'], damage: [] })
      }),
      { numRuns: 50 },
    )
  })
})

describe('damage', () => {
  it('of any one byte is named with file and offset, and what stands behind it is kept', async () => {
    const one = owner()
    const all = numbered(0, 40)
    for (const text of all) {
      one.append(text)
      await one.journal.sync()
    }
    const head = one.journal.head
    const files = segments(one.dir)
    const batches = files.flatMap((file, i) =>
      batchesOf(file).map((each, j) => ({ ...each, segment: i, start: j === 0 ? 0 : each.at })),
    )
    const last = batches.at(-1)
    const place = fc
      .nat(files.length - 1)
      .chain((i) =>
        fc.record({ i: fc.constant(i), at: fc.nat(readFileSync(files[i] ?? '').length - 1), bit: fc.nat(7) }),
      )
    await fc.assert(
      fc.asyncProperty(place, async ({ i, at, bit }) => {
        await using local = new Bench()
        const dir = killed(local, one.dir)
        const file = segments(dir)[i] ?? ''
        const bytes = readFileSync(file)
        bytes[at] = (bytes[at] ?? 0) ^ (1 << bit)
        writeFileSync(file, bytes)
        // A segment's header belongs to its first batch.
        const hit = batches.findIndex((each) => each.segment === i && at >= each.start && at < each.end)
        const { texts, damage, head: found } = read(dir, true)
        if (hit < 0) expect([texts, damage, found]).toEqual([all, [], head])
        // Nothing proves that the last batch was on disk: for a start it is what a torn tail is.
        else if (batches[hit] === last) expect([texts, damage]).toEqual([all.slice(0, -1), []])
        else {
          expect(texts.filter((text) => text !== all[hit])).toEqual(all.filter((_, n) => n !== hit))
          expect(damage.map((each) => each.file)).toContain(file)
          const { start = 0, at: from = 0 } = batches[hit] ?? {}
          expect(damage.some((each) => each.offset === start || each.offset === from)).toBe(true)
        }
        const next = new Owner(dir).open()
        expect(next.texts).toEqual(texts)
        next.append('after')
        await next.journal.close()
        expect(read(dir, true).texts).toEqual([...texts, 'after'])
      }),
      {
        numRuns: 400,
        examples: [
          // A later segment's header that is damaged says nothing of where the one before it ends.
          [{ i: 2, at: 22, bit: 0 }],
          // One that says that its chain has a key, which it hasn't.
          [{ i: 0, at: 12, bit: 0 }],
          [{ i: 2, at: 12, bit: 0 }],
        ],
      },
    )
  })

  it('of a record that waits to be sent is told when it is read', async () => {
    const one = owner()
    const [at] = one.append('waits')
    const [file = ''] = segments(one.dir)
    const bytes = readFileSync(file)
    bytes[(batchesOf(file)[0]?.end ?? 0) - 1] = 0
    writeFileSync(file, bytes)
    expect(one.journal.read(at!)).toMatchObject({ file, reason: 'checksum of a record is wrong' })
  })

  it('a segment that is missing is named, and the others are read', async () => {
    const one = owner()
    // Each is known to be on disk before the next, which says so.
    for (const text of numbered(0, 40)) {
      one.append(text)
      await one.journal.sync()
    }
    const [, second = ''] = segments(one.dir)
    const gone = batchesOf(second).length
    rmSync(second)
    const { texts, damage } = read(one.dir, true)
    expect(damage).toContainEqual({ file: second, offset: 0, reason: 'is missing' })
    expect(texts).toHaveLength(40 - gone)
  })
})

describe('segments', () => {
  it('roll over when they are full; a batch never lies in two', async () => {
    const one = owner()
    const all = numbered(0, 30, 200)
    for (const text of all) one.append(text)
    // Larger than a segment is: it gets one of its own size.
    const long = 'y'.repeat(5000)
    one.append(long)
    one.append('next')
    await one.journal.close()
    const files = segments(one.dir)
    expect(files.length).toBeGreaterThan(8)
    expect(files.every((file) => batchesOf(file).length > 0)).toBe(true)
    const sequences = files.flatMap((file) => batchesOf(file).map(({ sequence }) => sequence))
    expect(sequences).toEqual(Array.from({ length: 32 }, (_, i) => i + 1))
    for (const file of files) expect(readFileSync(file)).toHaveLength(batchesOf(file).at(-1)?.end ?? 0)
    expect(read(one.dir, true)).toMatchObject({ texts: [...all, long, 'next'], damage: [] })
  })

  it('one that was filled beforehand and never used counts for nothing', async () => {
    const one = owner()
    one.append('a')
    await one.journal.sync()
    const dir = killed(bench, one.dir)
    writeFileSync(join(dir, '00000002.journal'), Buffer.alloc(1024))
    writeFileSync(join(dir, 'spare-7.part'), Buffer.alloc(1024))
    const next = new Owner(dir).open()
    next.append('b')
    await next.journal.close()
    expect(read(dir, true)).toMatchObject({ texts: ['a', 'b'], damage: [] })
    expect(segments(dir)).toHaveLength(1)
  })
})
