import { z } from 'zod'
import { duration } from '../duration.js'
import { rulesFile } from '../rules.js'

const schema = z.strictObject({
  version: z.literal(1),
  batch: z.number().int().min(1).max(1000),
  most: z.number().int().min(1).max(1000),
  kinds: z
    .record(
      z.string().regex(/^[A-Z]+$/, 'write it in capital letters'),
      z.strictObject({ kind: z.enum(['event', 'operation']), purpose: z.string() }),
    )
    .refine((kinds) => Object.keys(kinds).length > 0, 'name one at least'),
  unread: z.string().min(1),
  keep: duration,
})

/** `services/screening.yaml` of the formats folder. */
export type ScreeningRules = z.output<typeof schema>

/** @throws {FaultError} naming file and line of every fault. */
export const loadScreeningRules = rulesFile('screening', schema)
