import { Dictionary } from './dictionary.js'
import { type NameParts, parseName } from './names.js'
import { GIVEN, SURNAME } from './neighbours.js'
import { EDIT, isPart, NONE, RELATIONS, type RelationName, relate, SOUND } from './relation.js'
import { edits } from './strings.js'
import type { NameTables } from './tables.js'
import { type Sounded, sounded } from './word.js'

/** What a pair of tokens keeps of its weight, by relation. */
const KEPT: Readonly<Record<RelationName, number>> = {
  exact: 1,
  variant: 0.92,
  nickname: 0.85,
  edit: 0.9,
  spelling: 0.9,
  edits: 0.75,
  sound: 0.78,
  glued: 0.9,
  initial: 0.6,
  truncated: 0.8,
  joined: 0.95,
  part: 0.7,
}
/** What a whole step in the likeness of letters adds to a relation by letters. */
const GRADED = 0.3
/** Two names that both have bearers are two names more often than a slip of one: CARL and CAROLE. */
const BOTH_LISTED = 0.85
/** A token that one side leaves out costs less than one that contradicts. */
const OMITTED = 0.3
/** What unrelated tokens keep by how like their letters are; no more than a distant relation. */
const LIKE = { none: 0.35, each: 2, most: 0.75 }

interface Token {
  readonly text: string
  readonly sound: Sounded
  readonly weight: number
  readonly role: number
  /** Whether the tables know it as a name: two of those are two names rather than a slip of one. */
  readonly listed: boolean
}

const dictionaries = new WeakMap<NameTables, Dictionary>()

function dictionaryOf(tables: NameTables): Dictionary {
  const known = dictionaries.get(tables)
  if (known) return known
  const made = new Dictionary(tables)
  dictionaries.set(tables, made)
  return made
}

/**
 * How alike two names are, 0 to 100: the engine's relations of tokens, weighed by how rare each token is. Needs no
 * file. The same whichever name comes first.
 */
export function compareNames(a: string, b: string, tables: NameTables): number {
  const [nameA, nameB] = [parseName(a, tables), parseName(b, tables)]
  const dictionary = dictionaryOf(tables)
  const [left, right] = [tokensOf(nameA, dictionary), tokensOf(nameB, dictionary)]
  if (left.length === 0 || right.length === 0) return 0
  const ordered = nameA.ordered && nameB.ordered
  const plain = score(left, right, ordered, tables)
  const joined = (tokens: readonly Token[]): string => tokens.map((each) => each.text).join('')
  const whole = joined(left) === joined(right) ? 97 : 0
  const parts = Math.max(plain, whole, score(glue(left, right), glue(right, left), ordered, tables) * 0.98)
  return Math.round(Math.min(100, parts) * 10) / 10
}

function tokensOf(name: NameParts, dictionary: Dictionary): Token[] {
  const { particles } = dictionary.tables
  const make = (tokens: readonly string[], role: 0 | 1): Token[] => {
    const real = tokens.filter((each) => !particles.has(each))
    return (real.length > 0 ? real : tokens).map((text) => ({
      text,
      sound: sounded(text),
      role,
      weight: weightOf(text, role, dictionary),
      listed: dictionary.tables.surnames.has(text) || dictionary.tables.given.has(text),
    }))
  }
  return [...make(name.surname, SURNAME), ...make(name.given, GIVEN)]
}

/** Bits that a token singles out, kept within a range so that no token is everything or nothing. */
function weightOf(text: string, role: 0 | 1, dictionary: Dictionary): number {
  const id = dictionary.find(text)
  const bits = id === undefined ? 20 : -Math.log2(dictionary.share(id, role))
  return text.length === 1 ? 3 : Math.min(14, Math.max(7, bits))
}

/** Joins neighbours of one side that the other side writes as one. */
function glue(tokens: readonly Token[], others: readonly Token[]): Token[] {
  const made: Token[] = []
  for (let i = 0; i < tokens.length; i++) {
    const [token, next] = [tokens[i] as Token, tokens[i + 1]]
    const text = token.text + (next?.text ?? '')
    const fits =
      next?.role === token.role && others.some((each) => each.text === text || isSlip(each.text, text))
    if (next && fits) {
      made.push({
        text,
        sound: sounded(text),
        role: token.role,
        listed: false,
        weight: Math.min(16, token.weight + next.weight),
      })
      i++
    } else made.push(token)
  }
  return made
}

const isSlip = (a: string, b: string): boolean => b.length >= 7 && edits(a, b, 1) === 1

function score(
  left: readonly Token[],
  right: readonly Token[],
  ordered: boolean,
  tables: NameTables,
): number {
  const pairs = left.flatMap((a, i) => right.map((b, j) => ({ i, j, kept: keptOf(a, b, ordered, tables) })))
  // Ties go by place, and the sum doesn't depend on which side is which.
  pairs.sort((p, q) => q.kept - p.kept || p.i + p.j - (q.i + q.j))
  const usedLeft = new Set<number>()
  const usedRight = new Set<number>()
  let kept = 0
  let most = 0
  for (const { i, j, kept: share } of pairs) {
    if (usedLeft.has(i) || usedRight.has(j)) continue
    usedLeft.add(i)
    usedRight.add(j)
    const weight = ((left[i]?.weight ?? 0) + (right[j]?.weight ?? 0)) / 2
    kept += weight * share
    most += weight
  }
  const open = openWeight(left, usedLeft) + openWeight(right, usedRight)
  return (100 * kept) / (most + open * OMITTED)
}

function openWeight(tokens: readonly Token[], used: ReadonlySet<number>): number {
  return tokens.reduce((sum, each, i) => (used.has(i) ? sum : sum + each.weight), 0)
}

function keptOf(a: Token, b: Token, ordered: boolean, tables: NameTables): number {
  const relation = relate(a.sound, b.sound, tables)
  const crossed = ordered && a.role !== b.role ? 0.94 : 1
  if (relation !== NONE) return keptBy(relation, a, b, tables) * crossed
  if (a.role === GIVEN && b.role === GIVEN && isPart(a.text, b.text)) return KEPT.part
  const like = LIKE.none + LIKE.each * tables.letters.likeness(a.text, b.text)
  return Math.max(0, Math.min(LIKE.most, like)) * crossed
}

/** What a relation keeps; of one by letters the more, the more such letters are known to change so. */
function keptBy(relation: number, a: Token, b: Token, tables: NameTables): number {
  const kept = KEPT[RELATIONS[relation] ?? 'sound']
  if (relation < EDIT || relation > SOUND) return kept
  const like = GRADED * (tables.letters.likeness(a.text, b.text) - 0.5)
  return Math.min(kept + like, 0.97) * (a.listed && b.listed ? BOTH_LISTED : 1)
}
