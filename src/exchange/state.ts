import type { AnswerText } from '../message/index.js'
import type { JournalRecord, Position } from '../store/index.js'
import { Figures } from './figures.js'
import {
  type AnswerOf,
  type ConclusionRecord,
  type DoneRecord,
  decodeRecord,
  type IntakeRecord,
  JOURNAL_VERSION,
  type KeptAnswer,
  type OutRecord,
  RECORD,
  type RefusalRecord,
  type ReleaseRecord,
  type StartRecord,
} from './records.js'

/** Counts of one link; 5 digits on the wire, from 1, back to 1 after 99999. */
export interface LinkCounts {
  in: number
  out: number
}

export const nextCount = (count: number): number => (count >= 99_999 ? 1 : count + 1)

/** A message that was taken in and has no final answer yet. */
export interface Matter {
  readonly intake: IntakeRecord
}

/** An answer that isn't done. What it says is in memory while it is about to go, else in the journal. */
export interface Waiting {
  readonly id: number
  readonly link: string
  readonly ref: string
  readonly type: string
  readonly receivedAt: number
  /** Milliseconds since the epoch before which it stays. */
  readonly due: number
  held: boolean
  at: Position | 0
  answer: AnswerText | undefined
  /** The count it was given; 0 before it first went out. */
  count: number
  marked: boolean
  /** Monotonic milliseconds of receipt, where this process received the question. */
  started?: number
}

/** Everything the exchange knows, made by replaying the journal and kept up by the same function. */
export class State {
  readonly links = new Map<string, LinkCounts>()
  readonly matters = new Map<string, Matter>()
  readonly waiting = new Map<number, Waiting>()
  /** The form that an ORI used last, for messages nobody asked for. */
  readonly forms = new Map<string, 'text' | 'xml'>()
  readonly figures = new Figures()
  nextReference = 1
  nextAnswer = 1
  boot = ''
  /** The journal ends with a clean stop. */
  stopped = true

  counts(link: string): LinkCounts {
    let counts = this.links.get(link)
    if (!counts) {
      counts = { in: 0, out: 0 }
      this.links.set(link, counts)
    }
    return counts
  }

  /** Applies a record; the same for a fresh one and for one replayed. */
  evolve(record: JournalRecord, at: Position): void {
    switch (record.type) {
      case RECORD.start:
        this.#started(decodeRecord<StartRecord>(record))
        break
      case RECORD.intake:
        this.evolveIntake(decodeRecord<IntakeRecord>(record), at)
        break
      case RECORD.refusal:
        this.evolveRefusal(decodeRecord<RefusalRecord>(record))
        break
      case RECORD.conclusion:
        this.evolveConclusion(decodeRecord<ConclusionRecord>(record), at)
        break
      case RECORD.out:
        this.evolveOut(decodeRecord<OutRecord>(record))
        break
      case RECORD.done:
        this.evolveDone(decodeRecord<DoneRecord>(record))
        break
      case RECORD.release:
        this.evolveRelease(decodeRecord<ReleaseRecord>(record))
        break
      case RECORD.stop:
        this.stopped = true
    }
  }

  #started(start: StartRecord): void {
    if (start.version > JOURNAL_VERSION)
      throw new Error(`the store was written by a newer version (journal format ${start.version})`)
    this.boot = start.boot
    this.stopped = false
  }

  evolveIntake(intake: IntakeRecord, at: Position | 0): void {
    this.counts(intake.link).in = intake.n
    this.nextReference = Math.max(this.nextReference, Number(intake.ref.slice(3)) + 1)
    this.forms.set(intake.ori, intake.form)
    if (intake.open) this.matters.set(intake.ref, { intake })
    this.figures.takenIn(intake)
    this.#addAnswers(intake.ref, intake, intake.answers, at)
  }

  evolveRefusal(refusal: RefusalRecord): void {
    this.counts(refusal.link).in = refusal.n
    this.figures.refused(refusal)
  }

  evolveConclusion(conclusion: ConclusionRecord, at: Position | 0): void {
    const matter = this.matters.get(conclusion.ref)
    if (!matter) return
    this.matters.delete(conclusion.ref)
    this.figures.concluded(matter.intake, conclusion)
    this.#addAnswers(conclusion.ref, conclusion.of, conclusion.answers, at)
  }

  evolveOut(record: OutRecord): void {
    for (const [id, link, count] of record.out) {
      const waiting = this.waiting.get(id)
      // What goes out again keeps its count, so the link's own count stays.
      if (waiting && waiting.count === count) continue
      this.counts(link).out = count
      if (waiting) waiting.count = count
    }
  }

  evolveDone(record: DoneRecord): void {
    for (const id of record.ids) this.waiting.delete(id)
  }

  evolveRelease(record: ReleaseRecord): void {
    for (const waiting of this.waiting.values()) if (waiting.ref === record.ref) waiting.held = false
  }

  #addAnswers(ref: string, of: AnswerOf, answers: readonly KeptAnswer[], at: Position | 0): void {
    for (const answer of answers) {
      this.nextAnswer = Math.max(this.nextAnswer, answer.id + 1)
      this.waiting.set(answer.id, {
        id: answer.id,
        link: of.link,
        ref,
        type: answer.type,
        receivedAt: of.t,
        due: of.t + (answer.delay ?? 0),
        held: answer.hold ?? false,
        at,
        answer: answerText(of, answer),
        count: 0,
        marked: false,
      })
    }
  }
}

export function answerText(of: AnswerOf, answer: KeptAnswer): AnswerText {
  return {
    key: answer.key,
    from: answer.from,
    to: of.ori,
    form: of.form,
    control: of.ctl,
    receivedAt: of.t,
    inCount: of.n,
    lines: answer.lines,
  }
}
