import * as http from 'node:http'
import type { AddressInfo } from 'node:net'
import { FaultError, loopbackAddress } from '../config/index.js'
import type { Exchange, State } from '../exchange/index.js'
import type { LinkServer } from '../link/index.js'
import type { Logger } from '../log/index.js'
import type { Journal } from '../store/index.js'
import type { Housekeeping } from './housekeeping.js'
import type { Persons } from './persons.js'

interface Watched {
  readonly exchange: Exchange
  readonly links: LinkServer
  readonly state: State
  readonly journal: Journal
  readonly persons: Persons
  readonly logger: Logger
  readonly housekeeping: Housekeeping
}

type Sample = readonly [labels: string, value: number]

/** The operators' port: is it alive, does it take messages, and its figures as Prometheus reads them. */
export class AdminServer {
  readonly #server: http.Server

  constructor(
    private readonly address: { host: string; port: number; plaintext: boolean },
    private readonly watched: Watched,
  ) {
    this.#server = http.createServer((request, response) => this.#answer(request.url ?? '', response))
  }

  get port(): number {
    return (this.#server.address() as AddressInfo | null)?.port ?? 0
  }

  async listen(): Promise<void> {
    const { host, port, plaintext } = this.address
    const fault = (error: Error): FaultError =>
      new FaultError([{ file: `admin ${host}:${port}`, line: 0, reason: error.message }])
    const address = plaintext
      ? host
      : await loopbackAddress(host).catch((error: Error) => {
          throw fault(error)
        })
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', (error) => reject(fault(error)))
      this.#server.listen(port, address, resolve)
    })
    this.#server.removeAllListeners('error')
    this.#server.on('error', (error) =>
      this.watched.logger.error({ err: error }, 'a request could not be taken'),
    )
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise<void>((done) => this.#server.close(() => done()))
  }

  #answer(url: string, response: http.ServerResponse): void {
    const path = url.split('?')[0]
    if (path === '/healthz') reply(response, 200, 'ok\n')
    else if (path === '/readyz') {
      const ready = this.watched.exchange.ready
      reply(response, ready ? 200 : 503, ready ? 'ready\n' : 'not ready: messages cannot be kept\n')
    } else if (path === '/metrics') reply(response, 200, this.#metrics())
    else reply(response, 404, 'not found\n')
  }

  #metrics(): string {
    const { exchange, links, state, journal, persons, housekeeping } = this.watched
    const { freeBytes, days } = housekeeping.disk
    const years = [...state.figures.years.values()]
    const sum = (of: (year: (typeof years)[number]) => Record<string, number>, label: string): Sample[] => {
      const total = new Map<string, number>()
      for (const year of years)
        for (const [name, n] of Object.entries(of(year))) total.set(name, (total.get(name) ?? 0) + n)
      return [...total].map(([name, n]) => [`{${label}="${name.replace(/["\\\n]/g, '')}"}`, n])
    }
    const byLink = exchange.delivery.summary()
    const perLink = (of: (link: (typeof byLink)[number]) => number): Sample[] =>
      byLink.map((link) => [`{link="${link.name}"}`, of(link)])
    const memory = process.memoryUsage()
    const metrics: [name: string, type: string, help: string, samples: readonly Sample[]][] = [
      ['messages_total', 'counter', 'Messages taken in, by message key.', sum((y) => y.messages, 'key')],
      ['answers_total', 'counter', 'Final answers, by response type.', sum((y) => y.answers, 'type')],
      ['refusals_total', 'counter', 'Messages refused, by error code.', sum((y) => y.refusals, 'code')],
      ['open_queries', 'gauge', 'Queries without a final answer.', [['', exchange.open]]],
      ['ready', 'gauge', '1 where new messages can be kept.', [['', exchange.ready ? 1 : 0]]],
      ['connections', 'gauge', 'Open connections.', [['', links.connections]]],
      ['link_connections', 'gauge', 'Open connections of a link.', perLink((link) => link.connections)],
      ['link_waiting', 'gauge', 'Answers that wait for a link.', perLink((link) => link.waiting)],
      [
        'link_unacknowledged',
        'gauge',
        'Messages not acknowledged yet.',
        perLink((link) => link.unacknowledged),
      ],
      ['persons', 'gauge', 'Persons on file.', [['', persons.size]]],
      [
        'journal_bytes_total',
        'counter',
        'Bytes appended to the journal since the start.',
        [['', journal.bytes]],
      ],
      ['disk_free_bytes', 'gauge', "Room left on the store's disk.", [['', freeBytes]]],
      [
        'disk_days_left',
        'gauge',
        'Days until the disk is full, at the rate of the last hour.',
        days === undefined ? [] : [['', Math.round(days * 10) / 10]],
      ],
      ['process_resident_bytes', 'gauge', 'Resident memory.', [['', memory.rss]]],
      ['process_heap_bytes', 'gauge', 'Heap in use.', [['', memory.heapUsed]]],
      ['process_uptime_seconds', 'gauge', 'Time since the start.', [['', Math.round(process.uptime())]]],
    ]
    return metrics
      .map(([name, type, help, samples]) => {
        const full = `iaq_${name}`
        const values = samples.map(([labels, value]) => `${full}${labels} ${value}\n`).join('')
        return `# HELP ${full} ${help}\n# TYPE ${full} ${type}\n${values}`
      })
      .join('')
  }
}

function reply(response: http.ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' })
  response.end(text)
}
