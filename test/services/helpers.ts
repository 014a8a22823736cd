import { execFile } from 'node:child_process'
import { join } from 'node:path'
import type { Client, Received } from '../../src/client/index.js'
import { loadConfig, packageRoot, type ResolvedConfig } from '../../src/config/index.js'
import { State } from '../../src/exchange/index.js'
import { checkCentre } from '../../src/gateway/centre.js'
import { callControl, journalDir, operate, scanStore } from '../../src/gateway/index.js'
import { Journal } from '../../src/store/index.js'
import type { Clock } from '../../src/time/index.js'
import { take } from '../gateway/helpers.js'

/** A clock that can be put forward. */
export class SetClock implements Clock {
  ahead = 0

  now(): number {
    return Date.now() + this.ahead
  }

  monotonic(): number {
    return performance.now()
  }
}

/** Sends a message and takes what comes, so many messages. */
export async function ask(client: Client, message: string, count = 1): Promise<Received[]> {
  client.send(message)
  return take(client, count)
}

/** A hit confirmation request for the subject whom the records name an absconder. */
export function request(
  control: string,
  fields: Readonly<Record<string, string>> = {},
  to = 'VTICE0900',
): string {
  const all = {
    ...{ RTY: 'WP', RNO: '1', PRI: 'U', OCA: '26-123456', NIC: 'N900000007' },
    ...{
      NAM: 'MUESTRA, PROFUGO',
      DOB: '19810730',
      SEX: 'M',
      RNA: 'DISPATCHER TEST',
      RAG: 'ZZ TEST PD',
      ...fields,
    },
  }
  const text = Object.entries(all).flatMap(([mfc, value]) => (value === '' ? [] : [`${mfc}/${value}.`]))
  return `YQ.ZZ0010100.${to}.*${control}.TXT\r\n${text.join('\r\n')}`
}

/** The value of a field of a YR; undefined where it has none such. */
export const field = (received: Received | undefined, mfc: string): string | undefined =>
  new RegExp(`(?:^|\\.)${mfc}/([^.]*)\\.`).exec(received?.lines.join('') ?? '')?.[1]

export const configOf = (dir: string): ResolvedConfig => loadConfig({ flags: { data: dir } })

/** What a store says by its snapshot and what came after, and by its records alone. */
export function bothWays(dir: string): { readonly tail: unknown; readonly whole: unknown } {
  const config = configOf(dir)
  const image = (whole: boolean): unknown => {
    const { state } = scanStore(config, whole, checkCentre(config).centre.memories)
    return JSON.parse(state.encode().toString('latin1'))
  }
  return { tail: image(false), whole: image(true) }
}

/** What a store says to somebody who knows none of the services, taken up by one who does. */
export function relayed(dir: string): unknown {
  const config = configOf(dir)
  const stranger = new State()
  Journal.scan({
    dir: journalDir(dir),
    whole: true,
    onRecord: (record, at) => stranger.evolve(record, at),
  })
  const state = new State(checkCentre(config).centre.memories)
  state.restore(stranger.encode())
  return JSON.parse(state.encode().toString('latin1'))
}

/** Runs a command to its end beside this process, which may serve the store. */
export function command(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const script = join(packageRoot, 'scripts', 'iaq-gateway.js')
  return new Promise((done) =>
    execFile(process.execPath, [script, ...args], (error, stdout, stderr) =>
      done({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr }),
    ),
  )
}

/** An entry of a record of an absconder. */
export function entry(control: string, fields: Readonly<Record<string, string>> = {}): string {
  const all = {
    ...{ NAM: 'ZARZAPARRA, TEODULFINA', SEX: 'F', RAC: 'W', POB: 'MM', DOB: '19870301' },
    ...{ HGT: '504', WGT: '130', EYE: 'BRO', HAI: 'BLK', OFF: '8004', OCA: '26-0001', ...fields },
  }
  const text = Object.entries(all).flatMap(([mfc, value]) => (value === '' ? [] : [`${mfc}/${value}.`]))
  return `EIV.VTICE0900.NC.*${control}.TXT\r\n${text.join('\r\n')}`
}

/** What a service shows operators, in the form that they get it in. */
export async function view(
  dir: string,
  service: string,
  args: Readonly<Record<string, string | boolean>> = {},
): Promise<Record<string, unknown>[]> {
  return (await operate(configOf(dir), { call: 'view', service, args })) as Record<string, unknown>[]
}

/** What the services of a store that is served count. */
export async function counted(dir: string): Promise<Readonly<Record<string, number>>> {
  const reply = await callControl(dir, { call: 'figures' })
  if (!reply.served) throw new Error('nobody serves the store')
  const [year] = reply.answer as { readonly services: Readonly<Record<string, number>> }[]
  return year?.services ?? {}
}
