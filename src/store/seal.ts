import { createHash } from 'node:crypto'
import * as fs from 'node:fs'
import { join, relative } from 'node:path'
import { Chain, GENESIS } from './checksum.js'
import { syncFolder } from './segment.js'
import type { Damage } from './walk.js'

/** What a store that was closed in order holds besides journal and records, which have checks of their own. */
interface Seal {
  /** The chain's hash after the last record. */
  readonly head: string
  /** Each file with its bytes and their hash, by its path in the store. */
  readonly files: Readonly<Record<string, readonly [bytes: number, sha256: string]>>
}

const NAME = 'seal.json'
/** Folders whose files the seal covers byte by byte. */
const COVERED = ['log']
/** Folders whose files have checks of their own: the seal has their lengths, so that none can be missing. */
const COUNTED = ['journal', 'records']

/** Writes the seal of a store that nobody writes to any more. */
export function sealStore(dataDir: string, head: string, key?: Buffer): void {
  const files: Record<string, [number, string]> = {}
  for (const file of coveredFiles(dataDir)) files[relative(dataDir, file)] = describe(file)
  for (const file of countedFiles(dataDir)) files[relative(dataDir, file)] = [fs.statSync(file).size, '']
  const body = JSON.stringify({ head, files } satisfies Seal)
  const text = `${JSON.stringify({ seal: signature(body, key) })}\n${body}\n`
  const draft = join(dataDir, `${NAME}.part`)
  fs.writeFileSync(draft, text, { mode: 0o600, flush: true })
  fs.renameSync(draft, join(dataDir, NAME))
  syncFolder(dataDir)
}

/** A store that is opened has no seal. */
export function breakSeal(dataDir: string): void {
  fs.rmSync(join(dataDir, NAME), { force: true })
}

/** The head that a store was closed with; undefined where it wasn't closed in order, a damage where it isn't what was written. */
export function readSeal(dataDir: string, key?: Buffer): Seal | Damage | undefined {
  const file = join(dataDir, NAME)
  if (!fs.existsSync(file)) return undefined
  const damaged: Damage = { file, offset: 0, reason: 'is damaged, or made with another key' }
  const text = fs.readFileSync(file, 'latin1')
  const end = text.indexOf('\n')
  const body = text.slice(end + 1, -1)
  if (text !== `${JSON.stringify({ seal: signature(body, key) })}\n${body}\n`) return damaged
  return JSON.parse(body) as Seal
}

/** What differs from the seal: files changed, cut, gone, or put in. */
export function checkSeal(dataDir: string, seal: Seal): Damage[] {
  const damage: Damage[] = []
  const seen = new Set<string>()
  for (const file of [...coveredFiles(dataDir), ...countedFiles(dataDir)]) {
    const name = relative(dataDir, file)
    seen.add(name)
    const known = seal.files[name]
    if (!known) damage.push({ file, offset: 0, reason: 'was not there when the store was closed' })
    else if (fs.statSync(file).size !== known[0])
      damage.push({ file, offset: Math.min(fs.statSync(file).size, known[0]), reason: 'has another length' })
    else if (known[1] !== '' && describe(file)[1] !== known[1])
      damage.push({ file, offset: 0, reason: 'was changed since the store was closed' })
  }
  for (const name of Object.keys(seal.files))
    if (!seen.has(name)) damage.push({ file: join(dataDir, name), offset: 0, reason: 'is missing' })
  return damage
}

const signature = (body: string, key: Buffer | undefined): string =>
  new Chain(key).link(GENESIS, Buffer.from(body)).toString('hex')

const coveredFiles = (dataDir: string): string[] => filesOf(dataDir, COVERED)
const countedFiles = (dataDir: string): string[] => filesOf(dataDir, COUNTED)

function filesOf(dataDir: string, folders: readonly string[]): string[] {
  return folders.flatMap((folder) => {
    const dir = join(dataDir, folder)
    if (!fs.existsSync(dir)) return []
    return fs
      .readdirSync(dir, { withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(dir, entry.name))
      .sort()
  })
}

function describe(file: string): [number, string] {
  const hash = createHash('sha256')
  const space = Buffer.allocUnsafe(1 << 20)
  const fd = fs.openSync(file, 'r')
  let bytes = 0
  try {
    for (let read = fs.readSync(fd, space); read > 0; read = fs.readSync(fd, space)) {
      hash.update(space.subarray(0, read))
      bytes += read
    }
  } finally {
    fs.closeSync(fd)
  }
  return [bytes, hash.digest('hex')]
}
