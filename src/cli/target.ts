import { readFile } from 'node:fs/promises'
import type { Command } from 'commander'
import type { ConnectError, Target } from '../client/index.js'
import { parseDuration } from '../time/index.js'

/** The options of a command that talks to a gateway. */
export interface TargetOptions {
  readonly host: string
  readonly port: string
  readonly tls?: boolean
  readonly ca?: string
  readonly cert?: string
  readonly key?: string
}

/** Adds the options that say where the gateway is. */
export function withTarget(command: Command): Command {
  return command
    .option('--host <host>', 'where the gateway listens', '127.0.0.1')
    .option('--port <port>', 'its port', '9010')
    .option('--tls', 'connect with TLS (implied by --ca, --cert and --key)')
    .option('--ca <file>', "certificates that the gateway's must descend from, PEM")
    .option('--cert <file>', 'client certificate, PEM')
    .option('--key <file>', 'its private key, PEM')
}

/** Reads those options; ends the command with exit 2 where one is no good. */
export async function readTarget(command: Command, options: TargetOptions): Promise<Target> {
  const port = wholeNumber(command, '--port', options.port, 65_535)
  const { host, ca, cert, key } = options
  if (!options.tls && ca === undefined && cert === undefined && key === undefined) return { host, port }
  const read = async (option: string, file: string | undefined): Promise<Record<string, Buffer>> => {
    if (file === undefined) return {}
    try {
      return { [option]: await readFile(file) }
    } catch {
      return usage(command, `--${option}: can't read ${file}`)
    }
  }
  const tls = { ...(await read('ca', ca)), ...(await read('cert', cert)), ...(await read('key', key)) }
  return { host, port, tls }
}

/** A whole number from 1, as an option's value. */
export function wholeNumber(command: Command, option: string, text: string, most = 1_000_000): number {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : 0
  if (value >= 1 && value <= most) return value
  return usage(command, `${option} must be a whole number from 1 to ${most}, not '${text}'`)
}

/** A duration, as an option's value, in milliseconds. */
export function duration(command: Command, option: string, text: string): number {
  return (
    parseDuration(text) ??
    usage(command, `${option} must be a duration such as 250ms, 3s or 5m, not '${text}'`)
  )
}

/** Ends the command: it was used wrongly. */
export function usage(command: Command, message: string): never {
  command.error(`error: ${message}`, { exitCode: 2, code: 'iaq-gateway.usage' })
}

/** A failed connection in one line that says what to do about it. */
export function connectAdvice(error: ConnectError): string {
  if (error.code === 'ECONNREFUSED')
    return `${error.message}: start a gateway with 'iaq-gateway serve', or name one with --host and --port`
  if (error.code === 'ENOTFOUND' || error.code === 'EAI_AGAIN') return `${error.message}: check --host`
  if (/CERT|TLS|SSL|SELF_SIGNED|UNABLE|EPROTO|ECONNRESET/.test(error.code))
    return `${error.message} (${error.code}): check --tls, --ca, --cert and --key against the gateway's listener`
  return error.message
}
