import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { packageRoot } from '../config/index.js'
import type { IndexDone, IndexWork } from './index-worker.js'

/** Workers run compiled code alone, so that it is the one of `dist/` when the sources themselves are run. */
const WORKER_FILE = join(packageRoot, 'dist', 'matching', 'index-worker.js')

/** Work on a store's indexes in a thread of its own, which the process doesn't wait for when it ends. */
export function workOnIndexes(work: IndexWork): {
  readonly done: Promise<IndexDone>
  readonly stop: () => void
} {
  const worker = new Worker(WORKER_FILE, { workerData: work, execArgv: [] })
  worker.unref()
  const done = new Promise<IndexDone>((resolve, reject) => {
    worker.once('message', resolve)
    worker.once('error', reject)
    worker.once('exit', () => {
      reject(new Error('the thread that works on the indexes has ended'))
    })
  })
  return { done, stop: () => void worker.terminate() }
}
