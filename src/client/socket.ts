import { connect as connectPlain, type Socket } from 'node:net'
import { type ConnectionOptions, connect as connectTls } from 'node:tls'

/** Where a gateway listens. */
export interface Target {
  readonly host: string
  readonly port: number
  /** Where it is given, the connection is TLS; holds `ca`, and `cert` and `key` where the gateway asks for them. */
  readonly tls?: ConnectionOptions | undefined
}

/** How a connection ended, and by whom. */
export interface Closing {
  readonly by: 'client' | 'gateway' | 'error'
  readonly reason: string
}

export interface SocketHandlers {
  /** `at` is the monotonic time in milliseconds at which the bytes came. */
  chunk(bytes: Buffer, at: number): void
  /** Told once, after the last bytes. */
  closed(closing: Closing, at: number): void
}

/** A connection that couldn't be made; `code` is the system's own (`ECONNREFUSED`, …). */
export class ConnectError extends Error {
  readonly code: string

  constructor(target: Target, cause: Error & { code?: string }) {
    const where = `${target.host}:${target.port}`
    const code = cause.code ?? 'ECONNECT'
    super(
      code === 'ECONNREFUSED' ? `nothing listens on ${where}` : `no connection to ${where}: ${textOf(cause)}`,
      {
        cause,
      },
    )
    this.name = 'ConnectError'
    this.code = code
  }
}

/** A connection that isn't open by then never will be: the system's own patience is two minutes. */
const CONNECT_MS = 10_000

/**
 * Opens a connection and says what comes over it. Without TCP_NODELAY two writes for one question would meet the
 * other side's delayed acknowledgement and cost 40 ms.
 */
export function openSocket(target: Target, handlers: SocketHandlers): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const { host, port, tls } = target
    const socket = tls
      ? connectTls({ servername: hasName(host) ? host : '', ...tls, host, port })
      : connectPlain({ host, port })
    socket.setNoDelay(true)
    let open = false
    let failure: Error | undefined
    let gatewayEnded = false
    let told = false
    const tell = (): void => {
      if (told) return
      told = true
      handlers.closed(closingOf(failure, gatewayEnded), performance.now())
    }
    const timer = setTimeout(() => {
      socket.destroy(Object.assign(new Error(`none in ${CONNECT_MS / 1000} s`), { code: 'ETIMEDOUT' }))
    }, CONNECT_MS)
    socket.once(tls ? 'secureConnect' : 'connect', () => {
      open = true
      clearTimeout(timer)
      socket.on('data', (bytes: Buffer) => handlers.chunk(bytes, performance.now()))
      resolve(socket)
    })
    socket.on('end', () => {
      gatewayEnded = !socket.writableEnded
      if (gatewayEnded) tell()
    })
    socket.on('error', (error) => {
      failure = error
      if (!open) reject(new ConnectError(target, error))
    })
    socket.on('close', () => {
      clearTimeout(timer)
      if (open) tell()
      else reject(new ConnectError(target, failure ?? new Error('closed before it was open')))
    })
  })
}

function closingOf(failure: Error | undefined, gatewayEnded: boolean): Closing {
  if (failure) return { by: 'error', reason: textOf(failure) }
  if (gatewayEnded) return { by: 'gateway', reason: 'the gateway closed the connection' }
  return { by: 'client', reason: 'the client closed the connection' }
}

/** Some errors of the system carry only a code. */
const textOf = (error: Error & { code?: string }): string => error.message || (error.code ?? 'unknown error')

/** A server name can't be an address; a name helps a server that has several certificates. */
const hasName = (host: string): boolean => !/^[\d.]+$|:/.test(host)
