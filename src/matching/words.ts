/**
 * The tokens of a segment with the ways to those that are like a word: typed arrays that all threads share, worked out
 * once from the tokens' letters. A way is a list in buckets by hash, of each bucket the commonest token first.
 */
import { hashText } from './columns.js'
import { deletionHashes, skeleton, soundKinds } from './strings.js'
import { bonesKey, maskOf } from './word.js'

/** Tokens by their number; number 0 is none. */
export interface Words {
  /** Letters of all tokens, each followed by a line feed. */
  readonly codes: Uint8Array
  /** Where a token begins; one more for the end. */
  readonly starts: Uint32Array
  readonly masks: Int32Array
  readonly bones: Int32Array
  readonly boneCounts: Uint8Array
  readonly kinds: Int32Array
  /** By the token itself and without each of its letters in turn: two words a slip apart share one of these. */
  readonly slips: Way
  readonly byBones: KeyedWay
  readonly byKinds: KeyedWay
}

/** Tokens in buckets; how many is a power of two. What sorts them out lies beside them: tokens lie far apart. */
export interface Way {
  /** Where a bucket begins; one more for the end. */
  readonly starts: Uint32Array
  /** {@link entryOf} a token. */
  readonly list: Uint32Array
}

/** Tokens by a key that each has one of: a table of keys, and the tokens of each key side by side. */
export interface KeyedWay {
  /** By place in the table: a key and where its tokens begin, in turn. Places without tokens are free; one more for the end. */
  readonly keys: Int32Array
  /** {@link entryOf} a token. */
  readonly list: Uint32Array
  /** Its first letter. */
  readonly first: Uint8Array
}

const NUMBER = 0xffffff
const MOST_LENGTH = 255

/** A token's number and its letters, of which 255 stands for all longer ones. */
const entryOf = (id: number, length: number): number => (id | (Math.min(length, MOST_LENGTH) << 24)) >>> 0
export const tokenIn = (entry: number): number => entry & NUMBER
export const lettersIn = (entry: number): number => entry >>> 24

/** Longer tokens are no names; their deletions would fill the index. */
export const LONGEST_INDEXED = 24
/** Of a shorter word every other is a slip apart. */
export const SHORTEST_INDEXED = 3
/** A word, and the same without each of its letters. */
export const MOST_SLIPS = LONGEST_INDEXED + 1
const FEED = 10

const spread = (hash: number): number => Math.imul(hash ^ (hash >>> 15), 0x9e3779b1) >>> 7

/** The bucket of a hash. */
export const bucketOf = ({ starts }: Way, hash: number): number => spread(hash) & (starts.length - 2)

/** Where a key is in the table of keys; -1 where no token has it. */
export function placeOfKey(keys: Int32Array, key: number): number {
  const mask = keys.length / 2 - 2
  for (let place = spread(key) & mask; ; place = (place + 1) & mask) {
    if (keys[place * 2 + 1] === keys[place * 2 + 3]) return -1
    if (keys[place * 2] === key) return place
  }
}

/**
 * @param codes tokens from number 1 on, each ended by a line feed.
 * @param surnames how often each token is a surname, and `given` a given name.
 */
export function wordsOf(codes: Uint8Array, surnames: ArrayLike<number>, given: ArrayLike<number>): Words {
  const starts = startsOf(codes)
  const size = starts.length - 1
  const words = {
    codes,
    starts,
    masks: shared(size),
    bones: shared(size),
    kinds: shared(size),
    boneCounts: new Uint8Array(new SharedArrayBuffer(size)),
  }
  const text = Buffer.from(codes.buffer, codes.byteOffset, codes.byteLength)
  const slipFrom = new Uint32Array(size + 1)
  let slips = new Int32Array(size * 8 + MOST_SLIPS)
  let slipped = 0
  for (let id = 1; id < size; id++) {
    const from = starts[id] ?? 0
    const length = lengthOf(starts, id)
    const token = text.toString('latin1', from, from + length)
    const bones = skeleton(token)
    words.bones[id] = bonesKey(bones, token)
    words.boneCounts[id] = bones.length
    words.kinds[id] = hashText(soundKinds(bones))
    for (let at = from; at < from + length; at++)
      words.masks[id] = (words.masks[id] ?? 0) | maskOf(codes[at] ?? 0)
    slipFrom[id] = slipped
    if (!isIndexed(length)) continue
    if (slipped + MOST_SLIPS > slips.length) {
      const longer = new Int32Array(slips.length * 2)
      longer.set(slips)
      slips = longer
    }
    slipped += deletionHashes({ codes, from, length }, slips, slipped)
  }
  slipFrom[size] = slipped
  const order = byCount(size, surnames, given)
  const indexed = order.filter((id) => isIndexed(lengthOf(starts, id)))
  return {
    codes,
    starts,
    masks: words.masks,
    bones: words.bones,
    boneCounts: words.boneCounts,
    kinds: words.kinds,
    slips: wayOf(order, slips, slipFrom, starts),
    byBones: keyedWay(order, words.bones, words),
    byKinds: keyedWay(indexed, words.kinds, words),
  }
}

const isIndexed = (length: number): boolean => length >= SHORTEST_INDEXED && length <= LONGEST_INDEXED

/** Letters of a token. */
export const lengthOf = (starts: Uint32Array, id: number): number =>
  (starts[id + 1] ?? 0) - (starts[id] ?? 0) - 1

const shared = (size: number): Int32Array => new Int32Array(new SharedArrayBuffer(size * 4))

function startsOf(codes: Uint8Array): Uint32Array {
  let count = 0
  for (let at = 0; at < codes.length; at++) if (codes[at] === FEED) count++
  const starts = new Uint32Array(new SharedArrayBuffer((count + 2) * 4))
  let id = 1
  for (let at = 0; at < codes.length; at++) if (codes[at] === FEED) starts[++id] = at + 1
  return starts
}

/** Numbers of tokens, the commonest first. */
function byCount(size: number, surnames: ArrayLike<number>, given: ArrayLike<number>): Uint32Array {
  const keys = new Float64Array(size - 1)
  for (let id = 1; id < size; id++)
    keys[id - 1] = Math.ceil((surnames[id] ?? 0) + (given[id] ?? 0)) * -(2 ** 24) + id
  keys.sort()
  return Uint32Array.from(keys, (key) => ((key % 2 ** 24) + 2 ** 24) % 2 ** 24)
}

/** @param from where the hashes of a token begin; those of the next end them. */
function wayOf(order: Uint32Array, hashes: Int32Array, from: Uint32Array, starts: Uint32Array): Way {
  let count = 0
  for (const id of order) count += (from[id + 1] ?? 0) - (from[id] ?? 0)
  let buckets = 1
  while (buckets * 2 < count) buckets *= 2
  const way = {
    starts: new Uint32Array(new SharedArrayBuffer((buckets + 1) * 4)),
    list: new Uint32Array(new SharedArrayBuffer(count * 4)),
  }
  for (const id of order) {
    for (let at = from[id] ?? 0; at < (from[id + 1] ?? 0); at++) {
      const bucket = bucketOf(way, hashes[at] ?? 0) + 1
      way.starts[bucket] = (way.starts[bucket] ?? 0) + 1
    }
  }
  for (let i = 1; i <= buckets; i++) way.starts[i] = (way.starts[i] ?? 0) + (way.starts[i - 1] ?? 0)
  const next = way.starts.slice()
  for (const id of order) {
    for (let at = from[id] ?? 0; at < (from[id + 1] ?? 0); at++) {
      const bucket = bucketOf(way, hashes[at] ?? 0)
      const place = next[bucket] ?? 0
      way.list[place] = entryOf(id, lengthOf(starts, id))
      next[bucket] = place + 1
    }
  }
  return way
}

/** @param order tokens that have a key, the commonest first. */
function keyedWay(
  order: Uint32Array,
  keys: Int32Array,
  { codes, starts }: Pick<Words, 'codes' | 'starts'>,
): KeyedWay {
  const distinct = new Set<number>()
  for (const id of order) distinct.add(keys[id] ?? 0)
  // Never full, so that a look for a key that isn't there ends.
  let size = 2
  while (size * 2 < distinct.size * 3 + 2) size *= 2
  const table = shared(size * 2 + 2)
  const taken = new Uint8Array(size)
  const counts = new Uint32Array(size)
  const placeOf = new Uint32Array(order.length)
  order.forEach((id, i) => {
    const key = keys[id] ?? 0
    let place = spread(key) & (size - 1)
    while (taken[place] === 1 && table[place * 2] !== key) place = (place + 1) & (size - 1)
    taken[place] = 1
    table[place * 2] = key
    counts[place] = (counts[place] ?? 0) + 1
    placeOf[i] = place
  })
  for (let place = 0, sum = 0; place <= size; place++) {
    table[place * 2 + 1] = sum
    sum += counts[place] ?? 0
  }
  const list = new Uint32Array(new SharedArrayBuffer(order.length * 4))
  const first = new Uint8Array(new SharedArrayBuffer(order.length))
  const next = Uint32Array.from({ length: size }, (_, place) => table[place * 2 + 1] ?? 0)
  order.forEach((id, i) => {
    const place = placeOf[i] ?? 0
    const at = next[place] ?? 0
    next[place] = at + 1
    list[at] = entryOf(id, lengthOf(starts, id))
    first[at] = codes[starts[id] ?? 0] ?? 0
  })
  return { keys: table, list, first }
}
