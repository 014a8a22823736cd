import { isCalendarDate } from '../time/index.js'
import { type MadeName, NameMaker } from './names.js'
import type { Populations } from './populations.js'
import { Random } from './random.js'

/** The day that ages and dates count from, so that the same seed makes the same persons next year too. */
const REFERENCE_YEAR = 2026
const FIRST_ARN = 800_000_000
const ARNS = 200_000_000
/** Shares no factor with the number of A-numbers, so that multiplying by it meets each of them once. */
const ARN_STEP = 61_803_399
const PORTS = 60

const two = (n: number): string => (n < 10 ? `0${n}` : `${n}`)
const digits = (n: number, width: number): string => `${n}`.padStart(width, '0')

/** Makes one line of a records file at a time. */
export class PersonMaker {
  readonly #random = new Random()
  readonly #names: NameMaker
  readonly #offset: number

  constructor(
    private readonly populations: Populations,
    private readonly seed: number,
  ) {
    this.#names = new NameMaker(this.#random, populations)
    this.#random.reset(seed, -1)
    this.#offset = this.#random.below(1 << 20) * 190
  }

  /** The records-file line of person `index`, without a line end. */
  line(index: number): string {
    const random = this.#random
    random.reset(this.seed, index)
    const population = this.populations.draw.draw(random)
    const female = random.chance(450)
    const name = this.#names.make(population, female)
    const pob = population.pob.draw(random)
    const status = this.populations.statuses.draw(random)
    const year = this.#birthYear()
    const dob = this.#dob(year)
    const since = Math.min(REFERENCE_YEAR - 1, Math.max(year + 1, REFERENCE_YEAR - 1 - random.below(25)))
    const start = status.admitted ? `${since}${this.#day(since)}` : ''
    const statusSince =
      status.admitted && random.chance(400) ? start : `${since + 1}0${1 + random.below(9)}15`
    let line = `{"arn":"${this.#arn(index)}","names":[${nameJson(name, this.#suffix(female), 'primary')}`
    if (random.chance(180)) line += this.#aliases(name, population)
    line += `],"dob":"${dob}"`
    if (random.chance(30)) line += `,"altDobs":["${this.#otherDob(dob)}"]`
    const citizen = status.code === 'US_CITIZEN_NATURALIZED'
    line += `,"sex":"${female ? 'F' : 'M'}","pob":"${pob}","citizenship":"${citizen ? 'US' : pob}"`
    line += this.#identifiers(index, pob)
    line += `,"status":{"class":"${status.class}","code":"${status.code}","since":"${statusSince}"}`
    line += `,"admitted":{"date":"${start}","port":"${start === '' ? '' : `TEST PORT ${1 + random.below(PORTS)}`}"}`
    return `${line}${this.#interest(index, status.code)}}`
  }

  #arn(index: number): string {
    // The product stays below 2^53 for the first 140 million persons.
    return `${FIRST_ARN + ((index * ARN_STEP + this.#offset) % ARNS)}`
  }

  #suffix(female: boolean): string {
    return !female && this.#random.chance(12) ? this.#random.pick(['JR', 'JR', 'SR', 'II', 'III']) : ''
  }

  #aliases(name: MadeName, population: Parameters<NameMaker['alias']>[1]): string {
    let text = ''
    const count = this.#random.chance(250) ? 2 + this.#random.below(2) : 1
    for (let i = 0; i < count; i++) text += `,${nameJson(this.#names.alias(name, population), '', 'alias')}`
    return text
  }

  /** Most are between 18 and 60. */
  #birthYear(): number {
    const random = this.#random
    const age =
      1 + random.below(24) + random.below(24) + random.below(28) + (random.chance(80) ? random.below(20) : 0)
    return REFERENCE_YEAR - 1 - age
  }

  #dob(year: number): string {
    const kind = this.#random.below(1000)
    if (kind < 4) return `${year}0000`
    if (kind < 40) return `${year}0101`
    return `${year}${this.#day(year)}`
  }

  #day(year: number): string {
    const month = 1 + this.#random.below(12)
    const day = 1 + this.#random.below(31)
    return `${two(month)}${two(isCalendarDate(year, month, day) ? day : 28)}`
  }

  /** Another date on file: a slip of the first. */
  #otherDob(dob: string): string {
    const [year, month, day] = [Number(dob.slice(0, 4)), Number(dob.slice(4, 6)), Number(dob.slice(6))]
    const kind = this.#random.below(3)
    if (kind === 0 && month > 0 && day > 0 && day <= 12 && day !== month)
      return `${year}${two(day)}${two(month)}`
    if (kind === 1)
      return `${year - 1 - this.#random.below(3)}${two(Math.max(1, month))}${two(Math.min(28, Math.max(1, day)))}`
    return `${year}${this.#day(year)}`
  }

  #identifiers(index: number, pob: string): string {
    const random = this.#random
    let text = ''
    const kinds = random.below(1000)
    const unique = (index * 7 + (this.seed % 7)) % 10_000_000
    if (kinds < 150)
      text += `,"fbi":"99${digits(unique % 1_000_000, 6)}${random.pick(['FA', 'DB', 'HC'])[0]}"`
    if (kinds < 220) text += `,"sid":"ZZ${digits((index * 3 + 1) % 100_000_000, 8)}"`
    if (kinds > 350 && kinds < 600)
      text += `,"oln":"Z${digits((index * 11 + 5) % 100_000_000, 8)}","ols":"ZZ"`
    if (kinds > 550 && kinds < 850) text += `,"soc":"9${digits((index * 13 + 17) % 100_000_000, 8)}"`
    if (random.chance(350))
      text += `,"passport":{"number":"${random.pick(['P', 'G', 'N', 'E'])}${digits((index * 17 + 3) % 100_000_000, 8)}","country":"${pob}"}`
    return text
  }

  #interest(index: number, status: string): string {
    const random = this.#random
    const wanted = status === 'FINAL_ORDER_ABSCONDER' || status === 'PREVIOUSLY_REMOVED'
    const interest = random.chance(wanted ? 800 : 120)
    const entry = random.below(10_000)
    if (entry >= 25 && !(wanted && entry < 400)) return `,"interest":${interest}`
    const [category, offense] =
      entry % 10 < 2
        ? ['NSEERS', '8005']
        : status === 'FINAL_ORDER_ABSCONDER'
          ? ['ABSCONDER', '8004']
          : entry % 2 === 0
            ? ['DEPORTED FELON', '8003']
            : ['ABSCONDER', '8004']
    // Numbers below 1,000 are left to the test subjects and the fixtures.
    const nic = `N9${digits((index + 1000) % 100_000_000, 8)}`
    const year = 2003 + random.below(23)
    return `,"interest":true,"ncic":[{"nic":"${nic}","category":"${category}","offense":"${offense}","entered":"${year}${this.#day(year)}"}]`
  }
}

function nameJson({ last, first, middle }: MadeName, suffix: string, type: 'primary' | 'alias'): string {
  return `{"last":"${last}","first":"${first}","middle":"${middle}","suffix":"${suffix}","type":"${type}"}`
}
