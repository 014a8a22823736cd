import type { Directory } from '../directory/index.js'
import type { Logger } from '../log/index.js'
import type { Matcher, MatchQuery, MatchResult } from '../matching/index.js'
import {
  type AnswerText,
  editFields,
  encodeAnswer,
  type Formats,
  type Incoming,
  type MessageFormat,
  parseMessage,
  type Refusal,
  refusalLines,
} from '../message/index.js'
import type { Accepted, Draft, Service } from '../services/index.js'
import { type Journal, type JournalRecord, StoreFullError } from '../store/index.js'
import type { Clock, WallClock } from '../time/index.js'
import { Agenda } from './agenda.js'
import { judgeHeader, type OriLists } from './authority.js'
import { type Connection, Delivery, type LinkRule, type Outgoing } from './delivery.js'
import { dispatch } from './dispatch.js'
import { FairQueue } from './fair-queue.js'
import {
  type ConclusionRecord,
  decodeRecord,
  encodeRecord,
  type IntakeRecord,
  JOURNAL_VERSION,
  type KeptAnswer,
  RECORD,
  type RefusalRecord,
} from './records.js'
import { answerText, nextCount, type State, type Waiting } from './state.js'

export interface ExchangeOptions {
  readonly formats: Formats
  readonly directory: Directory
  readonly journal: Journal
  readonly state: State
  readonly matcher: Matcher
  readonly services: readonly Service[]
  readonly links: readonly LinkConfig[]
  readonly lists: OriLists
  readonly clock: Clock
  readonly wall: WallClock
  readonly log: Logger
  /** Identifies this start of the machine; it changes when the machine, not only the process, went down. */
  readonly boot: string
}

/** A link as the exchange needs it: what it carries and how it takes answers. */
export interface LinkConfig extends LinkRule {
  /** Undefined: every ORI of the directory. */
  readonly oris: readonly string[] | undefined
  readonly carries: (ori: string) => boolean
}

/** What is known of a message between its intake and its last answer, for as long as this process lives. */
interface Live {
  readonly accepted: Accepted
  readonly service: Service
  readonly link: string
  readonly connection: number
  readonly started: number
  acknowledged: boolean
  /** Final answers that wait for the acknowledgement to go first. */
  finals: Waiting[]
}

interface Entry {
  readonly record: JournalRecord
  /** Answers that the record holds. */
  readonly answers: readonly Waiting[]
  /** Set where the record must be on disk before its acknowledgement goes. */
  readonly live?: Live
}

/** Where counts of connections stand that belong to no link yet. */
const NO_LINK = '-'
/** Messages of a connection without an answer, at which it is no longer read. */
const BATCH = 16
const RETRY_FULL_MS = 500

/**
 * The exchange: every message is authorised, edited, journalled, acknowledged once it is on disk, handed to its
 * service and answered once. One journal record holds all that one message brought about.
 */
export class Exchange {
  readonly delivery: Delivery
  readonly #options: ExchangeOptions
  readonly #services: ReadonlyMap<string, Service>
  readonly #connections = new Map<number, Connection>()
  readonly #live = new Map<string, Live>()
  readonly #load = new Map<string, number>()
  readonly #questions = new FairQueue<{ live: Live; query: MatchQuery }>()
  readonly #agenda: Agenda
  readonly #paused = new Set<Connection>()
  readonly #unanswered: number
  #entries: Entry[] = []
  #collected: JournalRecord | undefined
  #scheduled = false
  #asking = false
  #full = false
  #failed = false
  #draining = false

  constructor(options: ExchangeOptions) {
    this.#options = options
    this.#services = new Map(options.services.map((service) => [service.name, service]))
    this.#agenda = new Agenda(options.clock)
    this.#unanswered = options.formats.exchange.framing.unanswered
    this.delivery = new Delivery({
      state: options.state,
      links: options.links,
      encode: (answer, outCount, marked) => {
        const sending = { sentAt: options.clock.now(), outCount, marked }
        return encodeAnswer(options.formats, options.wall, answer, sending)
      },
      load: (waiting) => this.#loadAnswer(waiting),
      onSent: (item, link, connection) => this.#logOut(item, link, connection),
      wake: () => this.#wake(),
    })
  }

  /** Takes up what the journal left: answers that wait, and messages that have no final answer yet. */
  start(): void {
    const { state, boot, clock } = this.#options
    const machineWentDown = !state.stopped && state.boot !== '' && state.boot !== boot
    this.#append({
      record: encodeRecord(RECORD.start, { version: JOURNAL_VERSION, boot, t: clock.now() }),
      answers: [],
    })
    const open = new Map<string, Live>()
    for (const { intake } of state.matters.values()) {
      const live = this.#revive(intake)
      if (live) open.set(intake.ref, live)
    }
    for (const waiting of [...state.waiting.values()].sort((a, b) => a.id - b.id)) {
      if (waiting.count > 0 || machineWentDown) waiting.marked = true
      this.#whenDue(waiting, 0)
    }
    for (const live of open.values()) {
      live.acknowledged = true
      this.#ask(live)
    }
  }

  /** A connection was made. */
  opened(connection: Connection, link: string | undefined): void {
    this.#connections.set(connection.id, connection)
    this.delivery.opened(connection)
    if (link !== undefined) this.delivery.bind(connection, link)
  }

  closed(connection: Connection): void {
    this.#connections.delete(connection.id)
    this.#paused.delete(connection)
    this.delivery.closed(connection)
  }

  /** A whole message came. */
  message(connection: Connection, body: Buffer): void {
    const { formats } = this.#options
    const started = this.#options.clock.monotonic()
    const parsed = parseMessage(formats, body)
    if (!parsed.ok) {
      this.#refuse(connection, parsed, parsed.refusal, '', body, started)
      return
    }
    const { message } = parsed
    const judged = judgeHeader(
      formats,
      this.#options.directory,
      message,
      (ori) => this.#linkFor(connection, ori) !== undefined,
      this.#options.lists,
    )
    if ('refusal' in judged) {
      this.#refuse(connection, message, judged.refusal, message.key, body, started)
      return
    }
    const now = this.#options.clock.now()
    const today = this.#options.wall.at(now).day
    const edited = this.#edit(judged.format, message, today)
    if ('refusal' in edited) this.#refuse(connection, message, edited.refusal, message.key, body, started)
    else this.#accept(connection, judged.format, message, edited.values, body, { now, today, started })
  }

  /** A frame was broken; what had come of it is answered and kept. */
  broken(
    connection: Connection,
    detail: 'frame-empty' | 'frame-long' | 'frame-broken',
    original: Buffer,
  ): void {
    const refusal = {
      error: 'structure',
      details: [this.#options.formats.detail(detail, this.#frameLimit())],
    }
    const unread = { form: 'text' as const, ori: '', control: undefined }
    this.#refuse(connection, unread, refusal, '', original, this.#options.clock.monotonic())
  }

  /** Lets a held answer go. Returns how many went. */
  release(reference: string): number {
    const held = [...this.#options.state.waiting.values()].filter(
      (each) => each.held && each.ref === reference,
    )
    if (held.length === 0) return 0
    this.#append({
      record: encodeRecord(RECORD.release, { ref: reference, t: this.#options.clock.now() }),
      answers: [],
    })
    for (const waiting of held) {
      waiting.held = false
      this.#whenDue(waiting, 0)
    }
    return held.length
  }

  /** Whether new messages can be kept. */
  get ready(): boolean {
    return !this.#full && !this.#failed && !this.#draining
  }

  /** Messages taken in that have no final answer yet. */
  get open(): number {
    return this.#options.state.matters.size
  }

  /** Takes no more messages; resolves when what was taken is answered, or after `within` milliseconds. */
  async drain(within: number): Promise<void> {
    this.#draining = true
    for (const connection of this.#connections.values()) connection.pause()
    const end = this.#options.clock.monotonic() + within
    while (this.#busy() && this.#options.clock.monotonic() < end) await new Promise((go) => setTimeout(go, 5))
  }

  /** Writes down what is left and that the stop was clean. */
  stop(): void {
    this.#agenda.stop()
    this.#append({ record: encodeRecord(RECORD.stop, { t: this.#options.clock.now() }), answers: [] })
    this.#flush()
  }

  /** Answers of open connections that could go now, and messages that are being matched. */
  #busy(): boolean {
    if (this.#entries.length > 0 || this.#questions.size > 0 || this.#asking) return true
    return [...this.#connections.values()].some((each) => this.delivery.backlog(each) > 0)
  }

  #edit(format: MessageFormat, message: Incoming, today: string): ReturnType<typeof editFields> {
    if (format.body === 'fields') return editFields(this.#options.formats, format, message, today)
    if (!message.textBad) return { values: {} }
    const { marker } = this.#options.formats.exchange.input
    return {
      refusal: { error: 'fields', details: [this.#options.formats.detail('byte', { field: marker })] },
    }
  }

  #accept(
    connection: Connection,
    format: MessageFormat,
    message: Incoming,
    values: Readonly<Record<string, string>>,
    body: Buffer,
    { now, today, started }: { now: number; today: string; started: number },
  ): void {
    const { state, formats } = this.#options
    const destination = message.destinations[0] ?? ''
    const service = this.#services.get(
      dispatch(formats.rules, message.key, destination, values, message.text) ?? '',
    )
    if (!service) {
      const detail = formats.detail('destination-key', { destination, key: message.key })
      this.#refuse(connection, message, { error: 'authority', details: [detail] }, message.key, body, started)
      return
    }
    const link = this.#bind(connection, message.ori)
    const reference = `${today.slice(2, 4)}-${`${state.nextReference}`.padStart(10, '0')}`
    const accepted: Accepted = {
      format,
      key: message.key,
      ori: message.ori,
      destination,
      control: message.control,
      form: message.form,
      values,
      text: message.text,
      reference,
      receivedAt: now,
    }
    const decision = service.decide(accepted)
    const intake: IntakeRecord = {
      t: now,
      link,
      n: nextCount(state.counts(link).in),
      form: message.form,
      key: message.key,
      ori: message.ori,
      ...(message.control === undefined ? {} : { ctl: message.control }),
      ref: reference,
      dest: destination,
      service: service.name,
      values,
      ...(message.text === '' ? {} : { text: message.text }),
      answers: this.#keep(decision.answers),
      open: decision.ask !== undefined,
      day: today,
      raw: body.toString('latin1'),
    }
    connection.lastOri = message.ori
    state.evolveIntake(intake, 0)
    const live: Live = {
      accepted,
      service,
      link,
      connection: connection.id,
      started,
      acknowledged: false,
      finals: [],
    }
    const answers = intake.answers.map((answer) => this.#waiting(answer.id, started))
    this.#append({ record: encodeRecord(RECORD.intake, intake), answers, live })
    this.#logIn(intake, connection, 'accepted', started)
    if (decision.ask) {
      this.#live.set(reference, live)
      this.#question(live, decision.ask)
    }
    this.#pauseIfOver(connection, link)
  }

  #question(live: Live, query: MatchQuery): void {
    this.#load.set(live.link, (this.#load.get(live.link) ?? 0) + 1)
    this.#questions.push(live.link, { live, query })
    this.#pump()
  }

  #ask(live: Live): void {
    const { ask } = live.service.decide(live.accepted)
    if (!ask) return
    this.#live.set(live.accepted.reference, live)
    this.#question(live, ask)
  }

  /** One batch at a time, then the sockets' turn: matching a batch takes a few milliseconds at most. */
  #pump(): void {
    if (this.#asking || this.#questions.size === 0) return
    this.#asking = true
    setImmediate(() => {
      const batch = this.#questions.take(BATCH)
      this.#options.matcher
        .query(batch.map(({ query }) => query))
        .then(
          (found) => batch.forEach(({ live }, i) => void this.#conclude(live, found[i])),
          (error: unknown) => {
            for (const { live } of batch) this.#conclude(live, undefined, error)
          },
        )
        .finally(() => {
          this.#asking = false
          this.#pump()
        })
    })
  }

  #conclude(live: Live, found: MatchResult | undefined, error?: unknown): void {
    const { accepted, service, link } = live
    this.#load.set(link, (this.#load.get(link) ?? 1) - 1)
    const matter = this.#options.state.matters.get(accepted.reference)
    if (!matter) return
    if (!found || !service.conclude) {
      // The matter stays open in the journal and is asked again at the next start.
      this.#options.log.error(
        { ref: accepted.reference, err: error },
        'the matcher failed; the query stays open',
      )
      return
    }
    const decision = service.conclude(accepted, found)
    const { t, n, form, ori, ctl } = matter.intake
    const conclusion: ConclusionRecord = {
      ref: accepted.reference,
      of: { t, link: matter.intake.link, n, form, ori, ...(ctl === undefined ? {} : { ctl }) },
      t: this.#options.clock.now(),
      type: decision.answers[0]?.type ?? '',
      answers: this.#keep(decision.answers),
    }
    this.#options.state.evolveConclusion(conclusion, 0)
    const answers = conclusion.answers.map((answer) => this.#waiting(answer.id, live.started))
    this.#append({ record: encodeRecord(RECORD.conclusion, conclusion), answers })
    if (live.acknowledged) this.#finals(live, answers)
    else live.finals = answers
  }

  #finals(live: Live, answers: readonly Waiting[]): void {
    this.#live.delete(live.accepted.reference)
    for (const waiting of answers) this.#whenDue(waiting, live.connection)
  }

  #whenDue(waiting: Waiting, connection: number): void {
    if (waiting.held) return
    // The clock may have been set meanwhile: never wait longer than the delay itself.
    const longest = waiting.due - waiting.receivedAt
    const wait = Math.min(longest, waiting.due - this.#options.clock.now())
    if (wait <= 0) this.delivery.ready(waiting, connection)
    else this.#agenda.after(wait, () => this.delivery.ready(waiting, connection))
  }

  #keep(drafts: readonly Draft[]): KeptAnswer[] {
    return drafts.map((draft) => ({ id: this.#options.state.nextAnswer++, ...draft }))
  }

  #waiting(id: number, started: number): Waiting {
    const waiting = this.#options.state.waiting.get(id)
    if (!waiting) throw new Error(`answer ${id} was not recorded`)
    waiting.started = started
    return waiting
  }

  #refuse(
    connection: Connection,
    read: Pick<Incoming, 'form' | 'ori' | 'control'>,
    refusal: Refusal,
    key: string,
    original: Buffer,
    started: number,
  ): void {
    const { formats, state, clock, wall } = this.#options
    const line = this.#lineOf(connection)
    const now = clock.now()
    const to = /^[A-Z0-9]{2,9}$/.test(read.ori) ? read.ori : (connection.lastOri ?? formats.exchange.switch)
    const record: RefusalRecord = {
      t: now,
      link: line,
      n: nextCount(state.counts(line).in),
      form: read.form,
      key,
      ori: read.ori,
      ...(read.control === undefined ? {} : { ctl: read.control }),
      to,
      code: formats.errors.get(refusal.error)?.code ?? '',
      details: refusal.details,
      day: wall.at(now).day,
      raw: original.toString('latin1'),
    }
    state.evolveRefusal(record)
    this.#append({ record: encodeRecord(RECORD.refusal, record), answers: [] })
    const answer: AnswerText = {
      key: formats.exchange.refusal,
      from: formats.exchange.switch,
      to,
      form: read.form,
      control: read.control,
      receivedAt: now,
      inCount: record.n,
      lines: refusalLines(formats, refusal, key, original),
    }
    this.#logIn(record, connection, `refused ${record.code}`, started)
    this.delivery.refuse(connection, line, answer, started, record.code)
    this.#pauseIfOver(connection, line)
  }

  /** The link that a connection's message with this ORI would belong to; undefined where none carries it. */
  #linkFor(connection: Connection, ori: string): string | undefined {
    const { links } = this.#options
    if (connection.link !== undefined) {
      const own = links.find((each) => each.name === connection.link)
      return own?.carries(ori) ? own.name : undefined
    }
    return links.find((each) => each.carries(ori))?.name
  }

  #bind(connection: Connection, ori: string): string {
    const name = this.#linkFor(connection, ori) ?? NO_LINK
    if (connection.link === undefined) {
      this.delivery.bind(connection, name)
      this.#options.log.info({ link: name, conn: connection.id, peer: connection.peer }, 'link up')
    }
    return name
  }

  /** Whose counts a connection's messages are counted on before its first good one: with one link there is no doubt. */
  #lineOf(connection: Connection): string {
    const { links } = this.#options
    return connection.link ?? (links.length === 1 ? (links[0]?.name ?? NO_LINK) : NO_LINK)
  }

  #pauseIfOver(connection: Connection, link: string): void {
    const waiting = (this.#load.get(link) ?? 0) + this.delivery.backlog(connection)
    if (waiting < this.#unanswered) return
    this.#paused.add(connection)
    connection.pause()
  }

  #resumePaused(): void {
    if (this.#draining || this.#full || this.#failed) return
    for (const connection of this.#paused) {
      const load = (this.#load.get(this.#lineOf(connection)) ?? 0) + this.delivery.backlog(connection)
      if (load > this.#unanswered / 2) continue
      this.#paused.delete(connection)
      connection.resume()
    }
  }

  #append(entry: Entry): void {
    this.#entries.push(entry)
    this.#wake()
  }

  #wake(): void {
    if (this.#scheduled || this.#full || this.#failed) return
    this.#scheduled = true
    setImmediate(() => this.#flush())
  }

  /** All of one turn in one write to the journal, then one write a connection, then one sync for what needs it. */
  #flush(): void {
    this.#scheduled = false
    const { journal, state, clock } = this.#options
    if (!this.#collected) {
      const out = this.delivery.collect()
      if (out.length > 0) this.#collected = encodeRecord(RECORD.out, { t: clock.now(), out })
    }
    const ids = this.delivery.takeDone()
    if (ids.length > 0) this.#entries.push({ record: encodeRecord(RECORD.done, { ids }), answers: [] })
    const entries = this.#entries
    const records = entries.map((entry) => entry.record)
    if (this.#collected) records.push(this.#collected)
    if (records.length === 0) return
    try {
      const positions = journal.append(records)
      entries.forEach((entry, i) => {
        for (const waiting of entry.answers) waiting.at = positions[i] ?? 0
      })
    } catch (error) {
      this.#noRoom(error)
      return
    }
    this.#entries = []
    this.#collected = undefined
    this.delivery.transmit()
    const taken = entries.flatMap((entry) =>
      entry.live ? [{ live: entry.live, answers: entry.answers }] : [],
    )
    if (taken.length > 0) {
      journal.sync().then(
        () => {
          for (const { live, answers } of taken) this.#acknowledge(live, answers)
        },
        (error: unknown) => this.#syncFailed(error),
      )
    }
    this.#resumePaused()
    if (state.stopped) state.stopped = false
  }

  #acknowledge(live: Live, answers: readonly Waiting[]): void {
    for (const waiting of answers) this.delivery.ready(waiting, live.connection)
    live.acknowledged = true
    if (live.finals.length > 0) this.#finals(live, live.finals)
  }

  /** Nothing of the batch was kept: it waits, nothing is acknowledged, and no more is read until there is room. */
  #noRoom(error: unknown): void {
    if (!(error instanceof StoreFullError)) throw error
    if (!this.#full)
      this.#options.log.error({ err: error }, 'store full: nothing is acknowledged until there is room')
    this.#full = true
    for (const connection of this.#connections.values()) {
      this.#paused.add(connection)
      connection.pause()
    }
    setTimeout(() => {
      this.#full = false
      this.#flush()
      if (!this.#full) this.#options.log.info('store has room again')
    }, RETRY_FULL_MS).unref()
  }

  #syncFailed(error: unknown): void {
    if (!this.#failed)
      this.#options.log.fatal({ err: error }, 'the disk refused a sync: nothing more is taken')
    this.#failed = true
    for (const connection of this.#connections.values()) connection.pause()
  }

  #revive(intake: IntakeRecord): Live | undefined {
    const format = this.#options.formats.messages.get(intake.key)
    const service = this.#services.get(intake.service)
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
    return { accepted, service, link: intake.link, connection: 0, started, acknowledged: false, finals: [] }
  }

  #loadAnswer(waiting: Waiting): AnswerText | undefined {
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

  #frameLimit(): { limit: string } {
    return { limit: `${this.#options.formats.exchange.framing.text}` }
  }

  #logIn(
    record: Pick<IntakeRecord, 'link' | 'n' | 'key' | 'ori' | 'ctl'> & { ref?: string },
    connection: Connection,
    type: string,
    started: number,
  ): void {
    const { log, clock } = this.#options
    log.info(
      {
        dir: 'in',
        link: record.link,
        conn: connection.id,
        ori: /^[A-Z0-9]{2,9}$/.test(record.ori) ? record.ori : '',
        mke: /^[A-Z0-9]{2,3}$/.test(record.key) ? record.key : '',
        ctl: record.ctl,
        ref: record.ref,
        n: record.n,
        type,
        us: Math.round((clock.monotonic() - started) * 1000),
      },
      'message',
    )
  }

  #logOut(item: Outgoing, link: string, connection: Connection): void {
    const { log, clock } = this.#options
    log.info(
      {
        dir: 'out',
        link,
        conn: connection.id,
        ori: item.answer?.to,
        mke: item.answer?.key,
        ctl: item.answer?.control,
        ref: item.ref,
        n: item.count,
        type: item.type,
        us: item.started === undefined ? undefined : Math.round((clock.monotonic() - item.started) * 1000),
      },
      'message',
    )
  }
}
