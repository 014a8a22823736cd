import type { Accepted, Files } from '../types.js'
import { arnOf, type Violator } from './record.js'
import type { NcicEvent, Register } from './register.js'
import type { NcicRules, Verb } from './rules.js'

export type Outcome =
  | { readonly reason: string }
  | {
      readonly record: Violator
      readonly isNew: boolean
      /** What happened, with the figure that it counts in. */
      readonly events: readonly (readonly [event: NcicEvent, figure?: string])[]
    }

/** What a maintenance message makes of a record. */
export class Maintenance {
  constructor(
    private readonly rules: NcicRules,
    private readonly register: Register,
    private readonly files: Files,
    private readonly live: (nic: string) => Violator | undefined,
  ) {}

  apply(message: Accepted): Outcome {
    const verb = this.rules.verbs[message.key]
    if (verb === undefined) return { reason: 'NOT A MESSAGE KEY OF THIS FILE' }
    if (verb === 'enter') return this.#enter(message)
    const nic = message.values.NIC ?? ''
    const record = this.live(nic)
    if (!record) return { reason: this.register.get(nic) ? 'RECORD IS NOT ACTIVE' : 'NIC NOT ON FILE' }
    const { OCA } = message.values
    if (ENDS.has(verb) && OCA !== undefined && OCA !== record.fields.OCA)
      return { reason: 'OCA IS NOT THAT OF THE RECORD' }
    return this.#change(verb, record, message)
  }

  #enter({ values, day }: Accepted): Outcome {
    const arn = arnOf(this.rules, values)
    const doubled = this.register.doubled(values)
    if (doubled !== undefined) return { reason: `ON FILE NIC/${doubled}` }
    const record: Violator = {
      ...{ nic: this.#nextNic(), arn, fields: { ...values }, names: [], dobs: [], numbers: [] },
      ...{ entered: day, located: '', state: 'live' },
    }
    return { record, isNew: true, events: [[{ what: 'kept', record }, 'ncicEntries']] }
  }

  /** The next number that nobody has, not of the records that were loaded either. */
  #nextNic(): string {
    const { prefix, digits } = this.rules.nic
    for (let number = this.register.given + 1; ; number++) {
      const nic = `${prefix}${`${number}`.padStart(digits, '0')}`
      if (this.files.byNic(nic).length === 0) return nic
    }
  }

  #change(verb: Exclude<Verb, 'enter'>, record: Violator, message: Accepted): Outcome {
    const { NIC: _, VLN, ...values } = message.values
    const changed = (change: Partial<Violator>, figure: string): Outcome => {
      const after = { ...record, ...change }
      return { record: after, isNew: false, events: [[{ what: 'kept', record: after }, figure]] }
    }
    switch (verb) {
      case 'modify': {
        const fields = { ...record.fields, ...values }
        const after = { ...record, fields, arn: arnOf(this.rules, fields) || record.arn }
        const events: [NcicEvent, string?][] = [[{ what: 'kept', record: after }, 'ncicModified']]
        if (VLN !== undefined) events.push([{ what: 'validated', nic: record.nic }, 'ncicValidated'])
        return { record: after, isNew: false, events }
      }
      case 'locate':
        return changed({ located: values.DOL ?? message.day }, 'ncicLocated')
      case 'clear':
        return changed({ state: 'cleared' }, 'ncicCleared')
      case 'cancel':
        return changed({ state: 'canceled' }, 'ncicCanceled')
      case 'supplement':
        return changed(this.#supplemented(record, values), 'ncicSupplemented')
      case 'withdraw':
        return changed(this.#withdrawn(record, values), 'ncicWithdrawn')
    }
  }

  #supplemented(record: Violator, values: Readonly<Record<string, string>>): Partial<Violator> {
    const { name, dob } = this.rules.supplements
    const more = this.#numbersOf(values).filter(([mfc, value]) => !has(record.numbers, mfc, value))
    return {
      names: [...new Set([...record.names, ...(values[name] ? [values[name]] : [])])],
      dobs: [...new Set([...record.dobs, ...(values[dob] ? [values[dob]] : [])])],
      numbers: [...record.numbers, ...more],
    }
  }

  #withdrawn(record: Violator, values: Readonly<Record<string, string>>): Partial<Violator> {
    const { name, dob } = this.rules.supplements
    const gone = this.#numbersOf(values)
    return {
      names: record.names.filter((each) => each !== values[name]),
      dobs: record.dobs.filter((each) => each !== values[dob]),
      numbers: record.numbers.filter(([mfc, value]) => !has(gone, mfc, value)),
    }
  }

  #numbersOf(values: Readonly<Record<string, string>>): [mfc: string, value: string][] {
    return this.rules.supplements.numbers.flatMap((mfc) => {
      const value = values[mfc]
      return value === undefined ? [] : [[mfc, value] as [string, string]]
    })
  }
}

/** What ends or marks a record names its case number where it names one. */
const ENDS: ReadonlySet<Verb> = new Set(['locate', 'clear', 'cancel'])

const has = (list: Violator['numbers'], mfc: string, value: string): boolean =>
  list.some(([m, v]) => m === mfc && v === value)
