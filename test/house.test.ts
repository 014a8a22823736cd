import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'

/** The rooms of `src/`, top to bottom: a room imports only rooms below it. */
const ORDER = [
  'cli',
  'replay',
  'client',
  'gateway',
  'link',
  'exchange',
  'services',
  'matching',
  'generate',
  'records',
  'message',
  'frame',
  'directory',
  'store',
  'log',
  'config',
  'time',
  'bytes',
]
/** Rooms whose code must work for any set of formats. */
const NAMELESS = ['exchange', 'message', 'link', 'store']

const root = resolve('src')
const files = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .sort()
const room = (file: string): string => (file.includes('/') ? (file.split('/')[0] ?? '') : '')
const source = (file: string): string => readFileSync(join(root, file), 'utf8')

/** Files that a file imports, types aside where `values` is set. */
function imports(file: string, values = false): string[] {
  const text = source(file)
  return [...text.matchAll(/^(?:import|export)\s(?:(type)\s)?[^;'"]*?from\s'(\.[^']+)'/gm)]
    .filter(([, type]) => !(values && type))
    .map(([, , path]) => relative(root, resolve(root, dirname(file), path ?? '')).replace(/\.js$/, '.ts'))
}

describe('the house', () => {
  it('has the rooms that the table names', () => {
    const rooms = [...new Set(files.map(room))].filter((name) => name !== '')
    expect(rooms.sort()).toEqual([...ORDER].sort())
  })

  it.each(ORDER)('%s imports rooms below it only', (name) => {
    const wrong = files
      .filter((file) => room(file) === name)
      .flatMap((file) => imports(file).map((target) => ({ file, target })))
      .filter(({ target }) => room(target) !== name)
      .filter(({ target }) => ORDER.indexOf(room(target)) <= ORDER.indexOf(name))
    expect(wrong).toEqual([])
  })

  it('no service looks into another', () => {
    const wrong = files
      .filter((file) => /^services\/[^/]+\//.test(file))
      .flatMap((file) => imports(file).map((target) => ({ file, target })))
      .filter(({ target }) => /^services\/[^/]+\//.test(target))
      .filter(({ file, target }) => file.split('/')[1] !== target.split('/')[1])
    expect(wrong).toEqual([])
  })

  it('has no circles', () => {
    const circles: string[] = []
    const done = new Set<string>()
    const walk = (file: string, path: readonly string[]): void => {
      if (path.includes(file)) circles.push([...path.slice(path.indexOf(file)), file].join(' > '))
      if (path.includes(file) || done.has(file)) return
      for (const target of imports(file, true)) walk(target, [...path, file])
      done.add(file)
    }
    for (const file of files) walk(file, [])
    expect(circles).toEqual([])
  })

  it('names no message key where any must do', () => {
    const keys = readdirSync('formats/messages').map((name) => name.replace(/\.yaml$/, ''))
    expect(keys).toContain('IAQ')
    const literal = new RegExp(`['"\`](?:${keys.join('|')})['"\`]`)
    const wrong = files
      .filter((file) => NAMELESS.includes(room(file)))
      .flatMap((file) =>
        source(file)
          .split('\n')
          .map((line, i) => ({ at: `${file}:${i + 1}`, line })),
      )
      .filter(({ line }) => literal.test(line))
    expect(wrong).toEqual([])
  })
})
