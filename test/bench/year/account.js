// What came back, told by bytes alone: which message an answer belongs to, which kind of answer it is, and whom it names.
import { KINDS } from './messages.js'

const TYPE = Buffer.from('RESPONSE TYPE: ')
const ARN = Buffer.from('\nA-NUMBER: A')
const FIRST = Buffer.from('\n01 A')
const MARK = Buffer.from('*** POSSIBLE DUPLICATE ***')
const CONFIRMED = Buffer.from('CON/Y')
const DETAINER = Buffer.from('DETAINER LODGED')
const [STAR, ETX, CR, E, R] = [0x2a, 3, 13, 0x45, 0x52]
/** Longer than any response type. */
const TYPE_LENGTH = 40

/** Keeps the account of every message by its number, which is what its control field carries. */
export class Account {
  seen = { answers: {}, refused: 0, marked: 0, stray: 0, confirmed: 0, detainers: 0, right: 0 }
  #acks
  #finals
  #kinds
  #truth
  #sentAt
  #refused = new Set()
  /** Milliseconds from the question's write to its final answer. */
  #took

  constructor({ total, truth, kinds }) {
    this.#acks = new Uint8Array(total)
    this.#finals = new Uint8Array(total)
    this.#sentAt = new Float64Array(total)
    this.#took = new Float32Array(total)
    this.#kinds = kinds
    this.#truth = truth
  }

  sent(number, now) {
    this.#sentAt[number] = now
  }

  /** Takes a frame in. @returns whether a message that was waited for is done with. */
  take(bytes, start, end, now) {
    const frame = bytes.subarray(start, end)
    const number = numberOf(frame)
    if (number === undefined || number >= this.#kinds.length) {
      this.seen.stray++
      return false
    }
    if (frame.includes(MARK)) this.seen.marked++
    // A refusal ends the matter and frees the place, but it is no answer: the message counts as lost.
    if (frame[1] === E && frame[2] === R) {
      this.seen.refused++
      return this.#refused.size < this.#refused.add(number).size
    }
    const kind = KINDS[this.#kinds[number]]
    const final = kind === 'IAQ' ? this.#response(frame, number) : this.#other(frame, kind)
    if (!final) return false
    this.#took[number] = now - this.#sentAt[number]
    // The first alone frees a place; counts stop short of going round.
    return this.#finals[number] < 255 && ++this.#finals[number] === 1
  }

  /** An acknowledgement, or the final answer of an IAQ. */
  #response(frame, number) {
    const at = frame.indexOf(TYPE)
    if (at < 0) return false
    const type = typeIn(frame, at + TYPE.length)
    if (type === 'ACKNOWLEDGEMENT') {
      if (this.#acks[number] < 255) this.#acks[number]++
      return false
    }
    this.seen.answers[type] = (this.seen.answers[type] ?? 0) + 1
    const right = this.#truth[number]
    if (right > 0 && this.#finals[number] === 0 && arnOf(frame, type) === right) this.seen.right++
    return true
  }

  #other(frame, kind) {
    if (frame.includes(DETAINER)) {
      this.seen.detainers++
      return false
    }
    // A tip ends when it is written; what an operator writes back is nothing that its sender waits for.
    if (kind === 'AM') return false
    if (kind === 'YQ' && frame.includes(CONFIRMED)) this.seen.confirmed++
    return true
  }

  /** @returns what each message came to, IAQs and the rest apart; a tip has no answer, so none is missing. */
  sum() {
    const iaq = { n: 0, acknowledged: 0, answeredOnce: 0, lost: 0, duplicates: 0 }
    const rest = { n: 0, acknowledged: 0, answeredOnce: 0, lost: 0, duplicates: 0 }
    let slow = new Float64Array(this.#kinds.length)
    let measured = 0
    for (let i = 0; i < this.#finals.length; i++) {
      const kind = KINDS[this.#kinds[i]]
      const of = kind === 'IAQ' ? iaq : rest
      const [acks, finals] = [this.#acks[i], this.#finals[i]]
      const due = kind === 'AM' ? 0 : 1
      of.n++
      if (acks === 1) of.acknowledged++
      if (finals === due) of.answeredOnce++
      if (finals < due || (kind === 'IAQ' && acks === 0)) of.lost++
      of.duplicates += Math.max(0, finals - due) + Math.max(0, acks - 1)
      if (kind === 'IAQ' && finals > 0) slow[measured++] = this.#took[i]
    }
    slow = slow.subarray(0, measured).sort()
    const at = (part) => slow[Math.min(measured - 1, Math.floor(measured * part))] ?? 0
    return { iaq, rest, p50: at(0.5), p99: at(0.99), p999: at(0.999), max: at(1) }
  }
}

/** The number in the control field's line, `*Y` and eight digits. */
function numberOf(frame) {
  const at = frame.indexOf(STAR)
  if (at < 0 || frame[at + 1] !== 0x59) return undefined
  let number = 0
  for (let i = at + 2; i < at + 10; i++) {
    const digit = frame[i] - 48
    if (!(digit >= 0 && digit < 10)) return undefined
    number = number * 10 + digit
  }
  return number
}

/** What stands up to the line's end. */
function typeIn(frame, from) {
  const end = frame.indexOf(CR, from)
  return frame.latin1Slice(from, end < 0 ? from + TYPE_LENGTH : end)
}

/** The A-number of a MATCH, or of the first candidate. */
function arnOf(frame, type) {
  const before = type === 'MATCH' ? ARN : type === 'POSSIBLE MATCH' ? FIRST : undefined
  const at = before ? frame.indexOf(before) : -1
  return at < 0 ? 0 : Number(frame.latin1Slice(at + before.length, at + before.length + 9))
}

/** Cuts what a link reads into frames; what is left of one waits for the rest. */
export class Frames {
  #left = Buffer.alloc(0)

  /** Calls `take` with the bytes and where in them a frame begins and ends. */
  each(chunk, take) {
    const bytes = this.#left.length === 0 ? chunk : Buffer.concat([this.#left, chunk])
    let from = 0
    for (let end = bytes.indexOf(ETX); end >= 0; end = bytes.indexOf(ETX, from)) {
      take(bytes, from, end)
      from = end + 1
    }
    this.#left = bytes.subarray(from)
  }
}
