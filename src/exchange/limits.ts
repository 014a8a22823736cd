import type { Clock } from '../time/index.js'

/** What a link may ask of the gateway; what isn't set is not limited. */
export interface LinkLimits {
  /** Messages a second. */
  readonly rate?: number | undefined
  /** Bytes of answers that wait for the link. */
  readonly waiting?: number | undefined
}

interface Bucket {
  tokens: number
  at: number
}

/** Holds links to their limits. A link may save up one second's messages. */
export class Limits {
  readonly #buckets = new Map<string, Bucket>()

  constructor(
    private readonly clock: Clock,
    private readonly limitsOf: (link: string) => LinkLimits | undefined,
    private readonly waitingBytes: (link: string) => number,
  ) {}

  /** Whether a message of a link is one too many: which limit it breaks. */
  broken(link: string): 'rate' | 'waiting' | undefined {
    const limits = this.limitsOf(link)
    if (!limits) return undefined
    if (limits.waiting !== undefined && this.waitingBytes(link) > limits.waiting) return 'waiting'
    if (limits.rate !== undefined && !this.#take(link, limits.rate)) return 'rate'
    return undefined
  }

  #take(link: string, rate: number): boolean {
    const now = this.clock.monotonic()
    const bucket = this.#buckets.get(link) ?? { tokens: rate, at: now }
    this.#buckets.set(link, bucket)
    bucket.tokens = Math.min(rate, bucket.tokens + ((now - bucket.at) * rate) / 1000)
    bucket.at = now
    if (bucket.tokens < 1) return false
    bucket.tokens--
    return true
  }
}
