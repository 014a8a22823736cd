// The journal as evidence: what the gateway wrote down, read at rest and put together by answer and by count. Knows the
// records of src/exchange/records.ts and nothing of how they lie on disk.
import { join } from 'node:path'
import { State } from '../../dist/exchange/index.js'
import { decodeRecord, RECORD } from '../../dist/exchange/records.js'
import { Journal } from '../../dist/store/index.js'

export class Ledger {
  /** By reference: `{ control, link, n, run, concluded, ack, final }`, the last two the answers' ids. */
  intakes = new Map()
  /** By id: `{ reference, kind, link, run, outs: [{ run, count, place }], done }`. */
  answers = new Map()
  /** Per link: the counts' high marks and what each count of the last run was given to: `{ in, out, given }`. */
  links = new Map()
  /** Starts of the gateway: `{ boot, crashed }`, `crashed` where the machine had gone down without a stop before it. */
  runs = []
  stopped = true
  /** What the journal contradicts itself in. */
  faults = []
  #controls = new Map()
  #place = 0

  static read(dir) {
    const ledger = new Ledger()
    const { damage } = Journal.scan({
      dir: join(dir, 'journal'),
      whole: true,
      onRecord: (record) => ledger.#take(record),
    })
    for (const each of damage)
      ledger.faults.push(`journal damaged: ${each.file}:${each.offset} ${each.reason}`)
    return ledger
  }

  /** What the gateway itself makes of the journal: nothing open, and figures that agree with ours. */
  static recount(dir) {
    const state = new State()
    Journal.scan({
      dir: join(dir, 'journal'),
      whole: true,
      onRecord: (record, at) => state.evolve(record, at),
    })
    return state
  }

  /** Number of the run that is going on or ended last, from 1. */
  get run() {
    return this.runs.length
  }

  link(name) {
    let link = this.links.get(name)
    if (!link) {
      link = { in: 0, out: 0, given: new Map() }
      this.links.set(name, link)
    }
    return link
  }

  /** Whether a machine's crash came after this run began: what was under way then may all have gone out. */
  crashedSince(run) {
    return this.runs.slice(run).some((each) => each.crashed)
  }

  #take(record) {
    this.#place++
    if (record.type === RECORD.stop) {
      this.stopped = true
      return
    }
    const value = decodeRecord(record)
    if (record.type === RECORD.start) this.#start(value)
    else if (record.type === RECORD.intake) this.#intake(value)
    else if (record.type === RECORD.refusal) this.#counted(value)
    else if (record.type === RECORD.conclusion) this.#conclusion(value)
    else if (record.type === RECORD.out) for (const entry of value.out) this.#out(entry)
    else if (record.type === RECORD.done) for (const id of value.ids) this.#done(id)
  }

  #start({ boot }) {
    const before = this.runs.at(-1)
    this.runs.push({ boot, crashed: before !== undefined && !this.stopped && before.boot !== boot })
    this.stopped = false
    for (const link of this.links.values()) link.given = new Map()
  }

  #counted({ link: name, n }) {
    const link = this.link(name)
    if (n !== link.in + 1) this.faults.push(`${name}: message ${n} was taken in after ${link.in}`)
    link.in = n
  }

  #intake({ ref, ctl, link, n, open, answers }) {
    this.#counted({ link, n })
    if (this.intakes.has(ref)) this.faults.push(`reference ${ref} was given twice`)
    if (this.#controls.has(ctl)) this.faults.push(`${ctl} was taken in twice`)
    this.#controls.set(ctl, ref)
    this.intakes.set(ref, {
      control: ctl,
      link,
      n,
      run: this.run,
      concluded: !open,
      ack: undefined,
      final: undefined,
    })
    this.#answers(ref, answers)
  }

  #conclusion({ ref, answers }) {
    const intake = this.intakes.get(ref)
    if (!intake || intake.concluded) this.faults.push(`${ref} was concluded ${intake ? 'twice' : 'unasked'}`)
    else intake.concluded = true
    this.#answers(ref, answers)
  }

  #answers(reference, answers) {
    const intake = this.intakes.get(reference)
    for (const { id, type } of answers) {
      const kind = type === 'ACKNOWLEDGEMENT' ? 'ack' : 'final'
      if (this.answers.has(id)) this.faults.push(`answer ${id} was written down twice`)
      if (intake?.[kind] !== undefined) this.faults.push(`${reference} has two answers of kind ${kind}`)
      if (intake) intake[kind] = id
      this.answers.set(id, { reference, kind, link: intake?.link, run: this.run, outs: [], done: false })
    }
  }

  #out([id, name, count]) {
    const link = this.link(name)
    const answer = id === 0 ? undefined : this.answers.get(id)
    if (id !== 0 && !answer)
      this.faults.push(`count ${count} of ${name} was given to answer ${id}, which is unknown`)
    if (answer?.done) this.faults.push(`${answer.reference}: ${answer.kind} was done and went out again`)
    const before = answer?.outs.at(-1)?.count
    if (before === undefined) {
      if (count !== link.out + 1) this.faults.push(`${name}: count ${count} was given after ${link.out}`)
      link.out = count
    } else if (before !== count)
      this.faults.push(`${answer.reference}: ${answer.kind} had count ${before}, then ${count}`)
    link.given.set(count, id)
    answer?.outs.push({ run: this.run, count, place: this.#place })
  }

  #done(id) {
    const answer = this.answers.get(id)
    if (!answer || answer.outs.length === 0)
      this.faults.push(`answer ${id} is done and was never given a count`)
    if (answer) answer.done = true
  }
}
