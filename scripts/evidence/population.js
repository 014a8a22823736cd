// A population for measuring that shares nothing with src/generate: other lists, other ways of putting names together,
// aliases with other dates of birth.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import anyAscii from 'any-ascii'
import { byRank, chance, pick, two, weighed } from './chance.js'
import { distance } from './distance.js'

const SHARES = {
  spanish: 45,
  world: 20,
  russian: 8,
  arabic: 7,
  indian: 6,
  chinese: 5,
  portuguese: 3,
  korean: 3,
  dutch: 2,
  israeli: 1,
}
const PLACES = {
  spanish: { MM: 60, HD: 8, EL: 8, GT: 8, CO: 5, CB: 4, VZ: 4, PE: 3 },
  russian: { RF: 5, UP: 3, KZ: 1 },
  arabic: { EY: 3, IQ: 2, SY: 2, JO: 1, YM: 1, MQ: 1 },
  indian: { II: 9, NP: 1 },
  chinese: { RC: 8, TW: 1, HK: 1 },
  portuguese: { BZ: 8, PO: 2 },
  korean: { KS: 1 },
  dutch: { NT: 1 },
  israeli: { IS: 1 },
  world: { FR: 1, GE: 1, UK: 2, PK: 2, BG: 2, TH: 1, TU: 2, IR: 2, NI: 2, ET: 1, JA: 1, PI: 4 },
}
const KOREAN =
  'MIN JI HYUN SOO YOUNG JUN HO SEO YEON WOO JIN KYUNG SUK HEE SANG CHUL EUN JUNG HWAN TAE'.split(' ')
const CHINESE =
  'ZI HAN YU XUAN HAO RAN TIAN CONG RUI LIN SHAN WEN QI KAI BO CHEN YI NUO MENG JIA SI YUAN ZHI XIN HUI BEI SHU GANG DONG'.split(
    ' ',
  )

const plain = (text) =>
  anyAscii(text)
    .toUpperCase()
    .replace(/['.`]/g, '')
    .replace(/[^A-Z]+/g, ' ')
    .trim()

/** Reads the lists in `folder`: yente-negatives, name-databases-smashew and netransliteration. */
export function readLists(folder) {
  const latin1 = (file) =>
    readFileSync(join(folder, file), 'latin1')
      .split(/\r?\n/)
      .map(plain)
      .filter((name) => name.length > 1)
  const people = ['global', 'us'].flatMap((file) =>
    readFileSync(join(folder, `yente-negatives/negatives_${file}.csv`), 'utf8')
      .split(/\r?\n/)
      .slice(1)
      .filter((line) => /^[\x20-\x7e\u00c0-\u024f]+$/.test(line))
      .map((line) => line.split(','))
      .map(([full, first, middle, last]) => ({
        full,
        first: plain(first),
        middle: plain(middle),
        last: plain(last),
      }))
      .filter(({ first, last }) => first.length > 1 && last.length > 1),
  )
  const lists = Object.fromEntries(
    ['es', 'hi', 'il', 'ne', 'pt', 'ru', 'cn', 'kr'].map((each) => [
      each,
      latin1(`name-databases-smashew/surnames-${each}.txt`),
    ]),
  )
  const groups = new Map()
  for (const script of ['arabic', 'chinese']) {
    const rows = readFileSync(join(folder, `netransliteration/variant_pairs_${script}.csv`), 'latin1')
      .split(/\r?\n/)
      .slice(1)
    for (const [group, a, n, b, m] of rows.filter(Boolean).map((row) => row.split(','))) {
      const key = `${script}${group}`
      if (!groups.has(key)) groups.set(key, new Map())
      groups.get(key).set(a, Number(n)).set(b, Number(m))
    }
  }
  const arabic = [...groups]
    .filter(([key]) => key.startsWith('arabic'))
    .flatMap(([, group]) => [...group])
    .sort((x, y) => y[1] - x[1])
    .map(([name]) => name)
  return { people, lists, arabic, spellings: spellingsOf(groups) }
}

/** The spellings of each name; the source ties some that share a group and nothing else. */
function spellingsOf(groups) {
  const of = new Map()
  for (const group of groups.values()) {
    const all = [...group.keys()]
    for (const name of all) {
      const like = all.filter((other) => other !== name && distance(name, other) <= 0.45 * name.length)
      if (like.length > 0) of.set(name, like)
    }
  }
  return of
}

/** Makes persons: `{ last, first, middle, dob, sex, pob, aliases: [{ last, first, middle }], altDobs }`. */
export class Population {
  #next
  #lists
  #bySurname = new Map()
  #byGiven = new Map()
  #hispanic

  constructor(lists, seed) {
    this.#next = chance(seed)
    this.#lists = lists
    for (const person of lists.people) {
      this.#bySurname.set(person.last, [...(this.#bySurname.get(person.last) ?? []), person])
      this.#byGiven.set(person.first, [...(this.#byGiven.get(person.first) ?? []), person])
    }
    const common = new Set(lists.lists.es.slice(0, 400))
    this.#hispanic = lists.people
      .filter(({ last }) => last.split(' ').some((each) => common.has(each)))
      .map(({ first }) => first)
  }

  person() {
    const next = this.#next
    const from = weighed(next, SHARES)
    const name = this[from]()
    const dob = this.#birth()
    const person = {
      ...name,
      dob,
      sex: next() < 0.03 ? '' : next() < 0.6 ? 'M' : 'F',
      pob: next() < 0.05 ? '' : weighed(next, PLACES[from]),
      aliases: [],
      altDobs: [],
    }
    while (next() < 0.14 && person.aliases.length < 3) person.aliases.push(this.#alias(person, from))
    if (next() < 0.06) person.altDobs.push(this.#otherBirth(dob))
    return person
  }

  /** A record of the file; its number is `at + 1`. */
  record(person, at) {
    const name = (each, type) => ({
      last: each.last,
      first: each.first,
      middle: each.middle,
      suffix: '',
      type,
    })
    return {
      arn: String(at + 1).padStart(9, '0'),
      names: [name(person, 'primary'), ...person.aliases.map((each) => name(each, 'alias'))],
      ...{ dob: person.dob, altDobs: person.altDobs, sex: person.sex, pob: person.pob },
      ...{
        citizenship: '',
        fbi: '',
        sid: '',
        oln: '',
        ols: '',
        soc: '',
        passport: { number: '', country: '' },
      },
      ...{
        status: { class: '', code: '', since: '' },
        admitted: { date: '', port: '' },
        interest: false,
        ncic: [],
      },
    }
  }

  /** Young and middle-aged, with a tail; the first of January of those who don't know. */
  #birth() {
    const next = this.#next
    const age = Math.floor(1 + 34 * (next() + next()) + 22 * next() ** 3)
    const year = 2025 - age
    if (next() < 0.03) return `${year}0101`
    const month = 1 + Math.floor(next() * 12)
    return `${year}${two(month)}${two(1 + Math.floor(next() * (month === 2 ? 28 : 30)))}`
  }

  #otherBirth(dob) {
    const next = this.#next
    const [year, rest] = [Number(dob.slice(0, 4)), dob.slice(4)]
    const roll = next()
    if (roll < 0.4) return `${year + pick(next, [-3, -2, -1, 1, 2, 5])}${rest}`
    if (roll < 0.6) return `${year}0101`
    return this.#birth()
  }

  #alias(person, from) {
    const next = this.#next
    const { last, first, middle } = person
    const words = last.split(' ')
    const roll = next()
    if (roll < 0.3 && words.length > 1)
      return { last: words[Math.floor(next() * words.length)], first, middle: '' }
    if (roll < 0.55) return { last: this[from]().last, first, middle }
    if (roll < 0.75 && middle) return { last, first: middle, middle: '' }
    if (roll < 0.9) return { last, first: this[from]().first, middle }
    return this[from]()
  }

  spanish() {
    const next = this.#next
    const { es } = this.#lists.lists
    const last = [byRank(next, es)]
    if (next() < 0.8) last.push(byRank(next, es))
    return {
      last: last.join(' '),
      first: pick(next, this.#hispanic),
      middle: next() < 0.45 ? pick(next, this.#hispanic) : '',
    }
  }

  /** A name of the world's, or the surname of one with the given name of another who shares a name with him. */
  world() {
    const next = this.#next
    const own = pick(next, this.#lists.people)
    const kin = pick(next, this.#bySurname.get(own.last))
    const like = pick(next, this.#byGiven.get(kin.first))
    return {
      last: next() < 0.5 ? own.last : like.last,
      first: kin.first,
      middle: next() < 0.5 ? kin.middle : '',
    }
  }

  russian() {
    const next = this.#next
    const given = () => pick(next, this.#russianGiven())
    const surname = pick(next, this.#lists.lists.ru)
    const father = given().replace(/(?:IY|Y|I|A|O|E)$/, '')
    return {
      last: surname,
      first: given(),
      middle: next() < 0.5 ? `${father}${next() < 0.5 ? 'OVICH' : 'OVNA'}` : '',
    }
  }

  #given
  #russianGiven() {
    const endings = /(?:OV|OVA|EV|EVA|ENKO|SKY|SKI|SKIY|YCH|CHUK)$/
    this.#given ??= this.#lists.people.filter(({ last }) => endings.test(last)).map(({ first }) => first)
    return this.#given
  }

  arabic() {
    const next = this.#next
    const name = () => byRank(next, this.#lists.arabic, 60)
    const article = next() < 0.25 ? (next() < 0.5 ? 'AL ' : 'EL ') : ''
    return { last: `${article}${name()}`, first: name(), middle: next() < 0.4 ? name() : '' }
  }

  indian() {
    const next = this.#next
    const last = pick(next, this.#lists.lists.hi)
    const other = this.#bySurname.get(last)
    const first = other && next() < 0.7 ? pick(next, other).first : pick(next, this.#lists.people).first
    return { last, first, middle: next() < 0.25 ? pick(next, this.#lists.lists.hi) : '' }
  }

  chinese() {
    return this.#syllables(this.#lists.lists.cn, CHINESE)
  }

  korean() {
    return this.#syllables(this.#lists.lists.kr, KOREAN)
  }

  #syllables(surnames, parts) {
    const next = this.#next
    const [one, other] = [pick(next, parts), pick(next, parts)]
    const last = pick(next, surnames)
    const roll = next()
    if (roll < 0.15) return { last, first: one, middle: '' }
    if (roll < 0.6) return { last, first: one + other, middle: '' }
    return roll < 0.8 ? { last, first: `${one} ${other}`, middle: '' } : { last, first: one, middle: other }
  }

  portuguese() {
    const next = this.#next
    const { pt } = this.#lists.lists
    const last = [pick(next, pt), next() < 0.3 ? pick(next, ['DA', 'DE', 'DOS']) : '', pick(next, pt)]
    return { last: last.filter(Boolean).join(' '), first: pick(next, this.#hispanic), middle: '' }
  }

  dutch() {
    const next = this.#next
    const tussen = next() < 0.3 ? pick(next, ['VAN ', 'VAN DER ', 'DE ']) : ''
    return { ...this.world(), last: `${tussen}${pick(next, this.#lists.lists.ne)}` }
  }

  israeli() {
    return { ...this.world(), last: pick(this.#next, this.#lists.lists.il) }
  }
}
