import type { MatchQuery, MatchResult } from '../matching/index.js'
import type { FieldValues, Form, MessageFormat, Needs } from '../message/index.js'

/** A message that was authorised, edited and taken in. */
export interface Accepted {
  readonly format: MessageFormat
  readonly key: string
  readonly ori: string
  readonly destination: string
  readonly control: string | undefined
  readonly form: Form
  readonly values: FieldValues
  readonly text: string
  readonly reference: string
  /** Milliseconds since the epoch. */
  readonly receivedAt: number
}

/** An answer that a service wants sent. */
export interface Draft {
  readonly key: string
  readonly from: string
  /** Its lines, with CR LF between them. */
  readonly text: string
  /** What kind of answer it is, for the log and the figures: `ACKNOWLEDGEMENT`, `MATCH`… */
  readonly type: string
  /** Milliseconds after receipt before it may go out. */
  readonly delay?: number | undefined
  /** It waits until an operator releases it. */
  readonly hold?: boolean | undefined
}

export interface Decision {
  readonly answers: readonly Draft[]
  /** A question for the matcher; {@link Service.conclude} gets what it finds. */
  readonly ask?: MatchQuery
}

/** A service of the centre: what follows from a message. It decides and keeps nothing; the exchange records. */
export interface Service {
  readonly name: string
  /** What its answers need of their format, checked before a gateway starts. */
  readonly needs?: Needs
  decide(message: Accepted): Decision
  conclude?(message: Accepted, found: MatchResult): Decision
}
