import type { JournalRecord } from '../store/index.js'
import {
  type CancelRecord,
  type ConclusionRecord,
  type DeedRecord,
  type DoneRecord,
  decodeRecord,
  type HoldRecord,
  type IntakeRecord,
  type NoteRecord,
  type OutRecord,
  RECORD,
  type RefusalRecord,
  type ReleaseRecord,
  type ResendRecord,
  type StartRecord,
} from './records.js'

/** Something of the audit trail. It never names a person. */
export interface AuditEntry {
  /** Milliseconds since the epoch. */
  readonly t: number
  readonly what: string
  readonly link?: string | undefined
  readonly ori?: string | undefined
  readonly mke?: string | undefined
  readonly reference?: string | undefined
  readonly details?: Readonly<Record<string, string | number | undefined>>
}

/** Whose answer an id is, until it is done. */
interface Owner {
  readonly ref: string
  readonly ori: string
  readonly key: string
  readonly type: string
}

const ORI = /^[A-Z0-9]{2,9}$/
const KEY = /^(?:[A-Z0-9]{2,3}|\$\.[A-Z0-9])$/

/** The audit trail as a view of the journal: fed with its records in order, it says what each one was about. */
export class AuditView {
  readonly #owners = new Map<number, Owner>()

  /** @param again ids of answers that were sent again; see {@link sentAgain}. */
  constructor(private readonly again: ReadonlySet<number> = new Set()) {}

  take(record: JournalRecord): AuditEntry[] {
    switch (record.type) {
      case RECORD.start: {
        const { t, boot } = decodeRecord<StartRecord>(record)
        return [{ t, what: 'started', details: { boot } }]
      }
      case RECORD.stop:
        return [{ t: decodeRecord<{ t: number }>(record).t, what: 'stopped' }]
      case RECORD.intake: {
        const { t, link, ori, key, ref, answers } = decodeRecord<IntakeRecord>(record)
        this.#own(ref, ori, answers)
        return [{ t, what: 'message taken', link, ori, mke: key, reference: ref }]
      }
      case RECORD.refusal: {
        const { t, link, ori, key, code } = decodeRecord<RefusalRecord>(record)
        // A refused header may hold anything; only what has the form of an ORI or a key is told.
        const said = { ori: ORI.test(ori) ? ori : undefined, mke: KEY.test(key) ? key : undefined }
        return [{ t, what: 'message refused', link, ...said, details: { code } }]
      }
      case RECORD.conclusion: {
        const { t, of, ref, type, answers } = decodeRecord<ConclusionRecord>(record)
        this.#own(ref, of.ori, answers)
        const what = answers.length > 0 ? 'answer made' : 'answer to be decided'
        return [{ t, what, link: of.link, ori: of.ori, reference: ref, details: { type } }]
      }
      case RECORD.deed: {
        const { t, service, who, what, ref, answers } = decodeRecord<DeedRecord>(record)
        this.#own(ref, '', answers)
        const details = { service, by: who, answers: answers.length }
        return [{ t, what, ...(ref === '' ? {} : { reference: ref }), details }]
      }
      case RECORD.out:
        return this.#given(decodeRecord<OutRecord>(record))
      case RECORD.done:
        for (const id of decodeRecord<DoneRecord>(record).ids)
          if (!this.again.has(id)) this.#owners.delete(id)
        return []
      case RECORD.note: {
        const { t, what, details } = decodeRecord<NoteRecord>(record)
        return [{ t, what, details }]
      }
      case RECORD.release: {
        const { t, ref } = decodeRecord<ReleaseRecord>(record)
        return [{ t, what: 'answer released', reference: ref }]
      }
      case RECORD.hold: {
        const { t, link, held } = decodeRecord<HoldRecord>(record)
        return [{ t, what: held ? 'link held' : 'link let go', link }]
      }
      case RECORD.cancel: {
        const { t, ref, ids } = decodeRecord<CancelRecord>(record)
        for (const id of ids) this.#owners.delete(id)
        return [{ t, what: 'answers cancelled', reference: ref, details: { answers: ids.length } }]
      }
      case RECORD.resend: {
        const { t, link, answers } = decodeRecord<ResendRecord>(record)
        return [{ t, what: 'answers sent again', link, details: { answers: answers.length } }]
      }
      default:
        return []
    }
  }

  /** Answers given: who got which, and when (the dissemination log). */
  #given({ t, out }: OutRecord): AuditEntry[] {
    return out.flatMap(([id, link, count]) => {
      const owner = this.#owners.get(id)
      if (!owner) return []
      const { ref, ori, key, type } = owner
      return [{ t, what: 'answer given', link, ori, mke: key, reference: ref, details: { type, count } }]
    })
  }

  #own(ref: string, ori: string, answers: IntakeRecord['answers']): void {
    for (const { id, key, type, to } of answers)
      this.#owners.set(id, { ref: to?.ref ?? ref, ori: to?.ori ?? ori, key, type })
  }
}

/** Ids of the answers that operators had sent again: they are given once more after they were done. */
export function sentAgain(record: JournalRecord): readonly number[] {
  if (record.type !== RECORD.resend) return []
  return decodeRecord<ResendRecord>(record).answers.map(({ id }) => id)
}
