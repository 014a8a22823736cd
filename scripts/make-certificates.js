#!/usr/bin/env node
// Makes a test authority, the gateway's certificate and a client certificate for each link, with openssl. For tests
// and trials: a site takes its certificates from its own authority.
//   node scripts/make-certificates.js --out DIR --links ZZ,FL [--days N]
// Run again it keeps the authority and makes the rest anew, so that links can be added and certificates renewed while
// a gateway uses them. Progress goes to standard error, a configuration that uses what was made to standard output.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'

const USAGE = 'usage: node scripts/make-certificates.js --out DIR --links ZZ,FL [--days N]'
/** As the configuration wants a link's name. */
const LINK = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,31}$/
/** Names of the other files that are made. */
const TAKEN = new Set(['ca', 'server'])

const say = (text) => process.stderr.write(`${text}\n`)

function fail(text, code) {
  say(`make-certificates: ${text}`)
  process.exit(code)
}

function readArguments() {
  try {
    const { values } = parseArgs({
      options: {
        out: { type: 'string' },
        links: { type: 'string' },
        days: { type: 'string', default: '365' },
      },
    })
    const links = (values.links ?? '').split(',').filter((name) => name !== '')
    if (!values.out || links.length === 0) fail(`--out and --links are needed\n${USAGE}`, 2)
    const bad = links.find((name) => !LINK.test(name) || TAKEN.has(name.toLowerCase()))
    if (bad !== undefined)
      fail(`'${bad}' can't name a link: letters, digits, _ . - (at most 32), and not ca or server`, 2)
    const same = links.find((name, i) => links.findIndex((each) => isSameFile(each, name)) !== i)
    if (same !== undefined) fail(`link '${same}' is there twice`, 2)
    if (!/^[1-9]\d{0,4}$/.test(values.days)) fail(`--days is a number of days, not '${values.days}'`, 2)
    return { out: resolve(values.out), links, days: values.days }
  } catch (error) {
    return fail(`${error.message}\n${USAGE}`, 2)
  }
}

/** Some file systems don't tell upper from lower case. */
const isSameFile = (a, b) => a.toLowerCase() === b.toLowerCase()

function requireOpenssl() {
  const { error, status } = spawnSync('openssl', ['version'])
  if (error || status !== 0)
    fail(
      'openssl is not there: install it (Debian, Ubuntu: apt install openssl; Fedora: dnf install openssl; ' +
        'macOS: brew install openssl; Windows: winget install ShiningLight.OpenSSL.Light)',
      1,
    )
}

function openssl(args) {
  const { status, stderr } = spawnSync('openssl', args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`openssl ${args[0]}: ${stderr.trim().split('\n').at(-1)}`)
}

const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']

/** An own configuration, since what a system's openssl.cnf adds to a certificate differs from one to the next. */
const CONFIG = `[req]
distinguished_name = name
[name]
[ca]
basicConstraints = critical, CA:true
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[server]
basicConstraints = critical, CA:false
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
subjectAltName = DNS:localhost, IP:127.0.0.1, IP:::1
[client]
basicConstraints = critical, CA:false
keyUsage = critical, digitalSignature
extendedKeyUsage = clientAuth
`

function makeAuthority({ out, work, config }) {
  const key = join(out, 'ca.key')
  const certificate = join(out, 'ca.pem')
  if (existsSync(key) && existsSync(certificate)) {
    say(`authority     ${certificate} (kept)`)
    return
  }
  const files = ['-keyout', join(work, 'ca.key'), '-out', join(work, 'ca.pem')]
  const subject = ['-subj', '/CN=iaq-gateway test authority', '-days', '3650', '-extensions', 'ca']
  openssl(['req', '-x509', '-config', config, ...NEW_KEY, ...files, ...subject])
  place('ca', { out, work })
  say(`authority     ${certificate}`)
}

function makeCertificate(name, kind, { out, work, config, days }) {
  const request = join(work, `${name}.csr`)
  const subject = ['-subj', `/CN=${kind === 'server' ? 'localhost' : name}`]
  openssl([
    'req',
    '-config',
    config,
    ...NEW_KEY,
    '-keyout',
    join(work, `${name}.key`),
    '-out',
    request,
    ...subject,
  ])
  const by = [
    '-CA',
    join(out, 'ca.pem'),
    '-CAkey',
    join(out, 'ca.key'),
    '-CAcreateserial',
    '-CAserial',
    join(work, 'serial'),
  ]
  const extensions = ['-extfile', config, '-extensions', kind, '-days', days]
  openssl(['x509', '-req', '-in', request, ...by, ...extensions, '-out', join(work, `${name}.pem`)])
  place(name, { out, work })
  say(`${kind.padEnd(13)} ${join(out, `${name}.pem`)}, ${days} days`)
}

/** Whole files only: a gateway that watches the folder never sees half of one. */
function place(name, { out, work }) {
  for (const ending of ['key', 'pem'])
    renameSync(join(work, `${name}.${ending}`), join(out, `${name}.${ending}`))
}

/** A link that is named as a state begins with carries that state's ORIs. */
const orisOf = (link) => (/^[A-Z]{2}$/.test(link) ? `${link}*` : '*')

function configuration({ out, links }) {
  const path = (name) => JSON.stringify(join(out, name))
  return `listen:
  - host: 127.0.0.1
    port: 9010
    tls:
      key: ${path('server.key')}
      cert: ${path('server.pem')}
      clientCa: ${path('ca.pem')}
      denied: ${path('denied.txt')}
links:
${links.map((link) => `  - { name: ${JSON.stringify(link)}, oris: ["${orisOf(link)}"], certificate: ${JSON.stringify(link)} }`).join('\n')}
`
}

const { out, links, days } = readArguments()
requireOpenssl()
// Keys are the owner's alone from their first byte on.
process.umask(0o077)
let work
try {
  mkdirSync(out, { recursive: true })
  work = mkdtempSync(join(out, '.making-'))
  const config = join(work, 'openssl.cnf')
  writeFileSync(config, CONFIG)
  const places = { out, work, config, days }
  makeAuthority(places)
  makeCertificate('server', 'server', places)
  for (const link of links) makeCertificate(link, 'client', places)
  const denied = join(out, 'denied.txt')
  if (!existsSync(denied))
    writeFileSync(
      denied,
      '# Certificates that are refused: a common name, or sha256: and a fingerprint, a line.\n',
    )
  process.stdout.write(configuration({ out, links }))
  say(`try it: iaq-gateway serve --config FILE   (FILE: the lines above)`)
  say(
    `        iaq-gateway send --port 9010 --ca ${join(out, 'ca.pem')} --cert ${join(out, `${links[0]}.pem`)} --key ${join(out, `${links[0]}.key`)} MESSAGES`,
  )
} catch (error) {
  say(`make-certificates: ${error.message}`)
  process.exitCode = 1
} finally {
  if (work !== undefined) rmSync(work, { recursive: true, force: true })
}
