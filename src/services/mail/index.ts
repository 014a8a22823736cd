/** The mail service: administrative messages go to the operators' queue, which is the journal's record of them. */
import type { Decision, Service } from '../types.js'

export function mailService(): Service {
  const nothing: Decision = { answers: [] }
  return { name: 'mail', decide: () => nothing }
}
