import type { Candidate } from '../../matching/index.js'
import type { Formats, Supplied } from '../../message/index.js'
import type { PersonName } from '../../records/index.js'
import { print, printName } from '../print.js'
import type { ViolatorRecords } from '../types.js'
import { CODE_TABLE, type RESPONSES } from './needs.js'

type Match = Supplied<(typeof RESPONSES)['MATCH']>
type Listed = Supplied<(typeof RESPONSES)['POSSIBLE MATCH']>['candidates'][number]

/** The values of a MATCH that the layout may print. */
export function personValues(formats: Formats, candidate: Candidate, records: ViolatorRecords): Match {
  const { person } = candidate
  const [primary, ...others] = [...person.names].sort((a, b) => rank(a) - rank(b))
  return {
    name: primary ? printName(primary) : '',
    arn: person.arn,
    dob: person.dob,
    cob: person.pob,
    cobName: formats.code(CODE_TABLE, person.pob),
    sex: person.sex,
    statusCode: print(person.status.code),
    statusClass: print(person.status.class),
    statusSince: printDate(person.status.since),
    admittedDate: printDate(person.admitted.date),
    admittedPort: print(person.admitted.port),
    interest: person.interest ? 'YES' : 'NO',
    aliases: others.map((name) => ({ alias: printName(name) })),
    ncic: records.of(person),
    matchedOn: matchedOn(candidate),
  }
}

const rank = (name: PersonName): number => (name.type === 'primary' ? 0 : 1)

export function candidateValues(candidate: Candidate, index: number): Listed {
  const { person } = candidate
  const name = person.names.find((each) => each.type === 'primary') ?? person.names[0]
  return {
    number: `${index + 1}`.padStart(2, '0'),
    arn: person.arn,
    name: name ? printName(name) : '',
    dob: person.dob,
    pob: person.pob,
    score: `${Math.max(1, Math.round(candidate.score))}`,
  }
}

/** MM/DD/CCYY of CCYYMMDD; a month or day that isn't known stays 00. */
function printDate(date: string): string {
  return date.length === 8 ? `${date.slice(4, 6)}/${date.slice(6)}/${date.slice(0, 4)}` : ''
}

/** The fields whose evidence speaks for the candidate. */
function matchedOn(candidate: Candidate): string {
  const fields = candidate.why.filter((each) => each.bits > 0).map((each) => each.field)
  return [...new Set(fields)].join(', ')
}
