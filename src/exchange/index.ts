/**
 * The exchange: who may send what, counts and references, the journal before the acknowledgement, dispatch to a
 * service, and each answer's way out. It names no message key and knows no socket.
 */
export { carries, type OriLists } from './authority.js'
export type { Connection, LinkRule } from './delivery.js'
export { Exchange, type ExchangeOptions, type LinkConfig } from './exchange.js'
export { Figures, type YearFigures } from './figures.js'
export { State } from './state.js'
