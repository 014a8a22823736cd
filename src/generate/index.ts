/**
 * The generate room: synthetic persons of the populations that the centre meets, as lines of a records file. Person i of
 * a seed is the same whatever the count and the machine. Nobody real is in it.
 */
import { join } from 'node:path'
import { packageRoot } from '../config/index.js'
import { PersonMaker } from './person.js'
import { loadPopulations } from './populations.js'

export interface GenerateOptions {
  readonly seed: number
  readonly count: number
  /** Folder of the formats; the one that ships where it isn't given. */
  readonly formatsDir?: string
}

/** Characters that are handed out at once. */
const CHUNK = 1 << 17

/** Makes persons; each chunk is a number of whole lines. */
export function* generatePersons({ seed, count, formatsDir }: GenerateOptions): Generator<string, void> {
  const maker = new PersonMaker(loadPopulations(formatsDir ?? join(packageRoot, 'formats')), seed)
  let chunk = ''
  for (let index = 0; index < count; index++) {
    chunk += `${maker.line(index)}\n`
    if (chunk.length < CHUNK) continue
    yield chunk
    chunk = ''
  }
  if (chunk !== '') yield chunk
}
