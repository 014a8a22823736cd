import { closeSync, existsSync, openSync } from 'node:fs'
import * as net from 'node:net'
import { join } from 'node:path'

/** A call over the control socket: its name and whatever it needs. */
export type ControlCall = { readonly call: string } & Readonly<Record<string, unknown>>

export type ControlReply = { readonly served: false } | { readonly served: true; readonly answer: unknown }

export const SOCKET = 'control.sock'
/** The longest path in bytes that the system takes for a socket. */
const LONGEST_PATH = 100

/**
 * A path of the socket that the system takes however deep the folder lies: the folder is opened, and its descriptor
 * stands for it.
 */
export function socketPath(dataDir: string): { path: string; release: () => void } {
  const path = join(dataDir, SOCKET)
  if (Buffer.byteLength(path) <= LONGEST_PATH) return { path, release: () => undefined }
  const fd = openSync(dataDir, 'r')
  return { path: `/proc/self/fd/${fd}/${SOCKET}`, release: () => closeSync(fd) }
}

/**
 * Calls the gateway that serves a store.
 * @returns `served: false` where none does.
 * @throws {Error} where the gateway refused the call, with its words.
 */
export async function callControl(dataDir: string, call: ControlCall): Promise<ControlReply> {
  if (!existsSync(join(dataDir, SOCKET))) return { served: false }
  const { path, release } = socketPath(dataDir)
  try {
    const line = await exchangeLine(path, `${JSON.stringify(call)}\n`)
    if (line === undefined) return { served: false }
    const reply = JSON.parse(line) as { answer?: unknown; error?: string }
    if (reply.error !== undefined) throw new Error(reply.error)
    return { served: true, answer: reply.answer }
  } finally {
    release()
  }
}

/** Undefined where nobody listens: a socket that a killed gateway left behind. */
function exchangeLine(path: string, line: string): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    let text = ''
    const socket = net.connect(path, () => socket.write(line))
    socket.setEncoding('utf8')
    socket.on('data', (chunk: string) => {
      text += chunk
    })
    socket.on('end', () =>
      text.endsWith('\n') ? resolve(text) : reject(new Error('the gateway ended before it answered')),
    )
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNREFUSED' || error.code === 'ENOENT') resolve(undefined)
      else reject(error)
    })
  })
}
