import type { Formats } from './formats.js'
import type { Refusal } from './incoming.js'
import { wrap } from './layout.js'
import type { LayoutNeeds } from './needs.js'

/** The layout of a refusal, and what it is given. */
export const REFUSAL_LAYOUT = 'refusal'
export const REFUSAL_NEEDS = {
  values: ['code', 'text', 'banner'],
  lists: { sets: ['set'], details: ['detail'], originals: ['original'] },
} as const satisfies LayoutNeeds

/**
 * The text of a refusal: code, what is wrong, the first characters of what was sent, the banner.
 * @param key the refused message's key, for the legal field sets; anything else has none.
 */
export function refusalLines(formats: Formats, refusal: Refusal, key: string, original: Buffer): string[] {
  const { width, banner } = formats.exchange
  const entry = formats.errors.get(refusal.error)
  const format = formats.messages.get(key)
  const details = refusal.details.flatMap((line) => wrap(line, width))
  return formats.layout(entry?.key ?? formats.exchange.refusal, REFUSAL_LAYOUT).render({
    code: entry?.code,
    text: entry?.text.fill({ key }),
    sets: refusal.error === 'fields' ? (format?.fieldSets ?? []).map((set) => ({ set })) : [],
    details: details.map((detail) => ({ detail })),
    originals: originalLines(formats, original).map((line) => ({ original: line })),
    banner,
  })
}

/** The original's first characters, its own line ends kept, no line wider than an answer's; never a control byte. */
function originalLines(formats: Formats, original: Buffer): string[] {
  const { original: rule, width } = formats.exchange
  const text = original.toString('latin1', 0, rule.characters).replace(/[^\r\n\x20-\x7e]/g, rule.other)
  const lines: string[] = []
  for (const line of text.replace(/(?:\r\n|\r|\n)$/, '').split(/\r\n|\r|\n/)) {
    for (let at = 0; at === 0 || at < line.length; at += width) lines.push(line.slice(at, at + width))
  }
  return lines
}
