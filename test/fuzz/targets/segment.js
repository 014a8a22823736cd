import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { DamageError, openRecords, verifyRecords } from '../../../dist/records/index.js'
import { openSegmentFile, SegmentWriter } from '../../../dist/records/segment.js'
import { isContainer, mutateContainer, packFolder, unpackInto } from '../container.js'
import { must } from '../finding.js'
import { hash } from '../random.js'
import { scratch } from '../scratch.js'

const dir = scratch('segment')

/** A line that says of itself whether it is what was written. */
const lineOf = (arn, words) =>
  JSON.stringify({ arn: `${arn}`.padStart(9, '0'), words, check: hash(Buffer.from(`${arn}${words}`)) })
const isWhole = (text) => {
  const { arn, words, check } = JSON.parse(text)
  return hash(Buffer.from(`${Number(arn)}${words}`)) === check
}

function write(lines, longest) {
  rmSync(dir, { recursive: true, force: true })
  unpackInto(dir, Buffer.from('[]\n'))
  const writer = new SegmentWriter(join(dir, 'a.seg'))
  for (let i = 0; i < lines; i++) writer.add(i, i % 7 === 6, lineOf(i, 'x'.repeat((i * 37) % longest)))
  writer.finish()
  return packFolder(dir)
}

export const target = {
  name: 'segment',
  about: "a segment of the records' store, damaged",
  most: 40_000,
  waits: true,
  tokens: ['IAQ RECORDS  1\r\n', 'IAQ RECORDS END\n', '\x00\x00\x00\x00', '\xff\xff\xff\xff'].map((text) =>
    Buffer.from(text, 'latin1'),
  ),
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
        for (const { i, text } of reader.lines())
          must(
            isWhole(text) && isWhole(reader.line(i)),
            'a line that is given is what was written',
            () => text,
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
