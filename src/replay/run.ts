import { controlOf, parseAnswer, type Received, type Target, toTextForm } from '../client/index.js'
import { encodeFrame, keepaliveAnswerFrame, keepaliveFrame } from '../frame/index.js'
import { WallClock } from '../time/index.js'
import { type Answer, type Exchange, Ledger } from './exchange.js'
import { type Bindings, fillSent, type MatchContext, matchLine, matchMessage } from './pattern.js'
import { type Arrival, Peer } from './peer.js'
import { type ExpectStep, escapeBytes, type SendStep, type Step, type Transcript } from './transcript.js'

export interface RunOptions {
  /** How long to wait for each thing that must come. Default 35 s: one test subject's answer is 30 s late. */
  readonly timeoutMs?: number | undefined
  /** Other traffic shares the link, so that counts needn't follow each other. */
  readonly anyCounts?: boolean | undefined
  /** The centre's clock, minutes east of UTC. Default -420. */
  readonly offsetMinutes?: number | undefined
  /** When the transcript should have begun (monotonic): its lateness counts as the gateway's. */
  readonly intendedStart?: number | undefined
  /** Told of each exchange's answers as they come. */
  readonly onAnswer?: ((exchange: Exchange, answer: Answer) => void) | undefined
}

/** Where what came first parts from what must come. */
export interface Difference {
  readonly file: string
  readonly line: number
  readonly expected: string
  readonly got: string
}

export interface Outcome {
  readonly transcript: Transcript
  readonly passed: boolean
  readonly exchanges: readonly Exchange[]
  readonly differences: readonly Difference[]
  readonly elapsedMs: number
}

const DEFAULT_TIMEOUT_MS = 35_000

/** Holds a gateway to a transcript. Whatever goes wrong is a difference of the outcome; nothing is thrown. */
export async function runTranscript(
  transcript: Transcript,
  target: Target,
  options: RunOptions = {},
): Promise<Outcome> {
  const start = performance.now()
  const run = new Run(transcript, target, options)
  try {
    await run.all()
  } finally {
    await run.close()
  }
  return {
    transcript,
    passed: run.differences.length === 0,
    exchanges: run.ledger.exchanges,
    differences: run.differences,
    elapsedMs: performance.now() - start,
  }
}

const END = '(end of the message)'
const NOTHING = '(nothing)'

/** Told apart from other failures: the rest of the transcript can't be held against what comes any more. */
class LostThread extends Error {}

class Run {
  readonly ledger: Ledger
  readonly differences: Difference[] = []
  readonly #transcript: Transcript
  readonly #target: Target
  readonly #timeoutMs: number
  readonly #context: MatchContext
  readonly #peers = new Map<string, Peer>()
  #bindings: Bindings = new Map()

  constructor(transcript: Transcript, target: Target, options: RunOptions) {
    this.#transcript = transcript
    this.#target = target
    this.#timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS
    const { intendedStart, onAnswer } = options
    const lateMs = intendedStart === undefined ? 0 : Math.max(0, performance.now() - intendedStart)
    this.ledger = new Ledger(transcript.file, lateMs, onAnswer)
    this.#context = {
      now: Date.now(),
      clock: new WallClock(options.offsetMinutes ?? -420),
      anyCounts: options.anyCounts ?? false,
    }
  }

  async all(): Promise<void> {
    try {
      for (const step of this.#transcript.steps) await this.#step(step)
      const lastLine = this.#transcript.steps.at(-1)?.line ?? 0
      for (const [name, peer] of this.#peers)
        await this.#nothingLeft(peer, { line: lastLine, connection: name })
    } catch (error) {
      if (!(error instanceof LostThread))
        this.#differ(0, 'a run', error instanceof Error ? error.message : String(error))
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#peers.values()].map((peer) => peer.close()))
  }

  async #step(step: Step): Promise<void> {
    if (step.kind === 'connect') {
      const { connection, framing, stepwise } = step
      try {
        this.#peers.set(connection, await Peer.open(this.#target, framing, stepwise))
      } catch (error) {
        this.#lose(step.line, 'a connection', error instanceof Error ? error.message : String(error))
      }
      return
    }
    const peer = this.#peer(step)
    switch (step.kind) {
      case 'send':
        return this.#send(peer, step)
      case 'send-raw': {
        const exchange = this.ledger.begin(step, 'bytes', escapeBytes(step.bytes), '')
        exchange.sentAt = await peer.writeThrough(step.bytes, this.#timeoutMs)
        return
      }
      case 'ping': {
        const exchange = this.ledger.begin(step, 'keep-alive', 'keep-alive', '')
        peer.pings++
        exchange.sentAt = peer.write(keepaliveFrame(peer.framing))
        return
      }
      case 'pong':
        return this.#pong(peer, step)
      case 'expect':
        return this.#expectOne(peer, step)
      case 'unordered':
        return this.#expectUnordered(step.expects)
      case 'expect-raw':
        return this.#expectBytes(peer, step, step.bytes)
      case 'closed':
        return this.#expectClosed(peer, step)
      case 'disconnect':
        await this.#nothingLeft(peer, step)
        this.#peers.delete(step.connection)
        return peer.close()
    }
  }

  #peer(step: { line: number; connection: string }): Peer {
    const peer = this.#peers.get(step.connection)
    return peer ?? this.#lose(step.line, 'an open connection', 'none')
  }

  async #send(peer: Peer, step: SendStep): Promise<void> {
    const text = fillSent(step.text, this.#context, this.#bindings)
    const exchange = this.ledger.begin(step, 'message', text, controlOf(text))
    const frame = encodeFrame(peer.framing, text)
    if (step.mode === 'bytewise') {
      exchange.sentAt = await peer.writeBytewise(frame, this.#timeoutMs)
      return
    }
    peer.pending.push(frame)
    if (step.mode === 'pipelined') return
    const at = peer.write(Buffer.concat(peer.pending))
    peer.pending = []
    this.ledger.sent(step.connection, at)
  }

  async #expectOne(peer: Peer, step: ExpectStep): Promise<void> {
    const { received, at } = await this.#message(peer, step)
    const lines = toTextForm(received)
    const difference = this.#match(step, received, lines)
    this.ledger.record(step, at, { kind: 'message', received, lines, expected: difference === undefined })
    if (difference) this.#goOnIfSame(step, lines, difference)
  }

  /** Takes as many messages as are expected, each for the first expectation that it fits. */
  async #expectUnordered(expects: readonly ExpectStep[]): Promise<void> {
    for (const connection of new Set(expects.map((expect) => expect.connection))) {
      const left = expects.filter((expect) => expect.connection === connection)
      for (let first = left[0]; first; first = left[0]) {
        const { received, at } = await this.#message(this.#peer(first), first)
        const lines = toTextForm(received)
        const tries = left.map((expect) => ({ expect, difference: this.#match(expect, received, lines) }))
        // Of those that don't fit, the one that agrees longest is what was meant.
        const best = tries.reduce((a, b) => (depth(b.difference) > depth(a.difference) ? b : a))
        left.splice(left.indexOf(best.expect), 1)
        const expected = best.difference === undefined
        this.ledger.record(best.expect, at, { kind: 'message', received, lines, expected })
        if (best.difference) this.#goOnIfSame(best.expect, lines, best.difference)
      }
    }
  }

  /** Undefined where the message is as expected, and then what it binds is bound. */
  #match(expect: ExpectStep, received: Received, lines: readonly string[]): IndexedDifference | undefined {
    const { file } = this.#transcript
    if (received.form !== expect.form) {
      const [wanted, came] = [`an answer in the ${expect.form} form`, `one in the ${received.form} form`]
      return { index: 0, file, line: expect.line, expected: wanted, got: came }
    }
    const match = matchMessage(expect.patterns, lines, this.#bindings, this.#context)
    if (match.matches) {
      this.#bindings = match.bindings
      return undefined
    }
    const { index, expected = END, got = END } = match.difference
    const line = expect.line + Math.max(0, Math.min(index, expect.patterns.length - 1))
    const problem = received.form === 'xml' ? received.problem : undefined
    return { index, file, line, expected, got: problem === undefined ? got : `${problem}: ${got}` }
  }

  /**
   * Tells a difference. A message of the wrong kind means that the conversation is no longer in step; all that comes
   * after would differ too, and say nothing.
   */
  #goOnIfSame(expect: ExpectStep, lines: readonly string[], difference: IndexedDifference): void {
    const { index: _, ...told } = difference
    this.differences.push(told)
    const [pattern] = expect.patterns
    const same =
      pattern && (pattern.lines || matchLine(pattern, lines[0] ?? '', this.#bindings, this.#context))
    if (!same) throw new LostThread()
  }

  /** The next message; anything else that comes is a difference. */
  async #message(peer: Peer, step: { line: number }): Promise<{ received: Received; at: number }> {
    const arrival = await this.#next(peer)
    if (arrival?.event.kind === 'body') return { received: parseAnswer(arrival.event.body), at: arrival.at }
    return this.#lose(step.line, 'a message', this.#describe(arrival))
  }

  async #pong(peer: Peer, step: Step): Promise<void> {
    const arrival = await this.#next(peer)
    const kind = arrival?.event.kind
    const answered = kind === 'keepalive-answer' || kind === 'keepalive'
    if (!arrival || !answered) this.#lose(step.line, "the keep-alive's answer", this.#describe(arrival))
    peer.pings--
    this.ledger.record(step, arrival.at, { kind: 'keep-alive', lines: [], expected: true })
  }

  async #expectBytes(peer: Peer, step: Step, wanted: Buffer): Promise<void> {
    const { bytes, at } = await peer.bytes(wanted.length, this.#timeoutMs)
    const expected = bytes.equals(wanted)
    const got = escapeBytes(bytes)
    this.ledger.record(step, at, { kind: 'bytes', lines: [got], expected })
    if (!expected) this.#lose(step.line, escapeBytes(wanted), got === '' ? NOTHING : got)
  }

  async #expectClosed(peer: Peer, step: Step): Promise<void> {
    const arrival = await this.#next(peer)
    if (arrival?.event.kind !== 'closed')
      this.#lose(step.line, 'the connection closed', this.#describe(arrival))
    this.ledger.record(step, arrival.at, { kind: 'closed', lines: [], expected: true })
    this.#peers.delete(step.connection)
    await peer.close()
  }

  /** What came and nobody asked for; a gateway that closes is no message. */
  async #nothingLeft(peer: Peer, step: { line: number; connection: string }): Promise<void> {
    const arrival = await peer.left()
    if (!arrival || arrival.event.kind === 'closed' || arrival.event.kind.startsWith('keepalive')) return
    this.#differ(step.line, NOTHING, this.#describe(arrival))
  }

  /**
   * What comes next, the gateway's own keep-alives aside: they are answered. In `length` and `pattern` those look like
   * the answer to ours, and are one where an answer is due.
   */
  async #next(peer: Peer): Promise<Arrival | undefined> {
    for (;;) {
      const arrival = await peer.next(this.#timeoutMs)
      const question = arrival?.event.kind === 'keepalive' && (peer.framing === 'stx-etx' || peer.pings === 0)
      if (!question) return arrival
      peer.write(keepaliveAnswerFrame(peer.framing))
    }
  }

  #describe(arrival: Arrival | undefined): string {
    if (!arrival) return `nothing in ${this.#timeoutMs} ms`
    const { event } = arrival
    switch (event.kind) {
      case 'body':
        return toTextForm(parseAnswer(event.body)).join(' | ')
      case 'closed':
        return `the connection's end: ${event.closing.reason}`
      case 'fault':
        return `bytes that make no frame (${event.fault}): ${escapeBytes(event.original)}`
      case 'unknown-framing':
        return 'bytes that begin no framing'
      case 'ack':
        return `a delivery acknowledgement of ${event.count}`
      default:
        return "a keep-alive's answer"
    }
  }

  #differ(line: number, expected: string, got: string): void {
    this.differences.push({ file: this.#transcript.file, line, expected, got })
  }

  #lose(line: number, expected: string, got: string): never {
    this.#differ(line, expected, got)
    throw new LostThread()
  }
}

type IndexedDifference = Difference & { readonly index: number }

const depth = (difference: IndexedDifference | undefined): number =>
  difference?.index ?? Number.POSITIVE_INFINITY
