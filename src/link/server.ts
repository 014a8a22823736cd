import * as net from 'node:net'
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
import { DENIED, readMaterial, TlsGate, type TlsMaterial } from './tls-gate.js'

export interface LinkServerOptions {
  readonly listen: readonly Door[]
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

/** A listener with what its TLS needs, read and checked. */
interface Door extends ListenConfig {
  readonly material: TlsMaterial | undefined
}

/**
 * Reads what the listeners' TLS needs.
 * @throws {FaultError} naming the file that is missing or no good.
 */
export function readDoors(listen: readonly ListenConfig[]): readonly Door[] {
  return listen.map((each) => ({ ...each, material: each.tls && readMaterial(each.tls) }))
}

/** The doors of the gateway: one server a listener, every framing on each. */
export class LinkServer {
  readonly #options: LinkServerOptions
  readonly #servers: net.Server[] = []
  readonly #gates: TlsGate[] = []
  readonly #refusals: Refusals
  /** Each with the gate that it came through, where that is one with TLS. */
  readonly #connections = new Map<LinkConnection, TlsGate | undefined>()
  #emptied: (() => void) | undefined
  #closing = false
  #next = 1

  constructor(options: LinkServerOptions) {
    this.#options = options
    this.#refusals = new Refusals(options.log, options.note)
  }

  /** Opens every listener. @throws {FaultError} naming the address and what to do. */
  async listen(): Promise<net.AddressInfo[]> {
    const addresses: net.AddressInfo[] = []
    for (const listener of this.#options.listen) {
      const place = { at: `${listener.host}:${listener.port}` }
      const server = this.#serverFor(listener, place)
      this.#servers.push(server)
      const address = await open(server, listener, this.#options.log)
      place.at = `${listener.fd === undefined ? listener.host : address.address}:${address.port}`
      addresses.push(address)
    }
    return addresses
  }

  /**
   * Reads certificates, keys, authorities and denied lists anew; they do so by themselves too when the files change.
   * Open links stay, but for those whose certificate is denied now.
   */
  reload(): void {
    this.#options.log.info({ listeners: this.#gates.length }, 'reading certificates and denied lists anew')
    for (const gate of this.#gates) gate.reload()
  }

  get connections(): number {
    return this.#connections.size
  }

  /** Takes no new connections. */
  stopListening(): void {
    for (const server of this.#servers.splice(0)) server.close()
  }

  /** Ends every connection once what was written has gone. */
  async close(): Promise<void> {
    this.stopListening()
    this.#closing = true
    for (const gate of this.#gates) gate.close()
    this.#refusals.close()
    if (this.#connections.size === 0) return
    const emptied = new Promise<void>((done) => {
      this.#emptied = done
    })
    for (const connection of this.#connections.keys()) connection.end('the gateway stops')
    await emptied
  }

  /** @param place the listener as lines name it; its port is known once it listens */
  #serverFor(listener: Door, place: { at: string }): net.Server {
    if (!listener.tls || !listener.material)
      return net.createServer((socket) => this.#enter({ socket, listener, at: place.at }))
    const gate: TlsGate = new TlsGate({
      files: listener.tls,
      material: listener.material,
      log: this.#options.log,
      enter: (socket, identity) => this.#enter({ socket, listener, at: place.at, identity, gate }),
      refuse: (refusal, peer, identity) => this.#refused(refusal, place.at, { peer, ...shown(identity) }),
      deniedChanged: () => this.#expel(gate),
    })
    this.#gates.push(gate)
    return net.createServer((socket) => gate.take(socket))
  }

  /** Whoever comes belongs to the listener's link, else to the one that has his certificate, else to none yet. */
  #enter(arrival: Arrival): void {
    const { links } = this.#options
    const { socket, listener, at, identity } = arrival
    const own = identity && links.find((link) => isOf(link, identity))
    const name = listener.link ?? own?.name
    const refusal = this.#judge(arrival, own, name)
    if (!refusal) {
      this.#take(arrival, name)
      return
    }
    const peer = `${socket.remoteAddress ?? '?'}:${socket.remotePort ?? 0}`
    this.#refused(refusal, at, { link: name, peer, ...shown(identity) })
    socket.on('error', () => undefined)
    socket.destroy()
  }

  #judge({ identity }: Arrival, own: LinkConfig | undefined, name: string | undefined): Refusal | undefined {
    if (this.#closing) return { kind: 'stopping', why: 'the gateway stops' }
    if (identity && !own) return { kind: 'no link', why: 'no link has this certificate' }
    const wanted = this.#options.links.find((link) => link.name === name)
    if (wanted?.certificate !== undefined && !(identity && isOf(wanted, identity)))
      return { kind: `own ${name}`, why: `link ${name} takes its own certificate only` }
    return undefined
  }

  #take({ socket, at, identity, gate }: Arrival, link: string | undefined): void {
    const { links, exchange, log, limits, incomplete, note } = this.#options
    const connection = new LinkConnection({
      id: this.#next++,
      socket,
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
    })
    this.#connections.set(connection, gate)
    socket.once('close', () => {
      this.#connections.delete(connection)
      if (this.#connections.size === 0) this.#emptied?.()
    })
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
    for (const [each] of this.#connections) if (each.link === link && !each.leaving) open++
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

  /** Ends the connections whose certificate is denied from now on. */
  #expel(gate: TlsGate): void {
    for (const [connection, by] of this.#connections)
      if (by === gate && connection.identity && gate.isDenied(connection.identity))
        connection.destroy(DENIED.why)
  }

  #refused(refusal: Refusal, at: string, details: Details): void {
    this.#refusals.add(refusal, at, details)
  }
}

/** A connection that was made and is still to be judged. */
interface Arrival {
  readonly socket: net.Socket
  readonly listener: Door
  /** The listener's address, for lines. */
  readonly at: string
  readonly identity?: Identity | undefined
  readonly gate?: TlsGate
}

function shown(identity: Identity | undefined): Details {
  return identity ? { cn: identity.cn, sha256: identity.sha256 } : {}
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

async function open(server: net.Server, listener: ListenConfig, log: Logger): Promise<net.AddressInfo> {
  const { host, port, fd } = listener
  const address = await addressOf(listener)
  const file = fd === undefined ? `${host}:${port}` : `fd:${fd}`
  return new Promise((resolve, reject) => {
    const refused = (error: NodeJS.ErrnoException): void => {
      const reason =
        error.code === 'EADDRINUSE'
          ? 'is in use; stop what listens there or give another with --port'
          : `can't be listened on: ${error.message}`
      reject(new FaultError([{ file, line: 0, reason }]))
    }
    server.once('error', refused)
    server.listen(fd === undefined ? { port, host: address } : { fd }, () => {
      server.off('error', refused)
      const place = server.address()
      const fault = fd === undefined ? undefined : faultOfHeld(place, listener)
      if (fault !== undefined) {
        server.close()
        reject(new FaultError([{ file, line: 0, reason: fault }]))
        return
      }
      // Out of descriptors, say: one caller less, and no reason to stop.
      server.on('error', (error) => log.error({ err: error }, 'a connection could not be taken'))
      resolve(place as net.AddressInfo)
    })
  })
}

/** What is wrong with a socket that whoever started the process holds. */
function faultOfHeld(place: ReturnType<net.Server['address']>, listener: ListenConfig): string | undefined {
  if (place === null || typeof place === 'string') return 'is no socket of TCP that listens'
  if (listener.tls || listener.plaintext || isLoopback(place.address)) return undefined
  return `${place.address} is not a loopback address: give this listener tls, or say plaintext: yes`
}
