import type { Connection } from './delivery.js'

/**
 * Which connections are read. One whose link has too many messages without an answer isn't, until some are answered;
 * none is while messages can't be kept or the gateway stops.
 */
export class Throttle {
  readonly #connections = new Map<number, Connection>()
  readonly #paused = new Set<Connection>()
  #halted = false

  /**
   * @param most messages without an answer at which a connection is no longer read.
   * @param load how many of a connection's, and its link's, have none.
   */
  constructor(
    private readonly most: number,
    private readonly load: (connection: Connection) => number,
  ) {}

  opened(connection: Connection): void {
    this.#connections.set(connection.id, connection)
    if (this.#halted) this.#pause(connection)
  }

  closed(connection: Connection): void {
    this.#connections.delete(connection.id)
    this.#paused.delete(connection)
  }

  isPaused(connection: Connection): boolean {
    return this.#paused.has(connection)
  }

  get connections(): Iterable<Connection> {
    return this.#connections.values()
  }

  /** A connection's message was taken in. */
  took(connection: Connection): void {
    if (this.load(connection) >= this.most) this.#pause(connection)
  }

  /** Some were answered: reads on where few enough are left. */
  answered(): void {
    if (this.#halted) return
    for (const connection of this.#paused) {
      if (this.load(connection) > this.most / 2) continue
      this.#paused.delete(connection)
      connection.resume()
    }
  }

  /** Reads nothing more, from connections that are made meanwhile neither. */
  halt(): void {
    this.#halted = true
    for (const connection of this.#connections.values()) this.#pause(connection)
  }

  /** Reads again. */
  goOn(): void {
    this.#halted = false
    this.answered()
  }

  #pause(connection: Connection): void {
    this.#paused.add(connection)
    connection.pause()
  }
}
