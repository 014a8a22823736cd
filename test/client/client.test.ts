import { createServer } from 'node:net'
import { describe, expect, it } from 'vitest'
import { type Client, ConnectError, connect, FRAMINGS, NoAnswerError } from '../../src/client/index.js'
import { encodeFrame, keepaliveFrame } from '../../src/frame/index.js'
import { acknowledgement, centre, control, final, message, startGateway } from './gateway.js'

const HOST = '127.0.0.1'
const query = (field: string): string => `IAQ.ZZ0010100.AX.*${field}.TXT\r\nPUR/C.NAM/MUESTRA, NADIE`

async function using<T>(client: Promise<Client>, use: (client: Client) => Promise<T>): Promise<T> {
  const opened = await client
  try {
    return await use(opened)
  } finally {
    opened.destroy()
  }
}

describe('ask', () => {
  it.each(FRAMINGS)('%s: gives the acknowledgement and the final answer', async (framing) => {
    await withGateway(centre, async (port) => {
      await using(connect({ host: HOST, port, framing }), async (client) => {
        const { acknowledgement: first, answer } = await client.ask(query('A1'))
        expect(first).toMatchObject({ key: 'IAR', control: 'A1', responseType: 'ACKNOWLEDGEMENT' })
        expect(answer).toMatchObject({
          from: 'VTICE0900',
          responseType: 'NO MATCH',
          reference: '26-0000000417',
        })
      })
    })
  })

  it('gives each question its own answer when answers overtake', async () => {
    const asked: string[] = []
    await withGateway(
      (text, line) => {
        asked.push(control(text))
        line.answer(acknowledgement(control(text)))
        if (asked.length === 3) line.answer(...asked.reverse().map((field) => final(field)))
      },
      async (port) => {
        await using(connect({ host: HOST, port }), async (client) => {
          const answers = await Promise.all(['A', 'B', 'C'].map((field) => client.ask(query(field))))
          expect(answers.map(({ answer }) => answer.control)).toEqual(['A', 'B', 'C'])
        })
      },
    )
  })

  it('takes an ER without a control field where nothing else waits', async () => {
    await withGateway(
      (_, line) => line.answer(message('ER', '', '0 MESSAGE FORMAT/STRUCTURE ERROR')),
      async (port) => {
        await using(connect({ host: HOST, port }), async (client) => {
          const { acknowledgement: first, answer } = await client.ask(query('BAD+FIELD'))
          expect(first).toBeUndefined()
          expect(answer.key).toBe('ER')
        })
      },
    )
  })

  it('says when no answer came in time, and when the gateway closed instead', async () => {
    await withGateway(
      (text, line) => {
        if (text.includes('CLOSE')) line.socket.end()
      },
      async (port) => {
        await using(connect({ host: HOST, port }), async (client) => {
          await expect(client.ask(query('A'), 1)).rejects.toThrow('no answer in 1 ms')
          await expect(client.ask(query('CLOSE'))).rejects.toThrow('the gateway closed the connection')
          expect(await client.closed).toMatchObject({ by: 'gateway' })
          expect(() => client.send(query('B'))).toThrow(NoAnswerError)
        })
      },
    )
  })
})

describe('receive and iteration', () => {
  it('give what nobody asked for, in order', async () => {
    await withGateway(
      (text, line) => {
        line.answer(final(control(text)), final(control(text), 'MATCH'))
        line.socket.end()
      },
      async (port) => {
        await using(connect({ host: HOST, port }), async (client) => {
          client.send(query('A'))
          expect(await client.receive()).toMatchObject({ responseType: 'NO MATCH' })
          const rest = []
          for await (const received of client) rest.push(received.responseType)
          expect(rest).toEqual(['MATCH'])
          await expect(client.receive()).rejects.toThrow('closed')
        })
      },
    )
  })

  it('receive gives up after its timeout', async () => {
    await withGateway(centre, async (port) => {
      await using(connect({ host: HOST, port }), async (client) => {
        await expect(client.receive(1)).rejects.toThrow('nothing came in 1 ms')
      })
    })
  })
})

describe('the connection', () => {
  it('sends a batch of messages in one write', async () => {
    const chunks: Buffer[] = []
    const server = createServer((socket) =>
      socket.on('data', (chunk: Buffer) => chunks.push(chunk)).on('end', () => server.close()),
    )
    await new Promise<void>((resolve) => server.listen(0, HOST, resolve))
    const address = server.address()
    const client = await connect({
      host: HOST,
      port: typeof address === 'object' && address ? address.port : 0,
    })
    client.sendAll(['A', 'B', 'C'])
    const done = new Promise((resolve) => server.on('close', resolve))
    await client.close()
    await done
    expect(chunks.map(String)).toEqual(['\x02A\x03\x02B\x03\x02C\x03'])
  })

  it.each(FRAMINGS)("%s: pings, and answers the gateway's keep-alives", async (framing) => {
    const seen: string[] = []
    let answered: () => void = () => {}
    const done = new Promise<void>((resolve) => {
      answered = resolve
    })
    const gateway = await startGateway(
      (_, line) => line.socket.write(keepaliveFrame(line.framing)),
      (event) => {
        seen.push(event.kind)
        // The ping, the message, and then the client's answer, which in two framings looks like another ping.
        if (seen.length === 3) answered()
      },
    )
    await using(connect({ host: HOST, port: gateway.port, framing }), async (client) => {
      await client.ping()
      client.send('HELLO')
      await done
      expect(seen.slice(0, 3)).toEqual([
        'keepalive',
        'body',
        framing === 'stx-etx' ? 'keepalive-answer' : 'keepalive',
      ])
    })
    await gateway[Symbol.asyncDispose]()
  })

  it('acknowledges delivery by the count of line 3', async () => {
    await withGateway(centre, async (port, lines) => {
      await using(connect({ host: HOST, port, delivery: 'acknowledged' }), async (client) => {
        const { acknowledgement: first, answer } = await client.ask(query('A'))
        await client.ping()
        expect(lines[0]?.acks).toEqual([first?.outCount, answer.outCount])
      })
    })
  })

  it('refuses 02 and 03 in stx-etx, and raw sends any bytes', async () => {
    await withGateway(centre, async (port) => {
      await using(connect({ host: HOST, port }), async (client) => {
        expect(() => client.send('A\x03B')).toThrow(RangeError)
        client.raw(encodeFrame('stx-etx', query('A')))
        expect(await client.receive()).toMatchObject({ control: 'A' })
      })
    })
  })

  it('names what is wrong where nothing listens', async () => {
    const gateway = await startGateway(centre)
    await gateway[Symbol.asyncDispose]()
    const failed = connect({ host: HOST, port: gateway.port })
    await expect(failed).rejects.toThrow(ConnectError)
    await expect(failed).rejects.toMatchObject({
      code: 'ECONNREFUSED',
      message: `nothing listens on ${HOST}:${gateway.port}`,
    })
  })

  it('ends when the gateway sends bytes that make no frame', async () => {
    await withGateway(
      (_, line) => line.socket.write('HTTP/1.1 400'),
      async (port) => {
        await using(connect({ host: HOST, port }), async (client) => {
          client.send('A')
          expect(await client.closed).toEqual({
            by: 'error',
            reason: 'the gateway sent bytes that make no frame',
          })
        })
      },
    )
  })
})

async function withGateway(
  handler: Parameters<typeof startGateway>[0],
  use: (port: number, lines: Awaited<ReturnType<typeof startGateway>>['lines']) => Promise<void>,
): Promise<void> {
  const gateway = await startGateway(handler)
  try {
    await use(gateway.port, gateway.lines)
  } finally {
    await gateway[Symbol.asyncDispose]()
  }
}
