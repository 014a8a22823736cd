/** The thread that checks and packs lines of a load, and takes out of them what the index needs. */
import { parentPort, workerData } from 'node:worker_threads'
import { LinePacker, type PackedLines } from '../../records/batch.js'
import type { FoldingTables } from '../names.js'
import { type GatheredLines, Gatherer } from './gather.js'

export interface LoadWork {
  readonly bytes: Uint8Array
  /** Whether the lines begin the file. */
  readonly start: boolean
}

/** Packed lines with what the index needs of them. */
export interface GatheredPack extends PackedLines {
  readonly gathered: GatheredLines
}

const gatherer = new Gatherer(workerData as FoldingTables)
const packer = new LinePacker(gatherer)

parentPort?.on('message', ({ bytes, start }: LoadWork) => {
  const packed: GatheredPack = { ...packer.pack(bytes, start), gathered: gatherer.taken() }
  const columns = [...Object.values(packed), ...Object.values(packed.gathered)]
  parentPort?.postMessage(
    packed,
    columns.filter((each) => ArrayBuffer.isView(each)).map((each) => each.buffer as ArrayBuffer),
  )
})
