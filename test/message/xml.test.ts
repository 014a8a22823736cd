import fc, { type Arbitrary } from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseAnswer } from '../../src/client/index.js'
import {
  encodeAnswer,
  type Parsed,
  parseMessage,
  type Refusal,
  refusalLines,
} from '../../src/message/index.js'
import { guardXml } from '../../src/message/xml-guard.js'
import { answers, expected } from './answers.js'
import {
  asText,
  asXml,
  edited,
  formatOf,
  formats,
  freeText,
  legal,
  type Meant,
  meant,
  parse,
  textStyle,
  type XmlStyle,
  xmlStyle,
} from './helpers.js'

const limits = formats.exchange.framing
const parseXml = (xml: string): Parsed => parseMessage(formats, Buffer.from(xml))
/** XML is sent in UTF-8, text in one byte a character. */
const message = (xml: string) => parse(Buffer.from(xml))

const PLAIN: XmlStyle = {
  mask: [false],
  prefixes: ['n2', 'nh2', 'nc', 'j4', 'im'],
  bare: undefined,
  values: ['escaped'],
  pads: [''],
  between: [''],
  declaration: '',
  apart: false,
  attributes: [''],
}
const [SAMPLE] = fc.sample(meant('IAQ'), { numRuns: 1, seed: 1 }) as [Meant]

/** A message whose only faults, if any, are in what stands in its data element. */
function around(inner: string): string {
  const xml = asXml({ ...SAMPLE, fields: [] }, PLAIN)
  return xml.replace('></n2:NLETSInquiryData>', `>${inner}</n2:NLETSInquiryData>`)
}
const field = (mfc: string, sent: string): { mfc: string; sent: string; kept: string } => ({
  mfc,
  sent,
  kept: sent,
})

describe('a message in the XML form', () => {
  it('says the same, however it is written', () => {
    fc.assert(
      fc.property(meant('IAQ'), xmlStyle, (sent, style) => {
        const { key, ori, destinations, control } = sent
        const parsed = message(asXml(sent, style))
        expect({ ...parsed, fields: [] }).toEqual({
          form: 'xml',
          key,
          ori,
          destinations,
          control,
          controlBad: false,
          fields: [],
          stray: false,
          text: '',
          textBad: false,
        })
        const values = Object.fromEntries(sent.fields.map(({ mfc, kept }) => [mfc, kept]))
        expect(edited(parsed)).toEqual({ values })
        expect(parsed.fields).toHaveLength(sent.fields.length)
      }),
      { numRuns: 200 },
    )
  })

  /** What a field may be sent with, right or wrong, that both forms can hold; each has its own way of dates. */
  const anyField = (mfc: string, isDate: boolean): Arbitrary<ReturnType<typeof field>> =>
    fc.oneof(
      legal(mfc).map((sent) => ({ mfc, ...sent })),
      fc.constantFrom('', 'X', '00000000', 'é', 'A\xffB', '20991231').map((sent) => field(mfc, sent)),
      freeText(1, 40)
        .filter((sent) => !isDate || !/^[\d-]+$/.test(sent))
        .map((sent) => field(mfc, sent)),
    )

  it('gets the same edits as its twin in the text form', () => {
    const { fields } = formatOf('IAQ')
    const some = fc
      .shuffledSubarray([...fields, ...fields], { minLength: fields.length - 3 })
      .chain((chosen) => fc.tuple(...chosen.map(({ mfc, isDate }) => anyField(mfc, isDate))))
    fc.assert(
      fc.property(meant('IAQ'), some, textStyle, xmlStyle, (sent, chosen, style, other) => {
        const twin = { ...sent, fields: chosen }
        const xml = edited(message(asXml(twin, { ...other, apart: true })))
        expect(xml).toEqual(edited(parse(asText(twin, style))))
      }),
      { numRuns: 200 },
    )
  })

  it('an element that stands for no field is a fault that names it', () => {
    expect(message(around('<n2:Person><n2:ShoeSize>44</n2:ShoeSize></n2:Person>')).fields).toEqual([
      { mfc: 'N2:SHOESIZE', value: '', bad: false },
    ])
    expect(message(around('<n2:Person><n2:ShoeSize> </n2:ShoeSize></n2:Person>')).fields).toEqual([])
    expect(message(around('JUNK<n2:RemarksText>A</n2:RemarksText>'))).toMatchObject({ stray: true })
  })

  it('a right name in a wrong namespace stands for no field', () => {
    expect(message(around('<nc:RemarksText>A</nc:RemarksText>')).fields).toEqual([
      { mfc: 'NC:REMARKSTEXT', value: '', bad: false },
    ])
  })

  it.each([
    ['another root', '<a/>', 'THE ROOT IS NOT N2:NLETS'],
    ['the root of another namespace', '<n2:NLETS xmlns:n2="urn:x"/>', 'THE ROOT IS NOT N2:NLETS'],
    ['no header', '<n2:NLETS xmlns:n2="http://www.nlets.org/niem/1.0"/>', 'NO N2:NLETSMESSAGEHEADER'],
    [
      'no data',
      asXml(SAMPLE, PLAIN).replaceAll('NLETSInquiryData', 'Other'),
      'NO N2:NLETSINQUIRYDATA FOR IAQ',
    ],
  ])('well-formed, but no message: %s', (_, xml, reason) => {
    expect(parseXml(xml)).toMatchObject({
      ok: false,
      form: 'xml',
      refusal: { error: 'marker', details: [`XML: ${reason}`] },
    })
  })

  it('a prefix that was never declared is refused', () => {
    expect(parseXml('<n2:NLETS/>')).toMatchObject({
      ok: false,
      form: 'text',
      refusal: { details: ['XML: A NAMESPACE PREFIX IS NOT DECLARED'] },
    })
  })

  it('a control field keeps its spaces; line breaks around it and their indentation go', () => {
    const control = (text: string): unknown => message(asXml({ ...SAMPLE, control: text }, PLAIN)).control
    expect([' A B ', '\n    A B\n  ', 'a', '\n\n'].map(control)).toEqual([
      ' A B ',
      'A B',
      undefined,
      undefined,
    ])
  })

  it('values: CDATA, comments and references are put together', () => {
    const remarks = (xml: string): unknown =>
      message(around(`<n2:RemarksText>${xml}</n2:RemarksText>`)).fields[0]?.value
    expect(remarks('A<!-- B -->C<?d e?><![CDATA[&<]]>&#70;&#x47;&amp;lt;')).toBe('AC&<FG&LT;')
    expect(remarks('\r\n A\r\n\r\nB ')).toBe('A B')
    expect(remarks('&lt;&gt;&quot;&apos;')).toBe('<>"\'')
  })
})

const nested = (levels: number): string => `${'<a>'.repeat(levels)}X${'</a>'.repeat(levels)}`
const attributes = (n: number): string => Array.from({ length: n }, (_, i) => ` a${i}="1"`).join('')

describe('hostile XML', () => {
  it.each([
    ['a document type', '<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', 'A DOCUMENT TYPE'],
    ['a document type behind a comment', '<!-- x --><!DOCTYPE a><a/>', 'A DOCUMENT TYPE'],
    ['a document type inside an element', '<a><!DOCTYPE b></a>', 'A DOCUMENT TYPE'],
    ['entities', '<!DOCTYPE a [<!ENTITY b "c"><!ENTITY d "&b;&b;">]><a>&d;</a>', 'A DOCUMENT TYPE'],
    ['an entity that nobody declared', '<a>&b;</a>', 'UNKNOWN ENTITY'],
    ['an entity in an attribute', '<a b="&c;"/>', 'A BAD ATTRIBUTE'],
    ['1,001 elements', `<a>${'<b/>'.repeat(1000)}</a>`, 'MORE THAN 1000 ELEMENTS'],
    ['33 attributes', `<a${attributes(33)}/>`, 'MORE THAN 32 ATTRIBUTES'],
    ['33 levels', nested(33), 'MORE THAN 32 LEVELS'],
    ['10,000 levels', nested(10_000), 'MORE THAN 32 LEVELS'],
    ['tags that don’t match', '<a><b></a></b>', 'NOT CLOSED AS IT WAS OPENED'],
    ['names that differ in case', '<a></A>', 'NOT CLOSED AS IT WAS OPENED'],
    ['an end without a start', '</a>', 'NOT CLOSED AS IT WAS OPENED'],
    ['no end', '<a>', 'ENDS TOO EARLY'],
    ['an attribute twice', '<a b="1" b="2"/>', 'A BAD ATTRIBUTE'],
    ['an attribute without quotes', '<a b=1/>', 'A TAG DOES NOT END'],
    ['an attribute without a value', '<a b/>', 'A TAG DOES NOT END'],
    ['a < in an attribute', '<a b="<"/>', 'A TAG DOES NOT END'],
    ['a tag inside a tag', '<a <b/>/>', 'A TAG DOES NOT END'],
    ['a tag without a name', '<>', 'A TAG HAS NO NAME'],
    ['two roots', '<a/><b/>', 'MORE THAN ONE ROOT'],
    ['text behind the root', '<a/>b', 'STRAY TEXT'],
    [']]> in text', '<a>]]></a>', 'STRAY TEXT'],
    ['CDATA outside the root', '<![CDATA[a]]><a/>', 'OUT OF PLACE'],
    ['CDATA without an end', '<a><![CDATA[</a>', 'OUT OF PLACE'],
    ['a comment without an end', '<a><!-- </a>', 'A COMMENT DOES NOT END'],
    ['an instruction without an end', '<?a <b/>', 'AN INSTRUCTION DOES NOT END'],
    ['nothing but a comment', '<!-- a -->', 'ENDS TOO EARLY'],
    ['a control byte', '<a>\x01</a>', 'A CHARACTER THAT XML FORBIDS'],
    ['a NUL', '<a>\0</a>', 'A CHARACTER THAT XML FORBIDS'],
  ])('is refused in the text form: %s', (_, xml, reason) => {
    expect(guardXml(xml, limits)).toContain(reason)
    expect(parseXml(xml)).toMatchObject({
      ok: false,
      form: 'text',
      refusal: { error: 'marker', details: [expect.stringContaining(reason)] },
    })
  })

  it('that isn’t UTF-8 is refused', () => {
    expect(parseMessage(formats, Buffer.from('<a>\xe9</a>', 'latin1'))).toMatchObject({
      ok: false,
      refusal: { error: 'marker', details: ['XML: NOT UTF-8'] },
    })
  })

  it('what stays just below the limits is let through', () => {
    expect(guardXml(`<a>${'<b/>'.repeat(999)}</a>`, limits)).toBeUndefined()
    expect(guardXml(`<a${attributes(32)}/>`, limits)).toBeUndefined()
    expect(guardXml(nested(32), limits)).toBeUndefined()
  })

  it('instructions and comments change nothing', () => {
    const xml = asXml(SAMPLE, PLAIN)
    const noisy = `<?xml version="1.0"?><?xml-stylesheet href="a"?><!-- a -->${xml}<?b c?><!-- <d> -->`
    expect(message(noisy)).toEqual(message(xml))
  })

  const names = [
    '__proto__',
    'constructor',
    'prototype',
    'toString',
    'hasOwnProperty',
    'valueOf',
    '__defineGetter__',
  ]

  it.each(names)('%s is a name like any other, or refused, and pollutes nothing', (name) => {
    const before = Reflect.ownKeys(Object.prototype)
    const documents = [
      around(`<${name}>1</${name}>`),
      around(`<n2:${name}>1</n2:${name}>`),
      around(`<n2:Person><n2:${name}><n2:polluted>1</n2:polluted></n2:${name}></n2:Person>`),
      around(`<n2:RemarksText ${name}="1">A</n2:RemarksText>`),
      around(`<n2:RemarksText n2:${name}="1">A</n2:RemarksText>`),
      around(`<n2:RemarksText xmlns:${name}="1">A</n2:RemarksText>`),
      `<${name}/>`,
    ]
    for (const xml of documents) {
      const parsed = parseXml(xml)
      if (parsed.ok) {
        const { values } = edited(parsed.message) as { values?: object }
        expect(values).toBeUndefined()
        expect(
          parsed.message.fields.every(
            ({ mfc }) => mfc === 'REM' || /PROTO|CONSTR|STRING|OWN|VALUE|GETTER|POLL/.test(mfc),
          ),
        ).toBe(true)
      } else expect(parsed.refusal.error).toBe('marker')
    }
    expect(Reflect.ownKeys(Object.prototype)).toEqual(before)
    expect(({} as { polluted?: string }).polluted).toBeUndefined()
  })
})

const tokens = [
  '<a>',
  '</a>',
  '<n2:b c="d">',
  '</n2:b>',
  '<e/>',
  '<',
  '>',
  '/',
  '"',
  "'",
  '=',
  '&',
  '&lt;',
  '&#1;',
  '&#xD800;',
  ']]>',
  '<![CDATA[',
  '<!--',
  '-->',
  '<!',
  ' ',
  '\n',
  'xmlns:n2="u"',
  'x',
  'é',
  '\u{1f600}',
]
const changed = fc
  .tuple(
    meant('IAQ'),
    xmlStyle,
    fc.array(fc.tuple(fc.nat(), fc.nat(8), fc.constantFrom('', ...tokens)), { minLength: 1, maxLength: 4 }),
  )
  .map(([sent, style, changes]) => {
    let xml = asXml(sent, { ...style, between: [''], declaration: '' })
    for (const [at, drop, put] of changes) {
      const start = at % xml.length
      xml = xml.slice(0, start) + put + xml.slice(start + drop)
    }
    return xml
  })
const soup = fc.array(fc.constantFrom(...tokens), { maxLength: 30 }).map((all) => `<a>${all.join('')}</a>`)

/** Well-formed documents with everything that may stand in them. */
const { element } = fc.letrec<{ element: string; content: string }>((tie) => ({
  element: fc
    .tuple(
      fc.stringMatching(/^[a-z_][a-z0-9._-]{0,4}$/),
      fc.uniqueArray(fc.stringMatching(/^[a-z]{1,3}$/), { maxLength: 3 }),
      fc.array(tie('content'), { maxLength: 4 }),
    )
    .map(([name, named, inside]) => {
      const open = name + named.map((each) => `\n ${each} = "/>'&amp;"`).join('')
      return inside.length === 0 ? `<${open} />` : `<${open}>${inside.join('')}</${name} >`
    }),
  content: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom(
      'x',
      ' ',
      'é',
      '&#65;',
      '&amp;',
      '"',
      "'>",
      '<!-- <b> & -- -->',
      '<![CDATA[<b>&]]]>',
      '<?c d?>',
    ),
    tie('element'),
  ),
}))

describe('any XML', () => {
  it('that is well-formed and within the limits is let through and taken', () => {
    fc.assert(
      fc.property(element, (xml) => {
        expect(guardXml(xml, limits)).toBeUndefined()
        expect(parseXml(xml)).toMatchObject({
          ok: false,
          form: 'xml',
          refusal: { details: ['XML: THE ROOT IS NOT N2:NLETS'] },
        })
        expect(message(around(xml)).ori).toBe(SAMPLE.ori)
      }),
      { numRuns: 200 },
    )
  })

  it('that the guard lets through is taken by the parser, and else refused', () => {
    fc.assert(
      fc.property(fc.oneof(changed, soup), (xml) => {
        const reason = guardXml(xml, limits)
        const parsed = parseXml(xml)
        if (!xml.startsWith('<')) return
        if (reason !== undefined)
          expect(parsed).toMatchObject({ ok: false, form: 'text', refusal: { details: [`XML: ${reason}`] } })
        else if (!parsed.ok && parsed.form === 'text')
          expect(parsed.refusal.details).toEqual(['XML: A NAMESPACE PREFIX IS NOT DECLARED'])
      }),
      { numRuns: 1000 },
    )
  })

  it('and any bytes behind a < are a message or a refusal that can be laid out', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 300 }).map((all) => Buffer.from([0x3c, ...all])),
      fc.oneof(changed, soup).map((xml) => Buffer.from(`<?x ' "?>${xml}<!DOCTYPE a>`)),
      fc
        .tuple(meant('IAQ'), xmlStyle, fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 6 }))
        .map(([sent, style, changes]) => {
          const body = Buffer.from(asXml(sent, style))
          for (const [at, byte] of changes) body[at % body.length] = byte
          return body
        }),
    )
    fc.assert(
      fc.property(bytes, (body) => {
        const parsed = parseMessage(formats, body)
        const key = parsed.ok ? parsed.message.key : ''
        const outcome = parsed.ok
          ? formats.messages.has(key)
            ? (edited(parsed.message) as { refusal?: Refusal })
            : undefined
          : { refusal: parsed.refusal }
        if (!outcome?.refusal) return
        const lines = refusalLines(formats, outcome.refusal, key, body)
        expect(lines.join('')).toMatch(/^[\x20-\x7e]*$/)
        expect(lines.filter((line) => line.length > 72)).toEqual([])
      }),
      { numRuns: 1000 },
    )
  })
})

describe('an answer in the XML form', () => {
  it('comes back as it was written, with the values of the text form', () => {
    fc.assert(
      fc.property(answers('xml'), ({ answer, sending, wall }) => {
        const body = Buffer.from(encodeAnswer(formats, wall, answer, sending))
        expect({ ...parseAnswer(body), raw: undefined }).toEqual(expected(answer, sending, wall))
      }),
      { numRuns: 200 },
    )
  })

  it('is XML that our own guard lets through', () => {
    fc.assert(
      fc.property(answers('xml'), ({ answer, sending, wall }) => {
        expect(guardXml(encodeAnswer(formats, wall, answer, sending), limits)).toBeUndefined()
      }),
    )
  })
})
