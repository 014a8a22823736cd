import type { Command } from 'commander'
import { loadConfig, type ResolvedConfig } from '../config/index.js'
import type { MatchThresholds } from '../matching/index.js'

/** Options that every command has. */
export function addSharedOptions(command: Command): Command {
  return command
    .option(
      '--config <file>',
      'configuration file (default: iaq-gateway.yaml of this folder, where there is one)',
    )
    .option('--data <dir>', 'folder of the store (default: ./data)')
}

export type SharedOptions = Readonly<Record<string, unknown>>

/** The checked configuration: file, environment, then what the command line says. */
export function resolveConfig(
  options: SharedOptions,
  flags: Readonly<Record<string, unknown>> = {},
): ResolvedConfig {
  const data = options.data === undefined ? {} : { data: String(options.data) }
  const file = options.config ?? process.env.IAQ_CONFIG
  return loadConfig({
    ...(file === undefined ? {} : { file: String(file) }),
    env: process.env,
    flags: { ...data, ...flags },
  })
}

export async function resolveStore(
  options: SharedOptions,
): Promise<{ dataDir: string; formatsDir: string; thresholds: MatchThresholds; subjects: boolean }> {
  const config = resolveConfig(options)
  return {
    dataDir: config.data,
    formatsDir: config.formats,
    thresholds: config.match,
    subjects: config.subjects,
  }
}
