/**
 * The generate room: synthetic persons of the populations that the centre meets, as lines of a records file. Person i
 * of a seed is the same whatever the count and the machine. Nobody real is in it.
 */
import { join } from 'node:path'
import { packageRoot } from '../config/index.js'
import { MOST_PERSONS, PersonMaker } from './person.js'
import { loadPopulations } from './populations.js'

export { MOST_PERSONS } from './person.js'

export interface GenerateOptions {
  /** Any number or word; 7 and '7' are the same. */
  readonly seed: number | string
  readonly count: number
  /** Folder of the formats; the one that ships where it isn't given. */
  readonly formatsDir?: string
}

/** Characters that are handed out at once: few enough to stay in a processor's cache. */
const CHUNK = 1 << 17

/**
 * Makes persons as JSON Lines; each chunk is a number of whole lines.
 * @throws {FaultError} where a file of the populations is wrong, before the first chunk.
 */
export function* generatePersons({ seed, count, formatsDir }: GenerateOptions): Generator<string, void> {
  if (!Number.isInteger(count) || count < 0 || count > MOST_PERSONS)
    throw new RangeError(`count must be a whole number from 0 to ${MOST_PERSONS}`)
  const maker = new PersonMaker(loadPopulations(formatsDir ?? join(packageRoot, 'formats')), seed)
  let chunk = ''
  for (let index = 0; index < count; index++) {
    chunk += maker.line(index)
    if (chunk.length < CHUNK) continue
    yield chunk
    chunk = ''
  }
  if (chunk !== '') yield chunk
}
