import { join } from 'node:path'
import { z } from 'zod'
import { type Fault, FaultError, readDocument } from '../config/index.js'
import { byRank, type Random, Weighted } from './random.js'

export const STYLES = [
  'spanish',
  'portuguese',
  'filipino',
  'indian',
  'arabic',
  'chinese',
  'korean',
  'vietnamese',
  'slavic',
  'patronymic',
  'western',
] as const
export type Style = (typeof STYLES)[number]

const schema = z.strictObject({
  version: z.literal(1),
  populations: z.array(
    z.strictObject({
      of: z.string(),
      share: z.number().int().min(1),
      style: z.enum(STYLES),
      pob: z.record(z.string().length(2), z.number().int().min(1)),
      surnames: z.string(),
      male: z.string(),
      female: z.string(),
      tails: z.string(),
    }),
  ),
  tails: z.record(
    z.string(),
    z.strictObject({ first: z.array(z.string()), middle: z.array(z.string()), last: z.array(z.string()) }),
  ),
  particles: z.record(z.string(), z.array(z.string())),
  shortForms: z.record(z.string(), z.string()),
  spellings: z.record(z.string(), z.array(z.string())),
  lists: z.record(z.string(), z.string()),
  statuses: z.array(
    z.strictObject({
      weight: z.number().int().min(1),
      code: z.string(),
      class: z.string(),
      admitted: z.boolean(),
    }),
  ),
})

export type Status = z.output<typeof schema>['statuses'][number]

/** Names put together from syllables. */
export interface Tail {
  readonly first: readonly string[]
  readonly middle: readonly string[]
  readonly last: readonly string[]
}

export interface Population {
  readonly style: Style
  readonly pob: Weighted<string>
  readonly surnames: Weighted<string>
  readonly male: Weighted<string>
  readonly female: Weighted<string>
  readonly tail: Tail
}

export interface Populations {
  readonly draw: Weighted<Population>
  readonly statuses: Weighted<Status>
  readonly particles: Readonly<Record<string, readonly string[]>>
  readonly shortForms: Readonly<Record<string, string>>
  readonly spellings: Readonly<Record<string, readonly string[]>>
}

/**
 * Reads what the generator draws from.
 * @throws {FaultError} naming file and line.
 */
export function loadPopulations(formatsDir: string): Populations {
  const file = join(formatsDir, 'populations', 'populations.yaml')
  const data = readDocument(file, schema)
  const faults: Fault[] = []
  const missing = (kind: string, name: string): void =>
    void faults.push({ file, line: 0, reason: `no ${kind} '${name}'; add it or name another` })
  const list = (name: string): Weighted<string> => {
    const text = data.lists[name]
    if (text === undefined) missing('list', name)
    return byRank((text ?? 'X').split(' ').map((each) => each.replaceAll('_', ' ')))
  }
  const populations = data.populations.map((each): Population => {
    const tail = data.tails[each.tails]
    if (!tail) missing('tail', each.tails)
    return {
      style: each.style,
      pob: new Weighted(Object.keys(each.pob), Object.values(each.pob)),
      surnames: list(each.surnames),
      male: list(each.male),
      female: list(each.female),
      tail: tail ?? { first: ['X'], middle: [''], last: ['X'] },
    }
  })
  if (faults.length > 0) throw new FaultError(faults)
  return {
    draw: new Weighted(
      populations,
      data.populations.map((each) => each.share),
    ),
    statuses: new Weighted(
      data.statuses,
      data.statuses.map((each) => each.weight),
    ),
    particles: data.particles,
    shortForms: data.shortForms,
    spellings: data.spellings,
  }
}

/** A rare name. */
export function fromTail(random: Random, { first, middle, last }: Tail): string {
  return random.pick(first) + random.pick(middle) + random.pick(last)
}
