import { Command } from 'commander'
import { type StoryEvent, StoryView } from '../exchange/index.js'
import { chainKeyOf, journalDir, offsetMinutes } from '../gateway/index.js'
import { encodeAnswer, loadFormats } from '../message/index.js'
import { Journal } from '../store/index.js'
import { WallClock } from '../time/index.js'
import { addSharedOptions, resolveConfig, type SharedOptions } from './shared.js'

/** `show`: everything of one matter. */
export function showCommand(): Command {
  const command = new Command('show')
    .description(
      'everything of one matter in order: bytes in and out, edits, evidence, times; refused ones too',
    )
    .argument('<reference|control>', 'an LESC reference, or the control field of the question')
    .option('--json', 'JSON Lines')
    .addHelpText('after', '\nExample:\n  iaq-gateway show 26-0000000417\n  iaq-gateway show JAIL4ZZ001\n')
  return addSharedOptions(command).action((wanted: string, options: SharedOptions) => {
    process.exitCode = show(wanted, options)
  })
}

function show(wanted: string, options: SharedOptions): number {
  const config = resolveConfig(options)
  const view = new StoryView(wanted)
  const { damage } = Journal.scan({
    dir: journalDir(config.data),
    key: chainKeyOf(config),
    whole: true,
    onRecord: (record) => view.take(record),
  })
  for (const { file, offset, reason } of damage)
    process.stderr.write(`${file}: offset ${offset}: ${reason}; what stood there is not shown\n`)
  if (view.events.length === 0) {
    process.stderr.write(`nothing with the reference or control field ${wanted} is in ${config.data}\n`)
    return 1
  }
  const wall = new WallClock(offsetMinutes(config.clock.offset))
  const formats = loadFormats(config.formats)
  for (const event of view.events) {
    const { sent } = event
    const bytes = sent && encodeAnswer(formats, wall, sent.answer, sent)
    const { sent: _, ...rest } = event
    process.stdout.write(
      options.json
        ? `${JSON.stringify(bytes === undefined ? rest : { ...rest, bytes })}\n`
        : format(event, wall, bytes),
    )
  }
  return 0
}

function format(event: StoryEvent, wall: WallClock, bytes: string | undefined): string {
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

function hundredths(t: number, wall: WallClock): string {
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
