import { Command } from 'commander'
import { operate } from '../gateway/index.js'
import { act } from './act.js'
import { addSharedOptions, resolveConfig, type SharedOptions } from './shared.js'
import { table } from './table.js'

interface Shown {
  readonly nic: string
  readonly category: string
  readonly oca: string
  readonly entered: string
  readonly located: string
  readonly state: string
}

/** `ncic`: the records that were entered or maintained here; `ncic validate NIC`. */
export function ncicCommand(): Command {
  const command = new Command('ncic')
    .description('Immigration Violator records that were entered or maintained here; validate one')
    .option('--json', 'JSON Lines')
    .addHelpText('after', '\nExample:\n  iaq-gateway ncic\n  iaq-gateway ncic validate N980000001\n')
  addSharedOptions(command).action(async (options: SharedOptions) => {
    const call = { call: 'view', service: 'ncic', args: {} } as const
    const records = (await operate(resolveConfig(options), call)) as Shown[]
    process.stdout.write(
      options.json ? records.map((each) => `${JSON.stringify(each)}\n`).join('') : format(records),
    )
  })
  const validate = new Command('validate')
    .description('a record is still right: it stays for another year')
    .argument('<nic>', 'its NCIC number')
    .addHelpText('after', '\nExample:\n  iaq-gateway ncic validate N980000001\n')
  addSharedOptions(validate).action(async (nic: string, options: SharedOptions) => {
    const config = resolveConfig({ ...command.opts(), ...options })
    await act(config, ['ncic', 'validate'], { nic }, (number) => `${number} validated`)
  })
  return command.addCommand(validate)
}

function format(records: readonly Shown[]): string {
  const rows = records.map((each) => [
    each.nic,
    each.category,
    each.oca,
    each.entered,
    each.located,
    each.state,
  ])
  return table(['NIC', 'CATEGORY', 'OCA', 'ENTERED', 'LOCATED', 'STATE'], rows)
}
