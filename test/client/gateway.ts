import { createServer, type Socket } from 'node:net'
import {
  encodeFrame,
  FrameDecoder,
  type FrameEvent,
  type Framing,
  keepaliveAnswerFrame,
} from '../../src/frame/index.js'

/** A connection as the tests' own gateway sees it. */
export interface Line {
  readonly socket: Socket
  readonly framing: Framing
  /** Acknowledgements of delivery that have come. */
  readonly acks: number[]
  /** Sends a text body, or several in one write. */
  answer(...bodies: string[]): void
}

export interface Gateway extends AsyncDisposable {
  readonly port: number
  readonly lines: readonly Line[]
}

export type Handler = (message: string, line: Line) => void

/** A gateway of a few lines on a real socket: decodes frames, answers keep-alives, and leaves the rest to `handler`. */
export async function startGateway(
  handler: Handler,
  onEvent: (event: FrameEvent, line: Line) => void = () => {},
): Promise<Gateway> {
  const lines: Line[] = []
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.setNoDelay(true)
    socket.on('error', () => {})
    const decoder = new FrameDecoder({ text: 16_384, xml: 65_536 })
    const line: Line = {
      socket,
      get framing() {
        return decoder.framing ?? 'stx-etx'
      },
      acks: [],
      answer: (...bodies) => {
        socket.write(Buffer.concat(bodies.map((body) => encodeFrame(line.framing, body))))
      },
    }
    lines.push(line)
    socket.on('data', (chunk: Buffer) =>
      decoder.push(chunk, (event) => {
        onEvent(event, line)
        if (event.kind === 'body') handler(event.body.toString(), line)
        else if (event.kind === 'keepalive') socket.write(keepaliveAnswerFrame(line.framing))
        else if (event.kind === 'ack') line.acks.push(event.count)
        else if (event.kind === 'unknown-framing') socket.destroy()
      }),
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return {
    port: typeof address === 'object' && address ? address.port : 0,
    lines,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

let count = 0

/** An output message in the text form. */
export function message(key: string, control: string, ...lines: string[]): string {
  count = (count % 99_999) + 1
  const number = String(count).padStart(5, '0')
  const from = key === 'ER' ? 'NL0000000' : 'VTICE0900'
  return [
    `${key}.${from}`,
    '14:41 11/24/2026 00985',
    `14:41 11/24/2026 ${number} ZZ0010100`,
    ...(control === '' ? [] : [`*${control}`]),
    'TXT',
    ...lines,
    '',
  ].join('\r\n')
}

export const REFERENCE = '26-0000000417'

export const acknowledgement = (control: string): string =>
  message('IAR', control, `LESC REFERENCE: ${REFERENCE}`, 'RESPONSE TYPE: ACKNOWLEDGEMENT')

export const final = (control: string, type = 'NO MATCH', ...lines: string[]): string =>
  message('IAR', control, `LESC REFERENCE: ${REFERENCE}`, `RESPONSE TYPE: ${type}`, ...lines)

/** The control field of a text message. */
export const control = (text: string): string => /\.\*([^.]*)\./.exec(text)?.[1] ?? ''

/** Answers every query with acknowledgement and NO MATCH, and those with PUR/X with an ER. */
export const centre: Handler = (text, line) => {
  const field = control(text)
  if (text.includes('PUR/X'))
    line.answer(message('ER', field, '.22. INVALID MESSAGE FORMAT', 'FIELD PUR: MUST BE C OR F'))
  else line.answer(acknowledgement(field), final(field))
}
