import type { Address } from '../services/index.js'
import type { Clock } from '../time/index.js'
import type { AnswerTo } from './records.js'
import type { State } from './state.js'

export interface AddressesOptions {
  readonly state: Pick<State, 'forms'>
  readonly links: readonly { readonly name: string; readonly carries: (ori: string) => boolean }[]
  readonly clock: Clock
  /** Told of an ORI that no link carries. */
  readonly unknown: (ori: string) => void
}

/**
 * Where answers go that aren't simply for whoever asked. What nobody asked for takes the link that carries the ORI,
 * and the form that the ORI used last (wire format, section 1).
 */
export class Addresses {
  constructor(private readonly options: AddressesOptions) {}

  /** Undefined where no link carries the ORI: there is nobody whom it could wait for. */
  find({ ori, ctl, question }: Address): AnswerTo | undefined {
    if (question) return { ori, ctl, ...question }
    const { state, links, clock, unknown } = this.options
    const link = links.find((each) => each.carries(ori))?.name
    if (link === undefined) {
      unknown(ori)
      return undefined
    }
    // Nobody's line brought it.
    return { ori, ctl, link, form: state.forms.get(ori) ?? 'text', t: clock.now(), n: 0 }
  }
}
