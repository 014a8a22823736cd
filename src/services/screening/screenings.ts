import type { Grade } from '../../matching/index.js'
import type { Json, Memory, Moment } from '../types.js'

/** What a list is screened for. */
export type ScreeningKind = 'event' | 'operation'

/** Somebody on file whom a person of a list is, or may be. */
export interface ScreenedCandidate {
  readonly arn: string
  /** 0 to 100, rounded down. */
  readonly score: number
  readonly interest: boolean
  readonly nics: readonly string[]
}

/** What was found about one person of a list. */
export interface Screened {
  /** The person's line in the list, from 1. */
  readonly line: number
  readonly decision: Grade
  readonly candidates: readonly ScreenedCandidate[]
}

/** A list, with what is answered of it. */
export interface Screening {
  readonly list: string
  readonly kind: ScreeningKind
  readonly title: string
  /** When its first persons were answered, and when its last were; milliseconds since the epoch. */
  readonly t: number
  last: number
  readonly answered: Map<number, Screened>
}

export type ScreeningEvent =
  | {
      readonly what: 'begun'
      readonly list: string
      readonly kind: ScreeningKind
      readonly title: string
      readonly t: number
    }
  | ({ readonly what: 'answered'; readonly list: string } & Screened)

/** The lists of persons that were screened, by what identifies them. */
export class Screenings implements Memory {
  readonly #all = new Map<string, Screening>()

  /** @param rules `keep`: milliseconds after its begin at which a list is forgotten once another begins. */
  constructor(private readonly rules: { readonly keep: number }) {}

  get all(): IterableIterator<Screening> {
    return this.#all.values()
  }

  get(list: string): Screening | undefined {
    return this.#all.get(list)
  }

  evolve(json: Json, when: Moment): void {
    const event = json as unknown as ScreeningEvent
    if (event.what === 'begun') {
      for (const { list, t } of this.#all.values()) if (t + this.rules.keep < when.t) this.#all.delete(list)
      const { list, kind, title, t } = event
      this.#all.set(list, { list, kind, title, t, last: t, answered: new Map() })
      return
    }
    const screening = this.#all.get(event.list)
    if (!screening) return
    const { line, decision, candidates } = event
    screening.answered.set(line, { line, decision, candidates })
    screening.last = when.t
  }

  encode(): Json {
    const images = [...this.#all.values()].map((each) => ({ ...each, answered: [...each.answered.values()] }))
    return images as unknown as Json
  }

  restore(image: Json): void {
    type Image = Omit<Screening, 'answered'> & { readonly answered: readonly Screened[] }
    for (const each of image as unknown as readonly Image[])
      this.#all.set(each.list, { ...each, answered: new Map(each.answered.map((one) => [one.line, one])) })
  }
}
