import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { type Fault, FaultError, readDocument, readText } from '../config/index.js'
import { Homes } from './homes.js'
import { Letters } from './letters.js'
import { type Codes, codesOf } from './strings.js'

const share = z.number().gt(0).lt(1)
const bits = z.number().max(0)
const spread = z.number().min(1)
const slope = z.number().min(0).max(20)
const shares = <K extends string>(...names: K[]) =>
  z.strictObject(Object.fromEntries(names.map((name) => [name, share])) as Record<K, typeof share>)

const weightsSchema = z.strictObject({
  name: shares(
    ...(['exact', 'variant', 'nickname', 'edit', 'spelling', 'sound', 'edits'] as const),
    ...(['initial', 'glued', 'joined', 'truncated', 'part'] as const),
  ),
  spread: z.strictObject({
    exact: z.literal(1),
    ...{ variant: spread, nickname: spread, edit: spread, spelling: spread },
    ...{ edits: spread, sound: spread, glued: spread },
  }),
  given: share,
  clusters: z.strictObject({ share, exact: share }),
  letters: z.strictObject({
    variant: slope,
    nickname: slope,
    edit: slope,
    spelling: slope,
    edits: slope,
    sound: slope,
  }),
  missing: z.strictObject({
    surnameContradicts: z.strictObject({ M: bits, F: bits, unknown: bits }),
    givenContradicts: bits,
    alike: bits,
    unlike: bits,
    surnameExtra: bits,
    givenExtra: bits,
    firstSurname: bits,
    firstGiven: bits,
    firstSurnameOmitted: bits,
    firstGivenOmitted: bits,
    together: bits,
    surnameOmitted: bits,
    givenOmitted: bits,
    givenAdded: bits,
    givenAbsent: bits,
    suffixDiffers: bits,
    crossed: bits,
    swapped: bits,
    alias: bits,
  }),
  dob: z.strictObject({
    exact: share,
    swapped: share,
    day: share,
    month: share,
    yearDigit: share,
    yearOff: share,
    defaultDay: share,
    twoParts: share,
    sameYear: share,
    contradicts: share,
    alternate: bits,
  }),
  initials: z.strictObject({ beside: z.number().positive() }),
  family: z.strictObject({ expected: z.number().positive(), twin: share, namesake: share }),
  together: z.strictObject({ seen: z.number().positive(), expected: z.number().positive() }),
  sex: z.strictObject({ agrees: share, differs: bits, fresh: z.number().gt(0).max(1) }),
  pob: z.strictObject({ agrees: share, differs: bits, fresh: z.number().gt(0).max(1) }),
  identifier: z.strictObject({
    arn: z.number().positive(),
    other: z.number().positive(),
    slip: z.number().positive(),
    differs: bits,
  }),
  tables: z.strictObject({ records: z.number().positive(), floor: z.number().positive() }),
  places: z.record(z.string().regex(/^[A-Z0-9]{2}$/), share),
  placeFloor: share,
})

const words = z.array(z.string().regex(/^[A-Z]+$/))
const wordsSchema = z.strictObject({
  particles: words,
  titles: words,
  suffixes: z.record(z.string().regex(/^[A-Z0-9]+$/), z.string()),
  glued: words,
})

const code = z.string().regex(/^[A-Z0-9]{2}$/)
/** Of populations.yaml the engine needs the shares and the places; the rest is for whoever makes the tables. */
const populationsSchema = z.object({
  populations: z.array(z.object({ share: z.number().positive(), places: z.array(code) })),
  countries: z.record(code, z.array(code)),
})

/** What each kind of evidence weighs; `formats/names/weights.yaml` explains every figure. */
export type Weights = z.output<typeof weightsSchema>

/** What ships about names: frequencies, spellings, short forms, words that are no names, weights. */
export interface NameTables {
  /** Bearers in a million. */
  readonly surnames: ReadonlyMap<string, number>
  readonly given: ReadonlyMap<string, number>
  /** Other spellings of a name. */
  readonly spellings: ReadonlyMap<string, ReadonlySet<string>>
  /** Short forms of a name, and the names that a short form stands for. */
  readonly shortForms: ReadonlyMap<string, ReadonlySet<string>>
  readonly scripts: ReadonlyMap<string, string>
  readonly particles: ReadonlySet<string>
  readonly titles: ReadonlySet<string>
  readonly suffixes: ReadonlyMap<string, string>
  /** Longest first. */
  readonly glued: readonly string[]
  /** The same by the code of their first letter, ready to be compared. */
  readonly gluedTo: readonly (readonly Codes[])[]
  /** Where names are at home. */
  readonly homes: Homes
  /** What letters become in other spellings. */
  readonly letters: Letters
  readonly weights: Weights
}

/**
 * Reads the folder of name tables.
 * @throws {FaultError} with file and line of every fault.
 */
export function loadNameTables(dir: string): NameTables {
  const faults: Fault[] = []
  const lines = (file: string) => linesOf(dir, file, faults)
  const spellings = new Map<string, Set<string>>()
  for (const file of ['spellings.txt', 'spellings-own.txt', 'spelling-pairs.txt'])
    for (const { text } of lines(file)) tie(spellings, text.split(' '))
  const shortForms = new Map<string, Set<string>>()
  for (const file of ['nicknames.csv', 'short-forms-own.csv']) {
    for (const { line, text } of lines(file)) {
      const [full, short] = pair(file, line, text, faults)
      for (const each of short.split(' ')) tie(shortForms, [full, each])
    }
  }
  const scripts = new Map(
    lines('scripts.csv').map(({ line, text }) => pair('scripts.csv', line, text, faults)),
  )
  const letters = letterBits('letters.csv', lines('letters.csv'), faults)
  const surnames = frequencies('surnames.csv', lines('surnames.csv'), faults)
  const given = frequencies('given-names.csv', lines('given-names.csv'), faults)
  if (faults.length > 0) throw new FaultError(faults.map((each) => ({ ...each, file: join(dir, each.file) })))
  const plain = readDocument(join(dir, 'words.yaml'), wordsSchema)
  const glued = [...plain.glued].sort((a, b) => b.length - a.length)
  const { populations, countries } = readDocument(join(dir, 'populations.yaml'), populationsSchema)
  return {
    surnames: surnames.perMillion,
    given: given.perMillion,
    spellings,
    shortForms,
    scripts,
    homes: new Homes(populations, countries, surnames.homes, given.homes),
    particles: new Set(plain.particles),
    titles: new Set(plain.titles),
    suffixes: new Map(Object.entries(plain.suffixes)),
    letters: new Letters(letters),
    glued,
    gluedTo: byFirstLetter(glued),
    weights: readDocument(join(dir, 'weights.yaml'), weightsSchema),
  }
}

interface Line {
  readonly line: number
  readonly text: string
}

function linesOf(dir: string, file: string, faults: Fault[]): Line[] {
  const path = join(dir, file)
  if (!existsSync(path)) {
    faults.push({ file, line: 0, reason: 'no such file' })
    return []
  }
  return readText(path)
    .split(/\r?\n/)
    .map((text, i) => ({ line: i + 1, text: text.trim() }))
    .filter(({ text }) => text !== '' && !text.startsWith('#'))
}

function pair(file: string, line: number, text: string, faults: Fault[]): [string, string] {
  const [left = '', right = '', ...more] = text.split(',')
  if (left === '' || right === '' || more.length > 0)
    faults.push({ file, line, reason: `'${text}' is not name,value` })
  return [left, right]
}

interface Frequencies {
  readonly perMillion: Map<string, number>
  readonly homes: Map<string, readonly number[]>
}

/** `NAME,bearers in a million`, then, if known, how many in a hundred of them are of which population: `0:52 1:20`. */
function frequencies(file: string, lines: readonly Line[], faults: Fault[]): Frequencies {
  const perMillion = new Map<string, number>()
  const homes = new Map<string, readonly number[]>()
  for (const { line, text } of lines) {
    const [name = '', value = '', where = '', ...more] = text.split(',')
    const bearers = Number(value)
    const fits = /^[A-Z]+$/.test(name) && bearers > 0 && bearers < 1e6 && /^(?:\d+:\d+ ?)*$/.test(where)
    if (!fits || more.length > 0)
      faults.push({ file, line, reason: `'${text}' is not NAME,bearers in a million,population:percent…` })
    perMillion.set(name, bearers)
    if (where !== '') homes.set(name, sharesOf(where))
  }
  return { perMillion, homes }
}

function sharesOf(where: string): number[] {
  const shares: number[] = []
  for (const each of where.split(' ')) {
    const [population = 0, percent = 0] = each.split(':').map(Number)
    shares[population] = percent / 100
  }
  return shares
}

function letterBits(file: string, lines: readonly Line[], faults: Fault[]): Map<string, number> {
  const found = new Map<string, number>()
  for (const { line, text } of lines) {
    const [letters, value] = pair(file, line, text, faults)
    if (!/^(?:=|[A-Z]{1,2})$/.test(letters) || value === '' || !Number.isFinite(Number(value)))
      faults.push({ file, line, reason: `'${text}' is not LETTERS,bits` })
    found.set(letters, Number(value))
  }
  return found
}

function byFirstLetter(words: readonly string[]): Codes[][] {
  const found: Codes[][] = Array.from({ length: 128 }, () => [])
  for (const each of words) found[each.charCodeAt(0)]?.push(codesOf(each))
  return found
}

/** Ties every name of a group to every other. */
function tie(into: Map<string, Set<string>>, group: readonly string[]): void {
  for (const name of group) {
    const others = into.get(name) ?? new Set()
    for (const other of group) if (other !== name) others.add(other)
    into.set(name, others)
  }
}
