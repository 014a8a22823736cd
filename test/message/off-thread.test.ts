import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { packageRoot } from '../../src/config/index.js'
import { loadFormats, type Parsed, parseMessage } from '../../src/message/index.js'
import { OFF_THREAD_BYTES, OffThreadParser } from '../../src/message/off-thread.js'

const dir = join(packageRoot, 'formats')
const formats = loadFormats(dir)

const NAMESPACES =
  'xmlns:n2="http://www.nlets.org/niem/1.0" xmlns:nh2="http://www.nlets.org/niem/nlets-hdr/1.0"'

/** A query whose remarks make it as large as is wanted. */
function query(control: string, bytes: number): Buffer {
  return Buffer.from(
    `<n2:NLETS ${NAMESPACES}><n2:NLETSMessageHeader><nh2:MessageKeyCodeText>IAQ</nh2:MessageKeyCodeText>` +
      '<nh2:OriginatingORIID>ZZ0010100</nh2:OriginatingORIID><nh2:DestinationORIID>AX</nh2:DestinationORIID>' +
      `<nh2:DocumentControlFieldText>${control}</nh2:DocumentControlFieldText></n2:NLETSMessageHeader>` +
      `<n2:NLETSInquiryData><n2:RemarksText>${'X'.repeat(bytes)}</n2:RemarksText></n2:NLETSInquiryData></n2:NLETS>`,
  )
}

const REFUSED: Parsed = {
  ok: false,
  refusal: { error: 'structure', details: ['XML: COULD NOT BE READ; SEND IT AGAIN'] },
  form: 'text',
  ori: '',
  control: undefined,
}

describe('large XML off the thread of the sockets', () => {
  const open: OffThreadParser[] = []
  const parser = (...args: ConstructorParameters<typeof OffThreadParser>): OffThreadParser => {
    const made = new OffThreadParser(...args)
    open.push(made)
    return made
  }
  afterEach(async () => {
    await Promise.all(open.splice(0).map((each) => each.close()))
  })

  it('gives what the parser itself gives, in the order of the bodies, and leaves the body as it was', async () => {
    const off = parser(dir, formats)
    const bodies = [
      ...Array.from({ length: 8 }, (_, i) => query(`C${i}`, OFF_THREAD_BYTES + i)),
      Buffer.from(`<!DOCTYPE a><a>${'x'.repeat(OFF_THREAD_BYTES)}</a>`),
      Buffer.from(`<a>${'<b/>'.repeat(20_000)}</a>`),
      Buffer.alloc(OFF_THREAD_BYTES + 1, '<'),
      Buffer.concat([Buffer.from('<a>'), Buffer.alloc(OFF_THREAD_BYTES, 0xff)]),
    ]
    const before = bodies.map((body) => Buffer.from(body))
    const order: number[] = []
    const parsed = await Promise.all(
      bodies.map((body, i) =>
        off.parse(body).then((found) => {
          order.push(i)
          return found
        }),
      ),
    )
    expect(parsed).toEqual(bodies.map((body) => parseMessage(formats, body)))
    expect(order).toEqual(bodies.map((_, i) => i))
    expect(bodies.every((body, i) => before[i]?.equals(body))).toBe(true)
    expect(off.pending).toBe(0)
  })

  it('holds bodies to the limits of the formats that it was given', async () => {
    const own = loadFormats(dir)
    Object.assign(own.exchange.framing, { depth: 2 })
    const parsed = await parser(dir, own).parse(query('C', OFF_THREAD_BYTES))
    expect(parsed).toMatchObject({ ok: false, refusal: { details: ['XML: MORE THAN 2 LEVELS'] } })
  })

  it('refuses what a worker had that could not start', async () => {
    const off = parser(join(dir, 'nowhere'), formats)
    const body = query('C', OFF_THREAD_BYTES)
    expect(await Promise.all([off.parse(body), off.parse(body)])).toEqual([REFUSED, REFUSED])
    expect(await off.parse(body)).toEqual(REFUSED)
  })

  it('a worker that ran out of memory is replaced', async () => {
    const own = loadFormats(dir)
    Object.assign(own.exchange.framing, { elements: 10_000_000 })
    const off = parser(dir, own, { heapMiB: 64 })
    const [good, huge, after] = await Promise.all([
      off.parse(query('BEFORE', OFF_THREAD_BYTES)),
      off.parse(Buffer.from(`<a>${'<b/>'.repeat(4_000_000)}</a>`)),
      off.parse(query('AFTER', OFF_THREAD_BYTES)),
    ])
    expect(good.ok).toBe(true)
    expect(huge).toEqual(REFUSED)
    expect(after).toEqual(REFUSED)
    const next = await off.parse(query('NEXT', OFF_THREAD_BYTES))
    expect(next.ok && next.message.control).toBe('NEXT')
  })

  it('closing refuses what waits, and all that comes after', async () => {
    const off = parser(dir, formats)
    const waits = off.parse(query('C', OFF_THREAD_BYTES))
    await off.close()
    expect(await waits).toEqual(REFUSED)
    expect(await off.parse(query('D', OFF_THREAD_BYTES))).toEqual(REFUSED)
    expect(off.pending).toBe(0)
  })
})
