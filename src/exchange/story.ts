import type { AnswerText, Sending } from '../message/index.js'
import type { JournalRecord } from '../store/index.js'
import {
  type AnswerOf,
  type CancelRecord,
  type ConclusionRecord,
  type DeedRecord,
  type DoneRecord,
  decodeRecord,
  type FoundRecord,
  type IntakeRecord,
  type KeptAnswer,
  type OutRecord,
  RECORD,
  type RefusalRecord,
  type ReleaseRecord,
  type ResendRecord,
} from './records.js'
import { answerText } from './state.js'

/** One thing that happened in a matter. */
export interface StoryEvent {
  /** Milliseconds since the epoch; undefined where the journal doesn't say. */
  readonly t: number | undefined
  readonly what: string
  readonly link?: string
  readonly count?: number
  /** The bytes as they came, a character a byte. */
  readonly raw?: string
  readonly values?: Readonly<Record<string, string>>
  readonly lines?: readonly string[]
  /** An answer as it went out; whoever has the formats can make its bytes. */
  readonly sent?: Sending & { readonly answer: AnswerText }
  readonly found?: FoundRecord
  readonly details?: Readonly<Record<string, string | number>>
}

/** An answer that is known, and whether it went out. */
interface Told {
  readonly answer: KeptAnswer
  readonly of: AnswerOf
  went: boolean
}

/** Everything of one matter in order, by its reference or its control field: fed with the journal's records. */
export class StoryView {
  readonly events: StoryEvent[] = []
  readonly #wanted: string
  readonly #needle: Buffer
  readonly #references = new Set<string>()
  readonly #answers = new Map<number, Told>()

  /** @param wanted an LESC reference or a control field. */
  constructor(wanted: string) {
    this.#wanted = wanted
    this.#needle = Buffer.from(wanted, 'latin1')
  }

  take(record: JournalRecord): void {
    switch (record.type) {
      case RECORD.intake:
        if (record.payload.includes(this.#needle)) this.#intake(decodeRecord<IntakeRecord>(record))
        break
      case RECORD.refusal:
        if (record.payload.includes(this.#needle)) this.#refusal(decodeRecord<RefusalRecord>(record))
        break
      case RECORD.conclusion:
        if (this.#references.size > 0) this.#conclusion(decodeRecord<ConclusionRecord>(record))
        break
      case RECORD.deed:
        if (this.#references.size > 0 || record.payload.includes(this.#needle))
          this.#deed(decodeRecord<DeedRecord>(record))
        break
      case RECORD.out:
        if (this.#answers.size > 0) this.#out(decodeRecord<OutRecord>(record))
        break
      case RECORD.done:
        if (this.#answers.size > 0) this.#done(decodeRecord<DoneRecord>(record))
        break
      case RECORD.release:
        this.#operator(decodeRecord<ReleaseRecord>(record), 'released by an operator')
        break
      case RECORD.cancel:
        this.#operator(decodeRecord<CancelRecord>(record), 'cancelled by an operator')
        break
      case RECORD.resend:
        for (const { t, answer } of this.#again(decodeRecord<ResendRecord>(record)))
          this.events.push({ t, what: `${answer.type}: an operator had it sent again` })
    }
  }

  #intake(intake: IntakeRecord): void {
    if (intake.ref !== this.#wanted && intake.ctl !== this.#wanted) return
    const { t, link, n, raw, values, ref, ori, key, form, service } = intake
    this.#references.add(ref)
    this.events.push({
      ...{ t, what: 'taken in', link, count: n, raw, values },
      details: { reference: ref, ori, key, form, service },
    })
    this.#keep(t, intake, intake.answers)
  }

  #refusal({ t, link, n, raw, ctl, code, details, to }: RefusalRecord): void {
    if (ctl !== this.#wanted) return
    this.events.push({ t, what: `refused ${code}`, link, count: n, raw, lines: details, details: { to } })
  }

  #conclusion({ ref, of, t, type, found, answers }: ConclusionRecord): void {
    if (!this.#references.has(ref)) return
    this.events.push({ t, what: `concluded: ${type}`, ...(found ? { found } : {}) })
    this.#keep(t, of, answers)
  }

  /** A deed belongs to the matters that its answers are about, and to its own reference. */
  #deed({ t, service, who, what, ref, answers }: DeedRecord): void {
    const own = ref === this.#wanted
    const about = ({ to }: KeptAnswer): boolean =>
      own || (to !== undefined && (this.#references.has(to.ref ?? '') || to.ctl === this.#wanted))
    const mine = answers.filter((each) => about(each))
    if (mine.length === 0) return
    if (own) this.#references.add(ref)
    this.events.push({ t, what, details: { service, by: who } })
    for (const each of mine) if (each.to) this.#keep(t, each.to, [each])
  }

  #keep(t: number, of: AnswerOf, answers: readonly KeptAnswer[]): void {
    for (const answer of answers) {
      this.#answers.set(answer.id, { answer, of: answer.to ?? of, went: false })
      if (answer.hold) this.events.push({ t, what: `${answer.type}: waits until an operator releases it` })
      else if (answer.delay)
        this.events.push({ t, what: `${answer.type}: waits ${answer.delay} ms from receipt` })
    }
  }

  #out({ t, out }: OutRecord): void {
    for (const [id, link, count] of out) {
      const told = this.#answers.get(id)
      if (!told) continue
      const { answer, of, went } = told
      // What goes out a second time may have arrived the first.
      const sent = { answer: answerText(of, answer), sentAt: t, outCount: count, marked: went }
      this.events.push({ t, what: `${answer.type}: sent`, link, count, sent })
      told.went = true
    }
  }

  #done({ ids }: DoneRecord): void {
    for (const id of ids) {
      const told = this.#answers.get(id)
      if (told) this.events.push({ t: undefined, what: `${told.answer.type}: delivered` })
    }
  }

  #operator({ t, ref }: { readonly t: number; readonly ref: string }, what: string): void {
    if (this.#references.has(ref)) this.events.push({ t, what })
  }

  #again({ t, answers }: ResendRecord): { t: number; answer: KeptAnswer }[] {
    return answers.flatMap(({ id }) => {
      const told = this.#answers.get(id)
      return told ? [{ t, answer: told.answer }] : []
    })
  }
}
