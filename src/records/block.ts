/**
 * A block of persons by columns: what is alike stands together and packs to half of what the lines would.
 *
 *   u32 length of the first stream, then two deflated streams, words and numbers; in each one column after the other, in a
 *   column a value a line of the segment, each ended by LF.
 *
 * No value has a byte below 0x20 in it; so these part what is within one: 1 the fields of a name or an entry, 2 names and
 * entries, 3 begins a line that the columns can't hold and that is kept as its JSON. A removal has nothing in any column.
 */
import { deflateRawSync, inflateRawSync } from 'node:zlib'
import { readLine } from './line.js'
import { dateSlot, FIELD, type LineScanner, NAME_PARTS, nameSlot, ncicSlot } from './scan.js'
import type { Arn, NcicEntry, PersonName, PersonRecord, RecordLine } from './types.js'

const WORDS = [
  ...(['names', 'sex', 'pob', 'citizenship', 'class', 'code', 'port'] as const),
  ...(['interest', 'passportCountry', 'ols', 'ncic'] as const),
] as const
const NUMBERS = [
  'dob',
  'altDobs',
  'fbi',
  'sid',
  'oln',
  'soc',
  'passportNumber',
  'since',
  'admitted',
  'nic',
] as const
const COLUMN = Object.fromEntries([...WORDS, ...NUMBERS].map((name, i) => [name, i])) as Record<
  (typeof WORDS)[number] | (typeof NUMBERS)[number],
  number
>
const COLUMNS = WORDS.length + NUMBERS.length

const [LF, FIELD_END, PART_END, WHOLE, NONE] = [10, 1, 2, 3, 4]
/** Where a value follows from another, nothing is written; this stands for a value that is empty all the same. */
const EMPTY = String.fromCharCode(NONE)
const LEVEL = 4

/** Bytes that grow. */
class Bytes {
  data = new Uint8Array(1 << 12)
  used = 0

  byte(value: number): void {
    if (this.used === this.data.length) this.#grow(1)
    this.data[this.used++] = value
  }

  put(from: Uint8Array, start: number, end: number): void {
    if (this.used + end - start > this.data.length) this.#grow(end - start)
    const { data } = this
    let { used } = this
    for (let at = start; at < end; at++) data[used++] = from[at] ?? 0
    this.used = used
  }

  #grow(by: number): void {
    const larger = new Uint8Array(Math.max(this.data.length * 2, this.used + by))
    larger.set(this.data)
    this.data = larger
  }
}

/** Gathers lines and packs them. */
export class BlockPacker {
  readonly #columns = Array.from({ length: COLUMNS }, () => new Bytes())
  #lines = 0

  /** Lines so far. */
  get lines(): number {
    return this.#lines
  }

  /** A person whose line has been scanned. */
  add(line: LineScanner): void {
    this.#names(line)
    this.#plain(line, 'sex', FIELD.sex)
    this.#plain(line, 'pob', FIELD.pob)
    this.#following(line, 'citizenship', FIELD.citizenship, FIELD.pob)
    this.#plain(line, 'class', FIELD.class)
    this.#plain(line, 'code', FIELD.code)
    this.#plain(line, 'port', FIELD.port)
    if (line.interest) this.#column('interest').byte(0x31)
    if (!line.isEmpty(FIELD.passportNumber))
      this.#following(line, 'passportCountry', FIELD.passportCountry, FIELD.citizenship)
    else this.#plain(line, 'passportCountry', FIELD.passportCountry)
    this.#plain(line, 'ols', FIELD.ols)
    this.#entries(line)
    this.#plain(line, 'dob', FIELD.dob)
    for (let i = 0; i < line.dates; i++) {
      if (i > 0) this.#column('altDobs').byte(PART_END)
      this.#plain(line, 'altDobs', dateSlot(i))
    }
    this.#plain(line, 'fbi', FIELD.fbi)
    this.#plain(line, 'sid', FIELD.sid)
    this.#plain(line, 'oln', FIELD.oln)
    this.#plain(line, 'soc', FIELD.soc)
    this.#plain(line, 'passportNumber', FIELD.passportNumber)
    this.#plain(line, 'since', FIELD.since)
    this.#plain(line, 'admitted', FIELD.admitted)
    this.#end()
  }

  /** A person whose line the columns can't hold. @param json without line ends. */
  addWhole(json: string): void {
    const bytes = Buffer.from(json, 'utf8')
    const column = this.#column('names')
    column.byte(WHOLE)
    column.put(bytes, 0, bytes.length)
    this.#end()
  }

  addRemoval(): void {
    this.#end()
  }

  /** The block of what was added, and begins the next. */
  pack(): Buffer {
    const [words, numbers] = [this.#stream(0, WORDS.length), this.#stream(WORDS.length, COLUMNS)]
    const head = Buffer.alloc(4)
    head.writeUInt32LE(words.length)
    for (const each of this.#columns) each.used = 0
    this.#lines = 0
    return Buffer.concat([head, words, numbers])
  }

  #stream(from: number, to: number): Buffer {
    const parts = this.#columns.slice(from, to).map(({ data, used }) => data.subarray(0, used))
    return deflateRawSync(Buffer.concat(parts), { level: LEVEL })
  }

  #column(name: keyof typeof COLUMN): Bytes {
    return this.#columns[COLUMN[name]] as Bytes
  }

  #plain(line: LineScanner, column: keyof typeof COLUMN, slot: number): void {
    this.#column(column).put(line.bytes, line.from[slot] ?? 0, line.to[slot] ?? 0)
  }

  /** Nothing where the value is that of another field. */
  #following(line: LineScanner, column: keyof typeof COLUMN, slot: number, other: number): void {
    if (line.isSame(slot, other)) return
    if (line.isEmpty(slot)) this.#column(column).byte(NONE)
    else this.#plain(line, column, slot)
  }

  #names(line: LineScanner): void {
    const column = this.#column('names')
    for (let name = 0; name < line.names; name++) {
      if (name > 0) column.byte(PART_END)
      let ends = 0
      for (let part = 0; part < NAME_PARTS; part++, ends++) {
        const slot = nameSlot(name, part)
        const isType = part === NAME_PARTS - 1
        // The first name is the primary one and the others are not, unless they say otherwise.
        if (isType ? !line.isType(name, name === 0 ? 1 : 0) : line.isEmpty(slot)) continue
        for (; ends > 0; ends--) column.byte(FIELD_END)
        column.put(line.bytes, line.from[slot] ?? 0, line.to[slot] ?? 0)
      }
    }
  }

  #entries(line: LineScanner): void {
    const [words, numbers] = [this.#column('ncic'), this.#column('nic')]
    for (let i = 0; i < line.entries; i++) {
      for (const column of i > 0 ? [words, numbers] : []) column.byte(PART_END)
      this.#plain(line, 'ncic', ncicSlot(i, 1))
      words.byte(FIELD_END)
      this.#plain(line, 'ncic', ncicSlot(i, 2))
      this.#plain(line, 'nic', ncicSlot(i, 0))
      numbers.byte(FIELD_END)
      this.#plain(line, 'nic', ncicSlot(i, 3))
    }
  }

  #end(): void {
    for (const each of this.#columns) each.byte(LF)
    this.#lines++
  }
}

/** A block's persons, read one by one. */
export class BlockReader {
  readonly #words: Buffer
  readonly #numbers: Buffer
  /** By column and line: where the value ends. */
  readonly #ends: Int32Array

  /** @throws {Error} where it isn't so many lines. */
  constructor(
    packed: Buffer,
    private readonly lines: number,
  ) {
    const split = 4 + packed.readUInt32LE(0)
    this.#words = inflateRawSync(packed.subarray(4, split))
    this.#numbers = inflateRawSync(packed.subarray(split))
    this.#ends = new Int32Array(lines * COLUMNS)
    const count = this.#mark(this.#words, 0)
    if (count !== lines * WORDS.length || this.#mark(this.#numbers, count) !== lines * COLUMNS)
      throw new Error('a block has other lines than it should have')
  }

  #mark(bytes: Buffer, from: number): number {
    let count = from
    for (let at = 0; at < bytes.length; at++) if (bytes[at] === LF) this.#ends[count++] = at
    return count
  }

  /** The person of a line. @param arn of the line, which the block doesn't hold. */
  line(i: number, arn: Arn, removed: boolean): RecordLine {
    if (removed) return { arn, removed: true }
    const names = this.#text('names', i)
    if (names.charCodeAt(0) === WHOLE) return readLine(names.slice(1))
    const pob = this.#text('pob', i)
    const citizenship = following(this.#text('citizenship', i), pob)
    const number = this.#text('passportNumber', i)
    const country = this.#text('passportCountry', i)
    return {
      arn,
      names: parts(names).map(nameOf),
      dob: this.#text('dob', i),
      altDobs: parts(this.#text('altDobs', i)).map((each) => each[0] ?? ''),
      sex: this.#text('sex', i) as PersonRecord['sex'],
      ...{ pob, citizenship },
      ...{ fbi: this.#text('fbi', i), sid: this.#text('sid', i) },
      ...{ oln: this.#text('oln', i), ols: this.#text('ols', i), soc: this.#text('soc', i) },
      passport: { number, country: number === '' ? country : following(country, citizenship) },
      status: { class: this.#text('class', i), code: this.#text('code', i), since: this.#text('since', i) },
      admitted: { date: this.#text('admitted', i), port: this.#text('port', i) },
      interest: this.#text('interest', i) !== '',
      ncic: entriesOf(parts(this.#text('ncic', i)), parts(this.#text('nic', i))),
    }
  }

  #text(column: keyof typeof COLUMN, i: number): string {
    const place = COLUMN[column] * this.lines + i
    const isNumber = COLUMN[column] >= WORDS.length
    const isFirst = place === 0 || place === WORDS.length * this.lines
    const from = isFirst ? 0 : (this.#ends[place - 1] ?? 0) + 1
    return (isNumber ? this.#numbers : this.#words).toString('utf8', from, this.#ends[place])
  }
}

const following = (text: string, other: string): string => (text === '' ? other : text === EMPTY ? '' : text)

/** What a value is made of: parts, and the fields of each. */
function parts(text: string): string[][] {
  if (text === '') return []
  return text.split(String.fromCharCode(PART_END)).map((each) => each.split(String.fromCharCode(FIELD_END)))
}

function nameOf([last = '', first = '', middle = '', suffix = '', type]: string[], i: number): PersonName {
  const usual = i === 0 ? 'primary' : 'alias'
  return { last, first, middle, suffix, type: (type as PersonName['type'] | undefined) ?? usual }
}

function entriesOf(words: string[][], numbers: string[][]): NcicEntry[] {
  return words.map(([category, offense = ''], i) => {
    const [nic = '', entered = ''] = numbers[i] ?? []
    return { nic, category: category as NcicEntry['category'], offense, entered }
  })
}
