// The sets that the evidence is measured on: each a file of records and queries `{ q, truth, kind }`.
import { chance, pick, two, weighed } from './chance.js'
import { distance } from './distance.js'
import { asked, ERRORS } from './noise.js'
import { Population } from './population.js'

const CHANCES = Object.fromEntries(Object.entries(ERRORS).map(([kind, [often]]) => [kind, often]))
/** Errors in one query: none, one, two, three. */
const HOW_MANY = { 0: 30, 1: 42, 2: 20, 3: 8 }
const arnOf = (at) => String(at + 1).padStart(9, '0')

/** A person as a query has him: under one of his names and dates, with so many errors. */
function comesIn(person, next, lists) {
  const known = [person, ...person.aliases]
  const name = next() < 0.8 ? person : pick(next, known)
  const dob = next() < 0.85 ? person.dob : pick(next, [person.dob, ...person.altDobs])
  const { last, first, middle } = name
  let seen = { last, first, middle, dob, sex: person.sex, pob: person.pob }
  const kinds = []
  for (let left = Number(weighed(next, HOW_MANY)); left > 0; left--) {
    const kind = weighed(next, CHANCES)
    if (kinds.includes(kind)) continue
    kinds.push(kind)
    seen = ERRORS[kind][1](seen, next, lists)
  }
  const kind = kinds.length > 1 ? `${kinds.length} errors` : (kinds[0] ?? 'as on file')
  return { seen, kind: name === person ? kind : `alias, ${kinds.length ? 'with errors' : 'as on file'}` }
}

/** Somebody who isn't on file, in one of four ways. */
function absent(person, stranger, next) {
  const roll = next()
  if (roll < 0.75) return [stranger, '~ stranger']
  if (roll < 0.84) return [{ ...person, first: stranger.first, middle: stranger.middle }, '~ twin']
  const year = Number(person.dob.slice(0, 4))
  if (roll < 0.92) {
    const dob = `${year + pick(next, [-5, -3, -2, 2, 3, 4])}${two(1 + Math.floor(next() * 12))}${two(1 + Math.floor(next() * 28))}`
    return [{ ...person, first: stranger.first, middle: stranger.middle, dob }, '~ sibling']
  }
  return [{ ...person, dob: stranger.dob }, '~ namesake']
}

/**
 * `count` persons on file and queries, of which `prior` are about one of them.
 * @param random whether the absent are strangers only, none made up to be like somebody on file.
 * @param from records of other persons to use, the first `count` on file, the rest not.
 */
export function populationSet(lists, { seed, count, queries, prior = 0.5, random = false, from }) {
  const made = new Population(lists, seed)
  const others = new Population(lists, seed + 7919)
  const next = chance(seed + 104729)
  const persons = from
    ? from.slice(0, count).map(personOf)
    : Array.from({ length: count }, () => made.person())
  const absentees = from?.slice(count).map(personOf)
  const stranger = () => (absentees ? pick(next, absentees) : others.person())
  const list = Array.from({ length: queries }, () => {
    const at = Math.floor(next() * count)
    const marks = next() < 0.75
    if (next() < prior) {
      const { seen, kind } = comesIn(persons[at], next, lists)
      return { q: asked(seen, marks), truth: arnOf(at), kind }
    }
    const [who, kind] = random ? [stranger(), '~ stranger'] : absent(persons[at], stranger(), next)
    const { seen } = comesIn({ ...who, aliases: [], altDobs: [] }, next, lists)
    return { q: asked(seen, marks), truth: undefined, kind }
  })
  return { records: persons.map((each, at) => made.record(each, at)), queries: list }
}

/** A record as the population has it. */
function personOf({ names: [name, ...aliases], dob, altDobs, sex, pob }) {
  return { ...name, aliases, dob, altDobs, sex, pob }
}

/** Names of the world as a list would have them, asked for as others spell them, without a date. */
export function respelledSet(lists, { seed, queries }) {
  const made = new Population(lists, seed)
  const next = chance(seed)
  const seen = new Set()
  const persons = lists.people
    .filter(({ full }) => !seen.has(full) && seen.add(full))
    .map((each) => ({ ...each, dob: '', sex: '', pob: '', aliases: [], altDobs: [] }))
  const respell = (text) =>
    text
      .split(' ')
      .map((word) => (lists.spellings.has(word) ? pick(next, lists.spellings.get(word)) : word))
      .join(' ')
  const heard = (each) => ERRORS.misheard[1](each, next)
  const list = Array.from({ length: queries }, () => {
    const at = Math.floor(next() * persons.length)
    const person = persons[at]
    let as = {
      ...person,
      last: respell(person.last),
      first: respell(person.first),
      middle: next() < 0.3 ? '' : respell(person.middle),
    }
    if (next() < 0.5) as = heard(as)
    return {
      q: asked(as, false),
      truth: arnOf(at),
      kind: as.middle ? 'middle name given' : 'no middle name',
    }
  })
  return {
    records: persons.map((each, at) => ({ ...made.record(each, at), dob: '19000101' })),
    queries: list,
  }
}

/** Persons asked for under a name that the file lacks, with their date of birth. */
export function aliasSet(lists, { seed, count, queries }) {
  const made = new Population(lists, seed)
  const next = chance(seed)
  const persons = []
  while (persons.length < count) persons.push(made.person())
  const withAlias = persons.map((_, at) => at).filter((at) => persons[at].aliases.length > 0)
  const list = Array.from({ length: queries }, () => {
    const at = pick(next, withAlias)
    const { last, first, middle } = pick(next, persons[at].aliases)
    const same = [last === persons[at].last, first === persons[at].first]
    const kind = same[0] ? 'other given name' : same[1] ? 'other surname' : 'other name'
    return { q: asked({ last, first, middle, dob: persons[at].dob }, false), truth: arnOf(at), kind }
  })
  return { records: persons.map((each, at) => made.record({ ...each, aliases: [] }, at)), queries: list }
}

/**
 * Two names and whether they are one person's. Of the others each is the likest in letters among those who share a
 * surname, a given name or the beginning of both: whoever labels such pairs sees those.
 */
export function labelledPairs(lists, { seed, count }) {
  const next = chance(seed)
  const whole = ({ last, first, middle }) => `${first}${middle ? ` ${middle}` : ''} ${last}`
  const chances = Object.fromEntries(
    Object.entries(CHANCES).filter(([kind]) => !/date|day|year|sex|place/.test(kind)),
  )
  const keysOf = ({ last, first }) => [
    `surname ${last}`,
    `given ${first}`,
    `both ${last.slice(0, 3)} ${first.slice(0, 2)}`,
  ]
  const index = new Map()
  for (const person of lists.people)
    for (const key of keysOf(person)) index.set(key, [...(index.get(key) ?? []), person])
  const likest = (person, others) =>
    others
      .filter((other) => whole(other) !== whole(person) && !mayBe(person, other))
      .map((other) => ({ other, apart: distance(whole(person), whole(other)) }))
      .sort((x, y) => x.apart - y.apart)[0]?.other
  const pairs = []
  while (pairs.length < count) {
    const person = pick(next, lists.people)
    if (next() < 0.4) {
      let as = person
      for (let left = 1 + Math.floor(next() * 4); left > 0; left--)
        as = ERRORS[weighed(next, chances)][1](as, next, lists)
      if (whole(as) !== whole(person)) pairs.push({ a: whole(person), b: whole(as), same: true })
      continue
    }
    const all = index.get(pick(next, keysOf(person)))
    const other = likest(
      person,
      Array.from({ length: Math.min(12, all.length) }, () => pick(next, all)),
    )
    if (other) pairs.push({ a: whole(person), b: whole(other), same: false })
  }
  return pairs
}

/** Whether two persons' names don't contradict one another. */
function mayBe(a, b) {
  return a.last === b.last && a.first === b.first && (a.middle === '' || b.middle === '')
}
