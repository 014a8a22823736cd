import { readFileSync } from 'node:fs'
import { type Document, isNode, LineCounter, type Node, parseDocument, visit } from 'yaml'
import type { z } from 'zod'
import { tooDeep } from './depth.js'
import { type Said, wordsOf } from './words.js'

/** What is wrong with a file of ours, in a form that fits one line. */
export interface Fault {
  readonly file: string
  /** 1-based; 0 where the whole file is meant. */
  readonly line: number
  readonly reason: string
}

/** Thrown at start-up only: a file that the program needs is wrong. `message` says where and what to do. */
export class FaultError extends Error {
  override readonly name = 'FaultError'
  readonly faults: readonly Fault[]

  constructor(faults: readonly Fault[]) {
    const plain = faults.map((fault) => ({
      ...fault,
      file: oneLine(fault.file),
      reason: oneLine(fault.reason),
    }))
    super(plain.map(formatFault).join('\n'))
    this.faults = plain
  }
}

/** A file's own words come back in what is said of it: none of them may steer a terminal or begin a line. */
export function oneLine(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it is about
  return text.replace(/[\x00-\x1f\x7f-\x9f\u2028\u2029]+/g, ' ')
}

/** `file:line: reason`, as editors understand it. */
export function formatFault(fault: Fault): string {
  return fault.line > 0 ? `${fault.file}:${fault.line}: ${fault.reason}` : `${fault.file}: ${fault.reason}`
}

/** A file that was held to its schema, and knows where everything in it stands. */
export interface Checked<T> {
  readonly file: string
  readonly value: T
  /** A fault of what stands at a path, in the line of the deepest part of it that the file holds. */
  fault(path: readonly PropertyKey[], reason: string): Fault
}

/**
 * Reads a YAML (or JSON) file, holds it to a schema and says of every fault in which line it stands.
 * @throws {FaultError} with every fault of the file.
 */
export function openDocument<S extends z.ZodType>(file: string, schema: S): Checked<z.output<S>> {
  return checkText(file, readText(file), schema)
}

/** The value of {@link openDocument} alone. */
export function readDocument<S extends z.ZodType>(file: string, schema: S): z.output<S> {
  return openDocument(file, schema).value
}

/** As {@link readDocument}, for a text that has been read already. */
export function checkDocument<S extends z.ZodType>(file: string, text: string, schema: S): z.output<S> {
  return checkText(file, text, schema).value
}

function checkText<S extends z.ZodType>(file: string, text: string, schema: S): Checked<z.output<S>> {
  const lines = new LineCounter()
  const document = parsed(file, text, lines)
  const broken = document.errors.map((error) => ({
    file,
    line: lines.linePos(error.pos[0]).line,
    reason: `not YAML: ${error.message}`,
  }))
  if (broken.length > 0) throw new FaultError(broken)
  const fault = (path: readonly PropertyKey[], reason: string): Fault => ({
    file,
    line: lineOf(document.contents, path, lines),
    reason,
  })
  const input = plainValue(file, document, lines) ?? {}
  const result = schema.safeParse(input)
  if (result.success) return { file, value: result.data, fault }
  const said = result.error.issues.flatMap((issue) => wordsOf(issue, input, schema))
  throw new FaultError(said.map((each) => fault(each.path, describe(each))))
}

function parsed(file: string, text: string, lines: LineCounter): Document.Parsed {
  const deep = tooDeep(text)
  if (deep !== undefined)
    throw new FaultError([{ file, line: deep, reason: 'more levels than any file has' }])
  return parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: 'error' })
}

/** The document's value. Aliases are looked up only now: one of nothing, or far too many, is a fault of the file. */
function plainValue(file: string, document: Document.Parsed, lines: LineCounter): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 })
  } catch (error) {
    let line = 0
    visit(document, {
      Alias(_, alias) {
        const dangling = alias.resolve(document) === undefined
        if (alias.range && (line === 0 || dangling)) line = lines.linePos(alias.range[0]).line
        return dangling ? visit.BREAK : undefined
      },
    })
    throw new FaultError([{ file, line: line || 1, reason: `not YAML: ${(error as Error).message}` }])
  }
}

/** @throws {FaultError} where the file can't be read. */
export function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT'
    throw new FaultError([
      { file, line: 0, reason: missing ? 'no such file' : `can't be read: ${(error as Error).message}` },
    ])
  }
}

/** The line of the deepest part of a path that the file holds. */
function lineOf(root: unknown, path: readonly PropertyKey[], lines: LineCounter): number {
  let node = root
  let line = isNode(root) && root.range ? lines.linePos(root.range[0]).line : 1
  for (const key of path) {
    const next = childOf(node, key)
    if (!next) break
    node = next.value
    if (next.at?.range) line = lines.linePos(next.at.range[0]).line
  }
  return line
}

function childOf(node: unknown, key: PropertyKey): { at: Node | undefined; value: unknown } | undefined {
  const items = (node as { items?: unknown[] } | undefined)?.items
  if (!Array.isArray(items)) return undefined
  if (typeof key === 'number') {
    const item = items[key]
    return isNode(item) ? { at: item, value: item } : undefined
  }
  for (const item of items) {
    const pair = item as { key?: unknown; value?: unknown }
    const name = isNode(pair.key) ? (pair.key as { value?: unknown }).value : pair.key
    if (String(name) === String(key))
      return { at: isNode(pair.key) ? pair.key : undefined, value: pair.value }
  }
  return undefined
}

function describe({ path, reason, unknown }: Said): string {
  const at = path.join('.')
  if (unknown)
    return `unknown key ${at}; remove it or look up its right name${reason === '' ? '' : ` (${reason})`}`
  return at === '' ? reason : `${at}: ${reason}`
}
