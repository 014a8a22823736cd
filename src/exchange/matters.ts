import type { Logger } from '../log/index.js'
import type { Matcher, MatchResult } from '../matching/index.js'
import type { AnswerText, Formats } from '../message/index.js'
import type { Decision, Service } from '../services/index.js'
import type { Journal, Position } from '../store/index.js'
import type { Clock } from '../time/index.js'
import type { Addresses } from './addresses.js'
import { Agenda } from './agenda.js'
import { Asking } from './asking.js'
import type { Committer } from './committer.js'
import type { Delivery } from './delivery.js'
import { keepDrafts, keptEvents } from './drafts.js'
import type { MessageLog } from './message-log.js'
import {
  type ConclusionRecord,
  type DeedRecord,
  decodeRecord,
  type FoundRecord,
  type Intake,
  type IntakeRecord,
  RECORD,
  writeConclusion,
  writeIntake,
} from './records.js'
import { answerText, numberOf, type State, type Waiting } from './state.js'
import { Taken, type TakenOwner } from './taken.js'

export interface MattersOptions {
  readonly formats: Formats
  readonly journal: Journal
  readonly state: State
  readonly matcher: Matcher
  readonly services: ReadonlyMap<string, Service>
  readonly clock: Clock
  readonly log: Logger
  readonly messages: MessageLog
  readonly delivery: Delivery
  readonly committer: Committer
  readonly addresses: Addresses
  /** Something happened that services remember: their clocks may stand otherwise. */
  readonly happened: () => void
}

/** An answer that goes out later than this many milliseconds from now is read from the journal when it is due. */
const SOON_MS = 1000

/** Questions that may be answered later whose connections are remembered. */
const MOST_REMEMBERED = 10_000

/** What was taken in, on its way to its answers: acknowledged, asked about, concluded, and due at its time. */
export class Matters implements TakenOwner {
  readonly #options: MattersOptions
  readonly #asking: Asking<Taken | Gathered>
  readonly #agenda: Agenda
  /** Connections that asked what may be answered later, by reference. */
  readonly #asked = new Map<string, number>()

  constructor(options: MattersOptions) {
    this.#options = options
    this.#agenda = new Agenda(options.clock)
    this.#asking = new Asking(
      options.matcher,
      (subject, found, error) =>
        subject instanceof Gathered
          ? this.#gather(subject, found, error)
          : this.#found(subject, found, error),
      () => options.committer.wake(),
    )
  }

  /** Whether something is being matched. */
  get busy(): boolean {
    return this.#asking.busy
  }

  /** Whether questions wait for their turn with the matcher. */
  get working(): boolean {
    return this.#asking.waiting > 0
  }

  /** Whether an answer is due within so many milliseconds. */
  isDueWithin(ms: number): boolean {
    return this.#agenda.isDueWithin(ms)
  }

  /** Questions of a link that the matcher hasn't answered. */
  load(link: string): number {
    return this.#asking.load(link)
  }

  /** Takes up what the journal left. What has a count may have gone out. */
  takeUp(): void {
    const { state } = this.#options
    for (const waiting of [...state.waiting.values()].sort((a, b) => a.id - b.id)) {
      if (waiting.count > 0) waiting.marked = true
      this.#whenDue(waiting, 0)
      this.#lighten(waiting, 0)
    }
    for (const { intake } of state.matters.values()) {
      const taken = this.#revive(intake)
      if (taken) this.#askAgain(taken)
    }
  }

  /** A message was taken in: its answers go once it is on disk, and what follows from it begins. */
  take(taken: Taken, raw: Buffer, decision: Decision): void {
    const { state, committer } = this.#options
    taken.answers = keepDrafts(decision.answers, this.#options)
    taken.open = decision.ask !== undefined || decision.askAll !== undefined
    if (decision.events) taken.events = keptEvents(decision.events)
    taken.first = state.evolveIntake(taken, 0)
    for (const waiting of taken.first) waiting.started = taken.started
    writeIntake(taken, raw, committer.begin(RECORD.intake))
    committer.keep(taken)
    this.#ask(taken, decision)
    if (decision.events) {
      this.#remember(taken)
      this.#options.happened()
    }
  }

  /** What is answered later is answered over the connection that asked. */
  #remember({ ref, connection }: Taken): void {
    this.#asked.set(ref, connection)
    if (this.#asked.size > MOST_REMEMBERED)
      for (const oldest of this.#asked.keys()) {
        this.#asked.delete(oldest)
        break
      }
  }

  /** The connection that is an answer's own; 0: the oldest of its link. */
  #wayOf({ apart, ref }: Waiting, connection: number): number {
    if (apart === undefined) return connection
    return apart === 'later' ? (this.#asked.get(ref) ?? 0) : 0
  }

  stop(): void {
    this.#agenda.stop()
  }

  /** Reads an answer that is no longer in memory. */
  loadAnswer(waiting: Waiting): AnswerText | undefined {
    if (waiting.at === 0) return undefined
    const record = this.#options.journal.read(waiting.at)
    if ('reason' in record) {
      this.#options.log.error({ ref: waiting.ref, ...record }, 'a stored answer is damaged; it is not sent')
      return undefined
    }
    const kept = decodeRecord<IntakeRecord | ConclusionRecord | DeedRecord>(record)
    const answer = kept.answers.find((each) => each.id === waiting.id)
    const of = answer?.to ?? ('of' in kept ? kept.of : 'link' in kept ? kept : undefined)
    return answer && of && answerText(of, answer)
  }

  #askAgain(taken: Taken): void {
    try {
      this.#ask(taken, taken.handler.decide(taken))
    } catch (error) {
      this.#staysOpen(taken, error)
    }
  }

  #ask(taken: Taken, { ask, askAll }: Decision): void {
    if (ask) this.#asking.ask(taken, taken.link, ask)
    if (!askAll) return
    const gathered = new Gathered(taken, askAll.length)
    for (const each of askAll) this.#asking.ask(gathered, taken.link, each)
  }

  #found(taken: Taken, found: MatchResult | undefined, failure: unknown): void {
    try {
      if (!found) throw failure
      const { handler } = taken
      if (!handler.conclude || !this.#isOpen(taken)) return
      this.#conclude(taken, handler.conclude(taken, found), foundRecord(found))
    } catch (error) {
      this.#staysOpen(taken, error)
    }
  }

  /** Questions of one link are answered in their order. Where one failed, the message stays open as a whole. */
  #gather(gathered: Gathered, found: MatchResult | undefined, failure: unknown): void {
    const { taken, results } = gathered
    gathered.left--
    if (found) results.push(found)
    else gathered.failure ??= failure
    if (gathered.left > 0) return
    try {
      if (gathered.failure) throw gathered.failure
      const { handler } = taken
      if (!handler.concludeAll || !this.#isOpen(taken)) return
      this.#conclude(taken, handler.concludeAll(taken, results))
    } catch (error) {
      this.#staysOpen(taken, error)
    }
  }

  /** The matter is asked again at the next start. */
  #staysOpen({ ref }: Taken, error: unknown): void {
    this.#options.messages.failed({ ref }, error, 'a query got no answer; it stays open')
  }

  #isOpen({ ref }: Taken): boolean {
    return this.#options.state.matters.has(numberOf(ref))
  }

  /** @param found the evidence, where there was one question. */
  #conclude(taken: Taken, decision: Decision, found?: FoundRecord): void {
    const { state, committer, clock } = this.#options
    const { ref, connection } = taken
    const conclusion: ConclusionRecord = {
      ref,
      found,
      of: taken,
      t: clock.now(),
      type: decision.answers[0]?.type ?? '',
      answers: keepDrafts(decision.answers, this.#options),
      events: decision.events && keptEvents(decision.events),
    }
    const answers = state.evolveConclusion(conclusion, 0)
    if (decision.events) {
      this.#remember(taken)
      this.#options.happened()
    }
    for (const waiting of answers) waiting.started = taken.started
    const waiter = { kept: (at: Position) => this.kept(answers, at, connection) }
    writeConclusion(conclusion, committer.begin(RECORD.conclusion))
    if (taken.acknowledged) {
      committer.keep(waiter)
      this.#finals(taken, answers)
      return
    }
    // It can't go out before the acknowledgement, whose turn takes it along.
    committer.keepLazily(waiter)
    taken.finals = answers
  }

  acknowledge(taken: Taken): void {
    for (const waiting of taken.first)
      this.#options.delivery.ready(waiting, this.#wayOf(waiting, taken.connection))
    taken.acknowledged = true
    this.#finals(taken, taken.finals)
  }

  #finals({ connection }: Taken, answers: readonly Waiting[]): void {
    for (const waiting of answers) this.#whenDue(waiting, this.#wayOf(waiting, connection))
  }

  kept(answers: readonly Waiting[], at: Position, connection: number): void {
    for (const waiting of answers) {
      waiting.at = at
      this.#lighten(waiting, connection)
    }
  }

  /** What doesn't go out soon isn't kept in memory. */
  #lighten(waiting: Waiting, connection: number): void {
    const later = waiting.held || waiting.due > this.#options.clock.now() + SOON_MS
    if (waiting.at !== 0 && (later || this.#options.delivery.isCrowded(connection)))
      waiting.answer = undefined
  }

  #whenDue(waiting: Waiting, connection: number): void {
    if (waiting.held) return
    // The clock may have been set meanwhile: never wait longer than the delay itself.
    const longest = waiting.due - waiting.receivedAt
    const wait = Math.min(longest, waiting.due - this.#options.clock.now())
    if (wait <= 0) this.#options.delivery.ready(waiting, connection)
    else
      this.#agenda.after(wait, () => {
        // An operator may have taken it back meanwhile.
        if (this.#options.state.waiting.has(waiting.id)) this.#options.delivery.ready(waiting, connection)
      })
  }

  /** What an operator has done with waiting answers takes effect, and those of a deed may go. */
  resume(answers: readonly Waiting[]): void {
    for (const waiting of answers)
      if (this.#options.state.waiting.has(waiting.id)) this.#whenDue(waiting, this.#wayOf(waiting, 0))
  }

  #revive(intake: Intake): Taken | undefined {
    const format = this.#options.formats.messages.get(intake.key)
    const handler = this.#options.services.get(intake.service)
    if (!format || !handler) {
      this.#options.log.error(
        { ref: intake.ref, mke: intake.key },
        'no service for an open message; it stays open',
      )
      return undefined
    }
    const { t, link, n, form, key, ori, ctl, ref, dest, values, text = '', day } = intake
    const started = this.#options.clock.monotonic()
    const of = [t, link, n, form, key, ori, ctl, ref, dest, values, text, day] as const
    const taken = new Taken(this, format, handler, ...of, 0, started)
    taken.acknowledged = true
    return taken
  }
}

/** A message with several questions, on its way to what is found for all of them. */
class Gathered {
  readonly results: MatchResult[] = []
  failure: unknown

  constructor(
    readonly taken: Taken,
    public left: number,
  ) {}
}

/** The evidence as it is kept for `show`: numbers and relations, no names. */
function foundRecord({ grade, candidates }: MatchResult): FoundRecord {
  return {
    grade,
    candidates: candidates.map(({ arn, score, bits, why }) => ({
      arn,
      score: round(score),
      bits: round(bits),
      why: why.map((each) => [each.field, each.relation, round(each.bits)] as const),
    })),
  }
}

const round = (value: number): number => Math.round(value * 100) / 100
