import type { ResolvedConfig } from '../config/index.js'
import type { Directory } from '../directory/index.js'
import { compareNames, createMatcher, type NameTables } from '../matching/index.js'
import type { Formats } from '../message/index.js'
import type { PersonRecord, Subjects } from '../records/index.js'
import {
  bradyService,
  callService,
  confirmationService,
  detainerService,
  type Files,
  helpService,
  type Memory,
  mailService,
  ncicService,
  queryService,
  type Reviews,
  reviewService,
  type Service,
  screeningService,
  tipService,
} from '../services/index.js'
import type { WallClock } from '../time/index.js'
import { delaySampler } from './delay.js'
import type { Rules } from './rules.js'

/** What services look persons up in, once there is something: they are made before a store is opened. */
export interface Lookup {
  byArn(arn: string): PersonRecord | undefined
  byNic(nic: string): readonly PersonRecord[]
}

export class LateFiles implements Files {
  #lookup: (() => Lookup) | undefined

  constructor(private readonly names: NameTables) {}

  /** @param lookup called at each question. */
  open(lookup: () => Lookup): void {
    this.#lookup = lookup
  }

  byArn(arn: string): PersonRecord | undefined {
    return this.#lookup?.().byArn(arn)
  }

  byNic(nic: string): readonly PersonRecord[] {
    return this.#lookup?.().byNic(nic) ?? []
  }

  compareNames(a: string, b: string): number {
    return compareNames(a, b, this.names)
  }
}

export interface ServicesOptions {
  readonly config: ResolvedConfig
  readonly formats: Formats
  readonly directory: Directory
  readonly wall: WallClock
  readonly names: NameTables
  /** What the services are told by their files; who changes it changes what they do. */
  readonly rules: Rules
  /** The test subjects; none where the configuration leaves them out. */
  readonly subjects: Subjects['subjects']
}

/** The centre's services, what they look up persons in, and what they remember. */
export interface Centre {
  readonly services: readonly Service[]
  readonly files: LateFiles
  readonly memories: ReadonlyMap<string, Memory>
}

/** Makes the services and gives each what it needs of the others. */
export function makeServices(options: ServicesOptions): Centre {
  const { config, formats, directory, wall, names, rules, subjects } = options
  const files = new LateFiles(names)
  const answers = new Map(
    subjects.flatMap(({ record, answer }) => (answer ? [[record.arn as string, answer]] : [])),
  )
  const ncic = ncicService({
    ...{ rules: rules.ncic, formats, wall, files, least: config.match.possible },
    engine: () => createMatcher({ names, thresholds: config.match }),
  })
  const areaOf = (ori: string): string => directory.get(ori)?.state ?? ''
  const detainer = detainerService({
    ...{ rules: rules.detainer, formats, files },
    areaOf,
  })
  const confirmation = confirmationService({
    ...{ rules: rules.confirmation, formats, files, by: config.confirm.by },
    ...{ records: ncic.records, detainers: detainer },
  })
  // Each words or keeps what the other brings; it is there though nothing goes to it any more, for what is left.
  const review: Service & Reviews = reviewService({
    ...{ rules: rules.review, files },
    finals: {
      match: (doubt, candidate) => query.finals.match(doubt, candidate),
      none: (doubt) => query.finals.none(doubt),
    },
    closed: (reference) => brady.closed(reference),
  })
  const query = queryService({
    ...{ formats, wall, subjects: answers, records: ncic.records },
    delay: delaySampler(config.answer.delay),
    reviews: config.review === 'possible' ? review : undefined,
  })
  const brady = bradyService({ rules: rules.brady, wall, query })
  const services: Service[] = [
    query,
    review,
    mailService({
      ...{ rules: rules.mail, formats },
      isKnown: (ori) => directory.get(ori) !== undefined,
    }),
    helpService({ rules: rules.help, formats }),
    ncic,
    confirmation,
    detainer,
    screeningService({ rules: rules.screening, formats, records: ncic.records }),
    brady,
    tipService({ rules: rules.tips, areaOf }),
    callService(),
  ]
  const memories = services.flatMap(({ name, memory }) => (memory ? [[name, memory] as const] : []))
  return { services, files, memories: new Map(memories) }
}
