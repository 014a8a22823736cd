import { FaultError, type ResolvedConfig } from '../config/index.js'
import { operate } from '../gateway/index.js'
import type { Json } from '../services/index.js'

/**
 * Has a service do something. Undefined where it refused: it has been said why, and the command ends with 1.
 * @param done what to print of what it says.
 */
export async function act(
  config: ResolvedConfig,
  [service, action]: readonly [service: string, action: string],
  args: Readonly<Record<string, Json | undefined>>,
  done: (result: Json) => string,
): Promise<void> {
  try {
    const result = await operate(config, { call: 'act', service, action, args })
    process.stdout.write(`${done(result as Json)}\n`)
  } catch (error) {
    if (error instanceof FaultError) throw error
    process.stderr.write(`${(error as Error).message}\n`)
    process.exitCode = 1
  }
}
