import type { AnswerText } from '../message/index.js'
import type { Memory } from '../services/index.js'
import type { JournalRecord, Position } from '../store/index.js'
import { Figures, type YearFigures } from './figures.js'
import { Memories, type MemoryImage } from './memories.js'
import {
  type AnswerOf,
  type CancelRecord,
  type ConclusionRecord,
  type DeedRecord,
  type DoneRecord,
  decodeRecord,
  type HoldRecord,
  type Intake,
  type IntakeRecord,
  JOURNAL_VERSION,
  type KeptAnswer,
  type KeptEvent,
  narrowJson,
  type OutRecord,
  RECORD,
  type RefusalRecord,
  type ReleaseRecord,
  type ResendRecord,
  type StartRecord,
} from './records.js'
import { Sequence } from './sequence.js'

/** Counts of one link; 5 digits on the wire, from 1, back to 1 after 99999. */
export interface LinkCounts {
  in: number
  out: number
}

export const nextCount = (count: number): number => (count >= 99_999 ? 1 : count + 1)

/** A message that was taken in and has no final answer yet. */
export interface Matter {
  readonly intake: Intake
  /** The machine went down since: its final answer may have gone out without a trace. */
  doubtful: boolean
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
  /** Bytes of its text. */
  readonly size: number
  /** Monotonic milliseconds of receipt, where this process received the question. */
  started: number | undefined
  /** It has an address of its own: it answers an earlier question, or none. */
  readonly apart: 'later' | 'unasked' | undefined
}

/** Everything the exchange knows, made by replaying the journal and kept up by the same function. */
export class State {
  readonly links = new Map<string, LinkCounts>()
  /** By the number of the reference. */
  readonly matters = new Sequence<Matter>()
  readonly waiting = new Sequence<Waiting>()
  readonly #waitingBytes = new Map<string, { bytes: number }>()
  /** The form that an ORI used last, for messages nobody asked for. */
  readonly forms = new Map<string, 'text' | 'xml'>()
  readonly figures = new Figures()
  /** Links whose answers an operator holds. */
  readonly heldLinks = new Set<string>()
  nextReference = 1
  nextAnswer = 1
  boot = ''
  readonly memories: Memories
  /** The journal ends with a clean stop. */
  stopped = true

  /** @param memories of the services; what others would remember is kept for them. */
  constructor(memories?: ReadonlyMap<string, Memory>) {
    this.memories = new Memories(memories)
  }

  /** Bytes of answers that wait for a link. */
  waitingBytes(link: string): number {
    return this.#waitingBytes.get(link)?.bytes ?? 0
  }

  /** An answer is done. */
  drop(id: number): void {
    const waiting = this.waiting.get(id)
    if (!waiting) return
    this.waiting.delete(id)
    const sum = this.#waitingBytes.get(waiting.link)
    if (sum) sum.bytes -= waiting.size
  }

  #wait(waiting: Waiting): void {
    this.waiting.set(waiting.id, waiting)
    const sum = this.#waitingBytes.get(waiting.link)
    if (sum) sum.bytes += waiting.size
    else this.#waitingBytes.set(waiting.link, { bytes: waiting.size })
  }

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
        this.evolveStart(decodeRecord<StartRecord>(record))
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
      case RECORD.hold:
        this.evolveHold(decodeRecord<HoldRecord>(record))
        break
      case RECORD.cancel:
        this.evolveCancel(decodeRecord<CancelRecord>(record))
        break
      case RECORD.resend:
        this.evolveResend(decodeRecord<ResendRecord>(record))
        break
      case RECORD.deed:
        this.evolveDeed(decodeRecord<DeedRecord>(record), at)
        break
      case RECORD.stop:
        this.stopped = true
    }
  }

  /** Everything that is known, for a snapshot; {@link restore} takes it back. */
  encode(): Buffer {
    const image: Image = {
      version: JOURNAL_VERSION,
      boot: this.boot,
      stopped: this.stopped,
      nextReference: this.nextReference,
      nextAnswer: this.nextAnswer,
      links: [...this.links].map(([name, { in: n, out }]) => [name, n, out]),
      forms: [...this.forms],
      heldLinks: [...this.heldLinks],
      matters: [...this.matters.values()].map(
        ({ intake, doubtful }) => [plainIntake(intake), doubtful ? 1 : 0] as const,
      ),
      waiting: [...this.waiting.values()].map(
        ({ id, link, ref, type, receivedAt, due, held, at, count, size, marked }) =>
          [id, link, ref, type, receivedAt, due, held ? 1 : 0, at, count, size, marked ? 1 : 0] as const,
      ),
      years: [...this.figures.years.values()],
      memories: this.memories.encode(),
    }
    return Buffer.from(narrowJson(image), 'latin1')
  }

  restore(snapshot: Buffer): void {
    const image = JSON.parse(snapshot.toString('latin1')) as Image
    checkVersion(image.version)
    this.boot = image.boot
    this.stopped = image.stopped
    this.nextReference = image.nextReference
    this.nextAnswer = image.nextAnswer
    for (const [name, n, out] of image.links) this.links.set(name, { in: n, out })
    for (const [ori, form] of image.forms) this.forms.set(ori, form)
    for (const link of image.heldLinks) this.heldLinks.add(link)
    for (const [intake, doubtful] of image.matters)
      this.matters.set(numberOf(intake.ref), { intake, doubtful: doubtful === 1 })
    for (const [id, link, ref, type, receivedAt, due, held, at, count, size, marked] of image.waiting)
      this.#wait({
        ...{ id, link, ref, type, receivedAt, due, held: held === 1, at, count, size },
        answer: undefined,
        marked: marked === 1,
        started: undefined,
        apart: undefined,
      })
    for (const year of image.years) this.figures.restore(year)
    if (image.memories) this.memories.restore(image.memories)
  }

  /** It is a copy: what went out after it was made isn't known. */
  restored(): void {
    this.stopped = false
    this.boot = 'restored'
  }

  /** A server starts. Where the machine went down, whatever isn't known to be done may have gone out. */
  evolveStart(start: StartRecord): void {
    checkVersion(start.version)
    if (!this.stopped && this.boot !== '' && this.boot !== start.boot) {
      for (const waiting of this.waiting.values()) waiting.marked = true
      for (const matter of this.matters.values()) matter.doubtful = true
    }
    this.boot = start.boot
    this.stopped = false
  }

  /** @returns the answers that wait now. */
  evolveIntake(intake: Intake, at: Position | 0): readonly Waiting[] {
    const number = numberOf(intake.ref)
    this.counts(intake.link).in = intake.n
    this.nextReference = Math.max(this.nextReference, number + 1)
    if (this.forms.get(intake.ori) !== intake.form) this.forms.set(intake.ori, intake.form)
    if (intake.open) this.matters.set(number, { intake, doubtful: false })
    this.figures.takenIn(intake)
    if (intake.events) this.#happened(intake.events, intake.t, intake.day)
    return this.#addAnswers(intake.ref, intake, intake.answers, at)
  }

  evolveRefusal(refusal: RefusalRecord): void {
    this.counts(refusal.link).in = refusal.n
    this.figures.refused(refusal)
  }

  /** @returns the answers that wait now. */
  evolveConclusion(conclusion: ConclusionRecord, at: Position | 0): readonly Waiting[] {
    const number = numberOf(conclusion.ref)
    const matter = this.matters.get(number)
    if (!matter) return []
    this.matters.delete(number)
    this.figures.concluded(matter.intake, conclusion)
    if (conclusion.events) this.#happened(conclusion.events, conclusion.t, matter.intake.day)
    return this.#addAnswers(conclusion.ref, conclusion.of, conclusion.answers, at, matter.doubtful)
  }

  /** @returns the answers that wait now. */
  evolveDeed(deed: DeedRecord, at: Position | 0): readonly Waiting[] {
    if (deed.ref !== '') this.nextReference = Math.max(this.nextReference, numberOf(deed.ref) + 1)
    this.#happened(deed.events, deed.t, deed.day)
    if (deed.concludes) this.figures.answered(deed.concludes.type, deed.concludes.day)
    // Each of them has an address of its own.
    const of: AnswerOf = { t: deed.t, link: '', n: 0, form: 'text', ori: '' }
    return this.#addAnswers(deed.ref, of, deed.answers, at)
  }

  #happened(events: readonly KeptEvent[], t: number, day: string): void {
    for (const event of events) {
      const [, , figure] = event
      if (figure !== undefined) this.figures.happened(figure, day)
      this.memories.evolve(event, { t, day })
    }
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

  evolveDone(record: Pick<DoneRecord, 'ids'>): void {
    for (const id of record.ids) this.drop(id)
  }

  evolveRelease(record: ReleaseRecord): void {
    for (const waiting of this.waiting.values()) if (waiting.ref === record.ref) waiting.held = false
    this.#settled(record)
  }

  evolveCancel(record: CancelRecord): void {
    this.evolveDone(record)
    this.#settled(record)
  }

  #settled({ events, t, day }: ReleaseRecord | CancelRecord): void {
    if (events && day !== undefined) this.#happened(events, t, day)
  }

  evolveHold({ link, held }: HoldRecord): void {
    if (held) this.heldLinks.add(link)
    else this.heldLinks.delete(link)
  }

  /** What goes out again keeps its count; that it has one is what marks it. */
  evolveResend({ link, answers }: ResendRecord): void {
    for (const { id, ref, type, count, receivedAt, at, size } of answers)
      this.#wait({
        ...{ id, link, ref, type, receivedAt, count, at, size, due: receivedAt },
        held: false,
        answer: undefined,
        marked: true,
        started: undefined,
        apart: undefined,
      })
  }

  #addAnswers(
    ref: string,
    of: AnswerOf,
    answers: readonly KeptAnswer[],
    at: Position | 0,
    marked = false,
  ): readonly Waiting[] {
    const added: Waiting[] = []
    for (const answer of answers) {
      this.nextAnswer = Math.max(this.nextAnswer, answer.id + 1)
      const { to } = answer
      const whose = to ?? of
      const waiting: Waiting = {
        id: answer.id,
        link: whose.link,
        ref: to?.ref ?? ref,
        type: answer.type,
        receivedAt: whose.t,
        due: whose.t + (answer.delay ?? 0),
        held: answer.hold ?? false,
        at,
        answer: answerText(whose, answer),
        count: 0,
        marked,
        size: sizeOf(answer),
        started: undefined,
        apart: to && (to.ref === undefined ? 'unasked' : 'later'),
      }
      this.#wait(waiting)
      added.push(waiting)
    }
    return added
  }
}

/** The centre's number of a matter: the calendar year of a day (CCYYMMDD), and a number that is given once. */
export const referenceOf = (day: string, number: number): string =>
  `${day.slice(2, 4)}-${`${number}`.padStart(10, '0')}`

/** A reference is the year and a number that is given once. */
export const numberOf = (reference: string): number => Number(reference.slice(3))

/** Bytes of an answer's text. */
export const sizeOf = ({ text }: KeptAnswer): number => text.length

/** What of an intake a snapshot keeps, whatever else hangs on it. */
function plainIntake(intake: Intake): Intake {
  const { t, link, n, form, key, ori, ctl, ref, dest, service, values, text, answers, open, day } = intake
  return { t, link, n, form, key, ori, ctl, ref, dest, service, values, text, answers, open, day }
}

/** A snapshot's text. */
interface Image {
  readonly version: number
  readonly boot: string
  readonly stopped: boolean
  readonly nextReference: number
  readonly nextAnswer: number
  readonly links: readonly (readonly [name: string, n: number, out: number])[]
  readonly forms: readonly (readonly [ori: string, form: 'text' | 'xml'])[]
  readonly heldLinks: readonly string[]
  readonly matters: readonly (readonly [intake: Intake, doubtful: number])[]
  readonly waiting: readonly (readonly [
    id: number,
    link: string,
    ref: string,
    type: string,
    receivedAt: number,
    due: number,
    held: number,
    at: Position | 0,
    count: number,
    size: number,
    marked: number,
  ])[]
  readonly years: readonly YearFigures[]
  /** Not in snapshots of before there were any. */
  readonly memories?: readonly (readonly [name: string, memory: MemoryImage])[]
}

function checkVersion(version: number): void {
  if (version > JOURNAL_VERSION)
    throw new Error(`the store was written by a newer version (journal format ${version})`)
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
    text: answer.text,
  }
}
