// Whom the year's questions are about: persons on file, aliens who aren't, citizens; and what an agency writes of them.
// Person i is the one that `iaq-gateway generate` makes with the same seed, so that the truth is known without a list.
import { ByteWriter } from '../../../dist/bytes/index.js'
import { PersonMaker } from '../../../dist/generate/person.js'
import { loadPopulations } from '../../../dist/generate/populations.js'
import { ask } from '../match/queries.js'

/** In a thousand; the rest are citizens. */
const ON_FILE = 620
const ALIENS = 160
/** Of those on file: what is written has an error in it. */
const NOISY = 300
/** Identifiers that are given where the record has them, in a thousand. */
const GIVEN = [
  ['arn', 'ARN', 150],
  ['fbi', 'FBI', 200],
  ['sid', 'SID', 150],
  ['oln', 'OLN', 250],
  ['soc', 'SOC', 200],
]
const SHORT_DATE = 40
/** Persons that aren't on file begin here. */
const NOT_ON_FILE = 90_000_000
const MOST_SEARCHED = 400_000
const ENGLISH = new Set(['JM', 'GY', 'TT', 'BD', 'ON', 'CD', 'BC', 'AB', 'EN', 'UN'])
const STATES = 'CA TX FL NY IL PA OH GA NC MI NJ VA WA AZ MA TN IN MO MD WI CO MN SC AL LA KY OR OK'.split(
  ' ',
)
const LONGEST_NAME = 30

export class Subjects {
  #maker
  #line = new ByteWriter(4096)
  #records
  #below
  #english = []
  /** Persons of the Immigration Violator records. */
  #violators = []

  constructor({ formats, seed, records, below }) {
    this.#maker = new PersonMaker(loadPopulations(formats), seed)
    this.#records = records
    this.#below = below
    for (let i = 0; this.#english.length < 400; i++) {
      const person = this.#person(NOT_ON_FILE + i)
      if (ENGLISH.has(person.pob)) this.#english.push(person)
    }
    for (let i = 0; i < records && i < MOST_SEARCHED; i++) {
      const line = this.#lineOf(i)
      if (line.includes('"ncic":')) this.#violators.push(JSON.parse(line))
    }
  }

  /** @returns the fields of a question from NAM to POB, those that are optional, and the A-number that is right (0: none). */
  draw() {
    const below = this.#below
    const kind = below(1000)
    if (kind < ON_FILE) {
      const person = this.#person(below(this.#records))
      const noisy = below(1000) < NOISY
      return { ...this.#written(person, noisy), more: this.#identifiers(person), truth: Number(person.arn) }
    }
    const alien = kind < ON_FILE + ALIENS
    const person = alien ? this.#person(this.#stranger()) : this.#citizen()
    return { ...this.#written(person, false), more: '', truth: 0 }
  }

  /** Somebody of the Immigration Violator records; undefined where none is on file. */
  violator() {
    const person = this.#violators[this.#below(this.#violators.length)]
    return person && { ...this.#written(person, false), nic: person.ncic[0].nic }
  }

  #lineOf(index) {
    this.#line.at = 0
    this.#maker.write(index, this.#line)
    return this.#line.buffer.toString('utf8', 0, this.#line.at)
  }

  #person(index) {
    const person = JSON.parse(this.#lineOf(index))
    for (const name of person.names) name.middle ??= ''
    return person
  }

  #stranger = () => NOT_ON_FILE + this.#below(9_000_000)

  /** A citizen by birth: a child of the populations, or one with an English name. */
  #citizen() {
    const below = this.#below
    const base = this.#person(this.#stranger())
    const pob = STATES[below(STATES.length)]
    if (below(2) === 0) return { ...base, pob }
    const [one, other] = [0, 0].map(() => this.#english[below(this.#english.length)])
    const name = { ...one.names[0], last: other.names[0].last }
    return { ...base, names: [name], sex: one.sex, pob }
  }

  #written(person, noisy) {
    const below = this.#below
    const { last, first, middle } = person.names[0]
    const plain = { name: `${last}, ${middle === '' ? first : `${first} ${middle}`}`, dob: person.dob }
    const { name, dob } = noisy ? ask(person, below) : plain
    const date = wholeDate(dob, below)
    return {
      name: fitted(name),
      dob: below(1000) < SHORT_DATE ? date.slice(4) + date.slice(2, 4) : date,
      sex: person.sex ?? 'U',
      pob: person.pob ?? 'XX',
    }
  }

  #identifiers(person) {
    let more = ''
    for (const [key, mfc, share] of GIVEN)
      if (person[key] !== undefined && this.#below(1000) < share) more += `.${mfc}/${person[key]}`
    return more
  }
}

/** A day and month for those that nobody knows: the agency writes what it was told. */
function wholeDate(dob, below) {
  const known = (at) => (dob.slice(at, at + 2) === '00' ? `${10 + below(3)}` : dob.slice(at, at + 2))
  return dob.slice(0, 4) + known(4) + known(6)
}

/** What fits into NAM, with something on either side of the comma. */
function fitted(name) {
  const [last, given] = name.split(', ')
  const family = (last || 'LNU').slice(0, LONGEST_NAME - 8)
  return `${family}, ${given || 'FNU'}`.slice(0, LONGEST_NAME)
}
