import { join } from 'node:path'
import { FaultError, type ResolvedConfig } from '../config/index.js'
import { Directory, loadDirectory } from '../directory/index.js'
import { carries, type LinkConfig } from '../exchange/index.js'
import { loadNameTables, type NameTables } from '../matching/index.js'
import { checkServices, type Formats, loadFormats } from '../message/index.js'
import { loadSubjects, type Subjects } from '../records/index.js'
import { WallClock } from '../time/index.js'
import { loadRules, type Rules } from './rules.js'
import { type Centre, makeServices } from './services.js'

/** What the centre is by its configuration, read and checked. */
export interface CheckedCentre {
  readonly formats: Formats
  readonly directory: Directory
  readonly subjects: Subjects['subjects']
  readonly names: NameTables
  readonly rules: Rules
  readonly centre: Centre
  readonly wall: WallClock
}

/**
 * What the centre is by its configuration, without links and without a store.
 * @throws {FaultError} where anything is wrong; nothing was opened or made by then.
 */
export function checkCentre(config: ResolvedConfig): CheckedCentre {
  const formats = readFormats(config)
  const directory = readDirectory(config.directory)
  const all = loadSubjects(config.formats).subjects
  const subjects = config.subjects ? all : []
  const wall = new WallClock(offsetMinutes(config.clock.offset))
  const names = loadNameTables(join(config.formats, 'names'))
  const rules = loadRules(config.formats)
  const centre = makeServices({ config, formats, directory, wall, names, rules, subjects })
  checkServices(formats, centre.services, Object.keys(listsOf(config)))
  return { formats, directory, subjects, names, rules, centre, wall }
}

/**
 * The format files; limits of the configuration stand above theirs.
 * @throws {FaultError} naming every fault.
 */
export function readFormats(config: ResolvedConfig): Formats {
  const formats = loadFormats(config.formats)
  const { framing } = formats.exchange
  framing.text = config.limits.text ?? framing.text
  framing.xml = config.limits.xml ?? framing.xml
  return formats
}

/** @throws {FaultError} naming every fault. */
export function readDirectory(file: string): Directory {
  const loaded = loadDirectory(file)
  if (loaded instanceof Directory) return loaded
  throw new FaultError(loaded.map(({ line, reason }) => ({ file, line, reason })))
}

/** The lists of ORIs that a format's restrictions may name. */
export const listsOf = ({ brady }: ResolvedConfig): { readonly brady: readonly string[] | undefined } => ({
  brady: brady.oris,
})

/** With no links configured there is one, `default`, that carries every ORI of the directory. */
export function linksOf(config: ResolvedConfig): LinkConfig[] {
  if (config.links.length === 0)
    return [{ name: 'default', delivery: 'written', oris: undefined, certified: false, carries: () => true }]
  return config.links.map(({ name, delivery, oris, certificate, limits }) => ({
    name,
    limits,
    certified: certificate !== undefined,
    delivery,
    oris,
    carries: (ori) => carries(oris, ori),
  }))
}

/** `-07:00` in minutes. */
export function offsetMinutes(offset: string): number {
  const [hours = 0, minutes = 0] = offset.slice(1).split(':').map(Number)
  return (offset.startsWith('-') ? -1 : 1) * (hours * 60 + minutes)
}
