// A scenario file: what a day brings.
import { z } from 'zod'
import { readDocument } from '../../../dist/config/index.js'

const count = z.number().int().min(0)

const schema = z.strictObject({
  version: z.literal(1),
  seed: z.string(),
  records: z.number().int().min(1).max(90_000_000),
  speed: z.number().positive(),
  counts: z
    .strictObject({
      ...{ iaq: count.min(1), brady: count, confirmations: count, detainers: count, screenings: count },
      ...{ lists: count, tips: count, byTelephone: count, viable: count, ncicEntries: count },
    })
    .superRefine((counts, context) => {
      for (const [part, whole] of [
        ...[
          ['brady', 'iaq'],
          ['confirmations', 'detainers'],
          ['lists', 'screenings'],
        ],
        ...[
          ['byTelephone', 'tips'],
          ['viable', 'tips'],
          ['detainers', 'iaq'],
        ],
      ])
        if (counts[part] > counts[whole])
          context.addIssue({ code: 'custom', path: [part], message: `can't be more than ${whole}` })
      if (counts.screenings > 0 && counts.lists === 0)
        context.addIssue({ code: 'custom', path: ['lists'], message: 'screenings come in one list at least' })
    }),
  hours: z.array(z.number().min(0)).length(24),
})

/**
 * Reads a scenario. @param share of its counts and records, 0 to 1; at least one of each that it has.
 * @throws FaultError naming file and line of every fault.
 */
export function readScenario(file, share = 1) {
  const scenario = readDocument(file, schema)
  const scaled = ([name, n]) => [name, n === 0 ? 0 : Math.max(1, Math.round(n * share))]
  return {
    ...scenario,
    records: Math.max(1, Math.round(scenario.records * share)),
    counts: Object.fromEntries(Object.entries(scenario.counts).map(scaled)),
  }
}
