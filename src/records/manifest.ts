import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { type Damage, replaceFile } from './files.js'

export const MANIFEST = 'manifest.json'
const FILE = MANIFEST

const segmentName = z.string().regex(/^[a-z0-9-]+\.seg$/)
const schema = z.strictObject({
  format: z.literal(1),
  segments: z.array(
    z.strictObject({
      file: segmentName,
      bytes: z.number().int().nonnegative(),
      lines: z.number().int().nonnegative(),
      sha256: z.string().regex(/^[0-9a-f]{64}$/),
    }),
  ),
})

/** The segments that count, in the order in which they came. */
export type Manifest = z.output<typeof schema>
export type ManifestEntry = Manifest['segments'][number]

/** Whether a text can be the name of a segment file; what arrives over a socket must be checked. */
export const isSegmentName = (name: string): boolean => segmentName.safeParse(name).success

/** Reads the manifest; a folder without one is an empty store. The second line is the hash of the first. */
export function readManifest(dir: string): Manifest | Damage {
  let text: string
  try {
    text = readFileSync(join(dir, FILE), 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { format: 1, segments: [] }
    throw error
  }
  const [body = '', hash = '', ...rest] = text.split('\n')
  if (rest.join('') !== '' || rest.length !== 1 || hash !== hashOf(body)) {
    return { file: FILE, offset: 0, reason: 'the checksum does not fit' }
  }
  const parsed = schema.safeParse(JSON.parse(body))
  if (parsed.success) return parsed.data
  return {
    file: FILE,
    offset: 0,
    reason: `not a manifest of this release: ${parsed.error.issues[0]?.message}`,
  }
}

/** Puts a new manifest in the old one's place. */
export function writeManifest(dir: string, manifest: Manifest): void {
  const body = JSON.stringify(manifest)
  replaceFile(join(dir, FILE), `${body}\n${hashOf(body)}\n`)
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
