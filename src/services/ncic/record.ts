import type { PersonRecord } from '../../records/index.js'
import type { NcicRules } from './rules.js'

/** An Immigration Violator record, entered here or taken over from the records file when it was first maintained. */
export interface Violator {
  readonly nic: string
  /** A-number of nine digits; empty where the record names none. */
  readonly arn: string
  /** Fields as they were entered, by message field code. */
  readonly fields: Readonly<Record<string, string>>
  /** Further names, dates of birth and numbers (field code and value). */
  readonly names: readonly string[]
  readonly dobs: readonly string[]
  readonly numbers: readonly (readonly [mfc: string, value: string])[]
  /** CCYYMMDD; empty where it isn't known. */
  readonly entered: string
  /** CCYYMMDD; empty where it was never located. */
  readonly located: string
  readonly state: 'live' | 'cleared' | 'canceled' | 'purged'
}

/** Codes for what categories are called. */
export const codeOf = (rules: NcicRules, category: string): string =>
  Object.entries(rules.categories).find(([, { name }]) => name === category)?.[0] ?? ''

export const categoryOf = (rules: NcicRules, record: Violator): string =>
  rules.categories[record.fields.OFF ?? '']?.name ?? ''

/** The A-number that the fields of an entry name; empty where they name none. */
export function arnOf(rules: NcicRules, fields: Readonly<Record<string, string>>): string {
  for (const text of [fields.MNU, fields.OCA])
    for (const prefix of rules.arn) {
      const digits = text?.startsWith(prefix) ? text.slice(prefix.length) : ''
      if (/^\d{7,9}$/.test(digits)) return digits.padStart(9, '0')
    }
  return ''
}

/**
 * The record that a person of the records file has under a number.
 * @param print how a name is written on the teletype.
 */
export function ofPerson(
  rules: NcicRules,
  person: PersonRecord,
  nic: string,
  print: (name: PersonRecord['names'][number]) => string,
): Violator | undefined {
  const entry = person.ncic.find((each) => each.nic === nic)
  if (!entry) return undefined
  const [primary, ...others] = [...person.names].sort(
    (a, b) => Number(b.type === 'primary') - Number(a.type === 'primary'),
  )
  const all = {
    ...{ NAM: primary ? print(primary) : '', SEX: person.sex, POB: person.pob, DOB: person.dob },
    ...{ CTZ: person.citizenship, FBI: person.fbi, SOC: person.soc, OLN: person.oln, OLS: person.ols },
    ...{ MNU: `${rules.arn[0]}${person.arn}`, OCA: `A${person.arn}` },
    OFF: rules.categories[entry.offense] ? entry.offense : codeOf(rules, entry.category),
  }
  return {
    nic,
    arn: person.arn,
    fields: Object.fromEntries(Object.entries(all).filter(([, value]) => value !== '')),
    names: others.map(print),
    dobs: [...person.altDobs],
    numbers: [],
    entered: entry.entered,
    located: '',
    state: 'live',
  }
}
