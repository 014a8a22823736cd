import { statfsSync } from 'node:fs'
import type { Exchange, State } from '../exchange/index.js'
import type { Logger } from '../log/index.js'
import type { Journal, Position } from '../store/index.js'
import type { Clock } from '../time/index.js'

export interface HousekeepingOptions {
  readonly dataDir: string
  readonly journal: Journal
  readonly state: State
  readonly exchange: Exchange
  readonly logger: Logger
  readonly clock: Clock
  /** Milliseconds for which what happened is kept. */
  readonly keep: number
}

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
/** Days of disk left at which the log says so as a warning. */
const FEW_DAYS = 7

export interface DiskLeft {
  readonly freeBytes: number
  /** At the rate of the last hour; undefined where nothing was written. */
  readonly days: number | undefined
}

/** What a gateway does by itself now and then: the chain's head in the log, old segments removed, an eye on the disk. */
export class Housekeeping {
  readonly #options: HousekeepingOptions
  readonly #timers: readonly NodeJS.Timeout[]
  /** Journal bytes at the end of each of the last minutes. */
  readonly #written: number[] = []

  constructor(options: HousekeepingOptions) {
    this.#options = options
    this.#timers = [
      setInterval(() => this.#everyMinute(), MINUTE).unref(),
      setInterval(() => this.#everyHour(), HOUR).unref(),
    ]
  }

  stop(): void {
    for (const timer of this.#timers) clearInterval(timer)
  }

  /** Room left for the store, in bytes and in days. */
  get disk(): DiskLeft {
    const { dataDir, journal } = this.#options
    const space = statfsSync(dataDir)
    const freeBytes = space.bavail * space.bsize
    const [first] = this.#written
    const grown = first === undefined ? 0 : journal.bytes - first
    const minutes = Math.max(1, this.#written.length)
    return { freeBytes, days: grown > 0 ? freeBytes / ((grown / minutes) * (DAY / MINUTE)) : undefined }
  }

  /** Removes segments that are older than what is kept. Returns how many. */
  retain(): number {
    const { journal, state, exchange, clock, keep, logger } = this.#options
    let needed: number | undefined
    for (const { at } of state.waiting.values())
      if (at !== 0 && (needed === undefined || at < needed)) needed = at
    const { removed, first } = journal.retain(clock.now() - keep, needed as Position | undefined)
    if (removed > 0) {
      exchange.operations.segmentsRemoved(removed, first)
      logger.info({ removed, first }, 'journal segments older than journal.keep were removed')
    }
    return removed
  }

  #everyMinute(): void {
    const { journal, logger } = this.#options
    this.#written.push(journal.bytes)
    if (this.#written.length > HOUR / MINUTE) this.#written.shift()
    logger.info({ head: journal.head }, 'chain head')
  }

  #everyHour(): void {
    this.retain()
    const { freeBytes, days } = this.disk
    const level = days !== undefined && days < FEW_DAYS ? 'warn' : 'info'
    this.#options.logger[level]({ freeBytes, days: days && Math.round(days) }, 'disk left')
  }
}
