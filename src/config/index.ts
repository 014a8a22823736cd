/**
 * The configuration: file, then environment (`IAQ_…`), then command line, held to one schema.
 * This room reads and checks; it knows nothing of what the values are used for.
 */
import { existsSync } from 'node:fs'
import { dirname, isAbsolute, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parse as parseYaml } from 'yaml'
import { checkDocument, type Fault, FaultError, readText } from './document.js'
import { fromEnvironment, fromFlags, type Override, type Overrides } from './environment.js'
import { type Config, configSchema, type ListenConfig } from './schema.js'
import { wordsOf } from './words.js'

export {
  type Checked,
  checkDocument,
  type Fault,
  FaultError,
  formatFault,
  openDocument,
  readDocument,
  readText,
} from './document.js'
export { isLoopback, type Lookup, loopbackAddress } from './loopback.js'
export type { Config, DelayConfig, LinkConfig, ListenConfig, TlsConfig } from './schema.js'
export { type Said, wordsOf } from './words.js'

/** The folder of the package: what ships (`formats/`, `fixtures/`) lies below it. */
export const packageRoot = dirname(dirname(dirname(fileURLToPath(import.meta.url))))

/** Version of the package. */
export function packageVersion(): string {
  const text = readText(join(packageRoot, 'package.json'))
  return (JSON.parse(text) as { version: string }).version
}

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
  const overrides = joined(
    fromEnvironment(sources.env ?? {}, configSchema),
    fromFlags(sources.flags ?? {}, configSchema),
  )
  const config = checkOverridden(name, text, overrides)
  const isOverridden = (key: string): boolean =>
    overrides.settings.some(({ path }) => `${key}.`.startsWith(`${path.join('.')}.`))
  // Paths of the file count from the file's folder, those of flags and environment from the working folder.
  const at = (path: string, key: string): string =>
    isAbsolute(path) ? path : resolve(isOverridden(key) ? process.cwd() : base, path)
  const optional = (path: string | undefined, key: string): string | undefined =>
    path === undefined ? undefined : at(path, key)
  const resolved: ResolvedConfig = {
    ...config,
    listen: config.listen.map((each, i) => absolute(each, (path, key) => at(path, `listen.${i}.tls.${key}`))),
    log: { ...config.log, file: optional(config.log.file, 'log.file') },
    audit: { key: optional(config.audit.key, 'audit.key') },
    data: /^postgres(?:ql)?:\/\//.test(config.data) ? config.data : at(config.data, 'data'),
    directory: config.directory
      ? at(config.directory, 'directory')
      : join(packageRoot, 'formats', 'directory.csv'),
    formats: config.formats ? at(config.formats, 'formats') : join(packageRoot, 'formats'),
  }
  SOURCES.set(resolved, { ...sources, file })
  return resolved
}

/** Where each configuration came from. */
const SOURCES = new WeakMap<ResolvedConfig, ConfigSources>()

/**
 * Reads a configuration again from where it came from; one that was put together otherwise stays as it is.
 * @throws {FaultError} naming file, line and key of every fault.
 */
export function rereadConfig(config: ResolvedConfig): ResolvedConfig {
  const sources = SOURCES.get(config)
  return sources ? loadConfig(sources) : config
}

const joined = (first: Overrides, second: Overrides): Overrides => ({
  settings: [...first.settings, ...second.settings],
  faults: [...first.faults, ...second.faults],
})

function absolute(listen: ListenConfig, at: (path: string, key: string) => string): ListenConfig {
  const { tls } = listen
  if (!tls) return listen
  const { key, cert, clientCa, denied } = tls
  return {
    ...listen,
    tls: {
      ...tls,
      key: at(key, 'key'),
      cert: at(cert, 'cert'),
      clientCa: clientCa === undefined ? undefined : at(clientCa, 'clientCa'),
      denied: denied === undefined ? undefined : at(denied, 'denied'),
    },
  }
}

/** The file alone is checked first, so that a fault is blamed on whoever made it. */
function checkOverridden(name: string, text: string, { settings, faults }: Overrides): Config {
  checkDocument(name, text, configSchema)
  const value: unknown = parseYaml(text, { logLevel: 'error' }) ?? {}
  const stray = settings.flatMap((setting): Fault[] => {
    const reason = setPath(value as Tree, setting.path, setting.value)
    return reason === undefined ? [] : [faultOf(setting, setting.path, reason)]
  })
  if (faults.length + stray.length > 0) throw new FaultError([...faults, ...stray])
  const result = configSchema.safeParse(value)
  if (result.success) return result.data
  const said = result.error.issues.flatMap((issue) => wordsOf(issue, value, configSchema))
  throw new FaultError(
    said.map(({ path, reason, unknown }) =>
      faultOf(blamed(settings, path), path, unknown ? `unknown key${reason && ` (${reason})`}` : reason),
    ),
  )
}

/** Whose setting made a fault at a path: that of the value itself, of what holds it, or of a neighbour. */
function blamed(settings: readonly Override[], path: readonly PropertyKey[]): Override | undefined {
  const shared = (setting: Override): number => {
    const differs = setting.path.findIndex((key, i) => key !== String(path[i]))
    return differs < 0 ? setting.path.length : differs
  }
  return settings
    .filter((each) => shared(each) >= Math.max(1, Math.min(each.path.length, path.length - 1)))
    .toSorted((a, b) => shared(a) - shared(b))
    .at(-1)
}

/** A variable is called by its name; the path is said where that isn't it. */
function faultOf(setting: Override | undefined, path: readonly PropertyKey[], reason: string): Fault {
  const told = setting?.named && setting.path.join('.') === path.join('.')
  return {
    file: setting?.name ?? 'environment or command line',
    line: 0,
    reason: told || path.length === 0 ? reason : `${path.join('.')}: ${reason}`,
  }
}

type Tree = { [key: string]: unknown }

/** Sets a value at a path that the schema knows, by own keys alone. @returns why it can't be set. */
function setPath(root: Tree, path: readonly string[], setting: unknown): string | undefined {
  let node = root
  for (const [i, key] of path.entries()) {
    const where = path.slice(0, i).join('.')
    if (Array.isArray(node) && Number(key) > node.length)
      return `${where}.${node.length} is not set; entries count from 0 without a gap`
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
