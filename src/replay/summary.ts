import { createHistogram, type RecordableHistogram } from 'node:perf_hooks'
import { formatMicros, kindOf } from './describe.js'
import type { Answer } from './exchange.js'
import type { Outcome } from './run.js'

interface Row {
  readonly kind: string
  readonly latency: RecordableHistogram
}

/** What many transcripts gave: counts, rates, and latencies by kind of answer. */
export class Summary {
  transcripts = 0
  passed = 0
  differences = 0
  sent = 0
  received = 0
  readonly #rows = new Map<string, Row>()
  readonly #start = performance.now()
  #elapsedMs: number | undefined

  add(outcome: Outcome): void {
    this.transcripts++
    if (outcome.passed) this.passed++
    this.differences += outcome.differences.length
    for (const exchange of outcome.exchanges) {
      if (exchange.kind !== 'none') this.sent++
      for (const answer of exchange.answers) this.#addAnswer(answer)
    }
  }

  /** The clock of the rates stands still from now on. */
  stop(): this {
    this.#elapsedMs ??= performance.now() - this.#start
    return this
  }

  get elapsedMs(): number {
    return this.#elapsedMs ?? performance.now() - this.#start
  }

  /** Answers by kind, in the order of the alphabet. */
  get answers(): readonly { readonly kind: string; readonly latency: RecordableHistogram }[] {
    return [...this.#rows.values()].sort((a, b) => (a.kind < b.kind ? -1 : 1))
  }

  #addAnswer(answer: Answer): void {
    if (answer.kind === 'closed') return
    this.received++
    const kind = answer.received ? kindOf(answer.received) : answer.kind
    const row = this.#rows.get(kind) ?? { kind, latency: createHistogram() }
    this.#rows.set(kind, row)
    row.latency.record(Math.max(1, answer.micros))
  }
}

/** The summary as two aligned tables. */
export function formatSummary(summary: Summary): string {
  const seconds = summary.elapsedMs / 1000
  const rate = (n: number): string => `${Math.round(n / Math.max(seconds, 0.001))}/s`
  const differing = summary.transcripts - summary.passed
  const totals = align(
    [
      ['transcripts', `${summary.transcripts}`, rate(summary.transcripts)],
      ['as expected', `${summary.passed}`, differing === 0 ? 'all' : `${differing} not`],
      ['sent', `${summary.sent}`, rate(summary.sent)],
      ['received', `${summary.received}`, rate(summary.received)],
      ['time', formatMicros(summary.elapsedMs * 1000), ''],
    ],
    1,
  )
  const header = ['answer', 'count', 'p50', 'p90', 'p99', 'max']
  const rows = summary.answers.map(({ kind, latency }) => [
    kind,
    `${latency.count}`,
    ...[50, 90, 99].map((p) => formatMicros(latency.percentile(p))),
    formatMicros(latency.max),
  ])
  return rows.length === 0 ? totals : `${totals}\n\n${align([header, ...rows], 1)}`
}

/** Columns as wide as their widest cell, two spaces apart; those before `numbersFrom` to the left. */
function align(rows: readonly (readonly string[])[], numbersFrom: number): string {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)))
  return rows
    .map((row) =>
      row
        .map((cell, i) => (i < numbersFrom ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
