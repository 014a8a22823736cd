/** What is done to an input to make another. Every mutation takes and gives whole buffers and stays below `most`. */
const NUMBERS = [
  0, 1, 2, 3, 5, 6, 127, 128, 255, 256, 400, 16_384, 16_385, 65_535, 65_536, 65_537, 0x7fffffff,
]
const DIGITS = [
  '0',
  '1',
  '-1',
  '00',
  '99999',
  '65536',
  '2147483648',
  '4294967296',
  '1e308',
  '0.5',
  '9007199254740993',
]

const cut = (bytes, at, end, put = Buffer.alloc(0)) =>
  Buffer.concat([bytes.subarray(0, at), put, bytes.subarray(end)])

/** A place and how many bytes from there, mostly few. */
function stretch(random, bytes) {
  const at = random.below(bytes.length + 1)
  return [at, at + random.small(Math.min(bytes.length - at, 4096) + 1)]
}

const MUTATIONS = [
  function flipBit(random, bytes) {
    const copy = Buffer.from(bytes)
    if (copy.length > 0) copy[random.below(copy.length)] ^= 1 << random.below(8)
    return copy
  },
  function setByte(random, bytes) {
    const copy = Buffer.from(bytes)
    const value = random.once(3)
      ? random.of([0, 2, 3, 5, 6, 10, 13, 32, 46, 47, 60, 62, 127, 255])
      : random.below(256)
    if (copy.length > 0) copy[random.below(copy.length)] = value
    return copy
  },
  function insertBytes(random, bytes) {
    const at = random.below(bytes.length + 1)
    const put = Buffer.from(Array.from({ length: 1 + random.small(16) }, () => random.below(256)))
    return cut(bytes, at, at, put)
  },
  function remove(random, bytes) {
    const [at, end] = stretch(random, bytes)
    return cut(bytes, at, end)
  },
  function duplicate(random, bytes) {
    const [at, end] = stretch(random, bytes)
    const times = random.once(8) ? 2 + random.below(200) : 1
    const to = random.below(bytes.length + 1)
    return cut(bytes, to, to, Buffer.concat(Array.from({ length: times }, () => bytes.subarray(at, end))))
  },
  function move(random, bytes) {
    const [at, end] = stretch(random, bytes)
    const piece = bytes.subarray(at, end)
    const rest = cut(bytes, at, end)
    const to = random.below(rest.length + 1)
    return cut(rest, to, to, piece)
  },
  function truncate(random, bytes) {
    return Buffer.from(bytes.subarray(0, random.below(bytes.length + 1)))
  },
  function fill(random, bytes) {
    const [at, end] = stretch(random, bytes)
    const copy = Buffer.from(bytes)
    return copy.fill(random.of([0, 32, 46, 65, 255]), at, end)
  },
  /** Numbers of four bytes are what lengths and counts are in every framing and file of ours. */
  function editLength(random, bytes) {
    if (bytes.length < 4) return Buffer.from(bytes)
    const copy = Buffer.from(bytes)
    const at = random.below(bytes.length - 3)
    const [read, write] = random.once(2)
      ? [copy.readUInt32BE(at), 'writeUInt32BE']
      : [copy.readUInt32LE(at), 'writeUInt32LE']
    const value = random.once(2)
      ? read + random.below(9) - 4
      : random.of([...NUMBERS, bytes.length, bytes.length - 4])
    copy[write](value >>> 0, at)
    return copy
  },
  /** A number written in digits becomes another that something may begin or end at. */
  function editDigits(random, bytes) {
    const runs = [...bytes.toString('latin1', 0, 8192).matchAll(/\d+/g)]
    if (runs.length === 0) return Buffer.from(bytes)
    const run = random.of(runs)
    const put = random.once(2) ? `${Number(run[0]) + random.below(5) - 2}` : random.of(DIGITS)
    return cut(bytes, run.index, run.index + run[0].length, Buffer.from(put))
  },
]

/**
 * Makes a new input of one from the corpus.
 * @param {import('./random.js').Random} random
 * @param {Buffer} bytes
 * @param {{ other: () => Buffer, tokens: readonly (string | Buffer)[], most: number }} options `other`: another
 *   member of the corpus to splice with; `tokens`: pieces of the format
 */
export function mutate(random, bytes, { other, tokens, most }) {
  let result = bytes
  for (let times = 1 + random.small(6); times > 0; times--) {
    const kind = random.below(MUTATIONS.length + 4)
    if (kind < MUTATIONS.length) result = MUTATIONS[kind](random, result)
    else if (kind < MUTATIONS.length + 3 && tokens.length > 0)
      result = putToken(random, result, random.of(tokens))
    else result = splice(random, result, other())
    if (result.length > most) result = result.subarray(0, most)
  }
  return result
}

/** A piece of the format, in between or in place of what stands there. */
function putToken(random, bytes, token) {
  const put = Buffer.from(token)
  const at = random.below(bytes.length + 1)
  return cut(bytes, at, random.once(2) ? at : Math.min(bytes.length, at + put.length), put)
}

/** The beginning of one and the end of the other, or a piece of the other inside the one. */
function splice(random, bytes, other) {
  const [from, to] = stretch(random, other)
  if (random.once(2)) {
    const at = random.below(bytes.length + 1)
    return cut(bytes, at, at, other.subarray(from, to))
  }
  return Buffer.concat([bytes.subarray(0, random.below(bytes.length + 1)), other.subarray(from)])
}
