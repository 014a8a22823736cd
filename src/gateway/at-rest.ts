import { join } from 'node:path'
import type { ResolvedConfig } from '../config/index.js'
import { Addresses, Deeds, type DeedsOptions, type State } from '../exchange/index.js'
import type { Json } from '../services/index.js'
import { systemClock } from '../time/index.js'
import { checkCentre, linksOf } from './centre.js'
import { lockStore } from './lock.js'
import { Persons } from './persons.js'
import { openStore, scanStore } from './store.js'

/** What operators have a service do, or show. */
export type ServiceCall =
  | {
      readonly call: 'act'
      readonly service: string
      readonly action: string
      readonly args: Readonly<Record<string, Json | undefined>>
    }
  | {
      readonly call: 'view'
      readonly service: string
      readonly args: Readonly<Record<string, Json | undefined>>
    }

/** What services are asked over a store that nobody serves: they are made for it, and remember what it holds. */
export async function serviceAtRest(config: ResolvedConfig, operation: ServiceCall): Promise<unknown> {
  const { centre, names, subjects, wall } = checkCentre(config)
  const clock = systemClock
  const services = new Map(centre.services.map((each) => [each.name, each]))
  const unlock = operation.call === 'act' ? lockStore(config.data) : () => undefined
  const namesDir = join(config.formats, 'names')
  const persons = Persons.open({
    ...{ dataDir: config.data, names, namesDir, thresholds: config.match, subjects, own: false },
    offThread: Number.POSITIVE_INFINITY,
  })
  centre.files.open(() => persons)
  const { matcher } = persons
  try {
    if (operation.call === 'view') {
      const { state } = scanStore(config, false, centre.memories)
      const write = (): void => undefined
      return new Deeds({ ...resting(config, state), services, wall, write, matcher }).view(
        operation.service,
        operation.args,
      )
    }
    const { journal, state, close } = openStore(config, clock, centre.memories)
    try {
      const write: DeedsOptions['write'] = (record, kept, synced) => {
        const [at] = journal.append([record])
        if (at !== undefined) kept(at)
        synced()
      }
      const deeds = new Deeds({ ...resting(config, state), services, wall, write, matcher })
      return await deeds.act(operation.service, operation.action, operation.args)
    } finally {
      await close()
    }
  } finally {
    persons.close()
    unlock()
  }
}

/** What becomes of answers while nobody serves the store: they wait. */
function resting(
  config: ResolvedConfig,
  state: State,
): Omit<DeedsOptions, 'services' | 'wall' | 'write' | 'matcher'> {
  return {
    state,
    clock: systemClock,
    addresses: new Addresses({
      state,
      links: linksOf(config),
      clock: systemClock,
      unknown: (ori) =>
        void process.stderr.write(`no link carries ${ori}; what it was to be told is not sent\n`),
    }),
    ready: () => undefined,
    kept: (answers, at) => {
      for (const waiting of answers) waiting.at = at
    },
    failed: (_, error) => {
      throw error
    },
  }
}
