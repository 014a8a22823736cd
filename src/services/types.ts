import type { Candidate, MatchQuery, MatchResult } from '../matching/index.js'
import type { FieldValues, Form, MessageFormat, Needs } from '../message/index.js'
import type { PersonRecord } from '../records/index.js'

/** Whom an answer goes to. */
export interface Address {
  readonly ori: string
  /** The control field that it carries. */
  readonly ctl?: string | undefined
  /**
   * The question that is answered later: its link, form, count, time of receipt and reference. Where it isn't there
   * nobody asked, and the exchange takes the link that carries the ORI and the form that the ORI used last.
   */
  readonly question?: Question | undefined
}

/** What of a question the answers to it need, whenever they come; plain, so that a memory may hold it. */
export interface Question {
  readonly t: number
  readonly link: string
  readonly n: number
  readonly form: Form
  readonly ref: string
}

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
  /** Day of receipt by the centre's clock, CCYYMMDD. */
  readonly day: string
  /** Where an answer goes that comes later than the decision. */
  readonly address: Address
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
  /** Whom it goes to, where that isn't simply whoever asked. */
  readonly to?: Address | undefined
}

/** What JSON can say. */
export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [name: string]: Json | undefined }

/** Something that happened, in the words of the service whose memory it changes; the journal keeps it. */
export interface Happening {
  readonly service: string
  readonly event: Json
  /** The yearly figure that it counts in. */
  readonly figure?: string | undefined
}

/** When something happened. */
export interface Moment {
  /** Milliseconds since the epoch. */
  readonly t: number
  /** Day by the centre's clock, CCYYMMDD. */
  readonly day: string
}

export interface Decision {
  readonly answers: readonly Draft[]
  /** A question for the matcher; {@link Service.conclude} gets what it finds. */
  readonly ask?: MatchQuery
  /** Several of them: {@link Service.concludeAll} gets what is found, in the same order. */
  readonly askAll?: readonly MatchQuery[]
  /** What happened with it, in order. */
  readonly events?: readonly Happening[]
}

/** What a service does without a message: by its clock, or because an operator says so. */
export interface Deed extends Decision {
  /** What it is, for the audit trail; it names no person. */
  readonly what: string
  /** What the operator is told. */
  readonly result?: Json
  /** It gives the final answer of a query that was taken in on this day: what the yearly figures count. */
  readonly concludes?: { readonly type: string; readonly day: string }
}

/** What a service remembers. It is made of events alone, so that a replay makes the same. */
export interface Memory {
  evolve(event: Json, when: Moment): void
  /** All of it, for a snapshot; {@link restore} takes it back. */
  encode(): Json
  restore(image: Json): void
}

/**
 * A service of the centre: what follows from a message, from the time or from what an operator does. It decides and
 * writes nothing itself; the exchange records, and tells its memory what happened.
 */
export interface Service {
  readonly name: string
  /** What its answers need of their format, checked before a gateway starts. */
  readonly needs?: Needs
  /** The same for messages of other keys that it sends, by key. */
  readonly sends?: Readonly<Record<string, Needs>>
  readonly memory?: Memory
  decide(message: Accepted): Decision
  conclude?(message: Accepted, found: MatchResult): Decision
  concludeAll?(message: Accepted, found: readonly MatchResult[]): Decision
  /** When {@link due} has something to do: milliseconds since the epoch. */
  nextDue?(): number | undefined
  /** One thing whose time has come; it is asked again until there is none. */
  due?(now: Moment): Deed | undefined
  /** Questions that the matcher is asked before an action is done. */
  asks?(action: string, args: Readonly<Record<string, Json | undefined>>): readonly MatchQuery[]
  /**
   * What an operator wants done. Undefined where there is no such action.
   * @param found the matcher's findings on what {@link asks} asked, in order.
   * @throws {Error} saying why not.
   */
  act?(
    action: string,
    args: Readonly<Record<string, Json | undefined>>,
    now: Moment,
    found?: readonly MatchResult[],
  ): Deed | undefined
  /** What follows for it where an answer that waited for an operator goes, or was taken back. */
  settled?(reference: string): readonly Happening[]
  /** What an operator wants to see. */
  view?(args: Readonly<Record<string, Json | undefined>>, now: Moment): Json
}

/** The persons on file, as services that need one look them up. */
export interface Files {
  /** The person with an A-number of nine digits. */
  byArn(arn: string): PersonRecord | undefined
  /** Persons whom a record of this NCIC number is about. */
  byNic(nic: string): readonly PersonRecord[]
  /** How alike two names are, 0 to 100. */
  compareNames(a: string, b: string): number
}

/** A live Immigration Violator record, as other services see it. */
export interface ViolatorRecord {
  readonly nic: string
  /** A-number of nine digits; empty where it isn't known. */
  readonly arn: string
  /** Each name of its person, the first the main one, in the alphabet of the teletype. */
  readonly names: readonly string[]
  /** Each date of birth, CCYYMMDD with zeros for what isn't known. */
  readonly dobs: readonly string[]
}

/** The Immigration Violator records, as other services see them. */
export interface ViolatorRecords {
  /** The live record of a number; undefined where there is none, or it was cleared, cancelled or purged. */
  live(nic: string): ViolatorRecord | undefined
  /** The live records about a person on file. */
  of(person: PersonRecord): { readonly nic: string; readonly category: string }[]
}

/** A detainer that is to be lodged. */
export interface Lodging {
  readonly name: string
  /** CCYYMMDD. */
  readonly dob: string
  /** Empty where it follows from a match. */
  readonly nic: string
  readonly arn: string
  /** Whose jail is asked. */
  readonly address: Address
  /** It is told in answer to the message that is being decided. */
  readonly asked: boolean
}

/** The detainers, as other services see them. */
export interface Detainers {
  /** The events, and the message that tells of it, belong to the caller's decision. */
  lodge(request: Lodging, now: Moment): Required<Pick<Decision, 'answers' | 'events'>>
}

/** A candidate without the person, whom a memory need not hold. */
export type WeighedCandidate = Omit<Candidate, 'person'>

/** A question whose match is unclear. */
export interface Doubt {
  readonly reference: string
  /** Milliseconds since the epoch. */
  readonly receivedAt: number
  /** Day of receipt by the centre's clock, CCYYMMDD. */
  readonly day: string
  readonly address: Address
  readonly values: FieldValues
  /** The answer that goes where nobody decides. */
  readonly automatic: Draft
  /** Best first: those whom the automatic answer lists. */
  readonly candidates: readonly WeighedCandidate[]
}

/** The technicians' queue, as other services see it. */
export interface Reviews {
  /** Puts a question into it; the events belong to the caller's decision, which has no final answer then. */
  open(doubt: Doubt): readonly Happening[]
}

/** Words the final answers that technicians decide. */
export interface Finals {
  match(doubt: Doubt, candidate: Candidate): Draft
  none(doubt: Doubt): Draft
}
