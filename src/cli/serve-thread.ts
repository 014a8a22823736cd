/** The thread that {@link serveCommand} runs the gateway in, since only a thread can be given its memory. */
import { parentPort, workerData } from 'node:worker_threads'
import { createGateway, type Gateway } from '../gateway/index.js'
import { tellFault } from './fault.js'
import { resolveConfig, type SharedOptions } from './shared.js'

export interface ServeStart {
  readonly options: SharedOptions
  readonly flags: Readonly<Record<string, unknown>>
}

/** What the signals of the process ask for. */
export type ServeOrder = 'reload' | 'stop'

let gateway: Gateway | undefined
/** It was to stop before it was there. */
let stopping = false

async function stop(): Promise<void> {
  stopping = true
  if (!gateway) return
  try {
    await gateway.close()
    process.exit(0)
  } catch (error) {
    process.stderr.write(`stopping failed: ${(error as Error).stack}\n`)
    process.exit(1)
  }
}

parentPort?.on('message', (order: ServeOrder) => {
  if (order === 'stop') void stop()
  else gateway?.reload()
})

try {
  const { options, flags } = workerData as ServeStart
  gateway = await createGateway({ config: resolveConfig(options, flags), stderr: true })
  if (stopping) await stop()
} catch (error) {
  process.exit(tellFault(error))
}
