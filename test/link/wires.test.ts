import { once } from 'node:events'
import net from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { NotListening, type Place, type Wire, Wires } from '../../src/link/wires/index.js'
import { until } from '../gateway/helpers.js'

const HERE: Place = { host: '127.0.0.1', port: 0, fd: undefined, tls: undefined }

interface Seen {
  readonly wire: Wire
  readonly chunks: Buffer[]
  drained: number
  closed: string | undefined | 'not yet'
}

let wires: Wires | undefined
const clients: net.Socket[] = []

afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy()
  await wires?.close()
  wires = undefined
})

interface Connected {
  readonly client: net.Socket
  readonly seen: Seen
  /** A second connection to the same thread. */
  readonly another: () => Promise<Connected>
}

/** A connection between a client and a wire. */
async function connected(): Promise<Connected> {
  const all: Seen[] = []
  const made = new Wires({
    places: [HERE],
    arrived: (wire) => {
      const seen: Seen = { wire, chunks: [], drained: 0, closed: 'not yet' }
      wire.begin({
        data: (chunk) => seen.chunks.push(chunk),
        drained: () => seen.drained++,
        closed: (why) => {
          seen.closed = why
        },
      })
      all.push(seen)
    },
    refused: () => expect.unreachable(),
    say: () => expect.unreachable(),
  })
  wires = made
  const [address] = await made.listen()
  const another = async (): Promise<Connected> => {
    const before = all.length
    const client = net.connect((address as net.AddressInfo).port, '127.0.0.1')
    clients.push(client)
    await once(client, 'connect')
    await until(() => all.length > before)
    return { client, seen: all[before] as Seen, another }
  }
  return another()
}

const sum = (chunks: readonly Buffer[]): number => chunks.reduce((bytes, { length }) => bytes + length, 0)

describe('a wire', () => {
  it('carries bytes both ways, in their order', async () => {
    const { client, seen } = await connected()
    const got: Buffer[] = []
    client.on('data', (chunk: Buffer) => got.push(chunk))
    const sent = Array.from({ length: 500 }, (_, i) => Buffer.alloc(1 + ((i * 37) % 900), i))
    let done = 0
    for (const each of sent) {
      client.write(each)
      seen.wire.write(each, (error) => {
        if (!error) done++
      })
    }
    await until(() => sum(got) === sum(sent) && sum(seen.chunks) === sum(sent) && done === sent.length)
    expect(Buffer.concat(got).equals(Buffer.concat(sent))).toBe(true)
    expect(Buffer.concat(seen.chunks).equals(Buffer.concat(sent))).toBe(true)
    expect(seen.wire.buffered).toBe(0)
  })

  it('is full while nobody reads, and says when all has gone', async () => {
    const { client, seen } = await connected()
    client.pause()
    const large = Buffer.alloc(1 << 20)
    let done = 0
    while (seen.wire.buffered < 16 << 20) {
      expect(seen.wire.write(large, () => done++)).toBe(false)
    }
    expect(done).toBe(0)
    expect(seen.drained).toBe(0)
    client.resume()
    await until(() => seen.drained === 1)
    expect(done).toBe(16)
    expect(seen.wire.buffered).toBe(0)
  })

  it('that is paused is not read beyond its window, and gives what it kept in its order', async () => {
    const { client, seen, another } = await connected()
    const clock = await another()
    seen.wire.pause()
    // More than the system keeps for a connection.
    const all = Buffer.alloc(64 << 20, 'bytes in an order of their own ')
    client.write(all)
    // Turns of the thread in which it would have read all of it.
    for (let turn = 1; turn <= 300; turn++) {
      clock.client.write('.')
      await until(() => sum(clock.seen.chunks) === turn)
    }
    expect(sum(seen.chunks)).toBe(0)
    expect(client.writableLength).toBeGreaterThan(all.length / 2)
    seen.wire.resume()
    await until(() => sum(seen.chunks) === all.length)
    expect(Buffer.concat(seen.chunks).equals(all)).toBe(true)
  })

  it('gives what came before the end, though it was paused', async () => {
    const { client, seen } = await connected()
    seen.wire.pause()
    client.end('said and gone')
    await until(() => !seen.wire.writable)
    expect(seen.closed).toBe('not yet')
    seen.wire.resume()
    await until(() => seen.closed !== 'not yet')
    expect(String(Buffer.concat(seen.chunks))).toBe('said and gone')
    expect(seen.closed).toBeUndefined()
  })

  it('tells what was never begun from what may have gone out', async () => {
    const { client, seen } = await connected()
    client.pause()
    const outcomes: (readonly [boolean, boolean])[] = []
    const note = (error: Error | undefined, begun: boolean): void => {
      outcomes.push([error !== undefined, begun])
    }
    seen.wire.write(Buffer.alloc(16 << 20), note)
    await until(() => client.bytesRead > 0)
    client.end()
    await until(() => !seen.wire.writable)
    seen.wire.write(Buffer.from('too late'), note)
    client.destroy()
    await until(() => seen.closed !== 'not yet')
    expect(outcomes).toEqual([
      [true, true],
      [true, false],
    ])
  })

  it('a place that is taken is named', async () => {
    const server = net.createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as net.AddressInfo
    wires = new Wires({
      places: [HERE, { ...HERE, port }],
      arrived: () => expect.unreachable(),
      refused: () => expect.unreachable(),
      say: () => expect.unreachable(),
    })
    const error = await wires.listen().catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(NotListening)
    expect(error).toMatchObject({ place: 1, code: 'EADDRINUSE' })
    server.close()
  })
})
