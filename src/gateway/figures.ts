import { existsSync } from 'node:fs'
import { FaultError, formatFault, type ResolvedConfig } from '../config/index.js'
import type { YearFigures } from '../exchange/index.js'
import { systemClock } from '../time/index.js'
import { checkCentre } from './centre.js'
import { callControl } from './control-client.js'
import { operate } from './operate.js'
import { journalDir, scanStore } from './store.js'

/** The figures of a store. */
export interface StoreFigures {
  readonly years: readonly YearFigures[]
  /** Immigration Violator records that were entered or maintained here and are live now. */
  readonly ncicLive: number
  /** The state of an ORI, by the directory. */
  readonly areaOf: (ori: string) => string
  /** What of the journal is damaged and not counted, a line each. */
  readonly damage: readonly string[]
}

/** What asks the service for the number of its live records. */
const LIVE = { service: 'ncic', args: { count: true } } as const

/**
 * The figures of a store that is served, or at rest.
 * @param recount count anew from the journal instead of asking whoever serves it.
 * @throws {FaultError} where there is no store.
 */
export async function readFigures(config: ResolvedConfig, recount: boolean): Promise<StoreFigures> {
  const { centre, directory, wall } = checkCentre(config)
  const areaOf = (ori: string): string => directory.get(ori)?.state ?? ''
  if (!recount) {
    const reply = await callControl(config.data, { call: 'figures' })
    if (reply.served) {
      const live = await operate(config, { call: 'view', ...LIVE })
      return { years: reply.answer as YearFigures[], ncicLive: live as number, areaOf, damage: [] }
    }
  }
  if (!existsSync(journalDir(config.data)))
    throw new FaultError([
      { file: config.data, line: 0, reason: 'no store there; serve it first, or name another with --data' },
    ])
  const { state, damage } = scanStore(config, recount, centre.memories)
  const t = systemClock.now()
  const live = centre.services
    .find(({ name }) => name === LIVE.service)
    ?.view?.(LIVE.args, { t, day: wall.at(t).day })
  return {
    years: [...state.figures.years.values()],
    ncicLive: Number(live ?? 0),
    areaOf,
    damage: damage.map(({ file, offset, reason }) =>
      formatFault({ file, line: 0, reason: `offset ${offset}: ${reason}` }),
    ),
  }
}
