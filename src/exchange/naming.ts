import type { JournalRecord } from '../store/index.js'
import {
  type ConclusionRecord,
  type DeedRecord,
  decodeRecord,
  type IntakeRecord,
  type KeptAnswer,
  RECORD,
} from './records.js'

/** An A-number as a field of a message may hold it. */
const IN_FIELD = /^(?:[A-Z]{2}-)?A?0*(\d{1,9})$/

/**
 * The references of what a person was asked by or told in: questions that hold his A-number in a field, and answers
 * that name it. Who was compared and not named is in none.
 * @param arn nine digits.
 * @param scan goes through the journal's records.
 */
export function referencesNaming(
  arn: string,
  scan: (onRecord: (record: JournalRecord) => void) => void,
): ReadonlySet<string> {
  const references = new Set<string>()
  const digits = arn.replace(/^0+/, '')
  const needle = Buffer.from(digits, 'latin1')
  const told = (answers: readonly KeptAnswer[], ref: string): void => {
    for (const { text, to } of answers) if (text.includes(`A${arn}`)) references.add(to?.ref ?? ref)
  }
  scan((record) => {
    if (!record.payload.includes(needle)) return
    switch (record.type) {
      case RECORD.intake: {
        const { ref, values, answers } = decodeRecord<IntakeRecord>(record)
        if (Object.values(values).some((value) => IN_FIELD.exec(value)?.[1] === digits)) references.add(ref)
        told(answers, ref)
        break
      }
      case RECORD.conclusion:
      case RECORD.deed: {
        const { ref, answers } = decodeRecord<ConclusionRecord | DeedRecord>(record)
        told(answers, ref)
        break
      }
    }
  })
  references.delete('')
  return references
}
