/** Persons of a store under an NCIC number, for who has its segments and no engine. */
import type { PersonRecord } from '../records/types.js'
import { identifierKey, plainNumber } from './people.js'
import { Segment } from './segment/segment.js'
import type { Stock, Stocked } from './stock.js'

const opened = new WeakMap<Stocked, Segment>()

function segmentOf(stocked: Stocked): Segment {
  let segment = opened.get(stocked)
  if (!segment) {
    segment = new Segment(stocked.data, stocked.identifiers)
    opened.set(stocked, segment)
  }
  return segment
}

/** Persons on file whom an NCIC record of this number is about. */
export function personsByNic(stock: Stock, nic: string): PersonRecord[] {
  const number = plainNumber(nic)
  const has = (person: PersonRecord | undefined): person is PersonRecord =>
    person?.ncic.some((each) => plainNumber(each.nic) === number) ?? false
  const found = new Map<string, PersonRecord>()
  for (const stocked of stock.segments) {
    const segment = segmentOf(stocked)
    for (const row of segment.identify(identifierKey('NIC', number))) {
      const person = stock.record(stocked.file, segment.lineOf(row))
      // A later segment may say something else of the same person.
      const now = has(person) ? stock.byArn(person.arn) : undefined
      if (has(now)) found.set(now.arn, now)
    }
  }
  return [...found.values()]
}
