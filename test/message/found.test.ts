import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { packageRoot } from '../../src/config/index.js'
import { loadFormats, type Parsed, parseMessage } from '../../src/message/index.js'
import { guardXml } from '../../src/message/xml-guard.js'

/** Faults that `npm run fuzz` found in this room, each named after what it was. */
const formats = loadFormats(join(packageRoot, 'formats'))
const parse = (text: string): Parsed => parseMessage(formats, Buffer.from(text))

const NAMESPACES =
  'xmlns:n2="http://www.nlets.org/niem/1.0" xmlns:nh2="http://www.nlets.org/niem/nlets-hdr/1.0"'
const HEADER =
  '<n2:NLETSMessageHeader><nh2:MessageKeyCodeText>IAQ</nh2:MessageKeyCodeText>' +
  '<nh2:OriginatingORIID>ZZ0010100</nh2:OriginatingORIID><nh2:DestinationORIID>AX</nh2:DestinationORIID>' +
  '</n2:NLETSMessageHeader>'
const query = (body: string, before = ''): string =>
  `${before}<n2:NLETS ${NAMESPACES}>${HEADER}<n2:NLETSInquiryData>${body}</n2:NLETSInquiryData></n2:NLETS>`
const fieldsOf = (parsed: Parsed): unknown =>
  parsed.ok ? parsed.message.fields.map(({ mfc, value }) => `${mfc}/${value}`) : parsed.refusal

describe('an instruction is nothing to the parser', () => {
  const purpose = '<n2:PurposeCode>C</n2:PurposeCode>'

  it('with an apostrophe in it', () => {
    expect(fieldsOf(parse(query(purpose, "<?xml version='1.0'?><?note it's here?>")))).toEqual(['PUR/C'])
  })

  it('with a quotation mark before its end', () => {
    expect(fieldsOf(parse(query('<n2:PurposeCode><?a "?>C<?b \'?></n2:PurposeCode>')))).toEqual(['PUR/C'])
  })

  it('with a tag in it', () => {
    expect(fieldsOf(parse(query(`<?a <b> ?>${purpose}`)))).toEqual(['PUR/C'])
  })

  it('but one in a comment or in CDATA stays what it is', () => {
    const remarks = '<!-- <?a?> --><n2:RemarksText><![CDATA[<?a?>]]></n2:RemarksText>'
    expect(fieldsOf(parse(query(remarks)))).toEqual(['REM/<?A?>'])
  })
})

describe('names that objects of the language have', () => {
  it.each(['__proto__', 'constructor', 'prototype'])('%s is a name as any other', (name) => {
    expect(guardXml(`<${name} ${name}="b"/>`, formats.exchange.framing)).toBeUndefined()
    expect(fieldsOf(parse(query(`<${name}>x</${name}>`)))).toEqual([`${name.toUpperCase()}/`])
  })

  it('toString and hasOwnProperty are names as any other', () => {
    const body = '<toString xmlns="u">x</toString><hasOwnProperty xmlns="u">y</hasOwnProperty>'
    expect(fieldsOf(parse(query(body)))).toEqual(['TOSTRING/', 'HASOWNPROPERTY/'])
  })
})

describe('too many destinations', () => {
  it('do not hide that the message has a marker: it is its header that is wrong', () => {
    const parsed = parse(`IAQ.ZZ0010100${'.AX'.repeat(20)}.*CTL.TXTPUR/C.`)
    expect(parsed.ok && parsed.message.destinations.length).toBe(20)
    expect(parsed.ok && parsed.message.control).toBe('CTL')
  })
})
