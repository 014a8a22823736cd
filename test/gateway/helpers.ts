import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach } from 'vitest'
import { type Client, type ConnectOptions, connect, type Received } from '../../src/client/index.js'
import { loadConfig, packageRoot } from '../../src/config/index.js'
import { createGateway, type Gateway, type GatewayOptions } from '../../src/gateway/index.js'
import { loadNameTables, writeIndexed } from '../../src/matching/index.js'
import { adoptSegment, openInput } from '../../src/records/index.js'

export const fixtures = join(packageRoot, 'fixtures')
const script = join(packageRoot, 'scripts', 'iaq-gateway.js')

/** Folders, gateways, clients and processes of a test, ended in the opposite order. */
export class Bench implements AsyncDisposable {
  readonly #ends: (() => unknown)[] = []

  after(end: () => unknown): void {
    this.#ends.push(end)
  }

  folder(): string {
    const dir = mkdtempSync(join(tmpdir(), 'iaq-test-'))
    this.after(() => rmSync(dir, { recursive: true, force: true }))
    return dir
  }

  /** A gateway in this process, on a free port. */
  async gateway(
    dir: string,
    flags: Readonly<Record<string, unknown>> = {},
    more: Partial<GatewayOptions> = {},
  ): Promise<Gateway> {
    const config = loadConfig({ flags: { data: dir, 'listen.0.port': 0, ...flags } })
    const gateway = await createGateway({ config, ...more })
    this.after(() => gateway.close())
    return gateway
  }

  async client(port: number, options: Partial<ConnectOptions> = {}): Promise<Client> {
    const client = await connect({ host: '127.0.0.1', port, ...options })
    this.after(() => client.destroy())
    return client
  }

  /** A client that waits for what is there for its link; its first byte says how it wants it. */
  async listener(port: number, options: Partial<ConnectOptions> = {}): Promise<Client> {
    const client = await this.client(port, options)
    await client.ping()
    return client
  }

  async serve(dir: string, ...args: string[]): Promise<Served> {
    const served = await serve(['--data', dir, '--port', '0', ...args])
    this.after(() => served.kill())
    return served
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const end of this.#ends.splice(0).reverse()) await end()
  }
}

/** What each test of a file that calls {@link eachTest} has for itself. */
export let bench: Bench
/** A folder of {@link bench}, for a store. */
export let dir: string

/** Makes a bench and a folder before each test of a file, and ends what the test left after it. */
export function eachTest(): void {
  beforeEach(() => {
    bench = new Bench()
    dir = bench.folder()
  })
  afterEach(() => bench[Symbol.asyncDispose]())
}

/** A gateway in a process of its own. */
export interface Served {
  readonly child: ChildProcess
  readonly port: number
  /** Log lines so far. */
  readonly lines: readonly string[]
  /** kill -9; resolves when it is gone. */
  kill(): Promise<void>
  /** SIGTERM; resolves with the exit code. */
  stop(): Promise<number | null>
}

export async function serve(args: readonly string[]): Promise<Served> {
  const child = spawn(process.execPath, [script, 'serve', ...args], { stdio: ['ignore', 'ignore', 'pipe'] })
  const gone = once(child, 'exit').then(([code]) => code as number | null)
  const lines: string[] = []
  const port = await new Promise<number>((resolve, reject) => {
    createInterface({ input: child.stderr! }).on('line', (line) => {
      lines.push(line)
      // The last line of a killed process may be half of one.
      const entry = /^{.*}$/.test(line) ? (JSON.parse(line) as { msg?: string; port?: number }) : {}
      if (entry.msg === 'listening') resolve(entry.port ?? 0)
    })
    gone.then((code) => reject(new Error(`ended with ${code}: ${lines.join('\n')}`)))
  })
  return {
    child,
    port,
    lines,
    kill: async () => {
      child.kill('SIGKILL')
      await gone
    },
    stop: () => {
      child.kill('SIGTERM')
      return gone
    },
  }
}

/** Runs a command to its end. */
export function run(...args: string[]): { code: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...args], {
    encoding: 'utf8',
    timeout: 60_000,
  })
  return { code: status, stdout, stderr }
}

export async function loadPersons(dir: string, file = join(fixtures, 'persons.jsonl')): Promise<void> {
  const records = join(dir, 'records')
  const names = loadNameTables('formats/names')
  const { file: segment } = await writeIndexed(records, openInput(file), names)
  adoptSegment(records, segment)
}

/** A query that no record fits, unless `fields` says otherwise. */
export function query(
  control: string,
  fields: Readonly<Record<string, string>> = {},
  ori = 'ZZ0010100',
): string {
  const all = {
    PUR: 'C',
    ATN: 'SGT TESTER',
    PHN: '8025550142',
    NAM: 'QUIXTLANO, ZEFERINDA',
    DOB: '19851117',
    SEX: 'F',
    POB: 'GT',
    CUS: 'Y',
    OFF: '0399',
    ...fields,
  }
  const text = Object.entries(all).map(([mfc, value]) => `${mfc}/${value}.`)
  return `IAQ.${ori}.AX.*${control}.TXT\r\n${text.join('\r\n')}`
}

/** Queries for test subjects, by what comes of them. */
export const SUBJECT = {
  match: { NAM: 'MUESTRA, COINCIDE PRUEBA', DOB: '19850214', SEX: 'M', POB: 'MM' },
  late: { NAM: 'MUESTRA, TARDE', DOB: '19950501', SEX: 'F', POB: 'BZ' },
  twice: { NAM: 'MUESTRA, DOBLE', DOB: '19690909', SEX: 'M', POB: 'UK' },
  never: { NAM: 'MUESTRA, NUNCA', DOB: '19770117', SEX: 'M', POB: 'II' },
} as const

/** The next so many messages. */
export async function take(client: Client, count: number): Promise<Received[]> {
  const received: Received[] = []
  while (received.length < count) received.push(await client.receive(10_000))
  return received
}

/** What a message is, in a word or two. */
export const kind = (received: Received): string =>
  `${received.possibleDuplicate ? '!' : ''}${received.responseType ?? received.lines[0]?.split(' ')[0] ?? ''}`

export const kinds = (received: readonly Received[]): string[] => received.map(kind)

/** Waits for something that no event tells of: asks again each turn of the event loop. */
export async function until(holds: () => boolean, ms = 10_000): Promise<void> {
  const end = performance.now() + ms
  while (!holds()) {
    if (performance.now() > end) throw new Error('it never came to be')
    await new Promise((go) => setImmediate(go))
  }
}

/** The log's whole lines so far. */
export const readLog = (dir: string): Record<string, unknown>[] =>
  readFileSync(join(dir, 'log', 'messages.log'), 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Record<string, unknown>)
