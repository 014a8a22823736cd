/** How one token of a name relates to another, best first. */
import { edits, jaroWinkler, skeleton, soundKinds } from './strings.js'
import type { NameTables } from './tables.js'

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

/** A token with its keys of sound, which a dictionary works out once. */
export interface Sounded {
  readonly text: string
  readonly bones: string
  readonly kinds: string
}

export function sounded(text: string): Sounded {
  const bones = skeleton(text)
  return { text, bones, kinds: soundKinds(bones) }
}

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
  const shorter = Math.min(a.text.length, b.text.length)
  if (shorter === 1) return a.text.charCodeAt(0) === b.text.charCodeAt(0) ? INITIAL : NONE
  if (tables.spellings.get(a.text)?.has(b.text)) return VARIANT
  if (tables.shortForms.get(a.text)?.has(b.text)) return NICKNAME
  return relateUnlisted(a, b, tables)
}

/** As {@link relate}, for two different tokens that no table ties. */
export function relateUnlisted(a: Sounded, b: Sounded, tables: NameTables): number {
  const shorter = Math.min(a.text.length, b.text.length)
  if (shorter === 1) return a.text.charCodeAt(0) === b.text.charCodeAt(0) ? INITIAL : NONE
  const byLetters = relateLetters(a, b, shorter)
  if (byLetters !== NONE) return byLetters
  const glued = relateGlued(a.text, b.text, tables)
  const apart = Math.abs(a.text.length - b.text.length)
  if (glued !== NONE || shorter < SHORTEST_LIKE || apart > MOST_APART) return glued
  return tables.letters.likeness(a.text, b.text) >= LIKE ? SOUND : NONE
}

function relateLetters(a: Sounded, b: Sounded, shorter: number): number {
  const apart = Math.abs(a.text.length - b.text.length)
  if (shorter >= 4 && apart <= 1 && edits(a.text, b.text, 1) === 1) return EDIT
  const sameKinds = a.kinds === b.kinds
  if (sameKinds && shorter >= 3 && isSpelling(a, b)) return SPELLING
  // A letter left out is all that tells a slip in so short a word from another name: LZ for LUZ.
  if (shorter === 2)
    return apart === 1 && isPrefixed(a.text, b.text) && edits(a.text, b.text, 1) === 1 ? EDITS : NONE
  if (shorter < 3 || (apart > 2 && !sameKinds)) return NONE
  const alike = jaroWinkler(a.text, b.text)
  if (shorter >= 5 && apart <= 2 && alike >= (shorter === 5 ? ALIKE_EDITS_OF_FIVE : ALIKE_EDITS)) {
    if (edits(a.text, b.text, 2) <= 2) return EDITS
  }
  if (alike >= (sameKinds ? ALIKE_SOUND : ALIKE_WORD) && (sameKinds || shorter >= 5)) return SOUND
  const near = shorter === 3 && apart <= 1 && a.text.charCodeAt(0) === b.text.charCodeAt(0)
  return near && edits(a.text, b.text, 1) === 1 ? SOUND : NONE
}

const isPrefixed = (a: string, b: string): boolean => a.charCodeAt(0) === b.charCodeAt(0)

function isSpelling(a: Sounded, b: Sounded): boolean {
  if (a.bones !== b.bones || a.bones.length < 2) return false
  return jaroWinkler(a.text, b.text) >= (a.bones.length === 2 ? ALIKE_SHORT : ALIKE_SPELLING)
}

/** ALHADAD and HADDAD: the longer without its particle is the other, a slip or another spelling of it. */
function relateGlued(a: string, b: string, tables: NameTables): number {
  const [long, short] = a.length > b.length ? [a, b] : [b, a]
  if (short.length < 4 || long.length - short.length > 7) return NONE
  for (const particle of tables.glued) {
    if (long.length - particle.length < 4 || !long.startsWith(particle)) continue
    const rest = long.slice(particle.length)
    if (Math.abs(rest.length - short.length) > 2) continue
    if (rest === short) return GLUED
    // One step apart, no further: ABDELHALIM is none of KHALIL.
    const relation = relateLetters(sounded(rest), sounded(short), Math.min(rest.length, short.length))
    if (relation === EDIT || relation === SPELLING) return GLUED
  }
  return NONE
}
