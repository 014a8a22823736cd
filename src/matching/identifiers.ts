/** Numbers that a query may carry: evidence beside the name, never instead of it. */
import { normaliseArn } from '../records/index.js'
import type { PersonRecord } from '../records/types.js'
import { identifiersOf, plainNumber } from './people.js'
import { edits } from './strings.js'
import type { Weights } from './tables.js'
import type { Evidence, MatchQuery } from './types.js'

/** A number of the query and the kinds under which the file may hold it. */
export interface Asked {
  readonly field: Evidence['field']
  readonly asked: string
  readonly kinds: readonly string[]
  readonly value: string
}

const KINDS = ['ARN', 'FBI', 'SID', 'SOC', 'PPN'] as const

/** The numbers of a query that can be looked up. One that is no number of its kind is left out. */
export function askedIdentifiers(query: MatchQuery): Asked[] {
  const found: Asked[] = []
  const add = (
    field: Evidence['field'],
    asked: string | undefined,
    kinds: readonly string[],
    value: string,
  ): void => {
    if (asked !== undefined && value !== '') found.push({ field, asked, kinds, value })
  }
  add('ARN', query.arn, ['ARN'], arnValue(query.arn ?? ''))
  add('FBI', query.fbi, ['FBI'], plainNumber(query.fbi ?? ''))
  add('SID', query.sid, ['SID'], plainNumber(query.sid ?? ''))
  add('SOC', query.soc, ['SOC'], plainNumber(query.soc ?? ''))
  add('PPN', query.ppn, ['PPN'], plainNumber(query.ppn ?? ''))
  // Without its state a licence number is anybody's.
  if (query.oln && query.ols)
    add('OLN', query.oln, ['OLN'], `${plainNumber(query.oln)}/${query.ols.toUpperCase()}`)
  const mnu = miscellaneous(query.mnu ?? '')
  if (mnu) add('MNU', query.mnu, mnu.kinds, mnu.value)
  return found
}

const arnValue = (text: string): string => {
  const arn = normaliseArn(text)
  return arn === undefined ? '' : plainNumber(arn)
}

/** `AR-099000001` is an A-number, `PP-X123` a passport; without one of these prefixes it may be any number. */
function miscellaneous(text: string): { kinds: readonly string[]; value: string } | undefined {
  const match = /^(AR|PP)-(.+)$/i.exec(text.trim())
  const kind = match?.[1]?.toUpperCase()
  if (kind === 'AR') return { kinds: ['ARN'], value: arnValue(match?.[2] ?? '') }
  if (kind === 'PP') return { kinds: ['PPN'], value: plainNumber(match?.[2] ?? '') }
  const value = arnValue(text) || plainNumber(text)
  return value.length >= 5 ? { kinds: KINDS, value } : undefined
}

/** What the numbers of a query say about a person. */
export function identifierEvidence(
  asked: readonly Asked[],
  person: PersonRecord,
  weights: Weights['identifier'],
): Evidence[] {
  const held = new Map(identifiersOf(person))
  return asked.flatMap((each) => evidenceOf(each, held, weights) ?? [])
}

function evidenceOf(
  asked: Asked,
  held: ReadonlyMap<string, string>,
  weights: Weights['identifier'],
): Evidence | undefined {
  const same = asked.kinds.find((kind) => held.get(kind) === asked.value)
  const base = { field: asked.field, asked: asked.asked }
  if (same)
    return {
      ...base,
      held: asked.value,
      relation: 'exact',
      bits: same === 'ARN' ? weights.arn : weights.other,
    }
  const [kind, ...more] = asked.kinds
  const other = kind === undefined || more.length > 0 ? undefined : held.get(kind)
  // A bare miscellaneous number may be of a kind that the file doesn't hold, and most files lack most numbers.
  if (other === undefined) return undefined
  if (asked.value.length >= 6 && edits(asked.value, other, 1) === 1) {
    return { ...base, held: other, relation: 'one character differs', bits: weights.slip }
  }
  return { ...base, held: other, relation: 'differs', bits: weights.differs }
}
