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
  readonly listen: readonly ListenConfig[]
  readonly links: readonly LinkConfig[]
  readonly exchange: Exchange
  readonly log: Logger
  readonly limits: FrameLimits
  readonly incomplete: number
}

const HANDSHAKE_MS = 10_000

/** The doors of the gateway: one server a listener, every framing on each. */
export class LinkServer {
  readonly #options: LinkServerOptions
  readonly #servers: net.Server[] = []
  readonly #connections = new Set<LinkConnection>()
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
      addresses.push(await open(server, listener))
    }
    return addresses
  }

  get connections(): number {
    return this.#connections.size
  }

  /** Takes no new connections. */
  stopListening(): void {
    for (const server of this.#servers) server.close()
  }

  /** Ends every connection once what was written has gone. */
  async close(): Promise<void> {
    this.stopListening()
    const closed = this.#servers.map(
      (server) => new Promise<void>((done) => server.once('close', () => done())),
    )
    for (const connection of this.#connections) connection.end('the gateway stops')
    await Promise.all(closed.map((each, i) => (this.#servers[i]?.listening ? each : Promise.resolve())))
    while (this.#connections.size > 0) await new Promise((go) => setTimeout(go, 5))
  }

  #serverFor(listener: ListenConfig): net.Server {
    if (!listener.tls) return net.createServer((socket) => this.#take(socket, listener.link))
    const server = tls.createServer(tlsOptions(listener), (socket) => this.#takeSecure(socket, listener))
    server.on('tlsClientError', (error, socket) => {
      this.#options.log.warn(
        { peer: socket.remoteAddress, why: error.message },
        'link refused: TLS handshake failed',
      )
    })
    return server
  }

  #takeSecure(socket: tls.TLSSocket, listener: ListenConfig): void {
    if (!listener.tls?.clientCa) {
      this.#take(socket, listener.link)
      return
    }
    const certificate = socket.getPeerCertificate(true)
    const link = linkOfCertificate(this.#options.links, certificate)
    if (link === undefined || (listener.link !== undefined && listener.link !== link)) {
      const cn = certificate.subject?.CN ?? ''
      this.#options.log.warn({ peer: socket.remoteAddress, cn }, 'link refused: no link has this certificate')
      socket.destroy()
      return
    }
    this.#take(socket, link)
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
    socket.once('close', () => this.#connections.delete(connection))
    exchange.opened(connection, link)
    log.info(
      { link, conn: connection.id, peer: connection.peer },
      link === undefined ? 'connection' : 'link up',
    )
  }
}

function linkOfCertificate(
  links: readonly LinkConfig[],
  certificate: tls.PeerCertificate,
): string | undefined {
  if (!certificate.raw) return undefined
  const fingerprint = `sha256:${createHash('sha256').update(certificate.raw).digest('hex')}`
  return links.find(
    ({ certificate: wanted }) =>
      wanted !== undefined &&
      (wanted.startsWith('sha256:')
        ? wanted.replaceAll(':', '').toLowerCase() === fingerprint.replaceAll(':', '')
        : wanted === certificate.subject.CN),
  )?.name
}

function tlsOptions({ tls: files }: ListenConfig): tls.TlsOptions {
  const read = (file: string): Buffer => {
    try {
      return readFileSync(file)
    } catch (error) {
      throw new FaultError([{ file, line: 0, reason: `can't be read: ${(error as Error).message}` }])
    }
  }
  const cert = read(files?.cert ?? '')
  const expires = new X509Certificate(cert).validTo
  if (Date.parse(expires) < Date.now())
    throw new FaultError([{ file: files?.cert ?? '', line: 0, reason: `certificate expired on ${expires}` }])
  return {
    key: read(files?.key ?? ''),
    cert,
    minVersion: 'TLSv1.2',
    handshakeTimeout: HANDSHAKE_MS,
    ...(files?.clientCa ? { ca: read(files.clientCa), requestCert: true, rejectUnauthorized: true } : {}),
  }
}

function open(server: net.Server, { host, port }: ListenConfig): Promise<net.AddressInfo> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const reason =
        error.code === 'EADDRINUSE'
          ? 'is in use; stop what listens there or give another with --port'
          : `can't be listened on: ${error.message}`
      reject(new FaultError([{ file: `${host}:${port}`, line: 0, reason }]))
    })
    server.listen(port, host, () => resolve(server.address() as net.AddressInfo))
  })
}
