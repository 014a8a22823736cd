import type { Json, Memory, Moment } from '../types.js'
import { NicIndex } from './nic-index.js'
import type { Violator } from './record.js'
import type { NcicRules } from './rules.js'

/** Who asked for a person, for as long as an entry may still concern him. */
export interface Inquiry {
  readonly ori: string
  readonly ctl: string | undefined
  readonly t: number
  readonly name: string
  readonly dob: string
}

/** What happens to the records. */
export type NcicEvent =
  | { readonly what: 'kept'; readonly record: Violator }
  | { readonly what: 'validated'; readonly nic: string }
  | { readonly what: 'listed'; readonly nics: readonly string[] }
  | {
      readonly what: 'asked'
      readonly ori: string
      readonly ctl?: string
      readonly name: string
      readonly dob: string
    }

/** When a record is looked at next: to be listed for validation, or to be purged. */
interface Clock {
  readonly t: number
  readonly listed: boolean
}

const DAY = 86_400_000
/** Inquiries that are remembered; of more the oldest are forgotten early. */
const MOST_INQUIRIES = 50_000

interface Image {
  readonly given: number
  readonly records: readonly Violator[]
  readonly clocks: readonly (readonly [nic: string, t: number, listed: number])[]
  readonly inquiries: readonly Inquiry[]
}

/** What the NCIC service remembers: its records, their clocks, and who asked lately. */
export class Register implements Memory {
  /** NICs given so far. */
  given = 0
  /** Counts what changed, for whoever keeps an index over it. */
  readonly changed = new Set<string>()
  readonly #records = new Map<string, Violator>()
  readonly #byArn = new NicIndex()
  /** Live records by what makes another entry a duplicate. */
  readonly #alike = new NicIndex()
  readonly #clocks = new Map<string, Clock>()
  /** NICs by the day on which their clocks run out. */
  readonly #days = new Map<number, Set<string>>()
  #inquiries: Inquiry[] = []

  constructor(private readonly rules: NcicRules) {}

  get(nic: string): Violator | undefined {
    return this.#records.get(nic)
  }

  get records(): IterableIterator<Violator> {
    return this.#records.values()
  }

  /** Live records that name an A-number. */
  ofArn(arn: string): Violator[] {
    return this.#byArn
      .get(arn)
      .map((nic) => this.#records.get(nic) as Violator)
      .filter((each) => each.state === 'live')
  }

  /** The live record that an entry with these fields would double: same offence, and same case or same person. */
  doubled(fields: Violator['fields']): string | undefined {
    for (const each of likenesses(fields)) {
      const [nic] = this.#alike.get(each)
      if (nic !== undefined) return nic
    }
    return undefined
  }

  /** Who asked for one of these dates of birth since then. */
  asked(dobs: ReadonlySet<string>, since: number): Inquiry[] {
    return this.#inquiries.filter((each) => each.t >= since && dobs.has(each.dob))
  }

  /** When the next clock runs out: milliseconds since the epoch. */
  get next(): number | undefined {
    let first: number | undefined
    for (const day of this.#days.keys()) if (first === undefined || day < first) first = day
    return first === undefined ? undefined : (first + 1) * DAY
  }

  /** Some of the records whose clock has run out, all to be listed or all to be purged. */
  dueAt(t: number, most: number): { readonly listed: boolean; readonly nics: string[] } | undefined {
    const next = this.next
    if (next === undefined || next > t) return undefined
    const nics = [...(this.#days.get(next / DAY - 1) ?? [])]
    const listed = this.#clocks.get(nics[0] ?? '')?.listed ?? false
    const same = nics.filter((nic) => this.#clocks.get(nic)?.listed === listed)
    return { listed, nics: same.slice(0, most) }
  }

  evolve(json: Json, { t }: Moment): void {
    const event = json as unknown as NcicEvent
    switch (event.what) {
      case 'kept':
        this.#keep(event.record)
        if (event.record.state !== 'live') this.#wind(event.record.nic, undefined)
        else if (!this.#clocks.has(event.record.nic)) this.#validated(event.record.nic, t)
        break
      case 'validated':
        this.#validated(event.nic, t)
        break
      case 'listed':
        for (const nic of event.nics) this.#wind(nic, { t: t + this.rules.validation.answer, listed: true })
        break
      case 'asked': {
        const { ori, ctl, name, dob } = event
        const since = t - this.rules.delayed.within
        const old = this.#inquiries.findIndex((each) => each.t >= since)
        if (old > 0) this.#inquiries.splice(0, old)
        else if (old < 0 || this.#inquiries.length >= MOST_INQUIRIES)
          this.#inquiries.splice(0, old < 0 ? this.#inquiries.length : 1)
        this.#inquiries.push({ ori, ctl, t, name, dob })
      }
    }
  }

  encode(): Json {
    const image: Image = {
      given: this.given,
      records: [...this.#records.values()],
      clocks: [...this.#clocks].map(([nic, { t, listed }]) => [nic, t, listed ? 1 : 0]),
      inquiries: this.#inquiries,
    }
    return image as unknown as Json
  }

  restore(json: Json): void {
    const image = json as unknown as Image
    this.given = image.given
    for (const record of image.records) this.#keep(record)
    for (const [nic, t, listed] of image.clocks) this.#wind(nic, { t, listed: listed === 1 })
    this.#inquiries = [...image.inquiries]
  }

  #validated(nic: string, t: number): void {
    this.#wind(nic, { t: t + this.rules.validation.every, listed: false })
  }

  #keep(record: Violator): void {
    const before = this.#records.get(record.nic)
    if (before) {
      this.#byArn.delete(before.arn, record.nic)
      for (const each of likenesses(before.fields)) this.#alike.delete(each, record.nic)
    }
    this.#records.set(record.nic, record)
    if (record.state === 'live')
      for (const each of likenesses(record.fields)) this.#alike.add(each, record.nic)
    this.changed.add(record.nic)
    const { prefix } = this.rules.nic
    if (record.nic.startsWith(prefix))
      this.given = Math.max(this.given, Number(record.nic.slice(prefix.length)))
    if (record.arn !== '') this.#byArn.add(record.arn, record.nic)
  }

  #wind(nic: string, clock: Clock | undefined): void {
    const before = this.#clocks.get(nic)
    if (before) {
      const day = Math.floor(before.t / DAY)
      const nics = this.#days.get(day)
      nics?.delete(nic)
      if (nics?.size === 0) this.#days.delete(day)
      this.#clocks.delete(nic)
    }
    if (!clock) return
    this.#clocks.set(nic, clock)
    const day = Math.floor(clock.t / DAY)
    const nics = this.#days.get(day)
    if (nics) nics.add(nic)
    else this.#days.set(day, new Set([nic]))
  }
}

/** No value holds a line break, so that none can be taken for two. */
function likenesses({ OFF = '', OCA = '', NAM = '', DOB = '' }: Violator['fields']): readonly string[] {
  return [`${OFF}\n${OCA}`, `${OFF}\n${NAM}\n${DOB}`]
}
