import type { Arn, PersonRecord, RecordLine } from '../records/types.js'
import { findRows } from './candidates.js'
import { type DateParts, dateParts } from './dates.js'
import { Dictionary } from './dictionary.js'
import { blankTally, Examiner, type Tally } from './evidence.js'
import { type Asked, askedIdentifiers, identifierEvidence } from './identifiers.js'
import { type NameParts, parseName, partsOfName } from './names.js'
import { identifierKey, People } from './people.js'
import { Shelf } from './shelf.js'
import type { NameTables } from './tables.js'
import type {
  Candidate,
  Evidence,
  Grade,
  Matcher,
  MatchQuery,
  MatchResult,
  MatchThresholds,
} from './types.js'

/** Where whole records are, when the engine needn't keep them itself. */
export interface RecordSource {
  get(arn: Arn): PersonRecord | undefined
}

export interface EngineOptions {
  readonly names: NameTables
  readonly thresholds: MatchThresholds
  /** Without it the engine keeps the records in memory, packed. */
  readonly records?: RecordSource
}

/** Candidates whose names are compared by letters. */
const DEEP = 16
/** Candidates kept apart by person; the rest of a long list adds nothing that shows. */
const MOST_PERSONS = 400
const SHOWN = 5
/** Candidates this far (in bits) below the odds of "nobody" don't show in any score. */
const HOPELESS = 26
/** What an unmatched pair can gain at most when its letters are compared. */
const DEEP_GAIN = 24
/** A candidate this far (in bits) below the odds stays there whatever the letters say. */
const BEYOND_LETTERS = 21
/** Where no candidate comes this near (in bits), names of the same date of birth and first letter are compared by letters: GARCIALOPEZ, JOSELUIS. */
const IMPLAUSIBLE = 4
const MOST_BARE = 16
/** A candidate that fails the gate stays this far (in percent) below a MATCH. */
const BELOW_MATCH = 2

/** One candidate on its way to an answer. */
interface Found {
  readonly person: number
  row: number
  total: number
  /** Looked at in full: his numbers as evidence, and what the gate takes off. */
  deep: { readonly numbers: readonly Evidence[]; readonly over: number } | undefined
}

/** The matching engine: persons in typed arrays, questions answered one after the other. */
export class Engine {
  readonly #dictionary: Dictionary
  #people: People
  readonly #shelf = new Shelf()
  #byArn = new Map<number, number>()
  readonly #thresholds: MatchThresholds
  readonly #records: RecordSource | undefined
  /** The last query that looked at a row. */
  #seen = new Int32Array(1024)
  #round = 0

  constructor(options: EngineOptions) {
    this.#dictionary = new Dictionary(options.names)
    this.#people = new People(this.#dictionary)
    this.#thresholds = options.thresholds
    this.#records = options.records
    this.#dictionary.changed(0)
  }

  /** Persons on file. */
  get size(): number {
    return this.#people.size
  }

  /** Takes in lines of a records file: adds, replaces, removes. */
  apply(lines: Iterable<RecordLine>): void {
    this.applySome(lines[Symbol.iterator](), Number.POSITIVE_INFINITY)
  }

  /** Takes in so many of the lines. Returns whether any may be left. */
  applySome(lines: Iterator<RecordLine>, most: number): boolean {
    let next = lines.next()
    for (let n = 0; !next.done; next = lines.next()) {
      const line = next.value
      const arn = Number(line.arn)
      const before = this.#byArn.get(arn)
      if (before !== undefined) this.#people.remove(before)
      if ('removed' in line) this.#byArn.delete(arn)
      else this.#byArn.set(arn, this.#add(line))
      if (++n >= most) break
    }
    this.#dictionary.changed(this.#people.names)
    return !next.done
  }

  #add(record: PersonRecord): number {
    const names = record.names.map((each) => partsOfName(each, this.#dictionary.tables))
    const person = this.#people.add(record, names)
    if (!this.#records) this.#shelf.put(person, record)
    return person
  }

  /** Who a query may be about. */
  query(query: MatchQuery): MatchResult {
    const name = parseName(query.name ?? '', this.#dictionary.tables)
    const born = dateParts(query.dob)
    const asked = askedIdentifiers(query)
    const examiner = new Examiner(query, name, born, this.#people)
    try {
      const found = this.#find(examiner, name, born, asked)
      return this.#answer(query, examiner, asked, found)
    } finally {
      examiner.scorer.release()
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
    const rows: number[] = []
    const totals: number[] = []
    /** Same date of birth, nothing in common in the name at first look. */
    const bare: number[] = []
    const tally = blankTally()
    const odds = this.#odds()
    const round = this.#nextRound()
    const look = (row: number): boolean => {
      if (this.#seen[row] === round) return false
      this.#seen[row] = round
      const found = examiner.tally(row, false, 0, tally)
      // After the tokens, since most rows end there and this is another part of the memory.
      if (this.#people.alive.data[this.#people.rowPerson.data[row] ?? 0] === 0) return true
      if (!found) {
        if (bare.length < MOST_BARE && examiner.sameDate(row) && examiner.scorer.sameStart(row))
          bare.push(row)
        return true
      }
      const reach = tally.total + (found.open ? DEEP_GAIN : 0)
      if (reach > odds - HOPELESS || rows.length < SHOWN) {
        rows.push(row)
        totals.push(Math.min(tally.total, this.#ceiling(tally, examiner, [], odds)))
      }
      return true
    }
    if (name.surname.length + name.given.length > 0) findRows(this.#people, examiner.scorer, born, look)
    if (totals.every((total) => total < odds - IMPLAUSIBLE)) {
      rows.push(...bare)
      totals.push(...bare.map(() => odds - IMPLAUSIBLE))
    }
    const byPerson = this.#best(rows, totals)
    const numbered = this.#holders(asked)
    for (const person of numbered) {
      if (byPerson.has(person)) continue
      byPerson.set(person, {
        person,
        row: this.#people.firstRow.data[person] ?? 0,
        total: 0,
        deep: undefined,
      })
    }
    const list = [...byPerson.values()].sort((a, b) => b.total - a.total).slice(0, MOST_PERSONS)
    const deep = list.slice(0, DEEP).filter((each) => each.total > odds - BEYOND_LETTERS)
    for (const each of byPerson.values())
      if (numbered.has(each.person) && !deep.includes(each)) deep.push(each)
    for (const each of deep) this.#examine(each, examiner, asked, odds)
    // A bare row's total only put it in line; unless it was looked at it says nothing.
    const unread = new Set(bare)
    const rest = list.filter((each) => !deep.includes(each) && !unread.has(each.row))
    return [...deep, ...rest].sort((a, b) => b.total - a.total)
  }

  /** The best row of each person, of the best few hundred rows. */
  #best(rows: readonly number[], totals: readonly number[]): Map<number, Found> {
    const order = rows.map((_, i) => i)
    if (order.length > MOST_PERSONS) {
      order.sort((a, b) => (totals[b] ?? 0) - (totals[a] ?? 0))
      order.length = MOST_PERSONS
    }
    const found = new Map<number, Found>()
    for (const i of order) {
      const row = rows[i] ?? 0
      const total = totals[i] ?? 0
      const person = this.#people.rowPerson.data[row] ?? 0
      const before = found.get(person)
      if (!before) found.set(person, { person, row, total, deep: undefined })
      else if (total > before.total) {
        before.row = row
        before.total = total
      }
    }
    return found
  }

  /** Persons on file under one of the numbers asked for. */
  #holders(asked: readonly Asked[]): Set<number> {
    const persons = new Set<number>()
    for (const { kinds, value } of asked) {
      for (const kind of kinds) {
        this.#people.identifiers.visit(identifierKey(kind, value), 16, (person) => {
          if (this.#people.alive.data[person] === 1) persons.add(person)
          return true
        })
      }
    }
    return persons
  }

  /** Looks at a candidate in full: each of his names by letters, his numbers, the gate. */
  #examine(found: Found, examiner: Examiner, asked: readonly Asked[], odds: number): void {
    const { weights } = this.#dictionary.tables
    const numbers =
      asked.length > 0 ? identifierEvidence(asked, this.#record(found.person), weights.identifier) : []
    const extra = numbers.reduce((sum, each) => sum + each.bits, 0)
    const first = this.#people.firstRow.data[found.person] ?? 0
    const count = this.#people.rowCount.data[found.person] ?? 0
    const tally = blankTally()
    let best = Number.NEGATIVE_INFINITY
    for (let row = first; row < first + count; row++) {
      examiner.tally(row, true, extra, tally)
      // What the gate leaves counts: a row of another surname adds up to more than the alias that fits in all.
      const over = Math.max(0, tally.total - this.#ceiling(tally, examiner, numbers, odds))
      if (tally.total - over <= best) continue
      best = tally.total - over
      found.row = row
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
    const sum = found.reduce((total, each) => total + 2 ** (each.total - odds), 1)
    const scores = found.map((each) => (100 * 2 ** (each.total - odds)) / sum)
    const { match, possible, floor } = this.#thresholds
    const listed = scores.filter((score) => score >= floor)
    const share = listed.reduce((total, score) => total + score, 0)
    const candidates = found.slice(0, SHOWN).map((each, i) => this.#candidate(each, scores[i] ?? 0, examiner))
    const grade = this.#grade(examiner, asked, scores[0] ?? 0, share, { match, possible })
    return {
      grade,
      candidates,
      listed: listed.length,
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
    return new LazyCandidate(this.#arn(found.person), score, found.total, why, () =>
      this.#record(found.person),
    )
  }

  /** Words are for those who are shown, so the row is scored once more for them. */
  #evidence(found: Found, examiner: Examiner): readonly Evidence[] {
    const { numbers, over } = found.deep ?? { numbers: [], over: 0 }
    const tally = blankTally()
    const extra = numbers.reduce((sum, each) => sum + each.bits, 0)
    const names = examiner.tally(found.row, found.deep !== undefined, extra, tally)
    const fields = examiner.describe(found.row, names, tally, tally.name - over)
    const all = [...fields, ...numbers]
    return examiner.named || over === 0 ? all : lowered(all, over)
  }

  #arn(person: number): Arn {
    return String(this.#people.arn.data[person] ?? 0).padStart(9, '0') as Arn
  }

  #record(person: number): PersonRecord {
    return (
      this.#records?.get(this.#arn(person)) ??
      (this.#records ? this.#rebuilt(person) : this.#shelf.get(person))
    )
  }

  /** What the index itself knows, for a record that its source has lost since. */
  #rebuilt(person: number): PersonRecord {
    const { surname, given } = this.#people.rowTokens(this.#people.firstRow.data[person] ?? 0)
    const none = ''
    return {
      arn: this.#arn(person),
      names: [
        { last: surname.join(' '), first: given.join(' '), middle: none, suffix: none, type: 'primary' },
      ],
      dob: String(this.#people.dob.data[person] ?? 0).padStart(8, '0'),
      altDobs: [],
      sex: this.#people.sexOf(person) as PersonRecord['sex'],
      pob: this.#people.places[this.#people.place.data[person] ?? 0] ?? none,
      ...{ citizenship: none, fbi: none, sid: none, oln: none, ols: none, soc: none },
      passport: { number: none, country: none },
      status: { class: none, code: none, since: none },
      admitted: { date: none, port: none },
      interest: false,
      ncic: [],
    }
  }

  #nextRound(): number {
    const rows = this.#people.rowPerson.length
    if (rows > this.#seen.length) this.#seen = new Int32Array(this.#people.rowPerson.data.length)
    this.#round = this.#round === 0x7fffffff ? 1 : this.#round + 1
    if (this.#round === 1) this.#seen.fill(0)
    return this.#round
  }
}

/** Reads the whole record only for those who ask for it: an answer shows one at most. */
class LazyCandidate implements Candidate {
  readonly #read: () => PersonRecord
  #person: PersonRecord | undefined

  constructor(
    readonly arn: Arn,
    readonly score: number,
    readonly bits: number,
    readonly why: readonly Evidence[],
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
