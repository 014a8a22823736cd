import type { PersonName } from '../records/types.js'
import { fold, parted } from './fold.js'
import type { NameTables } from './tables.js'

/** A name in folded tokens. */
export interface NameParts {
  readonly surname: readonly string[]
  readonly given: readonly string[]
  /** `JR`, `SR`, `II`… or empty. */
  readonly suffix: string
  /** Whether a comma or fields said which part is which. */
  readonly ordered: boolean
  /** Whether the name fills the 30 characters of NAM, so that its last token may be cut off. */
  readonly cut: boolean
}

/** What folding a name takes of the tables. */
export type FoldingTables = Pick<NameTables, 'scripts' | 'titles' | 'suffixes'>

/** Field NAM holds so many characters (wire format, IAQ). */
const NAM_LENGTH = 30
/** Tokens of a part that count; the rest of a longer name adds nothing and costs time. */
const MOST_TOKENS = 8

const COMMAS = /[,،、，;]/

/** Reads `LAST, FIRST MIDDLE`, or a name without a comma, whose order isn't known. */
export function parseName(text: string, tables: FoldingTables): NameParts {
  const whole = parted(text)
  const comma = whole.search(COMMAS)
  const cut = whole.trim().length >= NAM_LENGTH - 1 && whole.trim().length <= NAM_LENGTH
  if (comma < 0) return partsOf('', fold(whole, tables.scripts), '', false, cut, tables)
  const last = fold(whole.slice(0, comma), tables.scripts)
  const first = fold(whole.slice(comma + 1), tables.scripts)
  return partsOf(last, first, '', true, cut, tables)
}

/** The tokens of a record's name. */
export function partsOfName(name: PersonName, tables: FoldingTables): NameParts {
  const last = fold(name.last, tables.scripts)
  const first = fold(name.middle === '' ? name.first : `${name.first} ${name.middle}`, tables.scripts)
  const suffix = name.suffix === '' ? '' : fold(name.suffix)
  return partsOf(last, first, tables.suffixes.get(suffix) ?? suffix, true, false, tables)
}

function partsOf(
  last: string,
  first: string,
  suffix: string,
  ordered: boolean,
  cut: boolean,
  tables: FoldingTables,
): NameParts {
  let found = suffix
  const clean = (text: string): string[] => {
    const tokens = text === '' ? [] : text.split(' ')
    const kept = tokens.filter((each) => !tables.titles.has(each))
    const end = kept.at(-1) ?? ''
    if (kept.length > 1 && end.length > 1 && tables.suffixes.has(end)) {
      found ||= tables.suffixes.get(end) ?? ''
      kept.pop()
    }
    return (kept.length > 0 ? kept : tokens).slice(0, MOST_TOKENS)
  }
  const surname = clean(last)
  const given = clean(first)
  return { surname, given, suffix: found, ordered, cut }
}
