import { join } from 'node:path'
import { z } from 'zod'
import { readDocument } from '../config/index.js'
import { parseDuration } from '../time/index.js'
import { parseRecordLine } from './parse.js'
import type { PersonRecord } from './types.js'

/** What the centre does with the final answer when a subject is found. */
export interface SubjectAnswer {
  /** Added to the configured delay. */
  readonly delayMs?: number
  /** How often the answer goes out. */
  readonly copies?: number
  /** Kept until an operator releases it. */
  readonly hold?: boolean
}

/** A person that every store holds, as payment networks have test cards (contract, section 7). */
export interface Subject {
  readonly does: string
  readonly record: PersonRecord
  readonly answer?: SubjectAnswer
}

/** The subjects, and the name that no store holds. */
export interface Subjects {
  readonly absent: { readonly name: string; readonly does: string }
  readonly subjects: readonly Subject[]
}

const person = z.unknown().transform((value, context): PersonRecord => {
  const parsed = parseRecordLine(JSON.stringify(value) ?? 'null')
  if ('record' in parsed && !('removed' in parsed.record)) return parsed.record
  const reason = 'fault' in parsed ? parsed.fault : 'must be a person, not a removal'
  context.addIssue({ code: 'custom', message: reason })
  return z.NEVER
})

const delay = z.string().transform((text, context): number => {
  const ms = parseDuration(text)
  if (ms !== undefined) return ms
  context.addIssue({ code: 'custom', message: `'${text}' is no duration; write 250ms, 3s or 5m` })
  return z.NEVER
})

const schema = z.strictObject({
  source: z.string(),
  absent: z.strictObject({ name: z.string(), does: z.string() }),
  subjects: z.array(
    z.strictObject({
      does: z.string(),
      answer: z
        .strictObject({
          delay: delay.optional(),
          copies: z.number().int().min(1).max(10).optional(),
          hold: z.boolean().optional(),
        })
        .optional(),
      record: person,
    }),
  ),
})

/**
 * Reads `subjects.yaml` of the formats folder.
 * @throws {FaultError} naming file and line of every fault.
 */
export function loadSubjects(formatsDir: string): Subjects {
  const { absent, subjects } = readDocument(join(formatsDir, 'subjects.yaml'), schema)
  return {
    absent,
    subjects: subjects.map(({ does, record, answer }) => ({ does, record, ...answerOf(answer) })),
  }
}

type RawAnswer = z.output<typeof schema>['subjects'][number]['answer']

function answerOf(raw: RawAnswer): { answer?: SubjectAnswer } {
  if (!raw) return {}
  return {
    answer: {
      ...(raw.delay === undefined ? {} : { delayMs: raw.delay }),
      ...(raw.copies === undefined ? {} : { copies: raw.copies }),
      ...(raw.hold === undefined ? {} : { hold: raw.hold }),
    },
  }
}
