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
  return { type: 1 + (number % 5), text: payload.toString('latin1') }
}

/** @returns which record a payload is, or undefined where it isn't what was written */
function numberOf(payload) {
  if (payload.length < 12) return undefined
  const number = payload.readUInt32LE(0)
  const sum = (hash(payload.subarray(12)) ^ number) >>> 0
  return payload.readUInt32LE(4) === payload.length - 12 && payload.readUInt32LE(8) === sum
    ? number
    : undefined
}

/** A snapshot says how many records it covers, in the form of a record. */
const snapshotOf = (records) => Buffer.from(recordOf(records, 40).text, 'latin1')

/** What a reader is told: where the records begin after a snapshot, and their numbers. */
class Reader {
  base = 0
  numbers = []
  onSnapshot = (body) => {
    this.base = numberOf(body)
  }
  onRecord = ({ payload }) => {
    this.numbers.push(numberOf(payload))
  }

  /** Numbers rise by one from where the snapshot ends; where they don't, damage is told of. */
  check(damage, what) {
    const { base, numbers } = this
    must(base !== undefined, `${what}: a snapshot that is given is what was written`)
    must(!numbers.includes(undefined), `${what}: a record that is given is what was written`)
    const rises = numbers.every((number, i) => i === 0 || number > numbers[i - 1])
    // Segments that somebody put in each other's place may give theirs out of order, as long as it is told.
    must(rises || damage.length > 0, `${what}: records come once and in order`, () => numbers.join())
    const gap = numbers.some((number, i) => number !== base + i)
    const told = `${what}: records that are left out before others are told of as damage`
    must(!gap || damage.length > 0, told, () => `${base}: ${numbers.join()}`)
    for (const { file, offset, reason } of damage) {
      const named = file !== '' && Number.isInteger(offset) && offset >= 0 && reason !== ''
      must(named, `${what}: damage has file, offset and reason`)
    }
  }
}

/** A journal of so many records in segments of so many bytes, as a container; with a snapshot after so many. */
async function write(records, segmentBytes, batch, snapshotAt = -1) {
  rmSync(dir, { recursive: true, force: true })
  const journal = Journal.open({ dir, segmentBytes, onRecord: () => undefined })
  for (let number = 0; number < records; number += batch) {
    const many = Math.min(batch, records - number)
    journal.append(Array.from({ length: many }, (_, i) => recordOf(number + i, ((number + i) * 13) % 90)))
    await journal.sync()
    if (number + many === snapshotAt) await journal.snapshot(snapshotOf(snapshotAt))
  }
  await journal.close()
  return packFolder(dir)
}

function documented(error, what) {
  if (!DOCUMENTED.has(error?.name)) throw error
  return [`${what} ${error.name}`]
}

function scan(whole) {
  const reader = new Reader()
  const what = whole ? 'whole scan' : 'scan'
  try {
    const { damage } = Journal.scan({ dir, onRecord: reader.onRecord, onSnapshot: reader.onSnapshot, whole })
    reader.check(damage, what)
    const reasons = damage.map(({ reason }) => `${what} ${reason.replace(/\d+/g, '')}`)
    return [`${what} ${reader.base} ${Math.min(20, reader.numbers.length)}`, ...reasons]
  } catch (error) {
    return documented(error, what)
  }
}

/** What was opened takes one more record, and has it when it is opened again. */
async function openAndGoOn() {
  const reader = new Reader()
  try {
    const { onRecord, onSnapshot } = reader
    const journal = Journal.open({ dir, segmentBytes: 65_536, sync: false, onRecord, onSnapshot })
    const damaged = journal.damage.length > 0
    reader.check(journal.damage, 'open')
    const number = 1_000_000
    journal.append([recordOf(number, 20)])
    await journal.close()
    const again = new Reader()
    Journal.scan({ dir, onRecord: again.onRecord, onSnapshot: again.onSnapshot })
    const last = again.numbers.at(-1) === number
    must(last, 'open: what is appended to a repaired journal is there afterwards', () => again.numbers.join())
    const same = damaged || again.numbers.length === reader.numbers.length + 1
    must(
      same,
      'open: what was read once is read again',
      () => `${reader.numbers.join()} ${again.numbers.join()}`,
    )
    return [`open ${Math.min(20, reader.numbers.length)} ${damaged}`]
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
  tokens: ['IAQB', 'IAQJRNL1', 'IAQJRNL2', 'IAQSNAP1', '\x00\x00\x00\x00', '\xff\xff\xff\xff'].map((text) =>
    Buffer.from(text, 'latin1'),
  ),
  seeds: async () => [
    await write(0, 65_536, 1),
    await write(1, 65_536, 1),
    await write(20, 65_536, 3),
    await write(60, 1024, 4),
    await write(20, 65_536, 2, 10),
    await write(60, 1024, 4, 32),
  ],
  mutate: mutateContainer,
  async run(input) {
    if (!isContainer(input)) return []
    unpackInto(dir, input)
    const features = [...scan(true), ...scan(false)]
    if (turn++ % OPEN_EVERY === 0) features.push(...(await openAndGoOn()))
    return features
  },
}
