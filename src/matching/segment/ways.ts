/** The ways from keys to rows, worked out from the rows: so a build and a merge have the same. */
import { KEYED, pairKey, tokenKey } from '../people.js'
import { skeleton } from '../strings.js'
import { bonesKey } from '../word.js'
import { flagsOf, ROW_MANY, STRIDE, TOKEN } from './layout.js'

/** Postings a bucket on average: a directory of a quarter of their size, and few strangers in a bucket. */
const IN_BUCKET = 4

/** Keys of pairs that are kept while the ways are made: 64 MiB. */
const MOST_KEPT = 1 << 24

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
  const keys = Int32Array.from(named.texts, (text, i) => (i === 0 ? 0 : bonesKey(skeleton(text), text)))
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
  const counts = new Uint8Array(rows.length / STRIDE)
  for (let at = 0; at < rows.length; at += STRIDE) {
    const n = pairs.read(at)
    counts[at / STRIDE] = n
    total += n
  }
  // Of few rows the keys are kept, so that they needn't be worked out again; of many they would take too much.
  const kept = total <= MOST_KEPT ? new Int32Array(total) : undefined
  let buckets = 1
  while (buckets * IN_BUCKET < total) buckets *= 2
  const pairStart = new Uint32Array(buckets + 1)
  const mask = buckets - 1
  pairs.rewind()
  let used = 0
  for (let at = 0; at < rows.length; at += STRIDE) {
    const n = pairs.read(at)
    for (let i = 0; i < n; i++) {
      const key = pairs.keys[i] ?? 0
      if (kept) kept[used++] = key
      const bucket = (key & mask) + 1
      pairStart[bucket] = (pairStart[bucket] ?? 0) + 1
    }
  }
  const pairRows = new Uint32Array(accumulate(pairStart))
  const next = pairStart.slice()
  pairs.rewind()
  used = 0
  for (let row = 0; row < counts.length; row++) {
    const n = kept ? (counts[row] ?? 0) : pairs.read(row * STRIDE)
    for (let i = 0; i < n; i++) {
      const bucket = (kept ? (kept[used++] ?? 0) : (pairs.keys[i] ?? 0)) & mask
      const place = next[bucket] ?? 0
      pairRows[place] = row
      next[bucket] = place + 1
    }
  }
  return { pairStart, pairRows }
}

/** The keys of the pairs of a row, each once. Rows are read in their order. */
export class PairKeys {
  readonly keys = new Int32Array(KEYED * KEYED)
  #over = 0
  /** Bones of the surname's tokens and of the given name's. */
  readonly #parts = [new Int32Array(KEYED), new Int32Array(KEYED)] as const
  #surnames = 0
  #given = 0

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
    const [surnames, given] = this.#parts
    this.#surnames = 0
    this.#given = 0
    if (flagsOf(rows, at) & ROW_MANY) this.#readOver(at / STRIDE)
    else {
      for (let j = 0; j < 4; j++) {
        const token = (rows[at + j] ?? 0) & TOKEN
        if (token === 0) continue
        if (j < 2) surnames[this.#surnames++] = this.bones[token] ?? 0
        else given[this.#given++] = this.bones[token] ?? 0
      }
    }
    let n = 0
    for (let s = 0; s < this.#surnames; s++) {
      for (let g = 0; g < this.#given; g++) {
        const key = pairKey(surnames[s] ?? 0, given[g] ?? 0)
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
    this.#surnames = this.#readPart(start + 1, split, this.#parts[0])
    this.#given = this.#readPart(start + 1 + split, count - split, this.#parts[1])
  }

  /** Particles are left out; a part of nothing else is kept as it is. */
  #readPart(from: number, count: number, into: Int32Array): number {
    const { over } = this.named
    let n = 0
    for (let at = from; at < from + count && n < KEYED; at++) {
      const token = over[at] ?? 0
      if (this.particle[token] === 0) into[n++] = this.bones[token] ?? 0
    }
    if (n > 0) return n
    for (; n < Math.min(KEYED, count); n++) into[n] = this.bones[over[from + n] ?? 0] ?? 0
    return n
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
