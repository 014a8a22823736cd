// Questions about persons on file, with one error each, and about persons who aren't: for measuring the search. The
// noise is the search's own: it says nothing of how people err.

/** A small generator of numbers, the same in every run. */
export function numbers(seed) {
  let state = seed >>> 0
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
  return (below) => Math.floor(next() * below)
}

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'

function typo(text, below) {
  if (text.length < 4) return text
  const at = 1 + below(text.length - 1)
  const letter = LETTERS[below(26)]
  const kind = below(4)
  if (kind === 0) return text.slice(0, at) + letter + text.slice(at + 1)
  if (kind === 1) return text.slice(0, at) + text.slice(at + 1)
  if (kind === 2) return text.slice(0, at) + letter + text.slice(at)
  return text.slice(0, at - 1) + text[at] + text[at - 1] + text.slice(at + 1)
}

const two = (n) => String(n).padStart(2, '0')

function otherDate(dob, below) {
  const [year, month, day] = [Number(dob.slice(0, 4)), Number(dob.slice(4, 6)), Number(dob.slice(6))]
  if (month === 0 || day === 0) return dob
  const kind = below(4)
  if (kind === 0 && day <= 12) return `${year}${two(day)}${two(month)}`
  if (kind === 1) return `${year}${two(month)}${two(1 + below(28))}`
  if (kind === 2) return `${year}${two(1 + below(12))}${two(Math.min(day, 28))}`
  return `${year + (below(2) === 0 ? 1 : -1)}${two(month)}${two(Math.min(day, 28))}`
}

/** @returns the question about a person, with errors of one kind. */
export function ask(person, below) {
  const name = person.names[below(person.names.length)]
  let [last, first, middle] = [name.last, name.first, name.middle]
  let { dob } = person
  const kind = below(12)
  if (kind === 0) last = typo(last, below)
  if (kind === 1) first = typo(first, below)
  if (kind === 2) middle = ''
  if (kind === 3) last = last.split(' ')[0]
  if (kind === 4) [last, first] = [first || last, last]
  if (kind === 5 || kind === 6) dob = otherDate(dob, below)
  if (kind === 7) {
    last = typo(last, below)
    dob = otherDate(dob, below)
  }
  if (kind === 8) {
    last = typo(last, below)
    first = typo(first, below)
  }
  const given = [first, middle].filter((each) => each !== '').join(' ')
  return {
    name: `${last}, ${given}`,
    dob,
    sex: person.sex || undefined,
    pob: below(3) > 0 ? person.pob || undefined : undefined,
  }
}

/** Questions: `share` of them about persons of the list, the rest about persons put together of two. */
export function questions(persons, count, seed, share = 0.5) {
  const below = numbers(seed)
  return Array.from({ length: count }, () => {
    const person = persons[below(persons.length)]
    if (below(1000) < share * 1000) return { arn: person.arn, query: ask(person, below) }
    const other = persons[below(persons.length)]
    const third = persons[below(persons.length)]
    const made = {
      ...person,
      names: [{ ...person.names[0], first: other.names[0].first, middle: other.names[0].middle }],
      dob: third.dob,
    }
    return { arn: undefined, query: ask(made, below) }
  })
}
