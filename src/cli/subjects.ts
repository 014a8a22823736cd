import { Command } from 'commander'
import { loadSubjects, type PersonName } from '../records/index.js'
import { addSharedOptions, resolveStore, type SharedOptions } from './shared.js'
import { table } from './table.js'

/** `subjects`: the test subjects that every store holds, and what each does. */
export function subjectsCommand(): Command {
  const command = new Command('subjects')
    .description('list the test subjects that every store holds, and what a query for each does')
    .option('--json', 'JSON Lines, with the whole record')
    .addHelpText('after', '\nExample:\n  iaq-gateway subjects\n')
  return addSharedOptions(command).action(async (options: SharedOptions) => {
    const { formatsDir } = await resolveStore(options)
    const { subjects, absent } = loadSubjects(formatsDir)
    if (options.json) {
      for (const { does, answer, record } of subjects)
        process.stdout.write(`${JSON.stringify({ does, ...(answer ? { answer } : {}), record })}\n`)
      return
    }
    const rows = subjects.map(({ does, record }) => {
      const [name] = record.names
      return [`A${record.arn}`, name ? short(name) : '', record.dob, record.sex, record.pob, does]
    })
    rows.push(['-', absent.name, 'any', '-', '-', absent.does])
    process.stdout.write(table(['A-NUMBER', 'NAME', 'DOB', 'SEX', 'POB', 'A QUERY FOR IT GETS'], rows))
  })
}

/** As much of the name as NAM holds. */
function short(name: PersonName): string {
  return [`${name.last},`, name.first, name.middle].filter(Boolean).join(' ').slice(0, 30)
}
