import { execFileSync, spawnSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ConnectionOptions } from 'node:tls'
import { packageRoot } from '../../src/config/index.js'

export const makeCertificates = (...args: string[]): { code: number | null; out: string; err: string } => {
  const script = join(packageRoot, 'scripts', 'make-certificates.js')
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...args], { encoding: 'utf8' })
  return { code: status, out: stdout, err: stderr }
}

const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']

/** What `openssl ca` needs to sign for any time. */
const BOOKS = `[ca]
default_ca = books
[books]
database = index
serial = serial
new_certs_dir = .
default_md = sha256
policy = any
unique_subject = no
[any]
commonName = supplied
`

/** A folder of certificates as the script makes them, and others that no sane script makes. */
export class Certificates {
  constructor(
    readonly dir: string,
    links: readonly string[],
  ) {
    const { code, err } = makeCertificates('--out', dir, '--links', links.join(','))
    if (code !== 0) throw new Error(err)
  }

  file(name: string): string {
    return join(this.dir, name)
  }

  read(name: string): string {
    return readFileSync(this.file(name), 'utf8')
  }

  fingerprint(name: string): string {
    return new X509Certificate(this.read(`${name}.pem`)).fingerprint256
  }

  /** What a listener needs. */
  get tls(): { key: string; cert: string; clientCa: string } {
    return { key: this.file('server.key'), cert: this.file('server.pem'), clientCa: this.file('ca.pem') }
  }

  /** What a client needs that shows a certificate. */
  client(name: string | undefined): ConnectionOptions {
    const ca = this.read('ca.pem')
    return name === undefined ? { ca } : { ca, key: this.read(`${name}.key`), cert: this.read(`${name}.pem`) }
  }

  selfSigned(name: string, subject = `/CN=${name}`): void {
    const files = ['-keyout', `${name}.key`, '-out', `${name}.pem`]
    this.#openssl('req', '-x509', ...NEW_KEY, ...files, '-subj', subject, '-days', '2')
  }

  /** A certificate that our authority signed, for a time that openssl's own commands don't offer. */
  dated(name: string, from: string, to: string, subject = `/CN=${name}`): void {
    this.#openssl('req', ...NEW_KEY, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', subject)
    writeFileSync(this.file('books'), BOOKS)
    writeFileSync(this.file('index'), '')
    writeFileSync(this.file('serial'), '01\n')
    const by = ['-batch', '-config', 'books', '-cert', 'ca.pem', '-keyfile', 'ca.key', '-notext']
    const time = ['-startdate', from, '-enddate', to]
    this.#openssl('ca', ...by, ...time, '-in', `${name}.csr`, '-out', `${name}.pem`)
  }

  #openssl(...args: string[]): void {
    execFileSync('openssl', args, { cwd: this.dir, stdio: 'pipe' })
  }
}

/** A time that `openssl ca` understands, so many days from now. */
export function daysFromNow(days: number): string {
  const iso = new Date(Date.now() + days * 86_400_000).toISOString()
  return `${iso.slice(0, 19).replace(/[-:T]/g, '')}Z`
}
