import type { StoryEvent } from '../exchange/index.js'
import type { WallClock } from '../time/index.js'

/**
 * One thing that happened, with everything that is known of it.
 * @param bytes of an answer, as they went out.
 */
export function formatEvent(event: StoryEvent, wall: WallClock, bytes: string | undefined): string {
  const { t, what, link, count, raw, values, lines, found, details } = event
  const at = t === undefined ? ' '.repeat(22) : hundredths(t, wall)
  const where =
    link === undefined ? '' : `  link ${link}${count ? `, count ${`${count}`.padStart(5, '0')}` : ''}`
  let text = `${at}  ${what}${where}\n`
  const indented = (label: string, body: readonly string[]): void => {
    if (body.length > 0) text += `    ${label}\n${body.map((line) => `      ${line}\n`).join('')}`
  }
  if (details)
    indented(
      'what it is',
      Object.entries(details).map(([name, value]) => `${name}: ${value}`),
    )
  if (raw !== undefined) indented(`bytes in (${raw.length})`, printable(raw))
  if (values)
    indented(
      'values after the edits',
      Object.entries(values).map(([mfc, value]) => `${mfc}/${value}`),
    )
  if (found) indented(`evidence (${found.grade})`, evidence(found))
  if (lines) indented('why', lines)
  if (bytes !== undefined) indented(`bytes out (${bytes.length})`, printable(bytes))
  return text
}

function evidence(found: NonNullable<StoryEvent['found']>): string[] {
  return found.candidates.flatMap(({ arn, score, bits, why }) => [
    `A${arn}  score ${score}  ${bits} bits`,
    ...why.map(([field, relation, part]) => `  ${field.padEnd(4)} ${`${part}`.padStart(7)}  ${relation}`),
  ])
}

/** `MM/DD/CCYY HH:MM:SS.hh` by the centre's clock. */
export function hundredths(t: number, wall: WallClock): string {
  const { date, seconds } = wall.at(t)
  return `${date} ${seconds}.${`${Math.floor((t % 1000) / 10)}`.padStart(2, '0')}`
}

/** Lines of bytes as a terminal may show them. */
function printable(raw: string): string[] {
  return raw
    .split(/\r\n|\r|\n/)
    .map((line) =>
      line.replace(/[^\x20-\x7e]/g, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`),
    )
}
