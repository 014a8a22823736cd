import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import * as tls from 'node:tls'
import { FaultError, readText, type TlsConfig } from '../config/index.js'

/** What a listener shows and whom it trusts, read and checked. */
export interface Credentials {
  readonly options: tls.SecureContextOptions
  /** The listener's own, for the line that says which is in use. */
  readonly certificate: X509Certificate
}

const PEM = /-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----[^-]*-----END (?:X509 |TRUSTED )?CERTIFICATE-----/g

/**
 * Reads a listener's key, certificate and authority.
 * @throws {FaultError} naming the file, what is wrong with it and what to do.
 */
export function readCredentials(files: TlsConfig, now = Date.now()): Credentials {
  const { certificate, text: cert } = readOwn(files.cert, now)
  const { key, text } = readKey(files.key)
  if (!certificate.checkPrivateKey(key))
    fault(
      files.cert,
      `does not belong to the key ${files.key}: give the key that the certificate was asked for with`,
    )
  const options: tls.SecureContextOptions = {
    key: text,
    cert,
    minVersion: 'TLSv1.2',
    ...(files.clientCa === undefined ? {} : { ca: readAuthorities(files.clientCa, now) }),
  }
  try {
    // What OpenSSL alone knows, such as a key too short for its level of security.
    tls.createSecureContext(options)
  } catch (error) {
    fault(files.cert, `can't be used with ${files.key}: ${(error as Error).message}`)
  }
  return { options, certificate }
}

function readOwn(file: string, now: number): { certificate: X509Certificate; text: string } {
  const text = readText(file)
  const [certificate] = certificatesOf(file, text)
  if (!certificate)
    fault(file, 'is no PEM certificate: it must hold -----BEGIN CERTIFICATE-----; give the path of one')
  const wrong = outOfTime(certificate, now)
  if (wrong) fault(file, `certificate ${wrong}: put a valid one in its place`)
  return { certificate, text }
}

function readKey(file: string): { key: KeyObject; text: string } {
  const text = readText(file)
  if (/-----BEGIN ENCRYPTED|Proc-Type: 4,ENCRYPTED/.test(text))
    fault(
      file,
      'key has a passphrase, and nobody is there to type it: openssl pkey -in … -out … takes it off',
    )
  try {
    return { key: createPrivateKey(text), text }
  } catch {
    return fault(
      file,
      'is no PEM private key: it must hold -----BEGIN PRIVATE KEY-----; give the path of one',
    )
  }
}

/** One authority or several in a row; those that are out of time are no reason to refuse the others' clients. */
function readAuthorities(file: string, now: number): string {
  const text = readText(file)
  const all = certificatesOf(file, text)
  const [first] = all
  if (!first) fault(file, "is no PEM certificate: clientCa is the certificate that signed the clients' ones")
  const wrong = outOfTime(first, now)
  if (wrong && all.every((each) => outOfTime(each, now)))
    fault(file, `certificate ${wrong}: nobody could connect; put a valid one in its place`)
  return text
}

function certificatesOf(file: string, text: string): X509Certificate[] {
  return (text.match(PEM) ?? []).map((pem) => {
    try {
      return new X509Certificate(pem)
    } catch (error) {
      return fault(file, `holds a certificate that can't be read: ${(error as Error).message}`)
    }
  })
}

/** Why a certificate doesn't hold now; undefined where it does. */
export function outOfTime(certificate: X509Certificate, now: number): string | undefined {
  if (Date.parse(certificate.validTo) < now) return `expired on ${certificate.validTo}`
  if (Date.parse(certificate.validFrom) > now) return `is not valid before ${certificate.validFrom}`
  return undefined
}

function fault(file: string, reason: string): never {
  throw new FaultError([{ file, line: 0, reason }])
}
