import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { Command } from 'commander'
import { callControl, verifyStore } from '../gateway/index.js'
import { addSharedOptions, resolveConfig, type SharedOptions } from './shared.js'

/** `verify`: is every byte of the store what was written? */
export function verifyCommand(): Command {
  const command = new Command('verify')
    .description(
      'read every byte of the store and say where it is not what was written; exit 1 where it is not',
    )
    .option('--json', 'one object of JSON')
    .addHelpText('after', '\nExample:\n  iaq-gateway verify --data ./data\n')
  return addSharedOptions(command).action(async (options: SharedOptions) => {
    process.exitCode = await verify(options)
  })
}

async function verify(options: SharedOptions): Promise<number> {
  const config = resolveConfig(options)
  if (!existsSync(join(config.data, 'journal')) && !existsSync(join(config.data, 'records'))) {
    process.stderr.write(`${config.data}: no store there; name one with --data\n`)
    return 1
  }
  const served = await callControl(config.data, { call: 'status' })
  const { damage, journal, records, sealed } = verifyStore(config, served.served)
  if (served.served) {
    const details = { damage: damage.length, batches: journal.batches, head: journal.head }
    await callControl(config.data, { call: 'note', what: 'store verified', details })
  }
  if (options.json)
    process.stdout.write(
      `${JSON.stringify({ ...journal, damage, lines: records, sealed, served: served.served })}\n`,
    )
  else {
    for (const { file, offset, reason } of damage)
      process.stdout.write(`${file}: offset ${offset}: ${reason}\n`)
    const state = served.served ? 'served now' : sealed ? 'closed in order' : 'not closed in order'
    process.stdout.write(
      `journal ${journal.bytes} bytes, ${journal.batches} batches, ${journal.records} records; ` +
        `records ${records} lines; ${state}\nhead ${journal.head}\n` +
        `${damage.length === 0 ? 'whole' : `${damage.length} place${damage.length === 1 ? '' : 's'} damaged`}\n`,
    )
  }
  return damage.length === 0 ? 0 : 1
}
