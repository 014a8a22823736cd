import { existsSync } from 'node:fs'
import { Command } from 'commander'
import { type AuditEntry, AuditView, sentAgain } from '../exchange/index.js'
import { callControl, chainKeyOf, journalDir, offsetMinutes, verifyStore } from '../gateway/index.js'
import { Journal, type JournalRecord } from '../store/index.js'
import { addSharedOptions, resolveConfig, type SharedOptions } from './shared.js'
import { usage } from './target.js'

/** `audit list` and `audit verify`: the audit trail, which is a view of the journal. */
export function auditCommand(): Command {
  const command = new Command('audit')
    .description('the audit trail: who did what, and whether anybody changed what is written of it')
    .addHelpText(
      'after',
      '\nExample:\n  iaq-gateway audit list --what "answer given" --ori ZZ\n  iaq-gateway audit verify\n',
    )
  const list = new Command('list')
    .description('the trail, oldest first')
    .option('--what <words>', 'only entries of this kind, such as "answer given" or "link refused"')
    .option('--ori <prefix>', 'only those of ORIs that begin so')
    .option('--link <name>', 'only those of this link')
    .option('--reference <reference>', 'only those of this matter')
    .option('--since <day>', 'only from this day or moment on (2026-11-24 or 2026-11-24T14:00)')
    .option('--until <day>', 'only before it')
    .option('--json', 'JSON Lines')
    .addHelpText('after', '\nExample:\n  iaq-gateway audit list --since 2026-11-24 --json > audit.jsonl\n')
  addSharedOptions(list).action((options: SharedOptions) => {
    process.exitCode = listTrail(list, { ...command.opts(), ...options })
  })
  const verify = new Command('verify')
    .description(
      'hold the trail to its hash chain; exit 1 where a record was changed, removed, put in or moved',
    )
    .option(
      '--head <hash>',
      "a chain head from the log or a 'stopped' line: that nothing up to it was cut off",
    )
    .addHelpText('after', '\nExample:\n  iaq-gateway audit verify --head 5f2c…\n')
  addSharedOptions(verify).action(async (options: SharedOptions) => {
    process.exitCode = await verifyTrail(verify, { ...command.opts(), ...options })
  })
  return command.addCommand(list).addCommand(verify)
}

function listTrail(command: Command, options: SharedOptions): number {
  const config = resolveConfig(options)
  const wanted = filter(command, options)
  const dir = journalDir(config.data)
  if (!isStore(dir)) return 1
  const key = chainKeyOf(config)
  const again = new Set<number>()
  const note = (record: JournalRecord): void => {
    for (const id of sentAgain(record)) again.add(id)
  }
  Journal.scan({ dir, key, whole: true, onRecord: note })
  const view = new AuditView(again)
  const write = writer(config.clock.offset, options.json === true)
  const { damage } = Journal.scan({
    dir,
    key,
    whole: true,
    onRecord: (record) => {
      for (const entry of view.take(record)) if (wanted(entry)) write.entry(entry)
    },
  })
  write.flush()
  for (const { file, offset, reason } of damage)
    process.stderr.write(`${file}: offset ${offset}: ${reason}; what stood there is not listed\n`)
  return damage.length === 0 ? 0 : 1
}

/** Of a folder that isn't there nothing can be said, least of all that it is whole. */
function isStore(dir: string): boolean {
  if (existsSync(dir)) return true
  process.stderr.write(`${dir}: no store there; name one with --data\n`)
  return false
}

function filter(command: Command, options: SharedOptions): (entry: AuditEntry) => boolean {
  const moment = (name: string): number | undefined => {
    const text = options[name]
    if (text === undefined) return undefined
    const t = Date.parse(String(text))
    return Number.isNaN(t) ? usage(command, `--${name} must be a day such as 2026-11-24, not '${text}'`) : t
  }
  const since = moment('since') ?? Number.NEGATIVE_INFINITY
  const until = moment('until') ?? Number.POSITIVE_INFINITY
  const { what, ori, link, reference } = options
  return (entry) =>
    entry.t >= since &&
    entry.t < until &&
    (what === undefined || entry.what === what) &&
    (ori === undefined || entry.ori?.startsWith(String(ori).toUpperCase()) === true) &&
    (link === undefined || entry.link === link) &&
    (reference === undefined || entry.reference === reference)
}

const BLOCK = 1 << 16

/** Times are hundredths of seconds with the centre's offset. */
function writer(offset: string, json: boolean): { entry: (entry: AuditEntry) => void; flush: () => void } {
  const minutes = offsetMinutes(offset)
  let text = ''
  const flush = (): void => {
    process.stdout.write(text)
    text = ''
  }
  return {
    entry: ({ t, ...entry }) => {
      const local = new Date(t + minutes * 60_000).toISOString()
      const time = `${local.slice(0, 22)}${offset}`
      if (json) text += `${JSON.stringify({ time, ...entry })}\n`
      else {
        const { what, link, ori, mke, reference, details } = entry
        const more = Object.entries(details ?? {}).map(([name, value]) => `${name}=${value}`)
        const cells = [what.padEnd(20), link ?? '-', ori ?? '-', mke ?? '-', reference ?? '-', ...more]
        text += `${time}  ${cells.join('  ')}\n`
      }
      if (text.length > BLOCK) flush()
    },
    flush,
  }
}

async function verifyTrail(command: Command, options: SharedOptions): Promise<number> {
  const config = resolveConfig(options)
  const head = options.head === undefined ? undefined : String(options.head).toLowerCase()
  if (head !== undefined && !/^[0-9a-f]{64}$/.test(head))
    usage(command, '--head must be 64 hexadecimal digits')
  const { served } = await callControl(config.data, { call: 'status' })
  const dir = journalDir(config.data)
  if (!isStore(dir)) return 1
  const { journal: verified, damage: all } = verifyStore(config, served, head)
  const damage = all.filter(({ file }) => file.startsWith(dir))
  for (const { file, offset, reason } of damage)
    process.stdout.write(`${file}: offset ${offset}: ${reason}\n`)
  if (!verified.found)
    process.stdout.write(`${dir}: the head ${head} is not in the chain: its end was cut off\n`)
  const whole = damage.length === 0 && verified.found
  process.stdout.write(
    `${verified.batches} batches, ${verified.records} records\nhead ${verified.head}\n${whole ? 'whole' : 'not whole'}\n`,
  )
  return whole ? 0 : 1
}
