/**
 * Frames as the wire format tells them, read from a whole stream at once: slow, simple, and written apart from the
 * decoder, so that the two can be held against each other.
 */
const ORIGINAL = 400
const START = Buffer.from([0xff, 0x00, 0xaa, 0x55])
const STOP = Buffer.from([0x55, 0xaa, 0x00, 0xff])
const text = (bytes) => bytes.toString('latin1')

function limitOf(body, limits) {
  const first = text(body).replace(/^[ \r\n\t\x7f]*/, '')[0]
  if (first === undefined) return undefined
  return first === '<' ? limits.xml : limits.text
}

/** What a body is that is whole and within its limit. */
function eventOf(body, stx) {
  const words = text(body)
  if (words === '') return stx ? 'empty: ' : 'keepalive'
  if (stx && words === '\x05') return 'keepalive'
  if (stx && words === '\x06') return 'keepalive-answer'
  if (words[0] === '\x06' && /^\d{5}$/.test(words.slice(1))) return `ack ${Number(words.slice(1))}`
  return `body ${words}`
}

/** @returns {{ events: string[], midFrame: boolean }} fatal faults without what they show of the original */
export function modelFrames(stream, limits) {
  let at = 0
  while (at < stream.length && [10, 13, 127].includes(stream[at])) at++
  const events = []
  if (at === stream.length) return { events, midFrame: false }
  if (stream[at] === 2) return modelStx(stream, at, limits, events)
  if (stream[at] === 0) return modelCounted(stream, at, limits, events, Buffer.alloc(0), Buffer.alloc(0))
  if (stream[at] === 0xff) return modelCounted(stream, at, limits, events, START, STOP)
  return { events: ['unknown-framing'], midFrame: false }
}

function modelStx(stream, begin, limits, events) {
  const most = Math.max(limits.text, limits.xml)
  for (let at = begin; at < stream.length; ) {
    if ([0, 10, 13, 127].includes(stream[at])) {
      at++
      continue
    }
    const opened = stream[at] === 2
    const from = opened ? at + 1 : at
    const etx = stream.indexOf(3, from)
    const stx = opened ? stream.indexOf(2, from) : from
    const ends = [etx, stx, stream.length].filter((end) => end >= 0)
    const body = stream.subarray(from, Math.min(...ends))
    const limit = limitOf(body, limits)
    const whole = opened && etx >= 0 && from + body.length === etx
    let fault
    if (body.length > (limit ?? most) || (whole && limit === undefined && body.length > limits.text))
      fault = 'too long'
    else if (!opened || (stx >= 0 && from + body.length === stx)) fault = 'broken'
    if (etx < 0) return { events, midFrame: true }
    // A signal is one whatever the limit; every limit has room for it.
    if (fault) events.push(`${fault}: ${text(stream.subarray(from, Math.min(etx, from + ORIGINAL)))}`)
    else events.push(eventOf(body, true))
    at = etx + 1
  }
  return { events, midFrame: false }
}

function modelCounted(stream, begin, limits, events, start, stop) {
  const most = Math.max(limits.text, limits.xml)
  const filler = start.length > 0 ? [0, 10, 13, 127] : [10, 13, 127]
  for (let at = begin; at < stream.length; ) {
    if (filler.includes(stream[at])) {
      at++
      continue
    }
    const given = stream.subarray(at, at + start.length)
    if (!given.equals(start.subarray(0, given.length))) return { events: [...events, 'fatal broken'] }
    if (at + start.length + 4 > stream.length) return { events, midFrame: true }
    const count = stream.readUInt32BE(at + start.length)
    const from = at + start.length + 4
    const body = stream.subarray(from, from + count)
    const limit = count > most ? most : limitOf(body, limits)
    const blanks = limit === undefined && body.length === count && count > limits.text
    if (count > most || (limit !== undefined && count > limit) || blanks)
      return { events: [...events, 'fatal too long'] }
    const end = from + count + stop.length
    if (end > stream.length) return { events, midFrame: true }
    if (!stream.subarray(from + count, end).equals(stop)) return { events: [...events, 'fatal broken'] }
    events.push(eventOf(body, false))
    at = end
  }
  return { events, midFrame: false }
}
