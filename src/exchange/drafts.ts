import type { Draft, Happening } from '../services/index.js'
import type { Addresses } from './addresses.js'
import type { KeptAnswer, KeptEvent } from './records.js'
import type { State } from './state.js'

export interface Drafting {
  readonly state: State
  readonly addresses: Addresses
}

/** Gives answers their numbers, and those that aren't simply for whoever asked their addresses. */
export function keepDrafts(drafts: readonly Draft[], { state, addresses }: Drafting): KeptAnswer[] {
  const kept: KeptAnswer[] = []
  // Written out: what is spread is put together at every call, and this is done for each message.
  for (const { key, from, type, text, delay, hold, to } of drafts) {
    const address = to && addresses.find(to)
    // Whom nobody's link carries can't be written to; the log has said so.
    if (to && !address) continue
    kept.push({ id: state.nextAnswer++, key, from, type, text, delay, hold, to: address })
  }
  return kept
}

/** What happened, as the journal keeps it. */
export const keptEvents = (events: readonly Happening[]): KeptEvent[] =>
  events.map(({ service, event, figure }) =>
    figure === undefined ? [service, event] : [service, event, figure],
  )
