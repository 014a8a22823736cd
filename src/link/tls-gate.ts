import { constants } from 'node:crypto'
import type * as net from 'node:net'
import * as tls from 'node:tls'
import { FaultError, type TlsConfig } from '../config/index.js'
import { type Credentials, readCredentials } from './credentials.js'
import { DeniedList } from './denied.js'
import { certificateFault, type Identity, identityOf } from './identity.js'
import type { Details, Refusal } from './refusals.js'
import { handshakeFault } from './tls-errors.js'
import { FileWatch } from './watch.js'

/** What a listener with TLS works with, as it was read last. */
export interface TlsMaterial {
  readonly credentials: Credentials
  readonly denied: DeniedList | undefined
}

/** @throws {FaultError} naming the file that is missing or no good. */
export function readMaterial(files: TlsConfig): TlsMaterial {
  return { credentials: readCredentials(files), denied: readDenied(files) }
}

export interface TlsGateOptions {
  readonly files: TlsConfig
  readonly material: TlsMaterial
  /** Writes a line of the log. */
  readonly say: (level: 'info' | 'error', details: Details, text: string) => void
  /** A connection whose handshake is done and whose certificate, where one is asked for, is good. */
  readonly enter: (socket: net.Socket, identity: Identity | undefined) => void
  readonly refuse: (refusal: Refusal, peer: string, identity?: Identity) => void
  /** The denied list is another now. */
  readonly deniedChanged: () => void
}

interface Handshake {
  readonly socket: net.Socket
  readonly timer: NodeJS.Timeout
}

/** The TLS of one listener: handshakes, few at once and short, and certificates that may change while links are open. */
export class TlsGate {
  readonly #options: TlsGateOptions
  readonly #server: tls.Server
  readonly #handshakes = new Map<string, Handshake>()
  readonly #watches: readonly FileWatch[]
  #credentials: Credentials
  #denied: DeniedList | undefined

  constructor(options: TlsGateOptions) {
    this.#options = options
    const { files, material } = options
    this.#credentials = material.credentials
    this.#denied = material.denied
    // Never listens: sockets are handed to it, so that those too many cost no handshake. The client's certificate is
    // judged here and not by Node, which would end the connection before anybody saw whose it is.
    this.#server = tls.createServer({
      ...contextOf(material.credentials),
      requestCert: files.clientCa !== undefined,
      rejectUnauthorized: false,
    })
    this.#server.on('secureConnection', (socket) => this.#secured(socket))
    this.#server.on('tlsClientError', (error, socket) => {
      const peer = peerOf(socket)
      if (this.#settle(peer)) options.refuse(handshakeFault(error), peer)
      socket.destroy()
    })
    const { key, cert, clientCa, denied } = files
    this.#watches = [
      new FileWatch([key, cert, ...(clientCa === undefined ? [] : [clientCa])], () => this.#renew(false)),
      ...(denied === undefined ? [] : [new FileWatch([denied], () => this.#renewDenied(false))]),
    ]
  }

  /** A connection was made; its handshake begins. */
  take(socket: net.Socket): void {
    const { files, refuse } = this.#options
    // Gone already.
    if (socket.remotePort === undefined) {
      socket.destroy()
      return
    }
    const peer = peerOf(socket)
    if (this.#handshakes.size >= files.handshakes) {
      refuse({ kind: 'handshakes', why: `${files.handshakes} TLS handshakes are unfinished` }, peer)
      socket.destroy()
      return
    }
    // Node's own limit counts silence, so that a byte now and then would keep a handshake alive.
    const timer = setTimeout(() => {
      this.#settle(peer)
      refuse(
        { kind: 'slow', why: `the TLS handshake was not finished within ${files.handshake / 1000} s` },
        peer,
      )
      socket.destroy()
    }, files.handshake)
    this.#handshakes.set(peer, { socket, timer })
    socket.once('close', () => {
      if (this.#handshakes.get(peer)?.socket === socket && this.#settle(peer))
        refuse({ kind: 'gone', why: 'the other side ended the TLS handshake' }, peer)
    })
    this.#server.emit('connection', socket)
  }

  isDenied(identity: Identity): boolean {
    return this.#denied?.holds(identity) ?? false
  }

  /** Reads every file anew, changed or not. What is wrong is logged, and the old stays in use. */
  reload(): void {
    this.#renew(true)
    this.#renewDenied(true)
  }

  close(): void {
    for (const watch of this.#watches) watch.close()
    for (const [peer, { socket }] of this.#handshakes) {
      this.#settle(peer)
      socket.destroy()
    }
  }

  #secured(socket: tls.TLSSocket): void {
    const { files, enter, refuse } = this.#options
    const peer = peerOf(socket)
    this.#settle(peer)
    if (files.clientCa === undefined) {
      enter(socket, undefined)
      return
    }
    const certificate = socket.getPeerX509Certificate()
    const identity = certificate && identityOf(certificate)
    const refusal = certificateFault(socket) ?? (identity && this.isDenied(identity) ? DENIED : undefined)
    if (refusal === undefined) {
      enter(socket, identity)
      return
    }
    refuse(refusal, peer, identity)
    socket.on('error', () => undefined)
    socket.destroy()
  }

  /** A handshake has come to its end, whichever. False where it had before. */
  #settle(peer: string): boolean {
    const handshake = this.#handshakes.get(peer)
    clearTimeout(handshake?.timer)
    return this.#handshakes.delete(peer)
  }

  #renew(asked: boolean): void {
    const { files, say } = this.#options
    this.#guarded('certificate', () => {
      const fresh = readCredentials(files)
      if (!asked && isSame(fresh, this.#credentials)) return
      this.#server.setSecureContext(contextOf(fresh))
      this.#credentials = fresh
      const { cn, sha256 } = identityOf(fresh.certificate)
      say('info', { file: files.cert, cn, sha256, until: fresh.certificate.validTo }, 'certificates read')
    })
  }

  #renewDenied(asked: boolean): void {
    const { files, say, deniedChanged } = this.#options
    this.#guarded('denied list', () => {
      const fresh = readDenied(files)
      if (!fresh || (!asked && fresh.text === this.#denied?.text)) return
      this.#denied = fresh
      say('info', { file: files.denied, entries: fresh.size }, 'denied list read')
      deniedChanged()
    })
  }

  #guarded(what: string, work: () => void): void {
    try {
      work()
    } catch (error) {
      const why = error instanceof FaultError ? error.message : String(error)
      this.#options.say('error', { why }, `${what} not taken: the one before stays in use`)
    }
  }
}

export const DENIED: Refusal = { kind: 'denied', why: 'certificate is on the denied list' }

function readDenied(files: TlsConfig): DeniedList | undefined {
  return files.denied === undefined ? undefined : new DeniedList(files.denied)
}

/**
 * Every connection is a full handshake: a session taken up again would bring a certificate that was good at the time
 * past an authority or a denied list that has changed since. Links live long, so it costs nothing.
 */
function contextOf({ options }: Credentials): tls.SecureContextOptions {
  return { ...options, secureOptions: constants.SSL_OP_NO_TICKET | constants.SSL_OP_NO_RENEGOTIATION }
}

function isSame({ options: a }: Credentials, { options: b }: Credentials): boolean {
  return a.key === b.key && a.cert === b.cert && a.ca === b.ca
}

/** Names a connection to one listener as long as it is open. */
function peerOf({ remoteAddress, remotePort }: net.Socket): string {
  return `${remoteAddress ?? '?'}:${remotePort ?? 0}`
}
