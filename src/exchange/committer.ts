import type { ByteWriter } from '../bytes/index.js'
import type { Logger } from '../log/index.js'
import { type Journal, type Position, type RecordDraft, StoreFullError } from '../store/index.js'
import type { Clock } from '../time/index.js'
import type { Delivery } from './delivery.js'
import { RECORD, writeDone, writeOut } from './records.js'

/** Who waits for a record. */
export interface Waiter {
  /** Called when the process's end can't lose the record any more. */
  kept?(at: Position): void
  /** Called when the machine's end can't lose it any more. */
  synced?(): void
}

const NOBODY: Waiter = {}

export interface CommitterOptions {
  readonly journal: Journal
  readonly clock: Clock
  readonly log: Logger
  readonly delivery: Delivery
  /** Whether questions wait that can be answered without waiting for anything. */
  readonly working: () => boolean
  /** Messages can't be kept any more. */
  readonly halt: () => void
  /** There is room again. */
  readonly goOn: () => void
  /** Called after every turn's work. */
  readonly flushed: () => void
  /** What is known after everything written so far, for a snapshot. */
  readonly snapshot: () => Buffer
}

const RETRY_FULL_MS = 500
/** How long an answer may wait for others to go with. */
const MOST_HELD_MS = 8
/** How long what nobody waits for may wait for a batch to go with. */
const LAZY_MS = 20

/**
 * All that has come together in one write to the journal, then one write a connection, then one sync for what needs
 * it. What comes in while a sync runs waits for its end, since no sync could cover it earlier anyway: so a write and a
 * sync serve as many messages as there are.
 */
export class Committer {
  readonly #options: CommitterOptions
  /** Who waits for each record that the journal has and hasn't written. */
  #waiters: Waiter[] = []
  /** What connections are to get is on record there. */
  #collected = false
  #scheduled = false
  /** Monotonic milliseconds since when something could go out and was held back. */
  #heldSince: number | undefined
  #lazy: NodeJS.Timeout | undefined
  #syncing = 0
  #retry: NodeJS.Timeout | undefined
  #failed = false
  #stopped = false

  constructor(options: CommitterOptions) {
    this.#options = options
  }

  /** Whether records can be kept. */
  get ready(): boolean {
    return this.#retry === undefined && !this.#failed && !this.#stopped
  }

  /** Something was taken in whose acknowledgement hasn't gone on its way. */
  get busy(): boolean {
    return this.#waiters.length > 0 || this.#syncing > 0
  }

  /** Begins a record; {@link keep} or {@link keepLazily} ends it. */
  begin(type: number): ByteWriter {
    return this.#options.journal.begin(type)
  }

  /** Keeps the record that was begun; one that waits for the disk goes with the next sync. */
  keep(waiter: Waiter = NOBODY): void {
    this.#options.journal.end()
    this.#waiters.push(waiter)
    if (waiter.synced === undefined || this.#syncing === 0) this.wake()
  }

  /** Keeps a record that nobody waits for: it goes with the next that somebody does, or soon. */
  keepLazily(waiter: Waiter = NOBODY): void {
    this.#options.journal.end()
    this.#waiters.push(waiter)
    this.later()
  }

  append({ type, text }: RecordDraft): void {
    this.begin(type).text(text)
    this.keep()
  }

  appendLazily({ type, text }: RecordDraft): void {
    this.begin(type).text(text)
    this.keepLazily()
  }

  /** Wants a flush at the end of this turn. */
  wake(): void {
    if (this.#scheduled || !this.ready) return
    this.#scheduled = true
    setImmediate(() => {
      this.#scheduled = false
      if (!this.ready) return
      const out = !this.#holdsBack()
      this.#flush(out)
      if (!out) this.wake()
    })
  }

  /**
   * While there is work whose answers could go along, what could go out waits for them a little: a write to a
   * connection costs as much as the answers in it.
   */
  #holdsBack(): boolean {
    const { delivery, working, clock } = this.#options
    if (!delivery.wantsOut || this.#collected || !working()) {
      this.#heldSince = undefined
      return false
    }
    const now = clock.monotonic()
    this.#heldSince ??= now
    if (now - this.#heldSince < MOST_HELD_MS) return true
    this.#heldSince = undefined
    return false
  }

  /** Wants a flush some time soon. */
  later(): void {
    if (this.#scheduled || this.#lazy !== undefined || this.#stopped) return
    this.#lazy = setTimeout(() => {
      this.#lazy = undefined
      this.wake()
    }, LAZY_MS)
  }

  /** Writes down what is left; nothing is written after it. */
  stop(): void {
    clearTimeout(this.#lazy)
    clearTimeout(this.#retry)
    this.#retry = undefined
    if (this.ready) this.#flush(true)
    clearTimeout(this.#lazy)
    clearTimeout(this.#retry)
    this.#stopped = true
  }

  /** @param out whether answers go out, or their questions are only kept. */
  #flush(out: boolean): void {
    // What no sync could cover before the next waits for that.
    if (!out && this.#syncing > 0) return
    if (!this.#write(out)) return
    if (!out) return
    this.#options.delivery.transmit()
    this.#options.flushed()
  }

  /** @returns false where nothing of it could be kept. */
  #write(out: boolean): boolean {
    const { journal, delivery, clock } = this.#options
    if (out && !this.#collected && delivery.wantsOut) {
      const into = journal.begin(RECORD.out)
      writeOut(clock.now(), into)
      if (delivery.collect(into)) {
        journal.end()
        this.#waiters.push(NOBODY)
        this.#collected = true
      } else journal.drop()
    }
    const ids = delivery.takeDone()
    if (ids.length > 0) {
      writeDone({ ids }, journal.begin(RECORD.done))
      journal.end()
      this.#waiters.push(NOBODY)
    }
    if (journal.pending === 0) return true
    let positions: Position[]
    try {
      positions = journal.commit()
    } catch (error) {
      this.#notKept(error)
      return false
    }
    const waiters = this.#waiters
    this.#waiters = []
    this.#collected = false
    const waiting: Waiter[] = []
    for (let i = 0; i < waiters.length; i++) {
      const waiter = waiters[i] as Waiter
      waiter.kept?.(positions[i] as Position)
      if (waiter.synced) waiting.push(waiter)
    }
    this.#sync(waiting)
    if (journal.wantsSnapshot) this.#snapshot()
    return true
  }

  #sync(waiting: readonly Waiter[]): void {
    if (waiting.length === 0) return
    this.#syncing++
    this.#options.journal.sync().then(
      () => {
        this.#syncing--
        for (const waiter of waiting) waiter.synced?.()
        this.wake()
      },
      (error: unknown) => {
        this.#syncing--
        this.#fail(error)
      },
    )
  }

  /** A start replays what came after the last snapshot; one that can't be written makes the next start longer. */
  #snapshot(): void {
    const { journal, snapshot, log } = this.#options
    journal
      .snapshot(snapshot())
      .catch((error: unknown) => log.warn({ err: error }, 'a snapshot could not be written'))
  }

  /** Nothing of the batch was kept: it waits, nothing is acknowledged, and no more is read until there is room. */
  #notKept(error: unknown): void {
    if (!(error instanceof StoreFullError)) {
      this.#fail(error)
      return
    }
    if (this.#retry === undefined) {
      this.#options.log.error({ err: error }, 'store full: nothing is acknowledged until there is room')
      this.#options.halt()
    }
    this.#retry = setTimeout(() => this.#tryAgain(), RETRY_FULL_MS).unref()
  }

  #tryAgain(): void {
    if (!this.#write(true)) return
    this.#retry = undefined
    this.#options.log.info('store has room again')
    this.#options.delivery.transmit()
    this.#options.goOn()
    this.#options.flushed()
    this.wake()
  }

  #fail(error: unknown): void {
    if (!this.#failed)
      this.#options.log.fatal({ err: error }, 'the disk refused a write: nothing more is taken')
    this.#failed = true
    this.#options.halt()
  }
}
