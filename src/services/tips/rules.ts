import { z } from 'zod'
import { duration } from '../duration.js'
import { rulesFile } from '../rules.js'

const folded = z
  .string()
  .regex(/^[^a-z]+$/, 'texts are folded to upper case before they are read; write it so')

const schema = z
  .strictObject({
    version: z.literal(1),
    digits: z.number().int().min(3).max(10),
    place: folded,
    due: duration,
    limit: duration,
    interests: z.array(z.strictObject({ name: folded, words: z.array(folded) })).min(1),
    offices: z.array(z.strictObject({ name: folded, states: z.array(folded).min(1) })).min(1),
  })
  .refine(({ due, limit }) => due < limit, 'due must be before limit')

/** `services/tips.yaml` of the formats folder. */
export type TipRules = z.output<typeof schema>

/** @throws {FaultError} naming file and line of every fault. */
export const loadTipRules = rulesFile('tips', schema)

/** What a tip is about: the first interest whose words it holds at the beginning of a word, else the last. */
export function interestOf({ interests }: TipRules, text: string): string {
  const words = ` ${text.replace(/[^A-Z0-9]+/g, ' ')}`
  const found = interests.find((each) => each.words.some((word) => words.includes(` ${word}`)))
  return (found ?? interests.at(-1))?.name ?? ''
}

/** The state that a tip names; undefined where it names none. */
export function placeIn({ place }: TipRules, text: string): string | undefined {
  const at = text.indexOf(place)
  return at < 0 ? undefined : /^[A-Z]{2}\b/.exec(text.slice(at + place.length))?.[0]
}

/** The field office of a state. */
export function officeOf({ offices }: TipRules, state: string): string {
  return (offices.find(({ states }) => states.includes(state)) ?? offices.at(-1))?.name ?? ''
}
