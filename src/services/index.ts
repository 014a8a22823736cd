/** The services of the centre, one folder each. None knows of sockets or of another service's insides. */
export { type BradyRules, type BradyServiceOptions, bradyService, loadBradyRules } from './brady/index.js'
export { callService } from './calls/index.js'
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
export { type HelpRules, type HelpServiceOptions, helpService, loadHelpRules } from './help/index.js'
export { loadMailRules, type MailRules, type MailServiceOptions, mailService } from './mail/index.js'
export { loadNcicRules, type NcicRules, type NcicServiceOptions, ncicService } from './ncic/index.js'
export { type QueryServiceOptions, queryService } from './query/index.js'
export { RESPONSE_TYPES } from './question.js'
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
export { loadTipRules, type TipRules, type TipServiceOptions, tipService } from './tips/index.js'
export type * from './types.js'
