/**
 * The directory of ORIs: who may write to the centre, and which kinds of messages. Reads and checks the CSV file
 * (docs: directory file) and answers look-ups; it knows nothing of links or of message keys.
 */
import { readFileSync } from 'node:fs'

/** An originating agency identifier: nine letters and digits, upper case. */
export type Ori = string & { readonly __brand: 'Ori' }

/** Kinds of traffic that an agency may take part in, as bits of {@link DirectoryEntry.authorized}. */
export const AUTHORITY = {
  /** Administrative messages. */
  A: 1,
  /** Criminal history, which the centre's queries count as. */
  C: 2,
  /** Driver and vehicle data. */
  D: 4,
  /** Everything else. */
  Z: 8,
} as const

export type Authority = keyof typeof AUTHORITY

export interface DirectoryEntry {
  readonly ori: Ori
  readonly agency: string
  /** Free text; the shipped directory holds NCIC state and province codes. */
  readonly state: string
  /** Free text: police, sheriff, jail… */
  readonly type: string
  /** Bits of {@link AUTHORITY}; ask with {@link isAuthorized}. */
  readonly authorized: number
}

/** Why a line of a directory file is wrong. */
export interface DirectoryFault {
  /** 1-based line of the file; 0 where the whole file is meant. */
  readonly line: number
  readonly reason: string
}

const ORI = /^[A-Z0-9]{9}$/
const COLUMNS = ['ori', 'agency', 'state', 'type', 'authorized'] as const

/** Reads an ORI; lower case is folded, as messages are. Undefined where it isn't nine letters and digits. */
export function parseOri(text: string): Ori | undefined {
  const upper = text.trim().toUpperCase()
  return ORI.test(upper) ? (upper as Ori) : undefined
}

export function isAuthorized(entry: DirectoryEntry, authority: Authority): boolean {
  return (entry.authorized & AUTHORITY[authority]) !== 0
}

/** Every ORI of one directory file, by ORI. */
export class Directory {
  #entries: ReadonlyMap<string, DirectoryEntry>

  constructor(entries: ReadonlyMap<string, DirectoryEntry>) {
    this.#entries = entries
  }

  /** From now on it is what `other` is: whoever holds it has what was read anew. */
  adopt(other: Directory): void {
    this.#entries = other.#entries
  }

  get size(): number {
    return this.#entries.size
  }

  get(ori: string): DirectoryEntry | undefined {
    return this.#entries.get(ori)
  }

  has(ori: string): boolean {
    return this.#entries.has(ori)
  }

  /** In the file's order. */
  entries(): IterableIterator<DirectoryEntry> {
    return this.#entries.values()
  }

  /** The states that have an agency, sorted. */
  states(): readonly string[] {
    const states = new Set<string>()
    for (const entry of this.#entries.values()) states.add(entry.state)
    return [...states].sort()
  }
}

/**
 * Reads a directory file.
 * @returns the directory, or every fault of the file: one bad line must not silence an agency unnoticed, so a file
 *   with a fault is no directory.
 */
export function loadDirectory(file: string): Directory | readonly DirectoryFault[] {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    return [{ line: 0, reason: `can't be read: ${(error as Error).message}` }]
  }
  return parseDirectory(text)
}

/** As {@link loadDirectory}, for a text that has been read already. */
export function parseDirectory(text: string): Directory | readonly DirectoryFault[] {
  const lines = (text.charCodeAt(0) === 0xfeff ? text.slice(1) : text).split(/\r?\n/)
  const header = csvFields(lines[0] ?? '')
  const columns = header?.map((name) => name.trim().toLowerCase())
  if (columns?.join() !== COLUMNS.join()) return [{ line: 1, reason: `the header must be ${COLUMNS.join()}` }]
  const entries = new Map<string, DirectoryEntry>()
  const lineOf = new Map<string, number>()
  const faults: DirectoryFault[] = []
  for (let i = 1; i < lines.length; i++) {
    const line = lines[i] ?? ''
    if (line.trim() === '') continue
    const entry = readEntry(line)
    if (typeof entry === 'string') faults.push({ line: i + 1, reason: entry })
    else if (entries.has(entry.ori))
      faults.push({
        line: i + 1,
        reason: `ORI ${entry.ori} is there twice; first in line ${lineOf.get(entry.ori)}`,
      })
    else {
      entries.set(entry.ori, entry)
      lineOf.set(entry.ori, i + 1)
    }
  }
  return faults.length > 0 ? faults : new Directory(entries)
}

/** An entry, or what is wrong with the line. */
function readEntry(line: string): DirectoryEntry | string {
  const fields = csvFields(line)
  if (!fields) return 'a quote is not closed, or text stands beside a quoted field'
  if (fields.length !== COLUMNS.length) return `${fields.length} fields; there must be ${COLUMNS.length}`
  const [oriText = '', agency = '', state = '', type = '', letters = ''] = fields
  const ori = parseOri(oriText)
  if (!ori) return `ORI ${JSON.stringify(oriText.slice(0, 40))} is not nine letters and digits`
  const authorized = readAuthority(letters.trim().toUpperCase())
  if (typeof authorized === 'string') return authorized
  return { ori, agency: agency.trim(), state: state.trim(), type: type.trim(), authorized }
}

/** Bits of the letters, or what is wrong with them. An agency without letters may do nothing, which is allowed. */
function readAuthority(letters: string): number | string {
  let bits = 0
  for (const letter of letters) {
    if (!Object.hasOwn(AUTHORITY, letter))
      return `authorized holds ${JSON.stringify(letter)}; it takes A, C, D and Z`
    bits |= AUTHORITY[letter as Authority]
  }
  return bits
}

/** The fields of a CSV line, quotes undone; undefined where the quoting is broken. */
export function csvFields(line: string): string[] | undefined {
  if (!line.includes('"')) return line.split(',')
  const fields: string[] = []
  let at = 0
  while (at <= line.length) {
    if (line[at] !== '"') {
      const comma = line.indexOf(',', at)
      const end = comma < 0 ? line.length : comma
      const field = line.slice(at, end)
      if (field.includes('"')) return undefined
      fields.push(field)
      at = end + 1
      continue
    }
    const close = closingQuote(line, at + 1)
    if (close < 0 || (close + 1 < line.length && line[close + 1] !== ',')) return undefined
    fields.push(line.slice(at + 1, close).replaceAll('""', '"'))
    at = close + 2
  }
  return fields
}

/** The quote that ends a field begun before `from`; two together stand for one inside it. -1 without one. */
function closingQuote(line: string, from: number): number {
  for (let at = line.indexOf('"', from); at >= 0; at = line.indexOf('"', at + 2))
    if (line[at + 1] !== '"') return at
  return -1
}
