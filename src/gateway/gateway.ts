import { createHash } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { FaultError, packageVersion, type ResolvedConfig } from '../config/index.js'
import { Exchange } from '../exchange/index.js'
import { checkDoors, LinkServer } from '../link/index.js'
import { type Log, openLog } from '../log/index.js'
import type { Matcher } from '../matching/index.js'
import { OFF_THREAD_BYTES, OffThreadParser } from '../message/index.js'
import { type Clock, systemClock } from '../time/index.js'
import { AdminServer } from './admin.js'
import { type CheckedCentre, checkCentre, linksOf, listsOf } from './centre.js'
import { ControlServer } from './control.js'
import { Housekeeping } from './housekeeping.js'
import { bootId, lockStore } from './lock.js'
import { operatorCalls } from './operate.js'
import { Persons } from './persons.js'
import { Reload } from './reload.js'
import { openStore } from './store.js'

export interface GatewayOptions {
  readonly config: ResolvedConfig
  readonly clock?: Clock
  /** In place of the engine over the store's records: for measuring the exchange alone. */
  readonly matcher?: Matcher
  /** Whether log lines go to standard error too. */
  readonly stderr?: boolean
  /** Identifies this start of the machine; a test of the machine's end gives another. */
  readonly boot?: string
}

/** A running gateway. */
export interface Gateway {
  /** Where each listener took its place, in the configuration's order. */
  readonly addresses: readonly AddressInfo[]
  readonly port: number
  readonly adminPort: number | undefined
  /** Persons on file. */
  readonly persons: number
  /**
   * Reads formats, directory and links anew, all of them or, where one is wrong, none; then certificates and denied
   * lists, each on its own. Open links stay, and the log says what was wrong.
   */
  reload(): void
  /** Stops taking, finishes what was taken, writes everything down. */
  close(): Promise<void>
}

/**
 * Starts a gateway: checks the formats and the directory, opens the store, takes up what waits and listens.
 * @throws {FaultError} where something of the configuration is wrong, before any store is opened.
 */
export async function createGateway(options: GatewayOptions): Promise<Gateway> {
  const { config } = options
  const clock = options.clock ?? systemClock
  if (/^postgres/.test(config.data))
    throw new FaultError([
      { file: 'data', line: 0, reason: 'a PostgreSQL store is not supported; give a folder' },
    ])
  const checked = check(config)
  const unlock = lockStore(config.data)
  let log: Log | undefined
  try {
    log = openLog({
      level: config.log.level,
      file: config.log.file ?? join(config.data, 'log', 'messages.log'),
      rotate: config.log.rotate,
      keep: config.log.keep,
      stderr: options.stderr ?? false,
    })
    return await start(options, { ...checked, clock, log, unlock })
  } catch (error) {
    await log?.close()
    unlock()
    throw error
  }
}

/** Everything that the configuration names, read and checked, and what it is opened with. */
interface Parts extends CheckedCentre {
  readonly clock: Clock
  readonly log: Log
  readonly unlock: () => void
}

/** @throws {FaultError} where anything is wrong; nothing was opened or made by then. */
function check(config: ResolvedConfig): CheckedCentre {
  const centre = checkCentre(config)
  checkDoors(config.listen)
  return centre
}

async function start(options: GatewayOptions, parts: Parts): Promise<Gateway> {
  const { config } = options
  const { formats, directory, clock, log, unlock, wall } = parts
  const { logger } = log
  const persons = Persons.open({
    dataDir: config.data,
    names: parts.names,
    namesDir: join(config.formats, 'names'),
    note: (text) => log.logger.warn(text),
    thresholds: config.match,
    subjects: parts.subjects,
    own: true,
  })
  await persons.ready
  parts.centre.files.open(() => persons)
  const store = openAfter(persons, () => openStore(config, clock, parts.centre.memories))
  const { journal, state } = store
  for (const damage of journal.damage) logger.error(damage, 'journal damaged: what stands there is left out')
  const parser =
    formats.exchange.framing.xml > OFF_THREAD_BYTES ? new OffThreadParser(config.formats, formats) : undefined
  const exchange = new Exchange({
    formats,
    parser,
    directory,
    journal,
    state,
    matcher: options.matcher ?? persons.matcher,
    services: parts.centre.services,
    links: linksOf(config),
    lists: listsOf(config),
    notices: config.notices,
    clock,
    wall,
    log: logger,
    writeLog: log.write,
    boot: options.boot ?? bootId(),
  })
  const linkConfigs = [...config.links]
  const links = new LinkServer({
    listen: config.listen,
    links: linkConfigs,
    exchange,
    log: logger,
    limits: { text: formats.exchange.framing.text, xml: formats.exchange.framing.xml },
    incomplete: formats.exchange.framing.incomplete,
    refuse: (connection) => exchange.turnAway(connection),
    note: (what, details) => exchange.operations.note(what, details),
  })
  const control = new ControlServer(config.data, logger, {
    ...operatorCalls(exchange),
    status: () => ({ pid: process.pid, persons: persons.size, open: exchange.open }),
    'records.adopt': async ({ segment }) => {
      await persons.adopt(String(segment))
      exchange.operations.note('records loaded', { segment: String(segment), persons: persons.size })
      logger.info({ segment, persons: persons.size }, 'records loaded')
      return { persons: persons.size }
    },
    figures: () => [...state.figures.years.values()],
  })
  const housekeeping = new Housekeeping({
    ...{ dataDir: config.data, journal, state, exchange, logger, clock, keep: config.journal.keep },
  })
  const admin =
    config.admin &&
    new AdminServer(config.admin, { exchange, links, state, journal, persons, logger, housekeeping })
  /** Everything that was opened, in the order in which nothing is taken from whoever still needs it. */
  const shut = async (served: boolean): Promise<void> => {
    await links.close()
    control.close()
    await admin?.close()
    housekeeping.stop()
    exchange.stop()
    await store.close(async () => {
      if (served) logger.info({ head: journal.head }, 'stopped')
      await log.close()
    })
    persons.close()
    await parser?.close()
  }
  const reload = new Reload({
    ...{ config, centre: parts, exchange, parser, links: linkConfigs, log: logger },
    loaded: (now) => exchange.operations.note('configuration loaded', describe(now)),
  })
  exchange.start()
  exchange.operations.note('configuration loaded', describe(config))
  housekeeping.retain()
  let addresses: AddressInfo[]
  try {
    await control.listen()
    addresses = await links.listen()
    await admin?.listen()
  } catch (error) {
    await shut(false)
    throw error
  }
  const [first] = addresses
  for (const { address, port } of addresses)
    logger.info({ host: address, port, pid: process.pid, persons: persons.size }, 'listening')
  let closing: Promise<void> | undefined
  const close = async (): Promise<void> => {
    logger.info('stopping: no new messages are taken')
    links.stopListening()
    await exchange.drain(config.drain.within)
    await shut(true)
    unlock()
  }
  return {
    addresses,
    port: first?.port ?? 0,
    adminPort: admin?.port,
    get persons() {
      return persons.size
    },
    reload: () => {
      reload.run()
      links.reload()
    },
    close: () => {
      closing ??= close()
      return closing
    },
  }
}

/** What was opened before is closed where the next can't be. */
function openAfter<T>(before: { close(): void }, open: () => T): T {
  try {
    return open()
  } catch (error) {
    before.close()
    throw error
  }
}

/** What of a configuration an auditor asks about first. */
function describe(config: ResolvedConfig): Record<string, string | number> {
  const sha256 = createHash('sha256').update(JSON.stringify(config)).digest('hex')
  return { sha256, links: config.links.length, listeners: config.listen.length, version: packageVersion() }
}
