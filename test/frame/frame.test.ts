import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  ackFrame,
  encodeFrame,
  FRAMINGS,
  FrameDecoder,
  type FrameEvent,
  type Framing,
  isXmlBody,
  keepaliveAnswerFrame,
  keepaliveFrame,
  ORIGINAL_BYTES,
} from '../../src/frame/index.js'

const LIMITS = { text: 60, xml: 200 }
const bytes = (...parts: (string | number | Buffer)[]): Buffer =>
  Buffer.concat(parts.map((p) => (typeof p === 'number' ? Buffer.of(p) : Buffer.from(p as string))))

/** An event in a form that compares and prints well. */
function plain(event: FrameEvent): string {
  switch (event.kind) {
    case 'body':
      return `body ${event.body.toString('latin1')}`
    case 'ack':
      return `ack ${event.count}`
    case 'fault':
      // What a fatal fault shows of the original is what had come by then.
      return event.fatal ? `fatal ${event.fault}` : `${event.fault}: ${event.original.toString('latin1')}`
    default:
      return event.kind
  }
}

function decode(chunks: readonly Buffer[], limits = LIMITS): string[] {
  const decoder = new FrameDecoder(limits)
  const events: string[] = []
  for (const chunk of chunks) decoder.push(chunk, (event) => events.push(plain(event)))
  return events
}

const splitEvery = (stream: Buffer, size: number): Buffer[] =>
  Array.from({ length: Math.ceil(stream.length / size) }, (_, i) => stream.subarray(i * size, (i + 1) * size))

describe('recognition, from the first byte of a connection', () => {
  it.each(FRAMINGS)('%s', (framing) => {
    const decoder = new FrameDecoder(LIMITS)
    expect(decoder.framing).toBeUndefined()
    decoder.push(encodeFrame(framing, 'HELLO'), () => {})
    expect(decoder.framing).toBe(framing)
  })

  it('CR, LF and DEL before it mean nothing', () => {
    expect(decode([bytes('\r\n\x7f'), bytes('\r', encodeFrame('pattern', 'HELLO'))])).toEqual(['body HELLO'])
  })

  it('a first byte that fits none is told once, and the rest is ignored', () => {
    expect(decode([bytes('\r\nGET / HTTP/1.1\r\n'), encodeFrame('stx-etx', 'HELLO')])).toEqual([
      'unknown-framing',
    ])
  })
})

describe('stx-etx', () => {
  it('CR, LF, NUL and DEL between frames mean nothing', () => {
    expect(decode([bytes(2, 'A', 3, '\r\n', 0, 0x7f, 2, 'B', 3)])).toEqual(['body A', 'body B'])
  })

  it('an empty body is a fault, and the link goes on', () => {
    expect(decode([bytes(2, 3, 2, 'A', 3)])).toEqual(['empty: ', 'body A'])
  })

  it('02 inside a body: dropped up to 03', () => {
    expect(decode([bytes(2, 'AB', 2, 'CD', 3, 2, 'E', 3)])).toEqual(['broken: AB\x02CD', 'body E'])
  })

  it('bytes between frames: dropped up to 03, with the frame that they run into', () => {
    expect(decode([bytes(2, 'A', 3, 'xyz', 2, 'B', 3, 2, 'C', 3)])).toEqual([
      'body A',
      'broken: xyz\x02B',
      'body C',
    ])
  })

  it('a stray 03', () => {
    expect(decode([bytes(2, 'A', 3, 3, 2, 'B', 3)])).toEqual(['body A', 'broken: ', 'body B'])
  })

  it('signals are bodies of their own; anything longer is a message', () => {
    expect(decode([bytes(2, 5, 3, 2, 6, 3, 2, 6, '00042', 3, 2, 6, '0004x', 3, 2, 5, 5, 3)])).toEqual([
      'keepalive',
      'keepalive-answer',
      'ack 42',
      'body \x060004x',
      'body \x05\x05',
    ])
  })

  it('the first 400 bytes of a dropped frame are kept', () => {
    const long = 'X'.repeat(1000)
    expect(decode([bytes(2, long, 3)])).toEqual([`too long: ${long.slice(0, ORIGINAL_BYTES)}`])
  })

  it('an endless frame holds no memory', () => {
    const decoder = new FrameDecoder(LIMITS)
    decoder.push(bytes(2), () => {})
    for (let i = 0; i < 100; i++) decoder.push(Buffer.alloc(65_536, 'X'), () => {})
    expect(decoder.midFrame).toBe(true)
    expect(decoder.heldBytes).toBeLessThanOrEqual(ORIGINAL_BYTES)
  })
})

describe('limits: by whether the body begins with <', () => {
  describe.each(FRAMINGS)('%s', (framing) => {
    const tooLong = framing === 'stx-etx' ? /^too long/ : /^fatal too long$/
    const only = (body: string, size: number): string[] =>
      decode(splitEvery(encodeFrame(framing, body), size))

    it.each([1, 7, 1000])('chunks of %i', (size) => {
      const text = 'A'.repeat(60)
      const xml = `\r\n <${'a'.repeat(196)}`
      expect(only(text, size)).toEqual([`body ${text}`])
      expect(only(`${text}A`, size)).toEqual([expect.stringMatching(tooLong)])
      expect(only(xml, size)).toEqual([`body ${xml}`])
      expect(only(`${xml}a`, size)).toEqual([expect.stringMatching(tooLong)])
      expect(only(' '.repeat(61), size)).toEqual([expect.stringMatching(tooLong)])
      expect(only(' '.repeat(60), size)).toEqual([`body ${' '.repeat(60)}`])
    })
  })
})

describe('length and pattern', () => {
  it('n = 0 is a keep-alive, and asking and answering look the same', () => {
    for (const framing of ['length', 'pattern'] as const) {
      expect(decode([keepaliveFrame(framing)])).toEqual(['keepalive'])
      expect(keepaliveAnswerFrame(framing)).toEqual(keepaliveFrame(framing))
    }
  })

  it('a single 05 or 06 is a message: only stx-etx has those signals', () => {
    expect(decode([encodeFrame('length', '\x05'), encodeFrame('length', '\x06')])).toEqual([
      'body \x05',
      'body \x06',
    ])
  })

  it('a claimed 4 GiB is refused at its last count byte, and nothing is held', () => {
    const decoder = new FrameDecoder(LIMITS)
    const events: string[] = []
    decoder.push(bytes(0), (e) => events.push(plain(e)))
    decoder.push(bytes(0xff, 0xff, 0xff), (e) => events.push(plain(e)))
    expect(events).toEqual(['fatal too long'])
    expect(decoder.heldBytes).toBe(0)
    const pattern = bytes(0xff, 0, 0xaa, 0x55, 0xff, 0xff, 0xff, 0xff)
    expect(decode([pattern, encodeFrame('pattern', 'A')])).toEqual(['fatal too long'])
  })

  it('a byte order mark before XML is passed over, in pieces too; a broken one is text', () => {
    const mark = '\ufeff'
    const xml = `${mark}<${'a'.repeat(195)}`
    const text = bytes(Buffer.from([0xef, 0xbb]), '<', 'a'.repeat(100))
    expect([isXmlBody(bytes(xml)), isXmlBody(bytes(`${mark}\r\n<`)), isXmlBody(bytes(mark))]).toEqual([
      true,
      true,
      false,
    ])
    expect([isXmlBody(bytes(`${mark}A`)), isXmlBody(text), isXmlBody(bytes(` ${mark}<`))]).toEqual([
      false,
      false,
      false,
    ])
    for (const framing of FRAMINGS)
      for (const size of [1, 2, 3, 5, 1000]) {
        const events = (body: Buffer): string[] =>
          decode(splitEvery(Buffer.from(encodeFrame(framing, body)), size))
        expect(events(bytes(xml))).toEqual([`body ${bytes(xml).toString('latin1')}`])
        expect(events(bytes(`${xml}aa`))).toEqual([expect.stringContaining('too long')])
        for (const body of [text, bytes(`${mark}${'A'.repeat(60)}`), bytes(mark, ' '.repeat(60))])
          expect(events(body)).toEqual([expect.stringContaining('too long')])
      }
  })

  it('a count between both limits is refused at the first byte that is text', () => {
    const decoder = new FrameDecoder(LIMITS)
    const events: string[] = []
    decoder.push(bytes(0, 0, 0, 100, '\r\n '), (e) => events.push(plain(e)))
    expect(events).toEqual([])
    decoder.push(bytes('I'), (e) => events.push(plain(e)))
    expect(events).toEqual(['fatal too long'])
  })

  it('a fatal fault shows what has come of the original', () => {
    const events: FrameEvent[] = []
    new FrameDecoder(LIMITS).push(encodeFrame('length', 'A'.repeat(1000)), (e) => events.push(e))
    expect(events).toMatchObject([{ fault: 'too long', original: Buffer.alloc(ORIGINAL_BYTES, 'A') }])
  })

  it('a bad start or stop pattern ends it', () => {
    const good = encodeFrame('pattern', 'A')
    const badStop = Buffer.from(good)
    badStop[badStop.length - 1] = 0
    expect(decode([good, badStop, good])).toEqual(['body A', 'fatal broken'])
    expect(decode([good, bytes(0xff, 0, 0xab), good])).toEqual(['body A', 'fatal broken'])
    expect(decode([good, bytes('A'), good])).toEqual(['body A', 'fatal broken'])
  })

  it('CR, LF and DEL between frames mean nothing; NUL too in pattern', () => {
    const length = encodeFrame('length', 'A')
    const pattern = encodeFrame('pattern', 'A')
    expect(decode([bytes(length, '\r\n\x7f', length)])).toEqual(['body A', 'body A'])
    expect(decode([bytes(pattern, '\r\n\x7f', 0, pattern)])).toEqual(['body A', 'body A'])
  })
})

describe('midFrame', () => {
  it.each(FRAMINGS)('%s: from the first byte to the last', (framing) => {
    const decoder = new FrameDecoder(LIMITS)
    const frame = encodeFrame(framing, 'HELLO')
    for (let i = 0; i < frame.length; i++) {
      expect(decoder.midFrame).toBe(i > 0)
      decoder.push(frame.subarray(i, i + 1), () => {})
    }
    expect(decoder.midFrame).toBe(false)
  })
})

const framingArbitrary = fc.constantFrom<Framing>(...FRAMINGS)
const bodyArbitrary = fc.oneof(
  fc.string({ unit: fc.constantFrom('A', '.', ' ', '\n', '<', '\xe9'), minLength: 1, maxLength: 90 }),
  fc.constantFrom('<a/>', ' <a/>', '\x06', '\x05', '\x0612345', `<${'x'.repeat(150)}`, ' '.repeat(70)),
)
/** Frames, and what may go wrong between and inside them. */
const streamArbitrary = framingArbitrary.chain((framing) =>
  fc
    .array(
      fc.oneof(
        { weight: 6, arbitrary: bodyArbitrary.map((b) => encodeFrame(framing, Buffer.from(b, 'latin1'))) },
        { weight: 1, arbitrary: fc.constant(keepaliveFrame(framing)) },
        { weight: 1, arbitrary: fc.nat(99_999).map((count) => ackFrame(framing, count)) },
        { weight: 1, arbitrary: fc.constantFrom(bytes('\r\n'), bytes(0x7f), bytes(2), bytes(3), bytes('x')) },
      ),
      { minLength: 1, maxLength: 12 },
    )
    .map((parts) => Buffer.concat([keepaliveFrame(framing), ...parts])),
)

describe('properties', () => {
  it('any split of any stream gives the same events', () => {
    fc.assert(
      fc.property(
        streamArbitrary,
        fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }),
        (stream, sizes) => {
          const chunks: Buffer[] = []
          for (let at = 0, i = 0; at < stream.length; i++) {
            const size = sizes[i % sizes.length] ?? 1
            chunks.push(stream.subarray(at, at + size))
            at += size
          }
          expect(decode(chunks)).toEqual(decode([stream]))
        },
      ),
      { numRuns: 1000 },
    )
  })

  it('a split at every byte of a stream gives the same events', () => {
    fc.assert(
      fc.property(streamArbitrary, (stream) => {
        const whole = decode([stream])
        for (let i = 1; i < stream.length; i++)
          expect(decode([stream.subarray(0, i), stream.subarray(i)])).toEqual(whole)
      }),
      { numRuns: 50 },
    )
  })

  it('what was framed comes out, in order', () => {
    const body = fc.string({ unit: fc.constantFrom('A', '.', ' ', '\r', '\n'), minLength: 1, maxLength: 60 })
    fc.assert(
      fc.property(framingArbitrary, fc.array(body), (framing, bodies) => {
        const stream = Buffer.concat(bodies.map((b) => encodeFrame(framing, b)))
        expect(decode(splitEvery(stream, 11))).toEqual(bodies.map((b) => `body ${b}`))
      }),
    )
  })

  it('no bytes at all make it throw or hold more than the limit', () => {
    const hostile = fc.oneof(
      fc.uint8Array({ maxLength: 2000 }),
      fc.array(fc.constantFrom(0, 2, 3, 5, 6, 0x0d, 0x20, 0x3c, 0x55, 0xaa, 0xff), { maxLength: 2000 }),
    )
    const first = fc.constantFrom(bytes(2), bytes(0), bytes(0xff, 0, 0xaa, 0x55), bytes(0xff), bytes())
    fc.assert(
      fc.property(first, fc.array(hostile, { maxLength: 5 }), (start, chunks) => {
        const decoder = new FrameDecoder(LIMITS)
        for (const chunk of [start, ...chunks.map((c) => Buffer.from(c))]) {
          decoder.push(chunk, (event) => {
            if (event.kind === 'fault') expect(event.original.length).toBeLessThanOrEqual(ORIGINAL_BYTES)
            if (event.kind === 'body') expect(event.body.length).toBeLessThanOrEqual(LIMITS.xml)
          })
          expect(decoder.heldBytes).toBeLessThanOrEqual(Math.max(ORIGINAL_BYTES, LIMITS.xml + 4))
        }
      }),
      { numRuns: 1000 },
    )
  })
})

describe('bodies', () => {
  it('are views of the chunk where they lie in one', () => {
    const chunk = encodeFrame('stx-etx', 'HELLO')
    new FrameDecoder(LIMITS).push(chunk, (event) => {
      if (event.kind === 'body') expect(event.body.buffer).toBe(chunk.buffer)
    })
    expect.assertions(1)
  })

  it('that came in pieces stay as they are when more comes', () => {
    const bodies: Buffer[] = []
    const decoder = new FrameDecoder(LIMITS)
    for (const chunk of splitEvery(bytes(2, 'ONE', 3, 2, 'TWO', 3), 1))
      decoder.push(chunk, (event) => event.kind === 'body' && bodies.push(event.body))
    expect(bodies.map(String)).toEqual(['ONE', 'TWO'])
  })
})
