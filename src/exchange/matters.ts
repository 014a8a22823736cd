import type { Logger } from '../log/index.js'
import type { Matcher, MatchQuery, MatchResult } from '../matching/index.js'
import type { AnswerText, Formats } from '../message/index.js'
import type { Accepted, Draft, Service } from '../services/index.js'
import type { Journal, Position } from '../store/index.js'
import type { Clock } from '../time/index.js'
import { Agenda } from './agenda.js'
import { Asking } from './asking.js'
import type { Committer } from './committer.js'
import type { Delivery } from './delivery.js'
import type { MessageLog } from './message-log.js'
import {
  type ConclusionRecord,
  decodeRecord,
  encodeConclusion,
  encodeIntake,
  type FoundRecord,
  type IntakeRecord,
  type KeptAnswer,
} from './records.js'
import { answerText, numberOf, type State, type Waiting } from './state.js'

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
}

/** What is known of a message between its intake and its last answer, for as long as this process lives. */
export interface Live {
  readonly accepted: Accepted
  readonly service: Service
  readonly connection: number
  readonly started: number
  acknowledged: boolean
  /** Final answers that wait for the acknowledgement to go first. */
  finals: Waiting[]
}

/** An answer that goes out later than this many milliseconds from now is read from the journal when it is due. */
const SOON_MS = 1000

/** What was taken in, on its way to its answers: acknowledged, asked about, concluded, and due at its time. */
export class Matters {
  readonly #options: MattersOptions
  readonly #asking: Asking<Live>
  readonly #agenda: Agenda

  constructor(options: MattersOptions) {
    this.#options = options
    this.#agenda = new Agenda(options.clock)
    this.#asking = new Asking(
      options.matcher,
      (live, found, error) => this.#found(live, found, error),
      () => options.committer.wake(),
    )
  }

  /** Whether something is being matched. */
  get busy(): boolean {
    return this.#asking.busy
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
      const live = this.#revive(intake)
      if (live) this.#ask(live)
    }
  }

  /** A message was taken in: its answers go once it is on disk, and what follows from it begins. */
  take(live: Live, intake: IntakeRecord, raw: string, ask: MatchQuery | undefined): void {
    const { state, committer } = this.#options
    state.evolveIntake(intake, 0)
    const answers = intake.answers.map((answer) => this.#waiting(answer.id, live.started))
    committer.append({
      record: encodeIntake(intake, raw),
      kept: (at) => this.#kept(answers, at, live.connection),
      synced: () => this.#acknowledge(live, answers),
    })
    if (ask) this.#asking.ask(live, intake.link, ask)
  }

  /** Gives answers their numbers. */
  keep(drafts: readonly Draft[]): KeptAnswer[] {
    // Written out: what is spread behind something else is put together at every call, and this is done for each message.
    return drafts.map(({ key, from, type, text, delay, hold }) => {
      const id = this.#options.state.nextAnswer++
      return { id, key, from, type, text, delay, hold }
    })
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
    const kept = decodeRecord<IntakeRecord | ConclusionRecord>(record)
    const answer = kept.answers.find((each) => each.id === waiting.id)
    return answer && answerText('of' in kept ? kept.of : kept, answer)
  }

  #ask(live: Live): void {
    try {
      const { ask } = live.service.decide(live.accepted)
      const { link } = this.#options.state.matters.get(numberOf(live.accepted.reference))!.intake
      if (ask) this.#asking.ask(live, link, ask)
    } catch (error) {
      this.#staysOpen(live, error)
    }
  }

  #found(live: Live, found: MatchResult | undefined, failure: unknown): void {
    try {
      if (!found) throw failure
      this.#conclude(live, found)
    } catch (error) {
      this.#staysOpen(live, error)
    }
  }

  /** The matter is asked again at the next start. */
  #staysOpen(live: Live, error: unknown): void {
    this.#options.messages.failed(
      { ref: live.accepted.reference },
      error,
      'a query got no answer; it stays open',
    )
  }

  #conclude(live: Live, found: MatchResult): void {
    const { accepted, service } = live
    const matter = this.#options.state.matters.get(numberOf(accepted.reference))
    if (!matter || !service.conclude) return
    const decision = service.conclude(accepted, found)
    const { t, link, n, form, ori, ctl } = matter.intake
    const conclusion: ConclusionRecord = {
      ref: accepted.reference,
      found: foundRecord(found),
      of: { t, link, n, form, ori, ctl },
      t: this.#options.clock.now(),
      type: decision.answers[0]?.type ?? '',
      answers: this.keep(decision.answers),
    }
    this.#options.state.evolveConclusion(conclusion, 0)
    const answers = conclusion.answers.map((answer) => this.#waiting(answer.id, live.started))
    const entry = {
      record: encodeConclusion(conclusion),
      kept: (at: Position) => this.#kept(answers, at, live.connection),
    }
    if (live.acknowledged) {
      this.#options.committer.append(entry)
      this.#finals(live, answers)
      return
    }
    // It can't go out before the acknowledgement, whose turn takes it along.
    this.#options.committer.appendLazily(entry)
    live.finals = answers
  }

  #acknowledge(live: Live, answers: readonly Waiting[]): void {
    for (const waiting of answers) this.#options.delivery.ready(waiting, live.connection)
    live.acknowledged = true
    this.#finals(live, live.finals)
  }

  #finals(live: Live, answers: readonly Waiting[]): void {
    for (const waiting of answers) this.#whenDue(waiting, live.connection)
  }

  #kept(answers: readonly Waiting[], at: Position, connection: number): void {
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

  #waiting(id: number, started: number): Waiting {
    const waiting = this.#options.state.waiting.get(id)
    if (!waiting) throw new Error(`answer ${id} was not recorded`)
    waiting.started = started
    return waiting
  }

  /** What an operator has done with waiting answers takes effect. */
  resume(answers: readonly Waiting[]): void {
    for (const waiting of answers) this.#whenDue(waiting, 0)
  }

  #revive(intake: IntakeRecord): Live | undefined {
    const format = this.#options.formats.messages.get(intake.key)
    const service = this.#options.services.get(intake.service)
    if (!format || !service) {
      this.#options.log.error(
        { ref: intake.ref, mke: intake.key },
        'no service for an open message; it stays open',
      )
      return undefined
    }
    const accepted: Accepted = {
      format,
      key: intake.key,
      ori: intake.ori,
      destination: intake.dest,
      control: intake.ctl,
      form: intake.form,
      values: intake.values,
      text: intake.text ?? '',
      reference: intake.ref,
      receivedAt: intake.t,
    }
    const started = this.#options.clock.monotonic()
    return { accepted, service, connection: 0, started, acknowledged: true, finals: [] }
  }
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
