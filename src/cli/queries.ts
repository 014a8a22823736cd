import { z } from 'zod'
import type { MatchQuery } from '../matching/index.js'
import { faultOf } from './lines.js'

const text = z.string().max(1000).optional()
const querySchema = z.strictObject({
  id: z.unknown().optional(),
  ...{ name: text, dob: text, sex: text, pob: text, arn: text, fbi: text, sid: text },
  ...{ oln: text, ols: text, soc: text, mnu: text, ppn: text },
})

/** The fields that a query may have. */
export const QUERY_FIELDS: readonly string[] = Object.keys(querySchema.shape)

/** A query with its id, or why there is none. */
export type ReadQuery =
  | { readonly id: unknown; readonly query: MatchQuery }
  | { readonly id: unknown; readonly error: string }

/** A query as a line of JSON. */
export function readQuery(line: string): ReadQuery {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch (error) {
    return { id: null, error: `not JSON: ${(error as Error).message}` }
  }
  return checkQuery(value)
}

/** A query as a value. */
export function checkQuery(value: unknown): ReadQuery {
  const parsed = querySchema.safeParse(value)
  if (parsed.success) {
    const { id = null, ...query } = parsed.data
    return { id, query: Object.fromEntries(Object.entries(query).filter(([, each]) => each !== undefined)) }
  }
  const id = (value as { id?: unknown } | null)?.id ?? null
  return { id, error: faultOf(parsed.error, value, querySchema) }
}
