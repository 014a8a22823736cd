import { isAcknowledgement, type Received } from '../client/index.js'
import type { Step } from './transcript.js'

/** Something that came for an exchange. */
export interface Answer {
  /** Line of the transcript that it was held against. */
  readonly line: number
  readonly kind: 'message' | 'bytes' | 'keep-alive' | 'closed'
  /** Of a message. */
  readonly received?: Received
  /** The message in the text form, or the escaped bytes. */
  readonly lines: readonly string[]
  readonly expected: boolean
  /** From the last byte sent to its arrival. */
  readonly micros: number
}

/** One thing sent and all that came for it. */
export interface Exchange {
  readonly file: string
  readonly line: number
  readonly connection: string
  /** `none`: what comes without a question. */
  readonly kind: 'message' | 'bytes' | 'keep-alive' | 'none'
  /** The message as sent, without its frame; bytes escaped. */
  readonly asked: string
  readonly control: string
  readonly answers: readonly Answer[]
}

export type OnAnswer = (exchange: Exchange, answer: Answer) => void

interface OpenExchange extends Exchange {
  readonly answers: Answer[]
  /** Monotonic; NaN until it is sent. */
  sentAt: number
}

/** What a run asked and what came for it, each answer with the question that it belongs to. */
export class Ledger {
  readonly #file: string
  readonly #lateMs: number
  readonly #onAnswer: OnAnswer | undefined
  readonly #exchanges: OpenExchange[] = []

  /** @param lateMs what a transcript's late start adds to every latency. */
  constructor(file: string, lateMs: number, onAnswer: OnAnswer | undefined) {
    this.#file = file
    this.#lateMs = lateMs
    this.#onAnswer = onAnswer
  }

  get exchanges(): readonly Exchange[] {
    return this.#exchanges
  }

  /** A question; who sends it sets `sentAt`, or calls {@link Ledger.sent}. */
  begin(step: Step, kind: Exchange['kind'], asked: string, control: string): OpenExchange {
    const { line, connection } = step
    const file = this.#file
    const exchange = { file, line, connection, kind, asked, control, answers: [], sentAt: Number.NaN }
    this.#exchanges.push(exchange)
    return exchange
  }

  /** All that waited on a connection went out in one write. */
  sent(connection: string, at: number): void {
    for (const exchange of this.#exchanges)
      if (exchange.connection === connection && Number.isNaN(exchange.sentAt)) exchange.sentAt = at
  }

  /** Puts what came to the exchange that it belongs to. */
  record(step: Step, at: number, answer: Omit<Answer, 'line' | 'micros'>): void {
    const exchange = this.#exchangeOf(step, answer) ?? this.begin(step, 'none', '', '')
    const elapsedMs = Number.isNaN(exchange.sentAt) ? 0 : at - exchange.sentAt + this.#lateMs
    const recorded: Answer = { line: step.line, ...answer, micros: Math.max(0, Math.round(elapsedMs * 1000)) }
    exchange.answers.push(recorded)
    this.#onAnswer?.(exchange, recorded)
  }

  #exchangeOf(step: Step, answer: Omit<Answer, 'line' | 'micros'>): OpenExchange | undefined {
    const here = this.#exchanges.filter((exchange) => exchange.connection === step.connection)
    if (answer.received) return this.#questionOf(answer.received, here)
    if (answer.kind !== 'keep-alive') return here.at(-1)
    return here.find((exchange) => exchange.kind === 'keep-alive' && exchange.answers.length === 0)
  }

  /**
   * The oldest question of the connection that still waits for such a message; else one with that control field whose
   * connection may be gone; else the newest here that had it, or was raw bytes and may have; else, for a control field
   * that wasn't echoed, the newest here without an answer.
   */
  #questionOf(received: Received, here: readonly OpenExchange[]): OpenExchange | undefined {
    const { control } = received
    const waits = (exchange: OpenExchange): boolean => takes(exchange, received)
    return (
      here.find(waits) ??
      (control === '' ? undefined : this.#exchanges.find(waits)) ??
      here.findLast(
        ({ kind, ...asked }) => kind === 'bytes' || (kind === 'message' && asked.control === control),
      ) ??
      here.findLast((exchange) => exchange.kind === 'message' && exchange.answers.length === 0)
    )
  }
}

/** Whether an exchange still waits for such a message. */
function takes(exchange: OpenExchange, received: Received): boolean {
  if (exchange.kind !== 'message' || exchange.control !== received.control) return false
  const last = exchange.answers.at(-1)?.received
  return last === undefined || (isAcknowledgement(last) && !isAcknowledgement(received))
}
