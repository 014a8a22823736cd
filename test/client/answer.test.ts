import { describe, expect, it } from 'vitest'
import { controlOf, DUPLICATE_MARK, errorCode, parseAnswer, toTextForm } from '../../src/client/index.js'

const TEXT = [
  'IAR.VTICE0900',
  '14:41 11/24/2026 00985',
  '14:42 11/24/2026 00421 ZZ0010100',
  '*JAIL4ZZ001',
  'TXT',
  'LESC REFERENCE: 26-0000000417',
  'RESPONSE TYPE: NO MATCH',
  'A & B < C',
]

const xml = (p: string, h: string, body: string): string => `<?xml version="1.0"?>
<${p}:NLETS xmlns:${p}="http://www.nlets.org/niem/1.0" xmlns:${h}="http://www.nlets.org/niem/nlets-hdr/1.0">
  <${p}:NLETSMessageHeader>
    <${h}:MessageKeyCodeText>IAR</${h}:MessageKeyCodeText>
    <${h}:OriginatingORIID>VTICE0900</${h}:OriginatingORIID>
    <${h}:DestinationORIID>ZZ0010100</${h}:DestinationORIID>
    <${h}:DocumentControlFieldText><![CDATA[JAIL4ZZ001]]></${h}:DocumentControlFieldText>
    <${h}:MessageReceiveDate>11/24/2026</${h}:MessageReceiveDate>
    <${h}:MessageReceiveTime>14:41</${h}:MessageReceiveTime>
    <${h}:MessageSendDate>11/24/2026</${h}:MessageSendDate>
    <${h}:MessageSendTime>14:42</${h}:MessageSendTime>
    <${h}:ReceiveMessageNumeric>00985</${h}:ReceiveMessageNumeric>
    <${h}:SendMessageNumeric>00421</${h}:SendMessageNumeric>
  </${p}:NLETSMessageHeader>
  ${body}
</${p}:NLETS>`

const CDATA = `<![CDATA[${TEXT.slice(5).join('\r\n')}\r\n]]>`
const ESCAPED = TEXT.slice(5).join('\n').replace('&', '&amp;').replace('<', '&lt;')

describe('parseAnswer', () => {
  it('takes the text form apart', () => {
    expect(parseAnswer(Buffer.from(TEXT.join('\r\n')))).toMatchObject({
      form: 'text',
      key: 'IAR',
      from: 'VTICE0900',
      receivedAt: '14:41 11/24/2026',
      inCount: 985,
      sentAt: '14:42 11/24/2026',
      outCount: 421,
      destination: 'ZZ0010100',
      control: 'JAIL4ZZ001',
      lines: TEXT.slice(5),
      possibleDuplicate: false,
      responseType: 'NO MATCH',
      reference: '26-0000000417',
    })
  })

  it('gives the XML form the same values and the same text form', () => {
    const text = parseAnswer(Buffer.from(`${TEXT.join('\r\n')}\r\n`))
    for (const [p, h, body] of [
      [
        'n2',
        'nh2',
        `<n2:NLETSResponseData n2:key="IAR"><n2:ResponseText>${CDATA}</n2:ResponseText></n2:NLETSResponseData>`,
      ],
      ['a', 'b', `<a:NLETSMailData><a:MailMessageText>${ESCAPED}</a:MailMessageText></a:NLETSMailData>`],
      ['a', 'b', `<a:NLETSMailData><a:StatusMessageText>${ESCAPED}</a:StatusMessageText></a:NLETSMailData>`],
    ] as const) {
      const received = parseAnswer(Buffer.from(xml(p, h, body)))
      expect(received).toEqual({ ...text, raw: received.raw, form: 'xml' })
      expect(toTextForm(received)).toEqual(TEXT)
      expect(toTextForm(text)).toEqual(TEXT)
    }
  })

  it('goes by namespaces, not by prefixes', () => {
    const stranger = xml('n2', 'nh2', '').replaceAll('http://www.nlets.org', 'http://example.org')
    expect(parseAnswer(Buffer.from(stranger)).problem).toBe('no n2:NLETSMessageHeader')
  })

  it('reads the default namespace', () => {
    const body = '<NLETSResponseData><ResponseText>A</ResponseText></NLETSResponseData>'
    const plain = xml('n2', 'nh2', body).replaceAll('n2:NLETS', 'NLETS').replace('xmlns:n2', 'xmlns')
    expect(parseAnswer(Buffer.from(plain))).toMatchObject({ control: 'JAIL4ZZ001', lines: ['A'] })
  })

  it('keeps the mark of a possible duplicate apart from the text', () => {
    const marked = [...TEXT.slice(0, 5), DUPLICATE_MARK, ...TEXT.slice(5)]
    const received = parseAnswer(Buffer.from(marked.join('\r\n')))
    expect(received).toMatchObject({ possibleDuplicate: true, lines: TEXT.slice(5) })
    expect(toTextForm(received)).toEqual(marked)
  })

  it.each([
    ['', 'not an output header'],
    ['HELLO', 'not an output header'],
    [TEXT.slice(0, 4).join('\r\n'), 'not an output header'],
    [TEXT.join('\n'), 'not an output header'],
    ['<a><b></a>', 'XML that is not well-formed'],
    [xml('n2', 'nh2', ''), 'no text where an answer has it'],
  ])('never throws: %#', (body, problem) => {
    expect(parseAnswer(Buffer.from(body)).problem).toBe(problem)
  })
})

it.each([
  ['.22. INVALID MESSAGE FORMAT', '.22.'],
  ['0 MESSAGE FORMAT/STRUCTURE ERROR', '0'],
  ['SOMETHING ELSE', '?'],
])('errorCode of %s', (line, code) => {
  const head = TEXT.slice(1, 3)
  const received = parseAnswer(Buffer.from(['ER.NL0000000', ...head, 'TXT', line].join('\r\n')))
  expect(errorCode(received)).toBe(code)
})

it.each([
  ['IAQ.ZZ0010100.AX.*JAIL4ZZ001.TXT\r\nREM/*X.TXT', 'JAIL4ZZ001'],
  ['iaq.zz0010100.ax.*jail 1.\r\ntxt', 'JAIL 1'],
  ['IAQ.ZZ0010100.AX.TXT\r\nREM/A.*B.TXT', ''],
  ['HELLO', ''],
  [xml('n2', 'nh2', ''), 'JAIL4ZZ001'],
])('controlOf: %#', (text, field) => {
  expect(controlOf(text)).toBe(field)
})
