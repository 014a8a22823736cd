import type { Address, Json, Memory } from '../types.js'

/** A message that waits for an operator. What it says stands in the journal. */
export interface Mail {
  readonly ref: string
  readonly t: number
  readonly key: string
  readonly address: Address
}

export type MailEvent =
  | { readonly what: 'received'; readonly mail: Mail }
  | { readonly what: 'done'; readonly ref: string }
  | { readonly what: 'sent' }

/** Messages that wait for an operator, oldest first. */
export class MailQueue implements Memory {
  readonly #all = new Map<string, Mail>()

  /** @param rules how many it holds at most; of more the oldest go, so that no sender fills the memory. */
  constructor(private readonly rules: { readonly most: number }) {}

  get all(): IterableIterator<Mail> {
    return this.#all.values()
  }

  get(ref: string): Mail | undefined {
    return this.#all.get(ref)
  }

  evolve(json: Json): void {
    const event = json as unknown as MailEvent
    if (event.what === 'received') this.#keep(event.mail)
    else if (event.what === 'done') this.#all.delete(event.ref)
  }

  encode(): Json {
    return [...this.#all.values()] as unknown as Json
  }

  restore(image: Json): void {
    for (const each of image as unknown as readonly Mail[]) this.#keep(each)
  }

  #keep(mail: Mail): void {
    this.#all.set(mail.ref, mail)
    if (this.#all.size <= this.rules.most) return
    for (const oldest of this.#all.keys()) {
      this.#all.delete(oldest)
      break
    }
  }
}
