import { Command, CommanderError } from 'commander'
import { FaultError, packageVersion } from '../config/index.js'
import { auditCommand } from './audit.js'
import { backupCommand } from './backup.js'
import { compareCommand } from './compare.js'
import { demoCommand } from './demo.js'
import { generateCommand } from './generate.js'
import { linksCommand } from './links.js'
import { loadCommand } from './load.js'
import { matchCommand } from './match.js'
import { queueCommand } from './queue.js'
import { replayCommand } from './replay.js'
import { resendCommand } from './resend.js'
import { sendCommand } from './send.js'
import { serveCommand } from './serve.js'
import { addSharedOptions } from './shared.js'
import { showCommand } from './show.js'
import { statsCommand } from './stats.js'
import { subjectsCommand } from './subjects.js'
import { tailCommand } from './tail.js'
import { verifyCommand } from './verify.js'

const COMMANDS = [
  serveCommand,
  demoCommand,
  generateCommand,
  loadCommand,
  sendCommand,
  replayCommand,
  matchCommand,
  compareCommand,
  tailCommand,
  statsCommand,
  subjectsCommand,
  showCommand,
  linksCommand,
  queueCommand,
  resendCommand,
  backupCommand,
  verifyCommand,
  auditCommand,
]

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
  for (const make of COMMANDS) program.addCommand(withEverywhere(make()))
  for (const command of withSubcommands(program)) command.exitOverride()
  try {
    await program.parseAsync([...argv])
  } catch (error) {
    process.exitCode = exitCodeOf(error)
  }
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

function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2
  if (error instanceof FaultError) {
    process.stderr.write(`${error.message}\n`)
    return 2
  }
  // What the system refused is for whoever runs the command; anything else is a fault of ours and says where.
  const { code, message, stack } = error as NodeJS.ErrnoException
  process.stderr.write(`${typeof code === 'string' ? message : stack}\n`)
  return 1
}
