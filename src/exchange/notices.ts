import type { AnswerText, Formats } from '../message/index.js'
import type { Clock, WallClock } from '../time/index.js'
import type { Connection, Delivery } from './delivery.js'
import type { State, Waiting } from './state.js'

/** Which status messages go out by themselves; all are off unless the configuration asks for them. */
export interface NoticeRules {
  /** When the gateway starts and stops. */
  readonly service: boolean
  /** Milliseconds after which a sender is told that his answers wait; 0 tells nobody. */
  readonly waiting: number
}

export interface NoticesOptions {
  readonly rules: NoticeRules
  readonly formats: Formats
  readonly state: State
  readonly delivery: Delivery
  readonly clock: Clock
  readonly wall: WallClock
  readonly connections: () => Iterable<Connection>
  readonly load: (waiting: Waiting) => AnswerText | undefined
}

const CHECK_MS = 1000

/** Status messages: they go to who is connected now, and wait for nobody. */
export class Notices {
  readonly #options: NoticesOptions
  /** Links that were told since the start that the gateway is in service. */
  readonly #greeted = new Set<string>()
  /** Links that were told that their answers wait, until none does. */
  readonly #told = new Set<string>()
  readonly #timer: NodeJS.Timeout | undefined

  constructor(options: NoticesOptions) {
    this.#options = options
    const { waiting } = options.rules
    if (waiting > 0) this.#timer = setInterval(() => this.#check(), Math.max(CHECK_MS, waiting / 4)).unref()
  }

  /** A message of a connection was taken in. */
  heard(connection: Connection): void {
    const { link, lastOri } = connection
    if (!this.#options.rules.service || link === undefined || lastOri === undefined) return
    if (this.#greeted.has(link)) return
    this.#greeted.add(link)
    this.#send(connection, link, lastOri, 'in service')
  }

  /** The gateway takes no more. */
  stopping(): void {
    clearInterval(this.#timer)
    if (!this.#options.rules.service) return
    for (const connection of this.#options.connections()) {
      const { link, lastOri } = connection
      if (link !== undefined && lastOri !== undefined) this.#send(connection, link, lastOri, 'out of service')
    }
  }

  #check(): void {
    const { state, clock, rules, load } = this.#options
    const late = clock.now() - rules.waiting
    const oldest = new Map<string, Waiting>()
    for (const waiting of state.waiting.values())
      if (waiting.receivedAt <= late && !oldest.has(waiting.link)) oldest.set(waiting.link, waiting)
    for (const link of this.#told) if (!oldest.has(link)) this.#told.delete(link)
    for (const [link, waiting] of oldest) {
      if (this.#told.has(link)) continue
      const connection = [...this.#options.connections()].find((each) => each.link === link)
      const answer = connection && (waiting.answer ?? load(waiting))
      if (!connection || !answer) continue
      this.#told.add(link)
      this.#send(connection, link, answer.to, 'waiting')
    }
  }

  #send(connection: Connection, link: string, to: string, what: string): void {
    const { formats, state, clock, wall, delivery } = this.#options
    const { exchange } = formats
    const now = clock.now()
    const { time } = wall.at(now)
    const text = formats.layout(exchange.status, what).text({ banner: exchange.banner, time })
    const answer: AnswerText = {
      key: exchange.status,
      from: exchange.switch,
      to,
      form: state.forms.get(to) ?? 'text',
      control: undefined,
      receivedAt: now,
      // Nobody's line brought it.
      inCount: 0,
      text,
    }
    delivery.refuse(connection, link, answer, clock.monotonic(), `${exchange.status} ${what}`)
  }
}
