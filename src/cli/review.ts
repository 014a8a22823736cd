import { userInfo } from 'node:os'
import { Command } from 'commander'
import { FaultError, type ResolvedConfig } from '../config/index.js'
import {
  decideReview,
  leaveReview,
  type QueuedReview,
  type ReviewDetails,
  reviewDetails,
  reviewQueue,
  takeReview,
} from '../gateway/index.js'
import { formatDuration } from '../time/index.js'
import { addSharedOptions, resolveConfig, type SharedOptions } from './shared.js'
import { table } from './table.js'
import { usage } from './target.js'

/** `review`: the technicians' queue; `take`, `leave` and `decide` a case of it. */
export function reviewCommand(): Command {
  const command = new Command('review')
    .description('unclear matches that wait for a technician, and urgent hit confirmations before them')
    .option('--json', 'JSON Lines')
    .addHelpText(
      'after',
      '\nNothing waits unless the configuration says `review: possible`.\n' +
        '\nExample:\n  iaq-gateway review\n  iaq-gateway review take 26-0000000417\n' +
        '  iaq-gateway review decide 26-0000000417 match A099000017\n',
    )
  addSharedOptions(command).action(async (options: SharedOptions) => {
    const queue = await reviewQueue(resolveConfig(options))
    process.stdout.write(
      options.json ? queue.map((each) => `${JSON.stringify(each)}\n`).join('') : format(queue, Date.now()),
    )
  })
  const take = one(command, 'take', 'take a case for yourself, and print what there is to decide by')
  take.action(async (reference: string, options: SharedOptions) => {
    const config = configOf(command, options)
    await attempt(async () => {
      await takeReview(config, reference, nameOf(options))
      const details = await reviewDetails(config, reference)
      if (details) process.stdout.write(evidence(details))
    })
  })
  const leave = one(command, 'leave', 'give a case back undecided')
  leave.action(async (reference: string, options: SharedOptions) => {
    const config = configOf(command, options)
    await attempt(async () => {
      await leaveReview(config, reference, nameOf(options))
      process.stdout.write(`${reference} waits again\n`)
    })
  })
  const decide = one(command, 'decide', 'decide a case: its final answer goes out')
    .argument('<decision>', 'match (and the A-number), none, or possible: it can not be said')
    .argument('[a-number]', 'whom of the candidates it is')
  decide.action(
    async (reference: string, decision: string, number: string | undefined, options: SharedOptions) => {
      if (decision !== 'match' && decision !== 'none' && decision !== 'possible')
        usage(decide, `decide match, none or possible, not '${decision}'`)
      const [, arn] = /^A?(\d{7,9})$/i.exec(number ?? '') ?? []
      if ((decision === 'match') !== (arn !== undefined))
        usage(decide, decision === 'match' ? 'say whom: an A-number' : `${decision} takes no A-number`)
      const config = configOf(command, options)
      await attempt(async () => {
        const given = { decision, arn: arn?.padStart(9, '0') } as const
        const type = await decideReview(config, reference, nameOf(options), given)
        process.stdout.write(`${reference} is answered: ${type}\n`)
      })
    },
  )
  return command.addCommand(take).addCommand(leave).addCommand(decide)
}

function one(parent: Command, name: string, description: string): Command {
  const command = new Command(name)
    .description(description)
    .argument('<reference>', 'LESC reference')
    .option('--by <name>', 'who does it (default: the name of the account)')
    .addHelpText(
      'after',
      `\nExample:\n  iaq-gateway ${parent.name()} ${name} 26-0000000417${EXAMPLE[name] ?? ''}\n`,
    )
  return addSharedOptions(command)
}

const EXAMPLE: Readonly<Record<string, string>> = { decide: ' none' }

const configOf = (parent: Command, options: SharedOptions): ResolvedConfig =>
  resolveConfig({ ...parent.opts(), ...options })

const nameOf = ({ by }: SharedOptions): string => (by === undefined ? userInfo().username : String(by))

/** What is refused is said, and the command ends with 1. */
async function attempt(work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (error instanceof FaultError) throw error
    process.stderr.write(`${(error as Error).message}\n`)
    process.exitCode = 1
  }
}

function format(queue: readonly QueuedReview[], now: number): string {
  const rows = queue.map((each) => [
    each.reference,
    each.ori,
    each.priority,
    each.kind === 'match' ? `${each.count}` : '',
    formatDuration(Math.max(0, now - each.receivedAt)),
    each.limit > now ? formatDuration(each.limit - now) : 'OVERDUE',
    each.holder ?? '',
  ])
  return table(['REFERENCE', 'ORI', 'PRIORITY', 'CANDIDATES', 'AGE', 'LEFT', 'HAS IT'], rows)
}

function evidence({ values, candidates }: ReviewDetails): string {
  const asked = Object.entries(values).map(([mfc, value]) => `  ${mfc}/${value}`)
  const each = candidates.flatMap(({ arn, score, bits, why, person }) => {
    const name = person?.names[0]
    const who = person ? `${name?.last ?? ''}, ${name?.first ?? ''} ${person.dob}` : 'no longer on file'
    return [
      `A${arn}  score ${Math.floor(score)}  ${bits.toFixed(1)} bits  ${who}`,
      ...why.map(
        ({ field, bits: own, asked: a, held, relation }) =>
          `  ${field.padEnd(4)} ${own.toFixed(1).padStart(6)} bits  ${a} / ${held}: ${relation}`,
      ),
    ]
  })
  return `${['asked', ...asked, ...each].join('\n')}\n`
}
