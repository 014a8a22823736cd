import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { FaultError } from '../../src/config/index.js'

/** Changes a text of a file that must be there. Returns the line of it. */
export function changeIn(dir: string, file: string, from: string, to: string): number {
  const text = readFileSync(join(dir, file), 'utf8')
  const at = text.indexOf(from)
  if (at < 0) throw new Error(`${file} doesn't hold ${from}`)
  writeFileSync(join(dir, file), text.slice(0, at) + to + text.slice(at + from.length))
  return text.slice(0, at).split('\n').length
}

/** What is said of a folder, a line a fault, without its name; undefined where nothing is wrong. */
export function faultsOf(dir: string, work: () => unknown): string[] | undefined {
  try {
    work()
    return undefined
  } catch (error) {
    if (!(error instanceof FaultError)) throw error
    return error.message.split('\n').map((line) => line.replace(`${dir}/`, ''))
  }
}
