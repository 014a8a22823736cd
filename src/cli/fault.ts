import { CommanderError } from 'commander'
import { FaultError } from '../config/index.js'

/** Says on standard error why a command ended. @returns its exit code: 1 the work failed, 2 used wrongly. */
export function tellFault(error: unknown): number {
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
