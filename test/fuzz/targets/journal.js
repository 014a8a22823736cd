import { rmSync } from 'node:fs'
import { Journal, StoreFullError } from '../../../dist/store/index.js'
import { isContainer, mutateContainer, packFolder, unpackInto } from '../container.js'
import { must } from '../finding.js'
import { hash } from '../random.js'
import { scratch } from '../scratch.js'

/**
 * Everything here goes through open, scan, append, sync and close, so that the journal's file format is its own
 * affair. Each record says of itself whether it is what was written, and which one it is.
 */
const dir = scratch('journal')
/** What the journal may throw, by name; everything else it must tell as damage. */
const DOCUMENTED = new Set([StoreFullError.name])
/** Opening writes to the disk: done for one input in so many, while all are scanned. */
const OPEN_EVERY = 16

function recordOf(number, size) {
  const payload = Buffer.alloc(12 + size, `${number} `)
  payload.writeUInt32LE(number, 0)
  payload.writeUInt32LE(size, 4)
  payload.writeUInt32LE((hash(payload.subarray(12)) ^ number) >>> 0, 8)
  return { type: number % 5, payload }
}

const numberOf = ({ payload }) => {
  if (payload.length < 12) return undefined
  const number = payload.readUInt32LE(0)
  const whole =
    payload.readUInt32LE(4) === payload.length - 12 &&
    payload.readUInt32LE(8) === (hash(payload.subarray(12)) ^ number) >>> 0
  return whole ? number : undefined
}

/** A journal of so many records in segments of so many bytes, as a container. */
async function write(records, segmentBytes, batch) {
  rmSync(dir, { recursive: true, force: true })
  const journal = Journal.open({ dir, segmentBytes, sync: true, onRecord: () => undefined })
  for (let number = 0; number < records; number += batch) {
    const many = Math.min(batch, records - number)
    journal.append(Array.from({ length: many }, (_, i) => recordOf(number + i, ((number + i) * 13) % 90)))
    await journal.sync()
  }
  await journal.close()
  return packFolder(dir)
}

/** Numbers rise; one that is left out in the middle is told of as damage. */
function check(numbers, damage, what) {
  must(
    numbers.every((number) => number !== undefined),
    `${what}: a record that is given is what was written`,
  )
  for (let i = 1; i < numbers.length; i++)
    must(numbers[i] > numbers[i - 1], `${what}: records come once and in order`, () => numbers.join())
  const gap = numbers.some((number, i) => number !== i)
  must(
    !gap || damage.length > 0,
    `${what}: records that are left out before others are told of as damage`,
    () => numbers.join(),
  )
  for (const each of damage)
    must(
      each.file !== '' && Number.isInteger(each.offset) && each.offset >= 0 && each.reason !== '',
      `${what}: damage has file, offset and reason`,
    )
}

function documented(error, what) {
  if (!DOCUMENTED.has(error?.name)) throw error
  return [`${what} ${error.name}`]
}

function scan() {
  const numbers = []
  try {
    const damage = Journal.scan(dir, (record) => numbers.push(numberOf(record)))
    check(numbers, damage, 'scan')
    return [`scan ${Math.min(20, numbers.length)}`, ...damage.map(({ reason }) => `scan ${reason}`)]
  } catch (error) {
    return documented(error, 'scan')
  }
}

/** What was opened takes one more record, and has it when it is opened again. */
async function openAndGoOn() {
  const numbers = []
  try {
    const journal = Journal.open({
      dir,
      segmentBytes: 65_536,
      sync: false,
      onRecord: (record) => numbers.push(numberOf(record)),
    })
    const damaged = journal.damage.length > 0
    check(numbers, journal.damage, 'open')
    const number = 1_000_000
    journal.append([recordOf(number, 20)])
    await journal.close()
    const again = []
    Journal.scan(dir, (record) => again.push(numberOf(record)))
    must(
      again.at(-1) === number,
      'open: what is appended to a journal that was repaired is there afterwards',
      () => again.join(),
    )
    must(
      again.length === numbers.length + 1,
      'open: what was read once is read again',
      () => `${numbers.length} ${again.length}`,
    )
    return [`open ${Math.min(20, numbers.length)} ${damaged}`]
  } catch (error) {
    return documented(error, 'open')
  }
}

let turn = 0

export const target = {
  name: 'journal',
  about: "the journal's segments, damaged",
  most: 40_000,
  waits: true,
  tokens: ['IAQB', 'IAQJRNL1', '\x00\x00\x00\x00', '\xff\xff\xff\xff'].map((text) =>
    Buffer.from(text, 'latin1'),
  ),
  seeds: async () => [
    await write(0, 65_536, 1),
    await write(1, 65_536, 1),
    await write(20, 65_536, 3),
    await write(60, 1024, 4),
  ],
  mutate: mutateContainer,
  async run(input) {
    if (!isContainer(input)) return []
    unpackInto(dir, input)
    const features = scan()
    if (turn++ % OPEN_EVERY === 0) features.push(...(await openAndGoOn()))
    return features
  },
}
