/**
 * Hit confirmation: is the record that an agency found live, and is this its person? The rule answers at once, or after
 * a time, or an operator does; where nothing is decided in time a YR says when. A positive answer lodges a detainer.
 */
import type { Formats, LayoutNeeds, Supplied } from '../../message/index.js'
import type {
  Accepted,
  Address,
  Decision,
  Deed,
  Detainers,
  Draft,
  Files,
  Happening,
  Json,
  Moment,
  Service,
  ViolatorRecord,
  ViolatorRecords,
} from '../types.js'
import { type ConfirmationEvent, type Pending, PendingRequests } from './pending.js'
import type { ConfirmationRules } from './rules.js'

export { type ConfirmationRules, loadConfirmationRules } from './rules.js'

export interface ConfirmationServiceOptions {
  readonly rules: ConfirmationRules
  readonly formats: Formats
  readonly files: Files
  readonly records: ViolatorRecords
  readonly detainers: Detainers
  /** Who decides: the rule at once, an operator, or the rule after so many milliseconds. */
  readonly by: 'rule' | 'operator' | number
}

const NAME = 'confirmation'
const RESPONSE = {
  values: [
    ...(['type', 'case', 'nic', 'name', 'dob', 'sex', 'confirmation', 'hours', 'confirmer'] as const),
    ...(['agency', 'phone', 'banner', 'remarks'] as const),
  ],
} as const satisfies LayoutNeeds

type Confirmation = 'Y' | 'N' | 'I'
const FIGURES = { Y: 'hitsConfirmed', N: 'hitsNotConfirmed', I: 'confirmationsDelayed' } as const

/** What is decided about a request, and the record where it is positive. */
interface Verdict {
  readonly confirmation: Confirmation
  readonly remarks: string
  readonly record?: ViolatorRecord | undefined
  readonly hours?: string | undefined
  readonly confirmer?: string | undefined
}

/** A request as it is answered: at once, or out of the memory. */
type Request = Pick<Pending, 'ref' | 'address' | 'values'>

export function confirmationService(options: ConfirmationServiceOptions): Service {
  return new ConfirmationService(options)
}

class ConfirmationService implements Service {
  readonly name = NAME
  readonly needs = { layouts: { CONFIRMATION: RESPONSE } }
  readonly memory = new PendingRequests()
  readonly #options: ConfirmationServiceOptions

  constructor(options: ConfirmationServiceOptions) {
    this.#options = options
  }

  decide(message: Accepted): Decision {
    const { by, rules } = this.#options
    const { values, receivedAt: t, day, reference: ref, address } = message
    const counted = REQUESTS[values.RNO ?? '']
    const first = counted === undefined ? [] : [happened({ what: 'repeated', ref }, counted)]
    if (by === 'rule') {
      const decided = this.#answer(
        { ref, address, values },
        this.#judge(values),
        { t, day },
        true,
        keyOf(message),
      )
      return { ...decided, events: [...first, ...decided.events] }
    }
    const { within, interim } = rules.priorities[values.PRI ?? ''] ?? { within: 0, interim: 0 }
    const request: Pending = {
      ...{ ref, t, address, values: { ...values, MKE: keyOf(message) } },
      ...{ interimAt: t + interim, limit: t + within },
      ...(by === 'operator' ? {} : { ruleAt: t + by }),
      ...{ interim: false, overdue: false },
    }
    return { answers: [], events: [...first, happened({ what: 'asked', request })] }
  }

  nextDue(): number | undefined {
    return this.memory.next?.t
  }

  due(now: Moment): Deed | undefined {
    const { next } = this.memory
    if (!next || next.t > now.t) return undefined
    const { request, what } = next
    if (what === 'rule')
      return { what: 'hit confirmation answered', ...this.#answer(request, this.#judge(request.values), now) }
    if (what === 'overdue') {
      const events = [happened({ what, ref: request.ref }, 'confirmationsOverdue')]
      return { what: 'hit confirmation overdue', answers: [], events }
    }
    const { remarks, priorities } = this.#options.rules
    const hours = priorities[request.values.PRI ?? '']?.hours
    const later: Verdict = { confirmation: 'I', remarks: remarks.later, hours }
    return { what: 'hit confirmation delayed', ...this.#answer(request, later, now) }
  }

  /** `answer`: an operator decides about a request and what else was asked about the same hit. */
  act(action: string, args: Readonly<Record<string, Json | undefined>>, now: Moment): Deed | undefined {
    if (action !== 'answer') return undefined
    const { reference, confirmation, hours, by, remarks } = args
    const request = this.memory.get(String(reference))
    if (!request) throw new Error(`no hit confirmation ${String(reference)} waits`)
    const judged = this.#judge(request.values)
    if (confirmation === 'Y' && judged.confirmation !== 'Y')
      throw new Error(`it can't be confirmed: ${judged.remarks.toLowerCase()}`)
    const { rules } = this.#options
    const verdict: Verdict = {
      confirmation: confirmation as Confirmation,
      remarks: remarks === undefined ? rules.remarks.operator : String(remarks).toUpperCase(),
      ...(confirmation === 'Y' ? { record: judged.record } : {}),
      ...(confirmation === 'I' ? { hours: String(hours) } : {}),
      ...(by === undefined ? {} : { confirmer: String(by).toUpperCase() }),
    }
    const group = this.memory.group(request)
    const answers: Draft[] = []
    const events: Happening[] = []
    group.forEach((each, i) => {
      // One hit has one detainer, however often it was asked about.
      const decided = this.#answer(each, i === 0 ? verdict : { ...verdict, record: undefined }, now)
      answers.push(...decided.answers)
      events.push(...decided.events)
    })
    return { what: 'hit confirmation answered', answers, events, result: group.length }
  }

  /** What waits: overdue ones first, then by priority and limit. */
  view(_: Readonly<Record<string, Json | undefined>>, { t }: Moment): Json {
    return [...this.memory.all]
      .map(({ ref, t: asked, address, values, limit, interim }) => ({
        ...{ reference: ref, askedAt: asked, ori: address.ori, limit, told: interim, overdue: limit <= t },
        ...{ nic: values.NIC, priority: values.PRI, request: values.RNO, case: values.OCA },
      }))
      .sort(
        (a, b) =>
          Number(b.overdue) - Number(a.overdue) ||
          Number(b.request) - Number(a.request) ||
          (a.priority === b.priority ? 0 : a.priority === 'U' ? -1 : 1) ||
          a.limit - b.limit,
      )
  }

  /** The rule: positive only for a live record and its person. */
  #judge({ NIC, NAM, DOB }: Readonly<Record<string, string>>): Verdict {
    const { records, rules, files } = this.#options
    const { remarks } = rules
    const record = records.live(NIC ?? '')
    if (!record) return { confirmation: 'N', remarks: remarks.none }
    const named = record.names.some((name) => files.compareNames(name, NAM ?? '') >= rules.alike)
    const born = record.dobs.some((dob) => isSameDate(dob, DOB ?? ''))
    if (!named || !born) return { confirmation: 'N', remarks: remarks.wrong }
    return { confirmation: 'Y', remarks: remarks.valid, record }
  }

  /** @param asked the request itself is being decided, so that its answers need no address. */
  #answer(
    request: Request,
    verdict: Verdict,
    now: Moment,
    asked = false,
    key = request.values.MKE ?? '',
  ): Required<Pick<Decision, 'answers' | 'events'>> {
    const { formats, rules, detainers } = this.#options
    const { values, address, ref } = request
    const { confirmation, record } = verdict
    const told: Supplied<typeof RESPONSE> = {
      ...{ type: values.RTY, case: values.OCA, nic: values.NIC, name: values.NAM, dob: values.DOB },
      ...{ sex: values.SEX, confirmation, hours: verdict.hours },
      ...{ confirmer: verdict.confirmer ?? rules.confirmer, agency: rules.agency, phone: rules.phone },
      ...{ banner: formats.exchange.banner, remarks: verdict.remarks },
    }
    const response: Draft = {
      ...{ key, from: formats.exchange.centre, type: `CON/${confirmation}` },
      text: formats.layout(key, 'CONFIRMATION').text(told),
      to: asked ? undefined : address,
    }
    const what = confirmation === 'I' ? 'interim' : 'answered'
    const event = happened({ what, ref }, FIGURES[confirmation])
    if (confirmation !== 'Y' || !record) return { answers: [response], events: [event] }
    const { names, dobs, nic, arn } = record
    const lodging = {
      ...{ name: names[0] ?? '', dob: dobs[0] ?? '', nic, arn, address: address as Address, asked },
    }
    const lodged = detainers.lodge(lodging, now)
    return { answers: [response, ...lodged.answers], events: [event, ...lodged.events] }
  }
}

/** Figures of requests after the first. */
const REQUESTS: Readonly<Record<string, string>> = {
  '2': 'confirmationsSecondRequest',
  '3': 'confirmationsThirdRequest',
}

/** The message key of the answers. */
const keyOf = ({ format, key }: Accepted): string => format.answers?.key ?? key

/** Zeros stand for what isn't known of a date. */
function isSameDate(held: string, asked: string): boolean {
  if (held.slice(0, 4) !== asked.slice(0, 4)) return false
  const month = held.slice(4, 6)
  const day = held.slice(6)
  return (month === '00' || month === asked.slice(4, 6)) && (day === '00' || day === asked.slice(6))
}

const happened = (event: ConfirmationEvent, figure?: string): Happening => ({
  service: NAME,
  event: event as unknown as Json,
  figure,
})
