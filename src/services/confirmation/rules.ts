import { z } from 'zod'
import { duration } from '../duration.js'
import { rulesFile } from '../rules.js'

const schema = z.strictObject({
  version: z.literal(1),
  priorities: z.record(
    z.string(),
    z
      .strictObject({ within: duration, interim: duration, hours: z.string().regex(/^\d+$/) })
      .refine(({ within, interim }) => interim < within, 'interim must be before within'),
  ),
  alike: z.number().min(0).max(100),
  confirmer: z.string(),
  agency: z.string(),
  phone: z.string(),
  remarks: z.strictObject({
    valid: z.string(),
    none: z.string(),
    wrong: z.string(),
    later: z.string(),
    operator: z.string(),
  }),
})

/** `services/confirmation.yaml` of the formats folder. */
export type ConfirmationRules = z.output<typeof schema>

/** @throws {FaultError} naming file and line of every fault. */
export const loadConfirmationRules = rulesFile('confirmation', schema)
