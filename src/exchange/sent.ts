import type { JournalRecord, Position } from '../store/index.js'
import {
  type ConclusionRecord,
  type DeedRecord,
  decodeRecord,
  type IntakeRecord,
  type OutRecord,
  RECORD,
  type SentAnswer,
} from './records.js'
import { sizeOf } from './state.js'

/** Records that hold answers. */
const ANSWERS: ReadonlySet<number> = new Set([RECORD.intake, RECORD.conclusion, RECORD.deed])

type Scan = (onRecord: (record: JournalRecord, at: Position) => void) => void

/**
 * The answers that went out on a link with counts from `first` to `last`, each with the place that holds it. Counts
 * wrap, so the latest that had each is meant. Refusals are not among them: they wait for nobody and are not kept to be
 * sent again.
 * @param scan walks the journal's records from the first on; it is called twice.
 */
export function findSent(scan: Scan, link: string, first: number, last: number): SentAnswer[] {
  const ids = new Map<number, number>()
  scan((record) => {
    if (record.type !== RECORD.out) return
    for (const [id, of, count] of decodeRecord<OutRecord>(record).out)
      if (of === link && count >= first && count <= last) ids.set(count, id)
  })
  const wanted = new Map([...ids].filter(([, id]) => id !== 0).map(([count, id]) => [id, count]))
  const found: SentAnswer[] = []
  if (wanted.size === 0) return found
  scan((record, at) => {
    if (!ANSWERS.has(record.type)) return
    const kept = decodeRecord<IntakeRecord | ConclusionRecord | DeedRecord>(record)
    const { t } = 'of' in kept ? kept.of : kept
    for (const answer of kept.answers) {
      const count = wanted.get(answer.id)
      if (count === undefined) continue
      const { id, type, to } = answer
      const size = sizeOf(answer)
      found.push({ id, ref: to?.ref ?? kept.ref, type, count, receivedAt: to?.t ?? t, size, at })
    }
  })
  return found.sort((a, b) => a.count - b.count)
}
