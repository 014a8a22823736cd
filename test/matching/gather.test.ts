import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { generatePersons } from '../../src/generate/index.js'
import { mergeDue, Stock, verifyIndexes, writeIndexed } from '../../src/matching/index.js'
import { SegmentBuilder } from '../../src/matching/segment/build.js'
import { readIndex } from '../../src/matching/segment/file.js'
import { NAMES, type SegmentData } from '../../src/matching/segment/layout.js'
import {
  adoptSegment,
  indexOf,
  parseRecordLine,
  type RecordLine,
  segmentsOf,
  verifyRecords,
} from '../../src/records/index.js'
import { names } from './helpers.js'

let dir = ''
beforeEach(() => {
  dir = join(mkdtempSync(join(tmpdir(), 'iaq-gather-')), 'records')
})
afterEach(() => {
  rmSync(join(dir, '..'), { recursive: true, force: true })
})

const generated = (seed: string, count: number): string[] =>
  [...generatePersons({ seed, count })].join('').trimEnd().split('\n')

const recordOf = (line: string): RecordLine => {
  const parsed = parseRecordLine(line)
  if ('fault' in parsed) throw new Error(parsed.fault)
  return parsed.record
}

async function load(lines: readonly string[], batchBytes?: number): Promise<string> {
  const input = (async function* () {
    yield Buffer.from(`${lines.join('\n')}\n`)
  })()
  const { file } = await writeIndexed(dir, input, names, batchBytes === undefined ? {} : { batchBytes })
  adoptSegment(dir, file)
  return file
}

/** The index as it is read from disk, its identifiers with it. */
function indexOfLast(): SegmentData {
  const entry = segmentsOf(dir).at(-1)
  if (!entry) throw new Error('no segment')
  const read = readIndex(join(dir, indexOf(entry.file)), entry)
  if ('reason' in read) throw new Error(read.reason)
  const ids = read.identifiers.all()
  read.identifiers.close()
  return { meta: read.data.meta, columns: { ...read.data.columns, ids } }
}

/** What a builder makes in memory of the records one by one. */
function built(lines: readonly string[]): SegmentData {
  const builder = new SegmentBuilder(names)
  lines.forEach((line, at) => {
    builder.add(recordOf(line), at)
  })
  return builder.finish()
}

function expectSame(read: SegmentData, made: SegmentData): void {
  expect(read.meta).toEqual(made.meta)
  for (const name of NAMES) expect([name, ...read.columns[name]]).toEqual([name, ...made.columns[name]])
}

const odd = (arn: number, last: string, more = ''): string =>
  `{"arn":"${String(arn).padStart(9, '0')}","names":[{"last":"${last}"${more}}],"dob":"19800101"}`

/** Names and numbers that the short way must leave to the long one, or must read as that does. */
const ODD = [
  ...[
    "O'BRIEN",
    'J.R.R. TOLKIEN',
    'de la cruz',
    'Muñoz',
    '王小明',
    'MR',
    'SMITH JR',
    'DR JR',
    'A--B  C',
    '-',
  ].map((last, i) => odd(100 + i, last)),
  odd(201, 'A B C D E F G H I J'),
  odd(202, 'VAN', ',"first":"A B C D","middle":"E F G H I","suffix":"III"'),
  odd(203, 'SMITH', ',"first":"MRS ANA","middle":"SR"'),
  odd(204, 'X'.repeat(500)),
  ...['00', '000123', 'a-1 2', 'é1', '-'].map((number, i) =>
    odd(210 + i, 'NUMBERED').replace(
      '}],',
      `}],"fbi":"${number}","sid":"${number}","soc":"${number}","oln":"${number}","ols":"z${number}","passport":{"number":"${number}"},"ncic":[{"nic":"${number}","category":"NSEERS"}],`,
    ),
  ),
  ...['XX', 'YY', 'x', 'LONGER', 'É1'].map((pob, i) =>
    odd(220 + i, 'PLACED').replace(/}$/, `,"pob":"${pob}"}`),
  ),
  odd(230, 'DATED').replace(/}$/, ',"altDobs":["19800101","19810101","19790000"]}'),
]

describe('an index that a load makes', () => {
  it('is the one that a builder makes of the records, and reads from disk as it was', async () => {
    const lines = [...generated('gather', 3000), ...ODD]
    // Some twice, the second time changed; some taken out, one of them before it came.
    lines.push('{"arn":"000000999","removed":true}', odd(999, 'LATER'), odd(201, 'AGAIN'))
    lines.push(...lines.slice(10, 40).map((line) => `{"arn":"${recordOf(line).arn}","removed":true}`))
    await load(lines)
    expectSame(indexOfLast(), built(lines))
  })

  it('is the same when threads make it', async () => {
    const lines = [...generated('threads', 6000), ...ODD]
    await load(lines, 1 << 19)
    expectSame(indexOfLast(), built(lines))
  })

  it('may be of nothing but removals', async () => {
    const lines = ['{"arn":"000000999","removed":true}']
    await load(lines)
    expectSame(indexOfLast(), built(lines))
  })
})

describe('a store of the second format', () => {
  const folder = join('fixtures', 'records')
  const lines = readFileSync(join(folder, 'persons.jsonl'), 'utf8').trimEnd().split('\n')

  it.each(['1', '2'])('of records %s gets its index anew, which says so once', (format) => {
    cpSync(join(folder, format), dir, { recursive: true })
    const open = (): string[] => {
      const notes: string[] = []
      const opened = Stock.open(dir, names, (note) => notes.push(note))
      if ('damage' in opened) throw new Error(opened.damage.reason)
      expect(opened.stock.byArn('000000104')?.ncic).toHaveLength(2)
      opened.stock.close()
      return notes
    }
    expect(open()).toEqual([expect.stringContaining('it is made anew from the records')])
    expect(open()).toEqual([])
    expectSame(indexOfLast(), built(lines))
  })

  it.each(['1', '2'])('of records %s is packed anew by a merge', async (format) => {
    cpSync(join(folder, format), dir, { recursive: true })
    const opened = Stock.open(dir, names)
    if ('damage' in opened) throw new Error(opened.damage.reason)
    opened.stock.close()
    const more = generated('more', 400)
    for (let at = 0; at < more.length; at += 100) await load(more.slice(at, at + 100))
    expect(mergeDue(dir, names)).toBe(true)
    expect(segmentsOf(dir)).toHaveLength(1)
    expect(readdirSync(dir)).toHaveLength(3)
    expect([verifyRecords(dir), verifyIndexes(dir)]).toEqual([[], []])
    const merged = Stock.open(dir, names)
    if ('damage' in merged) throw new Error(merged.damage.reason)
    const store = merged.stock.store
    expect([...store.records()]).toEqual([...lines, ...more].map(recordOf))
    merged.stock.close()
  })
})
