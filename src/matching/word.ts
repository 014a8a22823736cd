/** A word with its letters and its keys of sound, as relations between words need it. */
import { hashText } from './columns.js'
import { type Codes, skeleton, soundKinds } from './strings.js'

const NO_CODES = new Uint8Array(0)

/**
 * A class, and the same one for a query's words and the dictionary's: whoever reads hundreds of words a query then
 * finds their fields where they were in the last.
 */
export class Word implements Codes {
  codes = NO_CODES
  from = 0
  length = 0
  /** A bit a letter that is in it. */
  mask = 0
  /** Key of its consonants as sounds; short words have too few for one: LE, LI and LEE would be one with LU and ALI. */
  bones = 0
  /** How many consonants those are. */
  boneCount = 0
  /** Key of the kinds of its consonants. */
  kinds = 0
  /** Empty where it is only known by its letters. */
  text = ''
  /** What `kinds` is the key of; empty as `text` is. */
  kindsText = ''
}

/** A word that was made of a text. */
export type Sounded = Readonly<Word>

const FEW_BONES = 2

export const bonesKey = (bones: string, text: string): number =>
  hashText(bones.length >= FEW_BONES ? bones : `${bones}${text}`)

export function sounded(text: string): Sounded {
  const bones = skeleton(text)
  const kindsText = soundKinds(bones)
  const codes = new Uint8Array(text.length)
  let mask = 0
  for (let i = 0; i < text.length; i++) {
    codes[i] = text.charCodeAt(i)
    mask |= maskOf(codes[i] ?? 0)
  }
  const word = new Word()
  word.codes = codes
  word.length = text.length
  word.mask = mask
  word.bones = bonesKey(bones, text)
  word.boneCount = bones.length
  word.kinds = hashText(kindsText)
  word.text = text
  word.kindsText = kindsText
  return word
}

/** The bit of a letter; what is no letter shares one with some letter. */
export const maskOf = (code: number): number => 1 << ((code - 65) & 31)

/**
 * The most that the Jaro-Winkler similarity of two words can be, by how many letters of each the other doesn't have: a
 * few operations, where the similarity itself takes a hundred.
 */
export function mostAlike(a: Sounded, b: Sounded): number {
  const common = Math.min(a.length - ones(a.mask & ~b.mask), b.length - ones(b.mask & ~a.mask))
  if (common <= 0) return 0
  const jaro = (common / a.length + common / b.length + 1) / 3
  return a.codes[a.from] === b.codes[b.from] ? jaro + 0.4 * (1 - jaro) : jaro
}

/** How many bits are set. */
export function ones(bits: number): number {
  let n = bits - ((bits >>> 1) & 0x55555555)
  n = (n & 0x33333333) + ((n >>> 2) & 0x33333333)
  return Math.imul((n + (n >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24
}
