import { readFileSync, writeFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import {
  formatLine,
  LONGEST_LINE,
  linesOf,
  openInput,
  parseRecordLine,
  readLine,
} from '../../../dist/records/index.js'
import { packageFile } from '../corpus.js'
import { must, ONE_LINE } from '../finding.js'
import { hash, Random } from '../random.js'
import { scratch } from '../scratch.js'

const BEFORE = '{"arn":"000000001","names":[{"last":"BEFORE"}],"dob":"19800101"}'
const AFTER = '{"arn":"000000002","names":[{"last":"AFTER"}],"dob":"19800101"}'
const packed = scratch('packed')

async function collect(input) {
  const lines = []
  for await (const batch of linesOf(input)) lines.push(...batch)
  return lines
}

async function* pieces(bytes, random) {
  for (let at = 0; at < bytes.length; ) {
    const size = 1 + random.below(random.once(2) ? 40 : 4000)
    yield bytes.subarray(at, at + size)
    at += size
  }
}

async function* whole(bytes) {
  yield bytes
}

function checkLine(text, features) {
  const parsed = parseRecordLine(text)
  if ('fault' in parsed) {
    must(
      parsed.fault.trim() !== '' && ONE_LINE.test(parsed.fault),
      "a line's fault is one line without control characters",
      () => JSON.stringify(parsed.fault),
    )
    must(parsed.fault.length <= 300, "a line's fault is short", () => `${parsed.fault.length} characters`)
    features.push(parsed.fault.replace(/['"`].*|\d+|unknown key .*/g, '').slice(0, 60))
    return parsed
  }
  const { record } = parsed
  const line = formatLine(record)
  must(
    JSON.stringify(readLine(line)) === JSON.stringify(record),
    'a record that is stored is read as it was',
    () => line.slice(0, 500),
  )
  must(
    JSON.stringify(parseRecordLine(line)) === JSON.stringify(parsed),
    'a record that is stored is a line of a records file',
    () => line.slice(0, 500),
  )
  // A block of a segment takes a line three times as long as any that comes in.
  must(Buffer.byteLength(line) < 3 * LONGEST_LINE, 'a stored line fits a block')
  features.push(
    `record ${'removed' in record ? 'removed' : `${Math.min(5, record.names.length)} ${record.ncic.length > 0} ${record.altDobs.length > 0}`}`,
  )
  return parsed
}

/** Packed input either comes out as lines or ends in zlib's own error. */
async function unpack(bytes) {
  writeFileSync(packed, bytes)
  try {
    return [`gzip ${Math.min(5, (await collect(openInput(packed))).length)}`]
  } catch (error) {
    must(/^Z_|^ERR_/.test(error.code ?? ''), "packed input fails with zlib's own error", () =>
      String(error.stack),
    )
    return [`gzip ${error.code}`]
  }
}

export const target = {
  name: 'records',
  about: 'a records file, line by line',
  most: 150_000,
  waits: true,
  tokens: [
    '\n',
    '\r\n',
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '"',
    'null',
    'true',
    '"arn":',
    '"A099000017"',
    '"names":[',
    '{"last":"A"}',
    '"last":',
    '"first":"B"',
    '"type":"alias"',
    '"dob":',
    '"19850214"',
    '"19850000"',
    '"20230229"',
    '"altDobs":[]',
    '"sex":"M"',
    '"removed":true',
    '"removed":false',
    '"ncic":[',
    '{"category":"NSEERS"}',
    '"passport":{',
    '"status":{',
    '"admitted":{',
    '"interest":true',
    '"__proto__":',
    '"constructor":',
    '"\\u0000"',
    '"\\ud800"',
    '"\\n"',
    '"\\u001b[2J":1',
    '\\u2028',
    '\ufeff',
    '\x00',
    '\xff',
    '1e999',
    '-0',
    '['.repeat(2000),
    '{"a":'.repeat(900),
    'x'.repeat(3000),
    'x'.repeat(65_500),
    'x'.repeat(70_000),
    '\n'.repeat(400),
    '{"last":"A"},'.repeat(300),
    '{"category":"NSEERS"},'.repeat(200),
  ],
  seeds() {
    const lines = readFileSync(packageFile('fixtures/persons.jsonl'), 'utf8').split('\n')
    const some = [0, 8, 16, 24].map((at) => lines.slice(at, at + 8).join('\n'))
    const example =
      '{"arn":"099000017","names":[{"last":"MUESTRA PRUEBA","first":"CARLOS","middle":"A","suffix":"","type":"primary"},{"last":"B","type":"alias"}],"dob":"19850214","altDobs":["19850412"],"sex":"M","pob":"MM","citizenship":"MM","fbi":"","sid":"","oln":"","ols":"","soc":"","passport":{"number":"","country":""},"status":{"class":"B2","code":"NONIMMIGRANT_OVERSTAY","since":"20240801"},"admitted":{"date":"20240201","port":"TEST PORT"},"interest":false,"ncic":[{"nic":"N900000017","category":"ABSCONDER","offense":"8004","entered":"20260110"}]}\n{"arn":"099000017","removed":true}\n'
    return [...some, example].flatMap((text) => [Buffer.from(text), gzipSync(text)])
  },
  async run(bytes) {
    if (bytes[0] === 0x1f && bytes[1] === 0x8b) return unpack(bytes)
    const file = Buffer.concat([Buffer.from(`${BEFORE}\n`), bytes, Buffer.from(`\n${AFTER}`)])
    const lines = await collect(whole(file))
    const split = await collect(pieces(file, new Random(hash(bytes))))
    must(
      JSON.stringify(lines) === JSON.stringify(split),
      'the lines are the same however the bytes are split',
    )
    must(
      lines[0].text === BEFORE && lines.at(-1).text === AFTER,
      'the good lines around a bad one are loaded',
    )
    must(lines.length === file.reduce((n, byte) => (byte === 10 ? n + 1 : n), 1), 'every line is told of')
    const features = []
    for (const line of lines.slice(1, -1))
      if ('fault' in line) features.push(line.fault)
      else if (line.text.trim() !== '') checkLine(line.text, features)
    return features.slice(0, 30)
  },
}
