import { FRAMINGS, type Framing } from '../frame/index.js'
import { checkSent, compileLine, type LinePattern } from './pattern.js'

/** A conversation: what is sent, what must come. The format is described in `fixtures/README.md`. */
export interface Transcript {
  readonly file: string
  /** The first comment lines, joined. */
  readonly title: string
  /** An answer is still to come when it ends (`LATE`): it is run after the others. */
  readonly late: boolean
  readonly steps: readonly Step[]
}

export interface TranscriptFault {
  readonly file: string
  /** From 1; 0 where it is the file itself. */
  readonly line: number
  readonly text: string
}

export type ParsedTranscript =
  | { readonly ok: true; readonly transcript: Transcript }
  | { readonly ok: false; readonly faults: readonly TranscriptFault[] }

interface At {
  readonly line: number
  /** Name of the connection; empty where it has none. */
  readonly connection: string
}

export interface ConnectStep extends At {
  readonly kind: 'connect'
  readonly framing: Framing
  /** Raw bytes are expected on it, so that its bytes mustn't be decoded ahead. */
  readonly stepwise: boolean
}

export interface SendStep extends At {
  readonly kind: 'send'
  /** `pipelined`: waits for the next one that is `framed`, and goes out in one write with it. */
  readonly mode: 'framed' | 'pipelined' | 'bytewise'
  /** Joined by CR LF; may hold `<TODAY>`. */
  readonly text: string
}

export interface ExpectStep extends At {
  readonly kind: 'expect'
  readonly form: 'text' | 'xml'
  readonly patterns: readonly LinePattern[]
}

export type Step =
  | ConnectStep
  | SendStep
  | ExpectStep
  | (At & { readonly kind: 'send-raw' | 'expect-raw'; readonly bytes: Buffer })
  | (At & { readonly kind: 'unordered'; readonly expects: readonly ExpectStep[] })
  | (At & { readonly kind: 'ping' | 'pong' | 'closed' | 'disconnect' })

/** Reads a transcript; every fault is told, with its line. */
export function parseTranscript(text: string, file: string): ParsedTranscript {
  const parser = new Parser(file)
  for (const [i, line] of text.split(/\r?\n/).entries()) parser.line(line, i + 1)
  return parser.end()
}

/** Whether a text is meant as a transcript and not as messages: by its first line that isn't blank or a comment. */
export function looksLikeTranscript(text: string): boolean {
  const first = text.split(/\r?\n/).find((line) => line.trim() !== '' && !line.startsWith('#'))
  return first !== undefined && /^(?:CONNECT(?: |$)|@\w|>[>+.]? )/.test(first)
}

const CONTENT = /^(>>|>\+|>\.|>|<<|<\?|<)(?: (.*))?$/
const MODES = { '>': 'framed', '>+': 'pipelined', '>.': 'bytewise' } as const
const KEYWORDS = { PING: 'ping', PONG: 'pong', CLOSED: 'closed', DISCONNECT: 'disconnect' } as const

interface Block {
  readonly marker: string
  readonly line: number
  readonly lines: string[]
}

class Parser {
  readonly #file: string
  readonly #steps: Step[] = []
  readonly #faults: TranscriptFault[] = []
  readonly #title: string[] = []
  #late = false
  readonly #open = new Set<string>()
  /** Connections with a pipelined message that waits, and its line. */
  readonly #waiting = new Map<string, number>()
  readonly #stepwise = new Set<string>()
  #connection = ''
  #block: Block | undefined
  #unordered: { readonly line: number; readonly expects: ExpectStep[] } | undefined

  constructor(file: string) {
    this.#file = file
  }

  line(line: string, number: number): void {
    const content = CONTENT.exec(line)
    if (!content) {
      this.#endBlock()
      this.#other(line.trimEnd(), number)
      return
    }
    const [, marker = '', text = ''] = content
    if (this.#block?.marker === marker && marker !== '>>' && marker !== '<<') {
      this.#block.lines.push(text)
      return
    }
    this.#endBlock()
    this.#block = { marker, line: number, lines: [text] }
  }

  end(): ParsedTranscript {
    this.#endBlock()
    if (this.#unordered) this.#fault(this.#unordered.line, 'UNORDERED without END')
    for (const line of this.#waiting.values())
      this.#fault(line, 'no message written with > follows: never sent')
    if (this.#steps.length === 0 && this.#faults.length === 0)
      this.#fault(1, 'nothing happens in this transcript')
    if (this.#faults.length > 0) return { ok: false, faults: this.#faults }
    const steps = this.#steps.map((step) =>
      step.kind === 'connect' ? { ...step, stepwise: this.#stepwise.has(step.connection) } : step,
    )
    return {
      ok: true,
      transcript: { file: this.#file, title: this.#title.join(' '), late: this.#late, steps },
    }
  }

  #fault(line: number, text: string): void {
    this.#faults.push({ file: this.#file, line, text })
  }

  #other(line: string, number: number): void {
    if (line === '') return
    if (line.startsWith('#')) {
      if (this.#steps.length === 0) this.#title.push(line.slice(1).trim())
      return
    }
    const name = /^@(\S+)$/.exec(line)?.[1]
    if (name !== undefined) {
      if (!this.#open.has(name)) this.#fault(number, `connection ${name} isn't open`)
      this.#connection = name
      return
    }
    const [keyword = '', ...rest] = line.split(/ +/)
    if (line === 'LATE' && this.#steps.length === 0) this.#late = true
    else if (keyword === 'CONNECT') this.#connect(rest, number)
    else if (rest.length > 0) this.#fault(number, `not a line of a transcript: ${line}`)
    else this.#keyword(keyword, number)
  }

  #connect(rest: readonly string[], line: number): void {
    const named = FRAMINGS.find((framing) => framing === rest[0])
    const [name = '', ...surplus] = named ? rest.slice(1) : rest
    if (surplus.length > 0) {
      this.#fault(line, `CONNECT [${FRAMINGS.join('|')}] [name]`)
      return
    }
    if (this.#unordered) {
      this.#fault(line, 'only what is expected stands between UNORDERED and END')
      return
    }
    if (this.#open.has(name)) this.#fault(line, `connection ${name} is already open`)
    this.#open.add(name)
    this.#connection = name
    this.#steps.push({
      kind: 'connect',
      line,
      connection: name,
      framing: named ?? 'stx-etx',
      stepwise: false,
    })
  }

  #keyword(keyword: string, line: number): void {
    if (keyword === 'UNORDERED') {
      if (this.#unordered) this.#fault(line, 'UNORDERED inside UNORDERED')
      this.#unordered = { line, expects: [] }
      return
    }
    if (keyword === 'END') {
      this.#endUnordered(line)
      return
    }
    const kind = keyword in KEYWORDS ? KEYWORDS[keyword as keyof typeof KEYWORDS] : undefined
    if (!kind) {
      this.#fault(line, `not a line of a transcript: ${keyword}`)
      return
    }
    this.#step({ kind, line, connection: this.#connection })
    if (kind !== 'closed' && kind !== 'disconnect') return
    this.#open.delete(this.#connection)
    const waiting = this.#waiting.get(this.#connection)
    if (waiting !== undefined) this.#fault(waiting, 'no message written with > follows: never sent')
    this.#waiting.delete(this.#connection)
  }

  #endUnordered(line: number): void {
    const unordered = this.#unordered
    this.#unordered = undefined
    if (!unordered) {
      this.#fault(line, 'END without UNORDERED')
      return
    }
    this.#steps.push({ kind: 'unordered', connection: this.#connection, ...unordered })
  }

  /** Adds a step, where it may stand. */
  #step(step: Step): void {
    if (!this.#open.has(step.connection))
      this.#fault(
        step.line,
        step.connection === '' ? 'no connection is open' : `${step.connection} isn't open`,
      )
    if (!this.#unordered) this.#steps.push(step)
    else if (step.kind === 'expect') this.#unordered.expects.push(step)
    else this.#fault(step.line, 'only what is expected stands between UNORDERED and END')
  }

  #endBlock(): void {
    const block = this.#block
    if (!block) return
    this.#block = undefined
    const { marker, line } = block
    if (marker === '>>' || marker === '<<') this.#raw(marker, line, block.lines[0] ?? '')
    else if (marker === '<' || marker === '<?') this.#expect(block)
    else this.#send(block)
  }

  #raw(marker: '>>' | '<<', line: number, text: string): void {
    const bytes = unescapeBytes(text)
    if (!bytes) {
      this.#fault(line, 'an escape that is none of \\xHH \\r \\n \\\\')
      return
    }
    if (marker === '<<') this.#stepwise.add(this.#connection)
    const kind = marker === '>>' ? 'send-raw' : 'expect-raw'
    this.#step({ kind, line, connection: this.#connection, bytes })
  }

  #expect(block: Block): void {
    const patterns: LinePattern[] = []
    for (const [i, source] of block.lines.entries()) {
      const pattern = compileLine(source)
      if (typeof pattern === 'string') this.#fault(block.line + i, pattern)
      else patterns.push(pattern)
    }
    const form = block.marker === '<?' ? 'xml' : 'text'
    this.#step({ kind: 'expect', line: block.line, connection: this.#connection, form, patterns })
  }

  #send(block: Block): void {
    for (const [i, source] of block.lines.entries()) {
      const fault = checkSent(source)
      if (fault) this.#fault(block.line + i, fault)
    }
    const mode = MODES[block.marker as keyof typeof MODES]
    if (mode === 'pipelined') this.#waiting.set(this.#connection, block.line)
    else if (mode === 'framed') this.#waiting.delete(this.#connection)
    this.#step({
      kind: 'send',
      line: block.line,
      connection: this.#connection,
      mode,
      text: block.lines.join('\r\n'),
    })
  }
}

/** Text with `\xHH`, `\r`, `\n` and `\\` as bytes; undefined where a backslash begins none of them. */
export function unescapeBytes(text: string): Buffer | undefined {
  const parts: Buffer[] = []
  let end = 0
  for (const match of text.matchAll(/\\(?:x([0-9a-fA-F]{2})|([rn\\])|)/g)) {
    const [whole, hex, letter] = match
    parts.push(Buffer.from(text.slice(end, match.index)))
    end = match.index + whole.length
    if (hex !== undefined) parts.push(Buffer.of(Number.parseInt(hex, 16)))
    else if (letter !== undefined)
      parts.push(Buffer.from(letter === 'r' ? '\r' : letter === 'n' ? '\n' : '\\'))
    else return undefined
  }
  parts.push(Buffer.from(text.slice(end)))
  return Buffer.concat(parts)
}

/** Bytes as {@link unescapeBytes} reads them. */
export function escapeBytes(bytes: Buffer): string {
  return bytes
    .toString('latin1')
    .replaceAll('\\', '\\\\')
    .replaceAll('\r', '\\r')
    .replaceAll('\n', '\\n')
    .replace(/[^ -~]/g, (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0').toUpperCase()}`)
}
