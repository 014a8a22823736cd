import * as fs from 'node:fs'
import { hasWholeRecords, isWholeBatch, readBatchHeader } from './batch.js'
import { Chain } from './checksum.js'
import { readHead, readSegmentHead, SEGMENT_HEADER, segmentFile, segmentNumbers } from './segment.js'
import { readSnapshot, snapshotFiles } from './snapshot.js'
import { type Damage, firstLink, isKeyed } from './walk.js'

/**
 * What is wrong with a key for a journal's chain; undefined where nothing is. A chain that has no key yet takes any.
 * Without its key a store would open as an empty one, and with another its chain would go on as nobody could check it.
 */
export function faultOfKey(dir: string, key: Buffer | undefined): Damage | undefined {
  if (!fs.existsSync(dir)) return undefined
  const chain = new Chain(key)
  let foreign: Damage | undefined
  for (const number of segmentNumbers(dir).used.reverse()) {
    const file = segmentFile(dir, number)
    const head = readSegmentHead(readHead(file))
    if (!head?.keyed) continue
    const bytes = fs.readFileSync(file)
    if (!chain.keyed) {
      if (!isKeyed(chain, bytes, head)) continue
      return { file, offset: 12, reason: 'its chain has a key: give audit.key' }
    }
    const first = readBatchHeader(bytes, SEGMENT_HEADER)
    if (!first || !hasWholeRecords(bytes, SEGMENT_HEADER, first)) continue
    const previous = firstLink(chain, head.previous, bytes)
    if (isWholeBatch(chain, bytes, SEGMENT_HEADER, first, previous)) return undefined
    foreign ??= { file, offset: SEGMENT_HEADER, reason: 'its chain has another key than audit.key' }
  }
  // One damaged batch says nothing about the key while anything else has it.
  const fits = foreign && snapshotFiles(dir).some((file) => !('reason' in readSnapshot(chain, file)))
  return fits ? undefined : foreign
}
