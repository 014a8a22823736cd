/**
 * The exchange: who may send what, counts and references, the journal before the acknowledgement, dispatch to a
 * service, and each answer's way out. It names no message key and knows no socket.
 */

export { Addresses } from './addresses.js'
export { type AuditEntry, AuditView, sentAgain } from './audit.js'
export { carries, type OriLists } from './authority.js'
export { Deeds, type DeedsOptions } from './deeds.js'
export type { Connection, LinkRule, LinkSummary } from './delivery.js'
export { Exchange, type ExchangeOptions, type LinkConfig } from './exchange.js'
export { Figures, type YearFigures } from './figures.js'
export { findMatched, type Matched } from './matched.js'
export { referencesNaming } from './naming.js'
export { Operations, removedUpTo, type WaitingSummary } from './operations.js'
export { RECORD, type SentAnswer } from './records.js'
export { findSent } from './sent.js'
export { State } from './state.js'
export { type StoryEvent, type StoryMessage, StoryView, type Wanted, wantedBy } from './story.js'
