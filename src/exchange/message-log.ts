import type { Logger } from '../log/index.js'
import type { Clock } from '../time/index.js'
import type { Connection, Outgoing } from './delivery.js'
import type { IntakeRecord } from './records.js'

/** One line a message, in and out. It says who, what kind and which reference, and nothing of what a message says. */
export class MessageLog {
  readonly #write: ((line: string) => void) | undefined
  #ms = 0
  #time = ''

  constructor(
    private readonly log: Logger,
    private readonly clock: Clock,
    write: (line: string) => void,
  ) {
    this.#write = log.isLevelEnabled('info') ? write : undefined
  }

  takenIn(
    record: Pick<IntakeRecord, 'link' | 'n' | 'key' | 'ori' | 'ctl'> & { ref?: string },
    connection: Connection,
    type: string,
    started: number,
  ): void {
    const { link, n, key, ori, ctl, ref } = record
    this.#line('in', link, connection, ori, key, ctl, ref, n, type, started)
  }

  sent(item: Outgoing, link: string, connection: Connection): void {
    const { answer, ref, count, type, started } = item
    this.#line('out', link, connection, answer?.to, answer?.key, answer?.control, ref, count, type, started)
  }

  /** A line a message is what the log is made of: built from its parts at once, as the logger would write it. */
  #line(
    dir: string,
    link: string,
    { id }: Connection,
    ori: string | undefined,
    mke: string | undefined,
    ctl: string | undefined,
    ref: string | undefined,
    n: number,
    type: string,
    started: number | undefined,
  ): void {
    if (!this.#write) return
    const us = started === undefined ? '"' : `","us":${Math.round((this.clock.monotonic() - started) * 1000)}`
    // Joined, since a string that grows piece by piece is a piece of memory for each.
    const parts = ['{"level":30,"time":"', this.#now(), '","dir":"', dir, '","link":"', link, '","conn":', id]
    parts.push(',"ori":"', safe(ORI, ori), '","mke":"', safe(KEY, mke))
    if (ctl !== undefined) parts.push('","ctl":"', ctl)
    if (ref !== undefined) parts.push('","ref":"', ref)
    parts.push('","n":', n, ',"type":"', type, us, ',"msg":"message"}\n')
    this.#write(parts.join(''))
  }

  /** A millisecond's text is made once. */
  #now(): string {
    const ms = Date.now()
    if (ms !== this.#ms) {
      this.#ms = ms
      this.#time = new Date(ms).toISOString()
    }
    return this.#time
  }

  /** Work on one message failed where it never should. What the error says may hold what the message said. */
  failed(of: Readonly<Record<string, unknown>>, error: unknown, text: string): void {
    const { name, stack } = error instanceof Error ? error : { name: typeof error, stack: '' }
    const at = (stack ?? '')
      .split('\n')
      .filter((line) => line.startsWith('    at '))
      .map((line) => line.trim())
    this.log.error({ ...of, error: name, at: at.slice(0, 8) }, text)
  }
}

const ORI = /^[A-Z0-9]{2,9}$/
const KEY = /^[A-Z0-9]{2,3}$/
/** What a refused message says of itself stands in the log only where it has the form of what it should be. */
const safe = (form: RegExp, text: string | undefined): string =>
  text !== undefined && form.test(text) ? text : ''
