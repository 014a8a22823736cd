import { fiscalYear } from '../time/index.js'
import type { ConclusionRecord, Intake, RefusalRecord } from './records.js'

/** The centre's figures of one fiscal year. */
export interface YearFigures {
  year: number
  /** Messages taken in, by message key. */
  messages: Record<string, number>
  /** Queries of those with purpose F. */
  brady: number
  /** Final answers by response type. */
  answers: Record<string, number>
  /** Refused messages by error code. */
  refusals: Record<string, number>
  /** Queries by asking ORI. */
  oris: Record<string, number>
  /** What services count of their own. */
  services: Record<string, number>
}

/** Services whose open messages are queries; what others ask the matcher is no query of an agency. */
const QUERIES: ReadonlySet<string> = new Set(['query', 'brady'])

/** Counts what happened, from the journal's records alone, so that a recount must give the same. */
export class Figures {
  readonly years = new Map<number, YearFigures>()
  #day = ''
  #last: YearFigures | undefined

  takenIn(intake: Intake): void {
    const figures = this.#year(intake.day)
    add(figures.messages, intake.key)
    if (!intake.open || !QUERIES.has(intake.service)) return
    add(figures.oris, intake.ori)
    if (intake.values.PUR === 'F') figures.brady++
  }

  concluded(intake: Intake, conclusion: ConclusionRecord): void {
    // What has no answer yet gets it by a deed.
    if (QUERIES.has(intake.service) && conclusion.answers.length > 0)
      this.answered(conclusion.type, intake.day)
  }

  /** @param day of the query's receipt. */
  answered(type: string, day: string): void {
    add(this.#year(day).answers, type)
  }

  refused(refusal: RefusalRecord): void {
    add(this.#year(refusal.day).refusals, refusal.code)
  }

  /** @param figure what a service counts. */
  happened(figure: string, day: string): void {
    add(this.#year(day).services, figure)
  }

  /** Takes back what a snapshot says of a year; those of before had less. */
  restore(year: Omit<YearFigures, 'services'> & Partial<YearFigures>): void {
    this.years.set(year.year, { ...year, services: year.services ?? {} })
  }

  /** A day's year is looked up once, since thousands of messages share it. */
  #year(day: string): YearFigures {
    if (day === this.#day && this.#last) return this.#last
    this.#day = day
    this.#last = this.#find(fiscalYear(day))
    return this.#last
  }

  #find(year: number): YearFigures {
    let figures = this.years.get(year)
    if (!figures) {
      figures = { year, messages: {}, brady: 0, answers: {}, refusals: {}, oris: {}, services: {} }
      this.years.set(year, figures)
    }
    return figures
  }
}

function add(counts: Record<string, number>, name: string): void {
  counts[name] = (counts[name] ?? 0) + 1
}
