import { renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { DamageError, syncFolder, withLock } from './files.js'
import { type ManifestEntry, readManifest, writeManifest } from './manifest.js'
import { openSegmentFile, SegmentWriter } from './segment.js'
import { indexOf, newSegmentName } from './store.js'

/**
 * Makes one segment of several that follow one another, whose lines it holds in their order, and puts it in their place;
 * whoever has them open goes on reading them, though the folder has them no more.
 * @param index makes the new segment's index.
 * @returns the new segment, or undefined where another was quicker.
 */
export function mergeSegmentFiles(
  dir: string,
  old: readonly ManifestEntry[],
  index: (file: string, of: { readonly bytes: number; readonly lines: number }) => void,
): ManifestEntry | undefined {
  const file = newSegmentName()
  const writer = new SegmentWriter(join(dir, `${file}.part`))
  try {
    for (const each of old) {
      const reader = openSegmentFile(join(dir, each.file), each.file, false)
      if ('reason' in reader) throw new DamageError(reader)
      writer.append(reader)
      reader.close()
    }
    const sha256 = writer.finish()
    const entry = { file, bytes: writer.bytes, lines: writer.lines, sha256 }
    index(file, entry)
    renameSync(join(dir, `${file}.part`), join(dir, file))
    syncFolder(dir)
    return withLock(dir, () => swap(dir, old, entry))
  } catch (error) {
    writer.abandon()
    for (const each of [file, `${file}.part`, indexOf(file)]) rmSync(join(dir, each), { force: true })
    throw error
  }
}

function swap(dir: string, old: readonly ManifestEntry[], entry: ManifestEntry): ManifestEntry | undefined {
  const manifest = readManifest(dir)
  const segments = 'reason' in manifest ? [] : [...manifest.segments]
  const at = segments.findIndex((each) => each.file === old[0]?.file)
  const same = at >= 0 && old.every((each, i) => segments[at + i]?.file === each.file)
  if (!same) {
    for (const each of [entry.file, indexOf(entry.file)]) rmSync(join(dir, each), { force: true })
    return undefined
  }
  segments.splice(at, old.length, entry)
  writeManifest(dir, { format: 1, segments })
  for (const each of old)
    for (const name of [each.file, indexOf(each.file)]) rmSync(join(dir, name), { force: true })
  return entry
}
