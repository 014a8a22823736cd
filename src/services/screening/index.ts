/**
 * Special screening and support of operations: a list of persons comes by file or by message and is answered as a batch,
 * each of them once. What is remembered is what was found, by the list's lines, and no name of it.
 */
import type { MatchQuery, MatchResult } from '../../matching/index.js'
import type { Formats, Values } from '../../message/index.js'
import type {
  Accepted,
  Decision,
  Deed,
  Draft,
  Happening,
  Json,
  Moment,
  Service,
  ViolatorRecords,
} from '../types.js'
import { type MessageList, needs, readList, reportOf } from './by-message.js'
import type { ScreeningRules } from './rules.js'
import { type Screened, type ScreeningEvent, type ScreeningKind, Screenings } from './screenings.js'

export { loadScreeningRules, type ScreeningRules } from './rules.js'
export type { Screened, ScreenedCandidate, ScreeningKind } from './screenings.js'

export interface ScreeningServiceOptions {
  readonly rules: ScreeningRules
  readonly formats: Formats
  /** The live Immigration Violator records. */
  readonly records: ViolatorRecords
}

/** A person of a list, as he is asked about. */
export interface ScreenedPerson {
  /** Line in the list, from 1. */
  readonly line: number
  readonly query: MatchQuery
}

/** A screening as operators see it: all of them without their answers, or one with them. */
export interface ScreeningView {
  readonly list: string
  readonly kind: ScreeningKind
  readonly title: string
  /** Milliseconds since the epoch: first and last answer. */
  readonly t: number
  readonly last: number
  readonly persons: number
  readonly answered?: readonly Screened[]
}

const NAME = 'screening'
const FIGURE = 'screenings'

export function screeningService({ rules, formats, records }: ScreeningServiceOptions): Service {
  const memory = new Screenings(rules)
  const screened = (line: number, found: MatchResult): Screened => {
    const named = found.grade === 'MATCH' ? 1 : found.grade === 'POSSIBLE' ? Math.min(5, found.listed) : 0
    const candidates = found.candidates.slice(0, named).map(({ arn, score, person }) => ({
      ...{ arn, score: Math.floor(score), interest: person.interest },
      nics: records.of(person).map(({ nic }) => nic),
    }))
    return { line, decision: found.grade, candidates }
  }
  const answer = (message: Accepted, layout: string, values: Values): Draft => {
    const key = message.format.answers?.key ?? message.key
    const { banner, centre: from } = formats.exchange
    return { key, from, type: layout, text: formats.layout(key, layout).text({ banner, ...values }) }
  }
  const report = (message: Accepted, list: MessageList, answered: readonly Screened[]): Draft =>
    answer(message, 'REPORT', reportOf(list, message.reference, answered, rules.unread))
  return {
    name: NAME,
    needs,
    memory,
    decide(message): Decision {
      const list = readList(formats, rules, message)
      if (list.persons.length === 0) return { answers: [answer(message, 'EMPTY', {})] }
      if (list.persons.length > rules.most)
        return { answers: [answer(message, 'TOO LONG', { most: `${rules.most}` })] }
      const asked = list.persons.flatMap(({ query }) => query ?? [])
      return asked.length === 0 ? { answers: [report(message, list, [])] } : { answers: [], askAll: asked }
    },
    concludeAll(message, found): Decision {
      const list = readList(formats, rules, message)
      const asked = list.persons.filter(({ query }) => query !== undefined)
      const answered = found.map((each, i) => screened(asked[i]?.line ?? 0, each))
      const { reference: id, receivedAt: t } = message
      const events = [
        happened({ what: 'begun', list: id, kind: list.kind, title: list.title, t }),
        ...answered.map((each) => happened({ what: 'answered', list: id, ...each }, FIGURE)),
      ]
      return { answers: [report(message, list, answered)], events }
    },
    asks: (_, { persons }) => personsOf(persons).map(({ query }) => query),
    act(action, { list, kind, title, persons }, { t }: Moment, found = []): Deed | undefined {
      if (action !== 'answer') return undefined
      const id = String(list)
      const known = memory.get(id)
      const events: Happening[] = []
      if (!known)
        events.push(
          happened({
            ...{ what: 'begun', list: id, kind: kind === 'operation' ? kind : 'event' },
            ...{ title: String(title ?? ''), t },
          }),
        )
      personsOf(persons).forEach((person, i) => {
        const result = found[i]
        // Whoever was answered, before a crash or for somebody who runs the same list, was answered once.
        if (!result || known?.answered.has(person.line)) return
        events.push(happened({ what: 'answered', list: id, ...screened(person.line, result) }, FIGURE))
      })
      return { what: 'persons screened', answers: [], events, result: events.length }
    },
    view({ list }): Json {
      if (list === undefined)
        return [...memory.all].map(({ answered, ...each }) => ({ ...each, persons: answered.size }))
      const screening = memory.get(String(list))
      if (!screening) return null
      const { answered, ...rest } = screening
      const all = [...answered.values()].sort((a, b) => a.line - b.line)
      return { ...rest, persons: answered.size, answered: all } as unknown as Json
    },
  }
}

const personsOf = (persons: Json | undefined): readonly ScreenedPerson[] =>
  (persons ?? []) as unknown as readonly ScreenedPerson[]

const happened = (event: ScreeningEvent, figure?: string): Happening => ({
  service: NAME,
  event: event as unknown as Json,
  figure,
})
