import { readdir, readFile, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { parseTranscript, type Transcript, type TranscriptFault } from './transcript.js'

export interface LoadedFixtures {
  readonly transcripts: readonly Transcript[]
  readonly faults: readonly TranscriptFault[]
}

const NO_FIXTURE = /^(?:README|INDEX)\b/i

/**
 * Reads every transcript (`*.txt`, README and INDEX aside) of files and folders, at any depth, in the order of the
 * paths and then of the names; those with `LATE` come after the others. A path that isn't there, or a folder without any, is a fault.
 */
export async function loadFixtures(paths: readonly string[]): Promise<LoadedFixtures> {
  const transcripts: Transcript[] = []
  const faults: TranscriptFault[] = []
  for (const path of paths) {
    try {
      const files = (await stat(path)).isDirectory() ? await filesIn(path) : [path]
      if (files.length === 0)
        faults.push({ file: path, line: 0, text: 'no transcript (*.txt) in this folder' })
      for (const file of files) {
        const parsed = parseTranscript(await readFile(file, 'utf8'), file)
        if (parsed.ok) transcripts.push(parsed.transcript)
        else faults.push(...parsed.faults)
      }
    } catch (error) {
      faults.push({ file: path, line: 0, text: reasonOf(error) })
    }
  }
  transcripts.sort((a, b) => Number(a.late) - Number(b.late))
  return { transcripts, faults }
}

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  return entries
    .filter(
      (entry) => entry.isFile() && entry.name.endsWith('.txt') && !NO_FIXTURE.test(basename(entry.name)),
    )
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .sort()
}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'ENOENT') return 'no such file or folder'
  return error instanceof Error ? error.message : String(error)
}
