import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import net from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { describe, expect, it, vi } from 'vitest'
import { type Client, connect, type Received } from '../../src/client/index.js'
import { loadConfig, packageRoot } from '../../src/config/index.js'
import { bench, dir, eachTest, kind, query } from './helpers.js'

vi.setConfig({ testTimeout: 90_000 })

eachTest()

interface Line {
  readonly msg?: string
  readonly port?: number
  readonly exit?: number | null
}

/** A process that holds a listening socket over the ends of the gateways that it starts. */
class Holder {
  readonly #lines: Line[] = []
  readonly #text: string[] = []
  #heard: () => void = () => undefined

  private constructor(
    private readonly child: ChildProcess,
    readonly port: number,
  ) {
    createInterface({ input: child.stderr! }).on('line', (line) => {
      this.#text.push(line)
      if (line.startsWith('{')) this.#lines.push(JSON.parse(line) as Line)
      this.#heard()
    })
  }

  static async open(host = '127.0.0.1'): Promise<Holder> {
    const server = net.createServer()
    server.listen(0, host)
    await once(server, 'listening')
    const { port } = server.address() as net.AddressInfo
    const { fd } = (server as unknown as { readonly _handle: { readonly fd: number } })._handle
    const child = spawn(process.execPath, [join(packageRoot, 'test', 'gateway', 'holder.js')], {
      stdio: ['pipe', 'ignore', 'pipe', fd],
    })
    // From here on the socket is the holder's alone.
    server.close()
    bench.after(async () => {
      child.stdin!.end()
      await once(child, 'exit')
    })
    return new Holder(child, port)
  }

  start(...args: string[]): void {
    const script = join(packageRoot, 'scripts', 'iaq-gateway.js')
    this.child.stdin!.write(`${JSON.stringify([script, 'serve', '--data', dir, ...args])}\n`)
  }

  /** SIGTERM to the gateway. */
  stop(): void {
    this.child.kill('SIGTERM')
  }

  /** The first line from `from` on that is so, and what stands behind it. */
  async heard(is: (line: Line) => boolean, from = 0): Promise<{ line: Line; next: number }> {
    for (;;) {
      const at = this.#lines.findIndex((line, i) => i >= from && is(line))
      const line = this.#lines[at]
      if (line) return { line, next: at + 1 }
      await new Promise<void>((done) => {
        this.#heard = done
      })
    }
  }

  get text(): string {
    return this.#text.join('\n')
  }
}

const settings = (text: string): string => {
  const file = join(bench.folder(), 'config.yaml')
  writeFileSync(file, text)
  return file
}

const isListening = ({ msg }: Line): boolean => msg === 'listening'
const isEnd = ({ exit }: Line): boolean => exit !== undefined

describe('listen: fd:3', () => {
  it('no connection is refused and no answer lost while one gateway takes over from another', async () => {
    const holder = await Holder.open()
    const config = settings('listen: fd:3\n')
    holder.start('--config', config)
    const first = await holder.heard(isListening)
    expect(first.line.port).toBe(holder.port)
    const answers = new Map<string, string[]>()
    const refused: string[] = []
    const note = (each: Received): void => {
      const before = answers.get(each.control) ?? []
      answers.set(each.control, [...before, kind(each)])
    }
    const isWhole = (control: string): boolean =>
      (answers.get(control) ?? []).some((each) => !each.endsWith('ACKNOWLEDGEMENT'))
    let stopping = false
    let asked = 0
    /** Asks one question after the other, each over a connection of its own, until each has its final answer. */
    const caller = async (name: string): Promise<void> => {
      for (let i = 0; !stopping; i++) {
        const control = `${name}${i}`
        asked++
        while (!isWhole(control)) {
          const client: Client | undefined = await connect({ host: '127.0.0.1', port: holder.port }).catch(
            (error: Error) => void refused.push(error.message),
          )
          if (!client) return
          // What was acknowledged is answered over the next connection; what wasn't is asked again.
          client.send(answers.has(control) ? 'AM.ZZ0010100.AX.TXT\r\nBIND' : query(control))
          while (!isWhole(control)) {
            const received = await client.receive().catch(() => undefined)
            if (!received) break
            note(received)
          }
          client.destroy()
        }
      }
    }
    const callers = ['A', 'B', 'C', 'D'].map(caller)
    await vi.waitFor(() => expect(asked).toBeGreaterThan(20), { timeout: 30_000 })
    let { next } = first
    for (let takeover = 0; takeover < 3; takeover++) {
      holder.stop()
      const ended = await holder.heard(isEnd, next)
      expect(ended.line.exit).toBe(0)
      // Nobody takes connections now: those that come wait in the kernel.
      const waiting = await connect({ host: '127.0.0.1', port: holder.port })
      const before = asked
      holder.start('--config', config)
      next = (await holder.heard(isListening, ended.next)).next
      await waiting.ping()
      waiting.destroy()
      await vi.waitFor(() => expect(asked).toBeGreaterThan(before + 20), { timeout: 30_000 })
    }
    stopping = true
    await Promise.all(callers)
    expect(refused).toEqual([])
    expect(answers.size).toBe(asked)
    for (const kinds of answers.values())
      expect(kinds.filter((each) => !each.startsWith('!')).sort()).toEqual(['ACKNOWLEDGEMENT', 'NO MATCH'])
  })

  it('may be written with what else a listener has, and alone', () => {
    const [short] = loadConfig({ file: settings('listen: fd:3\n') }).listen
    const [long] = loadConfig({ file: settings('listen: [{ fd: 3 }]\n') }).listen
    expect(short).toEqual(long)
    expect(short?.fd).toBe(3)
    expect(() => loadConfig({ file: settings('listen: fd:x\n') })).toThrow('listen')
  })

  it('a socket off the loopback addresses needs TLS or the word for it', async () => {
    const holder = await Holder.open('0.0.0.0')
    holder.start('--config', settings('listen: fd:3\n'))
    const { line, next } = await holder.heard(isEnd)
    expect(line.exit).toBe(2)
    expect(holder.text).toContain('fd:3: 0.0.0.0 is not a loopback address: give this listener tls')
    holder.start('--config', settings('listen: [{ fd: 3, plaintext: yes }]\n'))
    expect((await holder.heard(isListening, next)).line.port).toBe(holder.port)
  })

  it('a descriptor that is no such socket is told', async () => {
    const holder = await Holder.open()
    holder.start('--config', settings('listen: fd:9\n'))
    expect((await holder.heard(isEnd)).line.exit).toBe(2)
    expect(holder.text).toMatch(/fd:9: can't be listened on/)
  })
})
