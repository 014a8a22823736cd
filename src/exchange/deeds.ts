import type { Matcher } from '../matching/index.js'
import type { Deed, Json, Moment, Service } from '../services/index.js'
import type { Position } from '../store/index.js'
import type { Clock, WallClock } from '../time/index.js'
import { type Drafting, keepDrafts, keptEvents } from './drafts.js'
import { type DeedRecord, encodeRecord, RECORD } from './records.js'
import { referenceOf, type State, type Waiting } from './state.js'

/** What deeds are written to, and what becomes of their answers. */
export interface DeedsOptions extends Drafting {
  readonly state: State
  readonly services: ReadonlyMap<string, Service>
  readonly matcher: Matcher
  readonly clock: Clock
  readonly wall: WallClock
  /** Writes a record down. @param kept called with its place. @param synced called when it is safe. */
  readonly write: (
    record: { readonly type: number; readonly text: string },
    kept: (at: Position) => void,
    synced: () => void,
  ) => void
  /** Answers are safe on disk and may go out at their time. */
  readonly ready: (answers: readonly Waiting[]) => void
  /** Their records have their place. */
  readonly kept: (answers: readonly Waiting[], at: Position) => void
  /** A service's own fault in what its clock asked of it. */
  readonly failed: (service: string, error: unknown) => void
}

/** What is due is looked for at least this often, so that a clock that is set is noticed. */
const LONGEST_WAIT_MS = 1000
/** What is done in one turn before messages have theirs. */
const AT_ONCE = 100

/** What services do without a message: each deed is one record, and their memories and figures follow from it. */
export class Deeds {
  readonly #options: DeedsOptions
  #timer: NodeJS.Timeout | undefined
  /** Monotonic milliseconds at which the timer fires. */
  #fires = Number.POSITIVE_INFINITY
  #running = false

  constructor(options: DeedsOptions) {
    this.#options = options
  }

  /** From now on what is due is done. */
  start(): void {
    this.#running = true
    this.arm()
  }

  stop(): void {
    this.#running = false
    clearTimeout(this.#timer)
  }

  /** Something happened: what is due next may be another. One timer for all services and all they wait for. */
  arm(): void {
    if (!this.#running) return
    const { services, clock } = this.#options
    let next = Number.POSITIVE_INFINITY
    for (const service of services.values()) next = Math.min(next, service.nextDue?.() ?? next)
    if (next === Number.POSITIVE_INFINITY) return
    const wait = Math.min(LONGEST_WAIT_MS, Math.max(0, next - clock.now()))
    const fires = clock.monotonic() + wait
    if (fires >= this.#fires) return
    this.#fires = fires
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#fire(), wait).unref()
  }

  #fire(): void {
    this.#fires = Number.POSITIVE_INFINITY
    let left = AT_ONCE
    for (const service of this.#options.services.values())
      try {
        for (let deed = service.due?.(this.#now()); deed; deed = service.due?.(this.#now())) {
          this.#do(service.name, 'clock', deed)
          if (--left === 0) break
        }
      } catch (error) {
        this.#options.failed(service.name, error)
      }
    this.arm()
  }

  /**
   * An operator has a service do something. Resolves with what he is told once it is safe on disk.
   * @throws {Error} saying why not.
   */
  async act(name: string, action: string, args: Readonly<Record<string, Json | undefined>>): Promise<Json> {
    const service = this.#options.services.get(name)
    const asked = service?.asks?.(action, args) ?? []
    const found = asked.length > 0 ? await this.#options.matcher.query(asked) : []
    const deed = service?.act?.(action, args, this.#now(), found)
    if (!deed) throw new Error(`there is nothing called '${action}' that ${name} could do`)
    await new Promise<void>((synced) => this.#do(name, 'operator', deed, synced))
    return deed.result ?? null
  }

  /** What a service shows operators. @throws {Error} where it shows nothing. */
  view(name: string, args: Readonly<Record<string, Json | undefined>>): Json {
    const shown = this.#options.services.get(name)?.view?.(args, this.#now())
    if (shown === undefined) throw new Error(`${name} has nothing to show`)
    return shown
  }

  #now(): Moment {
    const t = this.#options.clock.now()
    return { t, day: this.#options.wall.at(t).day }
  }

  #do(service: string, who: DeedRecord['who'], deed: Deed, synced: () => void = () => undefined): void {
    const { state, write, ready, kept } = this.#options
    const { t, day } = this.#now()
    const answers = keepDrafts(deed.answers, this.#options)
    const own = answers.some(({ to }) => to?.ref === undefined)
    const record: DeedRecord = {
      ...{ t, day, service, who, what: deed.what, answers },
      ref: own ? referenceOf(day, state.nextReference) : '',
      events: keptEvents(deed.events ?? []),
      ...(deed.concludes ? { concludes: deed.concludes } : {}),
    }
    const waiting = state.evolveDeed(record, 0)
    // Its answers wait for the disk: nobody would ask again for what the machine's crash took, so that a deed that is
    // done anew couldn't know that it had been told before.
    const safe = (): void => {
      ready(waiting)
      synced()
    }
    write(encodeRecord(RECORD.deed, record), (at) => kept(waiting, at), safe)
    this.arm()
  }
}
