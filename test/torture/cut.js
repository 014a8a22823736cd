// The machine's crash, done to files: a killed process alone leaves the page cache whole and proves no sync. All that is
// known here of how the journal lies on disk is known nowhere else in the torture.
//
// Segments (`NNNNNNNN.journal`) are filled with zeros and synced beforehand, and batches are written into them by
// position. Each batch's header holds `durable`, the last sequence that was known to be on disk when it was written; and
// whatever went out had a batch written before it. So every byte of a batch above the last `durable` may be lost, and
// nothing else may. Where a file that was cut to its length at a segment's end wasn't synced since, it has its zeros back.
import { existsSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const SEGMENT = /^\d{8}\.journal$/
const SEGMENT_HEADER = 64
const BATCH_HEADER = 64
const MAGIC = Buffer.from('IAQB')
const SECTOR = 512

/** The batches of a segment as they follow each other: `{ at, end, sequence, durable }`. */
function batchesOf(bytes) {
  const batches = []
  for (let at = SEGMENT_HEADER; at + BATCH_HEADER <= bytes.length; ) {
    if (MAGIC.compare(bytes, at, at + 4) !== 0) break
    const end = Math.min(bytes.length, at + BATCH_HEADER + bytes.readUInt32LE(at + 4))
    batches.push({ at, end, sequence: bytes.readDoubleLE(at + 16), durable: bytes.readDoubleLE(at + 24) })
    at = end
  }
  return batches
}

/** What each sector of the lost part comes to. A sector of the last durable batch keeps that batch's bytes. */
const FATES = {
  /** Nothing had gone to disk. */
  lost: () => () => 'zeros',
  /** All of it had, as it happens. */
  kept: () => () => 'kept',
  /** The disk took some sectors in an order of its own, and wrote one or the other badly. */
  torn: (dice) => () => (dice.chance(0.5) ? 'kept' : dice.chance(0.7) ? 'zeros' : 'garbage'),
  /** The disk took them in order up to somewhere. */
  prefix: (dice, sectors) => {
    const kept = dice.between(0, sectors)
    return (n) => (n < kept ? 'kept' : 'zeros')
  },
}

/**
 * Does to a store at rest what the machine's crash may have done. `safe` is the last batch that an earlier crash is known to
 * have left: the header that said so may have gone with that crash. Returns what it did, in words, and what is safe now.
 */
export function cutStore(dir, dice, safe) {
  const journal = join(dir, 'journal')
  const segments = readdirSync(journal)
    .filter((name) => SEGMENT.test(name))
    .sort()
    .map((name) => {
      const bytes = readFileSync(join(journal, name))
      return { file: join(journal, name), bytes, batches: batchesOf(bytes) }
    })
  const batches = segments.flatMap((segment) => segment.batches)
  const durable = batches.reduce((most, batch) => Math.max(most, batch.durable), safe)
  const lost = batches.filter((batch) => batch.sequence > durable).length
  const name = dice.pick(Object.keys(FATES))
  const from = segments.map(({ batches: own, bytes }) => {
    const first = own.find((batch) => batch.sequence > durable)
    if (!first) return bytes.length
    // With its first batch a segment got its header; neither was synced.
    return first === own[0] ? 0 : first.at
  })
  const used = ({ batches: own }) => own.at(-1)?.end ?? 0
  const sectors = segments.reduce(
    (sum, each, i) => sum + Math.ceil(Math.max(0, used(each) - from[i]) / SECTOR),
    0,
  )
  const fate = FATES[name](dice, sectors)
  let sector = 0
  segments.forEach((segment, i) => {
    const { file, bytes } = segment
    for (let at = from[i]; at < used(segment); at = (Math.floor(at / SECTOR) + 1) * SECTOR) {
      const end = Math.min(bytes.length, (Math.floor(at / SECTOR) + 1) * SECTOR)
      const becomes = fate(sector++)
      if (becomes === 'zeros') bytes.fill(0, at, end)
      else if (becomes === 'garbage') dice.bytes(end - at).copy(bytes, at)
    }
    const grows = from[i + 1] === 0 && dice.chance(0.5)
    writeFileSync(file, grows ? Buffer.concat([bytes, Buffer.alloc(SECTOR * dice.between(1, 128))]) : bytes)
  })
  cutUnused(journal, segments, dice)
  cutLog(join(dir, 'log', 'messages.log'), dice)
  const words = `machine down: ${lost} of ${batches.length} batches weren't durable (above ${durable}); sectors ${name}`
  return { words, safe: durable }
}

/** A segment that was being prepared, and anything half made beside it, may be gone or short. */
function cutUnused(journal, segments, dice) {
  const unused = segments.filter(
    ({ bytes, batches }) => batches.length === 0 && bytes.every((byte) => byte === 0),
  )
  const aside = readdirSync(journal).filter((name) => !/\.(journal|snapshot)$/.test(name))
  for (const file of [...unused.map((each) => each.file), ...aside.map((name) => join(journal, name))]) {
    if (dice.chance(0.4)) rmSync(file, { force: true })
    else if (dice.chance(0.5)) truncateSync(file, dice.between(0, statSync(file).size))
  }
}

/** The log isn't synced, and promises nothing. */
function cutLog(file, dice) {
  if (existsSync(file)) truncateSync(file, dice.between(0, statSync(file).size))
}
