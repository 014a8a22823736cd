import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))

export const nameOf = (bytes) => createHash('sha256').update(bytes).digest('hex').slice(0, 16)

/** The inputs that are kept for a target, a file each. */
export function readCorpus(dir, target) {
  const folder = join(dir, target)
  if (!existsSync(folder)) return []
  return readdirSync(folder)
    .sort()
    .map((name) => readFileSync(join(folder, name)))
}

export function writeCorpus(dir, target, bytes) {
  mkdirSync(join(dir, target), { recursive: true })
  writeFileSync(join(dir, target, nameOf(bytes)), bytes)
}

/** Every message that the fixtures send, framed nowhere: lines that begin with `>`, joined as the replay joins them. */
export function fixtureMessages() {
  const messages = []
  for (const path of readdirSync(join(root, 'fixtures'), { recursive: true }).sort()) {
    if (!/\.txt$/.test(path)) continue
    let lines = []
    for (const line of [...readFileSync(join(root, 'fixtures', path), 'latin1').split('\n'), '']) {
      const sent = /^>[+.]? (.*)$/.exec(line)
      if (sent) lines.push(sent[1].replace(/<TODAY[^>]*>/, '20260101'))
      else if (lines.length > 0) {
        messages.push(lines.join('\r\n'))
        lines = []
      }
    }
  }
  return [...new Set(messages)].map((text) => Buffer.from(text, 'latin1'))
}

/** The raw bytes that the fixtures send. */
export function fixtureBytes() {
  const found = []
  for (const path of readdirSync(join(root, 'fixtures'), { recursive: true }).sort()) {
    if (!/\.txt$/.test(path)) continue
    for (const line of readFileSync(join(root, 'fixtures', path), 'latin1').split('\n')) {
      const raw = /^>> (.*)$/.exec(line)?.[1]
      if (raw === undefined) continue
      const text = raw.replace(/\\(x[0-9A-Fa-f]{2}|.)/g, (_, c) =>
        c[0] === 'x' ? String.fromCharCode(Number.parseInt(c.slice(1), 16)) : ({ r: '\r', n: '\n' }[c] ?? c),
      )
      found.push(Buffer.from(text, 'latin1'))
    }
  }
  return found
}

export const packageFile = (...path) => join(root, ...path)
