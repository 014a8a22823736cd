import type { Refusal } from './refusals.js'

/** OpenSSL's codes for bytes that are no TLS at all: a message in the clear looks like a record of a strange version. */
const PLAIN = new Set([
  'ERR_SSL_HTTP_REQUEST',
  'ERR_SSL_HTTPS_PROXY_REQUEST',
  'ERR_SSL_WRONG_VERSION_NUMBER',
  'ERR_SSL_UNKNOWN_PROTOCOL',
  'ERR_SSL_PACKET_LENGTH_TOO_LONG',
  'ERR_SSL_BAD_RECORD_TYPE',
])

const OLD = new Set(['ERR_SSL_UNSUPPORTED_PROTOCOL', 'ERR_SSL_VERSION_TOO_LOW'])

/** What an alert of the other side says, by its name: it found fault with our certificate. */
const ALERT =
  /ALERT_(UNKNOWN_CA|BAD_CERTIFICATE|CERTIFICATE_EXPIRED|CERTIFICATE_UNKNOWN|UNSUPPORTED_CERTIFICATE)$/

/** Why a handshake failed, in words that say which side has to change what. */
export function handshakeFault(error: Error): Refusal {
  const { code } = error as NodeJS.ErrnoException
  if (code === undefined) return { kind: 'handshake', why: `TLS handshake failed: ${error.message}` }
  if (PLAIN.has(code))
    return { kind: 'plain', why: 'plain text on a TLS port: the other side must connect with TLS' }
  if (OLD.has(code)) return { kind: 'old', why: 'TLS protocol version too old: 1.2 or later is needed' }
  const alert = ALERT.exec(code)?.[1]
  if (alert !== undefined) {
    const said = alert.toLowerCase().replaceAll('_', ' ')
    return { kind: code, why: `the other side does not take the gateway's own certificate: ${said}` }
  }
  if (code === 'ECONNRESET') return { kind: 'gone', why: 'the other side ended the TLS handshake' }
  if (code === 'ERR_SSL_NO_SHARED_CIPHER' || code === 'ERR_SSL_NO_SUITABLE_SIGNATURE_ALGORITHM')
    return { kind: code, why: 'the two sides have no cipher or signature algorithm in common' }
  return { kind: code, why: `TLS handshake failed: ${code}` }
}
