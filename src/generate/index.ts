/**
 * The generate room: synthetic persons of the populations that the centre meets, as lines of a records file. Person i
 * of a seed is the same whatever the count and the machine. Nobody real is in it.
 */
import { join } from 'node:path'
import { ByteWriter } from '../bytes/index.js'
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

/** Bytes that are handed out at once: few enough to stay in a processor's cache. */
const CHUNK = 1 << 17
/** A line that begins before a chunk is full. */
const LINE = 1 << 12

/**
 * Makes persons as JSON Lines in UTF-8; each chunk is a number of whole lines, in memory of its own.
 * @throws {FaultError} where a file of the populations is wrong, before the first chunk.
 */
export function* generateLines({ seed, count, formatsDir }: GenerateOptions): Generator<Buffer, void> {
  if (!Number.isInteger(count) || count < 0 || count > MOST_PERSONS)
    throw new RangeError(`count must be a whole number from 0 to ${MOST_PERSONS}`)
  const maker = new PersonMaker(loadPopulations(formatsDir ?? join(packageRoot, 'formats')), seed)
  let chunk = new ByteWriter(CHUNK + LINE)
  for (let index = 0; index < count; index++) {
    maker.write(index, chunk)
    if (chunk.at < CHUNK) continue
    yield chunk.buffer.subarray(0, chunk.at)
    chunk = new ByteWriter(CHUNK + LINE)
  }
  if (chunk.at > 0) yield chunk.buffer.subarray(0, chunk.at)
}

/** The same as text. */
export function* generatePersons(options: GenerateOptions): Generator<string, void> {
  for (const chunk of generateLines(options)) yield chunk.toString('utf8')
}
