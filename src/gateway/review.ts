import type { ResolvedConfig } from '../config/index.js'
import type { PersonRecord } from '../records/index.js'
import type { Json, ReviewDecision, WeighedCandidate } from '../services/index.js'
import { operate } from './operate.js'

/** Something that waits for a technician. */
export interface QueuedReview {
  readonly reference: string
  readonly ori: string
  /** An unclear match, or an urgent hit confirmation, which `confirm` answers. */
  readonly kind: 'match' | 'confirmation'
  readonly priority: string
  /** Milliseconds since the epoch: receipt, and when it is answered without a decision or is overdue. */
  readonly receivedAt: number
  readonly limit: number
  /** How many candidates there are. */
  readonly count: number
  /** Who has it for himself. */
  readonly holder?: string | undefined
}

/** A case with everything that a technician decides by: what was asked, and the persons whom it may be. */
export interface ReviewDetails extends QueuedReview {
  /** The question's fields, by message field code. */
  readonly values: Readonly<Record<string, string>>
  /** Best first; without a person where he is no longer on file. */
  readonly candidates: readonly (WeighedCandidate & { readonly person?: PersonRecord })[]
}

/** A hit confirmation as its service shows it. */
interface Confirmation {
  readonly reference: string
  readonly ori: string
  readonly priority: string
  readonly askedAt: number
  readonly limit: number
}

const URGENT = 'U'

/** What waits for technicians, first what goes first: urgent hit confirmations, then unclear matches by priority. */
export async function reviewQueue(config: ResolvedConfig): Promise<readonly QueuedReview[]> {
  const confirmations = (await view(config, 'confirmation', {})) as readonly Confirmation[]
  const cases = (await view(config, 'review', {})) as readonly Omit<QueuedReview, 'kind'>[]
  const urgent = confirmations
    .filter(({ priority }) => priority === URGENT)
    .map(({ reference, ori, askedAt, limit }) => ({
      ...{ reference, ori, kind: 'confirmation' as const, priority: 'CONFIRMATION U' },
      ...{ receivedAt: askedAt, limit, count: 0 },
    }))
  return [...urgent, ...cases.map((each) => ({ ...each, kind: 'match' as const }))]
}

/** One case; undefined where none with this reference waits. */
export async function reviewDetails(
  config: ResolvedConfig,
  reference: string,
): Promise<ReviewDetails | undefined> {
  const shown = (await view(config, 'review', { reference })) as Omit<ReviewDetails, 'kind'> | null
  return shown === null ? undefined : { ...shown, kind: 'match' }
}

/** Takes a case for oneself. @throws {Error} where there is none, or somebody else has it. */
export async function takeReview(config: ResolvedConfig, reference: string, by: string): Promise<void> {
  await act(config, 'take', { reference, by })
}

/** Gives a case back undecided. @throws {Error} where there is none, or somebody else has it. */
export async function leaveReview(config: ResolvedConfig, reference: string, by: string): Promise<void> {
  await act(config, 'leave', { reference, by })
}

/**
 * Decides a case: its final answer goes out.
 * @param decision which of the candidates it is, by his A-number of nine digits; none of them; or that it can't be said.
 * @returns the answer's type.
 * @throws {Error} where there is no such case, somebody else has it, or the candidate isn't one.
 */
export async function decideReview(
  config: ResolvedConfig,
  reference: string,
  by: string,
  decision: { readonly decision: ReviewDecision; readonly arn?: string | undefined },
): Promise<string> {
  return String(await act(config, 'decide', { reference, by, ...decision }))
}

type Arguments = Readonly<Record<string, Json | undefined>>

const view = (config: ResolvedConfig, service: string, args: Arguments): Promise<unknown> =>
  operate(config, { call: 'view', service, args })

const act = (config: ResolvedConfig, action: string, args: Arguments): Promise<unknown> =>
  operate(config, { call: 'act', service: 'review', action, args })
