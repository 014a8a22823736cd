import type { Logger } from '../log/index.js'

/** Why a connection isn't taken. */
export interface Refusal {
  /** One of a few: what lines are drawn together by. Nothing that the other side chose may stand in it. */
  readonly kind: string
  /** For people; may name what the other side showed. */
  readonly why: string
}

/** What a line or a note of a link says. */
export type Details = Readonly<Record<string, string | number | undefined>>

/** Called beside the log's lines about links coming and going. */
export type Note = (what: 'link opened' | 'link refused' | 'link closed', details: Details) => void

/** Refusals of one kind get a line at once and then one line in so long, with a count. */
const WINDOW_MS = 1000

interface Window {
  count: number
  last: Details
  timer: NodeJS.Timeout
}

/** Says that connections were refused, in no more lines than people read and a disk bears, whoever floods. */
export class Refusals {
  readonly #windows = new Map<string, Window>()

  constructor(
    private readonly log: Logger,
    private readonly note: Note | undefined,
  ) {}

  /** @param at the listener, so that a flood of one hides nothing of another */
  add({ kind, why }: Refusal, at: string, details: Details): void {
    const key = `${at} ${kind}`
    const said = { at, ...details, why }
    const window = this.#windows.get(key)
    if (window) {
      window.count++
      window.last = said
      return
    }
    this.#say(said)
    this.#open(key)
  }

  /** Says what is still to be said. */
  close(): void {
    for (const window of this.#windows.values()) {
      clearTimeout(window.timer)
      if (window.count > 0) this.#say({ ...window.last, count: window.count })
    }
    this.#windows.clear()
  }

  #open(key: string): void {
    const timer = setTimeout(() => {
      this.#windows.delete(key)
      if (window.count === 0) return
      this.#say({ ...window.last, count: window.count })
      this.#open(key)
    }, WINDOW_MS)
    timer.unref()
    const window: Window = { count: 0, last: {}, timer }
    this.#windows.set(key, window)
  }

  #say(details: Details): void {
    this.log.warn(details, 'link refused')
    this.note?.('link refused', details)
  }
}
