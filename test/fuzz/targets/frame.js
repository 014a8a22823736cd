import { encodeFrame, FRAMINGS, FrameDecoder, isXmlBody, ORIGINAL_BYTES } from '../../../dist/frame/index.js'
import { fixtureBytes, fixtureMessages } from '../corpus.js'
import { must } from '../finding.js'
import { modelFrames } from '../frame-model.js'
import { hash, Random } from '../random.js'

/** The first byte of an input chooses; small limits are where the edges are near each other. */
const LIMITS = [
  { text: 60, xml: 200 },
  { text: 200, xml: 60 },
  { text: 16_384, xml: 65_536 },
  { text: 60, xml: 60 },
]
/** What a decoder may hold beside a body: a stop pattern, or what a refusal shows. */
const BESIDE = Math.max(ORIGINAL_BYTES, 256)

function plain(event) {
  if (event.kind === 'body') return `body ${event.body.toString('latin1')}`
  if (event.kind === 'ack') return `ack ${event.count}`
  if (event.kind !== 'fault') return event.kind
  // What a fatal fault shows of the original is what had come by then.
  return event.fatal ? `fatal ${event.fault}` : `${event.fault}: ${event.original.toString('latin1')}`
}

function decode(stream, limits, sizeOf) {
  const decoder = new FrameDecoder(limits)
  const events = []
  let over = false
  const largest = Math.max(limits.text, limits.xml)
  for (let at = 0; at < stream.length; ) {
    const size = sizeOf(stream.length - at)
    // A copy that is wiped afterwards: an event that still looks into the chunk shows at once.
    const chunk = Buffer.from(stream.subarray(at, at + size))
    decoder.push(chunk, (event) => {
      must(!over, 'nothing comes after a fatal fault')
      if (event.kind === 'body') {
        const limit = isXmlBody(event.body) ? limits.xml : limits.text
        must(
          event.body.length <= limit,
          'no body is over its limit',
          () => `${event.body.length} of ${limit}`,
        )
        must(event.body.length > 0, 'no body is empty')
      }
      if (event.kind === 'fault') must(event.original.length <= ORIGINAL_BYTES, 'an original is short')
      over = event.kind === 'unknown-framing' || (event.kind === 'fault' && event.fatal)
      events.push({ text: plain(event), kind: event.kind === 'fault' ? event.fault : event.kind })
    })
    must(decoder.heldBytes <= largest + BESIDE, 'memory held is bounded', () => `${decoder.heldBytes}`)
    must(!over || decoder.heldBytes === 0, 'a dead decoder holds nothing')
    chunk.fill(0xee)
    at += size
  }
  return { events, midFrame: decoder.midFrame, framing: decoder.framing }
}

export const target = {
  name: 'frame',
  about: "a connection's bytes into frames",
  most: 3000,
  tokens: [
    '\x02',
    '\x03',
    '\x02\x03',
    '\x05',
    '\x06',
    '\x0600042',
    '\x02\x05\x03',
    '\x02\x06\x03',
    '\x00\x00\x00\x00',
    '\r\n',
    '\x7f',
    '<',
    '<a/>',
    ' '.repeat(61),
    'A'.repeat(60),
    '<'.padEnd(200, 'a'),
    ' '.repeat(200),
    ...[
      '\xff\x00\xaa\x55',
      '\x55\xaa\x00\xff',
      '\x00\x00\x00\x3c',
      '\x00\x00\x00\x3d',
      '\x00\x00\x00\xc8',
      '\xff\xff\xff\xff',
      '\x00\x01\x00\x00',
      '\x00\x00\x40\x00',
    ].map((text) => Buffer.from(text, 'latin1')),
  ],
  seeds() {
    const bodies = [
      ...fixtureMessages().slice(0, 6),
      Buffer.from('A'.repeat(60)),
      Buffer.from('<'.padEnd(200, 'a')),
    ]
    const streams = FRAMINGS.flatMap((framing) =>
      bodies.map((body, i) =>
        Buffer.concat([Buffer.of(i), encodeFrame(framing, body), encodeFrame(framing, 'B')]),
      ),
    )
    return [
      ...streams,
      ...fixtureBytes().map((bytes) => Buffer.concat([Buffer.of(0), bytes.subarray(0, 2900)])),
    ]
  },
  run(bytes) {
    const limits = LIMITS[(bytes[0] ?? 0) % LIMITS.length]
    const stream = bytes.subarray(1)
    const whole = decode(stream, limits, (left) => left)
    const model = modelFrames(stream, limits)
    must(
      JSON.stringify(model.events) === JSON.stringify(whole.events.map((event) => event.text)) &&
        (model.midFrame === undefined || model.midFrame === whole.midFrame),
      'the events are those of the wire format',
      () => JSON.stringify([model, whole]).slice(0, 1500),
    )
    const random = new Random(hash(bytes))
    const splits = [() => 1, () => 1 + random.below(random.once(3) ? 400 : 8)]
    for (const sizeOf of stream.length > 600 ? splits.slice(1) : splits) {
      const split = decode(stream, limits, sizeOf)
      must(
        split.events.length === whole.events.length &&
          split.events.every(({ text }, i) => text === whole.events[i].text) &&
          split.midFrame === whole.midFrame,
        'the events are the same however the bytes are split',
        () =>
          JSON.stringify([whole.events.map((e) => e.text), split.events.map((e) => e.text)]).slice(0, 600),
      )
    }
    const features = [`${whole.framing} ${whole.midFrame}`]
    for (let i = 0; i < whole.events.length && i < 12; i++) {
      const { kind } = whole.events[i]
      features.push(`${whole.framing} ${whole.events[i - 1]?.kind} ${kind}`)
    }
    return features
  },
}
