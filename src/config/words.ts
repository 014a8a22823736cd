import type { z } from 'zod'
import { keysOf, listed, nounFor, schemaAt, wordsFor } from './shape.js'

/** What is wrong, and with what. */
export interface Said {
  readonly path: readonly PropertyKey[]
  readonly reason: string
  /** The key itself is what is wrong. */
  readonly unknown?: boolean
}

/** Names that are listed where one is wrong; more would hide the fault. */
const MOST_NAMES = 20

/**
 * What a validator found, in words that say what is wrong and what is legal.
 * @param input what was validated.
 */
export function wordsOf(issue: z.core.$ZodIssue, input: unknown, schema: z.core.$ZodType): Said[] {
  const { path } = issue
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({
      path: [...path, key],
      reason: knownHere(keysOf(schemaAt(schema, path))),
      unknown: true,
    }))
  if (issue.code === 'invalid_union') {
    const like = issue.errors.filter((branch) => !branch.some(isOfAnotherKind))
    const close = like.filter((branch) => !branch.some(isOfOtherKeys))
    const [fitting, ...others] = close.length > 0 ? close : like
    if (fitting && others.length === 0)
      return fitting.flatMap((each) => wordsOf({ ...each, path: [...path, ...each.path] }, input, schema))
  }
  return [{ path, reason: reasonOf(issue, valueAt(input, path), schemaAt(schema, path)) }]
}

/** `known here: a, b` for the end of a fault; nothing where there are none or far too many. */
export function knownHere(keys: readonly string[]): string {
  return keys.length === 0 || keys.length > MOST_NAMES ? '' : `known here: ${keys.join(', ')}`
}

/** A shape of a union that the value isn't even like. */
function isOfAnotherKind(issue: z.core.$ZodIssue): boolean {
  return issue.path.length === 0 && /^invalid_(?:type|value|union)$/.test(issue.code)
}

/** A shape of a union that doesn't know the value's keys. */
function isOfOtherKeys(issue: z.core.$ZodIssue): boolean {
  return issue.path.length === 0 && issue.code === 'unrecognized_keys'
}

function reasonOf(issue: z.core.$ZodIssue, value: unknown, schema: z.core.$ZodType | undefined): string {
  const mustBe = (what: string): string =>
    value === undefined ? `is missing; must be ${what}` : `must be ${what}, not ${shown(value)}`
  switch (issue.code) {
    case 'invalid_type': {
      const quotes = issue.expected === 'string' && /^(?:number|boolean)$/.test(typeof value)
      return `${mustBe(schema ? typeWords(issue.expected, schema) : nounFor(issue.expected))}${quotes ? '; put it in quotes' : ''}`
    }
    case 'invalid_value':
      return mustBe(listed(issue.values.map(String)))
    case 'invalid_union':
      return mustBe(schema ? wordsFor(schema) : 'something else')
    case 'too_small':
      return bound(issue.origin, Number(issue.minimum), issue.inclusive ? 'at least' : 'above')
    case 'too_big':
      return bound(issue.origin, Number(issue.maximum), issue.inclusive ? 'at most' : 'below')
    case 'not_multiple_of':
      return `must be a multiple of ${issue.divisor}`
    // The other kinds are those that our own schemas give words to.
    default:
      return issue.message
  }
}

/** A whole number is a kind of its own to the validator; an object is known by its keys. */
const typeWords = (expected: string, schema: z.core.$ZodType): string =>
  expected === 'object' ? wordsFor(schema) : nounFor(expected)

function bound(origin: string, limit: number, how: string): string {
  if (origin === 'string') return `must have ${how} ${limit} ${limit === 1 ? 'character' : 'characters'}`
  if (origin === 'array') return `must have ${how} ${limit} ${limit === 1 ? 'entry' : 'entries'}`
  return `must be ${how} ${limit}`
}

function shown(value: unknown): string {
  if (Array.isArray(value)) return 'a list'
  if (value === null) return 'nothing'
  if (typeof value === 'object') return `{ ${Object.keys(value).slice(0, 5).join(', ')} }`
  return typeof value === 'string' ? `'${value.slice(0, 40)}'` : String(value)
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  let value = input
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined
    value = (value as Readonly<Record<PropertyKey, unknown>>)[key]
  }
  return value
}
