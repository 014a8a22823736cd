import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import {
  DamageError,
  LinePacker,
  openRecords,
  parseRecordLine,
  verifyRecords,
} from '../../../dist/records/index.js'
import { openSegmentFile, SegmentWriter } from '../../../dist/records/segment.js'
import { isContainer, mutateContainer, packFolder, unpackInto } from '../container.js'
import { must } from '../finding.js'
import { hash } from '../random.js'
import { scratch } from '../scratch.js'

const dir = scratch('segment')

/** A person whose record says of itself whether it is what was written. */
const personOf = (i, words) => {
  const arn = `${i}`.padStart(9, '0')
  const names = [{ last: `X${words}` }]
  const { record } = parseRecordLine(JSON.stringify({ arn, names, dob: '19800101', fbi: check(arn, names) }))
  return record
}
const check = (arn, [{ last }]) => `${hash(Buffer.from(`${arn}${last}`))}`
const isWhole = (line) => line.removed || line.fbi === check(line.arn, line.names)

function write(lines, longest) {
  rmSync(dir, { recursive: true, force: true })
  unpackInto(dir, Buffer.from('[]\n'))
  const writer = new SegmentWriter(join(dir, 'a.seg'))
  const packer = new LinePacker()
  for (let i = 0; i < lines; i++) {
    const person = personOf(i, 'x'.repeat((i * 37) % longest))
    packer.add(i % 7 === 6 ? { arn: person.arn, removed: true } : person)
  }
  writer.add(packer.finish(lines))
  writer.finish()
  return packFolder(dir)
}

export const target = {
  name: 'segment',
  about: "a segment of the records' store, damaged",
  most: 40_000,
  waits: true,
  tokens: [
    'IAQ RECORDS  1\r\n',
    'IAQ RECORDS  2\r\n',
    'IAQ RECORDS  3\r\n',
    'IAQ RECORDS END\n',
    '\x00\x00\x00\x00',
    '\xff\xff\xff\xff',
  ].map((text) => Buffer.from(text, 'latin1')),
  seeds: () => [write(0, 1), write(1, 10), write(40, 60), write(300, 40)],
  mutate: mutateContainer,
  run(input) {
    if (!isContainer(input)) return []
    unpackInto(dir, input)
    const features = []
    for (const name of readdirSync(dir)) {
      if (!name.endsWith('.seg')) continue
      const reader = openSegmentFile(join(dir, name), name, true)
      if ('reason' in reader) {
        features.push(reader.reason)
        continue
      }
      try {
        for (const { i, line } of reader.lines())
          must(isWhole(line) && isWhole(reader.line(i)), 'a line that is given is what was written', () =>
            JSON.stringify(line),
          )
        features.push(`whole ${reader.count}`)
      } finally {
        reader.close()
      }
    }
    checkFolder(features)
    return features
  },
}

/** The folder as a store: damage is told, not thrown. */
function checkFolder(features) {
  features.push(...verifyRecords(dir).map((damage) => `verify ${damage.reason}`))
  try {
    const opened = openRecords(dir)
    if ('damage' in opened) features.push(`open ${opened.damage.reason}`)
    else opened.store.close()
  } catch (error) {
    if (!(error instanceof DamageError)) throw error
    features.push(`thrown ${error.damage.reason}`)
  }
}
