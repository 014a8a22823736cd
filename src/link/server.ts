import type { AddressInfo } from 'node:net'
import {
  FaultError,
  isLoopback,
  type LinkConfig,
  type ListenConfig,
  loopbackAddress,
} from '../config/index.js'
import type { Exchange } from '../exchange/index.js'
import type { FrameLimits } from '../frame/index.js'
import type { Logger } from '../log/index.js'
import { LinkConnection } from './connection.js'
import { type Identity, isOf } from './identity.js'
import { type Details, type Note, type Refusal, Refusals } from './refusals.js'
import { readMaterial } from './tls-gate.js'
import { NotListening, type Place, type Wire, Wires } from './wires/index.js'

export interface LinkServerOptions {
  readonly listen: readonly ListenConfig[]
  readonly links: readonly LinkConfig[]
  readonly exchange: Exchange
  readonly log: Logger
  readonly limits: FrameLimits
  readonly incomplete: number
  /** Tells a connection above its link's limit so, in the protocol's words; without it such a one is just closed. */
  readonly refuse?: (connection: LinkConnection, why: string) => void
  /** Told of links beside the log: opened, refused (drawn together as the log's lines are), closed. */
  readonly note?: Note
}

/**
 * Reads what the listeners' TLS needs; the thread of the sockets reads it again.
 * @throws {FaultError} naming the file that is missing or no good.
 */
export function checkDoors(listen: readonly ListenConfig[]): void {
  for (const { tls } of listen) if (tls) readMaterial(tls)
}

/** The doors of the gateway: one server a listener, every framing on each. */
export class LinkServer {
  readonly #options: LinkServerOptions
  readonly #refusals: Refusals
  readonly #connections = new Set<LinkConnection>()
  /** The listeners as lines name them; their ports are known once they listen. */
  readonly #at: string[] = []
  #wires: Wires | undefined
  #emptied: (() => void) | undefined
  #closing = false
  #next = 1

  constructor(options: LinkServerOptions) {
    this.#options = options
    this.#refusals = new Refusals(options.log, options.note)
  }

  /** Opens every listener. @throws {FaultError} naming the address and what to do. */
  async listen(): Promise<AddressInfo[]> {
    const { listen, log } = this.#options
    this.#wires = new Wires({
      places: await Promise.all(listen.map(placeOf)),
      arrived: (wire, place, identity) => this.#enter({ wire, place, identity }),
      refused: (refusal, place, peer, identity) =>
        this.#refused(refusal, this.#at[place] ?? '', { peer, ...shown(identity) }),
      say: ({ level, details, text }) => log[level](details, text),
    })
    const places = await this.#wires.listen().catch((error: unknown) => {
      if (!(error instanceof NotListening)) throw error
      throw faultOf(listen[error.place] as ListenConfig, error)
    })
    return listen.map((listener, i) => {
      const { host, fd } = listener
      const place = places[i] ?? null
      const wrong = fd === undefined ? undefined : faultOfHeld(place, listener)
      if (wrong !== undefined) throw new FaultError([{ file: `fd:${fd}`, line: 0, reason: wrong }])
      const address = place as AddressInfo
      this.#at[i] = `${fd === undefined ? host : address.address}:${address.port}`
      return address
    })
  }

  /**
   * Reads certificates, keys, authorities and denied lists anew; they do so by themselves too when the files change.
   * Open links stay, but for those whose certificate is denied now.
   */
  reload(): void {
    const listeners = this.#options.listen.filter(({ tls }) => tls).length
    this.#options.log.info({ listeners }, 'reading certificates and denied lists anew')
    this.#wires?.reload()
  }

  get connections(): number {
    return this.#connections.size
  }

  /** Takes no new connections. */
  stopListening(): void {
    this.#wires?.stopListening()
  }

  /** Ends every connection once what was written has gone. */
  async close(): Promise<void> {
    this.stopListening()
    this.#closing = true
    this.#refusals.close()
    if (this.#connections.size > 0) {
      const emptied = new Promise<void>((done) => {
        this.#emptied = done
      })
      for (const connection of this.#connections) connection.end('the gateway stops')
      await emptied
    }
    await this.#wires?.close()
    this.#wires = undefined
  }

  /** Whoever comes belongs to the listener's link, else to the one that has his certificate, else to none yet. */
  #enter(arrival: Arrival): void {
    const { links, listen } = this.#options
    const { wire, place, identity } = arrival
    const own = identity && links.find((link) => isOf(link, identity))
    const name = listen[place]?.link ?? own?.name
    const refusal = this.#judge(arrival, own, name)
    if (!refusal) {
      this.#take(arrival, name)
      return
    }
    this.#refused(refusal, this.#at[place] ?? '', { link: name, peer: wire.peer, ...shown(identity) })
    wire.destroy()
  }

  #judge({ identity }: Arrival, own: LinkConfig | undefined, name: string | undefined): Refusal | undefined {
    if (this.#closing) return { kind: 'stopping', why: 'the gateway stops' }
    if (identity && !own) return { kind: 'no link', why: 'no link has this certificate' }
    const wanted = this.#options.links.find((link) => link.name === name)
    if (wanted?.certificate !== undefined && !(identity && isOf(wanted, identity)))
      return { kind: `own ${name}`, why: `link ${name} takes its own certificate only` }
    return undefined
  }

  #take({ wire, place, identity }: Arrival, link: string | undefined): void {
    const { links, exchange, log, limits, incomplete, note } = this.#options
    const at = this.#at[place] ?? ''
    const connection = new LinkConnection({
      id: this.#next++,
      wire,
      exchange,
      log,
      limits,
      incomplete,
      identity,
      note,
      expected: link,
      keepalive: (name) => links.find((each) => each.name === name)?.keepalive ?? 0,
      idle: (name) => this.#idleOf(name),
      bound: (bound, name) => this.#bound(bound, name, at),
      closed: (closed) => {
        this.#connections.delete(closed)
        if (this.#connections.size === 0) this.#emptied?.()
      },
    })
    this.#connections.add(connection)
    // One too many is never bound: what waits for the link must not be given to it.
    const full = link === undefined ? undefined : this.#full(link, 0)
    exchange.opened(connection, full ? undefined : link)
    if (full) this.#turnAway(connection, full, at)
    else
      log.info(
        { link, conn: connection.id, peer: connection.peer, ...shown(identity) },
        link === undefined ? 'connection' : 'link up',
      )
  }

  /** A connection came to its link: at once, or by its first message, which may be one connection too many. */
  #bound(connection: LinkConnection, link: string, at: string): void {
    const full = this.#full(link, 1)
    if (full) {
      connection.deafen()
      // Not now: the exchange is in the middle of the message that bound it.
      setImmediate(() => this.#turnAway(connection, full, at))
      return
    }
    const { id, peer, identity } = connection
    this.#options.note?.('link opened', { link, conn: id, peer, at, ...shown(identity) })
  }

  /** @param own how many of the link's connections are the one in question */
  #full(link: string, own: number): Refusal | undefined {
    const most = this.#options.links.find((each) => each.name === link)?.limits.connections
    if (most === undefined) return undefined
    let open = -own
    for (const each of this.#connections) if (each.link === link && !each.leaving) open++
    if (open < most) return undefined
    return { kind: `full ${link}`, why: `link ${link} has as many connections as it may: ${most}` }
  }

  #turnAway(connection: LinkConnection, refusal: Refusal, at: string): void {
    const { peer, expected, identity } = connection
    this.#refused(refusal, at, { link: connection.link ?? expected, peer, ...shown(identity) })
    connection.refuse(refusal.why, this.#options.refuse)
  }

  /** Whoever doesn't say who he is may wait as long as the most patient link, where all have a limit. */
  #idleOf(link: string | undefined): number {
    const { links } = this.#options
    if (link !== undefined) return links.find((each) => each.name === link)?.idle ?? 0
    const all = links.map(({ idle }) => idle)
    return all.includes(0) ? 0 : Math.max(0, ...all)
  }

  #refused(refusal: Refusal, at: string, details: Details): void {
    this.#refusals.add(refusal, at, details)
  }
}

/** A connection that was made and is still to be judged. */
interface Arrival {
  readonly wire: Wire
  /** Which listener it came to. */
  readonly place: number
  readonly identity: Identity | undefined
}

function shown(identity: Identity | undefined): Details {
  return identity ? { cn: identity.cn, sha256: identity.sha256 } : {}
}

async function placeOf(listener: ListenConfig): Promise<Place> {
  const { port, fd, tls } = listener
  return { host: await addressOf(listener), port, fd, tls }
}

/** A listener in the clear that doesn't say so is for this machine alone, whatever its name stands for. */
async function addressOf({ host, port, tls, plaintext, fd }: ListenConfig): Promise<string> {
  if (tls || plaintext || fd !== undefined) return host
  try {
    return await loopbackAddress(host)
  } catch (error) {
    const reason = `${(error as Error).message}: give this listener tls, or say plaintext: yes`
    throw new FaultError([{ file: `${host}:${port}`, line: 0, reason }])
  }
}

/** The fault that a listener couldn't be opened for, in words that say what to do. */
function faultOf({ host, port, fd }: ListenConfig, { code, message }: NotListening): FaultError {
  const file = fd === undefined ? `${host}:${port}` : `fd:${fd}`
  const reason =
    code === 'EADDRINUSE'
      ? 'is in use; stop what listens there or give another with --port'
      : `can't be listened on: ${message}`
  return new FaultError([{ file, line: 0, reason }])
}

/** What is wrong with a socket that whoever started the process holds. */
function faultOfHeld(place: AddressInfo | string | null, listener: ListenConfig): string | undefined {
  if (place === null || typeof place === 'string') return 'is no socket of TCP that listens'
  if (listener.tls || listener.plaintext || isLoopback(place.address)) return undefined
  return `${place.address} is not a loopback address: give this listener tls, or say plaintext: yes`
}
