/** The thread behind `pool.ts`: an engine of its own over columns that all threads share. */
import { join } from 'node:path'
import { parentPort, workerData } from 'node:worker_threads'
import { LineReader } from '../records/index.js'
import type { PersonRecord } from '../records/types.js'
import { Engine } from './engine.js'
import { type Packed, pack, type ReplyResult } from './handing.js'
import { FiledIdentifiers, type IdentifiersPlace } from './segment/file.js'
import type { SegmentData } from './segment/layout.js'
import { loadNameTables } from './tables.js'
import type { MatchQuery, MatchResult, MatchThresholds } from './types.js'
import type { Words } from './words.js'

export interface Start {
  readonly subjects: readonly PersonRecord[]
  readonly namesDir: string
  readonly thresholds: MatchThresholds
}

export interface Held {
  readonly dir: string
  readonly file: string
  readonly data: SegmentData
  readonly words: Words
  readonly place: IdentifiersPlace
}

export type Request =
  | { readonly id: number; readonly hold: readonly Held[] }
  | { readonly id: number; readonly queries: readonly MatchQuery[] }

export type Reply =
  | { readonly id: number; readonly size: number }
  | { readonly id: number; readonly packed: Packed }

const { subjects, namesDir, thresholds } = workerData as Start
const engine = new Engine({ names: loadNameTables(namesDir), thresholds })
engine.pin(subjects)
const readers = new Map<string, { readonly lines: LineReader; readonly identifiers: FiledIdentifiers }>()

function hold(segments: readonly Held[]): void {
  for (const { dir, file, place } of segments) {
    if (readers.has(file)) continue
    readers.set(file, {
      lines: new LineReader(join(dir, file), file),
      identifiers: new FiledIdentifiers(place),
    })
  }
  engine.hold(
    segments.flatMap(({ file, data, words }) => {
      const reader = readers.get(file)
      if (!reader) return []
      return [
        {
          file,
          data,
          words,
          identifiers: reader.identifiers,
          record: (line: number) => reader.lines.person(line),
        },
      ]
    }),
  )
  for (const [file, reader] of readers) {
    if (segments.some((each) => each.file === file)) continue
    reader.lines.close()
    reader.identifiers.close()
    readers.delete(file)
  }
}

function shortened(result: MatchResult): ReplyResult {
  const candidates = result.candidates.map((each) => {
    const { arn, score, bits, why } = each
    const place = engine.placeOf(each)
    return place
      ? { arn, score, bits, why, ...place }
      : { arn, score, bits, why, file: '', line: 0, person: each.person }
  })
  return { ...result, candidates }
}

parentPort?.on('message', (request: Request) => {
  const { id } = request
  if ('hold' in request) {
    hold(request.hold)
    parentPort?.postMessage({ id, size: engine.size } satisfies Reply)
  } else {
    const packed = pack(request.queries.map((each) => shortened(engine.query(each))))
    parentPort?.postMessage({ id, packed } satisfies Reply, [packed.numbers.buffer])
  }
})
