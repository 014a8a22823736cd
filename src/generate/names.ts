import { fromTail, type Population, type Populations } from './populations.js'
import type { Random } from './random.js'

export interface MadeName {
  readonly last: string
  readonly first: string
  readonly middle: string
}

/** In a thousand: how many names come from syllables instead of a list. */
const RARE_SURNAME = 300
const RARE_GIVEN = 120

/** Makes and varies names as the population of a person does. */
export class NameMaker {
  constructor(
    private readonly random: Random,
    private readonly populations: Populations,
  ) {}

  make(population: Population, female: boolean): MadeName {
    const { random } = this
    const surname = (): string => this.#surname(population)
    const given = (): string => this.#given(population, female)
    switch (population.style) {
      case 'spanish': {
        const last = random.chance(700)
          ? `${this.#withParticle('spanish', surname())} ${surname()}`
          : surname()
        return { last, first: given(), middle: random.chance(450) ? given() : '' }
      }
      case 'portuguese': {
        const particle = random.chance(450)
          ? `${random.pick(this.populations.particles.portuguese ?? ['DA'])} `
          : ''
        return {
          last: `${surname()} ${particle}${surname()}`,
          first: given(),
          middle: random.chance(300) ? given() : '',
        }
      }
      case 'filipino':
        return {
          last: surname(),
          first: random.chance(300) ? `${given()} ${given()}` : given(),
          middle: surname(),
        }
      case 'indian':
        return {
          last: surname(),
          first: given(),
          middle: random.chance(350) ? random.pick(['SINGH', 'KUMAR', 'BHAI', 'LAL', given()]) : '',
        }
      case 'arabic':
        return {
          last: this.#withArticle(surname()),
          first: given(),
          middle: random.chance(550) ? this.#given(population, false) : '',
        }
      case 'chinese':
      case 'korean':
        return { last: surname(), first: this.#syllables(population, female), middle: '' }
      case 'vietnamese':
        return {
          last: surname(),
          first: given(),
          middle: random.chance(700) ? (female ? 'THI' : 'VAN') : given(),
        }
      case 'slavic':
        return this.#slavic(population, female)
      case 'patronymic':
        return { last: surname(), first: given(), middle: random.chance(500) ? surname() : '' }
      case 'western':
        return { last: surname(), first: given(), middle: random.chance(400) ? given() : '' }
    }
  }

  /** Another way in which the same person's name is on file: spelling, short form, maiden name, parts left out. */
  alias(name: MadeName, population: Population): MadeName {
    const { random } = this
    const spelled = this.#respelled(name)
    if (spelled && random.chance(450)) return spelled
    const short = this.populations.shortForms[name.first]
    if (short && random.chance(600)) return { ...name, first: short, middle: '' }
    if (name.last.includes(' ') && random.chance(500))
      return random.chance(500)
        ? { ...name, last: name.last.slice(0, name.last.lastIndexOf(' ')) }
        : { ...name, last: name.last.replaceAll(' ', '') }
    if (name.middle !== '' && random.chance(400)) return { ...name, first: name.middle, middle: '' }
    return { ...name, last: this.#surname(population) }
  }

  #surname(population: Population): string {
    return this.random.chance(RARE_SURNAME)
      ? fromTail(this.random, population.tail)
      : population.surnames.draw(this.random)
  }

  #given(population: Population, female: boolean): string {
    if (this.random.chance(RARE_GIVEN)) return fromTail(this.random, population.tail)
    return (female ? population.female : population.male).draw(this.random)
  }

  #syllables(population: Population, female: boolean): string {
    const one = this.#given(population, female)
    if (this.random.chance(population.style === 'chinese' ? 300 : 50)) return one
    const two = this.#given(population, female)
    const between = this.random.below(10)
    return between < 5 ? one + two : between < 8 ? `${one} ${two}` : `${one}-${two}`
  }

  #withParticle(style: string, surname: string): string {
    if (!this.random.chance(60) || surname.includes(' ')) return surname
    return `${this.random.pick(this.populations.particles[style] ?? ['DE'])} ${surname}`
  }

  #withArticle(surname: string): string {
    const form = this.random.below(20)
    return form < 6 ? `AL-${surname}` : form < 8 ? `AL ${surname}` : form < 10 ? `EL ${surname}` : surname
  }

  #slavic(population: Population, female: boolean): MadeName {
    const surname = this.#surname(population)
    const father = population.male.draw(this.random)
    const stem = /[AEIOUY]$/.test(father) ? `${father.slice(0, -1)}Y` : father
    const last = female && /(?:OV|EV|IN)$/.test(surname) ? `${surname}A` : surname
    const middle = this.random.chance(500) ? `${stem}${female ? 'OVNA' : 'OVICH'}` : ''
    return { last, first: this.#given(population, female), middle }
  }

  #respelled(name: MadeName): MadeName | undefined {
    const { spellings } = this.populations
    const first = spellings[name.first]
    if (first) return { ...name, first: this.random.pick(first) }
    const last = spellings[name.last]
    return last ? { ...name, last: this.random.pick(last) } : undefined
  }
}
