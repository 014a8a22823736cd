import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { connect as connectSocket } from 'node:net'
import { basename, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseAnswer } from '../../src/client/index.js'
import { packageRoot } from '../../src/config/index.js'
import { encodeFrame, FrameDecoder, type Framing } from '../../src/frame/index.js'
import type { Gateway } from '../../src/gateway/index.js'
import { formatDifference, loadFixtures, runTranscript, type Transcript } from '../../src/replay/index.js'
import { Bench, fixtures, loadPersons, query, readLog, run, SUBJECT } from './helpers.js'

const { transcripts, faults } = await loadFixtures([fixtures])
const bench = new Bench()
const dir = bench.folder()
let gateway: Gateway
let sent = 0

beforeAll(async () => {
  await loadPersons(dir)
  gateway = await bench.gateway(dir, { 'admin.port': 0 })
})

afterAll(() => bench[Symbol.asyncDispose]())

it('every transcript can be read', () => {
  expect(faults).toEqual([])
  expect(transcripts.length).toBeGreaterThan(170)
})

describe('frames cut in two', () => {
  const groups = new Map<string, Transcript[]>()
  for (const each of transcripts) {
    if (each.late) continue
    const group = basename(join(each.file, '..'))
    groups.set(group, [...(groups.get(group) ?? []), each])
  }

  it.each([...groups])('are answered as whole ones, wherever they are cut: %s', async (_, group) => {
    await Promise.all(group.map((transcript) => cutEverywhere(transcript)))
  })
})

/** Sends the first message of a transcript once whole, and then once for each place where it can be cut in two. */
async function cutEverywhere({ file, steps }: Transcript): Promise<void> {
  const [opened, first] = steps
  if (opened?.kind !== 'connect' || first?.kind !== 'send' || first.mode === 'pipelined') return
  if (/<TODAY|NUNCA|TARDE/.test(first.text)) return
  const next = steps.findIndex((step, i) => i > 1 && !/expect|unordered/.test(step.kind))
  const answers = steps.slice(2, next < 0 ? undefined : next).reduce((sum, step) => {
    return sum + (step.kind === 'unordered' ? step.expects.length : 1)
  }, 0)
  const frame = encodeFrame(opened.framing, first.text)
  // Of XML every seventh place will do, and of the longest frames every 997th.
  const step = frame.length > 2000 ? 997 : frame.length > 600 ? 7 : 1
  const places = Array.from({ length: Math.ceil((frame.length - 1) / step) }, (_, i) => 1 + i * step)
  const whole = await conversation(opened.framing, [frame], answers)
  const chunks = places.map((at, i) => {
    const before = i === 0 ? Buffer.alloc(0) : frame.subarray(places[i - 1])
    return Buffer.concat([before, frame.subarray(0, at)])
  })
  const rest = frame.subarray(places.at(-1))
  const cut = await conversation(opened.framing, [...chunks, rest], answers * places.length)
  for (const [answer, times] of whole)
    expect(cut.get(answer), `${file}\n${answer}`).toBe(times * places.length)
  expect(cut.size, file).toBe(whole.size)
}

/** Writes chunks, each on its own, and counts the answers; what differs between two equal messages is blotted out. */
async function conversation(
  framing: Framing,
  chunks: readonly Buffer[],
  expected: number,
): Promise<Map<string, number>> {
  const answers = new Map<string, number>()
  const decoder = new FrameDecoder({ text: 1 << 20, xml: 1 << 20 })
  const socket = connectSocket({ host: '127.0.0.1', port: gateway.port, noDelay: true })
  let came = 0
  let pinged = false
  const ended = new Promise<void>((resolve) => {
    socket.once('close', () => resolve())
    socket.on('data', (bytes: Buffer) =>
      decoder.push(bytes, (event) => {
        if (event.kind === 'body') {
          const text = blotted(event.body)
          answers.set(text, (answers.get(text) ?? 0) + 1)
          came++
        } else pinged = true
        if (pinged && came >= expected) resolve()
      }),
    )
  })
  for (const chunk of chunks) {
    socket.write(chunk)
    // The gateway lives in this process: after a turn of the loop it has read what was written.
    for (let turn = 0; turn < 2; turn++) await new Promise((go) => setImmediate(go))
  }
  socket.write(framing === 'stx-etx' ? '\x02\x05\x03' : encodeFrame(framing, ''))
  await ended
  socket.destroy()
  sent += chunks.length
  return answers
}

function blotted(body: Buffer): string {
  const { key, destination, control, lines } = parseAnswer(body)
  const text = lines.map((line) => line.replace(/^(IAQ RECEIVED|LESC REFERENCE|DETAINER LODGED): .*/, '$1'))
  return [key, destination, control, ...text].join('\n')
}

describe('fixtures', () => {
  it.each(transcripts.map((each) => [each.file.slice(fixtures.length + 1), each] as const))(
    '%s',
    async (_, transcript) => {
      const outcome = await runTranscript(
        transcript,
        { host: '127.0.0.1', port: gateway.port },
        { timeoutMs: 10_000 },
      )
      expect(outcome.differences.map(formatDifference)).toEqual([])
    },
  )
})

describe('after all of them', () => {
  it('a figure a message, and no person in any', async () => {
    const metrics = await (await fetch(`http://127.0.0.1:${gateway.adminPort}/metrics`)).text()
    expect(metrics.match(/^# TYPE /gm)?.length).toBeGreaterThanOrEqual(12)
    expect(metrics).toMatch(/^iaq_messages_total\{key="IAQ"\} [1-9]\d+$/m)
    expect(personsIn(metrics)).toEqual([])
    expect(sent).toBeGreaterThan(10_000)
  })

  it('the log has a line a message and no person in any', async () => {
    await gateway.close()
    const lines = readLog(dir)
    const messages = lines.filter((line) => line.msg === 'message')
    const finals = messages.filter((line) => line.dir === 'out' && line.type === 'MATCH')
    expect(messages.length).toBeGreaterThan(20_000)
    expect(Object.keys(finals[0] ?? {})).toEqual(
      expect.arrayContaining(['time', 'dir', 'link', 'conn', 'ori', 'mke', 'ctl', 'ref', 'n', 'type', 'us']),
    )
    expect(lines.filter((line) => Number(line.level) >= 40)).toEqual([])
    expect(personsIn(lines.map((line) => JSON.stringify(line)).join('\n'))).toEqual([])
  })

  it('the audit trail, the figures, operators’ views and what a process says on its way hold no person', async () => {
    const served = await bench.serve(dir)
    const client = await bench.client(served.port)
    client.send(query('LAST', { ...SUBJECT.match, SEX: 'Q' }))
    await client.ask(query('LAST', SUBJECT.match))
    client.send(query('KILLED', SUBJECT.match))
    await client.ping()
    await served.kill()
    const said = [
      ['audit', 'list'],
      ['audit', 'list', '--json'],
      ['stats'],
      ['stats', '--recount', '--json'],
      ['links', '--json'],
      ['queue', '--json', '--most', '1000000'],
      ['verify'],
      ['resend', '--link', 'default', '--count', '99999'],
      ['tail', '--lines', '1000000'],
    ].map((args) => {
      const { stdout, stderr, status } = spawnSync(
        process.execPath,
        [join(packageRoot, 'scripts', 'iaq-gateway.js'), ...args, '--data', dir],
        { encoding: 'utf8', maxBuffer: 1 << 30 },
      )
      expect([args, status]).toEqual([args, args[0] === 'resend' ? 1 : 0])
      return stdout + stderr
    })
    const [trail = ''] = said
    expect(trail.split('\n').length).toBeGreaterThan(40_000)
    expect(trail).toMatch(/ {2}answer given {10}default {2}ZZ0010100 {2}IAR {2}\d\d-/)
    for (const text of [...said, served.lines.join('\n')]) expect(personsIn(text)).toEqual([])
    // The search would find them where they do stand.
    expect(personsIn(run('show', 'LAST', '--data', dir).stdout)).toEqual(
      expect.arrayContaining(['MUESTRA', '19850214']),
    )
  }, 120_000)
})

/** Names, dates of birth and identifiers of the fixtures' persons that stand in a text. */
function personsIn(text: string): string[] {
  const persons = readFileSync(join(fixtures, 'persons.jsonl'), 'utf8')
  const words = [
    ...persons.matchAll(/"(?:last|first|middle|dob|arn|fbi|sid|oln|soc|number|nic)":"([^"]{4,})"/g),
  ]
  const names = new Set([
    'MUESTRA',
    'QUIXTLANO',
    'ZEFERINDA',
    '19850214',
    '099000001',
    ...words.map(([, word]) => word ?? ''),
  ])
  const all = new Set(text.split(/[^\p{L}\p{N}'-]+/u))
  return [...names].filter((name) => (/^[\p{L}\p{N}'-]+$/u.test(name) ? all.has(name) : text.includes(name)))
}
