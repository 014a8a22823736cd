import type { X509Certificate } from 'node:crypto'
import type { TLSSocket } from 'node:tls'
import type { LinkConfig } from '../config/index.js'
import { outOfTime } from './credentials.js'
import type { Refusal } from './refusals.js'

/** Who a client's certificate says it is. */
export interface Identity {
  /** Common names as they stand in the certificate; more than one is possible and belongs to no link. */
  readonly names: readonly string[]
  /** The same for people: printable, cut. */
  readonly cn: string
  /** Fingerprint: 64 lower-case hexadecimal digits. */
  readonly sha256: string
}

const FINGERPRINT = /^[0-9a-f]{64}$/

/** A fingerprint as the gateway writes it: 64 lower-case hexadecimal digits; undefined where it is none. */
export function fingerprintOf(text: string): string | undefined {
  const plain = text.replaceAll(':', '').toLowerCase()
  return FINGERPRINT.test(plain) ? plain : undefined
}

/** Longest name in a log line; X.520 has 64 as the most. */
const NAME_LENGTH = 64

export function identityOf(certificate: X509Certificate): Identity {
  // Types leave out that a name may be missing, or there several times.
  const subject = certificate.toLegacyObject().subject as { CN?: string | string[] } | undefined
  const names = [subject?.CN ?? []].flat()
  return {
    names,
    cn: printable(names.join(', ')),
    sha256: fingerprintOf(certificate.fingerprint256) ?? '',
  }
}

/** A stranger chose these bytes, and they go into a log that people read. */
function printable(text: string): string {
  const plain = text.replace(/[^\x20-\x7e]/g, '?')
  return plain.length > NAME_LENGTH ? `${plain.slice(0, NAME_LENGTH - 3)}...` : plain
}

/** Whether a link names this certificate: by its common name, or by `sha256:` and its fingerprint. */
export function isOf({ certificate: wanted }: LinkConfig, { names, sha256 }: Identity): boolean {
  if (wanted === undefined) return false
  if (wanted.startsWith('sha256:')) return fingerprintOf(wanted.slice('sha256:'.length)) === sha256
  return names.length === 1 && names[0] === wanted
}

/**
 * What is wrong with the certificate that a client showed, undefined where its authority signed it and it holds.
 * OpenSSL checked the chain; its verdict is put into words here, since Node's own refusal can't name the certificate.
 */
export function certificateFault(socket: TLSSocket): Refusal | undefined {
  const certificate = socket.getPeerX509Certificate()
  if (!certificate) return { kind: 'no certificate', why: 'no certificate shown' }
  if (socket.authorized) return undefined
  const code = codeOf(socket.authorizationError)
  const issuer = printable(certificate.issuer.replaceAll('\n', ', '))
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID') {
    const wrong = outOfTime(certificate, Date.now())
    if (wrong) return { kind: code, why: `certificate ${wrong}` }
    return {
      kind: `${code} above`,
      why: `the authority that signed the certificate is out of time: ${issuer}`,
    }
  }
  if (code === 'DEPTH_ZERO_SELF_SIGNED_CERT')
    return { kind: 'self-signed', why: 'certificate is self-signed: no authority stands behind it' }
  if (FOREIGN.has(code))
    return { kind: 'foreign', why: `certificate was signed by another authority than clientCa: ${issuer}` }
  if (code === 'INVALID_PURPOSE')
    return { kind: code, why: 'certificate is not meant for clients (its extended key usage)' }
  return { kind: code, why: `certificate: ${code}` }
}

const FOREIGN = new Set([
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'CERT_SIGNATURE_FAILURE',
  'CERT_UNTRUSTED',
])

/** Node's types promise an error here; it is the code itself. */
function codeOf(error: unknown): string {
  return typeof error === 'string' ? error : error instanceof Error ? error.message : 'not verified'
}
