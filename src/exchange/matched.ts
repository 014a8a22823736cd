import type { Address } from '../services/index.js'
import type { JournalRecord } from '../store/index.js'
import { type ConclusionRecord, decodeRecord, RECORD } from './records.js'

/** What was concluded about a question, and whom it was told. */
export interface Matched {
  readonly address: Address
  /** The matcher's grade: `MATCH`, `POSSIBLE`, `NONE` or `MORE`. */
  readonly grade: string
  /** A-number of the first candidate. */
  readonly arn: string | undefined
}

/** What the matcher found for the question with this reference; undefined where there is no such conclusion. */
export function findMatched(
  scan: (onRecord: (record: JournalRecord) => void) => void,
  reference: string,
): Matched | undefined {
  const needle = Buffer.from(reference, 'latin1')
  let matched: Matched | undefined
  scan((record) => {
    if (record.type !== RECORD.conclusion || !record.payload.includes(needle)) return
    const { ref, of, found } = decodeRecord<ConclusionRecord>(record)
    if (ref !== reference || !found) return
    const { ori, ctl, t, link, n, form } = of
    matched = {
      address: { ori, ctl, question: { t, link, n, form, ref } },
      grade: found.grade,
      arn: found.candidates[0]?.arn,
    }
  })
  return matched
}
