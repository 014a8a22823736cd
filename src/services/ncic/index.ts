/**
 * The NCIC service: the Immigration Violator records, which the centre alone maintains, and inquiries against them.
 * Records that were loaded with their persons are as live as those that were entered here.
 */
import type { MatchResult } from '../../matching/index.js'
import type { Formats, Needs } from '../../message/index.js'
import type { PersonRecord } from '../../records/index.js'
import type { WallClock } from '../../time/index.js'
import { printName } from '../print.js'
import type {
  Accepted,
  Decision,
  Deed,
  Draft,
  Files,
  Happening,
  Json,
  Moment,
  Service,
  ViolatorRecords,
} from '../types.js'
import { Maintenance } from './maintenance.js'
import { DELAYED_NEEDS, DUE_NEEDS, INQUIRY_NEEDS, MAINTENANCE_NEEDS, PURGED_NEEDS } from './needs.js'
import { categoryOf, ofPerson, type Violator } from './record.js'
import { type NcicEvent, Register } from './register.js'
import type { NcicRules } from './rules.js'
import { type RecordEngine, Search } from './search.js'

export { loadNcicRules, type NcicRules } from './rules.js'

export interface NcicServiceOptions {
  readonly rules: NcicRules
  readonly formats: Formats
  readonly wall: WallClock
  readonly files: Files
  /** Makes an engine without persons, for the records that are entered here. */
  readonly engine: () => RecordEngine
  /** Least score in percent of a hit. */
  readonly least: number
}

const NAME = 'ncic'
/** Records in one list. */
const MOST_LISTED = 200

export function ncicService(options: NcicServiceOptions): Service & { readonly records: ViolatorRecords } {
  return new NcicService(options)
}

class NcicService implements Service {
  readonly name = NAME
  readonly memory: Register
  readonly records: ViolatorRecords
  readonly #options: NcicServiceOptions
  readonly #search: Search
  readonly #maintenance: Maintenance

  constructor(options: NcicServiceOptions) {
    const { rules } = options
    this.#options = options
    this.memory = new Register(rules)
    this.#search = new Search(this.memory, options.engine)
    this.#maintenance = new Maintenance(rules, this.memory, options.files, (nic) => this.#live(nic))
    this.records = {
      live: (nic) => {
        const record = this.#live(nic)
        if (!record) return undefined
        const { arn, fields, names, dobs } = record
        return { nic, arn, names: [fields.NAM ?? '', ...names], dobs: [fields.DOB ?? '', ...dobs] }
      },
      of: (person) => this.#of(person),
    }
  }

  get sends(): Readonly<Record<string, Needs>> {
    const { rules } = this.#options
    return {
      [rules.inquiry]: INQUIRY_NEEDS,
      ...Object.fromEntries(Object.keys(rules.verbs).map((key) => [key, MAINTENANCE_NEEDS])),
      [rules.delayed.key]: DELAYED_NEEDS,
      [rules.validation.due]: DUE_NEEDS,
      [rules.validation.failed]: PURGED_NEEDS,
    }
  }

  decide(message: Accepted): Decision {
    const { rules } = this.#options
    if (message.key !== rules.inquiry) return this.#maintain(message)
    const { NIC, NAM, DOB, SEX } = message.values
    if (NIC !== undefined) {
      const record = this.#live(NIC)
      return { answers: [this.#answer(message, record ? [record] : [])] }
    }
    const asked: NcicEvent = {
      what: 'asked',
      ori: message.ori,
      ...(message.control === undefined ? {} : { ctl: message.control }),
      name: NAM ?? '',
      dob: DOB ?? '',
    }
    const ask = { name: NAM, dob: DOB, ...(SEX === undefined ? {} : { sex: SEX }) } as Decision['ask']
    return { answers: [], events: [happened(asked)], ...(ask ? { ask } : {}) }
  }

  conclude(message: Accepted, found: MatchResult): Decision {
    const { least, rules, files } = this.#options
    const { NAM, DOB, SEX } = message.values
    const loaded = found.candidates
      .filter((each) => each.score >= least)
      .flatMap(({ person }) => person.ncic.flatMap(({ nic }) => this.#loaded(person, nic) ?? []))
    const query = { name: NAM ?? '', dob: DOB ?? '', ...(SEX === undefined ? {} : { sex: SEX }) }
    // In a file of a few records little evidence singles somebody out: the name itself must be alike.
    const hits = [...loaded, ...this.#search.find(query, least)].filter(({ fields, names }) =>
      [fields.NAM ?? '', ...names].some((name) => files.compareNames(name, query.name) >= rules.alike),
    )
    return { answers: [this.#answer(message, hits)] }
  }

  nextDue(): number | undefined {
    return this.memory.next
  }

  /** Validation: a list of what is due goes to the centre, and what it doesn't answer is purged. */
  due({ t }: Moment): Deed | undefined {
    const due = this.memory.dueAt(t, MOST_LISTED)
    if (!due) return undefined
    const { rules, formats, wall } = this.#options
    const { validation } = rules
    const records = due.nics.map((nic) => ({ nic, oca: this.memory.get(nic)?.fields.OCA ?? '' }))
    const count = `${due.nics.length}`
    const banner = formats.exchange.banner
    const notice = (key: string, text: string): Draft => ({
      ...{ key, from: rules.office, text, type: key },
      to: { ori: formats.exchange.centre },
    })
    if (due.listed) {
      const text = formats.layout(validation.failed, 'PURGED').text({ banner, count, records })
      const purged = due.nics.flatMap((nic) => {
        const record = this.memory.get(nic)
        return record
          ? [happened({ what: 'kept', record: { ...record, state: 'purged' } }, 'ncicPurged')]
          : []
      })
      return { what: 'NCIC records purged', answers: [notice(validation.failed, text)], events: purged }
    }
    const until = wall.at(t + validation.answer).date
    const text = formats.layout(validation.due, 'DUE').text({ banner, count, until, records })
    const events = [happened({ what: 'listed', nics: due.nics })]
    return { what: 'NCIC records due for validation', answers: [notice(validation.due, text)], events }
  }

  act(action: string, { nic }: Readonly<Record<string, Json | undefined>>): Deed | undefined {
    if (action !== 'validate') return undefined
    const number = String(nic)
    if (this.memory.get(number)?.state !== 'live')
      throw new Error(`${number} is no record that was entered here and is live`)
    return {
      ...{ what: 'NCIC record validated', answers: [], result: number },
      events: [happened({ what: 'validated', nic: number })],
    }
  }

  /** Records that were entered or maintained here; with `count` how many of them are live. */
  view({ count }: Readonly<Record<string, Json | undefined>>): Json {
    if (count === true) {
      let live = 0
      for (const { state } of this.memory.records) if (state === 'live') live++
      return live
    }
    return [...this.memory.records].map((each) => ({
      nic: each.nic,
      category: categoryOf(this.#options.rules, each),
      oca: each.fields.OCA ?? '',
      entered: each.entered,
      located: each.located,
      state: each.state,
    }))
  }

  /** A live record, wherever it is from. */
  #live(nic: string): Violator | undefined {
    const own = this.memory.get(nic)
    if (own) return own.state === 'live' ? own : undefined
    for (const person of this.#options.files.byNic(nic)) {
      const record = this.#loaded(person, nic)
      if (record) return record
    }
    return undefined
  }

  /** A person's record as it was loaded, unless something was done with it since. */
  #loaded(person: PersonRecord, nic: string): Violator | undefined {
    return this.memory.get(nic) ? undefined : ofPerson(this.#options.rules, person, nic, printName)
  }

  #of(person: PersonRecord): { nic: string; category: string }[] {
    const { rules } = this.#options
    const loaded = person.ncic
      .filter(({ nic }) => !this.memory.get(nic))
      .map(({ nic, category }) => ({ nic, category: category as string }))
    const own = this.memory.ofArn(person.arn)
    return own.length === 0
      ? loaded
      : [...loaded, ...own.map((each) => ({ nic: each.nic, category: categoryOf(rules, each) }))]
  }

  #answer(message: Accepted, found: readonly Violator[]): Draft {
    const { formats, rules } = this.#options
    const { banner } = formats.exchange
    const { NAM, DOB, NIC } = message.values
    const records = [...new Map(found.map((each) => [each.nic, each])).values()]
    const text =
      records.length === 0
        ? formats.layout(message.key, 'NO RECORD').text({
            banner,
            nic: NIC,
            ...(NIC === undefined ? { name: NAM, dob: DOB } : {}),
          })
        : records
            .map((each, i) =>
              formats.layout(message.key, 'HIT').text(this.#hitValues(each, i === 0 ? banner : '')),
            )
            .join('\r\n')
    return { key: message.key, from: rules.office, text, type: records.length > 0 ? 'HIT' : 'NO RECORD' }
  }

  #maintain(message: Accepted): Decision {
    const { rules, formats } = this.#options
    const outcome = this.#maintenance.apply(message)
    const { banner } = formats.exchange
    const { key } = message
    const draft = (layout: string, values: Record<string, string | undefined>): Draft => ({
      ...{ key, from: rules.office, type: layout },
      text: formats.layout(key, layout).text({ banner, ...values }),
    })
    if ('reason' in outcome) {
      const { NIC, OCA } = message.values
      return { answers: [draft('REJECTED', { nic: NIC, oca: OCA, reason: outcome.reason })] }
    }
    const { record, events } = outcome
    const done = draft('DONE', { nic: record.nic, oca: record.fields.OCA })
    const delayed = outcome.isNew ? this.#delayed(record, message.receivedAt) : []
    return { answers: [done, ...delayed], events: events.map(([event, figure]) => happened(event, figure)) }
  }

  /** Who asked for the person lately is told that there is a record now. */
  #delayed(record: Violator, now: number): Draft[] {
    const { rules, formats, files, wall } = this.#options
    const { key, within, alike } = rules.delayed
    const names = [record.fields.NAM ?? '', ...record.names]
    const asked = this.memory
      .asked(new Set([record.fields.DOB ?? '', ...record.dobs]), now - within)
      .filter((each) => names.some((name) => files.compareNames(name, each.name) >= alike))
    // Who asked several times is told once, about the last.
    const last = new Map(asked.map((each) => [`${each.ori} ${each.ctl ?? ''}`, each]))
    return [...last.values()].map(({ ori, ctl, t, name, dob }) => {
      const at = wall.at(t)
      const values = {
        ...this.#hitValues(record, formats.exchange.banner),
        ...{ asked: `${at.date} ${at.time}`, askedName: name, askedDob: dob },
      }
      const text = formats.layout(key, 'HIT').text(values)
      return { key, from: rules.office, text, type: key, to: { ori, ctl } }
    })
  }

  #hitValues(record: Violator, banner: string): Supply {
    const { rules, formats } = this.#options
    const { fields, names, dobs, numbers } = record
    const category = rules.categories[fields.OFF ?? '']
    return {
      banner,
      ...{
        phrase: category?.phrase,
        title: category?.title,
        phone: rules.phone,
        ori: formats.exchange.centre,
      },
      ...{ name: fields.NAM, sex: fields.SEX, race: fields.RAC, pob: fields.POB, dob: fields.DOB },
      ...{ height: fields.HGT, weight: fields.WGT, eye: fields.EYE, hair: fields.HAI, fbi: fields.FBI },
      ...{ citizenship: fields.CTZ, skin: fields.SKN, marks: fields.SMT, mnu: fields.MNU, soc: fields.SOC },
      ...{ oln: fields.OLN, ols: fields.OLS, oca: fields.OCA, remarks: fields.MIS },
      offence: formats.code('offence', fields.OFF ?? ''),
      ...{ nic: record.nic, entered: record.entered, located: record.located },
      names: names.map((name) => ({ name })),
      dobs: dobs.map((dob) => ({ dob })),
      numbers: numbers.map(([mfc, value]) => ({ mfc, value })),
    }
  }
}

type Supply = Parameters<ReturnType<Formats['layout']>['text']>[0]

const happened = (event: NcicEvent, figure?: string): Happening => ({
  service: NAME,
  event: event as unknown as Json,
  figure,
})
