// What came back in a day: held against what was sent, message by message.

export class Book {
  /** By control field: `{ event, sent, acknowledged, final }`. */
  messages = new Map()
  seen = { answers: {}, confirmed: 0, entered: 0, screened: 0, refused: 0, marked: 0 }
  /** Numbers of the detainers that agencies were told of. */
  detainers = new Set()
  /** Questions that were answered with a MATCH: `{ reference, arn }`, in their order. */
  matches = []
  faults = []
  #changed = []

  constructor(events) {
    for (const event of events)
      if (event.what === 'message')
        this.messages.set(event.control, { event, sent: false, acknowledged: false, final: false })
  }

  /** Sent and without what must come back. A tip gets nothing back. */
  get open() {
    let open = 0
    for (const each of this.messages.values()) if (each.sent && !isDone(each)) open++
    return open
  }

  take(received) {
    this.#judge(received)
    for (const look of this.#changed.splice(0)) look()
  }

  /** Resolves when the next message has come. */
  next() {
    return new Promise((resolve) => this.#changed.push(resolve))
  }

  #judge(received) {
    const { control, key, lines, possibleDuplicate: marked, responseType } = received
    const message = this.messages.get(control)
    if (marked) this.seen.marked++
    if (!message || received.problem)
      return this.faults.push(`${key} ${control} answers nothing that was sent`)
    const detainer = /DETAINER LODGED: (\S+)/.exec(lines.join('\n'))?.[1]
    if (detainer) {
      if (this.detainers.has(detainer) && !marked) this.faults.push(`detainer ${detainer} was told twice`)
      this.detainers.add(detainer)
      return
    }
    if (responseType === 'ACKNOWLEDGEMENT') return this.#once(message, 'acknowledged', received)
    if (this.#once(message, 'final', received)) this.#count(received)
  }

  /** @returns whether it is the first of its kind. */
  #once(message, kind, { key, control, possibleDuplicate }) {
    const first = !message[kind]
    if (!first && !possibleDuplicate) this.faults.push(`${key} ${control} came twice and isn't marked`)
    message[kind] = true
    return first
  }

  #count({ key, lines, responseType, reference }) {
    const text = lines.join('\n')
    const { seen } = this
    if (key === 'ER') seen.refused++
    else if (responseType) {
      seen.answers[responseType] = (seen.answers[responseType] ?? 0) + 1
      const arn = responseType === 'MATCH' && /^A-NUMBER: A(\d+)/m.exec(text)?.[1]
      if (arn) this.matches.push({ reference, arn })
    } else if (key === 'YR' && text.includes('CON/Y')) seen.confirmed++
    else if (text.includes('ENTERED NIC/')) seen.entered++
    else if (key === 'SCR')
      seen.screened +=
        Number(/^PERSONS: (\d+)/m.exec(text)?.[1] ?? 0) - Number(/^NOT READ: (\d+)/m.exec(text)?.[1] ?? 0)
  }
}

const isDone = ({ event, acknowledged, final }) =>
  event.key === 'AM' || (final && (acknowledged || event.key !== 'IAQ'))
