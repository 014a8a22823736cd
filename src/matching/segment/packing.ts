/**
 * How a segment's columns lie on disk: in half of what they take in memory. Numbers of few bits are in few bytes (seven bits
 * a byte, the eighth says that more follow), those in order are their steps, and of a row nothing is written that its date's
 * place says. Unpacking takes less time than reading the bytes that it saves would.
 */
import { type Columns, NAMES, placeOf, ROW_BITS, STRIDE, TOKEN } from './layout.js'

export type ColumnName = (typeof NAMES)[number]
type Numbers = Uint32Array | Int32Array
/** Columns in memory that several threads may read. */
export type Unpacked = { [name in ColumnName]?: Numbers | Uint8Array }

/** Of each column the way in which it lies on disk. Some need others before them. */
const HOW: Readonly<Record<ColumnName, How>> = {
  ...{ dates: 'steps', dateRow: 'steps', rows: 'rows', ranks: 'steps' },
  ...{ arnOrder: 'bits', arns: 'ranked', lines: 'bits', removed: 'steps' },
  ...{ overRow: 'steps', overStart: 'steps', over: 'small' },
  ...{ altDate: 'steps', altRow: 'small', altRowByRow: 'steps', altDateByRow: 'small' },
  ...{ wayKeys: 'plain', wayStart: 'steps', wayRows: 'wayStart', pairStart: 'steps', pairRows: 'bits' },
  ...{ ids: 'plain', surnames: 'small', given: 'small', tokens: 'plain' },
}
type How = 'plain' | 'steps' | 'small' | 'bits' | 'rows' | 'ranked' | 'wayStart'

/** The columns in the order in which they must be unpacked. */
export const PACKED_ORDER: readonly ColumnName[] = [
  ...(['dates', 'dateRow', 'arnOrder', 'wayStart'] as const),
  ...NAMES.filter((name) => !['dates', 'dateRow', 'arnOrder', 'wayStart'].includes(name)),
]

/** Bytes that grow. */
class Sink {
  #bytes: Uint8Array
  #used = 0

  constructor(room: number) {
    this.#bytes = new Uint8Array(room)
  }

  byte(value: number): void {
    this.#room(1)
    this.#bytes[this.#used++] = value
  }

  number(value: number): void {
    this.#room(5)
    let rest = value
    while (rest > 127) {
      this.#bytes[this.#used++] = (rest & 127) | 128
      rest >>>= 7
    }
    this.#bytes[this.#used++] = rest
  }

  done(): Uint8Array {
    return this.#bytes.subarray(0, this.#used)
  }

  get used(): number {
    return this.#used
  }

  #room(bytes: number): void {
    if (this.#used + bytes <= this.#bytes.length) return
    const larger = new Uint8Array(this.#bytes.length * 2 + bytes)
    larger.set(this.#bytes)
    this.#bytes = larger
  }
}

/** Reads what a sink has. */
class Source {
  #at = 0

  constructor(private readonly bytes: Uint8Array) {}

  byte(): number {
    return this.bytes[this.#at++] ?? 0
  }

  number(): number {
    let byte = this.bytes[this.#at++] ?? 0
    if (byte < 128) return byte
    let value = byte & 127
    for (let shift = 7; shift < 35; shift += 7) {
      byte = this.bytes[this.#at++] ?? 0
      value |= (byte & 127) << shift
      if (byte < 128) break
    }
    return value >>> 0
  }
}

/** The bytes of a column. Identifiers are packed by {@link packIdentifiers}. */
export function packColumn(name: ColumnName, columns: Columns): Uint8Array {
  const column = columns[name]
  const how = HOW[name]
  if (how === 'plain') return new Uint8Array(column.buffer, column.byteOffset, column.byteLength)
  if (how === 'rows') return packRows(columns.rows)
  if (how === 'bits') return packBits(column)
  const sink = new Sink(column.length + 16)
  if (how === 'small') for (const each of column) sink.number(each)
  else if (how === 'steps') packSteps(column, 0, column.length, sink)
  else if (how === 'ranked') {
    let last = 0
    for (const rank of columns.arnOrder) {
      const arn = columns.arns[rank] ?? 0
      sink.number(arn - last)
      last = arn
    }
  } else {
    const starts = columns[how]
    for (let i = 0; i + 1 < starts.length; i++) packSteps(column, starts[i] ?? 0, starts[i + 1] ?? 0, sink)
  }
  return sink.done()
}

/**
 * Numbers of a column from its bytes, in memory that threads can share.
 * @param count how many there are.
 * @param before columns that come earlier in {@link PACKED_ORDER}.
 */
export function unpackColumn(
  name: ColumnName,
  bytes: Uint8Array,
  count: number,
  before: Unpacked,
): Numbers | Uint8Array {
  const how = HOW[name]
  const shared = new SharedArrayBuffer(name === 'tokens' ? count : count * 4)
  if (how === 'plain') {
    new Uint8Array(shared).set(bytes)
    if (name === 'tokens') return new Uint8Array(shared)
    return name === 'wayKeys' ? new Int32Array(shared) : new Uint32Array(shared)
  }
  const into = new Uint32Array(shared)
  const source = new Source(bytes)
  if (how === 'rows') unpackRows(source, into, before.dates as Uint32Array, before.dateRow as Uint32Array)
  else if (how === 'bits') unpackBits(bytes, into)
  else if (how === 'small') for (let i = 0; i < count; i++) into[i] = source.number()
  else if (how === 'steps') unpackSteps(source, into, 0, count)
  else if (how === 'ranked') {
    let arn = 0
    for (const rank of before.arnOrder as Uint32Array) {
      arn += source.number()
      into[rank] = arn
    }
  } else {
    const starts = before[how] as Uint32Array
    for (let i = 0; i + 1 < starts.length; i++) unpackSteps(source, into, starts[i] ?? 0, starts[i + 1] ?? 0)
  }
  return into
}

function packSteps(list: ArrayLike<number>, from: number, to: number, sink: Sink): void {
  let last = 0
  for (let i = from; i < to; i++) {
    const value = list[i] ?? 0
    sink.number(value - last)
    last = value
  }
}

function unpackSteps(source: Source, into: Uint32Array, from: number, to: number): void {
  let last = 0
  for (let i = from; i < to; i++) {
    last += source.number()
    into[i] = last
  }
}

/** One byte says how many bits a number has. */
function packBits(list: ArrayLike<number>): Uint8Array {
  let all = 1
  for (let i = 0; i < list.length; i++) all |= list[i] ?? 0
  const width = 32 - Math.clz32(all)
  const bytes = new Uint8Array(1 + Math.ceil((list.length * width) / 8))
  bytes[0] = width
  let [at, held, bits] = [1, 0, 0]
  for (let i = 0; i < list.length; i++) {
    let value = list[i] ?? 0
    for (let left = width; left > 0; ) {
      const taken = Math.min(8 - bits, left)
      held |= (value & ((1 << taken) - 1)) << bits
      value >>>= taken
      bits += taken
      left -= taken
      if (bits < 8) continue
      bytes[at++] = held
      held = 0
      bits = 0
    }
  }
  if (bits > 0) bytes[at] = held
  return bytes
}

function unpackBits(bytes: Uint8Array, into: Uint32Array): void {
  const width = bytes[0] ?? 0
  const mask = 2 ** width - 1
  // Of 25 bits and fewer all are among the 32 that begin with the byte of the first.
  const few = width <= 25
  let [at, bit] = [1, 0]
  for (let i = 0; i < into.length; i++) {
    const four =
      ((bytes[at] ?? 0) |
        ((bytes[at + 1] ?? 0) << 8) |
        ((bytes[at + 2] ?? 0) << 16) |
        ((bytes[at + 3] ?? 0) << 24)) >>>
      bit
    into[i] = few || bit === 0 ? four & mask : (four | ((bytes[at + 4] ?? 0) << (32 - bit))) & mask
    bit += width
    at += bit >>> 3
    bit &= 7
  }
}

const [SECOND_SURNAME, SECOND_GIVEN] = [64, 128]

/** Sex and flags in six bits, two for whether there are second names; place; tokens. The date is the one of the row's place. */
function packRows(rows: Uint32Array): Uint8Array {
  const sink = new Sink(rows.length * 2 + 16)
  for (let at = 0; at < rows.length; at += STRIDE) {
    const [a, b, c, d] = [0, 1, 2, 3].map((j) => (rows[at + j] ?? 0) & TOKEN) as [
      number,
      number,
      number,
      number,
    ]
    const bits = ((rows[at + 1] ?? 0) >>> ROW_BITS) & 63
    sink.byte(bits | (b > 0 ? SECOND_SURNAME : 0) | (d > 0 ? SECOND_GIVEN : 0))
    sink.number(placeOf(rows, at))
    sink.number(a)
    if (b > 0) sink.number(b)
    sink.number(c)
    if (d > 0) sink.number(d)
  }
  return sink.done()
}

function unpackRows(source: Source, rows: Uint32Array, dates: Uint32Array, dateRow: Uint32Array): void {
  for (let i = 0; i < dates.length; i++) {
    const date = dates[i] ?? 0
    const [low, middle, high] = [(date & 1) << 31, ((date >>> 1) & 255) << 24, ((date >>> 9) & 255) << 24]
    const end = (dateRow[i + 1] ?? 0) * STRIDE
    for (let at = (dateRow[i] ?? 0) * STRIDE; at < end; at += STRIDE) {
      const bits = source.byte()
      const place = source.number()
      rows[at] = source.number() | ((place & 255) << 24)
      const second = bits & SECOND_SURNAME ? source.number() : 0
      rows[at + 1] = second | ((place >>> 8) << 24) | ((bits & 63) << ROW_BITS) | low
      rows[at + 2] = source.number() | middle
      rows[at + 3] = (bits & SECOND_GIVEN ? source.number() : 0) | high
    }
  }
}

/** Pairs of an identifier's hash and row in a block: one read finds a hash, two blocks where it is at the border. */
export const ID_BLOCK = 512

/** Identifiers in blocks that are read one by one. */
export interface PackedIdentifiers {
  readonly bytes: Uint8Array
  /** First hash of each block, and the byte where it begins. */
  readonly samples: Uint32Array
  readonly offsets: Uint32Array
}

/** @param pairs hash and row in turn, by hash. */
export function packIdentifiers(pairs: Uint32Array): PackedIdentifiers {
  const sink = new Sink(pairs.length * 3 + 16)
  const blocks = Math.ceil(pairs.length / 2 / ID_BLOCK)
  const [samples, offsets] = [new Uint32Array(blocks), new Uint32Array(blocks)]
  let last = 0
  for (let i = 0; i < pairs.length; i += 2) {
    const hash = pairs[i] ?? 0
    if (i % (ID_BLOCK * 2) === 0) {
      samples[i / (ID_BLOCK * 2)] = hash
      offsets[i / (ID_BLOCK * 2)] = sink.used
      last = hash
    }
    sink.number(hash - last)
    sink.number(pairs[i + 1] ?? 0)
    last = hash
  }
  return { bytes: sink.done(), samples, offsets }
}

/** Unpacks one block. @returns the place after its pairs. */
export function unpackIdentifiers(
  bytes: Uint8Array,
  first: number,
  count: number,
  into: Uint32Array,
  at: number,
): number {
  const source = new Source(bytes)
  let hash = first
  for (let i = 0; i < count; i++) {
    hash += source.number()
    into[at + i * 2] = hash
    into[at + i * 2 + 1] = source.number()
  }
  return at + count * 2
}
