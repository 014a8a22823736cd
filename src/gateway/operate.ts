import { existsSync } from 'node:fs'
import { FaultError, type ResolvedConfig } from '../config/index.js'
import { type Exchange, Operations, type SentAnswer } from '../exchange/index.js'
import type { RecordDraft } from '../store/index.js'
import { systemClock, WallClock } from '../time/index.js'
import { type ServiceCall, serviceAtRest } from './at-rest.js'
import { checkCentre } from './centre.js'
import { callControl } from './control-client.js'
import { lockStore } from './lock.js'
import { openStore, scanStore } from './store.js'

/** What operators call for. Each works on a store that is served and on one at rest. */
export type Operation =
  | { readonly call: 'links' }
  | { readonly call: 'queue'; readonly link?: string | undefined; readonly most: number }
  | { readonly call: 'hold'; readonly link: string; readonly held: boolean }
  | { readonly call: 'release' | 'cancel'; readonly reference: string }
  | { readonly call: 'resend'; readonly link: string; readonly answers: readonly SentAnswer[] }
  | {
      readonly call: 'note'
      readonly what: string
      readonly details: Readonly<Record<string, string | number>>
    }
  | ServiceCall

/** A link as `links` shows it. */
export interface LinkState {
  readonly name: string
  readonly connections: number
  readonly waiting: number
  readonly unacknowledged: number
  readonly held: boolean
  /** Counts of the last message in and out. */
  readonly in: number
  readonly out: number
}

const READS: readonly Operation['call'][] = ['links', 'queue']

/** Does one operation over a store, through the gateway that serves it or on its own. */
export async function operate(config: ResolvedConfig, operation: Operation): Promise<unknown> {
  const reply = await callControl(config.data, operation)
  if (reply.served) return reply.answer
  if (!existsSync(config.data))
    throw new FaultError([{ file: config.data, line: 0, reason: 'no store there; name one with --data' }])
  if (operation.call === 'act' || operation.call === 'view') return await serviceAtRest(config, operation)
  const names = config.links.length === 0 ? ['default'] : config.links.map(({ name }) => name)
  const idle = { connections: 0, waiting: 0, unacknowledged: 0, held: false }
  const atRest = (): Omit<LinkState, 'in' | 'out'>[] => names.map((name) => ({ name, ...idle }))
  if (READS.includes(operation.call)) {
    const { state } = scanStore(config)
    const none = { append: () => undefined, appendLazily: () => undefined }
    const made = { state, clock: systemClock, wall: new WallClock(0), services: [], committer: none }
    return perform(new Operations(made), operation, atRest)
  }
  const { centre, wall } = checkCentre(config)
  const unlock = lockStore(config.data)
  try {
    const { journal, state, close } = openStore(config, systemClock, centre.memories)
    const append = (record: RecordDraft): void => void journal.append([record])
    const committer = { append, appendLazily: append }
    try {
      const { services } = centre
      return perform(
        new Operations({ state, clock: systemClock, wall, services, committer }),
        operation,
        atRest,
      )
    } finally {
      await close()
    }
  } finally {
    unlock()
  }
}

/** The calls of the control socket that operators make. */
export function operatorCalls(exchange: Exchange): Record<Operation['call'], (argument: unknown) => unknown> {
  const run = (argument: unknown): unknown =>
    perform(exchange.operations, argument as StoreOperation, () => exchange.delivery.summary())
  return {
    ...{ links: run, queue: run, hold: run, release: run, cancel: run, resend: run, note: run },
    act: (argument) => {
      const { service, action, args } = argument as ServiceCall & { readonly call: 'act' }
      return exchange.deeds.act(service, action, args)
    },
    view: (argument) => {
      const { service, args } = argument as ServiceCall & { readonly call: 'view' }
      return exchange.deeds.view(service, args)
    },
  }
}

type StoreOperation = Exclude<Operation, { readonly call: 'act' | 'view' }>

function perform(
  operations: Operations,
  operation: StoreOperation,
  live: () => readonly Omit<LinkState, 'in' | 'out'>[],
): unknown {
  switch (operation.call) {
    case 'links':
      return operations.links(live())
    case 'queue':
      return operations.waiting(operation.link, operation.most)
    case 'hold':
      operations.hold(operation.link, operation.held)
      return operations.links(live())
    case 'release':
      return operations.release(operation.reference)
    case 'cancel':
      return operations.cancel(operation.reference)
    case 'resend':
      return operations.resend(operation.link, operation.answers)
    case 'note':
      operations.note(operation.what, operation.details)
      return undefined
  }
}
