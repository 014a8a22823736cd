import type { Directory } from '../directory/index.js'
import type { Logger } from '../log/index.js'
import type { Matcher } from '../matching/index.js'
import {
  type AnswerText,
  editFields,
  type Formats,
  type Incoming,
  isXmlBody,
  type MessageFormat,
  type OffThreadParser,
  type Parsed,
  parseMessage,
  type Refusal,
  refusalLines,
  writeAnswer,
} from '../message/index.js'
import type { Service } from '../services/index.js'
import type { Journal } from '../store/index.js'
import type { Clock, WallClock } from '../time/index.js'
import { Addresses } from './addresses.js'
import { Aside } from './aside.js'
import { judgeHeader, type OriLists } from './authority.js'
import { Committer } from './committer.js'
import { Deeds } from './deeds.js'
import { type Connection, Delivery, type LinkRule } from './delivery.js'
import { dispatch } from './dispatch.js'
import { Limits, type LinkLimits } from './limits.js'
import { Matters } from './matters.js'
import { MessageLog } from './message-log.js'
import { type NoticeRules, Notices } from './notices.js'
import { Operations } from './operations.js'
import { encodeRecord, JOURNAL_VERSION, RECORD, type RefusalRecord } from './records.js'
import { nextCount, referenceOf, type State } from './state.js'
import { Taken } from './taken.js'
import { Throttle } from './throttle.js'

export interface ExchangeOptions {
  readonly formats: Formats
  readonly directory: Directory
  readonly journal: Journal
  readonly state: State
  readonly matcher: Matcher
  readonly services: readonly Service[]
  readonly links: readonly LinkConfig[]
  readonly lists: OriLists
  /** Status messages that go out by themselves. */
  readonly notices: NoticeRules
  readonly clock: Clock
  readonly wall: WallClock
  /** Takes long XML apart in another thread; undefined where none can be so long. */
  readonly parser?: OffThreadParser | undefined
  readonly log: Logger
  /** Writes a line of the log that is built already. */
  readonly writeLog: (line: Buffer) => void
  /** Identifies this start of the machine; it changes when the machine, not only the process, went down. */
  readonly boot: string
}

/** A link as the exchange needs it: what it carries and how it takes answers. */
export interface LinkConfig extends LinkRule {
  /** Undefined: every ORI of the directory. */
  readonly oris: readonly string[] | undefined
  readonly carries: (ori: string) => boolean
  /** It takes no connection but those that showed its certificate. */
  readonly certified: boolean
  readonly limits?: LinkLimits
}

/** The destination that the centre answers for; others may stand beside it. */
function ownDestination(format: MessageFormat, destinations: readonly string[]): string {
  const [first = ''] = destinations
  if (destinations.length === 1) return first
  return destinations.find((each) => format.destinations.accepted.has(each)) ?? first
}

/** Where counts of connections stand that belong to no link yet. */
const NO_LINK = '-'

/**
 * The exchange: every message is authorised, edited, journalled, acknowledged once it is on disk, handed to its
 * service and answered once. One journal record holds all that one message brought about.
 */
export class Exchange {
  readonly delivery: Delivery
  readonly operations: Operations
  readonly deeds: Deeds
  readonly #options: ExchangeOptions
  readonly #services: ReadonlyMap<string, Service>
  #links: ReadonlyMap<string, LinkConfig>
  /** All of them; the parts of the exchange hold this list. */
  readonly #allLinks: LinkConfig[]
  readonly #matters: Matters
  readonly #throttle: Throttle
  readonly #committer: Committer
  readonly #messages: MessageLog
  readonly #notices: Notices
  readonly #limits: Limits
  readonly #aside: Aside
  #draining = false
  #drained: (() => void) | undefined
  #drainedBy = 0

  constructor(options: ExchangeOptions) {
    const { clock, formats, wall, journal, log } = options
    this.#options = options
    this.#services = new Map(options.services.map((service) => [service.name, service]))
    this.#allLinks = [...options.links]
    this.#links = new Map(options.links.map((link) => [link.name, link]))
    this.#messages = new MessageLog(log, clock, options.writeLog)
    this.delivery = new Delivery({
      state: options.state,
      links: this.#allLinks,
      encode: (answer, outCount, marked, into) =>
        writeAnswer(formats, wall, answer, { sentAt: clock.now(), outCount, marked }, into),
      load: (waiting) => this.#matters.loadAnswer(waiting),
      onSent: (item, link, connection, now) => this.#messages.sent(item, link, connection, now),
      now: () => clock.monotonic(),
      onUnsendable: ({ ref }, error) =>
        this.#messages.failed({ ref }, error, "an answer can't be laid out; it is not sent"),
      wake: () => this.#committer.wake(),
      later: () => this.#committer.later(),
    })
    this.#throttle = new Throttle(
      formats.exchange.framing.unanswered,
      (connection) => this.#matters.load(this.#lineOf(connection)) + this.delivery.backlog(connection),
    )
    this.#committer = new Committer({
      journal,
      clock,
      log,
      delivery: this.delivery,
      working: () => this.#matters.working,
      halt: () => this.#throttle.halt(),
      goOn: () => {
        if (!this.#draining) this.#throttle.goOn()
      },
      flushed: () => {
        this.#throttle.answered()
        this.#settle()
      },
      snapshot: () => options.state.encode(),
    })
    const addresses = new Addresses({
      ...options,
      links: this.#allLinks,
      unknown: (ori) => log.warn({ ori }, 'no link carries the ORI; what it was to be told is not sent'),
    })
    this.#matters = new Matters({
      ...options,
      services: this.#services,
      messages: this.#messages,
      delivery: this.delivery,
      committer: this.#committer,
      addresses,
      happened: () => this.deeds.arm(),
    })
    this.deeds = new Deeds({
      ...options,
      services: this.#services,
      addresses,
      write: ({ type, text }, kept, synced) => {
        this.#committer.begin(type).text(text)
        this.#committer.keep({ kept, synced })
      },
      ready: (answers) => this.#matters.resume(answers),
      kept: (answers, at) => this.#matters.kept(answers, at, 0),
      failed: (service, error) =>
        this.#messages.failed({ service }, error, 'what was due could not be done; it is tried again'),
    })
    this.#aside = new Aside({
      parser: options.parser,
      take: (connection, body, parsed) =>
        this.#guard(connection, () => this.#message(connection, body, parsed)),
      isPaused: (connection) => this.#throttle.isPaused(connection),
    })
    this.#notices = new Notices({
      ...options,
      rules: options.notices,
      delivery: this.delivery,
      connections: () => this.#throttle.connections,
      load: (waiting) => this.#matters.loadAnswer(waiting),
    })
    this.#limits = new Limits(
      clock,
      (link) => this.#links.get(link)?.limits,
      (link) => options.state.waitingBytes(link),
    )
    const live = { delivery: this.delivery, matters: this.#matters }
    this.operations = new Operations({ ...options, committer: this.#committer, live })
  }

  /** Takes up what the journal left: answers that wait, and messages that have no final answer yet. */
  start(): void {
    const { state, boot, clock } = this.#options
    const record = { version: JOURNAL_VERSION, boot, t: clock.now() }
    state.evolveStart(record)
    this.#committer.append(encodeRecord(RECORD.start, record))
    this.#matters.takeUp()
    for (const service of state.memories.strangers)
      this.#options.log.warn({ service }, 'no such service; what happened to it is kept and changes nothing')
    this.deeds.start()
  }

  /** Other links from now on. What is open and what waits stays with the link of its name. */
  relink(links: readonly LinkConfig[]): void {
    this.#allLinks.splice(0, this.#allLinks.length, ...links)
    this.#links = new Map(links.map((link) => [link.name, link]))
  }

  /** A connection was made. */
  opened(connection: Connection, link: string | undefined): void {
    this.#throttle.opened(connection)
    this.delivery.opened(connection)
    if (link !== undefined) this.delivery.bind(connection, link)
  }

  closed(connection: Connection): void {
    this.#aside.closed(connection)
    this.#throttle.closed(connection)
    this.delivery.closed(connection)
    this.#settle()
  }

  /** A whole message came. A fault of ours in its handling costs this message its answer and nothing else. */
  message(connection: Connection, body: Buffer): void {
    this.#aside.message(connection, body)
  }

  #message(connection: Connection, body: Buffer, apart: Parsed | undefined): void {
    const { formats } = this.#options
    const started = this.#options.clock.monotonic()
    const parsed = apart ?? parseMessage(formats, body)
    if (!parsed.ok) {
      this.#refuse(connection, parsed, parsed.refusal, '', body, started)
      return
    }
    const { message } = parsed
    const limit = connection.link === undefined ? undefined : this.#limits.broken(connection.link)
    if (limit) {
      const refusal = { error: 'busy', details: [formats.detail(`limit-${limit}`)] }
      this.#refuse(connection, message, refusal, message.key, body, started)
      return
    }
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
    this.#guard(connection, () => {
      const { formats, clock } = this.#options
      const parsed = parseMessage(formats, original)
      // What has come may say who sent it; what it says beyond that can't be trusted.
      const { ori, control } = parsed.ok ? parsed.message : parsed
      const { text, xml } = formats.exchange.framing
      const long = detail === 'frame-long' && isXmlBody(original) ? 'xml-long' : detail
      const limit = `${long === 'xml-long' ? xml : text}`
      const refusal = { error: 'structure', details: [formats.detail(long, { limit })] }
      this.#refuse(connection, { form: 'text', ori, control }, refusal, '', original, clock.monotonic())
    })
  }

  /** A connection is one too many for its link: it is told so, in the protocol's words, before it is closed. */
  turnAway(connection: Connection): void {
    const { formats, clock } = this.#options
    const refusal = { error: 'busy', details: [formats.detail('limit-connections')] }
    const now = clock.now()
    const answer: AnswerText = {
      key: formats.errors.get(refusal.error)?.key ?? formats.exchange.status,
      from: formats.exchange.switch,
      to: connection.lastOri ?? formats.exchange.switch,
      form: 'text',
      control: undefined,
      receivedAt: now,
      inCount: 0,
      text: refusalLines(formats, refusal, '', Buffer.alloc(0)).join('\r\n'),
    }
    this.delivery.refuse(connection, connection.link ?? NO_LINK, answer, clock.monotonic(), answer.key)
  }

  #guard(connection: Connection, work: () => void): void {
    try {
      work()
    } catch (error) {
      const of = { link: connection.link, conn: connection.id }
      this.#messages.failed(of, error, 'a message could not be handled; it is not answered')
    }
  }

  /** Whether new messages can be kept. */
  get ready(): boolean {
    return this.#committer.ready && !this.#draining
  }

  /** Messages taken in that have no final answer yet. */
  get open(): number {
    return this.#options.state.matters.size
  }

  /** Takes no more messages; resolves when what was taken is answered, or after `within` milliseconds. */
  async drain(within: number): Promise<void> {
    this.#draining = true
    this.#throttle.halt()
    this.#notices.stopping()
    this.#drainedBy = this.#options.clock.monotonic() + within
    if (!this.#busy()) return
    await new Promise<void>((done) => {
      const timer = setTimeout(done, within)
      this.#drained = () => {
        clearTimeout(timer)
        done()
      }
    })
  }

  /** Writes down what is left and that the stop was clean. */
  stop(): void {
    this.deeds.stop()
    this.#matters.stop()
    this.#committer.append(encodeRecord(RECORD.stop, { t: this.#options.clock.now() }))
    this.#committer.stop()
    this.#options.state.stopped = true
  }

  #settle(): void {
    if (this.#drained && !this.#busy()) this.#drained()
  }

  /** Messages that are being matched, and answers that could go over open connections. */
  #busy(): boolean {
    if (this.#committer.busy || this.#matters.busy || this.#aside.busy) return true
    if (this.#matters.isDueWithin(this.#drainedBy - this.#options.clock.monotonic())) return true
    return [...this.#throttle.connections].some((each) => this.delivery.backlog(each) > 0)
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
    const destination = ownDestination(format, message.destinations)
    const service = this.#services.get(
      dispatch(formats.rules, message.key, destination, values, message.text) ?? '',
    )
    if (!service) {
      const detail = formats.detail('destination-key', { destination, key: message.key })
      this.#refuse(connection, message, { error: 'authority', details: [detail] }, message.key, body, started)
      return
    }
    const link = this.#bind(connection, message.ori)
    const reference = referenceOf(today, state.nextReference)
    const { form, key, ori, control, text } = message
    const n = nextCount(state.counts(link).in)
    const taken = new Taken(
      this.#matters,
      format,
      service,
      now,
      link,
      n,
      form,
      key,
      ori,
      control,
      reference,
      destination,
      values,
      text,
      today,
      connection.id,
      started,
    )
    const decision = service.decide(taken)
    connection.lastOri = ori
    this.#matters.take(taken, body, decision)
    this.#messages.takenIn(taken, connection, 'accepted', started)
    this.#notices.heard(connection)
    this.#throttle.took(connection)
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
    const error = formats.errors.get(refusal.error)
    const record: RefusalRecord = {
      t: now,
      link: line,
      n: nextCount(state.counts(line).in),
      form: read.form,
      key,
      ori: read.ori,
      ...(read.control === undefined ? {} : { ctl: read.control }),
      to,
      code: error?.code ?? '',
      details: refusal.details,
      day: wall.at(now).day,
      raw: original.toString('latin1'),
    }
    state.evolveRefusal(record)
    this.#committer.append(encodeRecord(RECORD.refusal, record))
    const answer: AnswerText = {
      key: error?.key ?? formats.exchange.refusal,
      from: formats.exchange.switch,
      to,
      form: read.form,
      control: read.control,
      receivedAt: now,
      inCount: record.n,
      text: refusalLines(formats, refusal, key, original).join('\r\n'),
    }
    this.#messages.takenIn(record, connection, `refused ${record.code}`, started)
    this.delivery.refuse(connection, line, answer, started, record.code)
    this.#throttle.took(connection)
  }

  /** The link that a connection's message with this ORI would belong to; undefined where none carries it. */
  #linkFor(connection: Connection, ori: string): string | undefined {
    if (connection.link !== undefined)
      return this.#links.get(connection.link)?.carries(ori) ? connection.link : undefined
    return this.#allLinks.find((each) => !each.certified && each.carries(ori))?.name
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
    if (connection.link !== undefined) return connection.link
    const [only, second] = this.#allLinks
    return only && !second && !only.certified ? only.name : NO_LINK
  }
}
