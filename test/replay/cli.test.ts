import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Command } from 'commander'
import { CommanderError } from 'commander'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { replayCommand } from '../../src/cli/replay.js'
import { sendCommand, splitMessages } from '../../src/cli/send.js'
import { centre, type Gateway, type Handler, startGateway } from '../client/gateway.js'

let folder = ''
let gateway: Gateway

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'iaq-cli-'))
})

afterEach(async () => {
  vi.restoreAllMocks()
  process.exitCode = undefined
  await rm(folder, { recursive: true })
})

interface Ran {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs a command in this process, against a gateway of the test's own. */
async function run(command: Command, handler: Handler, ...args: string[]): Promise<Ran> {
  gateway = await startGateway(handler)
  try {
    return await runAt(gateway.port, command, ...args)
  } finally {
    await gateway[Symbol.asyncDispose]()
  }
}

async function runAt(port: number, command: Command, ...args: string[]): Promise<Ran> {
  const written = { stdout: '', stderr: '' }
  const spies = (['stdout', 'stderr'] as const).map((name) =>
    vi.spyOn(process[name], 'write').mockImplementation((text) => {
      written[name] += String(text)
      return true
    }),
  )
  const thrown = await command
    .exitOverride()
    .parseAsync([...args, '--port', `${port}`], { from: 'user' })
    .then(
      () => undefined,
      (error: unknown) => error,
    )
  for (const spy of spies) spy.mockRestore()
  if (thrown !== undefined && !(thrown instanceof CommanderError)) throw thrown
  return { code: thrown?.exitCode ?? Number(process.exitCode), ...written }
}

async function file(name: string, text: string): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, text)
  return path
}

const query = (field: string, purpose = 'C'): string =>
  `IAQ.ZZ0010100.AX.*${field}.TXT\nPUR/${purpose}.NAM/X, Y\n`

const transcript = (type: string): string => `# A rule
CONNECT
> IAQ.ZZ0010100.AX.*A.TXT
> PUR/C.NAM/X, Y

< <LINES>
< RESPONSE TYPE: ACKNOWLEDGEMENT

< IAR.VTICE0900
< <LINES>
< RESPONSE TYPE: ${type}

PING
PONG
`

describe('send', () => {
  it('prints each answer whole; 0 when all came and none is an ER', async () => {
    const path = await file('m', `${query('A')}\n${query('B')}---\n${query('C')}`)
    const { code, stdout } = await run(sendCommand(), centre, path)
    expect(code).toBe(0)
    expect(stdout.match(/^RESPONSE TYPE: .*$/gm)).toHaveLength(6)
    expect(stdout).toMatch(/^IAR\.VTICE0900\n14:41 11\/24\/2026 00985\n/)
  })

  it('1 on an ER', async () => {
    const { code, stdout } = await run(sendCommand(), centre, await file('m', query('A', 'X')))
    expect(code).toBe(1)
    expect(stdout).toContain('FIELD PUR: MUST BE C OR F')
  })

  it('1 when an acknowledged query gets no answer', async () => {
    const handler: Handler = (_, line) => line.answer('A')
    const { code, stderr } = await run(
      sendCommand(),
      handler,
      await file('m', query('A')),
      '--timeout',
      '1ms',
    )
    expect(code).toBe(1)
    expect(stderr).toContain('1 of 1 without an answer: time is up')
  })

  it('says so when the gateway closes', async () => {
    const handler: Handler = (_, line) => line.socket.end()
    const { code, stderr } = await run(sendCommand(), handler, await file('m', query('A')))
    expect(code).toBe(1)
    expect(stderr).toContain('1 of 1 without an answer: the gateway closed the connection')
  })

  it('waits for nothing with --no-wait, nor for a message that is never answered', async () => {
    const silent: Handler = () => {}
    expect((await run(sendCommand(), silent, await file('m', query('A')), '--no-wait')).code).toBe(0)
    const am = await file('am', 'AM.ZZ0010100.AX.TXT\nTIP SOMEBODY')
    expect((await run(sendCommand(), silent, am)).code).toBe(0)
  })

  it("sends a transcript's messages, in its framing", async () => {
    const path = await file('t.txt', transcript('NO MATCH').replace('CONNECT', 'CONNECT pattern'))
    const { code } = await run(sendCommand(), centre, path)
    expect(code).toBe(0)
    expect(gateway.lines.map(({ framing }) => framing)).toEqual(['pattern'])
  })

  it('a refused connection is one line that says what to do', async () => {
    const path = await file('m', query('A'))
    await run(sendCommand(), centre, path)
    const { code, stderr } = await runAt(gateway.port, sendCommand(), path)
    expect(code).toBe(1)
    expect(stderr).toBe(
      `nothing listens on 127.0.0.1:${gateway.port}: start a gateway with 'iaq-gateway serve', or name one with --host and --port\n`,
    )
  })

  it.each([
    [['--framing', 'morse'], '--framing must be one of'],
    [['--timeout', 'soon'], '--timeout must be a duration'],
    [['--ca', 'no-such-file'], "--ca: can't read no-such-file"],
    [['no-such-file'], "can't read no-such-file"],
  ])('2 when used wrongly: %j', async (args, text) => {
    const { code, stderr } = await runAt(9, sendCommand(), ...args)
    expect(code).toBe(2)
    expect(stderr).toContain(text)
  })

  it('2 for a port that is none', async () => {
    expect(await runAt(0, sendCommand())).toMatchObject({
      code: 2,
      stderr: "error: --port must be a whole number from 1 to 65535, not '0'\n",
    })
  })

  it('splits messages at blank lines and ---, and takes XML whole', () => {
    expect(splitMessages('A\nB\n\n\nC\r\nD\r\n---\r\nE')).toEqual(['A\r\nB', 'C\r\nD', 'E'])
    expect(splitMessages('\n<a>\n\n</a>\n')).toEqual(['<a>\n\n</a>'])
    expect(splitMessages(' \n')).toEqual([])
  })
})

describe('replay', () => {
  it('0 and a table when all is as expected', async () => {
    await file('1.txt', transcript('NO MATCH'))
    await file('README.txt', 'not a transcript')
    const { code, stdout } = await run(replayCommand(), centre, folder)
    expect(code).toBe(0)
    expect(stdout).toMatch(/^as expected +1 +all$/m)
    expect(stdout).toMatch(/^IAR NO MATCH +1 /m)
  })

  it('1 and each difference', async () => {
    const path = await file('1.txt', transcript('MATCH'))
    const { code, stdout } = await run(replayCommand(), centre, path)
    expect(code).toBe(1)
    expect(stdout).toContain(
      `${path}:11\n  expected  RESPONSE TYPE: MATCH\n  got       RESPONSE TYPE: NO MATCH\n`,
    )
  })

  it('2 on a bad path or transcript, with its line', async () => {
    const bad = await file('bad.txt', 'CONNECT\nHELLO\n')
    expect(await run(replayCommand(), centre, bad)).toMatchObject({
      code: 2,
      stderr: `error: ${bad}:2: not a line of a transcript: HELLO\n`,
    })
    const none = await run(replayCommand(), centre, join(folder, 'none'))
    expect(none).toMatchObject({ code: 2 })
    expect(none.stderr).toContain('no such file or folder')
  })

  it('many at a time, at a rate, and for a while', async () => {
    await file('1.txt', transcript('NO MATCH'))
    await file('2.txt', transcript('NO MATCH'))
    const parallel = await run(replayCommand(), centre, folder, '--connections', '4', '--duration', '50ms')
    expect(parallel.code).toBe(0)
    const open = await run(replayCommand(), centre, folder, '--rate', '200', '--duration', '50ms')
    expect(open.code).toBe(0)
    // 200 a second for a twentieth of a second are ten, whatever the gateway takes for them.
    expect(open.stdout).toMatch(/^transcripts +10 /m)
  })

  it('a refused connection is one line', async () => {
    const path = await file('1.txt', transcript('NO MATCH'))
    await run(replayCommand(), centre, path)
    const { code, stderr, stdout } = await runAt(gateway.port, replayCommand(), path)
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toMatch(/^nothing listens on .*\n$/)
  })
})
