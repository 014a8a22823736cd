import { mkdirSync } from 'node:fs'
import net from 'node:net'
import { ControlServer } from '../../../dist/gateway/control.js'
import { socketPath } from '../../../dist/gateway/control-client.js'
import { must } from '../finding.js'
import { scratch } from '../scratch.js'

const dir = scratch('control')
const CALLS = {
  ping: () => 'pong',
  echo: (argument) => argument,
  fail: () => {
    throw new Error('as asked')
  },
}
let path

async function start() {
  mkdirSync(dir, { recursive: true })
  const silent = { error: () => undefined }
  const server = new ControlServer(dir, silent, CALLS)
  await server.listen()
  const own = socketPath(dir)
  path = own.path
  process.on('exit', () => server.close())
}

/** The whole reply; undefined where the server closed without one. */
function call(bytes) {
  return new Promise((resolve) => {
    let reply = ''
    const socket = net.connect(path, () => socket.end(Buffer.concat([bytes, Buffer.from('\n')])))
    socket.setEncoding('utf8')
    socket.on('data', (text) => {
      reply += text
    })
    socket.on('error', () => undefined)
    socket.on('close', () => resolve(reply === '' ? undefined : reply))
  })
}

export const target = {
  name: 'control',
  about: "the control socket's calls",
  most: 2000,
  waits: true,
  tokens: [
    '{"call":"constructor"}',
    '{',
    '}',
    '"call":',
    '"ping"',
    '"echo"',
    '"fail"',
    '"constructor"',
    '"toString"',
    '"__proto__"',
    ':',
    ',',
    '\n',
    'null',
    '[',
    ']',
    '1e999',
    '"\\u0000"',
    '\x00',
    '\xff',
  ],
  seeds: () =>
    [
      '{"call":"ping"}\n',
      '{"call":"echo","a":[1,null]}\n',
      '{"call":"fail"}\n',
      '{"call":"none"}\n',
      'null\n',
    ].map((text) => Buffer.from(text)),
  async run(bytes) {
    if (path === undefined) await start()
    const reply = await call(bytes)
    must(reply !== undefined, 'a call gets an answer')
    const read = JSON.parse(reply)
    must('answer' in read !== 'error' in read, 'a reply is an answer or an error', () => reply)
    const name = nameOf(bytes)
    if (name !== undefined && !Object.hasOwn(CALLS, name))
      must(
        'error' in read,
        'a call that nobody made known is an error',
        () => `${name}: ${reply.slice(0, 200)}`,
      )
    return [`${Object.keys(read)} ${String(read.error).slice(0, 14)}`]
  },
}

function nameOf(bytes) {
  try {
    return String(JSON.parse(bytes.toString('utf8').split('\n')[0]).call)
  } catch {
    return undefined
  }
}
