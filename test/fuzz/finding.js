/** Thrown by a target: something that must hold for every input does not. */
export class Finding extends Error {
  /** @param {string} rule what must hold, the same words for every input that breaks it */
  constructor(rule, detail = '') {
    super(detail === '' ? rule : `${rule}: ${detail}`)
    this.name = 'Finding'
    this.rule = rule
  }
}

/** @param {unknown} holds @param {string} rule @param {() => string} [detail] */
export function must(holds, rule, detail) {
  if (!holds) throw new Finding(rule, detail?.() ?? '')
}

/** What tells one fault from another: the rule, or the kind of the error and where it was thrown. */
export function signature(error) {
  if (error instanceof Finding) return error.rule
  const at = /(?:dist|node_modules|fuzz)\/[^\s)]+/.exec(error?.stack ?? '')?.[0] ?? ''
  return `${error?.name ?? typeof error} at ${at}`
}

/** Control bytes must not reach a terminal or a message. */
export const PRINTABLE = /^[\x20-\x7e]*$/
/** One line, in any script. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it is about
export const ONE_LINE = /^[^\x00-\x1f\x7f-\x9f\u2028\u2029]*$/
