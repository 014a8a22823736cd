import { createHash } from 'node:crypto'
import { csvFields } from '../directory/index.js'
import { linesOf, openInput } from '../records/index.js'
import { checkQuery, QUERY_FIELDS, type ReadQuery, readQuery } from './queries.js'

/** A line of a list of persons. */
export type ListLine = ReadQuery & {
  /** From 1, the header and empty lines counted. */
  readonly line: number
}

/** A list of persons, with what tells it from others. */
export interface PersonsList {
  readonly lines: readonly ListLine[]
  /** SHA-256 of its lines, hexadecimal. */
  readonly sha256: string
}

/**
 * Reads a list of persons: JSON Lines as `match` takes them, or CSV whose header names the same fields. `-` is
 * standard input. A line that can't be read is a line with an error.
 */
export async function readPersonsList(file: string): Promise<PersonsList> {
  const hash = createHash('sha256')
  const lines: ListLine[] = []
  let columns: readonly string[] | undefined
  let line = 0
  for await (const chunk of linesOf(openInput(file)))
    for (const each of chunk) {
      line++
      const text = 'fault' in each ? '' : each.text.replace(/^\ufeff/, '')
      hash.update('fault' in each ? each.fault : text).update('\n')
      if ('fault' in each) lines.push({ line, id: null, error: each.fault })
      else if (text.trim() === '') continue
      else if (columns) lines.push({ line, ...readRow(columns, text) })
      else if (lines.length === 0 && !text.trimStart().startsWith('{')) {
        columns = columnsOf(text)
        if (columns.length === 0) lines.push({ line, ...readQuery(text) })
      } else lines.push({ line, ...readQuery(text) })
    }
  return { lines, sha256: hash.digest('hex') }
}

/** The columns of a header; none where it is no header. */
function columnsOf(text: string): readonly string[] {
  const names = (csvFields(text) ?? []).map((name) => name.trim().toLowerCase())
  return names.some((name) => QUERY_FIELDS.includes(name)) ? names : []
}

function readRow(columns: readonly string[], text: string): ReadQuery {
  const fields = csvFields(text)
  if (!fields) return { id: null, error: 'a quote is not closed, or text stands beside a quoted field' }
  if (fields.length !== columns.length)
    return { id: null, error: `${fields.length} fields; the header has ${columns.length}` }
  const pairs = columns.map((name, i) => [name, fields[i]?.trim() ?? ''] as const)
  return checkQuery(Object.fromEntries(pairs.filter(([, value]) => value !== '')))
}
