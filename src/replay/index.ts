/**
 * Transcripts: conversations as text files that a person can read aloud, run against any gateway. A transcript is
 * parsed once, run as often as wanted, and gives an outcome; outcomes add up to a summary. The format is described in
 * `fixtures/README.md`.
 */
export {
  describeExchange,
  describeReceived,
  formatDifference,
  formatMicros,
  kindOf,
  printable,
} from './describe.js'
export type { Answer, Exchange, OnAnswer } from './exchange.js'
export { type LoadedFixtures, loadFixtures } from './fixtures.js'
export { fillSentToday } from './pattern.js'
export {
  type Difference,
  type Outcome,
  type RunOptions,
  runTranscript,
} from './run.js'
export { formatSummary, Summary } from './summary.js'
export {
  looksLikeTranscript,
  type ParsedTranscript,
  parseTranscript,
  type SendStep,
  type Step,
  type Transcript,
  type TranscriptFault,
} from './transcript.js'
