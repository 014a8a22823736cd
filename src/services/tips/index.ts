/**
 * The tip line: what the public and agencies tell, by message or by telephone. Each tip is triaged by what it is about,
 * referred to the field office of its place, and decided within a time: viable or not.
 */
import { print } from '../print.js'
import type { Deed, Happening, Json, Moment, Service } from '../types.js'
import { type Tip, type TipEvent, TipRegister } from './register.js'
import { interestOf, officeOf, placeIn, type TipRules } from './rules.js'

export { loadTipRules, type TipRules } from './rules.js'

export interface TipServiceOptions {
  readonly rules: TipRules
  /** The state of an ORI, by the directory. */
  readonly areaOf: (ori: string) => string
}

const NAME = 'tips'
/** Longest text of a tip by telephone, in characters. */
const LONGEST = 2000

export function tipService({ rules, areaOf }: TipServiceOptions): Service {
  const memory = new TipRegister()
  const refer = (
    text: string,
    of: Pick<Tip, 'ref' | 'ori' | 'text'> & { readonly place: string | undefined },
    { t, day }: Moment,
  ): { readonly tip: Tip; readonly events: readonly Happening[] } => {
    const { ref, ori } = of
    const place = of.place ?? placeIn(rules, text) ?? areaOf(ori)
    const tip: Tip = {
      ...{ number: memory.next(day, rules.digits), t, ref, ori, place, text: of.text },
      ...{ interest: interestOf(rules, text), office: officeOf(rules, place), state: 'referred' },
    }
    return { tip, events: [happened({ what: 'referred', tip }, 'tips')] }
  }
  const byTelephone = (args: Arguments, now: Moment): Deed => {
    const text = print(String(args.text))
    if (text === '' || text.length > LONGEST)
      throw new Error(`a tip is 1 to ${LONGEST} characters, not ${text.length}`)
    const place = args.place === undefined ? undefined : String(args.place).toUpperCase()
    const { tip, events } = refer(text, { ref: '', ori: '', place, text }, now)
    const { number, interest, office } = tip
    return { what: 'tip taken', answers: [], events, result: { number, interest, office } }
  }
  const decide = ({ number, viable }: Arguments): Deed => {
    const tip = memory.get(String(number))
    if (!tip) throw new Error(`there is no tip ${String(number)}`)
    if (tip.state === 'viable' || tip.state === 'not viable')
      throw new Error(`tip ${tip.number} is ${tip.state} already`)
    const what = viable === true ? 'viable' : 'not viable'
    const events = [happened({ what, number: tip.number }, viable === true ? 'tipsViable' : 'tipsNotViable')]
    return { what: 'tip decided', answers: [], events, result: { number: tip.number, state: what } }
  }
  /** What comes next by the clock, and when. */
  const next = ():
    | { readonly t: number; readonly number: string; readonly what: 'due' | 'overdue' }
    | undefined => {
    const { fresh, due } = memory
    const first = fresh && { t: fresh.t + rules.due, number: fresh.number, what: 'due' as const }
    const second = due && { t: due.t + rules.limit, number: due.number, what: 'overdue' as const }
    return first && second ? (first.t <= second.t ? first : second) : (first ?? second)
  }
  return {
    name: NAME,
    memory,
    decide({ text, reference: ref, ori, receivedAt: t, day }) {
      return { answers: [], events: refer(text, { ref, ori, place: undefined }, { t, day }).events }
    },
    nextDue: () => next()?.t,
    due({ t }) {
      const coming = next()
      if (!coming || coming.t > t) return undefined
      const { what, number } = coming
      const figure = what === 'overdue' ? 'tipsOverdue' : undefined
      return { what: `tip ${what}`, answers: [], events: [happened({ what, number }, figure)] }
    },
    act: (action, args, now) =>
      action === 'take' ? byTelephone(args, now) : action === 'decide' ? decide(args) : undefined,
    view: ({ office, state, all }) =>
      [...memory.all]
        .filter(
          (each) =>
            (office === undefined || each.office === office) &&
            (state === undefined ? all === true || !each.state.endsWith('viable') : each.state === state),
        )
        .map((tip) => ({ ...tip, due: tip.t + rules.due, limit: tip.t + rules.limit })),
  }
}

type Arguments = Readonly<Record<string, Json | undefined>>

const happened = (event: TipEvent, figure?: string): Happening => ({
  service: NAME,
  event: event as unknown as Json,
  figure,
})
