/** The ways from keys to rows, worked out from the rows: so a build and a merge have the same. */
import { KEYED, pairKey, tokenKey } from '../people.js'
import { sounded } from '../word.js'
import { flagsOf, ROW_MANY, STRIDE, TOKEN } from './layout.js'

/** Postings a bucket on average: a directory of a quarter of their size, and few strangers in a bucket. */
const IN_BUCKET = 4

/** What the ways are made of. */
export interface Named {
  readonly rows: Uint32Array
  readonly overRow: Uint32Array
  readonly overStart: Uint32Array
  readonly over: Uint32Array
  /** By token number: its text (number 0 is none), whether it is a particle. */
  readonly texts: readonly string[]
  readonly particle: (text: string) => boolean
}

export interface Ways {
  readonly wayKeys: Int32Array
  readonly wayStart: Uint32Array
  readonly wayRows: Uint32Array
  readonly pairStart: Uint32Array
  readonly pairRows: Uint32Array
}

/** Builds both ways, counting first and placing then. */
export function buildWays(named: Named): Ways {
  const keys = Int32Array.from(named.texts, (text, i) => (i === 0 ? 0 : sounded(text).bones))
  const particle = Uint8Array.from(named.texts, (text, i) => Number(i > 0 && named.particle(text)))
  return { ...tokenWays(named, keys), ...pairWays(named, keys, particle) }
}

function tokenWays(named: Named, bones: Int32Array): Pick<Ways, 'wayKeys' | 'wayStart' | 'wayRows'> {
  const { rows } = named
  const used = new Set<number>()
  for (let i = 1; i < bones.length; i++) used.add(tokenKey(bones[i] ?? 0))
  const wayKeys = Int32Array.from(used).sort()
  const indexOf = new Map<number, number>()
  wayKeys.forEach((key, i) => {
    indexOf.set(key, i)
  })
  const index = Uint32Array.from(bones, (key, i) => (i === 0 ? 0 : (indexOf.get(tokenKey(key)) ?? 0)))
  const wayStart = new Uint32Array(wayKeys.length + 1)
  for (let at = 0; at < rows.length; at++) {
    const token = (rows[at] ?? 0) & TOKEN
    if (token > 0) {
      const way = (index[token] ?? 0) + 1
      wayStart[way] = (wayStart[way] ?? 0) + 1
    }
  }
  const total = accumulate(wayStart)
  const wayRows = new Uint32Array(total)
  const next = wayStart.slice()
  for (let at = 0; at < rows.length; at++) {
    const token = (rows[at] ?? 0) & TOKEN
    if (token === 0) continue
    const way = index[token] ?? 0
    const place = next[way] ?? 0
    wayRows[place] = at >>> 2
    next[way] = place + 1
  }
  return { wayKeys, wayStart, wayRows }
}

function pairWays(
  named: Named,
  keys: Int32Array,
  particle: Uint8Array,
): Pick<Ways, 'pairStart' | 'pairRows'> {
  const { rows } = named
  let total = 0
  const pairs = new PairKeys(named, keys, particle)
  for (let at = 0; at < rows.length; at += STRIDE) total += pairs.read(at)
  let buckets = 1
  while (buckets * IN_BUCKET < total) buckets *= 2
  const pairStart = new Uint32Array(buckets + 1)
  const mask = buckets - 1
  pairs.rewind()
  for (let at = 0; at < rows.length; at += STRIDE) {
    const n = pairs.read(at)
    for (let i = 0; i < n; i++) {
      const bucket = ((pairs.keys[i] ?? 0) & mask) + 1
      pairStart[bucket] = (pairStart[bucket] ?? 0) + 1
    }
  }
  const pairRows = new Uint32Array(accumulate(pairStart))
  const next = pairStart.slice()
  pairs.rewind()
  for (let at = 0; at < rows.length; at += STRIDE) {
    const n = pairs.read(at)
    for (let i = 0; i < n; i++) {
      const bucket = (pairs.keys[i] ?? 0) & mask
      const place = next[bucket] ?? 0
      pairRows[place] = at >>> 2
      next[bucket] = place + 1
    }
  }
  return { pairStart, pairRows }
}

/** The keys of the pairs of a row, each once. Rows are read in their order. */
export class PairKeys {
  readonly keys = new Int32Array(KEYED * KEYED)
  #over = 0
  readonly #surnames: number[] = []
  readonly #given: number[] = []

  constructor(
    private readonly named: Pick<Named, 'rows' | 'overRow' | 'overStart' | 'over'>,
    private readonly bones: Int32Array,
    private readonly particle: Uint8Array,
  ) {}

  rewind(): void {
    this.#over = 0
  }

  /** @returns how many of `keys` are the row's. */
  read(at: number): number {
    const { rows } = this.named
    const [surnames, given] = [this.#surnames, this.#given]
    surnames.length = 0
    given.length = 0
    if (flagsOf(rows, at) & ROW_MANY) this.#readOver(at / STRIDE)
    else {
      for (let j = 0; j < 4; j++) {
        const token = (rows[at + j] ?? 0) & TOKEN
        if (token > 0) (j < 2 ? surnames : given).push(this.bones[token] ?? 0)
      }
    }
    let n = 0
    for (const a of surnames) {
      for (const b of given) {
        const key = pairKey(a, b)
        let known = false
        for (let i = 0; i < n; i++) known ||= this.keys[i] === key
        if (!known) this.keys[n++] = key
      }
    }
    return n
  }

  #readOver(row: number): void {
    const { overRow, overStart, over } = this.named
    while ((overRow[this.#over] ?? row) < row) this.#over++
    const start = overStart[this.#over] ?? 0
    const shape = over[start] ?? 0
    const split = shape & 255
    const count = split + ((shape >>> 8) & 255)
    for (let j = 0; j < count; j++) {
      const token = over[start + 1 + j] ?? 0
      const part = j < split ? this.#surnames : this.#given
      if (part.length < KEYED && this.particle[token] === 0) part.push(this.bones[token] ?? 0)
    }
    // A part of nothing but particles is kept as it is.
    for (let j = 0; j < count; j++) {
      const part = j < split ? this.#surnames : this.#given
      const all = j < split ? split : count - split
      if (part.length === 0 && all > 0 && j === (j < split ? 0 : split))
        for (let k = j; k < Math.min(j + KEYED, j < split ? split : count); k++)
          part.push(this.bones[over[start + 1 + k] ?? 0] ?? 0)
    }
  }
}

/** Turns counts, each one place late, into starts. @returns their sum. */
function accumulate(starts: Uint32Array): number {
  let sum = 0
  for (let i = 0; i < starts.length; i++) {
    sum += starts[i] ?? 0
    starts[i] = sum
  }
  return sum
}
