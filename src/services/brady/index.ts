/**
 * Brady checks: questions about somebody who wants to buy a firearm. They are answered like any other, in words that say
 * what the status is, since whoever asks decides; they have a queue of their own and a clock of business days.
 */
import { z } from 'zod'
import type { WallClock } from '../../time/index.js'
import { rulesFile } from '../rules.js'
import type { Happening, Json, Service } from '../types.js'
import { BusinessDays, calendarShape } from './business-days.js'
import { type BradyEvent, BradyQueue } from './queue.js'

const schema = z.strictObject({ version: z.literal(1), days: z.number().int().min(1), ...calendarShape })

/** `services/brady.yaml` of the formats folder. */
export type BradyRules = z.output<typeof schema>

/** @throws {FaultError} naming file and line of every fault. */
export const loadBradyRules = rulesFile('brady', schema)

export interface BradyServiceOptions {
  readonly rules: BradyRules
  readonly wall: WallClock
  /** Who answers the questions. */
  readonly query: Service
}

const NAME = 'brady'

export function bradyService({ rules, wall, query }: BradyServiceOptions): Service & {
  /** What else happens with a check whose final answer another service gives; nothing where there is none such. */
  readonly closed: (reference: string) => readonly Happening[]
} {
  const memory = new BradyQueue()
  const calendar = new BusinessDays(rules)
  return {
    name: NAME,
    // What its answers need, who answers the questions says.
    memory,
    closed: (ref) => (memory.get(ref) ? [happened({ what: 'answered', ref })] : []),
    decide(message) {
      const decision = query.decide(message)
      const { reference: ref, receivedAt: t, ori, day } = message
      const check = { ref, t, ori, limit: wall.startOf(calendar.after(day, rules.days)) }
      return { ...decision, events: [...(decision.events ?? []), happened({ what: 'asked', check })] }
    },
    conclude(message, found) {
      const decision = query.conclude?.(message, found) ?? { answers: [] }
      const { reference: ref, receivedAt } = message
      const [final] = decision.answers
      // Without an answer a technician has it: it waits on.
      if (!final) return decision
      const delay = final.delay ?? 0
      const event: BradyEvent = final.hold
        ? { what: 'held', ref }
        : delay > 0
          ? { what: 'timed', ref, at: receivedAt + delay }
          : { what: 'answered', ref }
      return { ...decision, events: [...(decision.events ?? []), happened(event)] }
    },
    nextDue: () => memory.first?.limit,
    due({ t }) {
      const { first } = memory
      if (!first || first.limit > t) return undefined
      const events = [happened({ what: 'overdue', ref: first.ref }, 'bradyOverdue')]
      return { what: 'Brady check overdue', answers: [], events }
    },
    settled: (ref) => (memory.get(ref)?.held ? [happened({ what: 'answered', ref })] : []),
    view: (_, { t }) =>
      memory.waiting(t).map(({ ref, t: askedAt, ori, limit, held = false, answerAt }) => ({
        ...{ reference: ref, ori, askedAt, limit, held, answerAt, overdue: limit <= t },
      })) as unknown as Json,
  }
}

const happened = (event: BradyEvent, figure?: string): Happening => ({
  service: NAME,
  event: event as unknown as Json,
  figure,
})
