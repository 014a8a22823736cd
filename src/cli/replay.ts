import { Command } from 'commander'
import { ConnectError, connect, type Target } from '../client/index.js'
import {
  type Difference,
  formatDifference,
  formatSummary,
  loadFixtures,
  type Outcome,
  runTranscript,
  Summary,
  type Transcript,
} from '../replay/index.js'
import {
  connectAdvice,
  duration,
  readTarget,
  type TargetOptions,
  usage,
  wholeNumber,
  withTarget,
} from './target.js'

interface ReplayOptions extends TargetOptions {
  readonly rate?: string
  readonly connections: string
  readonly duration?: string
  readonly timeout: string
}

/** `replay PATH…`: fixtures against any gateway. */
export function replayCommand(): Command {
  const command = withTarget(new Command('replay'))
    .description('run transcripts against a gateway and compare each answer with what they expect')
    .argument('<path...>', 'transcripts, or folders of them (*.txt)')
    .option('--rate <n>', 'start so many transcripts a second, whether or not the gateway keeps up')
    .option('--connections <n>', 'so many transcripts at a time; with --rate, at most so many', '1')
    .option('--duration <duration>', 'begin again until the time is up')
    .option('--timeout <duration>', 'wait at most so long for what must come', '35s')
    .addHelpText('after', EXAMPLE)
  return command.action(async (paths: string[], options: ReplayOptions) => {
    process.exitCode = await replay(command, paths, options)
  })
}

const EXAMPLE = `
Each transcript runs once, one after the other, unless --rate, --connections or --duration say otherwise. Where several
run at a time they share the link's counts, so that counts needn't follow each other. With --rate, latency counts from
when a transcript should have begun. Ends with 1 on any difference, with 2 where a path or a transcript is no good.

Example:
  $ iaq-gateway replay fixtures/
  $ iaq-gateway replay fixtures/subjects --connections 8 --duration 30s
`

/** Differences that are printed; a broken gateway under load would print millions. */
const MOST_PRINTED = 100
const PROGRESS_MS = 2000

interface Plan {
  readonly rate: number | undefined
  readonly connections: number
  readonly durationMs: number | undefined
  readonly timeoutMs: number
}

async function replay(command: Command, paths: readonly string[], options: ReplayOptions): Promise<number> {
  const rate = options.rate === undefined ? undefined : wholeNumber(command, '--rate', options.rate)
  const given = command.getOptionValueSource('connections') !== 'default'
  const connections = wholeNumber(command, '--connections', options.connections, 10_000)
  const plan: Plan = {
    rate,
    // A rate with one connection would wait for each answer, and be no rate.
    connections: rate !== undefined && !given ? 1000 : connections,
    durationMs:
      options.duration === undefined ? undefined : duration(command, '--duration', options.duration),
    timeoutMs: duration(command, '--timeout', options.timeout),
  }
  const target = await readTarget(command, options)
  const { transcripts, faults } = await loadFixtures(paths)
  if (faults.length > 0)
    usage(
      command,
      faults.map(({ file, line, text }) => `${line > 0 ? `${file}:${line}` : file}: ${text}`).join('\n'),
    )
  if (!(await reachable(target))) return 1
  const report = new Report()
  await runAll(transcripts, target, plan, report)
  return report.end()
}

async function reachable(target: Target): Promise<boolean> {
  try {
    const client = await connect(target)
    await client.close()
    return true
  } catch (error) {
    if (!(error instanceof ConnectError)) throw error
    process.stderr.write(`${connectAdvice(error)}\n`)
    return false
  }
}

/** Differences as they come, progress, and the table at the end. */
class Report {
  readonly #summary = new Summary()
  #printed = 0
  #nextProgress = performance.now() + PROGRESS_MS

  add(outcome: Outcome): void {
    this.#summary.add(outcome)
    for (const difference of outcome.differences) this.#print(difference)
    if (performance.now() < this.#nextProgress) return
    this.#nextProgress = performance.now() + PROGRESS_MS
    const { transcripts, passed } = this.#summary
    process.stderr.write(`${transcripts} run, ${transcripts - passed} not as expected\n`)
  }

  /** The exit code. */
  end(): number {
    const unprinted = this.#summary.differences - this.#printed
    if (unprinted > 0) process.stdout.write(`and ${unprinted} more differences\n\n`)
    process.stdout.write(`${formatSummary(this.#summary.stop())}\n`)
    return this.#summary.differences === 0 ? 0 : 1
  }

  #print(difference: Difference): void {
    if (this.#printed >= MOST_PRINTED) return
    this.#printed++
    process.stdout.write(`${formatDifference(difference)}\n\n`)
  }
}

/**
 * Runs the transcripts in turn: closed loop, where each of `connections` begins the next when it has done one, or open
 * loop, where each has a moment at which it should begin.
 */
async function runAll(
  transcripts: readonly Transcript[],
  target: Target,
  plan: Plan,
  report: Report,
): Promise<void> {
  const { rate, connections, durationMs, timeoutMs } = plan
  const start = performance.now()
  const anyCounts = connections > 1
  let next = 0
  /** The next transcript and when it should begin; undefined when all is done. */
  const take = (): { transcript: Transcript; at: number | undefined } | undefined => {
    const index = next
    const at = rate === undefined ? undefined : start + (index * 1000) / rate
    const transcript = transcripts[index % transcripts.length]
    const done =
      durationMs === undefined ? index >= transcripts.length : (at ?? performance.now()) >= start + durationMs
    if (done || !transcript) return undefined
    next++
    return { transcript, at }
  }
  const worker = async (): Promise<void> => {
    for (let job = take(); job; job = take()) {
      if (job.at !== undefined) await until(job.at)
      const options = { timeoutMs, anyCounts, intendedStart: job.at }
      report.add(await runTranscript(job.transcript, target, options))
    }
  }
  const useful = durationMs === undefined ? Math.min(connections, transcripts.length) : connections
  await Promise.all(Array.from({ length: useful }, worker))
}

/** Timers count whole milliseconds: rather a little early than late by what would count as the gateway's. */
const until = (at: number): Promise<void> | undefined => {
  const left = Math.floor(at - performance.now())
  return left > 0 ? new Promise((resolve) => setTimeout(resolve, left)) : undefined
}
