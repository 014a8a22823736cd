import type { MatchQuery } from '../../matching/index.js'
import { type Formats, type LayoutNeeds, type Needs, readLine, type Supplied } from '../../message/index.js'
import { questionOf, RESPONSE_TYPES } from '../question.js'
import type { Accepted } from '../types.js'
import type { ScreeningRules } from './rules.js'
import type { Screened, ScreeningKind } from './screenings.js'

const REPORT = {
  values: ['banner', 'purpose', 'title', 'reference', 'persons'],
  lists: {
    results: ['result', 'persons'],
    rows: ['number', 'result', 'name', 'dob', 'arn', 'score', 'interest', 'nics', 'problem'],
  },
} as const satisfies LayoutNeeds

export const needs: Needs = {
  layouts: { REPORT, 'TOO LONG': { values: ['banner', 'most'] }, EMPTY: { values: ['banner'] } },
}

/** A list as a message brings it. */
export interface MessageList {
  readonly kind: ScreeningKind
  readonly purpose: string
  readonly title: string
  readonly persons: readonly ListedPerson[]
}

/** A person of it, with what is asked about him or with what is wrong with his line. */
interface ListedPerson {
  /** From 1; the first line and blank ones aren't counted. */
  readonly line: number
  readonly name: string
  readonly dob: string
  readonly query?: MatchQuery
  readonly problem?: string
}

/** Takes a message's text apart: what the list is for, and a person a line. */
export function readList(
  formats: Formats,
  { kinds, most }: ScreeningRules,
  { format, text, day }: Accepted,
): MessageList {
  const lines = text.split(/[\r\n\x7f]+/).filter((line) => line.trim() !== '')
  const [word = '', title = ''] = splitOnce(lines[0] ?? '', '/')
  const named = Object.hasOwn(kinds, word) ? kinds[word] : undefined
  const { kind, purpose } = named ?? (Object.values(kinds)[0] as (typeof kinds)[string])
  // One more shows that there are too many; the rest needn't be read for that.
  const persons = lines.slice(named ? 1 : 0).slice(0, most + 1)
  return {
    ...{ kind, purpose, title: named ? title.trim() : '' },
    persons: persons.map((each, i): ListedPerson => {
      const read = readLine(formats, format, each, day)
      if ('refusal' in read)
        return { line: i + 1, name: '', dob: '', problem: read.refusal.details.join('; ') }
      const { NAM: name = '', DOB: dob = '' } = read.values
      return { line: i + 1, name, dob, query: questionOf(read.values) }
    }),
  }
}

/** What the report about a list says. @param unread the result of a line that couldn't be read */
export function reportOf(
  { purpose, title, persons }: MessageList,
  reference: string,
  answered: readonly Screened[],
  unread: string,
): Omit<Supplied<typeof REPORT>, 'banner'> {
  const found = new Map(answered.map((each) => [each.line, each]))
  const counts = new Map<string, number>(Object.values(RESPONSE_TYPES).map((each) => [each, 0]))
  const rows = persons.flatMap((person) => {
    const screened = found.get(person.line)
    const result = screened ? RESPONSE_TYPES[screened.decision] : unread
    counts.set(result, (counts.get(result) ?? 0) + 1)
    const { line, name, dob, problem = '' } = person
    const row = { number: `${line}`.padStart(2, '0'), result, name, dob, problem, ...NOBODY }
    if (!screened || screened.candidates.length === 0) return [row]
    return screened.candidates.map(({ arn, score, interest, nics }) => ({
      ...row,
      ...{ arn, score: `${score}`, interest: interest ? 'YES' : 'NO', nics: nics.join(' ') },
    }))
  })
  return {
    ...{ purpose, title, reference, persons: `${persons.length}`, rows },
    results: [...counts].filter(([, n]) => n > 0).map(([result, n]) => ({ result, persons: `${n}` })),
  }
}

const NOBODY = { arn: '', score: '', interest: '', nics: '' }

function splitOnce(text: string, at: string): readonly [string, string] {
  const place = text.indexOf(at)
  return place < 0 ? [text, ''] : [text.slice(0, place), text.slice(place + at.length)]
}
