// What the state switches asked and what came to them, through all rounds over one store. Holds each message against
// what came before it; what needs the journal to judge is audit.js's.
import { isAcknowledged } from './links.js'

/** Lines of a round's transcript that are kept; the beginning of a longer one goes. */
const TRANSCRIPT = 60_000

export class Book {
  /** By control field: `{ link, refused, reference, ack, final }`, the last two what was seen of that kind. */
  queries = new Map()
  references = new Map()
  /** Counts of unmarked frames that the machine's crash took from the journal, to see which come again: `LINK/count`. */
  forgotten = new Set()
  /** What was broken, as texts. */
  faults = []
  totals = { asked: 0, acknowledged: 0, answered: 0, refused: 0, marked: 0, anew: 0, lostInSocket: 0 }
  #prefix
  #listeners = new Set()
  #lost = new Set()

  constructor(prefix) {
    this.#prefix = prefix
    this.beginRound()
  }

  beginRound() {
    /** Frames of this round in the order they came: `{ own, control, kind, count, inCount, marked, reference }`. */
    this.frames = []
    this.connections = new Set()
    this.transcript = []
  }

  say(line) {
    this.transcript.push(`${performance.now().toFixed(1)} ${line}`)
    if (this.transcript.length > TRANSCRIPT) this.transcript.splice(0, TRANSCRIPT / 2)
  }

  fault(text) {
    this.faults.push(text)
    this.say(`BROKEN ${text}`)
  }

  /** A query is about to be sent. Returns its control field, which no other has. */
  asked(own, refused) {
    this.connections.add(own)
    const control = `${this.#prefix}${this.totals.asked++}`
    own.pending++
    const nothing = { reference: undefined, ack: undefined, final: undefined, settled: false }
    this.queries.set(control, { own, link: own.link, refused, ...nothing })
    return control
  }

  /** Resolves when `holds`, which is asked after each message that comes, or after so many milliseconds. */
  watch(holds, ms) {
    return new Promise((resolve) => {
      const done = (value) => {
        clearTimeout(timer)
        this.#listeners.delete(look)
        resolve(value)
      }
      const look = () => holds() && done(true)
      const timer = setTimeout(() => done(false), ms)
      this.#listeners.add(look)
      look()
    })
  }

  /** A message came. */
  take(own, received) {
    this.connections.add(own)
    const { control, outCount: count, inCount, possibleDuplicate: marked, reference } = received
    const kind = kindOf(received)
    this.say(`${own.id} < ${kind} ${control} ${count}${marked ? ' marked' : ''} ${reference ?? ''}`)
    if (kind === 'other') {
      this.fault(`${own.id}: a message that is none: ${received.problem ?? received.key} ${control}`)
      return
    }
    this.frames.push({ own, control, kind, count, inCount, marked, reference })
    this.#inOrder(own, kind, control, count, marked)
    const query = this.queries.get(control)
    if (!query || query.link !== own.link)
      this.fault(`${control}: ${kind} for a query that ${own.link} never sent`)
    else if (kind === 'ER') this.#refused(query, control, marked)
    else this.#answered(query, control, kind, count, marked, reference)
    if (query && kind !== 'ack' && !query.settled) {
      query.settled = true
      query.own.pending--
    }
    this.look()
  }

  /** Something changed that somebody may wait for. */
  look() {
    for (const look of this.#listeners) look()
  }

  /** Nothing that was asked over a connection that is still open waits for its last answer. */
  get quiet() {
    return [...this.connections].every((own) => own.ended || own.pending === 0)
  }

  /** What goes out again keeps its old count; everything else rises. */
  #inOrder(own, kind, control, count, marked) {
    if (marked) return
    if (count <= own.last) this.fault(`${own.id}: ${kind} ${control} has count ${count} after ${own.last}`)
    own.last = count
    if (this.forgotten.delete(`${own.link}/${count}`)) this.totals.anew++
  }

  #refused(query, control, marked) {
    this.totals.refused++
    if (!query.refused) this.fault(`${control}: a good query was refused`)
    if (marked) this.fault(`${control}: a refusal is marked`)
  }

  #answered(query, control, kind, count, marked, reference) {
    if (query.refused) this.fault(`${control}: ${kind} for a query that had to be refused`)
    if (query.reference === undefined) query.reference = reference
    if (query.reference !== reference)
      this.fault(`${control}: two references, ${query.reference}, ${reference}`)
    const owner = this.references.get(reference) ?? control
    this.references.set(reference, owner)
    if (owner !== control) this.fault(`${control}: reference ${reference} belongs to ${owner}`)
    const before = query[kind]
    if (marked) this.totals.marked++
    if (before === undefined) this.totals[kind === 'ack' ? 'acknowledged' : 'answered']++
    else if (!marked) this.fault(`${control}: ${kind} came twice, the second time without the mark`)
    // The count of before is unknown where the machine's crash took it.
    if (before?.count > 0 && before.count !== count)
      this.fault(`${control}: ${kind} had count ${before.count} and came again with ${count}`)
    query[kind] = { count }
  }

  isAcknowledged(link) {
    return isAcknowledged(link)
  }

  /** The system took a message that died in a cut socket. */
  lost(reference, kind) {
    this.#lost.add(`${reference}/${kind}`)
    this.totals.lostInSocket = this.#lost.size
  }

  isLost(reference, kind) {
    return this.#lost.has(`${reference}/${kind}`)
  }

  /** Queries that were acknowledged and have no final answer yet. */
  open() {
    return [...this.queries].filter(([, each]) => each.ack && !each.final).map(([control]) => control)
  }
}

function kindOf(received) {
  if (received.problem !== undefined) return 'other'
  if (received.key === 'ER') return 'ER'
  if (received.key !== 'IAR' || received.reference === undefined) return 'other'
  return received.responseType === 'ACKNOWLEDGEMENT' ? 'ack' : 'final'
}
