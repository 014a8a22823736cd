// What clients saw, held against the journal. How the promises are read where they leave something open stands in
// docs/torture.md.

/** Judges a round whose process has ended, by the journal that it left. `ended`: by `kill` or `stop`. */
export function auditRound(book, ledger, ended) {
  for (const fault of ledger.faults) book.fault(fault)
  const seen = new Set()
  for (const frame of book.frames) judge(book, ledger, frame, seen)
  for (const [name, link] of ledger.links) unseen(book, ledger, name, link, seen, ended)
  if (ended === 'stop' && !ledger.stopped) book.fault('a clean stop left no record of it')
}

function judge(book, ledger, { own, control, kind, count, inCount, marked, reference }, seen) {
  const what = `${control}: ${kind} with count ${count}`
  const id = ledger.link(own.link).given.get(count)
  seen.add(`${own.link}/${count}`)
  if (id === undefined) return book.fault(`${what} is in no record`)
  if (kind === 'ER') return id === 0 ? undefined : book.fault(`${what} is another message's in the journal`)
  const intake = ledger.intakes.get(reference)
  const answer = ledger.answers.get(id)
  if (!intake || intake.control !== control)
    return book.fault(`${what} answers a query that was never taken in`)
  if (intake[kind] !== id) return book.fault(`${what} is another message's in the journal`)
  if (intake.n !== inCount)
    book.fault(`${what} says that the query was message ${inCount}; it was ${intake.n}`)
  const earlier = answer.outs.some((out) => out.run < ledger.run)
  // What is concluded anew after the machine went down may have been concluded, and sent, before.
  const possible = answer.outs.length > 1 || ledger.crashedSince(intake.run)
  if (!marked && earlier) book.fault(`${what} may have gone out before and has no mark`)
  if (marked && !possible) book.fault(`${what} is marked and can't have gone out before`)
  if (kind === 'final') acknowledgedFirst(book, ledger, what, intake, answer)
}

function acknowledgedFirst(book, ledger, what, intake, final) {
  const ack = ledger.answers.get(intake.ack)
  const first = ack?.outs[0]
  const lost = ledger.crashedSince(intake.run)
  if (!first || (first.place > final.outs[0].place && !lost))
    book.fault(`${what} went before its acknowledgement`)
}

/** Counts of this run that no client saw. */
function unseen(book, ledger, name, link, seen, ended) {
  const connections = [...book.connections].filter((each) => each.link === name)
  const cut = connections.some((each) => each.cut)
  for (const [count, id] of link.given) {
    if (seen.has(`${name}/${count}`)) continue
    const answer = ledger.answers.get(id)
    if (id === 0) {
      if (ended !== 'kill' && !cut)
        book.fault(`${name}: refusal ${count} never came, and no connection was cut`)
    } else if (answer?.done) {
      const what = `${name}: count ${count}, ${answer.kind} of ${ledger.intakes.get(answer.reference)?.control},`
      if (book.isAcknowledged(name)) book.fault(`${what} was taken for acknowledged and never came`)
      else if (!cut) book.fault(`${what} is done and never came, and no connection was cut`)
      else book.lost(answer.reference, answer.kind)
    }
  }
}

/** After the machine's crash: what was acknowledged must still be there, and counts that the journal forgot are noted. */
export function auditCut(book, before, after) {
  for (const fault of after.faults) book.fault(`after the cut: ${fault}`)
  for (const [control, { ack, reference }] of book.queries)
    if (ack && after.intakes.get(reference)?.control !== control)
      book.fault(`${control}: acknowledged, and gone with the machine (${reference})`)
  for (const [name, { out }] of before.links)
    for (let count = after.link(name).out + 1; count <= out; count++) book.forgotten.add(`${name}/${count}`)
  for (const query of book.queries.values())
    for (const kind of ['ack', 'final']) {
      const answer = after.answers.get(after.intakes.get(query.reference)?.[kind])
      if (query[kind] && !answer?.outs.length) query[kind].count = 0
    }
}

/** At the end of a store's rounds, after a clean stop with every link read to its end. */
export function auditEnd(book, ledger, state) {
  if (state.matters.size > 0) book.fault(`${state.matters.size} queries are open in the end`)
  if (state.waiting.size > 0) book.fault(`${state.waiting.size} answers wait in the end`)
  for (const [reference, intake] of ledger.intakes) {
    const query = book.queries.get(intake.control)
    if (!query) book.fault(`${reference}: ${intake.control} was taken in and never sent`)
    if (!intake.concluded) book.fault(`${intake.control}: taken in and never concluded`)
    for (const kind of ['ack', 'final'])
      if (!query?.[kind] && !book.isLost(reference, kind))
        book.fault(`${intake.control}: its ${kind} never came`)
  }
  const concluded = [...ledger.intakes.values()].filter((intake) => intake.concluded).length
  const years = [...state.figures.years.values()]
  const sum = (pick) => years.flatMap((year) => Object.values(pick(year))).reduce((all, n) => all + n, 0)
  if (sum((year) => year.messages) !== ledger.intakes.size) book.fault('a recount of the queries disagrees')
  if (sum((year) => year.answers) !== concluded) book.fault('a recount of the answers disagrees')
}
