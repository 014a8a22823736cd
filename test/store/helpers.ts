import { closeSync, cpSync, openSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { BATCH_HEADER, readBatchHeader } from '../../src/store/batch.js'
import type { Damage, RecordDraft } from '../../src/store/index.js'
import { Journal, type JournalOptions, type Position } from '../../src/store/index.js'
import { SEGMENT_HEADER } from '../../src/store/segment.js'
import { Bench } from '../gateway/helpers.js'

/** The smallest segment that makes several of a few dozen records. */
export const SMALL = 1024

export const draft = (text: string, type = 1): RecordDraft => ({ type, text })

/** An owner of a journal that knows the texts of all records, in their order, and nothing else. */
export class Owner {
  texts: string[] = []
  readonly positions = new Map<string, Position>()
  /** Records that the opening replayed. */
  replayed = 0
  #opened = false
  journal!: Journal

  constructor(readonly dir: string) {}

  open(options: Partial<JournalOptions> = {}): this {
    this.texts = []
    this.replayed = 0
    this.#opened = false
    this.journal = Journal.open({ dir: this.dir, segmentBytes: SMALL, ...this.#reader(), ...options })
    this.#opened = true
    return this
  }

  #reader(): Pick<JournalOptions, 'onSnapshot' | 'onRecord'> {
    return {
      onSnapshot: (body) => {
        this.texts = JSON.parse(body.toString('latin1')) as string[]
      },
      onRecord: ({ payload }, at) => {
        if (this.#opened) throw new Error('a record is replayed after the opening')
        this.replayed++
        this.texts.push(payload.toString('latin1'))
        this.positions.set(payload.toString('latin1'), at)
      },
    }
  }

  append(...texts: string[]): Position[] {
    const places = this.journal.append(texts.map((text) => draft(text)))
    this.texts.push(...texts)
    texts.forEach((text, i) => {
      this.positions.set(text, places[i]!)
    })
    return places
  }

  snapshot(): Promise<void> {
    return this.journal.snapshot(Buffer.from(JSON.stringify(this.texts), 'latin1'))
  }
}

export interface Read {
  readonly texts: string[]
  readonly damage: readonly Damage[]
  readonly head: string
  /** Records that were walked. */
  readonly replayed: number
}

/** What a folder's journal says, read without touching it. @param whole from the records alone */
export function read(dir: string, whole: boolean, key?: Buffer): Read {
  let texts: string[] = []
  let replayed = 0
  const { damage, head } = Journal.scan({
    dir,
    key,
    whole,
    onSnapshot: (body) => {
      texts = JSON.parse(body.toString('latin1')) as string[]
    },
    onRecord: ({ payload }) => {
      replayed++
      texts.push(payload.toString('latin1'))
    },
  })
  return { texts, damage, head, replayed }
}

/** Where each batch of a segment begins, and the sequence that it says was on disk when it was written. */
export function batchesOf(file: string): { at: number; end: number; sequence: number; durable: number }[] {
  const bytes = readFileSync(file)
  const batches = []
  for (let at = SEGMENT_HEADER; ; ) {
    const header = readBatchHeader(bytes, at)
    if (!header) return batches
    const end = at + BATCH_HEADER + header.length
    batches.push({ at, end, sequence: header.sequence, durable: header.durable })
    at = end
  }
}

export const segments = (dir: string): string[] =>
  readdirSync(dir)
    .filter((name) => name.endsWith('.journal'))
    .sort()
    .map((name) => join(dir, name))

export const snapshots = (dir: string): string[] =>
  readdirSync(dir)
    .filter((name) => name.endsWith('.snapshot'))
    .sort()
    .map((name) => join(dir, name))

/** The folder as it is at this moment: what a process that is killed now leaves. */
export function killed(bench: Bench, dir: string): string {
  const copy = bench.folder()
  cpSync(dir, copy, { recursive: true })
  return copy
}

/**
 * Puts a device in the place of this process's descriptors of a file. Whatever is written from now on is lost, and the
 * system refuses to sync it: what a disk that dies does to its file.
 */
export function loseDescriptors(file: string): number {
  const lost = readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`) === file
    } catch {
      // The descriptor of the listing itself, closed by now.
      return false
    }
  })
  for (const fd of lost) {
    closeSync(Number(fd))
    const spare: number[] = []
    for (;;) {
      const got = openSync('/dev/null', 'r+')
      if (got === Number(fd)) break
      spare.push(got)
      if (spare.length > 100) throw new Error(`descriptor ${fd} was not given again`)
    }
    for (const each of spare) closeSync(each)
  }
  return lost.length
}

export { Bench }
