import { z } from 'zod'

/** What a schema looks like from outside: which keys it knows, and in words what it takes. */
type Schema = z.core.$ZodType

/** What a schema takes, without what is done with it afterwards or in its absence. */
function bare(schema: Schema): z.core.$ZodTypes {
  const known = schema as z.core.$ZodTypes
  const { def } = known._zod
  switch (def.type) {
    case 'default':
    case 'prefault':
    case 'optional':
    case 'nullable':
    case 'readonly':
    case 'nonoptional':
    case 'catch':
      return bare(def.innerType)
    case 'pipe':
      // What is made of a value before it is checked is no shape.
      return bare(isTransform(def.in) ? def.out : def.in)
    default:
      return known
  }
}

const isTransform = (schema: Schema): boolean => schema._zod.def.type === 'transform'

/** Whether a schema takes texts alone. */
export const isText = (schema: Schema): boolean => bare(schema)._zod.def.type === 'string'

/** A key as the schema writes it, and what stands below it. */
export interface Part {
  readonly key: string
  readonly schema: Schema
}

/** An entry's number, written as nothing else could be. */
const ENTRY = /^(?:0|[1-9]\d*)$/

/** What stands below a key, whatever the key's case; of a union's shapes the first that knows it. */
export function partOf(schema: Schema, key: string): Part | undefined {
  const { def } = bare(schema)._zod
  switch (def.type) {
    case 'object': {
      const name = Object.keys(def.shape).find((each) => each.toLowerCase() === key.toLowerCase())
      const part = name === undefined ? undefined : def.shape[name]
      return name !== undefined && part ? { key: name, schema: part } : undefined
    }
    case 'array':
      return ENTRY.test(key) ? { key, schema: def.element } : undefined
    case 'tuple': {
      const part = ENTRY.test(key) ? def.items[Number(key)] : undefined
      return part && { key, schema: part }
    }
    case 'record':
      return { key, schema: def.valueType }
    case 'union':
      for (const option of def.options) {
        const part = partOf(option, key)
        if (part) return part
      }
      return undefined
    default:
      return undefined
  }
}

/** The schema of what stands at a path. */
export function schemaAt(schema: Schema, path: readonly PropertyKey[]): Schema | undefined {
  let at: Schema | undefined = schema
  for (const key of path) at = at && partOf(at, String(key))?.schema
  return at
}

/** The keys that an object may have; of a union those of all its shapes. */
export function keysOf(schema: Schema | undefined): string[] {
  if (!schema) return []
  const { def } = bare(schema)._zod
  if (def.type === 'object') return Object.keys(def.shape)
  return def.type === 'union' ? [...new Set(def.options.flatMap((option) => keysOf(option)))] : []
}

/** What a schema takes, in words that go on from `must be`. A description that it was given comes first. */
export function wordsFor(schema: Schema): string {
  const own = z.globalRegistry.get(schema)?.description
  if (own !== undefined) return own
  const inner = bare(schema)
  if (inner !== schema) {
    const { def } = (schema as z.core.$ZodTypes)._zod
    if ('innerType' in def) return wordsFor(def.innerType)
    if (def.type === 'pipe') return wordsFor(isTransform(def.in) ? def.out : def.in)
  }
  const { def } = inner._zod
  switch (def.type) {
    case 'union':
      return listed(def.options.map(wordsFor))
    case 'object':
      return `{ ${Object.keys(def.shape).join(', ')} }`
    case 'enum':
      return listed(Object.values(def.entries).map(String))
    case 'literal':
      return listed(def.values.map(String))
    default:
      return nounFor(def.type)
  }
}

const NOUNS: ReadonlyMap<string, string> = new Map([
  ['string', 'a text'],
  ['number', 'a number'],
  ['int', 'a whole number'],
  ['boolean', 'true or false'],
  ['array', 'a list'],
  ['tuple', 'a list'],
  ['object', 'keys with values'],
  ['record', 'keys with values'],
])

/** A kind of value as people call it. */
export const nounFor = (kind: string): string => NOUNS.get(kind) ?? kind

/** `a`, `a or b`, `a, b or c`. */
export function listed(all: readonly string[]): string {
  return all.length < 2 ? (all[0] ?? '') : `${all.slice(0, -1).join(', ')} or ${all.at(-1)}`
}
