import type { ByteWriter } from '../bytes/index.js'
import { AliasMaker } from './aliases.js'
import { dayOf, dayText, isLeap, TODAY, twoDigits, YEAR } from './dates.js'
import { type MadeName, NameMaker } from './names.js'
import type { Population, Populations, Status } from './populations.js'
import { Permutation, Random, seedWords, type Table } from './random.js'

const FIRST_ARN = 800_000_000
const ARNS = 200_000_000
/** NCIC numbers below are the test subjects'. */
const FIRST_NIC = 100
const NICS = 100_000_000
/** Persons of one seed: no more than numbers of each kind are their own. */
export const MOST_PERSONS = 100_000_000
/** Those beyond have no NCIC record, since there is no number left. */
const NIC_HOLDERS = NICS - FIRST_NIC

const PORTS = 60
/** In a thousand. */
const WITH_ALIAS = 172
const MORE_ALIASES = 190
const WITH_OTHER_DATE = 30
const NO_MONTH = 5
const NO_DAY = 2
const WITH_LICENCE = 260
const WITH_PASSPORT = 430
/** Of the men old enough, of populations that had to register in 2002 and 2003. */
const NSEERS_VIOLATORS = 9
const NSEERS_BORN_BEFORE = dayOf(1986)
const NSEERS_FROM = dayOf(2002) + 250
const NSEERS_DAYS = 900

/** Classes of those who were never admitted. */
const UNADMITTED: ReadonlySet<string> = new Set(['EWI', 'PWA'])

const ADULT = 18 * YEAR
const LETTERS = 'ABCDEFGHJKLMNPRSTVWXYZ'

/** Makes one person at a time. Each part of a line is text that needs no escaping. */
export class PersonMaker {
  readonly #random: Random
  readonly #names: NameMaker
  readonly #aliases: AliasMaker
  readonly #data: Populations
  readonly #arns: Permutation
  readonly #nics: Permutation
  readonly #scatter: number
  readonly #name: MadeName = { last: '', first: '', middle: '', suffix: '' }
  readonly #alias: MadeName = { last: '', first: '', middle: '', suffix: '' }

  constructor(data: Populations, seed: number | string) {
    const words = seedWords(seed)
    this.#data = data
    this.#random = new Random(words)
    this.#names = new NameMaker(this.#random)
    this.#aliases = new AliasMaker(this.#random, this.#names, data)
    this.#arns = new Permutation(words[0])
    this.#nics = new Permutation(words[1])
    this.#scatter = words[0] | 1
  }

  /** Writes the line of person `index`, with its line end. */
  write(index: number, into: ByteWriter): void {
    const random = this.#random
    random.start(index)
    const from = this.#data.all.draw(random)
    const female = random.below(1000) < 452
    const name = this.#name
    this.#names.fill(name, from, female)
    const born = TODAY - this.#data.ages.draw(random) * YEAR - random.below(YEAR)
    const dob = this.#birthDate(born, from.january)
    const place = this.#arns.at(index, 0, ARNS)

    into.text('{"arn":"')
    into.number(FIRST_ARN + place)
    into.text('","names":[')
    writeName(into, name, 'primary')
    if (random.below(1000) < WITH_ALIAS) this.#otherNames(into, name, from, female)
    into.text('],"dob":"')
    into.text(dob)
    if (random.below(1000) < WITH_OTHER_DATE) {
      into.text('","altDobs":["')
      into.text(this.#otherDate(dob))
      into.text('"]')
    } else into.text('"')
    const unsure = random.below(1000)
    into.text(unsure < 3 ? ',"sex":"U"' : unsure < 6 ? '' : female ? ',"sex":"F"' : ',"sex":"M"')
    this.#papers(into, index, place, born, from, female)
  }

  #otherNames(into: ByteWriter, name: MadeName, from: Population, female: boolean): void {
    do {
      this.#aliases.fill(this.#alias, name, from, female)
      into.text(',')
      writeName(into, this.#alias, 'alias')
    } while (this.#random.below(1000) < MORE_ALIASES)
  }

  #birthDate(born: number, january: number): string {
    const text = dayText(born)
    const kind = this.#random.below(1000)
    if (kind < january) return `${text.slice(0, 4)}0101`
    if (kind < january + NO_MONTH) return `${text.slice(0, 4)}0000`
    if (kind < january + NO_MONTH + NO_DAY) return `${text.slice(0, 6)}00`
    return text
  }

  /** Another date on file: day for month, a year or a day off, the first of January. */
  #otherDate(dob: string): string {
    const random = this.#random
    const year = Number(dob.slice(0, 4))
    const month = Number(dob.slice(4, 6))
    const day = Number(dob.slice(6))
    const kind = random.below(10)
    if (kind < 4 && day > 0 && day <= 12 && day !== month)
      return `${year}${twoDigits(day)}${twoDigits(month)}`
    if (kind < 7) {
      // Not the 29th of a February that has but 28.
      const kept = month === 2 && day === 29 ? '0228' : dob.slice(4)
      return `${year + (random.below(2) === 0 ? 1 : -1)}${kept}`
    }
    if (kind < 8 && dob.slice(4) !== '0101') return `${year}0101`
    const other = dayText(dayOf(year) + random.below(isLeap(year) ? 366 : YEAR))
    return other === dob ? `${year - 1}0101` : other
  }

  /** From the place of birth on. */
  #papers(
    into: ByteWriter,
    index: number,
    place: number,
    born: number,
    from: Population,
    female: boolean,
  ): void {
    const random = this.#random
    const pob = from.pob.draw(random)
    const country = from.citizenship ?? pob
    const violator =
      from.nseers && !female && born < NSEERS_BORN_BEFORE && random.below(1000) < NSEERS_VIOLATORS
    const status = this.#status(from.statuses, TODAY - born)
    const code = violator ? 'NONIMMIGRANT_OVERSTAY' : status.code
    const since = violator ? NSEERS_FROM + random.below(NSEERS_DAYS) : this.#since(status, born)
    const citizenship = code === 'US_CITIZEN_NATURALIZED' ? 'US' : country
    const category = (TODAY - born < ADULT ? status.minors : status.classes).draw(random)

    // A few records know nothing of where; the citizenship is known all the same.
    const unknown = random.below(1000)
    if (unknown >= 8) writeField(into, ',"pob":"', unknown < 12 ? 'XX' : pob)
    writeField(into, ',"citizenship":"', citizenship)
    this.#numbers(into, index, place, born, status, country)
    writeField(into, ',"status":{"class":"', violator ? 'B2' : category)
    writeField(into, ',"code":"', code)
    writeField(into, ',"since":"', dayText(since))
    into.text('}')
    if (violator || (random.below(1000) < status.admitted && !UNADMITTED.has(category))) {
      const waited = violator || status.waited === 0 ? 0 : random.below(status.waited * YEAR)
      const port = 1 + random.below(PORTS)
      writeField(into, ',"admitted":{"date":"', dayText(Math.max(born, since - waited)))
      into.text(',"port":"TEST PORT ')
      into.number(port)
      into.text('"}')
    }
    const entry = violator ? ['NSEERS', '8005'] : this.#entry(status)
    if (!entry || index >= NIC_HOLDERS) {
      into.text(random.below(1000) < status.interest ? ',"interest":true}\n' : ',"interest":false}\n')
      return
    }
    into.text(',"interest":true,"ncic":[{"nic":"N9')
    into.padded(this.#nics.at(index, FIRST_NIC, NICS), 8)
    writeField(into, '","category":"', entry[0] as string)
    writeField(into, ',"offense":"', entry[1] as string)
    writeField(into, ',"entered":"', dayText(Math.min(TODAY, since + random.below(120))))
    into.text('}]}\n')
  }

  /** One that the age allows; the youngest may find none in a few draws and keep the last. */
  #status(statuses: Table<Status>, age: number): Status {
    let status = statuses.draw(this.#random)
    for (let i = 0; i < 12 && age < (status.age + status.years[0]) * YEAR; i++)
      status = statuses.draw(this.#random)
    return status
  }

  /** Recent years are likelier; never before the age that the status asks for. */
  #since({ years, age }: Status, born: number): number {
    const random = this.#random
    const span = (years[1] - years[0]) * YEAR
    const ago = years[0] * YEAR + Math.min(random.below(span), random.below(span))
    const earliest = Math.min(TODAY, born + age * YEAR)
    return TODAY - ago >= earliest ? TODAY - ago : earliest + random.below(TODAY - earliest + 1)
  }

  #entry({ ncic }: Status): readonly string[] | undefined {
    return ncic && this.#random.below(1000) < ncic.share ? [ncic.category, ncic.offense] : undefined
  }

  /** Numbers that follow from the person's own place in an order: no two persons of a seed share one. */
  #numbers(
    into: ByteWriter,
    index: number,
    place: number,
    born: number,
    status: Status,
    country: string,
  ): void {
    const random = this.#random
    if (random.below(1000) < status.fbi) {
      into.text(',"fbi":"')
      writeFbi(into, this.#unique(place, 0x2c1b3c6d), random.below(10) < 7)
      if (random.below(1000) < 600) {
        into.text('","sid":"ZZ')
        writeLetterDigits(into, this.#unique(place, 0x297a2d39))
      }
      into.text('"')
    }
    const adult = TODAY - born >= ADULT
    if (adult && random.below(1000) < WITH_LICENCE) {
      into.text(',"oln":"T')
      into.padded(this.#unique(place, 0x1b56c4e9), 9)
      into.text('","ols":"ZZ"')
    }
    if (random.below(1000) < status.soc) {
      // The product is exact below 2^53; a factor that ends in 7 shares none with the 100 million numbers.
      const scattered = (index * 61_803_397 + this.#unique(0, 1)) % 100_000_000
      into.text(',"soc":"9')
      into.padded(scattered, 8)
      into.text('"')
    }
    if (random.below(1000) < WITH_PASSPORT) {
      into.text(',"passport":{"number":"')
      into.byte(LETTERS.charCodeAt(random.below(LETTERS.length)))
      writeLetterDigits(into, this.#unique(place, 0x3d4d51cb))
      writeField(into, '","country":"', country)
      into.text('}')
    }
  }

  /** 0 to 2^28 - 1, another for each place: an odd factor loses nothing modulo a power of two. */
  #unique(place: number, factor: number): number {
    return (Math.imul(place, factor) + this.#scatter) & 0xfff_ffff
  }
}

/** Two of the shapes that such numbers have: six digits, letters and a check digit. */
function writeFbi(into: ByteWriter, value: number, newer: boolean): void {
  into.padded(value % 1_000_000, 6)
  const rest = Math.floor(value / 1_000_000)
  if (newer) {
    into.byte(LETTERS.charCodeAt(rest % 20))
    into.byte(LETTERS.charCodeAt(Math.floor(rest / 20)))
    into.number(value % 10)
  } else {
    into.byte('JKLMNPRTVWX'.charCodeAt(rest % 10))
    into.padded(Math.floor(rest / 10), 2)
  }
}

/** A letter, or the one digit that 2^28 needs besides, and seven digits. */
function writeLetterDigits(into: ByteWriter, value: number): void {
  into.byte('ABCDEFGHIJKLMNOPQRSTUVWXYZ0'.charCodeAt(Math.floor(value / 10_000_000)))
  into.padded(value % 10_000_000, 7)
}

/** @param before up to the quote that opens the value. */
function writeField(into: ByteWriter, before: string, value: string): void {
  into.text(before)
  into.utf8(value)
  into.text('"')
}

function writeName(into: ByteWriter, name: MadeName, type: 'primary' | 'alias'): void {
  writeField(into, '{"last":"', name.last)
  writeField(into, ',"first":"', name.first)
  if (name.middle !== '') writeField(into, ',"middle":"', name.middle)
  if (name.suffix !== '') writeField(into, ',"suffix":"', name.suffix)
  writeField(into, ',"type":"', type)
  into.text('}')
}
