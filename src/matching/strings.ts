/** How two words of A-Z are alike: slips of the keyboard, and keys of sound. */

/** Edits between two words where a transposition of neighbours is one; anything above `most` comes as `most + 1`. */
export function edits(a: string, b: string, most: number): number {
  if (a === b) return 0
  if (Math.abs(a.length - b.length) > most) return most + 1
  return most === 1 ? oneEdit(a, b) : fewEdits(a, b, most)
}

/** Without a table: skip what agrees at both ends and look at the rest. */
function oneEdit(a: string, b: string): number {
  let start = 0
  while (start < a.length && start < b.length && a.charCodeAt(start) === b.charCodeAt(start)) start++
  let [endA, endB] = [a.length, b.length]
  while (endA > start && endB > start && a.charCodeAt(endA - 1) === b.charCodeAt(endB - 1)) {
    endA--
    endB--
  }
  const [restA, restB] = [endA - start, endB - start]
  if (restA <= 1 && restB <= 1) return 1
  const crossed = restA === 2 && restB === 2 && a[start] === b[start + 1] && a[start + 1] === b[start]
  return crossed ? 1 : 2
}

const LONGEST = 32
const rows = [new Uint8Array(LONGEST + 1), new Uint8Array(LONGEST + 1), new Uint8Array(LONGEST + 1)] as const

function fewEdits(a: string, b: string, most: number): number {
  if (a.length > LONGEST || b.length > LONGEST) return most + 1
  let [before, last, row]: [Uint8Array, Uint8Array, Uint8Array] = [rows[0], rows[1], rows[2]]
  for (let j = 0; j <= b.length; j++) last[j] = j
  for (let i = 1; i <= a.length; i++) {
    row[0] = i
    let least = i
    for (let j = 1; j <= b.length; j++) {
      const same = a.charCodeAt(i - 1) === b.charCodeAt(j - 1)
      let cost = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + (same ? 0 : 1))
      if (
        i > 1 &&
        j > 1 &&
        a.charCodeAt(i - 1) === b.charCodeAt(j - 2) &&
        a.charCodeAt(i - 2) === b.charCodeAt(j - 1)
      ) {
        cost = Math.min(cost, (before[j - 2] ?? 0) + 1)
      }
      row[j] = cost
      if (cost < least) least = cost
    }
    if (least > most) return most + 1
    ;[before, last, row] = [last, row, before]
  }
  return Math.min(last[b.length] ?? 0, most + 1)
}

const takenB = new Uint8Array(LONGEST)

/** Jaro-Winkler similarity, 0 to 1. Its greedy pairing depends on the order, so the order is fixed. */
export function jaroWinkler(one: string, other: string): number {
  if (one === other) return 1
  const [a, b] = one < other ? [one, other] : [other, one]
  const [lenA, lenB] = [Math.min(a.length, LONGEST), Math.min(b.length, LONGEST)]
  if (lenA === 0 || lenB === 0) return 0
  const reach = Math.max(0, (Math.max(lenA, lenB) >> 1) - 1)
  takenB.fill(0, 0, lenB)
  let common = 0
  let crossed = 0
  let lastAt = -1
  for (let i = 0; i < lenA; i++) {
    const code = a.charCodeAt(i)
    for (let j = Math.max(0, i - reach); j < Math.min(lenB, i + reach + 1); j++) {
      if (takenB[j] || b.charCodeAt(j) !== code) continue
      takenB[j] = 1
      common++
      if (j < lastAt) crossed++
      lastAt = Math.max(lastAt, j)
      break
    }
  }
  if (common === 0) return 0
  const jaro = (common / lenA + common / lenB + (common - crossed) / common) / 3
  let prefix = 0
  while (prefix < 4 && prefix < lenA && prefix < lenB && a.charCodeAt(prefix) === b.charCodeAt(prefix))
    prefix++
  return jaro + prefix * 0.1 * (1 - jaro)
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
const LOOSE = ['S', 'P', 'T', 'K', 'R'] as const
/** Sounds that stand for one another between languages: TH and S, G and J, C and K, L and R. */
const SHIFTS: Readonly<Record<string, readonly string[]>> = {
  S: ['K', 'T', 'A'],
  K: ['S'],
  T: ['S'],
  L: ['R'],
  R: ['L'],
  A: ['S'],
}

/** Other keys of {@link soundKinds} that spellings of the same name have. May repeat itself. */
export function* shiftedKinds(kinds: string): Generator<string> {
  if (kinds.length < 2) return
  for (let i = 0; i <= kinds.length; i++) {
    const [before, after] = [kinds.slice(0, i), kinds.slice(i)]
    for (const each of LOOSE) yield before + each + after
    if (after === '') continue
    yield before + after.slice(1)
    for (const each of SHIFTS[after.charAt(0)] ?? []) yield before + each + after.slice(1)
  }
}

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

/** The word without each of its letters in turn: two words one slip apart share one of these or the word itself. */
export function* deletions(word: string): Generator<string> {
  for (let i = 0; i < word.length; i++) {
    if (i > 0 && word[i] === word[i - 1]) continue
    yield word.slice(0, i) + word.slice(i + 1)
  }
}
