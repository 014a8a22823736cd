import { isXmlBody, OFF_THREAD_BYTES, type OffThreadParser, type Parsed } from '../message/index.js'
import type { Connection } from './delivery.js'

export interface AsideOptions {
  /** Undefined where no body can be so long. */
  readonly parser: OffThreadParser | undefined
  /** Takes a message further, once it has been taken apart. */
  readonly take: (connection: Connection, body: Buffer, parsed: Parsed | undefined) => void
  /** Whether something else wants the connection unread. */
  readonly isPaused: (connection: Connection) => boolean
}

/**
 * Long XML is taken apart in another thread, so that it holds up nobody but its sender: what his connection brings
 * meanwhile waits behind it, in its order, and no more of it is read.
 */
export class Aside {
  /** Connections with a message aside, and the bodies that came behind it. */
  readonly #waiting = new Map<Connection, Buffer[]>()

  constructor(private readonly options: AsideOptions) {}

  get busy(): boolean {
    return this.#waiting.size > 0
  }

  message(connection: Connection, body: Buffer): void {
    const behind = this.#waiting.get(connection)
    // A body may be a view of bytes that are used again.
    if (behind) behind.push(Buffer.from(body))
    else if (this.#isLong(body)) void this.#run(connection, Buffer.from(body))
    else this.options.take(connection, body, undefined)
  }

  closed(connection: Connection): void {
    this.#waiting.delete(connection)
  }

  #isLong(body: Buffer): boolean {
    return this.options.parser !== undefined && body.length > OFF_THREAD_BYTES && isXmlBody(body)
  }

  async #run(connection: Connection, first: Buffer): Promise<void> {
    const { parser, take, isPaused } = this.options
    const behind: Buffer[] = [first]
    this.#waiting.set(connection, behind)
    connection.pause()
    for (let body = behind.shift(); body; body = behind.shift()) {
      const parsed = this.#isLong(body) ? await parser?.parse(body) : undefined
      // Who has gone meanwhile was told of nothing, and what he sent counts for nothing.
      if (this.#waiting.get(connection) !== behind) return
      take(connection, body, parsed)
    }
    this.#waiting.delete(connection)
    if (!isPaused(connection)) connection.resume()
  }
}
