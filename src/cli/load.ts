import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { Command } from 'commander'
import { loadNameTables, mergeDue, writeIndexed } from '../matching/index.js'
import {
  adoptSegment,
  DamageError,
  discardSegment,
  type LineFault,
  openInput,
  type SegmentSummary,
} from '../records/index.js'
import { addSharedOptions, resolveStore } from './shared.js'

/** Rejected lines that are shown one by one; a file of nothing else would fill the terminal. */
const MOST_SHOWN = 1000
const PROGRESS_MS = 500
/** Between two lines where no terminal shows one over the other. */
const PLAIN_PROGRESS_MS = 2000

/** `load FILE|-`: a records file into the store. */
export function loadCommand(): Command {
  const command = new Command('load')
    .description('load a records file into the store; running it again replaces and removes')
    .argument('<file>', 'JSON Lines, plain or gzip; - reads standard input')
    .addHelpText(
      'after',
      '\nExample:\n  iaq-gateway generate --records 10000 --seed 1 | iaq-gateway load - --data ./data\n',
    )
  return addSharedOptions(command).action(async (file: string, options: Record<string, unknown>) => {
    process.exitCode = await load(file, options)
  })
}

async function load(file: string, options: Record<string, unknown>): Promise<number> {
  const { dataDir, formatsDir } = await resolveStore(options)
  if (file !== '-' && !existsSync(file)) return failed(`${file}: no such file`)
  const started = performance.now()
  const names = loadNameTables(join(formatsDir, 'names'))
  const faults = faultPrinter()
  const progress = progressPrinter(started)
  try {
    const input = openInput(file)
    const summary = await writeIndexed(join(dataDir, 'records'), input, names, {
      onProgress: progress,
      onFault: faults.print,
    })
    faults.finish()
    if (summary.lines === 0) {
      discardSegment(join(dataDir, 'records'), summary.file)
      return failed(`nothing loaded: ${summary.rejected} lines rejected`)
    }
    const served = await adopt(dataDir, summary.file)
    if (!served) mergeDue(join(dataDir, 'records'), names)
    report(summary, performance.now() - started)
    return 0
  } catch (error) {
    return failed(`${file}: ${(error as Error).message}; the store is as it was`)
  }
}

/** The segment counts from here on; a gateway that serves the store is told. @returns whether one does. */
async function adopt(dataDir: string, segment: string): Promise<boolean> {
  const adopted = adoptSegment(join(dataDir, 'records'), segment)
  if ('damage' in adopted) throw new DamageError(adopted.damage)
  const { callControl } = await import('../gateway/control-client.js')
  const { served } = await callControl(dataDir, { call: 'records.adopt', segment })
  return served
}

function report(summary: SegmentSummary, ms: number): void {
  const { added, removed, rejected } = summary
  const rate = Math.round((summary.lines / Math.max(ms, 1)) * 1000)
  process.stderr.write(`${added} loaded, ${removed} removed, ${rejected} rejected; ${rate} lines/s\n`)
}

function progressPrinter(started: number): (lines: number) => void {
  let last = started
  return (lines) => {
    const now = performance.now()
    if (now - last < (process.stderr.isTTY ? PROGRESS_MS : PLAIN_PROGRESS_MS)) return
    last = now
    const text = `${lines} lines, ${Math.round((lines / (now - started)) * 1000)}/s`
    process.stderr.write(process.stderr.isTTY ? `\r${text} ` : `${text}\n`)
  }
}

function faultPrinter(): { print: (fault: LineFault) => void; finish: () => void } {
  let count = 0
  return {
    print: ({ line, reason }) => {
      count++
      if (count <= MOST_SHOWN) process.stderr.write(`line ${line}: ${reason}\n`)
    },
    finish: () => {
      if (process.stderr.isTTY) process.stderr.write('\r\u001b[K')
      if (count > MOST_SHOWN) process.stderr.write(`… and ${count - MOST_SHOWN} further lines rejected\n`)
    },
  }
}

function failed(reason: string): number {
  process.stderr.write(`${reason}\n`)
  return 1
}
