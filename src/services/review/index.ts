/**
 * Review: an unclear match waits for a technician, whose decision becomes the final answer. Where none comes in time
 * the automatic answer goes. One record takes the case off the queue and gives the answer, so that there is one.
 */
import { z } from 'zod'
import { duration } from '../duration.js'
import { rulesFile } from '../rules.js'
import type {
  Deed,
  Doubt,
  Draft,
  Files,
  Finals,
  Happening,
  Json,
  Moment,
  Reviews,
  Service,
} from '../types.js'
import { type ReviewCase, type ReviewEvent, ReviewQueue } from './queue.js'

export type { ReviewCase } from './queue.js'

const schema = z.strictObject({
  version: z.literal(1),
  lock: duration,
  priorities: z
    .array(
      z
        .strictObject({
          name: z.string().min(1),
          field: z.string().optional(),
          value: z.string().optional(),
          within: duration,
        })
        .refine(
          ({ field, value }) => (field === undefined) === (value === undefined),
          'give field and value',
        ),
    )
    .min(1)
    .refine((all) => all.at(-1)?.field === undefined, 'the last is for all others: without field and value'),
})

/** `services/review.yaml` of the formats folder. */
export type ReviewRules = z.output<typeof schema>

/** @throws {FaultError} naming file and line of every fault. */
export const loadReviewRules = rulesFile('review', schema)

export interface ReviewServiceOptions {
  readonly rules: ReviewRules
  readonly files: Files
  /** Who words the answers. */
  readonly finals: Finals
  /** What else happens with a question that has its final answer now. */
  readonly closed: (reference: string) => readonly Happening[]
}

/** A technician's word: it is this one, it is none of them, or it can't be said. */
export type ReviewDecision = 'match' | 'none' | 'possible'

const NAME = 'review'

export function reviewService(options: ReviewServiceOptions): Service & Reviews {
  return new ReviewService(options)
}

class ReviewService implements Service, Reviews {
  readonly name = NAME
  readonly memory: ReviewQueue
  readonly #options: ReviewServiceOptions

  constructor(options: ReviewServiceOptions) {
    this.#options = options
    this.memory = new ReviewQueue(options.rules)
  }

  // No rule of dispatch gives it messages: cases come of other services' questions.
  decide(): { readonly answers: readonly Draft[] } {
    return { answers: [] }
  }

  open(doubt: Doubt): readonly Happening[] {
    const { priorities } = this.#options.rules
    const priority =
      priorities.find(({ field, value }) => field !== undefined && doubt.values[field] === value) ??
      priorities.at(-1)
    if (!priority) return []
    const limit = doubt.receivedAt + priority.within
    return [happened({ what: 'opened', case: { ...doubt, priority: priority.name, limit } }, 'reviews')]
  }

  nextDue(): number | undefined {
    return this.memory.next?.limit
  }

  due({ t }: Moment): Deed | undefined {
    const { next } = this.memory
    if (!next || next.limit > t) return undefined
    return {
      what: 'review ran out of time',
      ...this.#answered(next, next.automatic, 'expired'),
    }
  }

  /** `take` and `leave` a case, `decide` it. */
  act(action: string, args: Arguments, { t }: Moment): Deed | undefined {
    if (action !== 'take' && action !== 'leave' && action !== 'decide') return undefined
    const ref = String(args.reference)
    const by = String(args.by)
    const open = this.memory.get(ref)
    if (!open) throw new Error(`no review ${ref} waits`)
    const holder = this.#holderOf(open, t)
    if (holder !== undefined && holder !== by) throw new Error(`${holder} has review ${ref}`)
    if (action === 'decide') return this.#decide(open, args)
    const event: ReviewEvent = action === 'take' ? { what: 'taken', ref, by } : { what: 'left', ref }
    return {
      what: action === 'take' ? 'review taken' : 'review left',
      answers: [],
      events: [happened(event)],
      result: ref,
    }
  }

  /** The queue, or one case with its evidence. */
  view({ reference }: Arguments, { t }: Moment): Json {
    if (reference === undefined) return this.memory.all.map((each) => this.#summary(each, t))
    const open = this.memory.get(String(reference))
    if (!open) return null
    const candidates = open.candidates.map((each) => ({
      ...each,
      person: this.#options.files.byArn(each.arn),
    }))
    return { ...this.#summary(open, t), values: open.values, candidates } as unknown as Json
  }

  #summary(open: ReviewCase, t: number): { readonly [name: string]: Json | undefined } {
    const { reference, receivedAt, limit, priority, address, candidates } = open
    const holder = this.#holderOf(open, t)
    return { reference, receivedAt, limit, priority, ori: address.ori, count: candidates.length, holder }
  }

  /** Who has a case for himself now. */
  #holderOf({ taken }: ReviewCase, t: number): string | undefined {
    return taken && t < taken.t + this.#options.rules.lock ? taken.by : undefined
  }

  #decide(open: ReviewCase, { decision, arn }: Arguments): Deed {
    const final = this.#final(open, String(decision), String(arn))
    return { what: 'review decided', ...this.#answered(open, final, 'decided'), result: final.type }
  }

  /** @throws {Error} where the decision can't be given. */
  #final(open: ReviewCase, decision: string, arn: string): Draft {
    const { finals, files } = this.#options
    if (decision === 'possible') return open.automatic
    if (decision === 'none') return finals.none(open)
    if (decision !== 'match') throw new Error(`decide match, none or possible, not '${decision}'`)
    const weighed = open.candidates.find((each) => each.arn === arn)
    if (!weighed) throw new Error(`A${arn} is not among the candidates of ${open.reference}`)
    const person = files.byArn(arn)
    if (!person) throw new Error(`A${arn} is no longer on file`)
    return finals.match(open, { ...weighed, person })
  }

  #answered(
    { reference: ref, address, day }: ReviewCase,
    final: Draft,
    what: 'decided' | 'expired',
  ): Omit<Deed, 'what'> {
    const figure = what === 'decided' ? 'reviewsDecided' : 'reviewsExpired'
    return {
      answers: [{ ...final, to: address }],
      events: [happened({ what, ref }, figure), ...this.#options.closed(ref)],
      concludes: { type: final.type, day },
    }
  }
}

type Arguments = Readonly<Record<string, Json | undefined>>

const happened = (event: ReviewEvent, figure?: string): Happening => ({
  service: NAME,
  event: event as unknown as Json,
  figure,
})
