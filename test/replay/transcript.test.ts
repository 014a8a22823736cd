import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { loadFixtures, looksLikeTranscript, parseTranscript } from '../../src/replay/index.js'

const parse = (...lines: string[]): ReturnType<typeof parseTranscript> =>
  parseTranscript(lines.join('\n'), 'a.txt')

function steps(...lines: string[]): readonly object[] {
  const parsed = parse(...lines)
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults))
  return parsed.transcript.steps
}

function faults(...lines: string[]): string[] {
  const parsed = parse(...lines)
  return parsed.ok ? [] : parsed.faults.map((fault) => `${fault.line}: ${fault.text}`)
}

describe('a transcript', () => {
  it('has its first comments for a title', () => {
    expect(parse('# One rule,', '# in two lines.', '', 'CONNECT', '# not this')).toMatchObject({
      transcript: { file: 'a.txt', title: 'One rule, in two lines.', late: false },
    })
  })

  it('joins the lines of a message by CR LF; a blank line, a comment or another marker ends it', () => {
    expect(
      steps('CONNECT', '> A', '> B', '', '> C', '# why', '> ', '>', '>. D', '< E', '<', '< F', '<? G'),
    ).toMatchObject([
      { kind: 'connect', framing: 'stx-etx', stepwise: false },
      { kind: 'send', mode: 'framed', text: 'A\r\nB', line: 2 },
      { kind: 'send', text: 'C' },
      { kind: 'send', text: '\r\n' },
      { kind: 'send', mode: 'bytewise', text: 'D' },
      { kind: 'expect', form: 'text', patterns: [{ source: 'E' }, { source: '' }, { source: 'F' }] },
      { kind: 'expect', form: 'xml', patterns: [{ source: 'G' }] },
    ])
  })

  it('reads raw bytes, each line one write', () => {
    expect(steps('CONNECT', '>> A\\x02\\r\\n\\\\', '>> B', '<< \\xff')).toMatchObject([
      { kind: 'connect', stepwise: true },
      { kind: 'send-raw', bytes: Buffer.from('A\x02\r\n\\') },
      { kind: 'send-raw', bytes: Buffer.from('B') },
      { kind: 'expect-raw', bytes: Buffer.of(255) },
    ])
  })

  it('speaks about the connection that was named last', () => {
    expect(
      steps('CONNECT a', 'CONNECT pattern b', 'PING', '@a', 'PING', 'DISCONNECT', '@b', 'PONG'),
    ).toMatchObject([
      { kind: 'connect', connection: 'a' },
      { kind: 'connect', connection: 'b', framing: 'pattern' },
      { kind: 'ping', connection: 'b' },
      { kind: 'ping', connection: 'a' },
      { kind: 'disconnect', connection: 'a' },
      { kind: 'pong', connection: 'b' },
    ])
  })

  it('puts what may come in any order into one step', () => {
    expect(steps('CONNECT', 'UNORDERED', '< A', '', '< B', 'END', 'CLOSED')).toMatchObject([
      { kind: 'connect' },
      { kind: 'unordered', expects: [{ line: 3 }, { line: 5 }] },
      { kind: 'closed' },
    ])
  })
})

describe('faults, with their lines', () => {
  it.each([
    [['CONNECT', 'HELLO'], '2: not a line of a transcript: HELLO'],
    [['CONNECT', '>A'], '2: not a line of a transcript: >A'],
    [['CONNECT morse a'], `1: CONNECT [stx-etx|length|pattern] [name]`],
    [['CONNECT', 'CONNECT'], '2: connection  is already open'],
    [['> A'], '1: no connection is open'],
    [['CONNECT', 'DISCONNECT', '> A'], '3: no connection is open'],
    [['CONNECT a', '@b'], "2: connection b isn't open"],
    [['CONNECT', '>> \\q'], '2: an escape that is none of \\xHH \\r \\n \\\\'],
    [['CONNECT', '< A', '< <COUNT:>'], '3: <COUNT:> is no placeholder'],
    [['CONNECT', '< <TIME:a>'], '2: <TIME:a> is no placeholder'],
    [['CONNECT', '> <TODAY+x>'], '2: <TODAY+x> is no placeholder'],
    [['CONNECT', '< <ANY>.'], '2: nothing may follow <ANY>, the rest of the line'],
    [['CONNECT', '< A<LINES>'], '2: <LINES> is no placeholder'],
    [['CONNECT', '>+ A', '< B'], '2: no message written with > follows: never sent'],
    [['CONNECT', 'UNORDERED', '< A'], '2: UNORDERED without END'],
    [['CONNECT', 'END'], '2: END without UNORDERED'],
    [['CONNECT', 'UNORDERED', 'PING', 'END'], '3: only what is expected stands between UNORDERED and END'],
    [['# nothing'], '1: nothing happens in this transcript'],
  ])('%j', (lines, fault) => {
    expect(faults(...lines)).toContain(fault)
  })
})

describe('loadFixtures', () => {
  const fixtures = fileURLToPath(new URL('../../fixtures', import.meta.url))

  it('reads every transcript that ships, without a fault', async () => {
    const loaded = await loadFixtures([fixtures])
    expect(loaded.faults).toEqual([])
    expect(loaded.transcripts.length).toBeGreaterThan(100)
    expect(loaded.transcripts.filter(({ file }) => /README|INDEX/.test(file))).toEqual([])
  })

  it('tells a path that is not there', async () => {
    const loaded = await loadFixtures([`${fixtures}/no-such-file.txt`])
    expect(loaded.faults).toMatchObject([{ line: 0, text: 'no such file or folder' }])
  })
})

it.each([
  ['# a rule\n\nCONNECT\n> A', true],
  ['CONNECT length', true],
  ['IAQ.ZZ0010100.AX.TXT', false],
  ['<n2:NLETS/>', false],
  ['', false],
])('looksLikeTranscript: %j', (text, transcript) => {
  expect(looksLikeTranscript(text)).toBe(transcript)
})
