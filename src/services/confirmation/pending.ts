import type { Address, Json, Memory } from '../types.js'

/** A request that has no final answer yet. */
export interface Pending {
  readonly ref: string
  readonly t: number
  readonly address: Address
  /** The request's fields, by message field code. */
  readonly values: Readonly<Record<string, string>>
  /** Milliseconds since the epoch: when a YR that says when goes out by itself, and the limit. */
  readonly interimAt: number
  readonly limit: number
  /** When the rule decides; undefined where an operator does. */
  readonly ruleAt?: number | undefined
  readonly interim: boolean
  readonly overdue: boolean
}

export type ConfirmationEvent =
  | { readonly what: 'asked'; readonly request: Pending }
  | { readonly what: 'interim' | 'overdue' | 'answered'; readonly ref: string }
  /** A second or third request: it counts, and changes nothing else. */
  | { readonly what: 'repeated'; readonly ref: string }

/** Requests for confirmation that wait for their final answer. */
export class PendingRequests implements Memory {
  readonly #all = new Map<string, Pending>()

  get all(): IterableIterator<Pending> {
    return this.#all.values()
  }

  get(ref: string): Pending | undefined {
    return this.#all.get(ref)
  }

  /** The request and what else its agency asked about the same hit: the second and third request. */
  group(request: Pending): Pending[] {
    const key = groupKey(request)
    return [...this.#all.values()].filter((each) => groupKey(each) === key)
  }

  /** What is to be done first, and when. */
  get next(): Due | undefined {
    let next: Due | undefined
    for (const request of this.#all.values()) {
      const own = dueOf(request)
      if (own && (!next || own.t < next.t)) next = own
    }
    return next
  }

  evolve(json: Json): void {
    const event = json as unknown as ConfirmationEvent
    if (event.what === 'asked') {
      this.#all.set(event.request.ref, event.request)
      return
    }
    const request = this.#all.get(event.ref)
    if (!request || event.what === 'repeated') return
    if (event.what === 'answered') this.#all.delete(event.ref)
    else this.#all.set(event.ref, { ...request, [event.what]: true })
  }

  encode(): Json {
    return [...this.#all.values()] as unknown as Json
  }

  restore(image: Json): void {
    for (const each of image as unknown as readonly Pending[]) this.#all.set(each.ref, each)
  }
}

interface Due {
  readonly request: Pending
  readonly what: 'rule' | 'interim' | 'overdue'
  readonly t: number
}

/** What comes first for a request. */
function dueOf(request: Pending): Due | undefined {
  const { ruleAt, interimAt, limit, interim, overdue } = request
  if (ruleAt !== undefined && (interim || ruleAt <= interimAt) && (overdue || ruleAt <= limit))
    return { request, what: 'rule', t: ruleAt }
  if (!interim) return { request, what: 'interim', t: interimAt }
  return overdue ? undefined : { request, what: 'overdue', t: limit }
}

const groupKey = ({ address, values }: Pending): string => [address.ori, values.NIC, values.OCA].join(' ')
