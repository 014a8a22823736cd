import type { z } from 'zod'
import { isLoopback } from './loopback.js'
import type { Config } from './schema.js'

type Blame = (path: (string | number)[], message: string) => void

/** What one key says must fit what others say. */
export function checkRelations(config: Config, context: z.core.$RefinementCtx<Config>): void {
  const blame: Blame = (path, message) => context.addIssue({ code: 'custom', path, message })
  checkLinks(config, blame)
  checkListeners(config, blame)
  checkCertificates(config, blame)
  const { admin, match } = config
  if (admin && !admin.plaintext && !isLoopback(admin.host))
    blame(
      ['admin', 'host'],
      `${admin.host} is not a loopback address, and the admin port has no TLS: put a proxy before it, or say plaintext: yes`,
    )
  if (match.floor > match.match) blame(['match', 'floor'], 'is above match')
}

function checkLinks({ links }: Config, blame: Blame): void {
  const names = links.map((each) => each.name)
  names.forEach((name, i) => {
    if (names.indexOf(name) !== i) blame(['links', i, 'name'], `link ${name} is there twice`)
  })
}

function checkListeners({ listen, links }: Config, blame: Blame): void {
  // With no links configured there is one, which carries every ORI.
  const names = links.length > 0 ? links.map((each) => each.name) : ['default']
  listen.forEach((each, i) => {
    if (each.link !== undefined && !names.includes(each.link))
      blame(['listen', i, 'link'], `no link is called ${each.link}; known: ${names.join(', ')}`)
    // Where a socket is that somebody else opened shows once it is there.
    if (each.fd === undefined && !each.tls && !each.plaintext && !isLoopback(each.host))
      blame(
        ['listen', i, 'host'],
        `${each.host} is not a loopback address: give this listener tls, or say plaintext: yes`,
      )
    if (each.tls?.denied !== undefined && each.tls.clientCa === undefined)
      blame(
        ['listen', i, 'tls', 'denied'],
        'no client shows a certificate here that could be denied: set clientCa too',
      )
  })
}

/** A connection shows its certificate only where a listener asks for one, and belongs to the one link that has it. */
function checkCertificates({ listen, links }: Config, blame: Blame): void {
  const asking = listen.some((each) => each.tls?.clientCa !== undefined)
  const certificates = links.map((each) => each.certificate)
  const plain = certificates.map((each) => each && canonical(each))
  certificates.forEach((certificate, i) => {
    if (certificate === undefined) return
    const path = ['links', i, 'certificate']
    const first = plain.indexOf(plain[i])
    if (first !== i) blame(path, `is that of link ${links[first]?.name} too; a certificate is one link's`)
    if (!asking)
      blame(path, 'no listener asks for certificates; give one tls with clientCa, or take this out')
    if (certificate.startsWith('sha256:') && !/^sha256:[0-9a-f]{64}$/.test(canonical(certificate)))
      blame(
        path,
        'after sha256: must stand the 64 hexadecimal digits of a fingerprint, with colons or without',
      )
  })
  listen.forEach((each, i) => {
    if (each.tls?.clientCa !== undefined && each.link === undefined && certificates.every((one) => !one))
      blame(
        ['listen', i, 'tls', 'clientCa'],
        'nobody could connect, since no link has a certificate; give links theirs, or take this out',
      )
  })
}

/** A fingerprint may be written with colons and in either case. */
function canonical(certificate: string): string {
  if (!certificate.startsWith('sha256:')) return certificate
  return `sha256:${certificate.slice(7).replaceAll(':', '').toLowerCase()}`
}
