import { isPair, isSeq, parseDocument, visit } from 'yaml'
import type { z } from 'zod'
import { tooDeep } from './depth.js'
import type { Fault } from './document.js'
import { isText, keysOf, partOf, schemaAt, wordsFor } from './shape.js'
import { knownHere } from './words.js'

/** A setting from outside the file, and how whoever made it calls it. */
export interface Override {
  readonly name: string
  /** Whether the name says which setting it is. */
  readonly named: boolean
  readonly path: readonly string[]
  readonly value: unknown
}

/** What was set, in the order in which it counts, and what can't be set. */
export interface Overrides {
  readonly settings: readonly Override[]
  readonly faults: readonly Fault[]
}

export const COMMAND_LINE = 'command line'
/** Variables that say where things are rather than how the gateway works. */
const NOT_SETTINGS = new Set(['IAQ_CONFIG'])
const SHORT: ReadonlyMap<string, string> = new Map([['IAQ_PORT', 'listen.0.port']])

/**
 * `IAQ_MATCH_PRIOR=0.2` is `match.prior`; `IAQ_LISTEN_0_PORT` is `listen.0.port`; `IAQ_PORT` is short for it. Names are
 * matched against the schema's keys whatever their case. An empty variable is one that isn't set.
 */
export function fromEnvironment(
  env: Readonly<Record<string, string | undefined>>,
  schema: z.core.$ZodType,
): Overrides {
  const settings: Override[] = []
  const faults: Fault[] = []
  for (const [name, text] of Object.entries(env)) {
    if (!name.startsWith('IAQ_') || NOT_SETTINGS.has(name) || !text?.trim()) continue
    const path = resolvePath(schema, SHORT.get(name)?.split('.') ?? name.slice(4).split('_'))
    const at = Array.isArray(path) ? schemaAt(schema, path) : undefined
    if (!Array.isArray(path)) faults.push({ file: name, line: 0, reason: path.unknown })
    else if (at) settings.push({ name, named: true, path, value: readValue(text, at) })
  }
  return { settings: settings.sort(inOrder), faults }
}

/** What the command line sets, by dotted path; what comes later counts. */
export function fromFlags(flags: Readonly<Record<string, unknown>>, schema: z.core.$ZodType): Overrides {
  const settings: Override[] = []
  const faults: Fault[] = []
  for (const [dotted, value] of Object.entries(flags)) {
    if (value === undefined) continue
    const path = resolvePath(schema, dotted.split('.'))
    if (Array.isArray(path))
      settings.push({ name: COMMAND_LINE, named: false, path, value: structuredClone(value) })
    else faults.push({ file: COMMAND_LINE, line: 0, reason: `${dotted}: ${path.unknown}` })
  }
  return { settings, faults }
}

/** What is set as a whole comes before its parts, entries by number, and a short name before the long one. */
function inOrder(a: Override, b: Override): number {
  return (
    a.path.length - b.path.length ||
    a.path.join('.').localeCompare(b.path.join('.'), 'en', { numeric: true }) ||
    a.name.length - b.name.length
  )
}

/** The path as the schema writes it: nothing that no schema knows is ever set, `__proto__` no more than a slip. */
function resolvePath(
  schema: z.core.$ZodType,
  parts: readonly string[],
): string[] | { readonly unknown: string } {
  const path: string[] = []
  let at = schema
  for (const key of parts) {
    const part = partOf(at, key)
    if (!part) {
      const known = knownHere(keysOf(at))
      const where = path.length > 0 ? `${path.join('.')}: ` : ''
      return { unknown: `unknown setting (${where}${known === '' ? `must be ${wordsFor(at)}` : known})` }
    }
    path.push(part.key)
    at = part.schema
  }
  return path
}

/**
 * A value as YAML reads it; what is no YAML is a text. Where the schema wants a text it gets what was written, so that
 * `2024` or `000000001` are no numbers.
 */
function readValue(text: string, schema: z.core.$ZodType): unknown {
  if (tooDeep(text) !== undefined) return text
  if (isText(schema) && !/^\s*["']/.test(text)) return text
  const document = parseDocument(text, { logLevel: 'error' })
  if (document.errors.length > 0) return text
  visit(document, {
    Scalar(key, node, ancestors) {
      if (key === 'key' || typeof node.value === 'string' || !node.source) return
      const path = [...ancestors, node].flatMap((each, i, all): string[] => {
        if (isPair(each)) return [String(each.key)]
        return isSeq(each) ? [String(each.items.indexOf(all[i + 1]))] : []
      })
      const at = schemaAt(schema, path)
      if (at && isText(at)) node.value = node.source
    },
  })
  try {
    return document.toJS({ maxAliasCount: 100 })
  } catch {
    return text
  }
}
