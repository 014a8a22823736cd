import type { FieldValues, Form, MessageFormat } from '../message/index.js'
import type { Accepted, Address, Service } from '../services/index.js'
import type { Position } from '../store/index.js'
import type { Waiter } from './committer.js'
import type { Intake, KeptAnswer, KeptEvent } from './records.js'
import type { Waiting } from './state.js'

/** Who goes on with a message once its record is safe. */
export interface TakenOwner {
  /** The process's end can't lose these answers any more. */
  kept(answers: readonly Waiting[], at: Position, connection: number): void
  /** The machine's end can't lose the message any more. */
  acknowledge(taken: Taken): void
}

/**
 * A message that was taken in, for as long as it has no final answer: what the journal keeps of it, what its service
 * sees of it, and who waits for its record. One object, since there are a thousand under way.
 */
export class Taken implements Accepted, Intake, Waiter {
  answers: readonly KeptAnswer[] = []
  open = false
  events: readonly KeptEvent[] | undefined = undefined
  acknowledged = false
  /** Answers that came with it; they go once it is on disk. */
  first: readonly Waiting[] = []
  /** Final answers that wait for those to go before them. */
  finals: readonly Waiting[] = []

  constructor(
    private readonly owner: TakenOwner,
    readonly format: MessageFormat,
    readonly handler: Service,
    readonly t: number,
    readonly link: string,
    readonly n: number,
    readonly form: Form,
    readonly key: string,
    readonly ori: string,
    readonly ctl: string | undefined,
    readonly ref: string,
    readonly dest: string,
    readonly values: FieldValues,
    readonly text: string,
    readonly day: string,
    readonly connection: number,
    /** Monotonic milliseconds. */
    readonly started: number,
  ) {}

  get service(): string {
    return this.handler.name
  }

  get destination(): string {
    return this.dest
  }

  get control(): string | undefined {
    return this.ctl
  }

  get reference(): string {
    return this.ref
  }

  get receivedAt(): number {
    return this.t
  }

  get address(): Address {
    const { ori, ctl, t, link, n, form, ref } = this
    return { ori, ctl, question: { t, link, n, form, ref } }
  }

  kept(at: Position): void {
    this.owner.kept(this.first, at, this.connection)
  }

  synced(): void {
    this.owner.acknowledge(this)
  }
}
