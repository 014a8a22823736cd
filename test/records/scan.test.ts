import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { generatePersons } from '../../src/generate/index.js'
import {
  adoptSegment,
  type LineFault,
  openRecords,
  parseRecordLine,
  type RecordLine,
  writeSegment,
} from '../../src/records/index.js'

let dir = ''
beforeEach(() => {
  dir = join(mkdtempSync(join(tmpdir(), 'iaq-scan-')), 'records')
})
afterEach(() => {
  rmSync(join(dir, '..'), { recursive: true, force: true })
})

interface Loaded {
  readonly records: RecordLine[]
  readonly faults: LineFault[]
}

/** What a load makes of lines: its short way where it can, whatever is read back from disk. */
async function loaded(lines: readonly string[], batchBytes?: number): Promise<Loaded> {
  const faults: LineFault[] = []
  const bytes = Buffer.from(`${lines.join('\n')}\n`)
  const input = (async function* () {
    for (let at = 0; at < bytes.length; at += 50_001) yield bytes.subarray(at, at + 50_001)
  })()
  const { file } = await writeSegment(dir, input, {
    ...(batchBytes === undefined ? {} : { batchBytes }),
    onFault: (fault) => faults.push(fault),
  })
  adoptSegment(dir, file)
  const opened = openRecords(dir)
  if ('damage' in opened) throw new Error(opened.damage.reason)
  const records = [...opened.store.linesOf(file)]
  // Each line by itself, too, from the last on.
  for (let i = records.length - 1; i >= 0; i -= 7) {
    const record = records[i] as RecordLine
    expect(opened.store.at(file, i)).toEqual('removed' in record ? undefined : record)
  }
  opened.store.close()
  return { records, faults }
}

/** What the parser of whole lines makes of them. */
function parsed(lines: readonly string[]): Loaded {
  const records: RecordLine[] = []
  const faults: LineFault[] = []
  lines.forEach((text, i) => {
    if (text.trim() === '') return
    const each = parseRecordLine(text)
    if ('record' in each) records.push(each.record)
    else faults.push({ line: i + 1, reason: each.fault })
  })
  return { records, faults }
}

const person = (more: string): string =>
  `{"arn":"000000001","names":[{"last":"MUESTRA"}],"dob":"19800101"${more}}`
const named = (names: string): string => `{"arn":"000000001","names":${names},"dob":"19800101"}`
const born = (dob: string): string => `{"arn":"000000001","names":[{"last":"MUESTRA"}],"dob":${dob}}`

const ODD = [
  ...['', ' ', '\t', '{}', '[]', 'null', '{', person('').slice(0, -1), `${person('')}x`, `${person('')} `],
  ...[' { "arn" : "000000001" , "names" : [ { "last" : "A" } ] , "dob" : "19800101" } \r', person(',')],
  '{"dob":"19800101","names":[{"first":"B","last":"A"}],"arn":"A1234567"}',
  '{"arn":"1234567","names":[{"last":"A"}],"dob":"19800101"}',
  '{"arn":"12345678a","names":[{"last":"A"}],"dob":"19800101"}',
  '{"arn":123456789,"names":[{"last":"A"}],"dob":"19800101"}',
  '{"names":[{"last":"A"}],"dob":"19800101"}',
  '{"arn":"000000009","removed":true}',
  '{"arn":"000000009","removed":false}',
  person(',"arn":"000000002"'),
  person(',"sex":"M","sex":"F"'),
  person(',"extra":"x"'),
  person(',"sex":"X"'),
  ...['M', 'F', 'U', ''].map((sex) => person(`,"sex":"${sex}"`)),
  ...['null', '1', '{}', '"\\u0041"', '"a\\"b"', '"a\tb"', '"\\n"', '"Ärger 王"', '"\\ud800"'].map((value) =>
    person(`,"pob":${value}`),
  ),
  ...['""', '"MM"', '"XX"', '"\u007f"'].flatMap((country) => [
    person(`,"pob":"MM","citizenship":${country}`),
    person(`,"citizenship":${country},"passport":{"country":"MM"}`),
    person(`,"citizenship":${country},"passport":{"number":"P1","country":"MM"}`),
    person(`,"citizenship":${country},"passport":{"number":"P1"}`),
  ]),
  person(',"passport":{}'),
  person(',"passport":{"number":"1"},"passport":{"country":"MM"}'),
  person(',"passport":{"number":"1","number":"2"}'),
  person(',"status":{"class":"B2","code":"X","since":"20240800"},"admitted":{"date":"20240000","port":"P"}'),
  person(',"status":{"since":"20230229"}'),
  person(',"status":{"since":"2023"}'),
  person(',"admitted":{"port":"P","other":"x"}'),
  ...['true', 'false', 'null', '"true"', 'truer', 'tru'].map((value) => person(`,"interest":${value}`)),
  ...['[]', '["19810101"]', '["19810101","19820000"]', '[""]', '[null]', '["19810229"]', '{}'].map((dates) =>
    person(`,"altDobs":${dates}`),
  ),
  person(`,"altDobs":[${Array.from({ length: 20 }, (_, i) => `"${1950 + i}0101"`).join(',')}]`),
  ...['"19800229"', '"19810229"', '"19800000"', '"19800200"', '"19801300"', '"00000000"', '"18491231"'].map(
    born,
  ),
  ...['"99990101"', '"1980010"', '"198001011"', '"1980010a"', '""', '19800101', '"20260231"'].map(born),
  ...['[]', '{}', '[{}]', '[{"last":""}]', '[{"last":" "}]', '[{"last":"\u00a0"}]', '[{"last":" A"}]'].map(
    named,
  ),
  ...['[{"last":"Ñ"}]', '[{"last":"A","type":"alias"}]', '[{"last":"A","type":"other"}]', '["A"]'].map(named),
  named('[{"last":"A","type":"primary"},{"last":"B","type":"primary"},{"last":"C"},{"last":"D","type":""}]'),
  named('[{"last":"A","middle":"M","type":"alias"},{"last":"B","suffix":"JR","first":""}]'),
  named(`[${Array.from({ length: 30 }, (_, i) => `{"last":"L${i}"}`).join(',')}]`),
  named('[{"last":"A","last":"B"}]'),
  ...['NSEERS', 'ABSCONDER', 'DEPORTED FELON', 'OTHER', ''].map((category) =>
    person(`,"ncic":[{"nic":"N900000091","category":"${category}","offense":"8005","entered":"20260110"}]`),
  ),
  person(',"ncic":[{"category":"NSEERS"},{"category":"ABSCONDER","nic":"N1","entered":""}]'),
  person(',"ncic":[{"category":"NSEERS","entered":"20261301"}]'),
  person(`,"ncic":[${Array.from({ length: 12 }, () => '{"category":"NSEERS"}').join(',')}]`),
  person(`,"fbi":"${'9'.repeat(60_000)}"`),
]

/** The same in every run. */
function chance(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

/** Lines with a character or two changed, left out or doubled. */
function changed(count: number): string[] {
  const next = chance(19)
  const lines = [...generatePersons({ seed: 'scan', count })].join('').trimEnd().split('\n')
  const signs = ['"', '{', '}', '[', ']', ',', ':', ' ', '\\', '0', '9', 'A', 'é', '\u0001', 'z']
  return lines.map((line) => {
    let text = line
    for (let times = next(3); times > 0; times--) {
      const at = next(text.length)
      const sign = signs[next(signs.length)] ?? ''
      const kind = next(3)
      text = text.slice(0, at) + (kind === 0 ? '' : sign) + text.slice(kind === 2 ? at : at + 1)
    }
    return text
  })
}

describe('what a load makes of a line', () => {
  it.each(ODD.map((line) => [line]))('%s is what the parser makes of it', async (line) => {
    const lines = [person(''), line, person('')]
    expect(await loaded(lines)).toEqual(parsed(lines))
  })

  it('is what the parser makes of it, whatever is changed in the line', async () => {
    const lines = changed(6000)
    const expected = parsed(lines)
    expect(expected.faults.length).toBeGreaterThan(1000)
    expect(expected.records.length).toBeGreaterThan(2000)
    expect(await loaded(lines)).toEqual(expected)
  })

  it("doesn't hang on where its batches end, nor on lines that are longer than one", async () => {
    const lines = changed(900)
    lines.splice(300, 0, `{"arn":"${'1'.repeat(400_000)}"}`)
    lines.push(`{"arn":"${'2'.repeat(300_000)}`)
    const { records, faults } = await loaded(lines, 1 << 17)
    const expected = parsed(lines)
    expect(records).toEqual(expected.records)
    expect(faults.map(({ line }) => line)).toEqual(expected.faults.map(({ line }) => line))
    expect(
      faults.filter(({ reason }) => reason === 'longer than 65536 bytes').map(({ line }) => line),
    ).toEqual([301, 902])
  })
})

describe.each(['1', '2'])('records of format %s', (format) => {
  const folder = join('fixtures', 'records')
  const expected = parsed(readFileSync(join(folder, 'persons.jsonl'), 'utf8').split('\n')).records

  it('are read as they were loaded', () => {
    const opened = openRecords(join(folder, format))
    if ('damage' in opened) throw new Error(opened.damage.reason)
    expect([...opened.store.records()]).toEqual(expected)
    opened.store.close()
  })
})
