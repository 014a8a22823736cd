import { ByteWriter } from '../bytes/index.js'
import { closeFrame, type Framing, openFrame } from '../frame/index.js'
import type { AnswerText } from '../message/index.js'
import { writeOutEntry } from './records.js'
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
  /** How its frames are told apart; undefined until its first byte, and nothing can be written before. */
  readonly framing: Framing | undefined
  /**
   * Writes frames in one write; `done` is called when the system took them, or with why not, and whether any of it may
   * have gone out.
   */
  send(frames: Buffer, done: (error: Error | undefined, begun: boolean) => void): void
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

class Lane {
  /** Refusals, which go first: they wait for nothing but the socket. */
  refusals: Refused[] = []
  queue: Waiting[] = []
  /** Ends the connection once its refusals have gone; set where its stream can't be trusted any more. */
  ending: (() => void) | undefined = undefined
  /** Something may go out over it. */
  touched = false
  /** What it gets in the next write. */
  load: Load | undefined = undefined

  constructor(readonly connection: Connection) {}
}

interface LinkState {
  readonly name: string
  readonly acknowledged: boolean
  /** Oldest first. */
  readonly connections: Connection[]
  /** Answers without a connection of their own. Whoever takes them takes the oldest first. */
  orphans: Waiting[]
  /** Sent and not yet acknowledged, by count. */
  readonly unacknowledged: Map<number, { waiting: Waiting; connection: Connection }>
}

/** A link as operators see it. */
export interface LinkSummary {
  readonly name: string
  readonly connections: number
  /** Answers that could go out and haven't. */
  readonly waiting: number
  readonly unacknowledged: number
  readonly held: boolean
}

/** What one connection gets in one write: its frames stand in a sheet. */
interface Load {
  readonly items: Outgoing[]
  sheet: Sheet
  from: number
  to: number
}

/** Memory for the frames of many connections; used again when the last of them has gone. */
interface Sheet {
  readonly bytes: ByteWriter
  /** Writes that haven't gone. */
  writes: number
}

export interface DeliveryOptions {
  readonly state: State
  readonly links: readonly LinkRule[]
  /** Writes an answer as a frame's body. */
  readonly encode: (answer: AnswerText, count: number, marked: boolean, into: ByteWriter) => void
  /** Reads an answer that is no longer in memory. */
  readonly load: (waiting: Waiting) => AnswerText | undefined
  /** Called once for each message that goes out. */
  readonly onSent: (item: Outgoing, link: string, connection: Connection, now: number) => void
  /** Monotonic milliseconds. */
  readonly now: () => number
  /** An answer can't be laid out: it stays in the journal and is tried again at the next start. */
  readonly onUnsendable: (waiting: Outgoing, error: unknown) => void
  /** Something can go out: a flush is wanted. */
  readonly wake: () => void
  /** Something is done, which is to be written down some time soon. */
  readonly later: () => void
}

/** Most messages of a link that may be unacknowledged at once (wire format, section 1). */
const MOST_UNACKNOWLEDGED = 1000
/** Answers of a link that wait in memory; the rest are read from the journal when their turn comes. */
const MOST_IN_MEMORY = 256
/** Bytes that a socket is given at once; the rest goes when they have gone. */
const MOST_AT_ONCE = 256 * 1024
/** Bytes of a sheet beyond which the next connection's frames go onto another. */
const SHEET_FULL = 64 * 1024
const SHEET_BYTES = 2 * SHEET_FULL
/** Sheets that are kept for later. */
const MOST_SHEETS = 16

/**
 * The answers' way out: each goes over the connection that asked, else over the oldest open one of its link that
 * takes more, else it waits for the next. Counts are given in the order of writing. One link's waiting never touches
 * another's.
 */
export class Delivery {
  readonly #lanes = new Map<number, Lane>()
  readonly #links = new Map<string, LinkState>()
  #touched: Lane[] = []
  #done: number[] = []
  /** Lanes whose frames are laid out. */
  #loaded: Lane[] = []
  readonly #sheets: Sheet[] = []

  constructor(private readonly options: DeliveryOptions) {}

  opened(connection: Connection): void {
    this.#lanes.set(connection.id, new Lane(connection))
  }

  /** Ties a connection to its link; what waits for the link goes out over it. */
  bind(connection: Connection, name: string): void {
    connection.link = name
    const link = this.#link(name)
    link.connections.push(connection)
    this.#offer(link)
  }

  closed(connection: Connection): void {
    const lane = this.#lanes.get(connection.id)
    this.#lanes.delete(connection.id)
    const collected = lane?.load?.items.filter(isWaiting) ?? []
    if (lane?.load) {
      lane.load.sheet.writes--
      lane.load = undefined
    }
    const link = connection.link === undefined ? undefined : this.#link(connection.link)
    if (!link) return
    link.connections.splice(link.connections.indexOf(connection), 1)
    // What has its count but was never written isn't a possible duplicate.
    for (const waiting of collected) link.unacknowledged.delete(waiting.count)
    const back = [...collected, ...(lane?.queue ?? [])]
    for (const [count, sent] of link.unacknowledged) {
      if (sent.connection !== connection) continue
      link.unacknowledged.delete(count)
      sent.waiting.marked = true
      back.push(sent.waiting)
    }
    this.#requeue(link, back)
  }

  /** Ends a connection once the refusals that wait for it have gone; other answers take other ways. */
  finish(connection: Connection, end: () => void): void {
    const lane = this.#lanes.get(connection.id)
    if (!lane) return
    lane.ending = end
    if (lane.refusals.length === 0) end()
  }

  /** An answer may go. @param connection the one that carried the question, where it is still known. */
  ready(waiting: Waiting, connection: number): void {
    const lane = this.#lanes.get(connection)
    if (lane && !lane.ending && lane.connection.link === waiting.link) {
      lane.queue.push(waiting)
      this.#touch(lane)
    } else this.#requeue(this.#link(waiting.link), [waiting])
  }

  /** A refusal never waits for another connection. */
  refuse(connection: Connection, line: string, answer: AnswerText, started: number, type: string): void {
    const lane = this.#lanes.get(connection.id)
    if (!lane) return
    lane.refusals.push({ id: 0, line, answer, started, type, ref: undefined, count: 0 })
    this.#touch(lane)
  }

  /** A connection takes more again. */
  drained(connection: Connection): void {
    const lane = this.#lanes.get(connection.id)
    if (lane && this.#hasMore(lane)) this.#touch(lane)
  }

  /** The receiver has a message. False where the count is unknown or done. */
  acknowledged(connection: Connection, count: number): boolean {
    const link = this.#linkOf(connection)
    const sent = link?.unacknowledged.get(count)
    if (!link || !sent) return false
    link.unacknowledged.delete(count)
    this.#finish(sent.waiting)
    for (const each of link.connections) this.drained(each)
    return true
  }

  /**
   * Messages that only this connection's reader holds up. What waits for acknowledgements isn't counted: those come
   * over the same connection behind its questions, so that it must go on being read.
   */
  backlog(connection: Connection): number {
    const lane = this.#lanes.get(connection.id)
    if (!lane) return 0
    const link = this.#linkOf(connection)
    if (!link || this.#isFull(link) || this.#isHeld(link)) return lane.refusals.length
    const orphans = link.connections[0] === connection ? link.orphans.length : 0
    return lane.refusals.length + lane.queue.length + orphans
  }

  /** Whether so much waits for a connection that takes nothing that what it says needn't stay in memory. */
  isCrowded(connection: number): boolean {
    const lane = this.#lanes.get(connection)
    return lane !== undefined && lane.queue.length > MOST_IN_MEMORY && !lane.connection.writable
  }

  /** Every link that is configured or was used: its connections, what waits for it, and whether it is held. */
  summary(): LinkSummary[] {
    for (const { name } of this.options.links) this.#link(name)
    return [...this.#links.values()].map((link) => ({
      name: link.name,
      connections: link.connections.length,
      waiting: link.connections.reduce((sum, each) => sum + this.#queued(each), link.orphans.length),
      unacknowledged: link.unacknowledged.size,
      held: this.#isHeld(link),
    }))
  }

  /** An operator let a link's answers go. */
  letGo(name: string): void {
    const link = this.#link(name)
    for (const connection of link.connections) this.drained(connection)
    this.#offer(link)
  }

  /** Answers that were taken back: none of them goes out any more. */
  forget(ids: readonly number[]): void {
    const gone = new Set(ids)
    const left = (items: readonly Waiting[]): Waiting[] => items.filter(({ id }) => !gone.has(id))
    for (const lane of this.#lanes.values()) lane.queue = left(lane.queue)
    for (const link of this.#links.values()) {
      link.orphans = left(link.orphans)
      for (const [count, { waiting }] of link.unacknowledged)
        if (gone.has(waiting.id)) link.unacknowledged.delete(count)
    }
  }

  /** Whether something may go out. */
  get wantsOut(): boolean {
    return this.#touched.length > 0
  }

  /**
   * Takes what can go now, gives counts and lays the frames out. What goes where is written to the journal's record,
   * which must be kept before {@link transmit}.
   * @returns whether anything goes.
   */
  collect(record: ByteWriter): boolean {
    const touched = this.#touched
    this.#touched = []
    for (const lane of touched) {
      lane.touched = false
      if (this.#lanes.get(lane.connection.id) === lane) this.#collectLane(lane, record)
    }
    return this.#loaded.length > 0
  }

  #collectLane(lane: Lane, record: ByteWriter): void {
    const { connection } = lane
    if (!connection.writable || lane.load) return
    const sheet = this.#sheet()
    const { at } = sheet.bytes
    const load: Load = { items: [], sheet, from: at, to: at }
    lane.refusals = this.#take(lane.refusals, connection, load, record)
    const link = this.#linkOf(connection)
    if (link && !lane.ending && !this.#isHeld(link)) {
      if (link.orphans.length > 0 && this.#carrier(link) === lane)
        // Waiting there is no order of its own: they come from several connections, and when they are due.
        link.orphans = this.#take(link.orphans.sort(this.#oldestFirst(link)), connection, load, record)
      lane.queue = this.#take(lane.queue, connection, load, record)
    }
    if (load.items.length === 0) return
    load.to = sheet.bytes.at
    sheet.writes++
    lane.load = load
    this.#loaded.push(lane)
  }

  /** A sheet with room: the one that is being filled, or one that nothing is written from any more. */
  #sheet(): Sheet {
    const [current] = this.#sheets
    if (current && current.bytes.at < SHEET_FULL) return current
    const free = this.#sheets.findIndex((each) => each.writes === 0)
    const [sheet = { bytes: new ByteWriter(SHEET_BYTES), writes: 0 }] =
      free < 0 ? [] : this.#sheets.splice(free, 1)
    sheet.bytes.at = 0
    this.#sheets.unshift(sheet)
    if (this.#sheets.length > MOST_SHEETS) this.#sheets.pop()
    return sheet
  }

  /** What has a count went out before what has none, in the order of the counts; they wrap. */
  #oldestFirst(link: LinkState): (a: Waiting, b: Waiting) => number {
    const { out } = this.options.state.counts(link.name)
    const age = ({ count }: Waiting): number => (count === 0 ? -1 : (out - count + 99_999) % 99_999)
    return (a, b) => age(b) - age(a) || a.id - b.id
  }

  /** Puts as much of a queue into a load as may go. Returns the rest. */
  #take<T extends Outgoing>(queue: T[], connection: Connection, load: Load, record: ByteWriter): T[] {
    if (queue.length === 0) return queue
    const { framing = 'stx-etx' } = connection
    let taken = 0
    for (const item of queue) {
      const link = isWaiting(item) ? this.#link(item.link) : undefined
      if (load.sheet.bytes.at - load.from > MOST_AT_ONCE || (link && this.#isFull(link))) break
      taken++
      if (!this.#layOut(item, load, framing, record)) continue
      if (isWaiting(item) && link?.acknowledged)
        link.unacknowledged.set(item.count, { waiting: item, connection })
    }
    return taken === 0 ? queue : taken === queue.length ? [] : queue.slice(taken)
  }

  /** The count is taken only where the body could be made, so that none is left out on the wire. */
  #layOut(item: Outgoing, load: Load, framing: Framing, record: ByteWriter): boolean {
    const { bytes } = load.sheet
    const start = bytes.at
    try {
      const answer = isWaiting(item) ? (item.answer ?? this.options.load(item)) : item.answer
      if (!answer) return false
      if (isWaiting(item)) item.answer = answer
      const line = lineOf(item)
      const counts = this.options.state.counts(line)
      const count = item.count > 0 ? item.count : nextCount(counts.out)
      openFrame(framing, bytes)
      this.options.encode(answer, count, isWaiting(item) && item.marked, bytes)
      closeFrame(framing, bytes, start)
      if (item.count === 0) counts.out = count
      item.count = count
      load.items.push(item)
      writeOutEntry(item.id, line, count, record)
      return true
    } catch (error) {
      bytes.at = start
      this.options.onUnsendable(item, error)
      return false
    }
  }

  /** Writes what was collected, one write a connection. */
  transmit(): void {
    if (this.#loaded.length === 0) return
    const loaded = this.#loaded
    this.#loaded = []
    const now = this.options.now()
    for (const lane of loaded) {
      const { load, connection } = lane
      lane.load = undefined
      // A connection that has closed since gave back what it was to get.
      if (!load) continue
      const { items, sheet, from, to } = load
      connection.send(sheet.bytes.buffer.subarray(from, to), (error, begun) => {
        sheet.writes--
        if (error) this.#failed(items, begun)
        else this.#written(items)
      })
      for (const item of items) this.options.onSent(item, lineOf(item), connection, now)
      if (this.#lanes.get(connection.id) !== lane) continue
      if (lane.ending && lane.refusals.length === 0) lane.ending()
      else if (this.#hasMore(lane) && connection.writable) this.#touch(lane)
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

  /** The connection ended before the system took the write, part of which may have gone out where it was begun. */
  #failed(items: readonly Outgoing[], begun: boolean): void {
    for (const item of items) {
      if (!isWaiting(item)) continue
      const link = this.#link(item.link)
      if (link.acknowledged && !link.unacknowledged.has(item.count)) continue
      link.unacknowledged.delete(item.count)
      if (begun) item.marked = true
      this.#requeue(link, [item])
    }
  }

  #finish(waiting: Waiting): void {
    this.options.state.drop(waiting.id)
    this.#done.push(waiting.id)
    this.options.later()
  }

  #touch(lane: Lane): void {
    if (!lane.touched) {
      lane.touched = true
      this.#touched.push(lane)
    }
    this.options.wake()
  }

  #requeue(link: LinkState, items: readonly Waiting[]): void {
    if (items.length === 0) return
    for (const item of items) {
      link.orphans.push(item)
      if (link.orphans.length > MOST_IN_MEMORY && item.at !== 0) item.answer = undefined
    }
    this.#offer(link)
  }

  /** What has no connection of its own goes over the oldest that takes more. */
  #offer(link: LinkState): void {
    const lane = link.orphans.length > 0 ? this.#carrier(link) : undefined
    if (lane) this.#touch(lane)
  }

  #carrier(link: LinkState): Lane | undefined {
    for (const connection of link.connections) {
      const lane = this.#lanes.get(connection.id)
      if (lane && !lane.ending && connection.writable) return lane
    }
    return undefined
  }

  #hasMore(lane: Lane): boolean {
    return lane.refusals.length + lane.queue.length + (this.#linkOf(lane.connection)?.orphans.length ?? 0) > 0
  }

  #queued(connection: Connection): number {
    const lane = this.#lanes.get(connection.id)
    return lane ? lane.refusals.length + lane.queue.length : 0
  }

  #isFull(link: LinkState): boolean {
    return link.acknowledged && link.unacknowledged.size >= MOST_UNACKNOWLEDGED
  }

  #isHeld(link: LinkState): boolean {
    return this.options.state.heldLinks.has(link.name)
  }

  #linkOf(connection: Connection): LinkState | undefined {
    return connection.link === undefined ? undefined : this.#link(connection.link)
  }

  #link(name: string): LinkState {
    let link = this.#links.get(name)
    if (!link) {
      const rule = this.options.links.find((each) => each.name === name)
      link = {
        name,
        acknowledged: rule?.delivery === 'acknowledged',
        connections: [],
        orphans: [],
        unacknowledged: new Map(),
      }
      this.#links.set(name, link)
    }
    return link
  }
}
