/**
 * The worker thread behind `off-thread.ts`: it reads the formats once and then takes XML bodies apart. A body comes as
 * memory of its own and its number; what it was found to be goes back with the number.
 */
import { parentPort, workerData } from 'node:worker_threads'
import { loadFormats } from './formats.js'
import type { Parsed } from './incoming.js'
import { parseXml } from './xml.js'
import type { XmlLimits } from './xml-guard.js'

export interface WorkerStart {
  readonly formatsDir: string
  /** As the exchange holds them, whatever the folder says. */
  readonly limits: XmlLimits
}

export interface WorkerCall {
  readonly id: number
  readonly body: ArrayBuffer
}

export interface WorkerReply {
  readonly id: number
  readonly parsed: Parsed
}

const { formatsDir, limits } = workerData as WorkerStart
const formats = loadFormats(formatsDir)
Object.assign(formats.exchange.framing, limits)

parentPort?.on('message', ({ id, body }: WorkerCall) => {
  const reply: WorkerReply = { id, parsed: parseXml(formats, Buffer.from(body)) }
  parentPort?.postMessage(reply)
})
