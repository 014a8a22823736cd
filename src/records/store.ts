import { createHash, randomBytes } from 'node:crypto'
import { closeSync, existsSync, openSync, readdirSync, readSync, renameSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { ArnTable } from './arn-table.js'
import { LinePacker, type PackedLines } from './batch.js'
import { type Damage, DamageError, isRunning, makeFolder, ownName, syncFolder, withLock } from './files.js'
import { batchesOf } from './input.js'
import { isSegmentName, type ManifestEntry, readManifest, writeManifest } from './manifest.js'
import { isRemoval, openSegmentFile, plainArn, type SegmentReader, SegmentWriter } from './segment.js'
import type { LineFault, PersonRecord, RecordLine } from './types.js'

/** The file beside a segment that says where in it who is. It can be made anew at any time. */
export const indexOf = (segment: string): string => segment.replace(/seg$/, 'idx')

/** What {@link writeSegment} made. It counts only when it has been adopted. */
export interface SegmentSummary {
  /** File name inside the folder. */
  readonly file: string
  /** Lines that went in: persons and removals. */
  readonly lines: number
  readonly added: number
  readonly removed: number
  readonly rejected: number
}

export interface WriteOptions<T extends PackedLines = PackedLines> {
  /** Called now and then with the lines read so far. */
  readonly onProgress?: (lines: number) => void
  /** Called for every line that is left out. */
  readonly onFault?: (fault: LineFault) => void
  /** Called with the segment's name before any line. */
  readonly onStart?: (file: string) => void
  /** Bytes of lines that are worked on at once, not much below two of the longest lines. */
  readonly batchBytes?: number
  /** Who packs the lines; this thread where nobody else does. */
  readonly packing?: Packing<T>
}

/** Packs lines, as many times over at once as `most` says. */
export interface Packing<T extends PackedLines = PackedLines> {
  readonly most: number
  /** @param start whether the lines begin the file. */
  readonly pack: (bytes: Uint8Array, start: boolean) => Promise<T>
  /** Awaited for each in their order, when the segment has taken it up, with the place of its first line. */
  readonly taken?: (packed: T, first: number) => Promise<void>
}

/** Files that hold the number of the process that made them, and when it began; a manifest's draft does, too. */
const OWNED_NAMES = [
  /^(\d+)(?:-(\d+))?-[0-9a-f]{12}\.(?:seg|(?:\d+\.)?idx(?:\.\d+(?=\.part$))?)(?:\.part)?$/,
  /^manifest\.json\.(\d+)(?:-(\d+))?\.part$/,
]

/** A name for a new segment. */
export const newSegmentName = (): string => `${ownName()}-${randomBytes(6).toString('hex')}.seg`

/**
 * Builds a segment beside whatever else uses the folder; the store doesn't change. The file's name holds the
 * process's number, so that {@link sweep} knows what a killed process left behind.
 */
export async function writeSegment<T extends PackedLines = PackedLines>(
  dir: string,
  input: AsyncIterable<string | Uint8Array>,
  options: WriteOptions<T> = {},
): Promise<SegmentSummary> {
  makeFolder(dir)
  const file = newSegmentName()
  const part = join(dir, `${file}.part`)
  const writer = new SegmentWriter(part)
  options.onStart?.(file)
  try {
    const counts = await fill(writer, input, options)
    writer.finish()
    renameSync(part, join(dir, file))
    syncFolder(dir)
    return { file, lines: writer.lines, ...counts }
  } catch (error) {
    writer.abandon()
    rmSync(part, { force: true })
    throw error
  }
}

interface Counts {
  added: number
  removed: number
  rejected: number
}

async function fill<T extends PackedLines>(
  writer: SegmentWriter,
  input: AsyncIterable<string | Uint8Array>,
  options: WriteOptions<T>,
): Promise<Counts> {
  const counts: Counts = { added: 0, removed: 0, rejected: 0 }
  const { packing } = options
  const own = packing ? undefined : new LinePacker()
  const under: Promise<T | PackedLines>[] = []
  let read = 0
  const settle = async (most: number): Promise<void> => {
    while (under.length > most) {
      const packed = (await under.shift()) as T
      for (const { line, reason } of packed.faults) options.onFault?.({ line: read + line, reason })
      const first = writer.lines
      writer.add(packed)
      counts.removed += packed.removed
      counts.added += packed.arns.length - packed.removed
      counts.rejected += packed.faults.length
      read += packed.read
      await packing?.taken?.(packed, first)
      options.onProgress?.(read)
    }
  }
  let start = true
  for await (const bytes of batchesOf(input, options.batchBytes)) {
    const packed = packing
      ? packing.pack(bytes, start)
      : Promise.resolve((own as LinePacker).pack(bytes, start))
    // Whoever settles sees the failure; until then nobody listens.
    packed.catch(() => undefined)
    under.push(packed)
    start = false
    await settle(packing?.most ?? 0)
  }
  await settle(0)
  return counts
}

/**
 * Puts a finished segment into the manifest: from then on it counts. Safe beside others that do the same.
 * Adopting a segment twice changes nothing.
 */
export function adoptSegment(
  dir: string,
  file: string,
): { readonly entry: ManifestEntry } | { readonly damage: Damage } {
  if (!isSegmentName(file)) throw new Error(`'${file}' is no segment's name`)
  return withLock(dir, () => {
    const manifest = readManifest(dir)
    if ('reason' in manifest) return { damage: manifest }
    const known = manifest.segments.find((each) => each.file === file)
    if (known) return { entry: known }
    const path = join(dir, file)
    const reader = openSegmentFile(path, file, true)
    if ('reason' in reader) return { damage: reader }
    reader.close()
    const entry = { file, bytes: statSync(path).size, lines: reader.count, sha256: hashFile(path) }
    writeManifest(dir, { ...manifest, segments: [...manifest.segments, entry] })
    return { entry }
  })
}

/** Removes a segment that was made and is not wanted. One that counts stays. */
export function discardSegment(dir: string, file: string): void {
  if (!isSegmentName(file)) throw new Error(`'${file}' is no segment's name`)
  withLock(dir, () => {
    const manifest = readManifest(dir)
    const counts = 'reason' in manifest || manifest.segments.some((each) => each.file === file)
    if (!counts) for (const each of [file, indexOf(file)]) rmSync(join(dir, each), { force: true })
  })
}

/** Removes segments that a killed process left half made or made but not adopted. @returns their names. */
export function sweep(dir: string): string[] {
  if (!existsSync(dir)) return []
  return withLock(dir, () => {
    const manifest = readManifest(dir)
    if ('reason' in manifest) return []
    const adopted = new Set(manifest.segments.flatMap(({ file }) => [file, indexOf(file)]))
    const left = readdirSync(dir).filter((name) => {
      const [, pid, start] = OWNED_NAMES.map((each) => each.exec(name)).find((each) => each !== null) ?? []
      return pid !== undefined && !adopted.has(name) && !isRunning(Number(pid), start)
    })
    for (const name of left) rmSync(join(dir, name), { force: true })
    return left
  })
}

/** Lines of all segments; 0 where the manifest is damaged. */
export function countLines(dir: string): number {
  const manifest = readManifest(dir)
  return 'reason' in manifest ? 0 : manifest.segments.reduce((sum, { lines }) => sum + lines, 0)
}

/** Reads every byte of a records folder. @returns what is damaged; nothing where all is well. */
export function verifyRecords(dir: string): Damage[] {
  const manifest = readManifest(dir)
  if ('reason' in manifest) return [manifest]
  return manifest.segments.flatMap((entry) => verifySegment(dir, entry) ?? [])
}

function verifySegment(dir: string, entry: ManifestEntry): Damage | undefined {
  const path = join(dir, entry.file)
  const reader = openSegment(dir, entry, true)
  if ('reason' in reader) return reader
  reader.close()
  if (hashFile(path) === entry.sha256) return undefined
  return { file: entry.file, offset: 0, reason: 'is whole, but not the segment that the manifest names' }
}

/** Larger segments aren't read through when they are opened: each block is checked when it is read. */
const READ_THROUGH = 1 << 26

function openSegment(dir: string, entry: ManifestEntry, whole = false): SegmentReader | Damage {
  const path = join(dir, entry.file)
  if (!existsSync(path)) return { file: entry.file, offset: 0, reason: 'is missing' }
  const reader = openSegmentFile(path, entry.file, whole || entry.bytes <= READ_THROUGH)
  if ('reason' in reader) return reader
  if (statSync(path).size === entry.bytes && reader.count === entry.lines) return reader
  reader.close()
  return { file: entry.file, offset: 0, reason: 'is not the segment that the manifest names' }
}

/** The manifest's segments, oldest first. @throws {DamageError} */
export function segmentsOf(dir: string): readonly ManifestEntry[] {
  const manifest = readManifest(dir)
  if ('reason' in manifest) throw new DamageError(manifest)
  return manifest.segments
}

function hashFile(path: string): string {
  const hash = createHash('sha256')
  const space = Buffer.allocUnsafe(1 << 20)
  const fd = openSync(path, 'r')
  try {
    for (let read = readSync(fd, space); read > 0; read = readSync(fd, space))
      hash.update(space.subarray(0, read))
  } finally {
    closeSync(fd)
  }
  return hash.digest('hex')
}

/** Opens the records of a store. A folder that doesn't exist is a store without records. */
export function openRecords(dir: string): { readonly store: RecordStore } | { readonly damage: Damage } {
  const store = new RecordStore(dir)
  const damage = store.refresh()
  if (!damage) return { store }
  store.close()
  return { damage }
}

/** The persons on file, as the manifest of the folder has them. */
export class RecordStore {
  #readers: SegmentReader[] = []
  #entries: readonly ManifestEntry[] = []
  /** Made when it is first needed: whoever has an index of his own needs none. */
  #table: ArnTable | undefined

  constructor(readonly dir: string) {}

  /** Persons on file. */
  get size(): number {
    return this.#arns().live
  }

  /** Names of the segments that are open, in their order. */
  get segments(): readonly string[] {
    return this.#readers.map((each) => each.file)
  }

  /** The segments as the manifest has them. */
  get entries(): readonly ManifestEntry[] {
    return this.#entries
  }

  /** Takes up what the manifest has now: segments more, or others in the place of some. @returns the damage that stopped it. */
  refresh(): Damage | undefined {
    const manifest = readManifest(this.dir)
    if ('reason' in manifest) return manifest
    const open = new Map(this.#readers.map((each) => [each.file, each]))
    const readers: SegmentReader[] = []
    for (const entry of manifest.segments) {
      const reader = open.get(entry.file) ?? openSegment(this.dir, entry)
      if ('reason' in reader) {
        for (const each of readers) if (!open.has(each.file)) each.close()
        return reader
      }
      readers.push(reader)
    }
    for (const each of this.#readers) if (!readers.includes(each)) each.close()
    if (readers.length !== this.#readers.length) this.#table = undefined
    this.#readers = readers
    this.#entries = manifest.segments
    return undefined
  }

  /** Makes a segment of {@link writeSegment} count, durably. */
  adopt(file: string): { readonly lines: number } | { readonly damage: Damage } {
    const adopted = adoptSegment(this.dir, file)
    if ('damage' in adopted) return adopted
    const damage = this.refresh()
    return damage ? { damage } : { lines: adopted.entry.lines }
  }

  /** The person with an A-number of nine digits. */
  get(arn: string): PersonRecord | undefined {
    const place = this.#arns().find(Number(arn))
    const reader = place && this.#readers[place.segment]
    return reader && this.#person(reader, place.line)
  }

  /** The person of one line of a segment. */
  at(file: string, line: number): PersonRecord | undefined {
    const reader = this.#readers.find((each) => each.file === file)
    return reader && this.#person(reader, line)
  }

  #person(reader: SegmentReader, at: number): PersonRecord | undefined {
    const line = reader.line(at)
    return 'removed' in line ? undefined : line
  }

  #arns(): ArnTable {
    if (this.#table) return this.#table
    const table = new ArnTable()
    this.#readers.forEach((reader, i) => {
      table.take(i, reader.arns, reader.count)
    })
    this.#table = table
    return table
  }

  /**
   * Every person on file, as the last line about each has it.
   * @throws {DamageError} where a segment was damaged since it was opened.
   */
  *records(): Generator<PersonRecord> {
    const table = this.#arns()
    for (let segment = 0; segment < this.#readers.length; segment++) {
      const reader = this.#readers[segment]
      if (!reader) continue
      for (const { i, line } of wholeLines(reader)) {
        const arn = reader.arns[i] ?? 0
        if (isRemoval(arn) || !table.isCurrent(plainArn(arn), segment, i)) continue
        yield line as PersonRecord
      }
    }
  }

  /** The lines of one segment in their order, removals included: what an adoption changed. */
  *linesOf(file: string): Generator<RecordLine> {
    const reader = this.#readers.find((each) => each.file === file)
    if (reader) for (const { line } of wholeLines(reader)) yield line
  }

  close(): void {
    for (const each of this.#readers.splice(0)) each.close()
  }
}

function* wholeLines(reader: SegmentReader): Generator<{ readonly i: number; readonly line: RecordLine }> {
  const damage = yield* reader.lines()
  if (damage) throw new DamageError(damage)
}
