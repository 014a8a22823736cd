/** Puts what is known of a query and a person together: bits a field, and what they add up to. */
import { D_CONTRADICTS, D_EXACT, D_NEAR_YEAR, D_UNKNOWN, DATES, DateBits, type DateParts } from './dates.js'
import type { NameFinding } from './finding.js'
import type { NameParts } from './names.js'
import { DATED, type People } from './people.js'
import { EXACT, RELATIONS } from './relation.js'
import { NameScorer } from './scorer.js'
import type { Weights } from './tables.js'
import type { Evidence, MatchQuery } from './types.js'

/** Bits that a slip in a date is worth less against a relative than against a stranger: siblings are close in age. */
const SIBLING = 1.6

/** The bits of one candidate before anything is put into words. */
export interface Tally {
  total: number
  name: number
  dob: number
  sex: number
  pob: number
  /** Relation of the dates, index into DATES. */
  date: number
  /** The date of the person that fits best. */
  held: number
  surnameAgrees: boolean
  givenAgrees: boolean
  contradicts: boolean
  /** Whether the date was given and speaks for the person. */
  dated: boolean
}

/** Scores rows of the file for one query. */
export class Examiner {
  readonly weights: Weights
  readonly scorer: NameScorer
  readonly dates: DateBits
  readonly #query: MatchQuery
  readonly #people: People
  readonly #sex: number
  readonly #sexAgrees: number
  readonly #place: number
  readonly #code: string
  readonly #placeAgrees: number
  /** Log2 of how many relatives of the person asked about one record of the file is, at the outset. */
  readonly #relatives: number
  readonly named: boolean

  constructor(query: MatchQuery, name: NameParts, born: DateParts, people: People) {
    const { weights } = people.dictionary.tables
    this.weights = weights
    this.#query = query
    this.#people = people
    this.named = name.surname.length + name.given.length > 0
    this.dates = new DateBits(born, people, weights.dob)
    this.#sex = { M: 1, F: 2 }[query.sex?.toUpperCase() ?? ''] ?? 0
    this.#sexAgrees = Math.log2(weights.sex.agrees / 0.5)
    this.scorer = new NameScorer(name, people, this.#sex === 1 ? 'M' : this.#sex === 2 ? 'F' : 'unknown')
    const place = query.pob?.toUpperCase() ?? ''
    this.#code = place
    this.#place = people.findPlace(place)
    this.#placeAgrees = this.#place <= 0 ? 0 : placeBits(people, place, this.#place, name)
    this.#relatives = Math.log2(weights.family.expected / Math.max(1, people.size))
  }

  /** The most that the fields of the query can say for somebody, identifiers aside. */
  get most(): number {
    return this.scorer.most + this.dates.most + (this.#sex > 0 ? 1 : 0) + this.#placeAgrees
  }

  /**
   * Adds up one name on file. Undefined where the first look (not `deep`) finds nothing in common.
   * @param extra bits of identifiers, which a relative doesn't share.
   */
  tally(row: number, deep: boolean, extra: number, into: Tally): NameFinding | undefined {
    const found = this.scorer.score(row, deep)
    if (!found) return undefined
    const person = this.#people.rowPerson.data[row] ?? 0
    into.surnameAgrees = found.surnameAgrees
    into.givenAgrees = found.givenAgrees
    this.#date(person, row, into)
    into.sex = this.sexBits(this.#people.sex.data[person] ?? 0, found.givenAgrees)
    into.pob = this.placeBits(this.#people.place.data[person] ?? 0)
    into.contradicts = into.date === D_CONTRADICTS || into.date === D_NEAR_YEAR
    into.dated = into.dob > 0
    into.name = this.named ? found.total : 0
    into.total = into.name + into.dob + into.sex + into.pob + extra
    if (found.surnameAgrees) this.#againstRelatives(found, into, extra)
    return found
  }

  /** The evidence of the fields in words, in the order of the contract's record. */
  describe(row: number, found: NameFinding | undefined, tally: Tally, name: number): Evidence[] {
    const person = this.#people.rowPerson.data[row] ?? 0
    const evidence: Evidence[] = []
    const { surname, given } = this.#people.rowTokens(row)
    if (this.named && found) {
      const held = given.length > 0 ? `${surname.join(' ')}, ${given.join(' ')}` : surname.join(' ')
      evidence.push(entry('NAME', this.#query.name, held, nameRelation(found), name))
    }
    if (tally.date !== D_UNKNOWN) {
      const held = String(tally.held).padStart(8, '0')
      const alternate = tally.held === this.#people.dob.data[person] ? '' : ' (alternate date)'
      evidence.push(entry('DOB', this.#query.dob, held, `${DATES[tally.date]}${alternate}`, tally.dob))
    }
    const sex = this.#people.sexOf(person)
    if (tally.sex !== 0)
      evidence.push(entry('SEX', this.#query.sex, sex, tally.sex > 0 ? 'exact' : 'differs', tally.sex))
    const place = this.#people.places[this.#people.place.data[person] ?? 0] ?? ''
    if (tally.pob !== 0)
      evidence.push(entry('POB', this.#query.pob, place, tally.pob > 0 ? 'exact' : 'differs', tally.pob))
    return evidence
  }

  #date(person: number, row: number, into: Tally): void {
    const first = this.#people.dob.data[person] ?? 0
    into.held = first
    into.date = this.dates.relate(first)
    into.dob = this.dates.bits[into.date] ?? 0
    if (((this.#people.rowShape.data[row] ?? 0) & DATED) === 0) return
    for (const other of this.#people.otherDobs.get(person) ?? []) {
      const relation = this.dates.relate(other)
      const bits = (this.dates.bits[relation] ?? 0) + this.#people.dictionary.tables.weights.dob.alternate
      if (bits <= into.dob) continue
      into.held = other
      into.date = relation
      into.dob = bits
    }
  }

  /** A given name says the sex already. */
  sexBits(held: number, given: boolean): number {
    if (this.#sex === 0 || held === 0 || held === 3) return 0
    const { differs, fresh } = this.weights.sex
    return held === this.#sex ? this.#sexAgrees * (given ? fresh : 1) : differs
  }

  /** What a place on file says, by its number. */
  placeBits(held: number): number {
    if (this.#place === 0 || held === 0) return 0
    if (held === this.#place) return this.#placeAgrees
    const { homes, weights } = this.#people.dictionary.tables
    return homes.nested(this.#code, this.#people.places[held] ?? '') ? 0 : weights.pob.differs
  }

  /**
   * A record that shares the surname but not the given name, or the whole name but not the date, may well be of a
   * relative. The more of them the evidence speaks for, the less a stranger's chance has to do with it:
   * 1 / (chance as a stranger + chance as a relative), in bits.
   */
  #againstRelatives(found: NameFinding, tally: Tally, extra: number): void {
    const { twin, namesake } = this.#people.dictionary.tables.weights.family
    const given = Math.min(found.given, Math.log2(1 / namesake))
    const relative = given + siblingBits(tally, Math.log2(1 / twin)) + Math.min(0, tally.sex) + extra
    const over = tally.total + Math.log2(2 ** -tally.total + 2 ** (this.#relatives - relative))
    // Name and date share the deduction by what they speak for the candidate.
    const [name, dob] = [Math.max(0, tally.name), Math.max(0, tally.dob)]
    const part = name + dob > 0 ? name / (name + dob) : 1
    tally.name -= over * part
    tally.dob -= over * (1 - part)
    tally.total -= over
  }
}

/** What the dates say for the person himself rather than for a brother or a sister of his. */
function siblingBits(tally: Tally, twin: number): number {
  if (tally.date === D_EXACT) return Math.min(tally.dob, twin)
  return tally.date === D_CONTRADICTS ? tally.dob : Math.min(tally.dob, Math.max(-6, tally.dob - SIBLING) / 2)
}

export function blankTally(): Tally {
  return {
    total: 0,
    name: 0,
    dob: 0,
    sex: 0,
    pob: 0,
    date: D_UNKNOWN,
    held: 0,
    surnameAgrees: false,
    givenAgrees: false,
    contradicts: false,
    dated: false,
  }
}

function entry(
  field: Evidence['field'],
  asked: string | undefined,
  held: string,
  relation: string,
  bits: number,
): Evidence {
  return { field, asked: asked ?? '', held, relation, bits }
}

/** A place says the less the more of those with such a name are born there: II beside PATEL hardly anything. */
function placeBits(people: People, code: string, place: number, name: NameParts): number {
  const { homes, weights } = people.dictionary.tables
  const { places, placeFloor, pob, tables } = weights
  const count = people.placeCount.data[place] ?? 0
  const weight = tables.records / 20
  const share = (count + weight * (places[code] ?? placeFloor)) / (people.size + weight)
  return Math.max(0, Math.log2(pob.agrees / (share * homes.lift(name, code))) * pob.fresh)
}

const WORDS = {
  variant: 'another spelling',
  nickname: 'short form',
  edit: 'one slip',
  spelling: 'sounds the same',
} as const
const MORE_WORDS = {
  edits: 'two slips',
  sound: 'sounds alike',
  glued: 'particle joined or left out',
} as const
const LAST_WORDS = {
  initial: 'initial',
  truncated: 'cut off',
  joined: 'joined or parted',
  part: 'part of the longer name',
  exact: 'exact',
} as const
const RELATION_WORDS = { ...WORDS, ...MORE_WORDS, ...LAST_WORDS }

function nameRelation(found: NameFinding): string {
  const agrees: string[] = []
  // What is exact goes without saying beside another relation.
  const relations = found.relations === 1 << EXACT ? found.relations : found.relations & ~(1 << EXACT)
  for (let i = 0; relations >>> i !== 0; i++)
    if (relations & (1 << i)) agrees.push(RELATION_WORDS[RELATIONS[i] ?? 'exact'])
  if (found.swapped) agrees.push('surname and given name swapped')
  if (found.surnameContradicts && found.givenContradicts) return 'contradicts'
  if (found.surnameContradicts) agrees.push('surname differs')
  if (found.givenContradicts) agrees.push('given name differs')
  if (found.open && !found.surnameContradicts && !found.givenContradicts)
    agrees.push('part of the name differs')
  if (found.suffixDiffers) agrees.push('suffix differs')
  return agrees.length > 0 ? agrees.join('; ') : 'contradicts'
}
