import { ByteWriter } from '../bytes/index.js'
import { FaultError } from '../config/index.js'
import type { LayoutLine } from './schema.js'

/** Values for a layout: texts, and lists of them for lines that repeat. */
export type Values = { readonly [name: string]: string | readonly Values[] | undefined }

/** Texts by name. */
export type Constants = Readonly<Record<string, string>>

type Part =
  | { readonly kind: 'words'; readonly text: string; readonly bytes: Buffer }
  | { readonly kind: 'value'; readonly name: string; readonly otherwise: string }
  | { readonly kind: 'optional'; readonly parts: readonly Part[] }

/** A line of a layout, compiled: what stands still, what is a value, what stands only where its values do. */
export class Template {
  /** Names of the values that the template asks for. */
  readonly names: readonly string[]
  readonly #parts: readonly Part[]

  /**
   * @param constants values that are the same in every answer, by name: words like the others.
   * @throws {Error} where a bracket or brace isn't closed, or closes nothing.
   */
  constructor(
    readonly source: string,
    constants: Constants = {},
  ) {
    const parts = parse(source)
    this.names = namesOf(parts)
    this.#parts = settle(parts, constants)
  }

  /** The line where nothing in it is a value. */
  get words(): string | undefined {
    const [first, second] = this.#parts
    if (second !== undefined || (first && first.kind !== 'words')) return undefined
    return first?.text ?? ''
  }

  fill(values: Values): string {
    return fillParts(this.#parts, values)
  }

  /**
   * Writes the line. @param common values that stand beside those of the line.
   * @returns whether it has any part that stands.
   */
  pour(values: Values, common: Values, into: ByteWriter): boolean {
    return pourParts(this.#parts, values, common, into)
  }
}

const NONE: Values = {}

const namesOf = (parts: readonly Part[]): string[] =>
  parts.flatMap((part) =>
    part.kind === 'value' ? [part.name] : part.kind === 'optional' ? namesOf(part.parts) : [],
  )

function fillParts(parts: readonly Part[], values: Values): string {
  let text = ''
  for (const part of parts) {
    if (part.kind === 'words') text += part.text
    else if (part.kind === 'value') text += textOf(values, NONE, part.name) || part.otherwise
    else if (isWhole(part.parts, values, NONE)) text += fillParts(part.parts, values)
  }
  return text
}

function pourParts(parts: readonly Part[], values: Values, common: Values, into: ByteWriter): boolean {
  let stands = false
  for (const part of parts) {
    if (part.kind === 'words') into.bytes(part.bytes)
    else if (part.kind === 'value') into.text(textOf(values, common, part.name) || part.otherwise)
    else {
      if (isWhole(part.parts, values, common) && pourParts(part.parts, values, common, into)) stands = true
      continue
    }
    stands = true
  }
  return stands
}

/** Whether every value that the parts ask for is there. */
function isWhole(parts: readonly Part[], values: Values, common: Values): boolean {
  for (const part of parts)
    if (part.kind === 'value' && textOf(values, common, part.name) === '') return false
  return true
}

function textOf(values: Values, common: Values, name: string): string {
  const value = values[name] ?? common[name]
  return typeof value === 'string' ? value : ''
}

function parse(source: string): Part[] {
  const parts: Part[] = []
  for (let at = 0; at < source.length; ) {
    const c = source[at]
    if (c === '{' || c === '[') {
      const end = source.indexOf(c === '{' ? '}' : ']', at)
      if (end < 0) throw new Error(`'${c}' at column ${at + 1} is not closed`)
      const inner = source.slice(at + 1, end)
      if (c === '[') parts.push({ kind: 'optional', parts: parse(inner) })
      else {
        const [name = '', otherwise = ''] = inner.split('|')
        if (!/^\w+$/.test(name)) throw new Error(`'{' at column ${at + 1} is followed by no value's name`)
        parts.push({ kind: 'value', name, otherwise })
      }
      at = end + 1
    } else {
      let end = at
      while (end < source.length && source[end] !== '{' && source[end] !== '[') {
        if (source[end] === '}' || source[end] === ']')
          throw new Error(`'${source[end]}' at column ${end + 1} closes nothing`)
        end++
      }
      parts.push(words(source.slice(at, end)))
      at = end
    }
  }
  return parts
}

const words = (text: string): Part => ({ kind: 'words', text, bytes: Buffer.from(text, 'latin1') })

/** What a part says in every answer, where it does. */
function constant(part: Part, constants: Constants): string | undefined {
  if (part.kind === 'words') return part.text
  return part.kind === 'value' && Object.hasOwn(constants, part.name) ? constants[part.name] : undefined
}

/** Puts constants in their places; words that stand beside each other become one. */
function settle(parts: readonly Part[], constants: Constants): Part[] {
  const settled: Part[] = []
  for (const part of parts) {
    const text = constant(part, constants)
    const last = settled.at(-1)
    if (text === undefined)
      settled.push(part.kind === 'optional' ? { ...part, parts: settle(part.parts, constants) } : part)
    else if (last?.kind === 'words') settled[settled.length - 1] = words(last.text + text)
    else settled.push(words(text))
  }
  return settled
}

const LINE_END = '\r\n'
/** Where answers are laid out, one after the other. */
const SCRATCH = new ByteWriter(4096)
/** What a value that was shortened ends with. */
const CUT_MARK = '...'

/** Lines that are the same in every answer, with CR LF between them. */
interface Block {
  readonly still: Buffer
}

interface CompiledLine {
  readonly template: Template
  readonly each: string | undefined
  readonly when: string | undefined
  readonly cut: string | undefined
  readonly wrap: boolean
  readonly tidy: boolean
}

/** An answer's text: lines filled with values, none longer than the width. */
export class Layout {
  /** Names of values and of lists that the layout asks for. */
  readonly names: readonly string[]
  readonly #lines: readonly (CompiledLine | Block)[]

  /** @param constants values that are the same in every answer, by name. */
  constructor(
    lines: readonly LayoutLine[],
    readonly width: number,
    where: string,
    constants: Constants = {},
  ) {
    const compiled = lines.map((line): CompiledLine => {
      const item = typeof line === 'string' ? { line } : line
      try {
        return {
          template: new Template(item.line, constants),
          each: 'each' in item ? item.each : undefined,
          when: 'when' in item ? item.when : undefined,
          cut: 'cut' in item ? item.cut : undefined,
          wrap: !('wrap' in item) || item.wrap !== 'none',
          tidy: 'tidy' in item && item.tidy === true,
        }
      } catch (error) {
        const reason = `layout line '${item.line}': ${(error as Error).message}`
        throw new FaultError([{ file: where, line: 0, reason }])
      }
    })
    this.names = compiled.flatMap(({ template, each, when }) => [
      ...template.names,
      ...(each ? [each] : []),
      ...(when ? [when] : []),
    ])
    this.#lines = this.#joined(compiled)
  }

  /** Lines without a value are broken and joined once and not for every answer. */
  #joined(lines: readonly CompiledLine[]): (CompiledLine | Block)[] {
    const joined: (CompiledLine | Block)[] = []
    let still: string[] = []
    const end = (): void => {
      if (still.length > 0) joined.push({ still: Buffer.from(still.join(LINE_END), 'latin1') })
      still = []
    }
    for (const line of lines) {
      const { words } = line.template
      if (words === undefined || line.each !== undefined || line.when !== undefined || line.tidy) {
        end()
        joined.push(line)
      } else if (line.wrap) wrap(words, this.width, still)
      else still.push(words)
    }
    end()
    return joined
  }

  /**
   * The lines with CR LF between them, a byte a character.
   * @param common values that are given to every answer, beside this one's own.
   */
  text(values: Values, common: Values = NONE): string {
    const from = SCRATCH.at
    this.#pour(values, common)
    const text = SCRATCH.since(from)
    SCRATCH.at = from
    return text
  }

  render(values: Values): string[] {
    const from = SCRATCH.at
    const lines = this.#pour(values, NONE)
    const text = SCRATCH.since(from)
    SCRATCH.at = from
    return lines === 0 ? [] : text.split(LINE_END)
  }

  /** Returns how many lines were written. */
  #pour(values: Values, common: Values): number {
    let lines = 0
    for (const line of this.#lines) {
      if ('still' in line) {
        if (lines++ > 0) SCRATCH.text(LINE_END)
        SCRATCH.bytes(line.still)
        continue
      }
      if (line.when !== undefined && !textOf(values, common, line.when)) continue
      if (line.each === undefined) {
        if (this.#add(line, values, common, lines)) lines++
        continue
      }
      const list = values[line.each] ?? common[line.each]
      if (typeof list === 'string' || list === undefined) continue
      for (const item of list) if (this.#add(line, item, NONE, lines)) lines++
    }
    return lines
  }

  /** @returns false where nothing of the line is left. */
  #add(line: CompiledLine, values: Values, common: Values, before: number): boolean {
    const end = SCRATCH.at
    if (before > 0) SCRATCH.text(LINE_END)
    const start = SCRATCH.at
    line.template.pour(values, common, SCRATCH)
    if (line.tidy) {
      const text = SCRATCH.since(start).replace(/ +/g, ' ').trim()
      SCRATCH.at = text === '' ? end : start
      if (text === '') return false
      SCRATCH.text(text)
    }
    if (SCRATCH.at - start <= this.width || !line.wrap) return true
    const text = SCRATCH.since(start)
    SCRATCH.at = start
    if (line.cut === undefined) SCRATCH.text(wrap(text, this.width).join(LINE_END))
    else SCRATCH.text(this.#shorten(line, line.cut, { ...common, ...values }, text))
    return true
  }

  #shorten(line: CompiledLine, name: string, values: Values, text: string): string {
    const value = textOf(values, NONE, name)
    const room = Math.max(0, value.length - (text.length - this.width) - CUT_MARK.length)
    return line.template.fill({ ...values, [name]: value.slice(0, room) + CUT_MARK }).slice(0, this.width)
  }
}

/** Breaks a text at spaces (a longer word anywhere); every line but the first begins with two spaces. */
export function wrap(text: string, width: number, out: string[] = []): string[] {
  let rest = text
  let indent = ''
  while (indent.length + rest.length > width) {
    const room = width - indent.length
    const space = rest.lastIndexOf(' ', room)
    const at = space > 0 ? space : room
    out.push(indent + rest.slice(0, at))
    rest = rest.slice(space > 0 ? at + 1 : at)
    indent = '  '
  }
  out.push(indent + rest)
  return out
}
