import type { AnswerText } from '../message/index.js'
import type { OutEntry } from './records.js'
import { nextCount, type State, type Waiting } from './state.js'

/** A connection as the exchange sees it; the link room makes them. */
export interface Connection {
  readonly id: number
  /** Address of the other side, for the log. */
  readonly peer: string
  /** The link it belongs to; undefined until its first good message says so. */
  link: string | undefined
  /** ORI of the last good message. */
  lastOri: string | undefined
  /** Whether it takes more now; {@link Delivery.drained} is called when it does again. */
  readonly writable: boolean
  /** Writes bodies in one write; `done` is called when the system took them, or with why not. */
  send(bodies: readonly string[], done: (error?: Error) => void): void
  pause(): void
  resume(): void
}

export interface LinkRule {
  readonly name: string
  readonly delivery: 'written' | 'acknowledged'
}

/** A refusal on its way: it goes out over its connection or not at all. */
interface Refused {
  readonly id: 0
  readonly line: string
  readonly answer: AnswerText
  readonly started: number
  readonly type: string
  readonly ref: undefined
  count: number
}

export type Outgoing = Waiting | Refused

const isWaiting = (item: Outgoing): item is Waiting => item.id !== 0
/** Whose counts an item is counted on. */
const lineOf = (item: Outgoing): string => (isWaiting(item) ? item.link : item.line)

interface Lane {
  readonly connection: Connection
  queue: Outgoing[]
}

interface LinkState {
  readonly name: string
  readonly acknowledged: boolean
  /** Oldest first. */
  readonly connections: Connection[]
  /** Answers without a connection of their own, oldest first. */
  unrouted: Waiting[]
  /** Sent and not yet acknowledged, by count. */
  readonly unacknowledged: Map<number, { waiting: Waiting; connection: Connection }>
}

export interface DeliveryOptions {
  readonly state: State
  readonly links: readonly LinkRule[]
  /** Turns an answer into a frame's body. */
  readonly encode: (answer: AnswerText, count: number, marked: boolean) => string
  /** Reads an answer that is no longer in memory. */
  readonly load: (waiting: Waiting) => AnswerText | undefined
  /** Called once for each message that goes out. */
  readonly onSent: (item: Outgoing, link: string, connection: Connection) => void
  /** Something can go out: a flush is wanted. */
  readonly wake: () => void
}

/** Most messages of a link that may be unacknowledged at once (wire format, section 1). */
const MOST_UNACKNOWLEDGED = 1000
/** Answers of a link that wait in memory; the rest are read from the journal when their turn comes. */
const MOST_IN_MEMORY = 256
/** Bytes that a socket is given at once; the rest goes when they have gone. */
const MOST_AT_ONCE = 256 * 1024

/**
 * The answers' way out: each goes over the connection that asked, else over the oldest open one of its link, else it
 * waits for the next. Counts are given in the order of writing. One link's waiting never touches another's.
 */
export class Delivery {
  readonly #lanes = new Map<number, Lane>()
  readonly #links = new Map<string, LinkState>()
  readonly #dirty = new Set<Lane>()
  #done: number[] = []
  #batch = new Map<Connection, { bodies: string[]; items: Outgoing[] }>()

  constructor(private readonly options: DeliveryOptions) {}

  opened(connection: Connection): void {
    this.#lanes.set(connection.id, { connection, queue: [] })
  }

  /** Ties a connection to its link; what waits for the link goes out over it. */
  bind(connection: Connection, name: string): void {
    connection.link = name
    const link = this.#link(name)
    link.connections.push(connection)
    this.#route(link)
  }

  closed(connection: Connection): void {
    const lane = this.#lanes.get(connection.id)
    this.#lanes.delete(connection.id)
    if (lane) this.#dirty.delete(lane)
    const link = connection.link === undefined ? undefined : this.#link(connection.link)
    if (!link) return
    link.connections.splice(link.connections.indexOf(connection), 1)
    const back: Waiting[] = (lane?.queue ?? []).filter(isWaiting)
    for (const [count, sent] of link.unacknowledged) {
      if (sent.connection !== connection) continue
      link.unacknowledged.delete(count)
      sent.waiting.marked = true
      back.push(sent.waiting)
    }
    this.#requeue(link, back)
  }

  /** An answer may go. @param connection the one that carried the question, where it is still known. */
  ready(waiting: Waiting, connection: number): void {
    const lane = this.#lanes.get(connection)
    const link = this.#link(waiting.link)
    if (lane && lane.connection.link === waiting.link) this.#enqueue(lane, waiting)
    else this.#requeue(link, [waiting])
  }

  /** A refusal never waits for another connection. */
  refuse(connection: Connection, line: string, answer: AnswerText, started: number, type: string): void {
    const lane = this.#lanes.get(connection.id)
    if (lane) this.#enqueue(lane, { id: 0, line, answer, started, type, ref: undefined, count: 0 })
  }

  drained(connection: Connection): void {
    const lane = this.#lanes.get(connection.id)
    if (lane && lane.queue.length > 0) this.#enqueue(lane)
  }

  /** The receiver has a message. False where the count is unknown or done. */
  acknowledged(connection: Connection, count: number): boolean {
    const link = connection.link === undefined ? undefined : this.#link(connection.link)
    const sent = link?.unacknowledged.get(count)
    if (!link || !sent) return false
    link.unacknowledged.delete(count)
    this.#finish(sent.waiting)
    for (const each of link.connections) this.drained(each)
    return true
  }

  /** Messages of a link that wait to be written over open connections. */
  backlog(connection: Connection): number {
    return this.#lanes.get(connection.id)?.queue.length ?? 0
  }

  /** How many answers each link has waiting, and over how many connections they could go. */
  summary(): { name: string; connections: number; waiting: number; unacknowledged: number }[] {
    return [...this.#links.values()].map((link) => ({
      name: link.name,
      connections: link.connections.length,
      waiting: link.unrouted.length + link.connections.reduce((sum, each) => sum + this.backlog(each), 0),
      unacknowledged: link.unacknowledged.size,
    }))
  }

  /** Takes what can go now, gives counts and makes the bodies. The entries must be in the journal before {@link transmit}. */
  collect(): OutEntry[] {
    const entries: OutEntry[] = []
    for (const lane of this.#dirty) {
      this.#dirty.delete(lane)
      this.#collectLane(lane, entries)
    }
    return entries
  }

  #collectLane(lane: Lane, entries: OutEntry[]): void {
    const { connection, queue } = lane
    if (!connection.writable) return
    const bodies: string[] = []
    const items: Outgoing[] = []
    let taken = 0
    let bytes = 0
    for (const item of queue) {
      const link = lineOf(item)
      const state = isWaiting(item) ? this.#link(link) : undefined
      if (state?.acknowledged && state.unacknowledged.size >= MOST_UNACKNOWLEDGED) break
      if (bytes > MOST_AT_ONCE) break
      taken++
      const answer = isWaiting(item) ? (item.answer ?? this.options.load(item)) : item.answer
      if (!answer) continue
      const again = item.count > 0
      if (!again) item.count = this.#nextCount(link)
      const body = this.options.encode(answer, item.count, isWaiting(item) && item.marked)
      bytes += body.length
      bodies.push(body)
      items.push(item)
      entries.push([item.id, link, item.count])
      if (isWaiting(item) && state?.acknowledged)
        state.unacknowledged.set(item.count, { waiting: item, connection })
    }
    lane.queue = queue.slice(taken)
    if (bodies.length > 0) this.#batch.set(connection, { bodies, items })
  }

  #nextCount(link: string): number {
    const counts = this.options.state.counts(link)
    counts.out = nextCount(counts.out)
    return counts.out
  }

  /** Writes what was collected, one write a connection. */
  transmit(): void {
    const batch = this.#batch
    this.#batch = new Map()
    for (const [connection, { bodies, items }] of batch) {
      const lane = this.#lanes.get(connection.id)
      if (!lane) {
        this.#failed(items)
        continue
      }
      connection.send(bodies, (error) => (error ? this.#failed(items) : this.#written(items)))
      for (const item of items) this.options.onSent(item, lineOf(item), connection)
      if (lane.queue.length > 0 && connection.writable) this.#enqueue(lane)
    }
  }

  /** Answers that are done since the last call; 'done' is written down after the write, never before. */
  takeDone(): number[] {
    const done = this.#done
    if (done.length > 0) this.#done = []
    return done
  }

  #written(items: readonly Outgoing[]): void {
    for (const item of items) if (isWaiting(item) && !this.#link(item.link).acknowledged) this.#finish(item)
  }

  /** The connection ended before the system took the write: part of it may have gone out. */
  #failed(items: readonly Outgoing[]): void {
    for (const item of items) {
      if (!isWaiting(item)) continue
      const link = this.#link(item.link)
      if (link.acknowledged && !link.unacknowledged.has(item.count)) continue
      link.unacknowledged.delete(item.count)
      item.marked = true
      this.#requeue(link, [item])
    }
  }

  #finish(waiting: Waiting): void {
    this.options.state.waiting.delete(waiting.id)
    this.#done.push(waiting.id)
    this.options.wake()
  }

  #enqueue(lane: Lane, item?: Outgoing): void {
    if (item) lane.queue.push(item)
    this.#dirty.add(lane)
    this.options.wake()
  }

  #requeue(link: LinkState, items: readonly Waiting[]): void {
    if (items.length === 0) return
    const last = link.unrouted.at(-1)
    link.unrouted.push(...items)
    if (items.length > 1 || (last && last.id > (items[0]?.id ?? 0))) link.unrouted.sort((a, b) => a.id - b.id)
    this.#route(link)
    if (link.unrouted.length > MOST_IN_MEMORY)
      for (const item of items) if (item.at !== 0) item.answer = undefined
  }

  #route(link: LinkState): void {
    const oldest = link.connections[0]
    const lane = oldest && this.#lanes.get(oldest.id)
    if (!lane || link.unrouted.length === 0) return
    // What waited is older than what the connection has of its own.
    lane.queue = [...link.unrouted, ...lane.queue]
    link.unrouted = []
    this.#enqueue(lane)
  }

  #link(name: string): LinkState {
    let link = this.#links.get(name)
    if (!link) {
      const rule = this.options.links.find((each) => each.name === name)
      link = {
        name,
        acknowledged: rule?.delivery === 'acknowledged',
        connections: [],
        unrouted: [],
        unacknowledged: new Map(),
      }
      this.#links.set(name, link)
    }
    return link
  }
}
