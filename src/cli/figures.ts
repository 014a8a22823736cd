import { join } from 'node:path'
import { z } from 'zod'
import { readDocument } from '../config/index.js'
import type { YearFigures } from '../exchange/index.js'
import { readCodeTable } from '../message/index.js'
import { table } from './table.js'

/** The rows of the fact sheet's table: what each figure is called, and in words. */
const ROWS = {
  queries: 'queries',
  oris: 'ORIs that asked',
  states: 'states (and DC)',
  territories: 'territories',
  provinces: 'provinces of Canada',
  detainers: 'detainers',
  ncicEntries: 'NCIC entries',
  ncicLive: 'NCIC records live',
  hitsConfirmed: 'hits confirmed',
  brady: 'Brady checks',
  screenings: 'screenings',
  calls: 'calls',
  tips: 'tips',
  tipsViable: 'tips viable',
} as const
type FigureName = keyof typeof ROWS
const NAMES = Object.keys(ROWS) as [FigureName, ...FigureName[]]

const schema = z.strictObject({
  version: z.literal(1),
  published: z.array(
    z.strictObject({
      year: z.number().int(),
      source: z.string(),
      figures: z.partialRecord(z.enum(NAMES), z.number().int().min(0)),
    }),
  ),
})

/** A year's figures as they were published, and where. */
export type Published = z.output<typeof schema>['published'][number]

/** `services/figures.yaml` of the formats folder. @throws {FaultError} naming file and line of every fault. */
export function loadPublished(formatsDir: string): readonly Published[] {
  return readDocument(join(formatsDir, 'services', 'figures.yaml'), schema).published
}

/** What `stats` says of a year. */
export interface Summary extends Readonly<Record<FigureName, number>> {
  readonly fiscalYear: number
  /** Percent of the tips that were decided. */
  readonly tipsViableShare: number
  /** What services count besides. */
  readonly services: Readonly<Record<string, number>>
  readonly answers: Readonly<Record<string, number>>
  readonly refusals: Readonly<Record<string, number>>
  readonly messages: Readonly<Record<string, number>>
  readonly published: readonly Published[]
}

export interface SummaryOptions {
  readonly formatsDir: string
  /** The state of an ORI, by the directory. */
  readonly areaOf: (ori: string) => string
  /** Live records that were entered or maintained here, now. */
  readonly ncicLive: number
}

/** @param figures of the year; undefined where nothing happened in it. */
export function summarise(
  fiscalYear: number,
  figures: YearFigures | undefined,
  { formatsDir, areaOf, ncicLive }: SummaryOptions,
): Summary {
  const oris = figures?.oris ?? {}
  const counted = figures?.services ?? {}
  const kinds = readCodeTable(join(formatsDir, 'codes', 'jurisdiction.csv'), 2)
  const areas = new Set(Object.keys(oris).map(areaOf))
  const count = (kind: string): number => [...areas].filter((area) => kinds.get(area) === kind).length
  const { tips = 0, tipsViable = 0, tipsNotViable = 0 } = counted
  const decided = tipsViable + tipsNotViable
  return {
    fiscalYear,
    queries: Object.values(oris).reduce((sum, n) => sum + n, 0),
    oris: Object.keys(oris).length,
    states: count('STATE'),
    territories: count('TERRITORY'),
    provinces: count('PROVINCE'),
    detainers: counted.detainers ?? 0,
    ncicEntries: counted.ncicEntries ?? 0,
    ncicLive,
    hitsConfirmed: counted.hitsConfirmed ?? 0,
    brady: figures?.brady ?? 0,
    screenings: counted.screenings ?? 0,
    calls: counted.calls ?? 0,
    tips,
    tipsViable,
    tipsViableShare: decided === 0 ? 0 : Math.round((1000 * tipsViable) / decided) / 10,
    services: counted,
    answers: figures?.answers ?? {},
    refusals: figures?.refusals ?? {},
    messages: figures?.messages ?? {},
    published: loadPublished(formatsDir),
  }
}

/** The rows that both the table and the CSV have: what was published of each year, then ours. */
function rowsOf(summary: Summary): [name: string, ...cells: string[]][] {
  const { published } = summary
  const rows: [string, ...string[]][] = NAMES.map((name) => [
    ROWS[name],
    ...published.map(({ figures }) => (figures[name] === undefined ? '' : `${figures[name]}`)),
    `${summary[name]}`,
  ])
  const ours = (name: string, n: number): void => void rows.push([name, ...published.map(() => ''), `${n}`])
  ours('percent of tips viable', summary.tipsViableShare)
  for (const [name, n] of Object.entries(summary.services))
    if (!Object.hasOwn(summary, name)) ours(wordsOf(name), n)
  for (const [type, n] of Object.entries(summary.answers)) ours(`answered ${type}`, n)
  for (const [code, n] of Object.entries(summary.refusals)) ours(`refused ${code}`, n)
  for (const [key, n] of Object.entries(summary.messages)) ours(`messages ${key}`, n)
  return rows
}

const headOf = ({ fiscalYear, published }: Summary): string[] => [
  `FISCAL YEAR ${fiscalYear}`,
  ...published.map(({ year }) => `FY${year}`),
  'COUNT',
]

/** For people. */
export function formatTable(summary: Summary): string {
  return table(headOf(summary), rowsOf(summary))
}

/** For a spreadsheet. */
export function formatCsv(summary: Summary): string {
  const cell = (text: string): string => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)
  return [headOf(summary), ...rowsOf(summary)].map((row) => `${row.map(cell).join(',')}\r\n`).join('')
}

/** `hitsNotConfirmed` as `hits not confirmed`. */
const wordsOf = (name: string): string =>
  name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`).replace(/^ncic/, 'NCIC')
