import { OP } from './protocol.js'

/** What a wire does beside carrying what its owner writes. */
export interface WireEvents {
  data(chunk: Buffer): void
  /** All that was written has gone, after it had been much. */
  drained(): void
  /** @param why what went wrong; undefined where one of the two sides ended it. */
  closed(why: string | undefined): void
}

/** @param begun whether any of it may have gone out */
type Done = (error: Error | undefined, begun: boolean) => void

/** What a wire asks its thread for. */
export interface WireWork {
  write(wire: number, bytes: Uint8Array): void
  ask(op: number, wire: number): void
  credit(wire: number, bytes: number): void
}

interface Pending {
  readonly length: number
  readonly done: Done | undefined
}

/** Bytes under way beyond which a wire is full until all of them have gone. */
const FULL = 64 * 1024
/** Writes that have gone and are still in the row of those under way. */
const MOST_GONE = 256
/** Bytes taken in that are told at once. */
const CREDIT = 32 * 1024

/** A connection whose socket is another thread's. */
export class Wire {
  #events: WireEvents | undefined
  readonly #pending: Pending[] = []
  /** Where the oldest of those stands. */
  #first = 0
  #begun = 0
  #buffered = 0
  #full = false
  #paused = false
  /** Came while it was paused. */
  #kept: Buffer[] = []
  #taken = 0
  /** Nothing more goes out. */
  #mute = false
  /** What comes is nobody's any more. */
  #deaf = false
  #closed = false
  /** The socket has gone; told once what came before has been given on. */
  #over: (() => void) | undefined

  constructor(
    readonly id: number,
    /** Address and port of the other side. */
    readonly peer: string,
    private readonly work: WireWork,
  ) {}

  /** From now on its owner is told. */
  begin(events: WireEvents): void {
    this.#events = events
  }

  get writable(): boolean {
    return !this.#mute
  }

  get closed(): boolean {
    return this.#closed
  }

  /** Bytes that were written and have not gone. */
  get buffered(): number {
    return this.#buffered
  }

  /**
   * Writes bytes, which must stay as they are until `done` is called: the system took them, or it never will.
   * @returns whether it takes more at once.
   */
  write(bytes: Uint8Array, done?: Done): boolean {
    this.#pending.push({ length: bytes.length, done })
    this.#buffered += bytes.length
    this.work.write(this.id, bytes)
    if (this.#buffered >= FULL) this.#full = true
    return !this.#full
  }

  pause(): void {
    if (this.#paused || this.#deaf) return
    this.#paused = true
    this.work.ask(OP.pause, this.id)
  }

  resume(): void {
    if (!this.#paused || this.#deaf) return
    this.#paused = false
    this.work.ask(OP.resume, this.id)
    if (this.#kept.length > 0) setImmediate(() => this.#giveKept())
  }

  /** Ends it once what was written has gone; what comes is dropped. */
  end(): void {
    if (this.#deaf) return
    this.#shut()
    this.work.ask(OP.end, this.id)
  }

  destroy(): void {
    if (this.#closed) return
    this.#closed = true
    this.#shut()
    this.work.ask(OP.destroy, this.id)
  }

  /** The thread has read bytes. */
  came(chunk: Buffer): void {
    if (this.#deaf) return
    if (this.#paused || this.#kept.length > 0) this.#kept.push(chunk)
    else this.#give(chunk)
  }

  /** The system took the oldest writes. */
  written(count: number): void {
    for (let i = 0; i < count; i++) {
      const { length, done } = this.#pending[this.#first++] as Pending
      this.#buffered -= length
      done?.(undefined, true)
    }
    this.#begun += count
    if (this.#first < this.#pending.length) {
      if (this.#first < MOST_GONE) return
      // There may always be another under way.
      this.#pending.splice(0, this.#first)
      this.#first = 0
      return
    }
    this.#pending.length = 0
    this.#first = 0
    if (!this.#full) return
    this.#full = false
    if (!this.#mute) this.#events?.drained()
  }

  /** The other side says no more; nothing that is written now would go out. */
  otherEnded(): void {
    this.#mute = true
  }

  /** @param begun writes that were begun since the beginning */
  gone(why: string | undefined, begun: number): void {
    this.#mute = true
    const error = new Error(why ?? 'the connection has ended')
    const left = this.#pending.splice(0).slice(this.#first)
    this.#first = 0
    for (const [i, { done }] of left.entries()) done?.(error, this.#begun + i < begun)
    this.#over = () => {
      this.#over = undefined
      this.#closed = true
      this.#deaf = true
      this.#events?.closed(why)
    }
    if (why !== undefined || this.#deaf || this.#kept.length === 0) this.#over()
  }

  #shut(): void {
    this.#mute = true
    this.#deaf = true
    this.#kept = []
    this.#over?.()
  }

  #giveKept(): void {
    while (!this.#paused && !this.#deaf) {
      const chunk = this.#kept[0]
      if (!chunk) break
      this.#give(chunk)
      this.#kept.shift()
    }
    if (this.#kept.length === 0) this.#over?.()
  }

  #give(chunk: Buffer): void {
    this.#events?.data(chunk)
    this.#taken += chunk.length
    if (this.#taken < CREDIT) return
    this.work.credit(this.id, this.#taken)
    this.#taken = 0
  }
}
