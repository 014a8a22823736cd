/**
 * Special screening and support of operations: a list of persons is answered as a batch, each of them once. The list's
 * names stay with whoever brought it; what is remembered is what was found, by the list's lines.
 */
import { join } from 'node:path'
import { z } from 'zod'
import { readDocument } from '../../config/index.js'
import type { MatchQuery, MatchResult } from '../../matching/index.js'
import { duration } from '../duration.js'
import type { Deed, Happening, Json, Moment, Service, ViolatorRecords } from '../types.js'
import { type Screened, type ScreeningEvent, type ScreeningKind, Screenings } from './screenings.js'

export type { Screened, ScreenedCandidate, ScreeningKind } from './screenings.js'

const schema = z.strictObject({
  version: z.literal(1),
  batch: z.number().int().min(1).max(1000),
  keep: duration,
})

/** `services/screening.yaml` of the formats folder. */
export type ScreeningRules = z.output<typeof schema>

/** @throws {FaultError} naming file and line of every fault. */
export function loadScreeningRules(formatsDir: string): ScreeningRules {
  return readDocument(join(formatsDir, 'services', 'screening.yaml'), schema)
}

export interface ScreeningServiceOptions {
  readonly rules: ScreeningRules
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

export function screeningService({ rules, records }: ScreeningServiceOptions): Service {
  const memory = new Screenings(rules.keep)
  const screened = ({ line }: ScreenedPerson, found: MatchResult): Screened => {
    const named = found.grade === 'MATCH' ? 1 : found.grade === 'POSSIBLE' ? Math.min(5, found.listed) : 0
    const candidates = found.candidates.slice(0, named).map(({ arn, score, person }) => ({
      ...{ arn, score: Math.floor(score), interest: person.interest },
      nics: records.of(person).map(({ nic }) => nic),
    }))
    return { line, decision: found.grade, candidates }
  }
  return {
    name: NAME,
    memory,
    // No rule of dispatch gives it messages: a list comes by file.
    decide: () => ({ answers: [] }),
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
        events.push(happened({ what: 'answered', list: id, ...screened(person, result) }, FIGURE))
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
