/** The thread that has the sockets: listeners, TLS, reading and writing. What is said over them is the link room's. */
import * as net from 'node:net'
import { parentPort, workerData } from 'node:worker_threads'
import type { TlsGate } from '../tls-gate.js'
import type { Order, Place, Said, SocketsStart, Word } from './protocol.js'
import { Sockets } from './sockets.js'

const port = parentPort as NonNullable<typeof parentPort>
const tell = (word: Word, transfer: readonly ArrayBuffer[] = []): void =>
  port.postMessage(word, [...transfer])
const say = (level: Said['level'], details: Said['details'], text: string): void =>
  tell({ kind: 'said', level, details, text })

const { places } = workerData as SocketsStart
const sockets = new Sockets(tell)
/** Each with whether somebody else holds its socket. */
const servers: { readonly server: net.Server; readonly held: boolean }[] = []
const gates: TlsGate[] = []

async function serverFor({ tls }: Place, place: number): Promise<net.Server> {
  if (!tls) return net.createServer((socket) => sockets.take(socket, place, undefined))
  // What nobody asks for isn't read.
  const { DENIED, readMaterial, TlsGate } = await import('../tls-gate.js')
  const gate: TlsGate = new TlsGate({
    files: tls,
    material: readMaterial(tls),
    say,
    enter: (socket, identity) => sockets.take(socket, place, identity),
    refuse: (refusal, peer, identity) => tell({ kind: 'refused', place, refusal, peer, identity }),
    deniedChanged: () => sockets.expel((identity) => gate.isDenied(identity), DENIED.why),
  })
  gates.push(gate)
  return net.createServer((socket) => gate.take(socket))
}

function listen(server: net.Server, { host, port, fd }: Place): Promise<net.AddressInfo | string | null> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(fd === undefined ? { port, host } : { fd }, () => {
      server.off('error', reject)
      // Out of descriptors, say: one caller less, and no reason to stop.
      server.on('error', ({ message }) => say('error', { why: message }, 'a connection could not be taken'))
      resolve(server.address())
    })
  })
}

async function open(): Promise<void> {
  const addresses: (net.AddressInfo | string | null)[] = []
  for (const [i, place] of places.entries()) {
    const server = await serverFor(place, i)
    try {
      addresses.push(await listen(server, place))
    } catch (error) {
      const { code = '', message } = error as NodeJS.ErrnoException
      tell({ kind: 'not listening', place: i, code, why: message })
      return
    }
    servers.push({ server, held: place.fd !== undefined })
  }
  tell({ kind: 'listening', addresses })
}

/** Who is being connected when a listener goes would be reset: he is taken first. Where a socket is held, the next takes him. */
async function stopListening(): Promise<void> {
  const all = servers.splice(0)
  for (const { server, held } of all) if (held) server.close()
  for (let turn = 0; turn < 2; turn++) await new Promise((go) => setImmediate(go))
  for (const { server, held } of all) if (!held) server.close()
}

async function close(): Promise<void> {
  await stopListening()
  for (const gate of gates) gate.close()
  await sockets.emptied()
  port.close()
}

port.on('message', (order: Order) => {
  if (order.kind === 'work') sockets.work(order.ops, order.bytes)
  else if (order.kind === 'reload') for (const gate of gates) gate.reload()
  else if (order.kind === 'stop listening') void stopListening()
  else void close()
})

await open()
