import { join } from 'node:path'
import { type Checked, type Fault, FaultError } from '../config/index.js'
import type { Formats, MessageFormat, Sources } from './formats.js'
import { known, type Needs, NOTICE_NEEDS, needFaults } from './needs.js'
import { REFUSAL_LAYOUT, REFUSAL_NEEDS } from './refusal.js'
import type { DispatchFile } from './schema.js'

/** What one format file says must fit what the others say. */
export function crossFaults(sources: Sources, messages: ReadonlyMap<string, MessageFormat>): Fault[] {
  const faults: Fault[] = []
  for (const { value, fault } of sources.messages.values())
    if (value.answers && !sources.messages.has(value.answers.key))
      faults.push(
        fault(
          ['answers', 'key'],
          `answers.key: messages/ has no ${value.answers.key}.yaml; add it or name another`,
        ),
      )
  return [...faults, ...ownKeyFaults(sources), ...dispatchFaults(sources.dispatch, messages)]
}

/** The keys of refusals and status messages, which no message of the others' names. */
function ownKeyFaults({ exchange, errors, messages }: Sources): Fault[] {
  const refusal: Needs = { layouts: { [REFUSAL_LAYOUT]: REFUSAL_NEEDS } }
  const statusRefuses = Object.values(errors.value.errors).some((each) => each.status)
  const needs = [
    { name: 'refusal', key: exchange.value.refusal, needs: refusal },
    {
      name: 'status',
      key: exchange.value.status,
      needs: { layouts: { ...NOTICE_NEEDS.layouts, ...(statusRefuses ? refusal.layouts : {}) } },
    },
  ]
  return needs.flatMap(({ name, key, needs }) => {
    const message = messages.get(key)
    return message
      ? needFaults(message, needs, 'the gateway')
      : [exchange.fault([name], `${name}: messages/ has no ${key}.yaml; add it or name another key`)]
  })
}

function dispatchFaults(
  { value, fault }: Checked<DispatchFile>,
  messages: ReadonlyMap<string, MessageFormat>,
): Fault[] {
  const faults: Fault[] = []
  value.rules.forEach((rule, i) => {
    const blame = (key: string, reason: string): void =>
      void faults.push(fault(['rules', i, ...key.split('.')], `rule for ${rule.key}: ${reason}`))
    const format = messages.get(rule.key)
    if (!format) {
      blame('key', 'no file in messages/ has that key; add one or remove the rule')
      return
    }
    if (format.direction === 'out') blame('key', 'it only goes out; no message of that key ever comes in')
    if (rule.destination !== undefined && !format.destinations.accepted.has(rule.destination))
      blame(
        'destination',
        `${rule.key} doesn't go to ${rule.destination}; ${known([...format.destinations.accepted])}`,
      )
    if (rule.field !== undefined && !format.fields.some(({ mfc }) => mfc === rule.field?.mfc))
      blame('field.mfc', `${rule.field.mfc} is no field of it; ${known(format.fields.map(({ mfc }) => mfc))}`)
    if (rule.prefix !== undefined && format.body !== 'text')
      blame('prefix', 'it has fields and no free text that could begin so')
  })
  return faults
}

/** Whoever takes messages: a name for dispatch.yaml, and what the answers need. */
export interface Taker {
  readonly name: string
  readonly needs?: Needs
  /** The same for messages of other keys that he sends, by key. */
  readonly sends?: Readonly<Record<string, Needs>>
}

/**
 * Holds the formats to what the services and the configuration are: every rule's service, the layouts and values of
 * its answers, and the lists of ORIs that restrictions name.
 * @throws {FaultError} naming file and line of every fault.
 */
export function checkServices(formats: Formats, services: readonly Taker[], lists: readonly string[]): void {
  const { dispatch, messages, dir } = formats.sources
  const faults: Fault[] = []
  const seen = new Set<string>()
  const takes = (asked: string, name: string, blame: (reason: string) => Fault): void => {
    const service = services.find((each) => each.name === name)
    if (!service) {
      const names = services.map((each) => each.name).join(', ')
      faults.push(blame(`no service is called ${name}; known: ${names}`))
      return
    }
    const key = formats.messages.get(asked)?.answers?.key ?? asked
    const answers = messages.get(key)
    if (!service.needs || !answers || seen.has(`${service.name} ${key}`)) return
    seen.add(`${service.name} ${key}`)
    faults.push(...needFaults(answers, service.needs, `service ${service.name}`))
    faults.push(...tableFaults(formats, service.name, service.needs))
  }
  dispatch.value.rules.forEach(({ key, service }, i) => {
    takes(key, service, (reason) => dispatch.fault(['rules', i, 'service'], `rule for ${key}: ${reason}`))
  })
  for (const { value, fault } of messages.values())
    if (value.service !== undefined)
      takes(value.key, value.service, (reason) => fault(['service'], `service: ${reason}`))
  for (const service of services)
    for (const [key, needs] of Object.entries(service.sends ?? {})) {
      const message = messages.get(key)
      const reason = `holds no ${key}.yaml, which service ${service.name} sends; add it`
      if (message) faults.push(...needFaults(message, needs, `service ${service.name}`))
      else faults.push({ file: join(dir, 'messages'), line: 0, reason })
      faults.push(...tableFaults(formats, service.name, needs))
    }
  for (const { value, fault } of messages.values())
    value.restrictions.forEach(({ list }, i) => {
      if (!lists.includes(list))
        faults.push(
          fault(
            ['restrictions', i, 'list'],
            `restrictions.${i}.list: the configuration has no list '${list}'; ${known(lists)}`,
          ),
        )
    })
  if (faults.length > 0) throw new FaultError(faults)
}

function tableFaults({ codes, sources }: Formats, name: string, needs: Needs): Fault[] {
  return (needs.codes ?? [])
    .filter((table) => !codes.has(table))
    .map((table) => ({
      file: join(sources.dir, 'codes', `${table}.csv`),
      line: 0,
      reason: `no such file; service ${name} needs that table`,
    }))
}
