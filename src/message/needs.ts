import type { Checked, Fault } from '../config/index.js'
import { Template } from './layout.js'
import type { MessageFile } from './schema.js'

/** The values that a layout is given by name, and the lists of values for lines that repeat. */
export interface LayoutNeeds {
  readonly values: readonly string[]
  readonly lists?: Readonly<Record<string, readonly string[]>>
}

/** What somebody's answers need of `formats/`: layouts of their message key, and code tables. */
export interface Needs {
  readonly layouts: Readonly<Record<string, LayoutNeeds>>
  readonly codes?: readonly string[]
}

/** What must be handed to a layout's `render` so that its needs are true. */
export type Supplied<N extends LayoutNeeds> = {
  readonly [K in N['values'][number]]: string | undefined
} & (N extends { readonly lists: infer L extends Readonly<Record<string, readonly string[]>> }
  ? { readonly [K in keyof L]: readonly { readonly [V in L[K][number]]: string }[] }
  : unknown)

/** Status messages that the exchange sends by itself (`exchange/notices.ts`), in the key for status messages. */
export const NOTICE_NEEDS: Needs = {
  layouts: Object.fromEntries(
    ['in service', 'out of service', 'waiting'].map((name) => [name, { values: ['banner', 'time'] }]),
  ),
}

/**
 * What of somebody's needs a message file doesn't fulfil: layouts that aren't there, and values in them that nobody
 * gives.
 * @param who whose needs they are, for people.
 */
export function needFaults(message: Checked<MessageFile>, needs: Needs, who: string): Fault[] {
  const { direction, layouts, xml } = message.value
  const faults: Fault[] = []
  if (direction === 'in')
    faults.push(message.fault(['direction'], `direction: in, but ${who} answers with it; say out or both`))
  if (!xml.text)
    faults.push(message.fault(['xml'], `xml: ${who} answers with it, and an answer needs xml.text`))
  for (const [name, given] of Object.entries(needs.layouts)) {
    const lines = Object.hasOwn(layouts, name) ? layouts[name] : undefined
    if (lines)
      lines.forEach((line, i) => {
        for (const { path, reason } of lineFaults(line, given))
          faults.push(message.fault(['layouts', name, i, ...path], `layouts.${name}.${i}: ${reason}`))
      })
    else faults.push(missing(message, name, needs, who))
  }
  return faults
}

/** A layout that nobody asked for is what the missing one was most likely meant to be. */
function missing(message: Checked<MessageFile>, name: string, needs: Needs, who: string): Fault {
  const strangers = Object.keys(message.value.layouts).filter((each) => !Object.hasOwn(needs.layouts, each))
  const [stranger] = strangers
  const hint =
    strangers.length > 0 ? `, or rename one of those that ${who} doesn't use: ${strangers.join(', ')}` : ''
  return message.fault(
    stranger !== undefined && strangers.length === 1 ? ['layouts', stranger] : ['layouts'],
    `layouts: '${name}' is missing, which ${who} answers with; add it${hint}`,
  )
}

function lineFaults(
  line: MessageFile['layouts'][string][number],
  { values, lists = {} }: LayoutNeeds,
): { readonly path: readonly string[]; readonly reason: string }[] {
  const faults: { path: string[]; reason: string }[] = []
  const item = typeof line === 'string' ? undefined : line
  const list =
    item?.each === undefined ? undefined : Object.entries(lists).find(([name]) => name === item.each)
  if (item?.each !== undefined && !list)
    faults.push({ path: ['each'], reason: `no list is called '${item.each}'; ${known(Object.keys(lists))}` })
  if (item?.when !== undefined && !values.includes(item.when))
    faults.push({ path: ['when'], reason: `no value is called '${item.when}'; ${known(values)}` })
  if (item?.each !== undefined && !list) return faults
  const given = list?.[1] ?? values
  for (const name of new Template(item?.line ?? String(line)).names)
    if (!given.includes(name))
      faults.push({ path: item ? ['line'] : [], reason: `no value is called '${name}'; ${known(given)}` })
  return faults
}

/** The end of a fault that names something unknown. */
export const known = (names: readonly string[]): string =>
  names.length === 0 ? 'there is none here' : `known here: ${names.join(', ')}`
