// What the bench's rows share.
import { fork, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import net from 'node:net'
import { join } from 'node:path'
import tls from 'node:tls'

const here = new URL('.', import.meta.url).pathname

export const QUERY =
  '\x02IAQ.ZZ0010100.AX.*BENCH00001.TXT\r\nPUR/C.ATN/SGT EXAMPLE TESTER.PHN/8025550142.\r\n' +
  'NAM/QUIXTLANO, ZEFERINDA.DOB/19851117.SEX/F.POB/GT.CUS/Y.OFF/1399.\r\nARN/A99000017.OLN/T1234567.REM/SYNTHETIC TEST RECORD\x03'

/** The same question in XML. */
export const XML_QUERY =
  '\x02<n2:NLETS xmlns:n2="http://www.nlets.org/niem/1.0" xmlns:nh2="http://www.nlets.org/niem/nlets-hdr/1.0" ' +
  'xmlns:nc="http://niem.gov/niem/niem-core/2.0" xmlns:j4="http://niem.gov/niem/domains/jxdm/4.1" ' +
  'xmlns:im="http://niem.gov/niem/domains/immigration/2.1" n2:version="4.00"><n2:NLETSMessageHeader>' +
  '<nh2:MessageKeyCodeText>IAQ</nh2:MessageKeyCodeText><nh2:OriginatingORIID>ZZ0010100</nh2:OriginatingORIID>' +
  '<nh2:DestinationORIID>AX</nh2:DestinationORIID><nh2:DocumentControlFieldText>BENCH00001</nh2:DocumentControlFieldText>' +
  '</n2:NLETSMessageHeader><n2:NLETSInquiryData n2:key="IAQ"><n2:PurposeCode>C</n2:PurposeCode>' +
  '<n2:ResponseAttentionDescriptionText>SGT EXAMPLE TESTER</n2:ResponseAttentionDescriptionText>' +
  '<nc:ContactInformation><nc:ContactTelephoneNumber><nc:FullTelephoneNumber><nc:TelephoneNumberFullID>8025550142' +
  '</nc:TelephoneNumberFullID></nc:FullTelephoneNumber></nc:ContactTelephoneNumber></nc:ContactInformation><n2:Person>' +
  '<nc:PersonName><nc:PersonFullName>QUIXTLANO, ZEFERINDA</nc:PersonFullName></nc:PersonName>' +
  '<nc:PersonBirthDate><nc:Date>1985-11-17</nc:Date></nc:PersonBirthDate><nc:PersonSexCode>F</nc:PersonSexCode>' +
  '<j4:PersonBirthPlaceCode>GT</j4:PersonBirthPlaceCode><im:AlienNumber><nc:IdentificationID>A99000017' +
  '</nc:IdentificationID></im:AlienNumber></n2:Person><j4:ChargeNCICCode>1399</j4:ChargeNCICCode>' +
  '<nc:Status><nc:StatusText>Y</nc:StatusText></nc:Status></n2:NLETSInquiryData></n2:NLETS>\x03'

/** All of them have the memory for what is young that `serve` gives the gateway: a third of 192 MiB. */
export const AS_SERVED = ['--max-semi-space-size=64']

/** In each of the bench's processes: it ends when the one that started it is gone. */
export const endWithParent = () => process.once('disconnect', () => process.exit(1))

/** Starts one of the bench's processes and tells it what to do; resolves with its first word. */
export function child(file, message, more = []) {
  const process_ = fork(join(here, file), {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    execArgv: [...AS_SERVED, ...more],
  })
  process_.send(message)
  return new Promise((resolve, reject) => {
    process_.once('message', (reply) => resolve({ process: process_, reply }))
    process_.once('exit', (code) => reject(new Error(`${file} ended with ${code}`)))
  })
}

/** Tells a process something and waits for its next word. */
export function ask(process_, message) {
  const reply = new Promise((resolve) => process_.once('message', resolve))
  process_.send(message)
  return reply
}

/** Stops a gateway that the bench started. */
export async function close(gateway) {
  const ended = new Promise((done) => gateway.process.once('exit', done))
  gateway.process.send('close')
  await ended
}

/** A connection that is open; over TLS where an authority is given. */
export function connectTo(port, ca) {
  return new Promise((resolve, reject) => {
    const open = () => {
      socket.off('error', reject)
      socket.on('error', (error) => {
        throw error
      })
      resolve(socket)
    }
    const socket = ca
      ? tls.connect({ port, host: '127.0.0.1', ca }, open)
      : net.connect(port, '127.0.0.1', open)
    socket.setNoDelay(true)
    socket.once('error', reject)
  })
}

/** Reads until so many frames are there. @returns all that was read. */
export function readFrames(socket, count) {
  return new Promise((resolve) => {
    const chunks = []
    let frames = 0
    socket.on('data', (chunk) => {
      chunks.push(chunk)
      for (const byte of chunk) if (byte === 3) frames++
      if (frames >= count) resolve(Buffer.concat(chunks))
    })
  })
}

/** Certificates as the project's script makes them. @returns what a server and a client need. */
export function makeCertificates(dir) {
  const script = new URL('../../scripts/make-certificates.js', import.meta.url).pathname
  const { status, stderr } = spawnSync(process.execPath, [script, '--out', dir, '--links', 'ZZ'])
  if (status !== 0) throw new Error(`make-certificates: ${stderr}`)
  const file = (name) => join(dir, name)
  return {
    server: { key: file('server.key'), cert: file('server.pem') },
    ca: readFileSync(file('ca.pem'), 'utf8'),
  }
}

export const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)]

/** A port that nobody listens at. */
export async function freePort() {
  const server = net.createServer().listen(0, '127.0.0.1')
  await new Promise((listening) => server.once('listening', listening))
  const { port } = server.address()
  await new Promise((closed) => server.close(closed))
  return port
}
