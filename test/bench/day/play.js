// One day over one gateway: the messages in the rhythm of the day, what operators do, and kill -9 on the way.
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { connect } from '../../../dist/client/index.js'
import { Ledger } from '../../torture/ledger.js'
import { pause } from '../../torture/wait.js'
import { load, serve, stats, stop, writeConfig } from '../year/served.js'
import { Book } from './book.js'
import { Desk } from './desk.js'

/** As fast as it goes: so many messages may have no answer yet. */
const MOST_OPEN = 50
/** Nothing came for so long: what is missing counts as lost. */
const PATIENCE_MS = 60_000

/**
 * @param speed so many times as fast as the day; Infinity: as fast as it goes.
 * @param kills moments of kill -9, as numbers of the messages after which they come.
 */
export async function playDay({ dir, plan, records, seed, speed, kills, progress }) {
  mkdirSync(dir)
  const config = writeConfig({ dir, links: plan.links, delivery: 'acknowledged' })
  await load({ config, records, seed })
  const day = new Day({ dir, config, plan, progress })
  try {
    await day.open()
    await day.run(speed, new Set(kills))
    const [counted, recounted] = [await stats(config), await stats(config, ['--recount'])]
    await day.close()
    return { ...day.result, counted, recounted }
  } finally {
    day.gateway.process.kill('SIGKILL')
  }
}

class Day {
  #options
  #book
  #desk
  #clients = []
  #resent = 0

  constructor(options) {
    this.#options = options
    this.#book = new Book(options.plan.events)
    this.#desk = new Desk(join(options.dir, 'data'), this.#book)
  }

  async open() {
    const { dir, config, plan } = this.#options
    this.gateway = await serve({ dir, config, listeners: plan.links.length })
    this.#clients = await Promise.all(this.gateway.ports.map((port) => this.#connected(port)))
  }

  /** Each message that comes is acknowledged once it is in the book. */
  async #connected(port) {
    const client = await connect({ host: '127.0.0.1', port, delivery: 'acknowledged' })
    const read = (async () => {
      for await (const received of client) this.#book.take(received)
    })()
    // A link shows how it wants its frames; what waits for it comes then.
    await client.ping()
    return { client, read }
  }

  async run(speed, kills) {
    const { plan, progress } = this.#options
    const began = performance.now()
    let sent = 0
    let hour = 0
    for (const event of plan.events) {
      const wait = speed === Number.POSITIVE_INFINITY ? 0 : began + event.at / speed - performance.now()
      if (wait > 0) await pause(wait)
      if (event.what !== 'message') {
        this.#desk.do(event)
        continue
      }
      while (this.#book.open >= MOST_OPEN) await this.#book.next()
      this.#send(event)
      if (kills.has(sent++)) await this.#kill(sent)
      if (event.at >= (hour + 1) * 3_600_000) {
        hour = Math.floor(event.at / 3_600_000)
        progress(`${`${hour}`.padStart(2, '0')}:00, ${sent} messages sent`)
      }
    }
    await this.#desk.finished
    while (this.#book.open > 0)
      if (!(await Promise.race([this.#book.next().then(() => true), pause(PATIENCE_MS)]))) break
  }

  #send(event) {
    this.#book.messages.get(event.control).sent = true
    this.#clients[event.link].client.send(event.text)
  }

  /** What hadn't reached the journal is sent again by whoever sent it; all else is the gateway's to answer. */
  async #kill(sent) {
    const { dir, progress } = this.#options
    // One kill comes right behind a message, the next while some of what was sent is answered and some isn't.
    const half = sent % 2 === 0 ? this.#book.open / 2 : this.#book.open
    while (this.#book.open > half) await this.#book.next()
    this.gateway.process.kill('SIGKILL')
    await once(this.gateway.process, 'exit')
    for (const { client } of this.#clients) client.destroy()
    await Promise.all(this.#clients.map(({ read }) => read))
    const taken = new Set([...Ledger.read(join(dir, 'data')).intakes.values()].map(({ control }) => control))
    await this.open()
    let again = 0
    for (const { event, sent } of this.#book.messages.values())
      if (sent && !taken.has(event.control)) {
        again++
        this.#send(event)
      }
    this.#resent += again
    progress(`killed; ${taken.size} messages were taken in, ${again} are sent again`)
  }

  async close() {
    for (const { client } of this.#clients) client.destroy()
    await stop(this.gateway)
  }

  get result() {
    const { seen, faults, detainers, open } = this.#book
    return { seen, faults, detainers: detainers.size, open, resent: this.#resent, desk: this.#desk.done }
  }
}
