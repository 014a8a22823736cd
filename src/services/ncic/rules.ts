import { z } from 'zod'
import { duration } from '../duration.js'
import { rulesFile } from '../rules.js'

const VERBS = ['enter', 'modify', 'locate', 'clear', 'cancel', 'supplement', 'withdraw'] as const
export type Verb = (typeof VERBS)[number]

const schema = z
  .strictObject({
    version: z.literal(1),
    office: z.string().min(2).max(9),
    nic: z.strictObject({
      prefix: z.string().regex(/^[A-Z][0-9]*$/),
      digits: z.number().int().min(1).max(9),
    }),
    arn: z.array(z.string()).min(1),
    inquiry: z.string(),
    verbs: z.record(z.string(), z.enum(VERBS)),
    categories: z.record(
      z.string(),
      z.strictObject({
        name: z.enum(['DEPORTED FELON', 'ABSCONDER', 'NSEERS']),
        title: z.string(),
        phrase: z.string(),
      }),
    ),
    supplements: z.strictObject({ name: z.string(), dob: z.string(), numbers: z.array(z.string()) }),
    alike: z.number().min(0).max(100),
    delayed: z.strictObject({ key: z.string(), within: duration, alike: z.number().min(0).max(100) }),
    validation: z.strictObject({ every: duration, answer: duration, due: z.string(), failed: z.string() }),
    phone: z.string(),
  })
  .superRefine(({ nic }, context) => {
    if (nic.prefix.length + nic.digits !== 10)
      context.addIssue({ code: 'custom', path: ['nic'], message: 'prefix and digits must be 10 characters' })
  })

/** `services/ncic.yaml` of the formats folder. */
export type NcicRules = z.output<typeof schema>

/** @throws {FaultError} naming file and line of every fault. */
export const loadNcicRules = rulesFile('ncic', schema)
