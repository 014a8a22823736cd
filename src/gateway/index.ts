/**
 * The gateway room: puts the parts together from a checked configuration, starts, drains and stops. This is the
 * library's public face. What operators do with a store, served or at rest, stands here too.
 */
export { backupStore } from './backup.js'
export { offsetMinutes } from './centre.js'
export { type ControlCall, type ControlReply, callControl } from './control-client.js'
export { readFigures, type StoreFigures } from './figures.js'
export { createGateway, type Gateway, type GatewayOptions } from './gateway.js'
export { type LinkState, type Operation, operate } from './operate.js'
export { Persons } from './persons.js'
export {
  decideReview,
  leaveReview,
  type QueuedReview,
  type ReviewDetails,
  reviewDetails,
  reviewQueue,
  takeReview,
} from './review.js'
export { chainKeyOf, journalDir, readChainKey, scanStore } from './store.js'
export { type StoreVerified, verifyStore } from './verify.js'
