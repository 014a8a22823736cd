/**
 * The query service: who is this person, and what is his immigration status? It acknowledges at once, asks the
 * matcher and lays its finding out as one of the response types.
 */
import type { MatchResult } from '../../matching/index.js'
import type { Formats, Supplied } from '../../message/index.js'
import type { SubjectAnswer } from '../../records/index.js'
import type { WallClock } from '../../time/index.js'
import { questionOf, RESPONSE_TYPES } from '../question.js'
import type { Accepted, Decision, Doubt, Draft, Finals, Reviews, Service, ViolatorRecords } from '../types.js'
import { CODE_TABLE, needs, type RESPONSES } from './needs.js'
import { candidateValues, personValues } from './values.js'

export interface QueryServiceOptions {
  readonly formats: Formats
  readonly wall: WallClock
  /** What the centre does with answers about test subjects, by A-number. */
  readonly subjects: ReadonlyMap<string, SubjectAnswer>
  /** How long the centre takes for a final answer, in milliseconds; drawn anew for each. */
  readonly delay: () => number
  /** The live Immigration Violator records. */
  readonly records: ViolatorRecords
  /** Technicians who decide what is unclear; without them the automatic answer goes at once. */
  readonly reviews?: Reviews | undefined
}

type ResponseType = keyof typeof RESPONSES
/** A response's layout, and what it is given besides what all are. */
type Response = {
  [T in ResponseType]: readonly [type: T, values: Supplied<(typeof RESPONSES)[T]>]
}[ResponseType]

export function queryService(options: QueryServiceOptions): Service & { readonly finals: Finals } {
  const { formats, wall, subjects, delay, reviews } = options
  const word = (
    message: Pick<Accepted, 'receivedAt' | 'reference'>,
    key: string,
    [type, values]: Response,
    wait?: number,
  ): Draft => {
    const received = wall.at(message.receivedAt)
    const text = formats.layout(key, type).text(values, {
      banner: formats.exchange.banner,
      received: `${received.date} ${received.seconds}`,
      reference: message.reference,
    })
    return { key, from: formats.exchange.centre, text, type, delay: wait, hold: undefined }
  }
  const draft = (message: Accepted, response: Response, wait?: number): Draft =>
    word(message, message.format.answers?.key ?? message.key, response, wait)
  return {
    name: 'query',
    needs,
    finals: {
      match: (doubt, candidate) => {
        const { key, delay: wait } = doubt.automatic
        return word(doubt, key, ['MATCH', personValues(formats, candidate, options.records)], wait)
      },
      none: (doubt) => word(doubt, doubt.automatic.key, ['NO MATCH', {}], doubt.automatic.delay),
    },
    decide(message: Accepted): Decision {
      const { NAM, DOB, SEX, POB } = message.values
      const acknowledgement = draft(message, [
        'ACKNOWLEDGEMENT',
        {
          queriedName: NAM,
          queriedDob: DOB,
          queriedSex: SEX,
          queriedPob: POB,
          queriedPobName: formats.code(CODE_TABLE, POB ?? ''),
        },
      ])
      return { answers: [acknowledgement], ask: questionOf(message.values) }
    },
    conclude(message: Accepted, found: MatchResult): Decision {
      const first = found.candidates[0]
      const special = found.grade === 'MATCH' && first ? subjects.get(first.arn) : undefined
      const wait = delay() + (special?.delayMs ?? 0)
      const final = draft(message, finalResponse(formats, found, options.records), wait)
      if (reviews && found.grade === 'POSSIBLE')
        return { answers: [], events: reviews.open(doubtOf(message, found, final)) }
      if (!special) return { answers: [final] }
      const changed: Draft = {
        ...final,
        ...(special.hold ? { hold: true } : {}),
      }
      return { answers: Array.from({ length: special.copies ?? 1 }, () => changed) }
    },
  }
}

function doubtOf(message: Accepted, found: MatchResult, automatic: Draft): Doubt {
  const { reference, receivedAt, day, address, values } = message
  const candidates = found.candidates
    .slice(0, Math.min(5, found.listed))
    .map(({ arn, score, bits, why }) => ({ arn, score, bits, why }))
  return { reference, receivedAt, day, address, values, automatic, candidates }
}

function finalResponse(formats: Formats, found: MatchResult, records: ViolatorRecords): Response {
  const { grade } = found
  switch (grade) {
    case 'MATCH':
      return [RESPONSE_TYPES[grade], personValues(formats, found.candidates[0]!, records)]
    case 'POSSIBLE': {
      const candidates = found.candidates.slice(0, Math.min(5, found.listed)).map(candidateValues)
      return [RESPONSE_TYPES[grade], { candidateCount: `${found.listed}`, candidates }]
    }
    case 'MORE':
      return [RESPONSE_TYPES[grade], { provide: found.provide.join(', ') }]
    default:
      return [RESPONSE_TYPES[grade], {}]
  }
}
