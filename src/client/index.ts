/**
 * A client for those who test against a gateway: connects like a state switch, sends messages in any framing, and
 * takes apart what comes back. It knows the output header and the few lines that every IAR has, and nothing else of
 * what messages mean.
 */
export { FRAMINGS, type FrameLimits, type Framing } from '../frame/index.js'
export {
  controlOf,
  DUPLICATE_MARK,
  errorCode,
  isAcknowledgement,
  parseAnswer,
  type Received,
  toTextForm,
} from './answer.js'
export { type Answered, Client, type ConnectOptions, connect, NoAnswerError } from './client.js'
export { type Closing, ConnectError, type Target } from './socket.js'
