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

/** A message that came or went, as a line of a list tells of it. */
export interface StoryMessage {
  readonly way: 'in' | 'out'
  /** Undefined where it was refused. */
  readonly reference?: string | undefined
  readonly key: string
  /** The agency's ORI, whichever way it went. */
  readonly ori: string
  readonly control?: string | undefined
  /** What kind of answer it is, or why it was refused. */
  readonly type?: string
}

/** One thing that happened in a matter. */
export interface StoryEvent {
  /** Milliseconds since the epoch; undefined where the journal doesn't say. */
  readonly t: number | undefined
  readonly what: string
  readonly message?: StoryMessage
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
  readonly ref: string
  went: boolean
}

/** What of a message tells whether it belongs to a story. */
export interface StoryMark {
  readonly ref?: string | undefined
  readonly ori?: string | undefined
  readonly ctl?: string | undefined
}

/** Which messages a story is about. */
export interface Wanted {
  /** What the record of each of them holds; records without it aren't read. Undefined: all are. */
  readonly needle: string | undefined
  is(mark: StoryMark): boolean
}

/** What has this reference or control field. */
export const wantedBy = (word: string): Wanted => ({
  needle: word,
  is: ({ ref, ctl }) => ref === word || ctl === word,
})

/** Everything of one matter, or of several, in order: fed with the journal's records. */
export class StoryView {
  readonly events: StoryEvent[] = []
  readonly #wanted: Wanted
  readonly #needle: Buffer | undefined
  readonly #references = new Set<string>()
  readonly #answers = new Map<number, Told>()

  constructor(wanted: Wanted) {
    this.#wanted = wanted
    this.#needle = wanted.needle === undefined ? undefined : Buffer.from(wanted.needle, 'latin1')
  }

  take(record: JournalRecord): void {
    switch (record.type) {
      case RECORD.intake:
        if (this.#holds(record)) this.#intake(decodeRecord<IntakeRecord>(record))
        break
      case RECORD.refusal:
        if (this.#holds(record)) this.#refusal(decodeRecord<RefusalRecord>(record))
        break
      case RECORD.conclusion:
        if (this.#references.size > 0) this.#conclusion(decodeRecord<ConclusionRecord>(record))
        break
      case RECORD.deed:
        if (this.#references.size > 0 || this.#holds(record)) this.#deed(decodeRecord<DeedRecord>(record))
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

  #holds({ payload }: JournalRecord): boolean {
    return this.#needle === undefined || payload.includes(this.#needle)
  }

  #intake(intake: IntakeRecord): void {
    if (!this.#wanted.is(intake)) return
    const { t, link, n, raw, values, ref, ori, ctl, key, form, service } = intake
    this.#references.add(ref)
    this.events.push({
      ...{ t, what: 'taken in', link, count: n, raw, values },
      message: { way: 'in', reference: ref, key, ori, control: ctl },
      details: { reference: ref, ori, key, form, service },
    })
    this.#keep(t, intake, ref, intake.answers)
  }

  #refusal({ t, link, n, raw, ori, key, ctl, code, details, to }: RefusalRecord): void {
    if (!this.#wanted.is({ ori, ctl })) return
    const message = { way: 'in' as const, key, ori, control: ctl, type: `refused ${code}` }
    this.events.push({
      ...{ t, what: `refused ${code}`, message, link, count: n, raw, lines: details, details: { to } },
    })
  }

  #conclusion({ ref, of, t, type, found, answers }: ConclusionRecord): void {
    if (!this.#references.has(ref)) return
    this.events.push({
      t,
      what: type === '' ? 'matched; the answer is to be decided' : `concluded: ${type}`,
      ...(found ? { found } : {}),
    })
    this.#keep(t, of, ref, answers)
  }

  /** A deed belongs to the matters that its answers are about, and to its own reference. */
  #deed({ t, service, who, what, ref, answers }: DeedRecord): void {
    const own = this.#wanted.is({ ref })
    const about = ({ to }: KeptAnswer): boolean =>
      own || (to !== undefined && (this.#references.has(to.ref ?? '') || this.#wanted.is(to)))
    const mine = answers.filter((each) => about(each))
    if (mine.length === 0) return
    if (own) this.#references.add(ref)
    this.events.push({ t, what, details: { service, by: who } })
    for (const each of mine) if (each.to) this.#keep(t, each.to, each.to.ref ?? ref, [each])
  }

  #keep(t: number, of: AnswerOf, ref: string, answers: readonly KeptAnswer[]): void {
    for (const answer of answers) {
      this.#answers.set(answer.id, { answer, of: answer.to ?? of, ref: answer.to?.ref ?? ref, went: false })
      if (answer.hold) this.events.push({ t, what: `${answer.type}: waits until an operator releases it` })
      else if (answer.delay)
        this.events.push({ t, what: `${answer.type}: waits ${answer.delay} ms from receipt` })
    }
  }

  #out({ t, out }: OutRecord): void {
    for (const [id, link, count] of out) {
      const told = this.#answers.get(id)
      if (!told) continue
      const { answer, of, ref, went } = told
      const { key, type } = answer
      const message = {
        ...{ way: 'out' as const, reference: ref, key, ori: of.ori, control: of.ctl },
        type: went ? `${type} (again)` : type,
      }
      // What goes out a second time may have arrived the first.
      const sent = { answer: answerText(of, answer), sentAt: t, outCount: count, marked: went }
      this.events.push({ t, what: `${answer.type}: sent`, message, link, count, sent })
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
