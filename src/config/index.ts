/**
 * The configuration: file, then environment (`IAQ_…`), then command line, held to one schema.
 * This room reads and checks; it knows nothing of what the values are used for.
 */
import { existsSync } from 'node:fs'
import { dirname, isAbsolute, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parse as parseYaml } from 'yaml'
import { tooDeep } from './depth.js'
import { checkDocument, type Fault, FaultError, readText } from './document.js'
import { type Config, configSchema } from './schema.js'

export { checkDocument, type Fault, FaultError, formatFault, readDocument, readText } from './document.js'
export { type Config, type DelayConfig, isLoopback, type LinkConfig, type ListenConfig } from './schema.js'

/** The folder of the package: what ships (`formats/`, `fixtures/`) lies below it. */
export const packageRoot = dirname(dirname(dirname(fileURLToPath(import.meta.url))))

/** A checked configuration with every path made absolute. */
export type ResolvedConfig = Config & { directory: string; formats: string }

export interface ConfigSources {
  /** `--config`; without it `iaq-gateway.yaml` of the working folder, where there is one. */
  readonly file?: string | undefined
  /** `process.env` or a part of it. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** What the command line sets, by dotted path: `{ 'data': '…', 'listen.0.port': 9010 }`. */
  readonly flags?: Readonly<Record<string, unknown>>
}

/**
 * Puts the three sources together and checks them.
 * @throws {FaultError} naming file, line and key of every fault.
 */
export function loadConfig(sources: ConfigSources = {}): ResolvedConfig {
  const file = sources.file ?? (existsSync('iaq-gateway.yaml') ? 'iaq-gateway.yaml' : undefined)
  const text = file === undefined ? '' : readText(file)
  const base = file === undefined ? process.cwd() : dirname(resolve(file))
  const name = file ?? 'configuration'
  const overrides = { ...fromEnvironment(sources.env ?? {}), ...sources.flags }
  const config =
    Object.keys(overrides).length === 0
      ? checkDocument(name, text, configSchema)
      : checkOverridden(name, text, overrides)
  // Paths of the file count from the file's folder, those of flags and environment from the working folder.
  const at = (path: string, key: string): string =>
    isAbsolute(path) ? path : resolve(key in overrides ? process.cwd() : base, path)
  const optional = (path: string | undefined, key: string): string | undefined =>
    path === undefined ? undefined : at(path, key)
  return {
    ...config,
    listen: config.listen.map((each, i) => ({
      ...each,
      tls: each.tls && mapValues(each.tls, (path, key) => at(path, `listen.${i}.tls.${key}`)),
    })),
    log: { ...config.log, file: optional(config.log.file, 'log.file') },
    audit: { key: optional(config.audit.key, 'audit.key') },
    data: /^postgres(?:ql)?:\/\//.test(config.data) ? config.data : at(config.data, 'data'),
    directory: config.directory
      ? at(config.directory, 'directory')
      : join(packageRoot, 'formats', 'directory.csv'),
    formats: config.formats ? at(config.formats, 'formats') : join(packageRoot, 'formats'),
  }
}

function mapValues<T extends Readonly<Record<string, string | undefined>>>(
  of: T,
  change: (value: string, key: string) => string,
): T {
  const entries = Object.entries(of).map(([key, value]) => [key, value && change(value, key)])
  return Object.fromEntries(entries) as T
}

/** The file alone is checked first, so that a fault is blamed on whoever made it. */
function checkOverridden(name: string, text: string, overrides: Readonly<Record<string, unknown>>): Config {
  checkDocument(name, text, configSchema)
  const value: unknown = parseYaml(text, { logLevel: 'error' }) ?? {}
  const stray = Object.entries(overrides).flatMap(([path, setting]): Fault[] => {
    const reason = setPath(value as Tree, path.split('.'), setting)
    return reason === undefined ? [] : [{ file: OVERRIDES, line: 0, reason: `${path}: ${reason}` }]
  })
  if (stray.length > 0) throw new FaultError(stray)
  const result = configSchema.safeParse(value)
  if (result.success) return result.data
  throw new FaultError(
    result.error.issues.map((issue): Fault => {
      const path = issue.path.join('.')
      const keys = issue.code === 'unrecognized_keys' ? ` ${issue.keys.join(', ')}` : ''
      return { file: OVERRIDES, line: 0, reason: `${path}: ${issue.message}${keys}` }
    }),
  )
}

type Tree = { [key: string]: unknown }

/** Whom a fault is blamed on that is in no file. */
const OVERRIDES = 'environment or command line'
/** A list's entry that is set from outside; more would only make a list of holes. */
const ENTRY = /^\d{1,2}$/

/**
 * Sets a value at a path, by own keys alone, so that no name reaches what every object has.
 * @returns why it can't be set.
 */
function setPath(root: Tree, path: readonly string[], setting: unknown): string | undefined {
  let node = root
  for (const [i, key] of path.entries()) {
    if (Array.isArray(node) && !ENTRY.test(key)) return `${key} is no entry of a list (0 to 99)`
    const last = i === path.length - 1
    const inner = Object.hasOwn(node, key) ? node[key] : undefined
    if (!last && typeof inner === 'object' && inner !== null) node = inner as Tree
    else if (!last && inner !== undefined && inner !== null)
      return `${path.slice(0, i + 1).join('.')} has a value and so no keys`
    else {
      const value = last ? setting : /^\d+$/.test(path[i + 1] ?? '') ? [] : {}
      Object.defineProperty(node, key, { value, writable: true, enumerable: true, configurable: true })
      if (!last) node = value as Tree
    }
  }
  return undefined
}

/** Variables that say where things are rather than how the gateway works. */
const NOT_SETTINGS = new Set(['IAQ_CONFIG'])

/** `IAQ_MATCH_PRIOR=0.2` is `match.prior`; `IAQ_LISTEN_0_PORT` is `listen.0.port`; `IAQ_PORT` is short for it. */
function fromEnvironment(env: Readonly<Record<string, string | undefined>>): Record<string, unknown> {
  const found: Record<string, unknown> = {}
  for (const [name, text] of Object.entries(env)) {
    if (!name.startsWith('IAQ_') || text === undefined || NOT_SETTINGS.has(name)) continue
    const path = name === 'IAQ_PORT' ? 'listen.0.port' : pathOf(name.slice(4))
    found[path] = scalar(text)
  }
  return found
}

/** Names are matched against the schema's keys whatever their case. */
function pathOf(name: string): string {
  return name
    .toLowerCase()
    .split('_')
    .map((part) => (part === 'clientca' ? 'clientCa' : part))
    .join('.')
}

/** A value as YAML reads it; what is no YAML is a text. */
function scalar(text: string): unknown {
  if (tooDeep(text) !== undefined) return text
  try {
    return parseYaml(text, { logLevel: 'error' })
  } catch {
    return text
  }
}
