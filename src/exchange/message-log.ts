import type { Logger } from '../log/index.js'
import type { Clock } from '../time/index.js'
import type { Connection, Outgoing } from './delivery.js'
import type { IntakeRecord } from './records.js'

/** One line a message, in and out. It says who, what kind and which reference, and nothing of what a message says. */
export class MessageLog {
  constructor(
    private readonly log: Logger,
    private readonly clock: Clock,
  ) {}

  takenIn(
    record: Pick<IntakeRecord, 'link' | 'n' | 'key' | 'ori' | 'ctl'> & { ref?: string },
    connection: Connection,
    type: string,
    started: number,
  ): void {
    this.log.info(
      {
        dir: 'in',
        link: record.link,
        conn: connection.id,
        ori: /^[A-Z0-9]{2,9}$/.test(record.ori) ? record.ori : '',
        mke: /^[A-Z0-9]{2,3}$/.test(record.key) ? record.key : '',
        ctl: record.ctl,
        ref: record.ref,
        n: record.n,
        type,
        us: this.#since(started),
      },
      'message',
    )
  }

  sent(item: Outgoing, link: string, connection: Connection): void {
    this.log.info(
      {
        dir: 'out',
        link,
        conn: connection.id,
        ori: item.answer?.to,
        mke: item.answer?.key,
        ctl: item.answer?.control,
        ref: item.ref,
        n: item.count,
        type: item.type,
        us: item.started === undefined ? undefined : this.#since(item.started),
      },
      'message',
    )
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

  #since(started: number): number {
    return Math.round((this.clock.monotonic() - started) * 1000)
  }
}
