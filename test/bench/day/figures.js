// The figures of a day, three ways: what was sent and came back, `stats`, `stats --recount`.
import { isDeepStrictEqual } from 'node:util'

/** @returns what disagrees, in words. */
export function disagreements({ scenario, plan, day }) {
  const { seen, desk, counted, recounted, faults, open } = day
  const { counts } = scenario
  const byMessage = plan.asked.messages.AM ?? 0
  const rows = [
    ['queries', counts.iaq, plan.asked.messages.IAQ, counted.queries],
    ['ORIs', plan.asked.oris, plan.asked.oris, counted.oris],
    ['Brady checks', counts.brady, counts.brady, counted.brady],
    ['detainers', counts.detainers, day.detainers, counted.detainers],
    ['hits confirmed', counts.confirmations, seen.confirmed, counted.hitsConfirmed],
    ['screenings', counts.screenings, seen.screened, counted.screenings],
    ['NCIC entries', counts.ncicEntries, seen.entered, counted.ncicEntries],
    ['tips', counts.tips, byMessage + desk.tips, counted.tips],
    ['tips viable', counts.viable, desk.viable, counted.tipsViable],
    ['detainers by operators', counts.detainers - counts.confirmations, desk.lodged, desk.lodged],
    ...pairs('messages', plan.asked.messages, counted.messages),
    ...pairs('answers', seen.answers, counted.answers),
    ...pairs('refusals', {}, counted.refusals),
  ]
  const wrong = rows
    .filter(([, wanted, ours, theirs]) => wanted !== ours || ours !== theirs)
    .map(([what, ...three]) => `${what}: wanted ${three[0]}, sent and seen ${three[1]}, counted ${three[2]}`)
  if (!isDeepStrictEqual(counted, recounted)) wrong.push('stats and stats --recount disagree')
  if (open > 0) wrong.push(`${open} messages have no answer`)
  return [...wrong, ...faults]
}

function pairs(what, ours, theirs) {
  const keys = [...new Set([...Object.keys(ours), ...Object.keys(theirs)])]
  return keys.map((key) => [`${what} ${key}`, ours[key] ?? 0, ours[key] ?? 0, theirs[key] ?? 0])
}

/** What of a day's figures is shown. */
export function shown({ counted, seen, resent }) {
  const { queries, oris, brady, detainers, hitsConfirmed, screenings, ncicEntries, tips, tipsViable } =
    counted
  return {
    ...{ queries, oris, brady, detainers, hitsConfirmed, screenings, ncicEntries, tips, tipsViable },
    ...{ answers: counted.answers, sentAgain: resent, marked: seen.marked },
  }
}
