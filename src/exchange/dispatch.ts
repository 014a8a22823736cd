import type { DispatchRule, FieldValues } from '../message/index.js'

/** Whether any rule is about messages of a key to a destination. */
export function isTaken(rules: readonly DispatchRule[], key: string, destination: string): boolean {
  return rules.some(
    (rule) => rule.key === key && (rule.destination === undefined || rule.destination === destination),
  )
}

/** The service of the first rule whose conditions all hold; the rules stand in `formats/dispatch.yaml`. */
export function dispatch(
  rules: readonly DispatchRule[],
  key: string,
  destination: string,
  values: FieldValues,
  text: string,
): string | undefined {
  return rules.find(
    (rule) =>
      rule.key === key &&
      (rule.destination === undefined || rule.destination === destination) &&
      (rule.field === undefined || values[rule.field.mfc] === rule.field.value) &&
      (rule.prefix === undefined || text.startsWith(rule.prefix)),
  )?.service
}
