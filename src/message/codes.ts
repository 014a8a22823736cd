import { type Fault, FaultError, readText } from '../config/index.js'

/** A code table: NCIC place of birth, offence and so on (`formats/codes/`, whose SOURCE.md names the source). */
export type CodeTable = ReadonlyMap<string, string>

/**
 * Reads `code,name[,…]` lines below a header line; values may stand in double quotes.
 * @param column which column a code stands for: 1 is its name, 2 what a table has besides.
 * @throws {FaultError} naming the line.
 */
export function readCodeTable(file: string, column = 1): CodeTable {
  const table = new Map<string, string>()
  const faults: Fault[] = []
  const [header = '', ...rows] = readText(file).split(/\r?\n/)
  if (!/^code,name(?:,|$)/.test(header))
    throw new FaultError([
      { file, line: 1, reason: 'is no code table; its first line begins with code,name' },
    ])
  rows.forEach((text, i) => {
    if (text === '') return
    const row = cells(text)
    const [code = '', name] = [row[0], row[column]]
    const reason =
      name === undefined
        ? 'needs a code and a name'
        : table.has(code)
          ? `code ${code} is there twice`
          : undefined
    if (reason) faults.push({ file, line: i + 2, reason })
    else table.set(code, name ?? '')
  })
  if (table.size === 0 && faults.length === 0) faults.push({ file, line: 1, reason: 'holds no code' })
  if (faults.length > 0) throw new FaultError(faults)
  return table
}

function cells(line: string): string[] {
  const found = line.match(/"(?:[^"]|"")*"|[^,]+|(?<=,)(?=,|$)|^(?=,)/g) ?? []
  return found.map((cell) => (cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell))
}
