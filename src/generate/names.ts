import type { NameList, Population } from './populations.js'
import type { Random } from './random.js'

/** One name of a person, filled anew for each. */
export interface MadeName {
  last: string
  first: string
  middle: string
  suffix: string
}

const SUFFIXES = ['JR', 'JR', 'JR', 'SR', 'II', 'III', 'IV'] as const
const FAMILY_WORDS = ['JUNIOR', 'JUNIOR', 'FILHO', 'NETO', 'SOBRINHO'] as const
const PORTUGUESE_PARTICLES = ['DA ', 'DE ', 'DOS ', 'DO ', 'E '] as const
/** How a passport without a given or family name is entered. */
const UNKNOWN_GIVEN = 'FNU'
const UNKNOWN_FAMILY = 'LNU'

/** Makes names as each culture puts its own together, and as clerks then fit them into last, first and middle. */
export class NameMaker {
  readonly #random: Random
  #from!: Population
  #female = false
  #name!: MadeName

  constructor(random: Random) {
    this.#random = random
  }

  fill(name: MadeName, from: Population, female: boolean): void {
    this.#from = from
    this.#female = female
    this.#name = name
    name.middle = ''
    name.suffix = ''
    this[from.form]()
  }

  #given(): string {
    return (this.#female ? this.#from.female : this.#from.male).draw(this.#random)
  }

  #father(): string {
    return this.#from.male.draw(this.#random)
  }

  #surname(): string {
    return this.#from.surnames.draw(this.#random)
  }

  #also(use: string): NameList {
    return this.#from.also[use] ?? this.#from.surnames
  }

  /** Two surnames, mostly; the second of a married woman may be her husband's. */
  private spanish(): void {
    const random = this.#random
    const name = this.#name
    const kind = random.below(1000)
    name.last = this.#surname()
    if (kind < 660) name.last += ` ${this.#surname()}`
    else if (kind < 685) name.last += `-${this.#surname()}`
    else if (kind < 715 && this.#female) name.last += ` DE ${this.#surname()}`
    name.first = this.#given()
    const second = random.below(1000)
    if (this.#female && second < 60) name.middle = this.#also('middle').draw(random)
    else if (second < 430) name.middle = this.#given()
    else if (second < 560) name.first += ` ${this.#given()}`
    if (!this.#female && random.below(1000) < 9) name.suffix = random.pick(SUFFIXES)
  }

  /** One to three surnames, with particles; FILHO, NETO and their like after them. */
  private portuguese(): void {
    const random = this.#random
    const name = this.#name
    const kind = random.below(1000)
    name.last = this.#surname()
    if (kind < 800)
      name.last += ` ${random.chance(220) ? random.pick(PORTUGUESE_PARTICLES) : ''}${this.#surname()}`
    if (kind < 140) name.last += ` ${this.#surname()}`
    if (!this.#female && random.chance(50)) name.last += ` ${random.pick(FAMILY_WORDS)}`
    name.first = this.#given()
    const second = random.below(1000)
    if (second < 300) name.middle = this.#given()
    else if (second < 420) name.first += ` ${this.#given()}`
  }

  /** The mother's surname stands in the middle. */
  private filipino(): void {
    const random = this.#random
    const name = this.#name
    name.last = this.#surname()
    name.first = this.#given()
    if (random.chance(420)) name.first += ` ${this.#given()}`
    if (random.chance(800)) name.middle = this.#surname()
    if (!this.#female && random.chance(45)) name.suffix = random.pick(SUFFIXES)
  }

  /** Family names, the father's name in the middle, or instead of a family name in the south. */
  private indian(): void {
    const random = this.#random
    const name = this.#name
    const kind = random.below(1000)
    name.first = this.#given()
    if (kind < 130) {
      name.last = this.#father()
      return
    }
    if (kind < 150) {
      name.last = name.first
      name.first = UNKNOWN_GIVEN
      return
    }
    name.last = kind < 165 ? UNKNOWN_FAMILY : this.#surname()
    if (kind < 430) name.middle = this.#father()
    else if (kind < 520)
      name.middle = this.#female
        ? random.pick(['DEVI', 'BEN', 'KUMARI'])
        : random.pick(['KUMAR', 'BHAI', 'LAL'])
    else if (kind < 570) name.first += ` ${this.#father()}`
  }

  /** SINGH and KAUR, with a family name or in its place. */
  private sikh(): void {
    const word = this.#female ? 'KAUR' : 'SINGH'
    const name = this.#name
    const kind = this.#random.below(1000)
    name.first = this.#given()
    if (kind < 430) name.last = word
    else {
      const surname = this.#surname()
      if (kind < 760) {
        name.middle = surname === word ? '' : word
        name.last = surname
      } else if (kind < 860) name.last = `${word} ${surname}`
      else if (kind < 950) name.last = surname
      else {
        name.last = `${name.first} ${word}`
        name.first = UNKNOWN_GIVEN
      }
    }
  }

  /** Two syllables, joined, apart, hyphenated or taken for a first and a middle name. */
  private syllables(): void {
    const random = this.#random
    const name = this.#name
    name.last = this.#surname()
    const one = this.#given()
    const kind = random.below(1000)
    if (kind < 150) {
      name.first = one
      return
    }
    const two = this.#given()
    if (kind < 520) name.first = one + two
    else if (kind < 700) name.first = `${one} ${two}`
    else if (kind < 780) name.first = `${one}-${two}`
    else if (kind < 920 || this.#from.also.english === undefined) {
      name.first = one
      name.middle = two
    } else {
      name.first = this.#from.also.english.draw(random)
      name.middle = one + two
    }
  }

  private vietnamese(): void {
    const random = this.#random
    const name = this.#name
    const middle = this.#also(this.#female ? 'middleFemale' : 'middleMale').draw(random)
    name.last = this.#surname()
    name.first = this.#given()
    const kind = random.below(1000)
    if (kind < 550) name.middle = middle
    else if (kind < 700) name.first = `${middle} ${name.first}`
    else if (kind < 800) name.first = middle.replaceAll(' ', '') + name.first
    else if (kind < 880) name.middle = `${middle} ${this.#given()}`
  }

  /** Father's name in the middle; the article apart, joined, hyphenated or left out, as the passport office likes. */
  private arabic(): void {
    const random = this.#random
    const name = this.#name
    name.first = this.#given()
    const kind = random.below(1000)
    if (kind < 520) name.middle = this.#father()
    else if (kind < 640) name.middle = `${this.#father()} ${this.#father()}`
    const family = random.chance(210) ? this.#father() : this.#surname()
    name.last = family.startsWith('AL-') ? articled(random.below(12), family.slice(3)) : family
    if (random.below(1000) < 12) {
      name.last = `${name.first} ${family}`
      name.first = UNKNOWN_GIVEN
    }
  }

  /** Two given names as often as a family name; women bear words of their own, where the list has any. */
  private muslim(): void {
    const random = this.#random
    const name = this.#name
    name.first = this.#given()
    const kind = random.below(1000)
    const women = this.#female ? this.#from.also.women : undefined
    if (women && kind < 620) name.last = women.draw(random)
    else if (kind < 760) name.last = this.#surname()
    else if (kind < 930) name.last = this.#father()
    else {
      name.last = name.first
      name.first = UNKNOWN_GIVEN
      return
    }
    const second = random.below(1000)
    if (second < 280) name.middle = this.#given()
    else if (second < 420) name.first += ` ${this.#given()}`
  }

  /** One's own name, the father's and the grandfather's; no family name at all. */
  private fathers(): void {
    const name = this.#name
    name.first = this.#given()
    const father = this.#father()
    if (this.#random.chance(720)) {
      name.middle = father
      name.last = this.#father()
    } else name.last = father
  }

  private slavic(): void {
    const random = this.#random
    const name = this.#name
    const surname = this.#surname()
    name.last = this.#female ? feminine(surname) : surname
    name.first = this.#given()
    if (this.#from.also.patronymic !== undefined && random.chance(430)) {
      name.middle = patronymic(this.#from.also.patronymic.draw(random), this.#female)
    }
  }

  private polish(): void {
    const random = this.#random
    const name = this.#name
    const surname = this.#surname()
    name.last = this.#female && /[SC]KI$/.test(surname) ? `${surname.slice(0, -1)}A` : surname
    name.first = this.#given()
    if (random.chance(330)) name.middle = this.#given()
  }

  private western(): void {
    const random = this.#random
    const name = this.#name
    name.last = this.#surname()
    if (random.chance(35)) name.last += `-${this.#surname()}`
    name.first = this.#given()
    const kind = random.below(1000)
    if (kind < 460) name.middle = this.#given()
    else if (kind < 520) name.middle = this.#given().slice(0, 1)
    if (!this.#female && random.below(1000) < 22) name.suffix = random.pick(SUFFIXES)
  }
}

/** The Arabic article before a name, in one of the ways in which it is written. */
export function articled(way: number, name: string): string {
  if (way < 4) return `AL ${name}`
  if (way < 7) return `AL-${name}`
  if (way < 9) return `AL${name}`
  if (way < 10) return `EL ${name}`
  if (way < 11) return `EL-${name}`
  return name
}

function feminine(surname: string): string {
  if (/(?:[OE]V|IN)$/.test(surname)) return `${surname}A`
  if (/SK[IY]Y?$/.test(surname)) return surname.replace(/SK[IY]Y?$/, 'SKAYA')
  return surname
}

function patronymic(father: string, female: boolean): string {
  if (/(?:[EI]Y|II)$/.test(father)) return `${father.slice(0, -2)}E${female ? 'VNA' : 'VICH'}`
  if (father.endsWith('A') || father.endsWith('O')) return father.slice(0, -1) + (female ? 'ICHNA' : 'ICH')
  return father + (female ? 'OVNA' : 'OVICH')
}
