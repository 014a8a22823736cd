import { Command } from 'commander'
import { type LinkState, operate } from '../gateway/index.js'
import { addSharedOptions, resolveConfig, type SharedOptions } from './shared.js'
import { table } from './table.js'

/** `links`: the state of every link; `links hold L` and `links release L`. */
export function linksCommand(): Command {
  const command = new Command('links')
    .description('the links: connections, what waits for each, counts; hold one or let it go')
    .option('--json', 'JSON Lines')
    .addHelpText(
      'after',
      '\nExample:\n  iaq-gateway links --data ./data\n  iaq-gateway links hold ZZ --data ./data\n',
    )
  addSharedOptions(command).action(async (options: SharedOptions) => {
    const links = (await operate(resolveConfig(options), { call: 'links' })) as LinkState[]
    process.stdout.write(
      options.json ? links.map((each) => `${JSON.stringify(each)}\n`).join('') : format(links),
    )
  })
  for (const [verb, held, words] of [
    ['hold', true, 'nothing but refusals goes out on a link until it is released'],
    ['release', false, "let a held link's answers go"],
  ] as const) {
    const sub = new Command(verb)
      .description(words)
      .argument('<link>', 'its name')
      .addHelpText('after', `\nExample:\n  iaq-gateway links ${verb} ZZ --data ./data\n`)
    addSharedOptions(sub).action(async (link: string, options: SharedOptions) => {
      const config = resolveConfig({ ...command.opts(), ...options })
      const known = config.links.length === 0 ? ['default'] : config.links.map(({ name }) => name)
      if (!known.includes(link))
        command.error(`error: no link is called ${link}; known: ${known.join(', ')}`, { exitCode: 2 })
      const links = (await operate(config, { call: 'hold', link, held })) as LinkState[]
      process.stdout.write(format(links))
    })
    command.addCommand(sub)
  }
  return command
}

function format(links: readonly LinkState[]): string {
  const rows = links.map((each) => [
    each.name,
    each.held ? 'held' : each.connections > 0 ? 'up' : 'down',
    `${each.connections}`,
    `${each.waiting}`,
    `${each.unacknowledged}`,
    `${each.in}`.padStart(5, '0'),
    `${each.out}`.padStart(5, '0'),
  ])
  return table(['LINK', 'STATE', 'CONNECTIONS', 'WAITING', 'UNACKNOWLEDGED', 'COUNT IN', 'COUNT OUT'], rows)
}
