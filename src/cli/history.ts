import { Command } from 'commander'
import type { ResolvedConfig } from '../config/index.js'
import { parseOri } from '../directory/index.js'
import { referencesNaming, type StoryEvent, StoryView, type Wanted, wantedBy } from '../exchange/index.js'
import { chainKeyOf, journalDir, offsetMinutes } from '../gateway/index.js'
import { encodeAnswer, type Formats, loadFormats } from '../message/index.js'
import { Journal, type JournalRecord } from '../store/index.js'
import { WallClock } from '../time/index.js'
import { formatEvent, hundredths } from './event-text.js'
import { addSharedOptions, resolveConfig, type SharedOptions } from './shared.js'
import { table } from './table.js'

/** `history`: all messages of an ORI, a person or a matter. */
export function historyCommand(): Command {
  const command = new Command('history')
    .description('all messages of an agency, a person or a matter in order, refused ones too')
    .argument(
      '<ori|a-number|control>',
      'an ORI, an A-number as A099000001, a control field or an LESC reference',
    )
    .option('--full', 'everything of them as show has it')
    .option('--json', 'JSON Lines')
    .addHelpText(
      'after',
      '\nNine letters and digits are an ORI where messages of it are there, else a control field.\n' +
        '\nExample:\n  iaq-gateway history ZZ0010100\n  iaq-gateway history A099000001 --full\n',
    )
  return addSharedOptions(command).action((wanted: string, options: SharedOptions) => {
    process.exitCode = history(wanted, options)
  })
}

const A_NUMBER = /^A(\d{7,9})$/

function history(word: string, options: SharedOptions): number {
  const config = resolveConfig(options)
  const view = storyOf(word.toUpperCase(), config)
  if (view.events.length === 0) {
    process.stderr.write(`nothing of ${word} is in ${config.data}\n`)
    return 1
  }
  const wall = new WallClock(offsetMinutes(config.clock.offset))
  const formats = loadFormats(config.formats)
  const events = options.full ? view.events : view.events.filter(({ message }) => message)
  if (options.json) for (const event of events) process.stdout.write(`${jsonOf(event, formats, wall)}\n`)
  else if (options.full)
    for (const event of events) process.stdout.write(formatEvent(event, wall, bytesOf(event, formats, wall)))
  else process.stdout.write(format(events, wall))
  return 0
}

function storyOf(word: string, config: ResolvedConfig): StoryView {
  const [, digits] = A_NUMBER.exec(word) ?? []
  if (digits !== undefined) {
    const references = referencesNaming(digits.padStart(9, '0'), (onRecord) => scan(config, onRecord))
    return told({ needle: undefined, is: ({ ref }) => ref !== undefined && references.has(ref) }, config)
  }
  if (parseOri(word) !== undefined) {
    const ofAgency = told({ needle: word, is: ({ ori }) => ori === word }, config)
    if (ofAgency.events.length > 0) return ofAgency
  }
  return told(wantedBy(word), config)
}

function told(wanted: Wanted, config: ResolvedConfig): StoryView {
  const view = new StoryView(wanted)
  const damage = scan(config, (record) => view.take(record))
  for (const { file, offset, reason } of damage)
    process.stderr.write(`${file}: offset ${offset}: ${reason}; what stood there is not shown\n`)
  return view
}

function scan(
  config: ResolvedConfig,
  onRecord: (record: JournalRecord) => void,
): ReturnType<typeof Journal.scan>['damage'] {
  const dir = journalDir(config.data)
  return Journal.scan({ dir, key: chainKeyOf(config), whole: true, onRecord }).damage
}

const bytesOf = ({ sent }: StoryEvent, formats: Formats, wall: WallClock): string | undefined =>
  sent && encodeAnswer(formats, wall, sent.answer, sent)

function jsonOf(event: StoryEvent, formats: Formats, wall: WallClock): string {
  const { sent, ...rest } = event
  return JSON.stringify(sent === undefined ? rest : { ...rest, bytes: bytesOf(event, formats, wall) })
}

function format(events: readonly StoryEvent[], wall: WallClock): string {
  const rows = events.flatMap(({ t, message, link = '', count }) => {
    if (!message) return []
    const { way, reference = '', key, ori, control = '', type = '' } = message
    const at = t === undefined ? '' : hundredths(t, wall)
    return [[at, way, reference, ori, key, control, type, link, count ? `${count}`.padStart(5, '0') : '']]
  })
  return table(['TIME', 'WAY', 'REFERENCE', 'ORI', 'MKE', 'CONTROL', 'TYPE', 'LINK', 'COUNT'], rows)
}
