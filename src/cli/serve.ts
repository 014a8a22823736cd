import { Command } from 'commander'
import { createGateway, type Gateway } from '../gateway/index.js'
import { addSharedOptions, resolveConfig, type SharedOptions } from './shared.js'
import { usage } from './target.js'

/** `serve`: the gateway itself. */
export function serveCommand(): Command {
  const command = new Command('serve')
    .description(
      "serve a store; the log goes to standard error and says 'listening' when connections are taken",
    )
    .option('--port <port>', 'port of the first listener (0: a free one; default: 9010)')
    .option('--host <host>', 'address of the first listener (default: 127.0.0.1)')
    .addHelpText('after', '\nExample:\n  iaq-gateway serve --data ./data --port 9010\n')
  return addSharedOptions(command).action(async (options: SharedOptions) => {
    await serve(command, options)
  })
}

async function serve(command: Command, options: SharedOptions): Promise<void> {
  const flags: Record<string, unknown> = {}
  if (options.port !== undefined) {
    if (!/^\d{1,5}$/.test(String(options.port)))
      usage(command, `--port must be a number, not '${options.port}'`)
    flags['listen.0.port'] = Number(options.port)
  }
  if (options.host !== undefined) flags['listen.0.host'] = options.host
  // From the start on: without a handler the signal would end a gateway that is just opening its store.
  let gateway: Gateway | undefined
  process.on('SIGHUP', () => gateway?.reload())
  gateway = await createGateway({ config: resolveConfig(options, flags), stderr: true })
  const served = gateway
  const stop = (): void => {
    served.close().then(
      () => process.exit(0),
      (error: unknown) => {
        process.stderr.write(`stopping failed: ${(error as Error).stack}\n`)
        process.exit(1)
      },
    )
  }
  process.once('SIGTERM', stop)
  process.once('SIGINT', stop)
}
