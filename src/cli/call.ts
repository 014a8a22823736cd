import { Command } from 'commander'
import { offsetMinutes, operate } from '../gateway/index.js'
import { WallClock } from '../time/index.js'
import { act } from './act.js'
import { addSharedOptions, resolveConfig, type SharedOptions } from './shared.js'
import { table } from './table.js'
import { usage } from './target.js'

interface Logged {
  /** Milliseconds since the epoch. */
  readonly t: number
  readonly from: string
  readonly about: string
}

/** `call FROM ABOUT`: logs a call on the law enforcement line; `call` alone lists the last ones. */
export function callCommand(): Command {
  const command = new Command('call')
    .description('log a call on the law enforcement line; without arguments, the last calls')
    .argument('[from]', 'who called: an agency or an ORI')
    .argument('[about]', 'what about')
    .option('--json', 'JSON Lines')
    .addHelpText('after', '\nExample:\n  iaq-gateway call "ZZ TEST PD" "HOW TO SEND AN IAQ"\n')
  return addSharedOptions(command).action(
    async (from: string | undefined, about: string | undefined, options: SharedOptions) => {
      const config = resolveConfig(options)
      if (from !== undefined) {
        if (about === undefined) usage(command, 'say what the call was about, too')
        await act(config, ['calls', 'log'], { from, about }, () => 'call logged')
        return
      }
      const calls = (await operate(config, { call: 'view', service: 'calls', args: {} })) as Logged[]
      const wall = new WallClock(offsetMinutes(config.clock.offset))
      const rows = calls.map((each) => {
        const { date, time } = wall.at(each.t)
        return [`${date} ${time}`, each.from, each.about]
      })
      process.stdout.write(
        options.json
          ? calls.map((each) => `${JSON.stringify(each)}\n`).join('')
          : table(['TIME', 'FROM', 'ABOUT'], rows),
      )
    },
  )
}
