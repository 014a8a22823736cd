import { getHeapStatistics } from 'node:v8'
import { Worker } from 'node:worker_threads'
import { Command } from 'commander'
import type { ServeOrder, ServeStart } from './serve-thread.js'
import { addSharedOptions, type SharedOptions } from './shared.js'
import { usage } from './target.js'

/**
 * Memory for what is young. A thousand messages under way are some ten megabytes; with the 16 MiB that a process gets
 * by itself every collection copies most of them, with this one few. It is used as far as the load needs it.
 */
const YOUNG_MIB = 192
const MIB = 1 << 20

/** `serve`: the gateway itself. */
export function serveCommand(): Command {
  const command = new Command('serve')
    .description(
      "serve a store; the log goes to standard error and says 'listening' when connections are taken",
    )
    .option('--port <port>', 'port of the first listener (0: a free one; default: 9010)')
    .option('--host <host>', 'address of the first listener (default: 127.0.0.1)')
    .addHelpText('after', '\nExample:\n  iaq-gateway serve --data ./data --port 9010\n')
  return addSharedOptions(command).action((options: SharedOptions) => serve(command, options))
}

function serve(command: Command, options: SharedOptions): void {
  const flags: Record<string, unknown> = {}
  if (options.port !== undefined) {
    if (!/^\d{1,5}$/.test(String(options.port)))
      usage(command, `--port must be a number, not '${options.port}'`)
    flags['listen.0.port'] = Number(options.port)
  }
  if (options.host !== undefined) flags['listen.0.host'] = options.host
  const start: ServeStart = { options: { ...options }, flags }
  const thread = new Worker(new URL('./serve-thread.js', import.meta.url), {
    workerData: start,
    resourceLimits: {
      maxYoungGenerationSizeMb: YOUNG_MIB,
      maxOldGenerationSizeMb: getHeapStatistics().heap_size_limit / MIB,
    },
  })
  const order = (what: ServeOrder): void => thread.postMessage(what)
  // From the start on: without a handler the signal would end a gateway that is just opening its store.
  process.on('SIGHUP', () => order('reload'))
  process.once('SIGTERM', () => order('stop'))
  process.once('SIGINT', () => order('stop'))
  thread.on('error', ({ stack }) => process.stderr.write(`the gateway failed: ${stack}\n`))
  thread.on('exit', (code) => process.exit(code))
}
