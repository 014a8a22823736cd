import type { MatchQuery } from '../../matching/index.js'
import type { Arn, PersonRecord, RecordLine } from '../../records/index.js'
import type { Violator } from './record.js'
import type { Register } from './register.js'

/** An engine as this search needs one: the same that finds persons, over the records alone. */
export interface RecordEngine {
  apply(lines: Iterable<RecordLine>): void
  query(query: MatchQuery): {
    readonly candidates: readonly { readonly arn: string; readonly score: number }[]
  }
}

/**
 * Finds records that were entered or maintained here by name. It follows the register lazily: what changed since the
 * last question goes in before the next.
 */
export class Search {
  #engine: RecordEngine | undefined

  constructor(
    private readonly register: Register,
    private readonly make: () => RecordEngine,
  ) {}

  /** Live records that the query means, best first. @param least score in percent. */
  find(query: MatchQuery, least: number): Violator[] {
    const { changed } = this.register
    if (changed.size > 0) {
      this.#engine ??= this.make()
      this.#engine.apply([...changed].flatMap((nic) => this.#lineOf(nic)))
      changed.clear()
    }
    const found = this.#engine?.query(query).candidates ?? []
    return found.flatMap(({ arn, score }) => {
      const record = this.register.get(this.#nicOf(arn))
      return record?.state === 'live' && score >= least ? [record] : []
    })
  }

  /** The engine's key of a record: the digits of its NIC, since several may be of one A-number. */
  #lineOf(nic: string): RecordLine[] {
    const record = this.register.get(nic)
    const key = nic.slice(1) as Arn
    this.#letters.set(key, nic)
    if (record?.state !== 'live') return [{ arn: key, removed: true }]
    return [personOf(record, key)]
  }

  readonly #letters = new Map<string, string>()

  #nicOf(key: string): string {
    return this.#letters.get(key) ?? ''
  }
}

function personOf(record: Violator, arn: Arn): PersonRecord {
  const { fields, names, dobs } = record
  const { SEX = '', POB = '', FBI = '', SOC = '', OLN = '', OLS = '' } = fields
  const name = (text: string, type: 'primary' | 'alias'): PersonRecord['names'][number] => {
    const [last = '', first = ''] = text.split(',').map((part) => part.trim())
    return { last, first, middle: '', suffix: '', type }
  }
  return {
    arn,
    names: [name(fields.NAM ?? '', 'primary'), ...names.map((each) => name(each, 'alias'))],
    dob: fields.DOB ?? '00000000',
    altDobs: dobs,
    sex: SEX as PersonRecord['sex'],
    ...{ pob: POB, citizenship: '', fbi: FBI, sid: '', oln: OLN, ols: OLS, soc: SOC },
    passport: { number: '', country: '' },
    status: { class: '', code: '', since: '' },
    admitted: { date: '', port: '' },
    interest: true,
    ncic: [],
  }
}
