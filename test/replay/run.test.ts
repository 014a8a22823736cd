import { describe, expect, it } from 'vitest'
import { FRAMINGS, keepaliveFrame } from '../../src/frame/index.js'
import {
  describeExchange,
  formatDifference,
  formatSummary,
  type Outcome,
  parseTranscript,
  type RunOptions,
  runTranscript,
  Summary,
} from '../../src/replay/index.js'
import {
  acknowledgement,
  centre,
  control,
  final,
  type Handler,
  message,
  startGateway,
} from '../client/gateway.js'

async function run(handler: Handler, transcript: string, options: RunOptions = {}): Promise<Outcome> {
  const parsed = parseTranscript(transcript, 'a.txt')
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults))
  const gateway = await startGateway(handler)
  try {
    return await runTranscript(parsed.transcript, { host: '127.0.0.1', port: gateway.port }, options)
  } finally {
    await gateway[Symbol.asyncDispose]()
  }
}

const HEAD = (field: string, ref: string): string => `< IAR.VTICE0900
< <TIME> <DATE> <COUNT>
< <TIME> <DATE> <COUNT> ZZ0010100
< *${field}
< TXT
< LESC REFERENCE: ${ref}`

const BOTH = (field: string, ref: string): string => `${HEAD(field, ref)}
< RESPONSE TYPE: ACKNOWLEDGEMENT

${HEAD(field, ref)}
< RESPONSE TYPE: NO MATCH
`

const ASK = (marker: string, field: string): string => `${marker} IAQ.ZZ0010100.AX.*${field}.TXT
${marker} PUR/C.NAM/MUESTRA, NADIE.DOB/19850214.SEX/M
`

describe('a conversation as expected', () => {
  it.each(FRAMINGS)('%s: asks, compares, pings', async (framing) => {
    const outcome = await run(
      centre,
      `CONNECT ${framing}\n${ASK('>', 'A')}\n${BOTH('A', '<REF:a>')}\nPING\nPONG\n`,
    )
    expect(outcome.differences).toEqual([])
    expect(outcome).toMatchObject({
      passed: true,
      exchanges: [
        { kind: 'message', line: 2, control: 'A', answers: [{ expected: true }, { expected: true }] },
        { kind: 'keep-alive', answers: [{ kind: 'keep-alive' }] },
      ],
    })
    for (const { answers } of outcome.exchanges)
      for (const { micros } of answers) expect(Number.isInteger(micros)).toBe(true)
  })

  it('sends byte by byte, raw bytes, and many in one write', async () => {
    const raw = ASK('>', 'R').trim().replaceAll('> ', '').replace('\n', '\\r\\n')
    const outcome = await run(
      centre,
      [
        'CONNECT',
        ASK('>.', 'B'),
        BOTH('B', '<REF>'),
        `>> \\x02${raw.slice(0, 20)}`,
        `>> ${raw.slice(20)}\\x03`,
        BOTH('R', '<REF>'),
        ASK('>+', 'P1'),
        ASK('>+', 'P2'),
        ASK('>', 'P3'),
        'UNORDERED',
        ...['P3', 'P1', 'P2'].map((field) => BOTH(field, '<REF>')),
        'END',
      ].join('\n'),
    )
    expect(outcome.differences).toEqual([])
    const asked = outcome.exchanges.map(({ control: field, answers }) => `${field} ${answers.length}`)
    // The first half of the raw bytes got nothing: what came is told with the write before it.
    expect(asked).toEqual(['B 2', ' 0', ' 2', 'P1 2', 'P2 2', 'P3 2'])
  })

  it('takes raw bytes and then messages of one packet', async () => {
    const outcome = await run((text, line) => {
      if (text === 'A')
        line.socket.write(Buffer.concat([keepaliveFrame('stx-etx'), Buffer.from('\x02HELLO\x03')]))
    }, 'CONNECT\n> A\n<< \\x02\\x05\\x03\n< HELLO\n')
    expect(outcome.differences).toEqual([])
  })

  it('sees the gateway close, and closes itself', async () => {
    const outcome = await run(centre, 'CONNECT a\n>> HELLO\nCLOSED\nCONNECT b\nDISCONNECT\nCONNECT b\n')
    expect(outcome.differences).toEqual([])
    expect(describeExchange(outcome.exchanges[0]!)).toMatch(/^bytes HELLO → connection closed · /)
  })

  it.each(FRAMINGS)("%s: answers the gateway's keep-alives by itself", async (framing) => {
    const seen: string[] = []
    const gateway = await startGateway(
      (_, line) => {
        line.socket.write(keepaliveFrame(line.framing))
        line.answer('HELLO')
      },
      (event) => seen.push(event.kind),
    )
    const parsed = parseTranscript(`CONNECT ${framing}\n> A\n< HELLO\nPING\nPONG\n`, 'a.txt')
    const target = { host: '127.0.0.1', port: gateway.port }
    const outcome = parsed.ok ? await runTranscript(parsed.transcript, target) : undefined
    await gateway[Symbol.asyncDispose]()
    expect(outcome?.differences).toEqual([])
    const answer = framing === 'stx-etx' ? 'keepalive-answer' : 'keepalive'
    expect(seen).toEqual(['body', answer, 'keepalive'])
  })

  it('reads XML answers and compares them in the text form', async () => {
    const text = '<n2:NLETSResponseData><n2:ResponseText>HELLO</n2:ResponseText></n2:NLETSResponseData>'
    const header = [
      ['MessageKeyCodeText', 'IAR'],
      ['OriginatingORIID', 'VTICE0900'],
      ['DestinationORIID', 'ZZ0010100'],
      ['MessageReceiveDate', '11/24/2026'],
      ['MessageReceiveTime', '14:41'],
      ['MessageSendDate', '11/24/2026'],
      ['MessageSendTime', '14:41'],
      ['ReceiveMessageNumeric', '00001'],
      ['SendMessageNumeric', '00002'],
    ].map(([name, value]) => `<nh2:${name}>${value}</nh2:${name}>`)
    const xml = `<n2:NLETS xmlns:n2="http://www.nlets.org/niem/1.0" xmlns:nh2="http://www.nlets.org/niem/nlets-hdr/1.0">
<n2:NLETSMessageHeader>${header.join('')}</n2:NLETSMessageHeader>${text}</n2:NLETS>`
    const lines = ['IAR.VTICE0900', '<TIME> <DATE> 00001', '<TIME> <DATE> 00002 ZZ0010100', 'TXT', 'HELLO']
    const asXml = lines.map((line) => `<? ${line}`).join('\n')
    const asText = lines.map((line) => `< ${line}`).join('\n')
    const handler: Handler = (_, line) => line.answer(xml)
    expect((await run(handler, `CONNECT\n> A\n${asXml}\n`)).differences).toEqual([])
    expect((await run(handler, `CONNECT\n> A\n${asText}\n`)).differences).toMatchObject([
      { line: 3, expected: 'an answer in the text form', got: 'one in the xml form' },
    ])
  })
})

describe('differences', () => {
  const quick = { timeoutMs: 1 }

  it('the first line that differs, by file and line', async () => {
    const outcome = await run(
      centre,
      `CONNECT\n${ASK('>', 'A')}\n${BOTH('A', '<REF:a>').replace('NO MATCH', 'MATCH')}`,
    )
    expect(outcome.passed).toBe(false)
    expect(outcome.differences).toEqual([
      { file: 'a.txt', line: 19, expected: 'RESPONSE TYPE: MATCH', got: 'RESPONSE TYPE: NO MATCH' },
    ])
    expect(outcome.exchanges[0]?.answers.map(({ expected }) => expected)).toEqual([true, false])
    expect(formatDifference(outcome.differences[0]!)).toBe(
      'a.txt:19\n  expected  RESPONSE TYPE: MATCH\n  got       RESPONSE TYPE: NO MATCH',
    )
  })

  it('a message of another kind ends the transcript, one of the same kind does not', async () => {
    const handler: Handler = (_, line) => line.answer('A\r\nB', 'C\r\nD')
    const same = await run(handler, 'CONNECT\n> X\n< A\n< x\n\n< C\n< y\n')
    expect(same.differences.map(({ line }) => line)).toEqual([4, 7])
    const other = await run(handler, 'CONNECT\n> X\n< x\n\n< y\n')
    expect(other.differences.map(({ line }) => line)).toEqual([3])
  })

  it.each([
    ['nothing in time', '> NONE\n< A\n', { line: 3, expected: 'a message', got: 'nothing in 1 ms' }],
    ['no pong', 'PING\n> NONE\n< A\n', { line: 4, expected: 'a message', got: "a keep-alive's answer" }],
    [
      'closed early',
      '>> HELLO\n< A\n',
      { line: 3, got: "the connection's end: the gateway closed the connection" },
    ],
    ['not closed', '> A\nCLOSED\n', { line: 3, expected: 'the connection closed' }],
    [
      'other bytes',
      '>> \\x02\\x05\\x03\n<< \\x02\\x07\\x03\n',
      { line: 3, expected: '\\x02\\x07\\x03', got: '\\x02\\x06\\x03' },
    ],
    ['bytes that make no frame', '> BAD\n< A\n', { line: 3, got: 'bytes that make no frame (broken): x' }],
  ] as const)('%s', async (name, lines, difference) => {
    const handler: Handler = (text, line) => {
      if (text === 'BAD') line.socket.write('\x02\x05\x03x\x03')
      else if (text !== 'NONE') line.answer('HELLO')
    }
    const outcome = await run(handler, `CONNECT\n${lines}`, name === 'nothing in time' ? quick : {})
    expect(outcome.differences).toMatchObject([difference])
  })

  it('a message that comes where none is expected', async () => {
    const outcome = await run((_, line) => line.answer('A', 'B'), 'CONNECT\n> X\n< A\nPING\nPONG\n')
    expect(outcome.differences).toEqual([
      { file: 'a.txt', line: 5, expected: "the keep-alive's answer", got: 'B' },
    ])
  })

  it('a message left over at the end', async () => {
    const outcome = await run((_, line) => line.answer('A', 'B'), 'CONNECT\n> X\n< A\n')
    expect(outcome.differences).toEqual([{ file: 'a.txt', line: 3, expected: '(nothing)', got: 'B' }])
  })

  it('in any order: told against the message that agrees longest', async () => {
    const outcome = await run(
      (_, line) => line.answer('A\r\n1', 'B\r\nx'),
      'CONNECT\n> X\nUNORDERED\n< B\n< 2\n\n< A\n< 1\nEND\n',
    )
    expect(outcome.differences).toEqual([{ file: 'a.txt', line: 5, expected: '2', got: 'x' }])
  })

  it('no connection', async () => {
    const gateway = await startGateway(centre)
    await gateway[Symbol.asyncDispose]()
    const parsed = parseTranscript('CONNECT\n> A\n', 'a.txt')
    const target = { host: '127.0.0.1', port: gateway.port }
    const outcome = parsed.ok ? await runTranscript(parsed.transcript, target) : undefined
    expect(outcome?.differences).toMatchObject([{ line: 1, expected: 'a connection' }])
  })
})

describe('told to a person', () => {
  const told = async (question: string, ...answers: string[]): Promise<string> => {
    const expected = answers.map(() => '< <LINES>').join('\n\n')
    const lines = question.split('\n').map((line) => `> ${line}`)
    const outcome = await run(
      (_, line) => line.answer(...answers),
      `CONNECT\n${lines.join('\n')}\n${expected}\n`,
    )
    return describeExchange(outcome.exchanges[0]!).replace(/ · [\d.]+ .?s$/, '')
  }
  const IAQ = 'IAQ.ZZ0010100.AX.*A.TXT\nPUR/C.ATN/SGT. A.NAM/MUESTRA,\nCOINCIDE.DOB/19850214.SEX/M'

  it.each([
    [[acknowledgement('A'), final('A', 'MATCH', 'A-NUMBER: A099000001')], 'MATCH A099000001'],
    [[final('A', 'POSSIBLE MATCH', 'CANDIDATES: 2')], 'POSSIBLE MATCH 2 candidates'],
    [[final('A', 'NO MATCH'), final('A', 'NO MATCH')], 'NO MATCH + NO MATCH'],
    [[acknowledgement('A')], 'ACKNOWLEDGEMENT'],
    [
      [
        message(
          'ER',
          'A',
          '.22. INVALID',
          '1. PUR',
          'FIELD PUR: BAD',
          'FIELD SEX: BAD',
          'ORIGINAL MESSAGE',
          'FIELD X',
        ),
      ],
      'ER .22. FIELD PUR: BAD (and 1 more)',
    ],
    [
      [message('ER', 'A', '.05. DOB INVALID or MISSING', 'ORIGINAL MESSAGE')],
      'ER .05. DOB INVALID or MISSING',
    ],
    [[message('YR', 'A', 'RTY/WP.OCA/1.NIC/N900000017.CON/Y.', 'CNA/X.')], 'YR CON/Y'],
    [[message('AM', 'A', '*** BANNER ***', 'DETAINER LODGED: 26-000001')], 'AM DETAINER LODGED: 26-000001'],
    [['HELLO\x1b[2J'], 'unreadable HELLO?[2J'],
  ] as const)('%#', async (answers, line) => {
    expect(await told(IAQ, ...answers)).toBe(`MUESTRA, COINCIDE 19850214 → ${line}`)
  })

  it.each([
    ['QW.ZZ0010100.NC.TXT\nNAM/MUESTRA, COINCIDE.DOB/19850214', 'QW MUESTRA, COINCIDE 19850214'],
    ['YQ.ZZ0010100.VTICE0900.TXT\nNIC/N900000017.OCA/1', 'YQ NIC/N900000017'],
    ['AM.ZZ0010100.AX.TXT\nTIP SOMEBODY', 'AM TIP SOMEBODY'],
    ['HELLO', 'HELLO'],
    [
      '<a:NLETS><b:MessageKeyCodeText>IAQ</b:MessageKeyCodeText><c:PersonFullName>MUESTRA, NADIE</c:PersonFullName>' +
        '<c:PersonBirthDate><c:Date>1985-02-14</c:Date></c:PersonBirthDate></a:NLETS>',
      'MUESTRA, NADIE 19850214 (XML)',
    ],
  ])('%#', async (question, line) => {
    expect(await told(question, 'HELLO')).toBe(`${line} → unreadable HELLO`)
  })
})

it('a summary counts answers by kind', async () => {
  const summary = new Summary()
  summary.add(await run(centre, `CONNECT\n${ASK('>', 'A')}\n${BOTH('A', '<REF:a>')}\nPING\nPONG\n`))
  summary.add(
    await run((text, line) => line.answer(message('ER', control(text), '.22. X')), 'CONNECT\n> X\n< A\n'),
  )
  summary.stop()
  expect(summary).toMatchObject({ transcripts: 2, passed: 1, differences: 1, sent: 3, received: 4 })
  expect(summary.answers.map(({ kind, latency }) => `${kind} ${latency.count}`)).toEqual([
    'ER .22. 1',
    'IAR ACKNOWLEDGEMENT 1',
    'IAR NO MATCH 1',
    'keep-alive 1',
  ])
  const table = formatSummary(summary)
  expect(table).toMatch(/^transcripts +2 +\d+\/s$/m)
  expect(table).toMatch(/^as expected +1 +1 not$/m)
  expect(table).toMatch(/^IAR NO MATCH +1( +[\d.]+ .?s){4}$/m)
})
