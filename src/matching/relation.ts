/** How one token of a name relates to another, best first. */
import { alikeness, type Codes, editsOf } from './strings.js'
import type { NameTables } from './tables.js'
import { mostAlike, ones, type Sounded, sounded, Word } from './word.js'

export const RELATIONS = [
  'exact',
  'variant',
  'nickname',
  'edit',
  'spelling',
  'edits',
  'sound',
  'glued',
  'initial',
  'truncated',
  'joined',
  'part',
] as const
export type RelationName = (typeof RELATIONS)[number]

export const [
  EXACT,
  VARIANT,
  NICKNAME,
  EDIT,
  SPELLING,
  EDITS,
  SOUND,
  GLUED,
  INITIAL,
  TRUNCATED,
  JOINED,
  PART,
] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11] as const
/** No relation. */
export const NONE = -1

/** Two spellings of one sound have this much in common, or the key is too coarse for them. */
const ALIKE_SPELLING = 0.7
/** MAYOL and MALE have two consonants in common and nothing else. */
const ALIKE_SHORT = 0.8
const ALIKE_SOUND = 0.76
/** Two slips in a word of five letters leave less certain than in a longer one. */
const ALIKE_EDITS = 0.75
const ALIKE_EDITS_OF_FIVE = 0.8
/** GEORG and GEORGES: most of a word and its beginning. */
const ALIKE_WORD = 0.9

/** Spellings that other writings of a name lead to, by what their letters become; three letters tell too little. */
const LIKE = 0.2
const SHORTEST_LIKE = 4
const MOST_APART = 3

/** Two letters are in too many names to be a short form of one. */
const SHORTEST_PART = 3

/**
 * Whether one of two given names is a part of the other as it stands: EMEKA of CHUKWUEMEKA, LUZ of LUZVIMINDA, FUNMI of
 * OLUFUNMILAYO. Of surnames that is no relation: they aren't shortened so.
 */
export function isPart(a: string, b: string): boolean {
  if (a.length === b.length) return false
  return a.length < b.length
    ? a.length >= SHORTEST_PART && b.includes(a)
    : b.length >= SHORTEST_PART && a.includes(b)
}

/** The relation of two tokens by their letters and the tables; {@link NONE} where there is none. */
export function relate(a: Sounded, b: Sounded, tables: NameTables): number {
  if (a.text === b.text) return EXACT
  if (Math.min(a.length, b.length) > 1) {
    if (tables.spellings.get(a.text)?.has(b.text)) return VARIANT
    if (tables.shortForms.get(a.text)?.has(b.text)) return NICKNAME
  }
  return relateUnlisted(a, b, tables)
}

/** As {@link relate}, for two different tokens that no table ties. */
export function relateUnlisted(a: Sounded, b: Sounded, tables: NameTables): number {
  const shorter = Math.min(a.length, b.length)
  if (shorter === 1) return isPrefixed(a, b) ? INITIAL : NONE
  const byLetters = relateLetters(a, b, shorter)
  if (byLetters !== NONE) return byLetters
  const glued = relateGlued(a, b, tables)
  if (glued !== NONE || shorter < SHORTEST_LIKE || Math.abs(a.length - b.length) > MOST_APART) return glued
  return tables.letters.areAlike(a, b, LIKE) ? SOUND : NONE
}

function relateLetters(a: Sounded, b: Sounded, shorter: number): number {
  const apart = Math.abs(a.length - b.length)
  // A slip leaves each with one letter at the most that the other lacks.
  if (shorter >= 4 && apart <= 1 && ones(a.mask & ~b.mask) <= 1 && ones(b.mask & ~a.mask) <= 1)
    if (editsOf(a, b, 1) === 1) return EDIT
  const sameKinds = a.kinds === b.kinds
  // A letter left out is all that tells a slip in so short a word from another name: LZ for LUZ.
  if (shorter === 2) return apart === 1 && isPrefixed(a, b) && editsOf(a, b, 1) === 1 ? EDITS : NONE
  if (shorter < 3 || (apart > 2 && !sameKinds)) return NONE
  const needed =
    a.bones === b.bones ? ALIKE_SPELLING : shorter === 5 && !sameKinds ? ALIKE_EDITS_OF_FIVE : ALIKE_EDITS
  const possible = (sameKinds || shorter >= 5) && mostAlike(a, b) >= needed
  const alike = possible ? alikeness(a, b) : 0
  if (sameKinds && isSpelling(a, b, alike)) return SPELLING
  if (shorter >= 5 && apart <= 2 && alike >= (shorter === 5 ? ALIKE_EDITS_OF_FIVE : ALIKE_EDITS)) {
    if (editsOf(a, b, 2) <= 2) return EDITS
  }
  if (alike >= (sameKinds ? ALIKE_SOUND : ALIKE_WORD) && (sameKinds || shorter >= 5)) return SOUND
  const near = shorter === 3 && apart <= 1 && isPrefixed(a, b)
  return near && editsOf(a, b, 1) === 1 ? SOUND : NONE
}

const isPrefixed = (a: Codes, b: Codes): boolean => a.codes[a.from] === b.codes[b.from]

function isSpelling(a: Sounded, b: Sounded, alike: number): boolean {
  if (a.bones !== b.bones || a.boneCount < 2) return false
  return alike >= (a.boneCount === 2 ? ALIKE_SHORT : ALIKE_SPELLING)
}

/** What a particle leaves of a word, one at a time. */
const rest = new Word()

/** ALHADAD and HADDAD: the longer without its particle is the other, a slip or another spelling of it. */
function relateGlued(a: Sounded, b: Sounded, tables: NameTables): number {
  const [long, short] = longer(a, b) ? [a, b] : [b, a]
  if (short.length < 4 || long.length - short.length > 7) return NONE
  for (const particle of tables.gluedTo[long.codes[long.from] ?? 0] ?? []) {
    const left = long.length - particle.length
    if (left < 4 || Math.abs(left - short.length) > 2 || !startsWith(long, particle)) continue
    rest.codes = long.codes
    rest.from = long.from + particle.length
    rest.length = left
    const apart = Math.abs(left - short.length)
    // One step apart, no further: ABDELHALIM is none of KHALIL.
    if (apart <= 1 && editsOf(rest, short, 1) <= 1) return GLUED
    const alike = short.boneCount >= 2 ? alikeness(rest, short) : 0
    if (alike >= ALIKE_SPELLING && isSpelling(sounded(textOf(rest)), short, alike)) return GLUED
  }
  return NONE
}

const longer = (a: Sounded, b: Sounded): boolean => a.length > b.length

function startsWith(word: Codes, start: Codes): boolean {
  for (let i = 0; i < start.length; i++)
    if (word.codes[word.from + i] !== start.codes[start.from + i]) return false
  return true
}

function textOf({ codes, from, length }: Codes): string {
  let text = ''
  for (let i = 0; i < length; i++) text += String.fromCharCode(codes[from + i] ?? 0)
  return text
}
