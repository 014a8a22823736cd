// What happens to a person on the way into a query: errors that share nothing with those of measure-matching.js but
// that they are made by the same kind of clerk.
import { pick, two } from './chance.js'

const ROWS = ['QWERTYUIOP', 'ASDFGHJKL', 'ZXCVBNM']
/** Letters beside each other on the keyboard. */
const BESIDE = new Map(
  ROWS.flatMap((row, r) =>
    [...row].map((key, i) => [
      key,
      [row[i - 1], row[i + 1], ROWS[r + 1]?.[i], ROWS[r - 1]?.[i]].filter(Boolean),
    ]),
  ),
)
/** What sounds the same to an ear of one language or another; the first fitting one of a random order is heard. */
const HEARD = [
  ...[
    ['B', 'V'],
    ['V', 'B'],
    ['Z', 'S'],
    ['S', 'Z'],
    ['LL', 'Y'],
    ['Y', 'I'],
    ['I', 'Y'],
    ['J', 'H'],
    ['G', 'J'],
    ['QU', 'K'],
  ],
  ...[
    ['K', 'C'],
    ['PH', 'F'],
    ['F', 'PH'],
    ['OU', 'U'],
    ['U', 'OO'],
    ['EE', 'I'],
    ['KH', 'H'],
    ['SH', 'CH'],
    ['W', 'V'],
    ['X', 'KS'],
  ],
  ...[
    ['DJ', 'J'],
    ['CZ', 'CH'],
    ['TH', 'T'],
    ['E', 'I'],
    ['O', 'U'],
    ['A', 'E'],
    ['H', ''],
    ['NN', 'N'],
    ['SS', 'S'],
    ['M', 'MM'],
  ],
]
/** What the eye takes for one another in handwriting. */
const READ = [
  ['RN', 'M'],
  ['M', 'RN'],
  ['U', 'V'],
  ['V', 'U'],
  ['N', 'U'],
  ['CL', 'D'],
  ['I', 'L'],
  ['L', 'I'],
  ['A', 'O'],
  ['E', 'C'],
]

const words = (text) => text.split(' ').filter(Boolean)

/** Changes one word of a text, of those long enough. */
function inOne(next, text, change) {
  const all = words(text)
  const long = all.map((_, i) => i).filter((i) => all[i].length > 3)
  if (long.length === 0) return text
  const at = pick(next, long)
  all[at] = change(all[at])
  return all.join(' ')
}

function replaced(next, word, table) {
  const fits = table.filter(([from]) => word.indexOf(from, from.length > 1 ? 0 : 1) >= 0)
  if (fits.length === 0) return word
  const [from, to] = pick(next, fits)
  const at = word.indexOf(from, from.length > 1 ? 0 : 1)
  return word.slice(0, at) + to + word.slice(at + from.length)
}

function mistyped(next, word) {
  const at = Math.floor(next() * word.length)
  const roll = next()
  if (roll < 0.4) return word.slice(0, at) + pick(next, BESIDE.get(word[at]) ?? ['E']) + word.slice(at + 1)
  if (roll < 0.6) return word.slice(0, at) + word[at] + word.slice(at)
  if (roll < 0.8) return word.slice(0, at) + word.slice(at + 1)
  const from = Math.min(at, word.length - 2)
  return word.slice(0, from) + word[from + 1] + word[from] + word.slice(from + 2)
}

const either = (next, person, change) =>
  next() < 0.5 ? { ...person, last: change(person.last) } : { ...person, first: change(person.first) }

const valid = (dob, next) => {
  const [month, day] = [Number(dob.slice(4, 6)), Number(dob.slice(6))]
  const fits = month >= 1 && month <= 12 && day >= 1 && day <= 28 + (month === 2 ? 0 : 2)
  return fits
    ? dob
    : `${dob.slice(0, 4)}${two(1 + Math.floor(next() * 12))}${dob.slice(6) > '28' ? '28' : dob.slice(6)}`
}

/** Each kind of error, with how often it comes; `(person, next, lists)` gives the person as he comes in. */
export const ERRORS = {
  mistyped: [14, (p, next) => either(next, p, (text) => inOne(next, text, (word) => mistyped(next, word)))],
  misheard: [
    10,
    (p, next) => either(next, p, (text) => inOne(next, text, (word) => replaced(next, word, HEARD))),
  ],
  misread: [
    6,
    (p, next) => either(next, p, (text) => inOne(next, text, (word) => replaced(next, word, READ))),
  ],
  respelled: [
    8,
    (p, next, { spellings }) =>
      either(next, p, (text) =>
        words(text)
          .map((word) => (spellings.has(word) ? pick(next, spellings.get(word)) : word))
          .join(' '),
      ),
  ],
  'middle left out': [8, (p) => ({ ...p, middle: '' })],
  'middle is an initial': [5, (p) => ({ ...p, middle: p.middle.slice(0, 1) })],
  'middle for first': [2, (p) => (p.middle ? { ...p, first: p.middle, middle: p.first } : p)],
  'one surname of two': [
    6,
    (p, next) => ({
      ...p,
      last:
        words(p.last).length > 1
          ? (pick(
              next,
              words(p.last).filter((w) => w.length > 3),
            ) ?? p.last)
          : p.last,
    }),
  ],
  'surnames turned': [2, (p) => ({ ...p, last: words(p.last).reverse().join(' ') })],
  'surname as middle': [
    3,
    (p) =>
      words(p.last).length > 1
        ? { ...p, last: words(p.last).slice(1).join(' '), middle: words(p.last)[0] }
        : p,
  ],
  'surname and given swapped': [3, (p) => ({ ...p, last: p.first, first: p.last, middle: '' })],
  joined: [4, (p) => ({ ...p, last: p.last.replaceAll(' ', ''), first: p.first.replaceAll(' ', '') })],
  'given is an initial': [2, (p) => ({ ...p, first: p.first.slice(0, 1), middle: '' })],
  'digit of the date': [
    8,
    (p, next) => {
      const at = pick(next, [2, 3, 3, 5, 6, 7, 7])
      return {
        ...p,
        dob: valid(`${p.dob.slice(0, at)}${Math.floor(next() * 10)}${p.dob.slice(at + 1)}`, next),
      }
    },
  ],
  'day and month': [
    3,
    (p) =>
      Number(p.dob.slice(6)) <= 12
        ? { ...p, dob: p.dob.slice(0, 4) + p.dob.slice(6) + p.dob.slice(4, 6) }
        : p,
  ],
  'day beside': [
    4,
    (p, next) => ({
      ...p,
      dob: p.dob.slice(0, 6) + two(Math.min(28, Math.max(1, Number(p.dob.slice(6)) + pick(next, [-1, 1])))),
    }),
  ],
  'year beside': [
    4,
    (p, next) => ({
      ...p,
      dob: `${Number(p.dob.slice(0, 4)) + pick(next, [-1, 1, 1, -2, 10])}${p.dob.slice(4)}`,
    }),
  ],
  'two parts of the date': [
    2,
    (p, next) => {
      const year = next() < 0.5 ? Number(p.dob.slice(0, 4)) + pick(next, [-2, -1, 1, 2]) : p.dob.slice(0, 4)
      const month =
        year === p.dob.slice(0, 4) || next() < 0.5 ? two(1 + Math.floor(next() * 12)) : p.dob.slice(4, 6)
      const day =
        month === p.dob.slice(4, 6) || next() < 0.5 ? two(1 + Math.floor(next() * 28)) : p.dob.slice(6)
      return { ...p, dob: valid(`${year}${month}${day}`, next) }
    },
  ],
  'year alone': [2, (p) => ({ ...p, dob: `${p.dob.slice(0, 4)}0000` })],
  'no date': [1, (p) => ({ ...p, dob: '' })],
  'other sex': [1, (p) => ({ ...p, sex: { M: 'F', F: 'M' }[p.sex] ?? '' })],
  'other place': [2, (p, next) => ({ ...p, pob: pick(next, ['MM', 'US', 'GT', 'RC', 'HD', 'II']) })],
  'place left out': [2, (p) => ({ ...p, pob: '' })],
}

/** The query for a person as he comes in; NAM holds 30 characters. */
export function asked({ last, first, middle, dob, sex, pob }, withMarks = true) {
  const name = `${last}, ${first}${middle ? ` ${middle}` : ''}`.slice(0, 30).trimEnd()
  return { name, dob, ...(withMarks ? { sex, pob } : {}) }
}
