// A store that goes on from round to round, with the book of what its clients saw. It ends with a gateway that serves
// until nothing is open, and a recount of everything.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { auditCut, auditEnd, auditRound } from './audit.js'
import { Book } from './book.js'
import { cutStore } from './cut.js'
import { Ledger } from './ledger.js'
import { flagsFor, LINKS } from './links.js'
import { serve } from './served.js'
import { openSwitch } from './switch.js'
import { until } from './wait.js'

const FRAMINGS = ['stx-etx', 'length', 'pattern']
/** Longest wait for answers that must come, and for messages that may. */
const MUST_MS = 30_000

export class Era {
  #boots = 1
  /** The last batch that is known to have survived the machine. */
  #safe = 0
  /** Runs of the gateway that were judged. */
  #judged = 0
  #connections = 0

  constructor({ dice, clients, name, dir = mkdtempSync(join(tmpdir(), 'iaq-torture-')) }) {
    Object.assign(this, { dir, dice, clients, name, book: new Book(name), switches: [] })
    mkdirSync(dir, { recursive: true })
    this.flags = flagsFor(dice)
  }

  /** Starts the gateway. Settings change with the round; `more` overrides them. */
  async serve(more = {}) {
    this.flags = { ...flagsFor(this.dice), ...more }
    this.book.say(`start, boot ${this.#boots}, ${JSON.stringify(this.flags.answer)}`)
    this.served = await serve({ dir: this.dir, flags: this.flags, boot: `torture-${this.#boots}` })
    return this.served
  }

  /** A connection of a link, straight to the gateway or by way of a proxy's port. */
  async connect(link, { port = this.served.port, withhold = 0 } = {}) {
    const framing = this.dice.pick(FRAMINGS)
    const id = `${link.name}#${++this.#connections}`
    const proxied = port !== this.served.port
    const dice = this.dice.fork()
    const opened = await openSwitch({ port, link, framing, book: this.book, dice, id, withhold, proxied })
    this.book.say(`${id} ${framing}${proxied ? ' proxied' : ''}`)
    this.switches.push(opened)
    return opened
  }

  /** All clients connect and pipeline their queries. Returns how many messages ought to come. */
  async load(options) {
    let asked = 0
    for (let i = 0; i < this.clients; i++) {
      const opened = await this.connect(LINKS[i % LINKS.length], options)
      const count = this.dice.between(30, 250)
      opened.ask(count)
      asked += count
    }
    return asked * 2
  }

  /** One good connection a link, so that what waits finds its way; resolves when nothing is open and nothing waits. */
  async settle() {
    for (const link of LINKS) (await this.connect(link)).ask(1)
    for (const each of this.switches) each.release()
    if (!(await this.book.watch(() => this.book.quiet, MUST_MS)))
      this.book.fault(`the gateway stands still: ${this.#missing()}`)
    const idle = async () => {
      const { open, links } = await this.served.status()
      return open === 0 && links.every((link) => link.waiting === 0 && link.unacknowledged === 0)
    }
    if (!(await until(idle, MUST_MS, 20)))
      this.book.fault(`the gateway still holds ${JSON.stringify(await this.served.status())}`)
    for (const each of this.switches) await each.close()
  }

  #missing() {
    const open = [...this.book.connections].filter((own) => !own.ended && own.pending > 0)
    return open.map((own) => `${own.id} waits for ${own.pending}`).join(', ')
  }

  /** SIGTERM; a stop that isn't clean is a fault. */
  async stop() {
    this.book.say('SIGTERM')
    const code = await this.served.stop()
    if (code !== 0) this.book.fault(`SIGTERM ended with ${code}`)
    await this.#ended('stop')
  }

  async kill() {
    this.book.say('SIGKILL')
    await this.served.kill()
    await this.#ended('kill')
  }

  /** kill -9, and the machine with it: another boot takes up what had been synced. */
  async crash() {
    await this.kill()
    const before = Ledger.read(this.dir)
    const { words, safe } = cutStore(this.dir, this.dice.fork(), this.#safe)
    this.#safe = safe
    this.book.say(words)
    const after = Ledger.read(this.dir)
    auditCut(this.book, before, after)
    this.#judged = after.run
    this.#boots++
  }

  async #ended(how) {
    await Promise.all(this.switches.map((each) => each.ended))
    this.switches = []
    const ledger = Ledger.read(this.dir)
    // A process that was killed before it wrote down its start has done nothing that could be judged.
    if (ledger.run > this.#judged) auditRound(this.book, ledger, how)
    this.#judged = ledger.run
    // What was judged is done with; a second start in the same round has frames of its own.
    this.book.frames = []
    this.book.connections = new Set()
  }

  /** Serves until nothing is open, and recounts. */
  async end() {
    this.book.beginRound()
    await this.serve()
    await this.settle()
    await this.stop()
    auditEnd(this.book, Ledger.read(this.dir), Ledger.recount(this.dir))
  }

  /** Ends whatever still runs. */
  async abandon() {
    for (const each of this.switches) each.destroy()
    await this.served?.kill()
    await Promise.all(this.switches.map((each) => each.ended))
  }

  /** Leaves the store for whoever looks into it, with what happened in this round. Returns the folder. */
  keep() {
    writeFileSync(join(this.dir, 'transcript.txt'), `${this.book.transcript.join('\n')}\n`)
    return this.dir
  }

  remove() {
    rmSync(this.dir, { recursive: true, force: true })
  }
}
