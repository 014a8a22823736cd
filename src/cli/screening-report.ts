import { RESPONSE_TYPES, type Screened, type ScreeningView } from '../services/index.js'
import type { ListLine } from './persons-list.js'

/** What a report is made of. */
export interface ReportInput {
  readonly banner: string
  readonly screening: ScreeningView
  readonly lines: readonly ListLine[]
  /** `MM/DD/CCYY HH:MM` of the last answer, by the centre's clock. */
  readonly at: string
}

const NOT_READ = 'NOT READ'
const COLUMNS = ['line', 'id', 'name', 'dob', 'result', 'a-number', 'score', 'ice interest', 'ncic'] as const

/** A row a candidate; a person without one has a row too. */
function rowsOf({
  lines,
  screening,
}: ReportInput): { readonly cells: readonly string[]; readonly result: string }[] {
  const answered = new Map((screening.answered ?? []).map((each) => [each.line, each]))
  return lines.flatMap((each) => {
    const id = each.id === null || each.id === undefined ? '' : String(each.id)
    if ('error' in each)
      return [
        {
          cells: [`${each.line}`, id, '', '', `${NOT_READ}: ${each.error}`, '', '', '', ''],
          result: NOT_READ,
        },
      ]
    const { name = '', dob = '' } = each.query
    const screened = answered.get(each.line)
    const result = screened ? RESPONSE_TYPES[screened.decision] : 'NOT YET ANSWERED'
    const found = candidateCells(screened)
    return found.map((cells) => ({ cells: [`${each.line}`, id, name, dob, result, ...cells], result }))
  })
}

function candidateCells(screened: Screened | undefined): string[][] {
  if (!screened || screened.candidates.length === 0) return [['', '', '', '']]
  return screened.candidates.map(({ arn, score, interest, nics }) => [
    ...[`A${arn}`, `${score}`, interest ? 'YES' : 'NO', nics.join(' ')],
  ])
}

/** Persons of the list by result, in the order of the response types. */
export function countsOf(input: ReportInput): readonly (readonly [result: string, persons: number])[] {
  const counts = new Map<string, number>()
  const seen = new Set<string>()
  for (const { cells, result } of rowsOf(input)) {
    const [line = ''] = cells
    if (!seen.has(line)) counts.set(result, (counts.get(result) ?? 0) + 1)
    seen.add(line)
  }
  return [...counts].sort(([a], [b]) => orderOf(a) - orderOf(b))
}

const ORDER: readonly string[] = Object.values(RESPONSE_TYPES)
const orderOf = (result: string): number => (ORDER.includes(result) ? ORDER.indexOf(result) : ORDER.length)

/** The report as CSV with a header line. */
export function csvReport(input: ReportInput): string {
  const rows = [COLUMNS as readonly string[], ...rowsOf(input).map(({ cells }) => cells)]
  return rows.map((row) => `${row.map(csvCell).join(',')}\r\n`).join('')
}

/** A cell that a spreadsheet would take for a formula is text all the same. */
function csvCell(value: string): string {
  const plain = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value
  return /[",\r\n]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain
}

const NOTES = [
  'This is not a detainer. Not based on fingerprint comparison.',
  'NO MATCH proves neither citizenship nor status. A POSSIBLE MATCH is to be verified before anything is done on it.',
]

/** The report as one page that can be printed and handed over: nothing is loaded from elsewhere. */
export function htmlReport(input: ReportInput): string {
  const { banner, screening, at, lines } = input
  const purpose = screening.kind === 'event' ? 'Special screening' : 'Support of operations'
  const counts = countsOf(input).map(
    ([result, n]) => `<tr><th scope="row">${escaped(result)}</th><td>${n}</td></tr>`,
  )
  const body = rowsOf(input).map(
    ({ cells, result }) =>
      `<tr${result === RESPONSE_TYPES.MATCH || result === RESPONSE_TYPES.POSSIBLE ? ' class="found"' : ''}>${cells
        .map((cell) => `<td>${escaped(cell)}</td>`)
        .join('')}</tr>`,
  )
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escaped(purpose)}: ${escaped(screening.title)}</title>
<style>
body { font: 11pt/1.4 "Liberation Sans", Arial, sans-serif; color: #111; background: #fff; margin: 2rem auto; max-width: 75rem; padding: 0 1rem; }
.banner { border: 2px solid #111; padding: .4rem; text-align: center; font-weight: bold; }
h1 { font-size: 1.4rem; margin: 1.2rem 0 .2rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .1rem 1rem; }
dt { font-weight: bold; } dd { margin: 0; overflow-wrap: anywhere; }
table { border-collapse: collapse; margin: 1rem 0; }
.persons { width: 100%; font-size: .9rem; }
caption { text-align: left; font-weight: bold; }
th, td { border: 1px solid #767676; padding: .2rem .4rem; text-align: left; vertical-align: top; overflow-wrap: anywhere; }
thead { display: table-header-group; } thead th { background: #eee; }
tr { break-inside: avoid; } .found td { font-weight: bold; }
@page { margin: 15mm; } @media print { body { margin: 0; max-width: none; padding: 0; } }
</style>
</head>
<body>
<p class="banner">${escaped(banner)}</p>
<h1>${escaped(purpose)}: ${escaped(screening.title)}</h1>
<dl>
<dt>Answered</dt><dd>${escaped(at)}</dd>
<dt>Persons</dt><dd>${lines.length}</dd>
<dt>Screening</dt><dd>${escaped(screening.list)}</dd>
</dl>
<table><caption>Results</caption><tbody>
${counts.join('\n')}
</tbody></table>
${NOTES.map((note) => `<p>${escaped(note)}</p>`).join('\n')}
<table class="persons"><caption>Persons in the order of the list</caption>
<thead><tr>${COLUMNS.map((name) => `<th scope="col">${escaped(name.toUpperCase())}</th>`).join('')}</tr></thead>
<tbody>
${body.join('\n')}
</tbody></table>
<p class="banner">${escaped(banner)}</p>
</body>
</html>
`
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

const escaped = (text: string): string => text.replace(/[&<>"]/g, (c) => ENTITIES[c] ?? c)
