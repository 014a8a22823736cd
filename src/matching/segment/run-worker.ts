/** The thread that makes an index of what a builder has gathered, while the load goes on. */
import { parentPort, workerData } from 'node:worker_threads'
import { type Gathered, segmentOf } from './build.js'
import { type IndexOf, writeIndex } from './file.js'

export interface RunWork {
  readonly path: string
  readonly of: IndexOf
  readonly gathered: Gathered
  readonly particles: ReadonlySet<string>
}

const { path, of, gathered, particles } = workerData as RunWork
writeIndex(path, segmentOf(gathered, particles), of)
parentPort?.postMessage('written')
