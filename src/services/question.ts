import type { Grade, MatchQuery } from '../matching/index.js'
import type { FieldValues } from '../message/index.js'

/** What the matcher's grades are called in answers. */
export const RESPONSE_TYPES = {
  MATCH: 'MATCH',
  POSSIBLE: 'POSSIBLE MATCH',
  NONE: 'NO MATCH',
  MORE: 'ADDITIONAL INFORMATION REQUIRED',
} as const satisfies Readonly<Record<Grade, string>>

/** The fields of a query that the matcher uses, by message field code. */
const ASKED: readonly (readonly [mfc: string, name: keyof MatchQuery])[] = Object.entries({
  NAM: 'name',
  DOB: 'dob',
  SEX: 'sex',
  POB: 'pob',
  ARN: 'arn',
  FBI: 'fbi',
  SID: 'sid',
  OLN: 'oln',
  OLS: 'ols',
  SOC: 'soc',
  MNU: 'mnu',
  PPN: 'ppn',
} as const)

/** What the matcher is asked about the person whom a message's fields describe. */
export function questionOf(values: FieldValues): MatchQuery {
  const query: { -readonly [K in keyof MatchQuery]: string } = {}
  for (const [mfc, name] of ASKED) {
    const value = values[mfc]
    if (value !== undefined) query[name] = value
  }
  return query
}
