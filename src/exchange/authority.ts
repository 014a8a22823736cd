import { type Directory, isAuthorized } from '../directory/index.js'
import type { Formats, Incoming, MessageFormat, Refusal } from '../message/index.js'
import { isTaken } from './dispatch.js'

/** Lists of ORIs in the configuration that narrow who may send what, by name; exact, or prefixes that end in `*`. */
export type OriLists = Readonly<Record<string, readonly string[] | undefined>>

/** Whether an ORI is one of a list of exact ORIs and prefixes. */
export function carries(rules: readonly string[], ori: string): boolean {
  return rules.some((rule) => (rule.endsWith('*') ? ori.startsWith(rule.slice(0, -1)) : ori === rule))
}

const ORI = /^[A-Z0-9]{9}$/
const DESTINATION = /^[A-Z0-9]{2,9}$/

/**
 * Judges a message's header: what is malformed or unknown (.01.), then who may send it where (.02.), in the order
 * of wire format, section 4. Returns the format of its key where nothing is wrong.
 * @param allowed whether the connection's link carries the ORI.
 */
export function judgeHeader(
  formats: Formats,
  directory: Directory,
  message: Incoming,
  allowed: (ori: string) => boolean,
  lists: OriLists,
): { readonly format: MessageFormat } | { readonly refusal: Refusal } {
  const { input } = formats.exchange
  const header = (detail: string): { refusal: Refusal } => ({
    refusal: { error: 'header', details: [detail] },
  })
  const { key, ori, destinations } = message
  if (!/^[A-Z0-9]+$/.test(key) || key.length < input.key.min || key.length > input.key.max)
    return header(formats.detail('key-malformed', { min: `${input.key.min}`, max: `${input.key.max}` }))
  if (!ORI.test(ori)) return header(formats.detail('ori-malformed'))
  const format = formats.messages.get(key)
  if (!format || format.direction === 'out') return header(formats.detail('key-unknown', { key }))
  if (destinations.length === 0) return header(formats.detail('destination-missing'))
  if (!destinations.every((each) => DESTINATION.test(each)))
    return header(formats.detail('destination-malformed'))
  if (destinations.length > format.destinations.max)
    return header(formats.detail('destinations-many', { key, max: `${format.destinations.max}` }))
  const entry = directory.get(ori)
  if (!entry) return header(formats.detail('ori-unknown', { ori }))
  if (!allowed(ori)) return header(formats.detail('ori-link', { ori }))
  if (message.controlBad) return header(formats.detail('control-malformed', { max: `${input.control.max}` }))
  const authority = (detail: string): { refusal: Refusal } => ({
    refusal: { error: 'authority', details: [detail] },
  })
  if (format.authority && !isAuthorized(entry, format.authority))
    return authority(formats.detail('ori-authority', { ori, key }))
  const { accepted, reserved, others } = format.destinations
  const takes = (each: string): boolean => accepted.has(each) && isTaken(formats.rules, key, each)
  const beside = others && destinations.some(takes)
  const refused = destinations.find(
    (each) => !takes(each) && !(beside && !accepted.has(each) && directory.get(each)),
  )
  if (refused !== undefined)
    return authority(formats.detail('destination-key', { destination: refused, key }))
  if (reserved.size > 0 && ori !== formats.exchange.centre && destinations.some((each) => reserved.has(each)))
    return authority(formats.detail('ori-authority', { ori, key }))
  for (const { field, value, list } of format.restrictions) {
    const oris = lists[list]
    if (
      oris &&
      !carries(oris, ori) &&
      message.fields.some((each) => each.mfc === field && each.value === value)
    )
      return authority(formats.detail('ori-purpose', { ori, field, value }))
  }
  return { format }
}
