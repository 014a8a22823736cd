import { closeSync, existsSync, fstatSync, openSync, readdirSync, readSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { Command } from 'commander'
import { addSharedOptions, resolveConfig, type SharedOptions } from './shared.js'
import { usage } from './target.js'

interface Line {
  readonly time?: string
  readonly level?: number
  readonly msg?: string
  readonly dir?: 'in' | 'out'
  readonly link?: string
  readonly ori?: string
  readonly mke?: string
  readonly ctl?: string
  readonly ref?: string
  readonly n?: number
  readonly type?: string
  readonly us?: number
  readonly why?: string
  readonly peer?: string
}

const FOLLOW_MS = 200
const CHUNK = 1 << 16
/** Lines that are written at once. */
const BLOCK = 1000

/** `tail`: the message log for people. */
export function tailCommand(): Command {
  const command = new Command('tail')
    .description('the message log for people: a line a message in or out, a line an event of a link')
    .option('--ori <prefix>', 'only messages of ORIs that begin so')
    .option('--mke <key>', 'only messages with this key')
    .option('--link <name>', 'only this link')
    .option('--refused', 'only refusals')
    .option('--lines <n>', 'how many of the last lines (default: all)')
    .option('--follow', 'go on as the log grows, across rotation, until interrupted')
    .addHelpText('after', '\nExample:\n  iaq-gateway tail --data ./data --ori ZZ --follow\n')
  return addSharedOptions(command).action(async (options: SharedOptions) => {
    process.exitCode = await tail(command, options)
  })
}

async function tail(command: Command, options: SharedOptions): Promise<number> {
  const last = options.lines === undefined ? undefined : Number(options.lines)
  if (last !== undefined && !(Number.isSafeInteger(last) && last >= 0))
    usage(command, `--lines must be a whole number, not '${options.lines}'`)
  const config = resolveConfig(options)
  const file = config.log.file ?? join(config.data, 'log', 'messages.log')
  if (!existsSync(dirname(file))) {
    process.stderr.write(`${file}: no log there; serve the store first, or name another with --data\n`)
    return 1
  }
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1))
  const wanted = filter(options)
  const colour = process.stdout.isTTY === true && process.env.NO_COLOR === undefined
  const format = formatter(colour)
  let lines: string[] = []
  let most = last ?? Number.POSITIVE_INFINITY
  const flush = (): void => {
    if (lines.length > 0) process.stdout.write(`${lines.join('\n')}\n`)
    lines = []
  }
  const show = (text: string): void => {
    const line = parse(text)
    if (!line || !wanted(line)) return
    lines.push(format(line))
    if (lines.length > most) lines.shift()
    else if (most === Number.POSITIVE_INFINITY && lines.length >= BLOCK) flush()
  }
  const reader = new LogReader(file)
  for (const aside of olderFiles(file)) new LogReader(aside).read(show)
  reader.read(show)
  flush()
  // From here on every line is one of the last.
  most = Number.POSITIVE_INFINITY
  while (options.follow) {
    await pause(FOLLOW_MS)
    reader.read(show)
    flush()
  }
  return 0
}

/** Files that rotation put aside, oldest first. */
function olderFiles(file: string): string[] {
  return readdirSync(dirname(file))
    .filter((name) => name.startsWith(`${basename(file)}.`))
    .map((name) => ({ name, n: Number(name.slice(basename(file).length + 1)) }))
    .filter(({ n }) => Number.isInteger(n))
    .sort((a, b) => b.n - a.n)
    .map(({ name }) => join(dirname(file), name))
}

/** Reads a file as it grows; when it was put aside, the rest of it and then the new one. */
class LogReader {
  #fd: number | undefined
  #at = 0
  #rest = ''

  constructor(private readonly file: string) {}

  read(show: (line: string) => void): void {
    for (;;) {
      this.#fd ??= existsSync(this.file) ? openSync(this.file, 'r') : undefined
      if (this.#fd === undefined) return
      this.#readOn(this.#fd, show)
      const now = statSync(this.file, { throwIfNoEntry: false })
      if (now === undefined || now.ino === fstatSync(this.#fd).ino) return
      closeSync(this.#fd)
      this.#fd = undefined
      this.#at = 0
      this.#rest = ''
    }
  }

  #readOn(fd: number, show: (line: string) => void): void {
    const chunk = Buffer.alloc(CHUNK)
    for (
      let n = readSync(fd, chunk, 0, CHUNK, this.#at);
      n > 0;
      n = readSync(fd, chunk, 0, CHUNK, this.#at)
    ) {
      this.#at += n
      const lines = (this.#rest + chunk.toString('utf8', 0, n)).split('\n')
      this.#rest = lines.pop() ?? ''
      for (const line of lines) show(line)
    }
  }
}

function parse(text: string): Line | undefined {
  try {
    return JSON.parse(text) as Line
  } catch {
    // A line that was cut off by a crash says nothing.
    return undefined
  }
}

function filter(options: SharedOptions): (line: Line) => boolean {
  const { ori, mke, link, refused } = options
  return (line) =>
    (ori === undefined || (line.ori?.startsWith(String(ori).toUpperCase()) ?? false)) &&
    (mke === undefined || line.mke === String(mke).toUpperCase()) &&
    (link === undefined || line.link === link) &&
    (refused !== true || (line.dir === 'in' && (line.type ?? '').startsWith('refused')))
}

const RED = 31
const GREEN = 32
const DIM = 2

/** Lines in columns; a link whose name is long makes its column wider from there on. */
function formatter(colour: boolean): (line: Line) => string {
  let width = 10
  return (line) => {
    width = Math.max(width, line.link?.length ?? 0)
    return format(line, colour, width)
  }
}

function format(line: Line, colour: boolean, width: number): string {
  const paint = (code: number, text: string): string => (colour ? `\u001b[${code}m${text}\u001b[0m` : text)
  const time = (line.time ?? '').slice(0, 23).replace('T', ' ')
  if (line.dir === undefined) {
    const words = [line.msg, line.link && `link ${line.link}`, line.peer, line.why].filter(Boolean).join('  ')
    return `${time}  ${(line.level ?? 30) >= 40 ? paint(RED, words) : paint(DIM, words)}`
  }
  const type = line.type ?? ''
  const cells = [
    time,
    line.dir === 'in' ? '->' : '<-',
    (line.link ?? '').padEnd(width),
    (line.ori ?? '').padEnd(9),
    (line.mke ?? '').padEnd(3),
    `${line.n ?? ''}`.padStart(5, '0'),
    (line.ctl ?? '').padEnd(10),
    (line.ref ?? '').padEnd(13),
    paint(type.startsWith('refused') || type.startsWith('.') ? RED : GREEN, type.padEnd(15)),
    line.us === undefined ? '' : `${line.us} us`,
  ]
  return cells.join('  ').trimEnd()
}
