import { FaultError, formatFault, type ResolvedConfig, rereadConfig } from '../config/index.js'
import type { Directory } from '../directory/index.js'
import type { Exchange, LinkConfig } from '../exchange/index.js'
import type { Logger } from '../log/index.js'
import { checkServices, type Formats, type OffThreadParser } from '../message/index.js'
import { type CheckedCentre, linksOf, listsOf, readDirectory, readFormats } from './centre.js'
import { adoptRules, indexedDigest, loadRules, type Rules } from './rules.js'
import { makeServices } from './services.js'

export interface ReloadOptions {
  /** As the gateway was started with. */
  readonly config: ResolvedConfig
  /** What it was started with; formats, directory and rules are changed. */
  readonly centre: CheckedCentre
  readonly exchange: Exchange
  readonly parser: OffThreadParser | undefined
  /** The links as the link server sees them: its own list, which is changed. */
  readonly links: ResolvedConfig['links'][number][]
  readonly log: Logger
  /** Told of what holds from now on. */
  readonly loaded: (config: ResolvedConfig) => void
}

/** What was read anew, whole and without a fault. */
interface Fresh {
  readonly config: ResolvedConfig
  readonly formats: Formats
  readonly directory: Directory
  readonly rules: Rules
  readonly links: readonly LinkConfig[]
}

/**
 * Reads formats, services' rules, directory and links anew while messages go on. All or nothing: where one file is wrong, or says what
 * only a start can bring, nothing changes and the log says why.
 */
export class Reload {
  /** What holds at present. */
  #links: readonly LinkConfig[]
  readonly #indexed: string

  constructor(private readonly options: ReloadOptions) {
    this.#links = linksOf(options.config)
    this.#indexed = indexedDigest(options.config.formats)
  }

  /** Reads all of it, and has it hold or says why not. */
  run(): void {
    const { log } = this.options
    try {
      this.#adopt(this.#read())
      log.info('formats, directory and links were read anew')
    } catch (error) {
      if (!(error instanceof FaultError)) throw error
      for (const fault of error.faults)
        log.error({ fault: formatFault(fault) }, 'nothing of formats, directory and links was changed')
    }
  }

  /** @throws {FaultError} saying all that is wrong. */
  #read(): Fresh {
    const config = rereadConfig(this.options.config)
    const formats = readFormats(config)
    const directory = readDirectory(config.directory)
    const rules = loadRules(config.formats)
    // What the services send follows from their rules: those that would be there say it.
    const { services } = makeServices({ ...this.options.centre, config, formats, directory, rules })
    checkServices(formats, services, Object.keys(listsOf(config)))
    const links = linksOf(config)
    this.#checkFraming(formats)
    this.#checkLinks(links)
    this.#checkIndexed(config.formats)
    return { config, formats, directory, rules, links }
  }

  #checkIndexed(formatsDir: string): void {
    if (indexedDigest(formatsDir) === this.#indexed) return
    const reason = 'subjects.yaml or names/ changes, which persons are found by: start the gateway anew'
    throw new FaultError([{ file: formatsDir, line: 0, reason }])
  }

  /** Open connections are read by the framing that they began with. */
  #checkFraming({ exchange, sources }: Formats): void {
    if (JSON.stringify(exchange.framing) === JSON.stringify(this.options.centre.formats.exchange.framing))
      return
    throw new FaultError([
      {
        file: sources.dir,
        line: 0,
        reason: 'exchange.yaml or limits changes the framing: start the gateway anew',
      },
    ])
  }

  /** What waits for an acknowledgement can't be known where none came before. */
  #checkLinks(links: readonly LinkConfig[]): void {
    const changed = links.filter(({ name, delivery }) =>
      this.#links.some((each) => each.name === name && each.delivery !== delivery),
    )
    if (changed.length === 0) return
    const faults = changed.map(({ name }) => ({
      ...{ file: 'links', line: 0, reason: `delivery of link ${name} changes: start the gateway anew` },
    }))
    throw new FaultError(faults)
  }

  /** In one turn, so that no message sees a part of it. */
  #adopt({ config, formats, directory, rules, links }: Fresh): void {
    const own = this.options
    own.centre.formats.adopt(formats)
    own.centre.directory.adopt(directory)
    adoptRules(own.centre.rules, rules)
    own.links.splice(0, own.links.length, ...config.links)
    own.exchange.relink(links)
    own.exchange.deeds.arm()
    own.parser?.renew()
    this.#links = links
    own.loaded(config)
  }
}
