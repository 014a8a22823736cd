/** How two words of A-Z are alike: slips of the keyboard, and keys of sound. */
import { HASH_FACTOR, HASH_SEED, hashCodes } from './columns.js'

/** A word's letters: `length` codes of `codes`, from `from` on. */
export interface Codes {
  readonly codes: Uint8Array
  readonly from: number
  readonly length: number
}

/** Edits between two words where a transposition of neighbours is one; anything above `most` comes as `most + 1`. */
export function edits(a: string, b: string, most: number): number {
  return a === b ? 0 : editsOf(codesOf(a), codesOf(b), most)
}

/** As {@link edits}, of two words that differ. */
export function editsOf(a: Codes, b: Codes, most: number): number {
  if (Math.abs(a.length - b.length) > most) return most + 1
  return most === 1 ? oneEdit(a, b) : fewEdits(a, b, most)
}

/** The letters of a text of A-Z and digits. */
export function codesOf(text: string): Codes {
  const codes = new Uint8Array(text.length)
  for (let i = 0; i < text.length; i++) codes[i] = text.charCodeAt(i)
  return { codes, from: 0, length: text.length }
}

/** Without a table: skip what agrees at both ends and look at the rest. */
function oneEdit(a: Codes, b: Codes): number {
  const [x, y] = [a.codes, b.codes]
  let [i, j] = [a.from, b.from]
  let [endA, endB] = [i + a.length, j + b.length]
  while (i < endA && j < endB && x[i] === y[j]) {
    i++
    j++
  }
  while (endA > i && endB > j && x[endA - 1] === y[endB - 1]) {
    endA--
    endB--
  }
  const [restA, restB] = [endA - i, endB - j]
  if (restA <= 1 && restB <= 1) return 1
  return restA === 2 && restB === 2 && x[i] === y[j + 1] && x[i + 1] === y[j] ? 1 : 2
}

const LONGEST = 32
const rows = [new Uint8Array(LONGEST + 1), new Uint8Array(LONGEST + 1), new Uint8Array(LONGEST + 1)] as const

function fewEdits(a: Codes, b: Codes, most: number): number {
  if (a.length > LONGEST || b.length > LONGEST) return most + 1
  const [x, y, p, q] = [a.codes, b.codes, a.from - 1, b.from - 1]
  let [before, last, row]: [Uint8Array, Uint8Array, Uint8Array] = [rows[0], rows[1], rows[2]]
  for (let j = 0; j <= b.length; j++) last[j] = j
  for (let i = 1; i <= a.length; i++) {
    row[0] = i
    let least = i
    for (let j = 1; j <= b.length; j++) {
      const same = x[p + i] === y[q + j]
      let cost = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + (same ? 0 : 1))
      if (i > 1 && j > 1 && x[p + i] === y[q + j - 1] && x[p + i - 1] === y[q + j])
        cost = Math.min(cost, (before[j - 2] ?? 0) + 1)
      row[j] = cost
      if (cost < least) least = cost
    }
    if (least > most) return most + 1
    ;[before, last, row] = [last, row, before]
  }
  return Math.min(last[b.length] ?? 0, most + 1)
}

/** Jaro-Winkler similarity, 0 to 1. */
export function jaroWinkler(one: string, other: string): number {
  return one === other ? 1 : alikeness(codesOf(one), codesOf(other))
}

/** Jaro-Winkler similarity of two words that differ. Its greedy pairing depends on the order, so the order is fixed. */
export function alikeness(one: Codes, other: Codes): number {
  return isBefore(one, other) ? pairUp(one, other) : pairUp(other, one)
}

function pairUp(one: Codes, other: Codes): number {
  const a = one.codes
  const b = other.codes
  const fromA = one.from
  const fromB = other.from
  const lengthA = Math.min(one.length, LONGEST)
  const lengthB = Math.min(other.length, LONGEST)
  if (lengthA === 0 || lengthB === 0) return 0
  const reach = Math.max(0, (Math.max(lengthA, lengthB) >> 1) - 1)
  /** Letters of the other that are paired, a bit each. */
  let taken = 0
  let common = 0
  let crossed = 0
  let lastAt = -1
  for (let i = 0; i < lengthA; i++) {
    const code = a[fromA + i]
    const until = Math.min(lengthB, i + reach + 1)
    for (let j = Math.max(0, i - reach); j < until; j++) {
      if (b[fromB + j] !== code || ((taken >>> j) & 1) === 1) continue
      taken |= 1 << j
      common++
      if (j < lastAt) crossed++
      else lastAt = j
      break
    }
  }
  if (common === 0) return 0
  const jaro = (common / lengthA + common / lengthB + (common - crossed) / common) / 3
  let prefix = 0
  while (prefix < 4 && prefix < lengthA && prefix < lengthB && a[fromA + prefix] === b[fromB + prefix])
    prefix++
  return jaro + prefix * 0.1 * (1 - jaro)
}

function isBefore(one: Codes, other: Codes): boolean {
  const a = one.codes
  const b = other.codes
  const shorter = Math.min(one.length, other.length)
  for (let i = 0; i < shorter; i++) {
    const x = a[one.from + i] ?? 0
    const y = b[other.from + i] ?? 0
    if (x !== y) return x < y
  }
  return one.length < other.length
}

const VOWELS = new Set('AEIOUY')
/** Letter groups of the usual transliterations, longest first, and the sound each stands for. */
const GROUPS: readonly (readonly [string, string])[] = [
  ['TSCH', 'C'],
  ['SHCH', 'S'],
  ['SCH', 'S'],
  ['TCH', 'C'],
  ['CHR', 'KR'],
  ['PH', 'F'],
  ['CK', 'K'],
  ['CZ', 'C'],
  ['SZ', 'S'],
  ['SH', 'S'],
  ['CH', 'C'],
  ['KH', 'K'],
  ['GH', 'G'],
  ['DH', 'D'],
  ['TH', 'T'],
  ['ZH', 'J'],
  ['DJ', 'J'],
  ['DZ', 'J'],
  ['TS', 'C'],
  ['TZ', 'C'],
  ['KS', 'S'],
  ['QU', 'K'],
  ['BH', 'B'],
  ['RH', 'R'],
  ['WH', 'V'],
]
const SINGLES: Readonly<Record<string, string>> = { Q: 'K', Z: 'S', X: 'S', W: 'V', C: 'K' }

/**
 * The consonants of a word as sounds: YUSUF and YOUSEF are YSF, MOHAMMED and MUHAMMAD are MHMD. A first vowel stays
 * as A.
 */
export function skeleton(word: string): string {
  let key = ''
  let last = ''
  for (let i = 0; i < word.length; ) {
    const [sound, length] = soundAt(word, i)
    if (sound !== '' && sound !== last) key += sound
    // Two of one sound with a vowel between are two; written double they are one.
    last = sound
    i += length
  }
  return key
}

function soundAt(word: string, i: number): readonly [string, number] {
  const letter = word.charAt(i)
  const next = word.charAt(i + 1)
  if (
    next === 'H' ||
    letter === 'C' ||
    letter === 'S' ||
    letter === 'T' ||
    letter === 'D' ||
    letter === 'Q' ||
    letter === 'K'
  ) {
    for (const [group, sound] of GROUPS) if (word.startsWith(group, i)) return [sound, group.length]
  }
  if (VOWELS.has(letter)) {
    if (i > 0) return ['', 1]
    return letter === 'Y' && VOWELS.has(next) ? ['Y', 1] : ['A', 1]
  }
  if (letter === 'C' && (next === 'E' || next === 'I' || next === 'Y')) return ['S', 1]
  if (letter === 'H' && i > 0 && next === '') return ['', 1]
  return [SINGLES[letter] ?? letter, 1]
}

const KINDS: Readonly<Record<string, string>> = {
  ...{ B: 'P', F: 'P', V: 'P', G: 'K', D: 'T', C: 'S', J: 'S', M: 'N', H: '', Y: 'A' },
}

/** Coarser than {@link skeleton}: which kind of sound each consonant is. */
export function soundKinds(bones: string): string {
  let key = ''
  for (const sound of bones) {
    const kind = KINDS[sound] ?? sound
    if (!key.endsWith(kind) || kind === '') key += kind
  }
  return key
}

/** Sounds of which a spelling may lack one, or have one more: J, W, H and final letters that one language writes. */
const LOOSE = codesOf('SPTKR').codes
/** Sounds that stand for one another between languages: TH and S, G and J, C and K, L and R. By code. */
const SHIFTS: (Uint8Array | undefined)[] = []
for (const [sound, others] of [
  ['S', 'KTA'],
  ['K', 'S'],
  ['T', 'S'],
  ['L', 'R'],
  ['R', 'L'],
  ['A', 'S'],
] as const)
  SHIFTS[sound.charCodeAt(0)] = codesOf(others).codes

/** The most keys that {@link shiftedKinds} makes. */
export const MOST_SHIFTED = 512
/** Of a longer word no more is shifted. */
const LONGEST_SHIFTED = 50

/**
 * Other keys of {@link soundKinds} that spellings of the same name have, as hashes. What would put a sound beside
 * itself is left out, as no key has that.
 * @returns how many there are.
 */
export function shiftedKinds(kinds: string, into: Int32Array): number {
  if (kinds.length < 2) return 0
  const { codes } = codesOf(kinds)
  let count = 0
  let prefix = HASH_SEED
  for (let i = 0; i <= Math.min(codes.length, LONGEST_SHIFTED); i++) {
    const [before, own, after] = [codes[i - 1], codes[i], codes[i + 1]]
    for (const each of LOOSE)
      if (each !== before && each !== own)
        into[count++] = hashCodes(codes, i, codes.length - i, stepped(prefix, each))
    if (own === undefined) break
    const left = codes.length - i - 1
    if (before === undefined || before !== after) into[count++] = hashCodes(codes, i + 1, left, prefix)
    for (const each of SHIFTS[own] ?? [])
      if (each !== before && each !== after)
        into[count++] = hashCodes(codes, i + 1, left, stepped(prefix, each))
    prefix = stepped(prefix, own)
  }
  return count
}

const stepped = (hash: number, code: number): number => Math.imul(hash ^ code, HASH_FACTOR)

/** Letters that begin spellings of the same name, by what they may sound like. */
const BEGINNINGS = ['AEIOUYHJW', 'CKQGX', 'CSZTXJ', 'BVWPF', 'GJDZY', 'LR', 'DT', 'MN', 'KH', 'GH']
const BEGINS = new Int32Array(128)
BEGINNINGS.forEach((letters, i) => {
  for (const letter of letters) BEGINS[letter.charCodeAt(0)] = (BEGINS[letter.charCodeAt(0)] ?? 0) | (1 << i)
})

/** Whether two letters (by code) may begin the same sound. */
export function soundsFirst(a: number, b: number): boolean {
  return a === b || ((BEGINS[a] ?? 0) & (BEGINS[b] ?? 0)) !== 0
}

/**
 * Hashes of a word and of the same without each of its letters in turn: two words one slip apart share one of these.
 * @returns how many there are.
 */
export function deletionHashes({ codes, from, length }: Codes, into: Int32Array, at: number): number {
  let place = at
  into[place++] = hashCodes(codes, from, length, HASH_SEED)
  let before = HASH_SEED
  for (let i = 0; i < length; i++) {
    const code = codes[from + i] ?? 0
    // Without the one or the other of two that are alike the word is the same.
    if (i === 0 || code !== codes[from + i - 1])
      into[place++] = hashCodes(codes, from + i + 1, length - i - 1, before)
    before = stepped(before, code)
  }
  return place - at
}
