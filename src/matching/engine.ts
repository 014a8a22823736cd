import type { PersonRecord, RecordLine } from '../records/types.js'
import { type DateParts, dateParts } from './dates.js'
import { Dictionary } from './dictionary.js'
import { blankTally, Examiner, type Tally } from './evidence.js'
import type { Holdings, Loaded, Whereabouts } from './holdings.js'
import { type Asked, askedIdentifiers, identifierEvidence } from './identifiers.js'
import { type NameParts, parseName } from './names.js'
import { type Held, type RecordSource, Register } from './register.js'
import { Search } from './search.js'
import type { NameTables } from './tables.js'
import { Tray } from './tray.js'
import type {
  Candidate,
  Evidence,
  Grade,
  Matcher,
  MatchQuery,
  MatchResult,
  MatchThresholds,
} from './types.js'

export interface EngineOptions {
  readonly names: NameTables
  readonly thresholds: MatchThresholds
  /** Without it the engine keeps the records in memory, packed. */
  readonly records?: RecordSource
  /** Looks at every name on file: to measure what the search misses. */
  readonly exhaustive?: boolean
}

/** Candidates that are scored by the scorer itself. */
const REFINED = 48
/** Candidates whose names are compared by letters. */
const DEEP = 16
/** The same where no date of birth tells candidates apart: such queries are few, and others are often as like. */
const REFINED_UNDATED = 150
const DEEP_UNDATED = 40
/** The same where every name is looked at. */
const REFINED_OF_ALL = 400
const DEEP_OF_ALL = 64
/** Names that are brought together by person. */
const MOST_NAMES = 200
const SHOWN = 5
/** A candidate this far (in bits) below the odds stays there whatever the letters say. */
const BEYOND_LETTERS = 21
/** What the first look may say too little, in bits. */
const FIRST_LOOK_OFF = 3
/** Where no candidate comes this near (in bits), names of the same date of birth and first letter are compared by letters: GARCIALOPEZ, JOSELUIS. */
const IMPLAUSIBLE = 4
/** A candidate that fails the gate stays this far (in percent) below a MATCH. */
const BELOW_MATCH = 2
/** One candidate on its way to an answer. */
interface Found {
  readonly loaded: Loaded
  /** The person's first row in the segment. */
  readonly first: number
  /** Row of the tray that fits best, -1 before there is one. */
  row: number
  /** The row of the segment that fits best. */
  held: number
  total: number
  /** Nothing but the date of birth put it in line. */
  bare: boolean
  /** Looked at in full: his numbers as evidence, and what the gate takes off. */
  deep: { readonly numbers: readonly Evidence[]; readonly over: number } | undefined
}

/** The matching engine: segments of persons, questions answered one after the other. */
export class Engine {
  readonly #dictionary: Dictionary
  readonly #holdings: Holdings
  readonly #tray: Tray
  readonly #search: Search
  readonly #exhaustive: boolean
  readonly #register: Register
  readonly #thresholds: MatchThresholds

  constructor(options: EngineOptions) {
    this.#dictionary = new Dictionary(options.names)
    this.#register = new Register(this.#dictionary, options.records)
    this.#holdings = this.#register.holdings
    this.#tray = new Tray(this.#holdings)
    this.#exhaustive = options.exhaustive ?? false
    const most = this.#exhaustive ? REFINED_OF_ALL : MOST_NAMES
    this.#search = new Search(this.#holdings, most, this.#exhaustive)
    this.#thresholds = options.thresholds
    this.#dictionary.changed(0)
  }

  /** Persons on file. */
  get size(): number {
    return this.#holdings.size
  }

  /** Names on file, aliases counted. */
  get names(): number {
    return this.#holdings.names
  }

  /** Takes in lines of a records file: adds, replaces, removes. */
  apply(lines: Iterable<RecordLine>): void {
    this.#register.apply(lines)
  }

  /** Takes in persons who stay, whatever is said of their numbers elsewhere. */
  pin(records: readonly PersonRecord[]): void {
    this.#register.pin(records)
  }

  /** Holds these segments of a store, oldest first: takes up new ones, and one in the place of those that are gone. */
  hold(segments: readonly Held[]): void {
    this.#register.hold(segments)
  }

  /** The person with an A-number of nine digits. */
  byArn(arn: string): PersonRecord | undefined {
    return this.#register.byArn(arn)
  }

  /** Persons whom an NCIC record of this number is about. */
  byNic(nic: string): PersonRecord[] {
    return this.#register.byNic(nic)
  }

  /** Where a candidate's record is, where a store has it. */
  placeOf(candidate: Candidate): { readonly file: string; readonly line: number } | undefined {
    if (!(candidate instanceof LazyCandidate)) return undefined
    return this.#register.placeOf(whereabouts(candidate.found))
  }

  /** Who a query may be about. */
  query(query: MatchQuery): MatchResult {
    const name = parseName(query.name ?? '', this.#dictionary.tables)
    const born = dateParts(query.dob)
    const asked = askedIdentifiers(query)
    this.#tray.clear()
    const examiner = new Examiner(query, name, born, this.#tray)
    try {
      const found = this.#find(examiner, name, born, asked)
      return this.#answer(query, examiner, asked, found)
    } finally {
      examiner.scorer.release()
      this.#search.leave()
    }
  }

  /** The engine behind the interface that the rest of the house uses. */
  asMatcher(): Matcher {
    return { query: async (batch) => batch.map((each) => this.query(each)) }
  }

  /** Log2 of the odds for "somebody not on file", in records. */
  #odds(): number {
    const { prior } = this.#thresholds
    return Math.log2((Math.max(1, this.size) * (1 - prior)) / prior)
  }

  /** Every person that the query may mean with what speaks for him, best first. */
  #find(examiner: Examiner, name: NameParts, born: DateParts, asked: readonly Asked[]): Found[] {
    const odds = this.#odds()
    const named = name.surname.length + name.given.length > 0
    const hits = named ? this.#search.run(examiner, name, born, odds) : 0
    const [refined, most] = this.#limits(born)
    const byPerson = this.#refine(hits, examiner, odds, refined)
    if (named && [...byPerson.values()].every((each) => each.total < odds - IMPLAUSIBLE))
      for (const hit of this.#search.bare) {
        const first = hit.loaded.segment.firstRow(hit.row)
        const key = personKey(hit.loaded, first)
        if (byPerson.has(key)) continue
        const found = foundOf(hit.loaded, first, hit.row, odds - IMPLAUSIBLE)
        found.bare = true
        byPerson.set(key, found)
      }
    const numbered = this.#holders(asked)
    for (const [key, each] of numbered) if (!byPerson.has(key)) byPerson.set(key, each)
    const list = [...byPerson.values()].sort((a, b) => b.total - a.total)
    const deep = list.slice(0, most).filter((each) => each.total > odds - BEYOND_LETTERS)
    for (const key of numbered.keys()) {
      const each = byPerson.get(key)
      if (each && !deep.includes(each)) deep.push(each)
    }
    for (const each of deep) this.#examine(each, examiner, asked, odds)
    // A bare row's total only put it in line; unless it was looked at it says nothing.
    const rest = list.filter((each) => !each.deep && !each.bare)
    return [...deep, ...rest].sort((a, b) => b.total - a.total)
  }

  /** How many candidates are scored by the scorer itself, and how many of them with letters. */
  #limits(born: DateParts): readonly [refined: number, deep: number] {
    if (this.#exhaustive) return [REFINED_OF_ALL, DEEP_OF_ALL]
    return born.year > 0 ? [REFINED, DEEP] : [REFINED_UNDATED, DEEP_UNDATED]
  }

  /** The best row of each person; those in front by what the scorer itself says without letters. */
  #refine(count: number, examiner: Examiner, odds: number, refined: number): Map<number, Found> {
    const found = new Map<number, Found>()
    const tally = blankTally()
    const { hits } = this.#search
    for (let i = 0; i < count; i++) {
      const hit = hits.order[i] ?? 0
      const loaded = this.#holdings.segments[hits.segment[hit] ?? 0] as Loaded
      const held = hits.row[hit] ?? 0
      const first = loaded.segment.firstRow(held)
      let total = hits.total[hit] ?? 0
      if (i < refined && total > odds - BEYOND_LETTERS - FIRST_LOOK_OFF) {
        const row = this.#tray.addRow(loaded, held, this.#tray.addPerson(loaded, first))
        if (examiner.tally(row, false, 0, tally))
          total = Math.min(tally.total, this.#ceiling(tally, examiner, [], odds))
      }
      const key = personKey(loaded, first)
      const before = found.get(key)
      if (before === undefined) found.set(key, foundOf(loaded, first, held, total))
      else if (total > before.total) {
        before.held = held
        before.total = total
      }
    }
    return found
  }

  /** Persons on file under one of the numbers asked for. */
  #holders(asked: readonly Asked[]): Map<number, Found> {
    const persons = new Map<number, Found>()
    for (const { kinds, value } of asked)
      for (const kind of kinds)
        for (const { loaded, row } of this.#register.under(kind, value))
          persons.set(personKey(loaded, row), foundOf(loaded, row, row, 0))
    return persons
  }

  /** Looks at a candidate in full: each of his names by letters, his numbers, the gate. */
  #examine(found: Found, examiner: Examiner, asked: readonly Asked[], odds: number): void {
    const { weights } = this.#dictionary.tables
    const { loaded, first } = found
    const numbers =
      asked.length > 0
        ? identifierEvidence(asked, this.#register.record(whereabouts(found)), weights.identifier)
        : []
    const extra = numbers.reduce((sum, each) => sum + each.bits, 0)
    const person = this.#tray.addPerson(loaded, first)
    const tally = blankTally()
    let best = Number.NEGATIVE_INFINITY
    for (let held = first, end = loaded.segment.endRow(first); held < end; held++) {
      const row = this.#tray.addRow(loaded, held, person)
      examiner.tally(row, true, extra, tally)
      // What the gate leaves counts: a row of another surname adds up to more than the alias that fits in all.
      const over = Math.max(0, tally.total - this.#ceiling(tally, examiner, numbers, odds))
      if (tally.total - over <= best) continue
      best = tally.total - over
      found.row = row
      found.held = held
      found.total = best
      found.deep = { numbers, over }
    }
  }

  /**
   * The bits that a candidate may have at most. A MATCH needs surname, given name and a date that speaks for it, or a
   * number that nothing contradicts: what a name or a number alone is worth is for a person to judge.
   */
  #ceiling(tally: Tally, examiner: Examiner, numbers: readonly Evidence[], odds: number): number {
    const numbered = numbers.some((each) => each.bits > 0 && each.relation === 'exact')
    const named = tally.surnameAgrees && tally.givenAgrees
    const partly = !examiner.named || tally.surnameAgrees || tally.givenAgrees
    if ((named && tally.dated) || (!tally.contradicts && numbered && partly)) return Number.POSITIVE_INFINITY
    if (numbered && named) return Number.POSITIVE_INFINITY
    const most = Math.max(0.5, this.#thresholds.match - BELOW_MATCH) / 100
    return odds + Math.log2(most / (1 - most))
  }

  #answer(
    query: MatchQuery,
    examiner: Examiner,
    asked: readonly Asked[],
    found: readonly Found[],
  ): MatchResult {
    const odds = this.#odds()
    const scores = Float64Array.from(found, (each) => 2 ** (each.total - odds))
    let sum = 1
    for (const each of scores) sum += each
    const { match, possible, floor } = this.#thresholds
    let [listed, share] = [0, 0]
    for (let i = 0; i < scores.length; i++) {
      const score = (100 * (scores[i] ?? 0)) / sum
      scores[i] = score
      if (score < floor) continue
      listed++
      share += score
    }
    const candidates = found.slice(0, SHOWN).map((each, i) => this.#candidate(each, scores[i] ?? 0, examiner))
    const grade = this.#grade(examiner, asked, scores[0] ?? 0, share, { match, possible })
    return {
      grade,
      candidates,
      listed,
      provide: grade === 'MORE' ? helpful(query, examiner) : [],
    }
  }

  #grade(
    examiner: Examiner,
    asked: readonly Asked[],
    best: number,
    share: number,
    limits: { readonly match: number; readonly possible: number },
  ): Grade {
    if (asked.length === 0 && !examiner.scorer.singlesOut) return 'MORE'
    if (best >= limits.match) return 'MATCH'
    if (share >= limits.possible) return 'POSSIBLE'
    if (asked.length > 0 || this.size === 0) return 'NONE'
    const needed = this.#odds() + Math.log2(limits.possible / (100 - limits.possible))
    return examiner.most < needed ? 'MORE' : 'NONE'
  }

  #candidate(found: Found, score: number, examiner: Examiner): Candidate {
    const why = this.#evidence(found, examiner)
    const where = whereabouts(found)
    const arn = this.#register.arnOf(where)
    return new LazyCandidate(arn, score, found.total, why, found, () => this.#register.record(where))
  }

  /** Words are for those who are shown, so the row is scored once more for them. */
  #evidence(found: Found, examiner: Examiner): readonly Evidence[] {
    const { numbers, over } = found.deep ?? { numbers: [], over: 0 }
    const tally = blankTally()
    const extra = numbers.reduce((sum, each) => sum + each.bits, 0)
    if (found.row < 0)
      found.row = this.#tray.addRow(found.loaded, found.held, this.#tray.addPerson(found.loaded, found.first))
    const names = examiner.tally(found.row, found.deep !== undefined, extra, tally)
    // What the first look says may be a little off the scorer's word, and the fields add up to the total.
    const off = found.deep ? over : tally.total - found.total
    const fields = examiner.describe(found.row, names, tally, tally.name - off)
    const all = [...fields, ...numbers]
    return examiner.named || over === 0 ? all : lowered(all, over)
  }
}

const whereabouts = ({ loaded, first }: Found): Whereabouts => ({ loaded, row: first })

const personKey = (loaded: Loaded, first: number): number => loaded.offset + first

function foundOf(loaded: Loaded, first: number, held: number, total: number): Found {
  return { loaded, first, row: -1, held, total, bare: false, deep: undefined }
}

/** Reads the whole record only for those who ask for it: an answer shows one at most. */
class LazyCandidate implements Candidate {
  readonly #read: () => PersonRecord
  #person: PersonRecord | undefined

  constructor(
    readonly arn: PersonRecord['arn'],
    readonly score: number,
    readonly bits: number,
    readonly why: readonly Evidence[],
    readonly found: Found,
    read: () => PersonRecord,
  ) {
    this.#read = read
  }

  get person(): PersonRecord {
    this.#person ??= this.#read()
    return this.#person
  }
}

/** Without a name the gate's deduction goes to the evidence that weighs most. */
function lowered(evidence: readonly Evidence[], by: number): Evidence[] {
  const most = evidence.reduce((best, each, i) => (each.bits > (evidence[best]?.bits ?? 0) ? i : best), 0)
  return evidence.map((each, i) => (i === most ? { ...each, bits: each.bits - by } : each))
}

/** Fields that the query leaves out and that would single somebody out, the telling ones first. */
function helpful(query: MatchQuery, examiner: Examiner): string[] {
  const missing: string[] = []
  if (!examiner.scorer.hasFullToken || !/[,\s]\S/.test(query.name ?? '')) missing.push('NAM')
  if (examiner.dates.most < 8) missing.push('DOB')
  const numbers = ['arn', 'fbi', 'sid', 'soc', 'ppn'] as const
  for (const each of numbers) if (!query[each]) missing.push(each.toUpperCase())
  if (!query.pob) missing.push('POB')
  return missing
}
