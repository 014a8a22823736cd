import { createHash, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import * as net from 'node:net'
import * as tls from 'node:tls'
import { FaultError, type LinkConfig, type ListenConfig } from '../config/index.js'
import type { Exchange } from '../exchange/index.js'
import type { FrameLimits } from '../frame/index.js'
import type { Logger } from '../log/index.js'
import { LinkConnection } from './connection.js'

export interface LinkServerOptions {
  readonly listen: readonly Door[]
  readonly links: readonly LinkConfig[]
  readonly exchange: Exchange
  readonly log: Logger
  readonly limits: FrameLimits
  readonly incomplete: number
}

/** A listener with what its TLS needs, read and checked. */
interface Door extends ListenConfig {
  readonly options: tls.TlsOptions | undefined
}

/**
 * Reads what the listeners' TLS needs.
 * @throws {FaultError} naming the file that is missing or no good.
 */
export function readDoors(listen: readonly ListenConfig[]): readonly Door[] {
  return listen.map((each) => ({ ...each, options: each.tls && tlsOptions(each.tls) }))
}

const HANDSHAKE_MS = 10_000

/** The doors of the gateway: one server a listener, every framing on each. */
export class LinkServer {
  readonly #options: LinkServerOptions
  readonly #servers: net.Server[] = []
  readonly #connections = new Set<LinkConnection>()
  #emptied: (() => void) | undefined
  #closing = false
  #next = 1

  constructor(options: LinkServerOptions) {
    this.#options = options
  }

  /** Opens every listener. @throws {FaultError} naming the address and what to do. */
  async listen(): Promise<net.AddressInfo[]> {
    const addresses: net.AddressInfo[] = []
    for (const listener of this.#options.listen) {
      const server = this.#serverFor(listener)
      this.#servers.push(server)
      addresses.push(await open(server, listener, this.#options.log))
    }
    return addresses
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
    if (this.#connections.size === 0) return
    const emptied = new Promise<void>((done) => {
      this.#emptied = done
    })
    for (const connection of this.#connections) connection.end('the gateway stops')
    await emptied
  }

  #serverFor(listener: Door): net.Server {
    if (!listener.options) return net.createServer((socket) => this.#enter(socket, listener, undefined))
    const server = tls.createServer(listener.options, (socket) =>
      this.#enter(socket, listener, listener.tls?.clientCa ? socket.getPeerCertificate(true) : undefined),
    )
    server.on('tlsClientError', (error, socket) => {
      const why = socket.authorizationError ? `certificate: ${socket.authorizationError}` : error.message
      this.#options.log.warn({ peer: socket.remoteAddress, why }, 'link refused: TLS handshake failed')
    })
    return server
  }

  /** Whoever comes belongs to the listener's link, else to the one that has his certificate, else to none yet. */
  #enter(socket: net.Socket, listener: Door, certificate: tls.PeerCertificate | undefined): void {
    const { links, log } = this.#options
    const own = certificate && links.find((link) => isOf(link, certificate))
    const name = listener.link ?? own?.name
    const wanted = links.find((link) => link.name === name)
    const foreign = certificate !== undefined && own === undefined
    const without = wanted?.certificate !== undefined && !(certificate && isOf(wanted, certificate))
    if (!foreign && !without && !this.#closing) {
      this.#take(socket, name)
      return
    }
    const cn = certificate?.subject?.CN
    const why = foreign
      ? 'no link has this certificate'
      : without
        ? `link ${name} takes its own certificate only`
        : 'the gateway stops'
    log.warn({ peer: socket.remoteAddress, cn, why }, 'link refused')
    socket.on('error', (error) => log.debug({ why: error.message }, 'refused connection'))
    socket.destroy()
  }

  #take(socket: net.Socket, link: string | undefined): void {
    const { links, exchange, log, limits, incomplete } = this.#options
    const connection = new LinkConnection({
      id: this.#next++,
      socket,
      exchange,
      log,
      limits,
      incomplete,
      keepalive: (name) => links.find((each) => each.name === name)?.keepalive ?? 0,
    })
    this.#connections.add(connection)
    socket.once('close', () => {
      this.#connections.delete(connection)
      if (this.#connections.size === 0) this.#emptied?.()
    })
    exchange.opened(connection, link)
    if (link !== undefined) connection.assumeFraming()
    log.info(
      { link, conn: connection.id, peer: connection.peer },
      link === undefined ? 'connection' : 'link up',
    )
  }
}

/** Whether a link names a certificate: by its common name, or by `sha256:` and its fingerprint. */
function isOf({ certificate: wanted }: LinkConfig, certificate: tls.PeerCertificate): boolean {
  if (wanted === undefined || !certificate.raw) return false
  if (!wanted.startsWith('sha256:')) return wanted === certificate.subject?.CN
  const fingerprint = createHash('sha256').update(certificate.raw).digest('hex')
  return wanted.slice('sha256:'.length).replaceAll(':', '').toLowerCase() === fingerprint
}

function tlsOptions(files: NonNullable<ListenConfig['tls']>): tls.TlsOptions {
  const read = (file: string): Buffer => {
    try {
      return readFileSync(file)
    } catch (error) {
      throw new FaultError([{ file, line: 0, reason: `can't be read: ${(error as Error).message}` }])
    }
  }
  const cert = read(files.cert)
  const options: tls.TlsOptions = {
    key: read(files.key),
    cert,
    minVersion: 'TLSv1.2',
    handshakeTimeout: HANDSHAKE_MS,
    ...(files.clientCa ? { ca: read(files.clientCa), requestCert: true, rejectUnauthorized: true } : {}),
  }
  try {
    tls.createSecureContext(options)
  } catch (error) {
    const reason = `with ${files.key}: no certificate and key that fit together: ${(error as Error).message}`
    throw new FaultError([{ file: files.cert, line: 0, reason }])
  }
  const expires = new X509Certificate(cert).validTo
  if (Date.parse(expires) < Date.now())
    throw new FaultError([{ file: files.cert, line: 0, reason: `certificate expired on ${expires}` }])
  return options
}

function open(server: net.Server, { host, port }: ListenConfig, log: Logger): Promise<net.AddressInfo> {
  return new Promise((resolve, reject) => {
    const refused = (error: NodeJS.ErrnoException): void => {
      const reason =
        error.code === 'EADDRINUSE'
          ? 'is in use; stop what listens there or give another with --port'
          : `can't be listened on: ${error.message}`
      reject(new FaultError([{ file: `${host}:${port}`, line: 0, reason }]))
    }
    server.once('error', refused)
    server.listen(port, host, () => {
      server.off('error', refused)
      // Out of descriptors, say: one caller less, and no reason to stop.
      server.on('error', (error) => log.error({ err: error }, 'a connection could not be taken'))
      resolve(server.address() as net.AddressInfo)
    })
  })
}
