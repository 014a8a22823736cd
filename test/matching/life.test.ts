import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, watch, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  createMatcher,
  dueForMerge,
  type Engine,
  MatcherPool,
  mergeDue,
  Stock,
  verifyIndexes,
  writeIndexed,
} from '../../src/matching/index.js'
import {
  adoptSegment,
  formatLine,
  indexOf,
  type PersonRecord,
  type RecordLine,
  segmentsOf,
  sweep,
} from '../../src/records/index.js'
import { crowd, names, person, subjects, thresholds } from './helpers.js'

let dir = ''
beforeEach(() => {
  dir = join(mkdtempSync(join(tmpdir(), 'iaq-life-')), 'records')
})
afterEach(() => {
  rmSync(join(dir, '..'), { recursive: true, force: true })
})

async function load(lines: readonly RecordLine[], linesOfRun?: number): Promise<string> {
  const input = (async function* () {
    for (const line of lines) yield formatLine(line)
  })()
  const { file } = await writeIndexed(
    dir,
    input,
    names,
    linesOfRun === undefined ? {} : { linesOfRun, batchBytes: 1 << 17 },
  )
  adoptSegment(dir, file)
  return file
}

function openStock(notes: string[] = []): Stock {
  const opened = Stock.open(dir, names, (text) => notes.push(text))
  if ('damage' in opened) throw new Error(JSON.stringify(opened.damage))
  return opened.stock
}

function hold(engine: Engine, stock: Stock): Engine {
  engine.hold(stock.segments.map((each) => ({ ...each, record: (line) => stock.record(each.file, line) })))
  return engine
}

const people = crowd(4000)
/** Six loads: persons, others in the place of some, some taken out. */
const loads: readonly RecordLine[][] = [
  people.slice(0, 1500),
  people.slice(1500, 2500),
  [...people.slice(2500, 3000), ...people.slice(0, 200).map((each) => ({ ...each, dob: '19700101' }))],
  people.slice(3000, 3600),
  [...people.slice(3600), ...people.slice(1000, 1100).map(({ arn }) => ({ arn, removed: true as const }))],
  [
    { ...person(50, 'VILLALOBOS MEJIA, ZENAIDA', '19810203'), altDobs: ['19810302'], fbi: '123456XY7' },
    ...people.slice(1000, 1010),
  ],
]

function answers(engine: Engine, of: readonly PersonRecord[]): unknown[] {
  return of.map(({ names: [name], dob }) => {
    const { grade, candidates } = engine.query({ name: `${name?.last}, ${name?.first}`, dob })
    // Whom a NONE shows is by chance.
    return grade === 'NONE' ? { grade } : { grade, best: candidates[0]?.arn, dob: candidates[0]?.person.dob }
  })
}

const asked = people.filter((_, i) => i % 13 === 0)

describe('a store of segments', () => {
  it('answers as one engine in memory does, before and after segments are merged', async () => {
    const whole = createMatcher({ names, thresholds })
    for (const lines of loads) {
      await load(lines)
      whole.apply(lines)
    }
    const stock = openStock()
    const engine = hold(createMatcher({ names, thresholds }), stock)
    expect(engine.size).toBe(whole.size)
    expect(answers(engine, asked)).toEqual(answers(whole, asked))
    const before = engine.query({ name: 'VILLALOBOS MEJIA, ZENAIDA', dob: '19810302' })
    expect(before.candidates[0]?.arn).toBe('000000050')

    expect(mergeDue(dir, names)).toBe(true)
    expect(dueForMerge(segmentsOf(dir))).toEqual([])
    stock.refresh()
    hold(engine, stock)
    expect(engine.size).toBe(whole.size)
    expect(engine.names).toBe(whole.names)
    const fresh = hold(createMatcher({ names, thresholds }), openStock())
    // How often two names go together counts whoever was replaced until a merge.
    const merged = createMatcher({ names, thresholds })
    merged.apply(stock.store.records())
    for (const each of [engine, fresh]) {
      expect(answers(each, asked)).toEqual(answers(merged, asked))
      const { candidates } = each.query({
        name: 'VILLALOBOS MEJIA, ZENAIDA',
        dob: '19810302',
        fbi: '123456XY7',
      })
      expect(candidates[0]?.why.map(({ field }) => field)).toEqual(['NAME', 'DOB', 'FBI'])
      expect(each.byArn('000000050')?.fbi).toBe('123456XY7')
    }
    expect(fresh.byArn(people[1050]?.arn ?? '')).toBeUndefined()
    expect(fresh.byArn(people[1005]?.arn ?? '')?.arn).toBe(people[1005]?.arn)
  })

  it('answers the same when its index was made in runs, and leaves nothing of them', async () => {
    const lines = [...people, ...people.slice(0, 300).map((each) => ({ ...each, dob: '19700101' }))]
    const file = await load([...lines, { arn: people[400]?.arn as PersonRecord['arn'], removed: true }], 900)
    const whole = createMatcher({ names, thresholds })
    whole.apply([...lines, { arn: people[400]?.arn as PersonRecord['arn'], removed: true }])
    const engine = hold(createMatcher({ names, thresholds }), openStock())
    expect(engine.size).toBe(people.length - 1)
    expect(answers(engine, asked)).toEqual(answers(whole, asked))
    expect(readdirSync(dir).sort()).toEqual([file, indexOf(file), 'manifest.json'].sort())
  })

  it('finds the persons whom an NCIC record is about', async () => {
    const entry = { nic: 'N123456789', category: 'ABSCONDER', offense: '', entered: '20200101' }
    const wanted = person(7, 'PANCORBO, TEODORO', '19700304', { ncic: [entry] })
    await load([wanted, ...people.slice(0, 50)])
    const engine = hold(createMatcher({ names, thresholds }), openStock())
    expect(engine.byNic('n123456789').map(({ arn }) => arn)).toEqual([wanted.arn])
    expect(engine.byNic('N000000000')).toEqual([])
  })

  it('makes an index that is damaged or missing anew, and says so', async () => {
    const file = await load(people.slice(0, 300))
    const path = join(dir, indexOf(file))
    const bytes = readFileSync(path)
    bytes[2000] = (bytes[2000] ?? 0) ^ 1
    writeFileSync(path, bytes)
    expect(verifyIndexes(dir)).toMatchObject([{ file: indexOf(file) }])
    const notes: string[] = []
    openStock(notes)
    expect(notes).toEqual([expect.stringContaining(`${indexOf(file)} the checksum of`)])
    expect(verifyIndexes(dir)).toEqual([])
    rmSync(path)
    openStock(notes)
    expect(notes).toHaveLength(2)
    expect(existsSync(path)).toBe(true)
  })

  it('keeps the subjects whatever is loaded under their numbers, in threads too', async () => {
    const [subject] = subjects
    const record = subject?.record as PersonRecord
    await load([{ ...record, dob: '19000101' }, ...people.slice(0, 300)])
    const stock = openStock()
    const pool = new MatcherPool({
      ...{ stock, thresholds, threads: 2, namesDir: resolve('formats/names') },
      subjects: [record],
    })
    pool.hold(stock.segments)
    await pool.ready
    expect(pool.size).toBe(301)
    const [name] = record.names
    const queries = [
      { name: `${name?.last}, ${name?.first}`, dob: record.dob },
      ...people
        .slice(0, 40)
        .map((each) => ({ name: `${each.names[0]?.last}, ${each.names[0]?.first}`, dob: each.dob })),
    ]
    const results = await pool.query(queries)
    expect(results.map(({ candidates }) => candidates[0]?.person.arn)).toEqual([
      record.arn,
      ...people.slice(0, 40).map(({ arn }) => arn),
    ])
    await pool.close()
    await expect(pool.query(queries)).rejects.toThrow('closed')
  })
})

/** Ends a process with SIGKILL as soon as a file whose name fits turns up. */
async function killAt(pattern: RegExp, script: string, input?: string): Promise<void> {
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['pipe', 'inherit', 'inherit'],
  })
  const watcher = watch(dir, (_, name) => {
    if (name !== null && pattern.test(name)) child.kill('SIGKILL')
  })
  child.stdin?.on('error', () => undefined)
  if (input !== undefined) child.stdin?.write(input)
  await once(child, 'exit')
  watcher.close()
}

describe('kill -9', () => {
  const matching = JSON.stringify(resolve('dist/matching/index.js'))
  const prelude = `const m = await import(${matching}); const names = m.loadNameTables(${JSON.stringify(resolve('formats/names'))});`

  it.each([/\.seg\.part$/, /\.idx\.\d+\.part$/, /\.idx$/])(
    'in a merge, at %s, leaves every person',
    async (pattern) => {
      for (const lines of loads) await load(lines)
      const before = hold(createMatcher({ names, thresholds }), openStock())
      const merged = readdirSync(dir)
      await killAt(pattern, `${prelude} m.mergeDue(${JSON.stringify(dir)}, names)`)
      sweep(dir)
      const after = hold(createMatcher({ names, thresholds }), openStock())
      expect(after.size).toBe(before.size)
      expect(answers(after, asked.slice(0, 50))).toEqual(answers(before, asked.slice(0, 50)))
      const counted = segmentsOf(dir).flatMap(({ file }) => [file, indexOf(file)])
      const left = readdirSync(dir)
      expect(left).toEqual(expect.arrayContaining([...counted, 'manifest.json']))
      // Where the end came between the manifest and the removal, files of the process that loaded stay while it runs.
      expect(left.filter((name) => !counted.includes(name) && !merged.includes(name))).toEqual([])
    },
  )

  it('in a load leaves the store as it was', async () => {
    await load(people.slice(0, 500))
    const before = readdirSync(dir).sort()
    const lines = people.map((each) => `${formatLine(each)}\n`).join('')
    await killAt(
      /\.seg\.part$/,
      `${prelude} await m.writeIndexed(${JSON.stringify(dir)}, process.stdin, names)`,
      lines,
    )
    sweep(dir)
    expect(readdirSync(dir).sort()).toEqual(before)
    expect(hold(createMatcher({ names, thresholds }), openStock()).size).toBe(500)
  })
})
