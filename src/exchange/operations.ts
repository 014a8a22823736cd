import type { Service } from '../services/index.js'
import type { JournalRecord } from '../store/index.js'
import type { Clock, WallClock } from '../time/index.js'
import type { Committer } from './committer.js'
import type { Delivery, LinkSummary } from './delivery.js'
import { keptEvents } from './drafts.js'
import type { Matters } from './matters.js'
import {
  type CancelRecord,
  decodeRecord,
  encodeRecord,
  type HoldRecord,
  type NoteRecord,
  RECORD,
  type ReleaseRecord,
  type ResendRecord,
  type SentAnswer,
} from './records.js'
import type { LinkCounts, State, Waiting } from './state.js'

export interface OperationsOptions {
  readonly state: State
  readonly clock: Clock
  readonly wall: WallClock
  /** Told of what operators do with answers. */
  readonly services: readonly Service[]
  readonly committer: Pick<Committer, 'append' | 'appendLazily'>
  /** Without them the store is at rest, and what was decided takes effect when it is served. */
  readonly live?: { readonly delivery: Delivery; readonly matters: Matters }
}

/** An answer that waits, as operators see it. */
export interface WaitingSummary {
  readonly link: string
  readonly reference: string
  readonly type: string
  /** Milliseconds since the epoch. */
  readonly receivedAt: number
  readonly due: number
  /** It goes when an operator releases it. */
  readonly held: boolean
  /** It was handed to a connection, and isn't known to have arrived. */
  readonly sent: boolean
}

const SEGMENTS_REMOVED = 'segments removed'

/** The first segment that a note about removed ones leaves; undefined where it is about something else. */
export function removedUpTo(record: JournalRecord): number | undefined {
  const { what, details } = decodeRecord<NoteRecord>(record)
  return what === SEGMENTS_REMOVED ? Number(details.first) : undefined
}

/** What operators do with links and answers. Each is a record of the journal first, so that it holds after a crash. */
export class Operations {
  constructor(private readonly options: OperationsOptions) {}

  /** Holds a link's answers, or lets them go. */
  hold(link: string, held: boolean): void {
    const { state, live } = this.options
    const record: HoldRecord = { t: this.options.clock.now(), link, held }
    this.#record(RECORD.hold, record)
    state.evolveHold(record)
    if (!held) live?.delivery.letGo(link)
  }

  /** Lets a held answer go. Returns how many went. */
  release(reference: string): number {
    const { state, live } = this.options
    const held = this.#of(reference).filter((each) => each.held)
    if (held.length === 0) return 0
    const record: ReleaseRecord = { ref: reference, ...this.#settling(reference) }
    this.#record(RECORD.release, record)
    state.evolveRelease(record)
    live?.matters.resume(held)
    return held.length
  }

  /** Takes back what waits of a matter. Returns how many answers will not go out. */
  cancel(reference: string): number {
    const { state, live } = this.options
    const ids = this.#of(reference).map(({ id }) => id)
    if (ids.length === 0) return 0
    const record: CancelRecord = { ref: reference, ids, ...this.#settling(reference) }
    this.#record(RECORD.cancel, record)
    state.evolveCancel(record)
    live?.delivery.forget(ids)
    return ids.length
  }

  /** Sends answers again that went out before: marked, with the counts that they had. Returns how many. */
  resend(link: string, answers: readonly SentAnswer[]): number {
    const { state, live } = this.options
    const fresh = answers.filter(({ id }) => !state.waiting.has(id))
    if (fresh.length === 0) return 0
    const record: ResendRecord = { t: this.options.clock.now(), link, answers: fresh }
    this.#record(RECORD.resend, record)
    state.evolveResend(record)
    live?.matters.resume(fresh.flatMap(({ id }) => state.waiting.get(id) ?? []))
    return fresh.length
  }

  /** Every link that is configured, was used, or is held. @param live what is known of those that are served. */
  links(live: readonly LinkSummary[]): (LinkSummary & LinkCounts)[] {
    const { state } = this.options
    const waiting = new Map<string, number>()
    for (const { link } of state.waiting.values()) waiting.set(link, (waiting.get(link) ?? 0) + 1)
    const known = new Map(live.map((each) => [each.name, each]))
    const names = new Set([...known.keys(), ...state.links.keys(), ...state.heldLinks])
    return [...names].sort().map((name) => ({
      ...(known.get(name) ?? { name, connections: 0, unacknowledged: 0 }),
      waiting: waiting.get(name) ?? 0,
      held: state.heldLinks.has(name),
      in: state.links.get(name)?.in ?? 0,
      out: state.links.get(name)?.out ?? 0,
    }))
  }

  /** What waits, oldest first. */
  waiting(link: string | undefined, most: number): { total: number; answers: WaitingSummary[] } {
    const all = [...this.options.state.waiting.values()].filter(
      (each) => link === undefined || each.link === link,
    )
    const answers = all
      .sort((a, b) => a.id - b.id)
      .slice(0, most)
      .map(({ link, ref, type, receivedAt, due, held, count }) => ({
        ...{ link, reference: ref, type, receivedAt, due, held },
        sent: count > 0,
      }))
    return { total: all.length, answers }
  }

  /** Puts something into the audit trail that changes nothing else. */
  note(what: string, details: NoteRecord['details'] = {}): void {
    const record: NoteRecord = { t: this.options.clock.now(), what, details }
    this.options.committer.appendLazily(encodeRecord(RECORD.note, record))
  }

  /** Segments of the journal go: what is missing from then on is missing rightly. */
  segmentsRemoved(removed: number, first: number): void {
    this.#record(RECORD.note, {
      t: this.options.clock.now(),
      what: SEGMENTS_REMOVED,
      details: { removed, first },
    })
  }

  /** What follows for services, in the same record. */
  #settling(reference: string): Omit<ReleaseRecord, 'ref'> {
    const { clock, wall, services } = this.options
    const t = clock.now()
    const events = services.flatMap((each) => each.settled?.(reference) ?? [])
    return events.length === 0 ? { t } : { t, day: wall.at(t).day, events: keptEvents(events) }
  }

  #of(reference: string): Waiting[] {
    return [...this.options.state.waiting.values()].filter(({ ref }) => ref === reference)
  }

  #record(type: number, record: object): void {
    this.options.committer.append(encodeRecord(type, record))
  }
}
