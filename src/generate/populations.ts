import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { type Fault, FaultError, readDocument, readText } from '../config/index.js'
import { byRank, type Random, rankWeights, Table } from './random.js'

/** How the parts of a name are put together; {@link NameMaker} has a way for each. */
export const FORMS = [
  'spanish',
  'portuguese',
  'filipino',
  'indian',
  'sikh',
  'syllables',
  'vietnamese',
  'arabic',
  'muslim',
  'fathers',
  'slavic',
  'polish',
  'western',
] as const
export type Form = (typeof FORMS)[number]

const weight = z.int().min(1).max(100_000)
const perMille = z.int().min(0).max(1000)
const weights = z.record(z.string(), weight)

const populationsSchema = z.strictObject({
  ages: z.record(z.string().regex(/^\d{1,2}$/), weight),
  populations: z.array(
    z.strictObject({
      of: z.string(),
      share: weight,
      form: z.enum(FORMS),
      surnames: z.string(),
      male: z.string(),
      female: z.string(),
      /** Lists that the form makes use of besides. */
      also: z.record(z.string(), z.string()).default({}),
      pob: weights,
      /** Where places of birth are parts of one country. */
      citizenship: z.string().optional(),
      january: perMille.default(35),
      profile: z.string(),
      nseers: z.boolean().default(false),
    }),
  ),
})

const namesSchema = z.record(
  z.string(),
  z.strictObject({
    names: z.string().optional(),
    spellings: z.int().min(0).max(90).default(0),
    tail: z
      .strictObject({
        share: z.int().min(0).max(100),
        parts: z.array(z.string()).optional(),
        of: z.string().optional(),
      })
      .optional(),
  }),
)

const statusesSchema = z.strictObject({
  statuses: z.array(
    z.strictObject({
      code: z.string(),
      share: z.record(z.string(), z.int().min(0)),
      classes: weights,
      minors: weights.optional(),
      years: z.tuple([z.int().min(0), z.int().min(1).max(60)]),
      age: z.int().min(0).default(0),
      admitted: perMille,
      waited: z.int().min(0).max(40).default(0),
      fbi: perMille,
      soc: perMille,
      interest: perMille,
      ncic: z
        .strictObject({
          category: z.enum(['DEPORTED FELON', 'ABSCONDER']),
          offense: z.string(),
          share: perMille,
        })
        .optional(),
    }),
  ),
})

type NameFile = z.output<typeof namesSchema>
type StatusData = z.output<typeof statusesSchema>['statuses'][number]

export interface Status extends Omit<StatusData, 'classes' | 'minors' | 'share'> {
  readonly classes: Table<string>
  readonly minors: Table<string>
}

export interface Population {
  readonly form: Form
  readonly surnames: NameList
  readonly male: NameList
  readonly female: NameList
  readonly also: Readonly<Record<string, NameList>>
  readonly pob: Table<string>
  readonly citizenship: string | undefined
  readonly january: number
  readonly statuses: Table<Status>
  readonly nseers: boolean
}

export interface Populations {
  readonly all: Table<Population>
  readonly ages: Table<number>
  /** Other spellings of a name. */
  readonly spellings: ReadonlyMap<string, readonly string[]>
  readonly shortForms: ReadonlyMap<string, readonly string[]>
}

interface Tail {
  readonly share: number
  readonly parts: readonly Table<string>[]
}

/** Names of one kind: those that many bear, and a long tail put together from syllables. */
export class NameList {
  constructor(
    private readonly names: Table<string>,
    private readonly tail: Tail | undefined,
  ) {}

  draw(random: Random): string {
    const { tail } = this
    if (tail === undefined || random.below(100) >= tail.share) return this.names.draw(random)
    let name = ''
    for (const part of tail.parts) name += part.draw(random)
    return name
  }
}

/** Ranks fall off more slowly where there are many names; these fit published lists of surnames well enough. */
const HEAD = 4
const SYLLABLE_HEAD = 14

/** Names go into JSON as they are, so that nothing in them may need escaping. */
const NAME = /^[\p{L}' -]+$/u

/**
 * Reads what the generator draws from.
 * @throws {FaultError} naming file and line of what is wrong.
 */
export function loadPopulations(formatsDir: string): Populations {
  return new Loader(formatsDir).load()
}

class Loader {
  readonly #folder: string
  readonly #spellings: Map<string, readonly string[]>
  readonly #shortForms: Map<string, readonly string[]>
  readonly #files = new Map<string, { readonly file: string; readonly entry: NameFile[string] }>()
  readonly #lists = new Map<string, NameList>()
  readonly #faults: Fault[] = []

  constructor(formatsDir: string) {
    this.#folder = join(formatsDir, 'populations')
    const names = join(formatsDir, 'names')
    // The tables of the matching room serve here too: what it should find is what clerks do to names.
    this.#spellings = readGroups([join(names, 'spellings-own.txt'), join(names, 'spellings.txt')])
    this.#shortForms = readShortForms([join(names, 'short-forms-own.csv'), join(names, 'nicknames.csv')])
  }

  load(): Populations {
    const file = join(this.#folder, 'populations.yaml')
    const { ages, populations } = readDocument(file, populationsSchema)
    this.#readNames()
    const profiles = this.#profiles(new Set(populations.map(({ profile }) => profile)))
    const all = populations.map(
      (each): Population => ({
        form: each.form,
        surnames: this.#list(each.surnames, file),
        male: this.#list(each.male, file),
        female: this.#list(each.female, file),
        also: Object.fromEntries(
          Object.entries(each.also).map(([use, name]) => [use, this.#list(name, file)]),
        ),
        pob: tableOf(each.pob),
        citizenship: each.citizenship,
        january: each.january,
        statuses: profiles.get(each.profile) as Table<Status>,
        nseers: each.nseers,
      }),
    )
    if (this.#faults.length > 0) throw new FaultError(this.#faults)
    return {
      all: new Table(
        all,
        populations.map(({ share }) => share),
      ),
      ages: agesOf(ages),
      spellings: this.#spellings,
      shortForms: this.#shortForms,
    }
  }

  #readNames(): void {
    const found = readdirSync(this.#folder).filter((name) => /^names-.*\.yaml$/.test(name))
    for (const name of found.sort()) {
      const file = join(this.#folder, name)
      for (const [list, entry] of Object.entries(readDocument(file, namesSchema))) {
        if (this.#files.has(list))
          this.#faults.push({ file, line: 0, reason: `the list ${list} is there twice` })
        this.#files.set(list, { file, entry })
      }
    }
  }

  #list(name: string, asker: string): NameList {
    const known = this.#lists.get(name)
    if (known) return known
    const found = this.#files.get(name)
    if (!found) {
      this.#faults.push({ file: asker, line: 0, reason: `no list of names ${name}` })
      return new NameList(new Table([''], [1]), undefined)
    }
    const { file, entry } = found
    const names = this.#words(entry.names ?? '', file, name)
    const list = new NameList(this.#spelled(names, entry.spellings), this.#tail(entry, file, name))
    this.#lists.set(name, list)
    return list
  }

  #words(text: string, file: string, list: string): string[] {
    const names = text
      .split(/\s+/)
      .filter(Boolean)
      .map((name) => name.replaceAll('_', ' ').trim())
    for (const name of names)
      if (name !== '' && !NAME.test(name))
        this.#faults.push({ file, line: 0, reason: `${list}: '${name}' isn't made of letters` })
    if (names.length === 0) this.#faults.push({ file, line: 0, reason: `${list}: no names` })
    return names.length === 0 ? [''] : names
  }

  /** Gives a part of each name's bearers to its other spellings. */
  #spelled(names: readonly string[], percent: number): Table<string> {
    const items: string[] = []
    const shares: number[] = []
    rankWeights(names.length, HEAD).forEach((whole, i) => {
      const name = names[i] as string
      const others = percent === 0 ? [] : (this.#spellings.get(name) ?? [])
      const given = others.length === 0 ? 0 : Math.floor((whole * percent) / 100)
      items.push(name)
      shares.push(whole - given)
      const ranks = rankWeights(others.length, 0)
      const sum = ranks.reduce((a, b) => a + b, 0)
      others.forEach((other, rank) => {
        items.push(other)
        shares.push(Math.floor((given * (ranks[rank] as number)) / sum))
      })
    })
    return new Table(items, shares)
  }

  #tail({ tail }: NameFile[string], file: string, list: string): Tail | undefined {
    if (!tail) return undefined
    const parts =
      tail.parts ?? (tail.of === undefined ? undefined : this.#files.get(tail.of)?.entry.tail?.parts)
    if (!parts) {
      this.#faults.push({ file, line: 0, reason: `${list}: the tail needs parts, or a list that has some` })
      return undefined
    }
    return {
      share: tail.share,
      parts: parts.map((part) => byRank(this.#words(part, file, list), SYLLABLE_HEAD)),
    }
  }

  #profiles(names: ReadonlySet<string>): Map<string, Table<Status>> {
    const file = join(this.#folder, 'statuses.yaml')
    const { statuses } = readDocument(file, statusesSchema)
    const compiled = statuses.map((each): Status => {
      const classes = tableOf(each.classes)
      return { ...each, classes, minors: each.minors ? tableOf(each.minors) : classes }
    })
    return new Map(
      [...names].map((name) => {
        const shares = statuses.map(({ share }) => share[name] ?? share.default ?? 0)
        if (shares.some((share) => share > 0)) return [name, new Table(compiled, shares)]
        this.#faults.push({ file, line: 0, reason: `no status has a share for ${name}` })
        return [name, new Table(compiled, [1])]
      }),
    )
  }
}

/** `-` stands for none. */
function tableOf(shares: Readonly<Record<string, number>>): Table<string> {
  return new Table(
    Object.keys(shares).map((key) => (key === '-' ? '' : key)),
    Object.values(shares),
  )
}

/** Each age has the weight that is given at or below it. */
function agesOf(from: Readonly<Record<string, number>>): Table<number> {
  const ages = Array.from({ length: 95 }, (_, i) => i + 1)
  let current = 1
  return new Table(
    ages,
    ages.map((age) => {
      current = from[String(age)] ?? current
      return current
    }),
  )
}

/** Name to the others of its groups. */
function readGroups(files: readonly string[]): Map<string, readonly string[]> {
  const found = new Map<string, readonly string[]>()
  for (const file of files)
    for (const line of linesOf(file)) {
      const group = [...new Set(line.split(' ').filter((name) => NAME.test(name)))]
      for (const name of group)
        if (!found.has(name) && group.length > 1)
          found.set(
            name,
            group.filter((other) => other !== name),
          )
    }
  return found
}

function readShortForms(files: readonly string[]): Map<string, readonly string[]> {
  const found = new Map<string, readonly string[]>()
  for (const file of files)
    for (const line of linesOf(file)) {
      const [full = '', short = ''] = line.split(',')
      const forms = short.split(' ').filter((name) => NAME.test(name))
      if (forms.length > 0 && !found.has(full)) found.set(full, forms)
    }
  return found
}

function linesOf(file: string): string[] {
  return readText(file)
    .split(/\r?\n/)
    .filter((line) => line !== '' && !line.startsWith('#'))
}
