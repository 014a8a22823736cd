import { ByteWriter } from '../bytes/index.js'
import type { Logger } from '../log/index.js'
import type { AnswerText } from '../message/index.js'
import type { Clock } from '../time/index.js'
import type { Connection, Outgoing } from './delivery.js'
import type { Intake } from './records.js'

/** One line a message, in and out. It says who, what kind and which reference, and nothing of what a message says. */
export class MessageLog {
  readonly #write: ((line: Buffer) => void) | undefined
  #ms = 0
  #begin = ''

  readonly #out = new ByteWriter(1024)

  constructor(
    private readonly log: Logger,
    private readonly clock: Clock,
    write: (line: Buffer) => void,
  ) {
    this.#write = log.isLevelEnabled('info') ? write : undefined
  }

  takenIn(
    record: Pick<Intake, 'link' | 'n' | 'key' | 'ori' | 'ctl'> & { readonly ref?: string },
    connection: Connection,
    type: string,
    started: number,
  ): void {
    const { link, n, key, ori, ctl, ref } = record
    const took = this.#write ? this.clock.monotonic() - started : 0
    // What a refused message says of itself is logged only where it has the form of what it should be.
    if (ref === undefined)
      this.#line('in', link, connection, safe(ORI, ori), safe(KEY, key), ctl, ref, n, type, took)
    else this.#line('in', link, connection, ori, key, ctl, ref, n, type, took)
  }

  /** @param now monotonic milliseconds. */
  sent(item: Outgoing, link: string, connection: Connection, now: number): void {
    const { answer, ref, count, type, started } = item
    const took = started === undefined ? undefined : now - started
    const { to = '', key = '', control } = answer ?? NOTHING
    this.#line('out', link, connection, to, key, control, ref, count, type, took)
  }

  /** A line a message is what the log is made of: written from its parts at once, as the logger would. */
  #line(
    dir: string,
    link: string,
    { id }: Connection,
    ori: string,
    mke: string,
    ctl: string | undefined,
    ref: string | undefined,
    n: number,
    type: string,
    took: number | undefined,
  ): void {
    if (!this.#write) return
    const out = this.#out
    out.at = 0
    out.text(this.#now())
    out.text(dir)
    out.text('","link":"')
    out.text(link)
    out.text('","conn":')
    out.number(id)
    out.text(',"ori":"')
    out.text(ori)
    out.text('","mke":"')
    out.text(mke)
    if (ctl !== undefined) {
      out.text('","ctl":"')
      out.text(ctl)
    }
    if (ref !== undefined) {
      out.text('","ref":"')
      out.text(ref)
    }
    out.text('","n":')
    out.number(n)
    out.text(',"type":"')
    out.text(type)
    if (took === undefined) out.text('"')
    else {
      out.text('","us":')
      out.number(Math.round(took * 1000))
    }
    out.text(',"msg":"message"}\n')
    this.#write(out.buffer.subarray(0, out.at))
  }

  /** What every line of one millisecond begins with. */
  #now(): string {
    const ms = Date.now()
    if (ms !== this.#ms) {
      this.#ms = ms
      this.#begin = `{"level":30,"time":"${new Date(ms).toISOString()}","dir":"`
    }
    return this.#begin
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
const KEY = /^(?:[A-Z0-9]{2,3}|\$\.[A-Z0-9])$/
const safe = (form: RegExp, text: string): string => (form.test(text) ? text : '')
const NOTHING: Partial<AnswerText> = {}
