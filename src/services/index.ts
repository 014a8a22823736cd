/** The services of the centre, one folder each. None knows of sockets or of another service's insides. */
export {
  type ConfirmationRules,
  type ConfirmationServiceOptions,
  confirmationService,
  loadConfirmationRules,
} from './confirmation/index.js'
export {
  type DetainerRules,
  type DetainerServiceOptions,
  detainerService,
  loadDetainerRules,
} from './detainer/index.js'
export { mailService } from './mail/index.js'
export { loadNcicRules, type NcicRules, type NcicServiceOptions, ncicService } from './ncic/index.js'
export { type QueryServiceOptions, queryService } from './query/index.js'
export {
  loadReviewRules,
  type ReviewDecision,
  type ReviewRules,
  type ReviewServiceOptions,
  reviewService,
} from './review/index.js'
export {
  loadScreeningRules,
  type Screened,
  type ScreenedPerson,
  type ScreeningRules,
  type ScreeningServiceOptions,
  type ScreeningView,
  screeningService,
} from './screening/index.js'
export type * from './types.js'
