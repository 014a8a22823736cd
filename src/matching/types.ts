import type { Arn, PersonRecord } from '../records/types.js'

/** What is known of the person asked about. Everything is optional; a name or an identifier is enough. */
export interface MatchQuery {
  /** `LAST, FIRST MIDDLE`, any script; without a comma the order is unknown. */
  readonly name?: string
  /** CCYYMMDD. A part that is `00` or impossible is unknown. */
  readonly dob?: string
  readonly sex?: string
  /** NCIC place-of-birth code. */
  readonly pob?: string
  /** With or without `A`, 7 to 9 digits. */
  readonly arn?: string
  readonly fbi?: string
  readonly sid?: string
  readonly oln?: string
  readonly ols?: string
  readonly soc?: string
  /** Miscellaneous number, NCIC style: `AR-…` an A-number, `PP-…` a passport, or bare. */
  readonly mnu?: string
  readonly ppn?: string
}

export type Grade = 'MATCH' | 'POSSIBLE' | 'NONE' | 'MORE'

/** One field's part in a candidate's evidence. */
export interface Evidence {
  readonly field: 'NAME' | 'DOB' | 'SEX' | 'POB' | 'ARN' | 'FBI' | 'SID' | 'OLN' | 'SOC' | 'MNU' | 'PPN'
  readonly asked: string
  readonly held: string
  /** How the two relate, in words: `exact`, `spelling`, `day and month swapped`, `contradicts`… */
  readonly relation: string
  /** Log2 likelihood ratio; negative where it speaks against the candidate. */
  readonly bits: number
}

export interface Candidate {
  readonly arn: Arn
  /** 0 to 100: 100 times the probability that this is the person asked about. */
  readonly score: number
  /** Sum of the evidence. */
  readonly bits: number
  readonly person: PersonRecord
  readonly why: readonly Evidence[]
}

export interface MatchResult {
  readonly grade: Grade
  /** Best first, at most five, whatever the grade. */
  readonly candidates: readonly Candidate[]
  /** How many reach the listing floor (can be more than five). */
  readonly listed: number
  /** For MORE: the fields (message field codes) that would help. */
  readonly provide: readonly string[]
}

/** Thresholds in percent, `prior` as a probability (configuration key `match`). */
export interface MatchThresholds {
  /** A first candidate that reaches this is a MATCH. */
  readonly match: number
  /** Else a POSSIBLE MATCH when the listed candidates' scores add up to this. */
  readonly possible: number
  /** Each candidate that reaches this is listed. */
  readonly floor: number
  /** Share of asked persons who are on file. */
  readonly prior: number
}

/** Answers who a query may be about. Batches, so that an engine in a worker gets one message a tick. */
export interface Matcher {
  query(batch: readonly MatchQuery[]): Promise<readonly MatchResult[]>
}
