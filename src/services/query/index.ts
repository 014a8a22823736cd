/**
 * The query service: who is this person, and what is his immigration status? It acknowledges at once, asks the
 * matcher and lays its finding out as one of the response types.
 */
import type { MatchQuery, MatchResult } from '../../matching/index.js'
import type { Formats } from '../../message/index.js'
import type { SubjectAnswer } from '../../records/index.js'
import type { WallClock } from '../../time/index.js'
import type { Accepted, Decision, Draft, Service } from '../types.js'
import { candidateValues, personValues } from './values.js'

export interface QueryServiceOptions {
  readonly formats: Formats
  readonly wall: WallClock
  /** What the centre does with answers about test subjects, by A-number. */
  readonly subjects: ReadonlyMap<string, SubjectAnswer>
  /** How long the centre takes for a final answer, in milliseconds; drawn anew for each. */
  readonly delay: () => number
}

const RESPONSE_TYPES = {
  MATCH: 'MATCH',
  POSSIBLE: 'POSSIBLE MATCH',
  NONE: 'NO MATCH',
  MORE: 'ADDITIONAL INFORMATION REQUIRED',
} as const

/** The fields of a query that the matcher uses, by message field code. */
const ASKED: readonly (readonly [mfc: string, name: keyof MatchQuery])[] = Object.entries({
  NAM: 'name',
  DOB: 'dob',
  SEX: 'sex',
  POB: 'pob',
  ARN: 'arn',
  FBI: 'fbi',
  SID: 'sid',
  OLN: 'oln',
  OLS: 'ols',
  SOC: 'soc',
  MNU: 'mnu',
  PPN: 'ppn',
} as const)

export function queryService(options: QueryServiceOptions): Service {
  const { formats, wall, subjects, delay } = options
  const draft = (message: Accepted, type: string, values: object): Draft => {
    const received = wall.at(message.receivedAt)
    const key = message.format.answers?.key ?? message.key
    const text = formats.layout(key, type).text({
      banner: formats.exchange.banner,
      received: `${received.date} ${received.seconds}`,
      reference: message.reference,
      ...values,
    })
    return { key, from: formats.exchange.centre, text, type }
  }
  return {
    name: 'query',
    decide(message: Accepted): Decision {
      const { NAM, DOB, SEX, POB } = message.values
      const acknowledgement = draft(message, 'ACKNOWLEDGEMENT', {
        queriedName: NAM,
        queriedDob: DOB,
        queriedSex: SEX,
        queriedPob: POB,
        queriedPobName: formats.code('place-of-birth', POB ?? ''),
      })
      return { answers: [acknowledgement], ask: questionOf(message) }
    },
    conclude(message: Accepted, found: MatchResult): Decision {
      const type = RESPONSE_TYPES[found.grade]
      const final = { ...draft(message, type, finalValues(formats, found)), delay: delay() }
      const first = found.candidates[0]
      const special = found.grade === 'MATCH' && first ? subjects.get(first.arn) : undefined
      if (!special) return { answers: [final] }
      const changed: Draft = {
        ...final,
        delay: final.delay + (special.delayMs ?? 0),
        ...(special.hold ? { hold: true } : {}),
      }
      return { answers: Array.from({ length: special.copies ?? 1 }, () => changed) }
    },
  }
}

function questionOf(message: Accepted): MatchQuery {
  const query: { -readonly [K in keyof MatchQuery]: string } = {}
  for (const [mfc, name] of ASKED) {
    const value = message.values[mfc]
    if (value !== undefined) query[name] = value
  }
  return query
}

function finalValues(formats: Formats, found: MatchResult): object {
  const first = found.candidates[0]
  if (found.grade === 'MATCH' && first) return personValues(formats, first)
  if (found.grade === 'POSSIBLE')
    return {
      candidateCount: `${found.listed}`,
      candidates: found.candidates.slice(0, Math.min(5, found.listed)).map(candidateValues),
    }
  if (found.grade === 'MORE') return { provide: found.provide.join(', ') }
  return {}
}
