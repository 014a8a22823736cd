import { Command } from 'commander'
import { packageVersion } from '../config/index.js'
import { tellFault } from './fault.js'
import { addSharedOptions } from './shared.js'

/** Each command, loaded only when it is called: most need little of the house. */
const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  serve: async () => (await import('./serve.js')).serveCommand(),
  demo: async () => (await import('./demo.js')).demoCommand(),
  generate: async () => (await import('./generate.js')).generateCommand(),
  load: async () => (await import('./load.js')).loadCommand(),
  train: async () => (await import('./train.js')).trainCommand(),
  send: async () => (await import('./send.js')).sendCommand(),
  replay: async () => (await import('./replay.js')).replayCommand(),
  match: async () => (await import('./match.js')).matchCommand(),
  compare: async () => (await import('./compare.js')).compareCommand(),
  tail: async () => (await import('./tail.js')).tailCommand(),
  stats: async () => (await import('./stats.js')).statsCommand(),
  subjects: async () => (await import('./subjects.js')).subjectsCommand(),
  show: async () => (await import('./show.js')).showCommand(),
  history: async () => (await import('./history.js')).historyCommand(),
  links: async () => (await import('./links.js')).linksCommand(),
  queue: async () => (await import('./queue.js')).queueCommand(),
  confirm: async () => (await import('./confirm.js')).confirmCommand(),
  detainers: async () => (await import('./detainers.js')).detainersCommand(),
  brady: async () => (await import('./brady.js')).bradyCommand(),
  tip: async () => (await import('./tips.js')).tipCommand(),
  tips: async () => (await import('./tips.js')).tipsCommand(),
  call: async () => (await import('./call.js')).callCommand(),
  mail: async () => (await import('./mail.js')).mailCommand(),
  ncic: async () => (await import('./ncic.js')).ncicCommand(),
  review: async () => (await import('./review.js')).reviewCommand(),
  screen: async () => (await import('./screen.js')).screenCommand(),
  resend: async () => (await import('./resend.js')).resendCommand(),
  backup: async () => (await import('./backup.js')).backupCommand(),
  verify: async () => (await import('./verify.js')).verifyCommand(),
  audit: async () => (await import('./audit.js')).auditCommand(),
}

/** Runs the command line: exit 0 done, 1 the work failed, 2 used wrongly. */
export async function main(argv: readonly string[]): Promise<void> {
  leaveQuietly(process.stdout)
  leaveQuietly(process.stderr)
  const program = new Command('iaq-gateway')
    .description(
      'The Law Enforcement Support Center as an emulator: immigration alien queries over TCP. Synthetic data only.',
    )
    .version(packageVersion())
    .showHelpAfterError('(add --help for what the command takes)')
    .addHelpText('after', '\nExample:\n  iaq-gateway serve --data ./data --port 9010\n')
  for (const make of called(argv)) program.addCommand(withEverywhere(await make()))
  for (const command of withSubcommands(program)) command.exitOverride()
  try {
    await program.parseAsync([...argv])
  } catch (error) {
    process.exitCode = tellFault(error)
  }
}

/** The command that is called, or, where none is, all of them: for the help. */
function called(argv: readonly string[]): (() => Promise<Command>)[] {
  const name = argv.slice(2).find((each) => !each.startsWith('-')) ?? ''
  const make = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined
  return make ? [make] : Object.values(COMMANDS)
}

function withSubcommands(command: Command): Command[] {
  return [command, ...command.commands.flatMap(withSubcommands)]
}

/** Whoever reads what is printed may have seen enough. */
function leaveQuietly(stream: NodeJS.WriteStream): void {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
    process.exit()
  })
}

/** --config and --data are understood by every command. */
function withEverywhere(command: Command): Command {
  return command.options.some((option) => option.long === '--data') ? command : addSharedOptions(command)
}
