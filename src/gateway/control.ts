import { chmodSync, rmSync } from 'node:fs'
import * as net from 'node:net'
import { join } from 'node:path'
import type { Logger } from '../log/index.js'
import { SOCKET, socketPath } from './control-client.js'

/** What a call does; a thrown error's words are the caller's answer. */
export type ControlHandler = (argument: Readonly<Record<string, unknown>>) => unknown | Promise<unknown>

/** Longest call in characters. */
const LONGEST = 1 << 20

/** The control socket: one line of JSON asks, one line answers. It takes calls from this machine's owner only. */
export class ControlServer {
  readonly #server: net.Server
  readonly #sockets = new Set<net.Socket>()
  #release: () => void = () => undefined

  constructor(
    private readonly dataDir: string,
    private readonly log: Logger,
    private readonly calls: Readonly<Record<string, ControlHandler>>,
  ) {
    this.#server = net.createServer({ allowHalfOpen: true }, (socket) => this.#take(socket))
  }

  async listen(): Promise<void> {
    rmSync(join(this.dataDir, SOCKET), { force: true })
    const { path, release } = socketPath(this.dataDir)
    this.#release = release
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen(path, resolve)
    })
    this.#server.removeAllListeners('error')
    this.#server.on('error', (error) => this.log.error({ err: error }, 'a call could not be taken'))
    chmodSync(path, 0o600)
  }

  close(): void {
    this.#server.close()
    for (const socket of this.#sockets) socket.destroy()
    rmSync(join(this.dataDir, SOCKET), { force: true })
    this.#release()
  }

  #take(socket: net.Socket): void {
    this.#sockets.add(socket)
    let text = ''
    let taken = false
    socket.setEncoding('utf8')
    socket.on('error', () => socket.destroy())
    socket.on('close', () => this.#sockets.delete(socket))
    // Half open, so that a reply can follow the caller's end; without a whole line there is none to come.
    socket.on('end', () => {
      if (!taken) socket.destroy()
    })
    socket.on('data', (chunk: string) => {
      text += chunk
      if (text.length > LONGEST) socket.destroy()
      if (taken || !text.includes('\n')) return
      taken = true
      this.#answer(text.slice(0, text.indexOf('\n'))).then((reply) =>
        socket.end(`${JSON.stringify(reply)}\n`),
      )
    })
  }

  async #answer(line: string): Promise<{ answer: unknown } | { error: string }> {
    try {
      const argument = JSON.parse(line) as Readonly<Record<string, unknown>>
      const name = String(argument.call)
      const handler = Object.hasOwn(this.calls, name) ? this.calls[name] : undefined
      if (!handler) return { error: `the gateway knows no call '${name}'` }
      return { answer: (await handler(argument)) ?? null }
    } catch (error) {
      return { error: (error as Error).message }
    }
  }
}
