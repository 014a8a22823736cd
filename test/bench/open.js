// npm run bench -- open: questions at a steady rate, whether the gateway keeps up or not, with the real matcher. A latency
// counts from when the question was due and not from when it could be sent (coordinated omission). All of them are kept
// and sorted, so that percentiles are exact: at these counts a histogram saves nothing.
import { mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import { join } from 'node:path'
import { child, close } from './parts.js'
import { loaded } from './rows.js'

export const RATES = [1000, 5000, 10_000]

/** @returns a result a rate; the store is made and loaded once. */
export async function benchOpen({ rates = RATES, seconds, records, onResult }) {
  const dir = mkdtempSync(join(os.tmpdir(), 'iaq-bench-open-'))
  try {
    const queries = await loaded(dir, records)
    const results = []
    for (const rate of rates) {
      const gateway = await child('gateway.js', { data: join(dir, 'data'), flags: {}, instant: false })
      const { reply } = await child('open-client.js', { port: gateway.reply.port, rate, seconds, queries })
      // What is still open would be waited for when it closes.
      if (reply.unanswered > 0) gateway.process.kill('SIGKILL')
      else await close(gateway)
      const result = { row: `open, ${rate.toLocaleString('en-US')}/s`, records, rate, seconds, ...reply }
      results.push(result)
      onResult?.(result)
    }
    return results
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}

export const openLine = ({ row, perSecond, p50ms, p99ms, p999ms, unanswered }) =>
  `${row.padEnd(30)}${`${perSecond}`.padStart(9)}/s answered  p50 ${p50ms} ms  p99 ${p99ms} ms  p99.9 ${p999ms} ms` +
  `${unanswered > 0 ? `  ${unanswered} unanswered` : ''}\n`
