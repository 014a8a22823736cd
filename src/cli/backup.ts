import { Command } from 'commander'
import { backupStore, callControl, operate } from '../gateway/index.js'
import { addSharedOptions, resolveConfig, type SharedOptions } from './shared.js'

const PROGRESS_MS = 500

/** `backup DIR`: a copy of the store. */
export function backupCommand(): Command {
  const command = new Command('backup')
    .description('copy the store, while it is served too, into a new folder that serve --data takes up')
    .argument('<dir>', 'a folder that is not there yet, or empty')
    .addHelpText('after', '\nExample:\n  iaq-gateway backup /backup/2026-11-24 --data ./data\n')
  return addSharedOptions(command).action(async (dir: string, options: SharedOptions) => {
    process.exitCode = await backup(dir, options)
  })
}

async function backup(dir: string, options: SharedOptions): Promise<number> {
  const config = resolveConfig(options)
  let last = performance.now()
  try {
    const copied = backupStore(config, dir, (done, all) => {
      const now = performance.now()
      if (!process.stderr.isTTY || now - last < PROGRESS_MS) return
      last = now
      process.stderr.write(`\r${Math.floor((done / all) * 100)} % of ${Math.round(all / 1e6)} MB `)
    })
    if (process.stderr.isTTY) process.stderr.write('\r\u001b[K')
    const { served } = await callControl(config.data, { call: 'status' })
    if (served) await operate(config, { call: 'note', what: 'backup made', details: { bytes: copied.bytes } })
    process.stdout.write(`${copied.files} files, ${copied.bytes} bytes in ${dir}\n`)
    return 0
  } catch (error) {
    process.stderr.write(`${dir}: ${(error as Error).message}; what was copied is not complete\n`)
    return 1
  }
}
