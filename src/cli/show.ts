import { Command } from 'commander'
import { StoryView, wantedBy } from '../exchange/index.js'
import { chainKeyOf, journalDir, offsetMinutes } from '../gateway/index.js'
import { encodeAnswer, loadFormats } from '../message/index.js'
import { Journal } from '../store/index.js'
import { WallClock } from '../time/index.js'
import { formatEvent } from './event-text.js'
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
  const view = new StoryView(wantedBy(wanted))
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
        : formatEvent(event, wall, bytes),
    )
  }
  return 0
}
