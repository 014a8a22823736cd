import { articled, type MadeName, type NameMaker } from './names.js'
import type { Population, Populations } from './populations.js'
import type { Random } from './random.js'

/** Letters that clerks hear for one another, where no table knows another spelling. */
const HEARD: readonly (readonly [RegExp, string])[] = [
  [/Z(?=.)/, 'S'],
  [/(?<=.)S(?=.)/, 'Z'],
  [/(?<=.)Y/, 'I'],
  [/(?<=.)I/, 'Y'],
  [/V/, 'B'],
  [/PH/, 'F'],
  [/TH/, 'T'],
  [/K/, 'C'],
  [/C(?=[AOU])/, 'K'],
  [/OU/, 'U'],
  [/U/, 'OU'],
  [/EE/, 'I'],
  [/J/, 'G'],
  [/([LNRSTFDM])\1/, '$1'],
  [/(?<=[AEIOU])([LNRSTFDM])(?=[AEIOU])/, '$1$1'],
  [/(?<=.)E(?=.)/, 'I'],
  [/(?<=.)O(?=.)/, 'U'],
  [/(?<=.)H/, ''],
  [/(?<=.)A/, 'E'],
]

/** Makes other names of the same person, as earlier papers, relatives and arrests bring them on file. */
export class AliasMaker {
  readonly #random: Random
  readonly #names: NameMaker
  readonly #data: Populations
  readonly #scratch: MadeName = { last: '', first: '', middle: '', suffix: '' }

  constructor(random: Random, names: NameMaker, data: Populations) {
    this.#random = random
    this.#names = names
    this.#data = data
  }

  /** Fills `alias` with a name that differs from `name`. */
  fill(alias: MadeName, name: MadeName, from: Population, female: boolean): void {
    Object.assign(alias, name)
    const kind = this.#random.below(100)
    if (kind < 34) this.#respell(alias)
    else if (kind < 50) this.#short(alias)
    else if (kind < 62) this.#rejoin(alias)
    else if (kind < 76) this.#leaveOut(alias)
    else if (female && kind < 92) this.#maiden(alias, from)
    else if (kind < 88) this.#turn(alias)
    else this.#other(alias, from, female)
    if (same(alias, name)) this.#respell(alias)
    for (let i = 0; i < 5 && same(alias, name); i++) this.#maiden(alias, from)
  }

  #respell(alias: MadeName): void {
    const random = this.#random
    if (random.chance(500)) alias.last = this.#otherSpelling(alias.last)
    else alias.first = this.#otherSpelling(alias.first)
  }

  #otherSpelling(name: string): string {
    const random = this.#random
    const words = name.split(' ')
    const at = random.below(words.length)
    const word = words[at] as string
    const known = this.#data.spellings.get(word)
    words[at] = known && random.chance(800) ? random.pick(known) : misheard(word, random.below(HEARD.length))
    return words.join(' ')
  }

  #short(alias: MadeName): void {
    const first = alias.first.split(' ')
    const forms = this.#data.shortForms.get(first[0] as string)
    if (forms === undefined && first.length === 1) {
      this.#respell(alias)
      return
    }
    alias.first = forms ? this.#random.pick(forms) : (first[0] as string)
    alias.middle = ''
  }

  /** Joined names apart, and those apart joined. */
  #rejoin(alias: MadeName): void {
    const { last, first } = alias
    if (/^(?:AL|EL)[ -]/.test(last)) alias.last = articled(this.#random.below(12), last.slice(3))
    else if (/[ -]/.test(last) && this.#random.chance(500))
      alias.last = last.includes('-') ? last.replaceAll('-', ' ') : last.replaceAll(' ', '')
    else if (/[ -]/.test(first)) alias.first = first.replaceAll(/[ -]/g, '')
    else if (alias.middle !== '') {
      alias.first += this.#random.chance(500) ? ` ${alias.middle}` : alias.middle
      alias.middle = ''
    } else this.#respell(alias)
  }

  #leaveOut(alias: MadeName): void {
    const words = alias.last.split(' ')
    const bare =
      words.length > 1 &&
      !/^(?:DE|DEL|DELA|LA|LOS|AL|EL|ABU|BEN|VAN|VON|DI|DA|DOS|SAINT|ST)$/.test(words[0] as string)
    if (bare && this.#random.chance(700))
      alias.last = (this.#random.chance(750) ? words[0] : words.at(-1)) as string
    else if (alias.middle !== '') {
      if (this.#random.chance(300)) alias.first = alias.middle
      alias.middle = ''
    } else this.#respell(alias)
  }

  /** A surname by birth or by another marriage. */
  #maiden(alias: MadeName, from: Population): void {
    alias.last = from.surnames.draw(this.#random)
  }

  /** The parts in another order: first for last, or the second surname first. */
  #turn(alias: MadeName): void {
    const words = alias.last.split(' ')
    if (words.length === 2 && this.#random.chance(600)) alias.last = `${words[1]} ${words[0]}`
    else {
      const { last } = alias
      alias.last = alias.first
      alias.first = last
    }
  }

  /** An invented name, as given at an arrest; now and then the first name stays. */
  #other(alias: MadeName, from: Population, female: boolean): void {
    const other = this.#scratch
    this.#names.fill(other, from, female)
    alias.last = other.last
    alias.middle = other.middle
    alias.suffix = ''
    if (this.#random.chance(600)) alias.first = other.first
  }
}

function misheard(word: string, start: number): string {
  for (let i = 0; i < HEARD.length; i++) {
    const [heard, written] = HEARD[(start + i) % HEARD.length] as readonly [RegExp, string]
    if (heard.test(word)) return word.replace(heard, written)
  }
  return word
}

function same(a: MadeName, b: MadeName): boolean {
  return a.last === b.last && a.first === b.first && a.middle === b.middle
}
