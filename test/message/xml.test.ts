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
/** A missing date of birth is told before all else. */
const DOB = '<n2:Person><nc:PersonBirthDate><nc:Date>1990-01-01</nc:Date></nc:PersonBirthDate></n2:Person>'
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

  it('is named with our prefix for its namespace, whatever the sender’s, and never as a field', () => {
    const stranger = (xml: string): unknown => message(around(xml)).fields[0]?.mfc
    expect(stranger('<q:Shoe xmlns:q="http://www.nlets.org/niem/1.0">4</q:Shoe>')).toBe('N2:SHOE')
    expect(stranger('<q:Shoe xmlns:q="urn:x">4</q:Shoe>')).toBe('SHOE')
    expect(stranger('<PUR>C</PUR>')).toBe('<PUR>')
  })

  it.each([
    ['a person with words of its own', '<n2:Person>JUNK<nc:PersonSexCode>F</nc:PersonSexCode></n2:Person>'],
    ['words behind an inner element', '<n2:Person><nc:PersonName/>JUNK</n2:Person>'],
    ['a value beside an element', '<n2:PurposeCode>C<n2:x/></n2:PurposeCode>'],
    ['a value in CDATA beside an element', '<n2:Person><![CDATA[C]]><n2:x/></n2:Person>'],
    ['words directly in the data element', 'JUNK'],
  ])('text that stands for nothing is a fault: %s', (_, inner) => {
    expect(message(around(inner))).toMatchObject({ stray: true })
    expect(edited(message(around(DOB + inner)))).toMatchObject({
      refusal: {
        error: 'fields',
        details: expect.arrayContaining(['FIELD TXT: TEXT BEFORE THE FIRST FIELD']),
      },
    })
  })

  it('free text beside its element is a fault too', () => {
    const xml = asXml({ ...SAMPLE, key: 'AM', fields: [] }, PLAIN).replace(
      '></n2:NLETSMailData>',
      '>JUNK<n2:MailMessageText>A</n2:MailMessageText></n2:NLETSMailData>',
    )
    expect(message(xml)).toMatchObject({ stray: true, text: 'A' })
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
    expect(
      [' A B ', '\n    A B\n  ', 'A  \r\n', '\n\t A  \n', 'a', '\n\n', '\n  \n', ''].map(control),
    ).toEqual([' A B ', 'A B', 'A  ', 'A  ', undefined, undefined, undefined, undefined])
    expect(message(asXml({ ...SAMPLE, control: 'A\nB' }, PLAIN))).toMatchObject({ controlBad: true })
  })

  it('a control field is what its twin in the text form is, spaces alone too', () => {
    for (const control of [' ', '   ', 'A ', ' A', '  A B  ', ' '.repeat(10), ' '.repeat(11), 'a', 'A+']) {
      const twin = { ...SAMPLE, control }
      const { control: kept, controlBad } = message(asXml(twin, PLAIN))
      expect(parse(`IAQ.ZZ0010100.AX.*${control}.TXTPUR/C.`)).toMatchObject({ control: kept, controlBad })
    }
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
    ['33 levels, the innermost empty', nested(32).replace('X', '<b/>'), 'MORE THAN 32 LEVELS'],
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
    ['-- inside a comment', '<!-- a -- b --><a/>', '-- INSIDE A COMMENT'],
    ['a comment that ends in three', '<!-- a ---><a/>', '-- INSIDE A COMMENT'],
    ['a comment without an end', '<a><!-- </a>', 'A COMMENT DOES NOT END'],
    ['an instruction without an end', '<?a <b/>', 'AN INSTRUCTION DOES NOT END'],
    ['an instruction without a name', '<??><a/>', 'AN INSTRUCTION HAS NO NAME'],
    ['an instruction with a colon in its name', '<?a:b?><a/>', 'AN INSTRUCTION HAS NO NAME'],
    ['a declaration behind a space', ' <?xml version="1.0"?><a/>', 'IS OUT OF PLACE'],
    ['two declarations', '<?xml version="1.0"?><?xml version="1.0"?><a/>', 'IS OUT OF PLACE'],
    ['a declaration inside', '<a><?xml version="1.0"?></a>', 'IS OUT OF PLACE'],
    ['a declaration in capitals', '<?XML version="1.0"?><a/>', 'IS OUT OF PLACE'],
    ['a declaration without a version', '<?xml encoding="UTF-8"?><a/>', 'THE XML DECLARATION IS NOT ONE'],
    ['a declaration with more', '<?xml version="1.0" a="b"?><a/>', 'THE XML DECLARATION IS NOT ONE'],
    ['another version', '<?xml version="1.1"?><a/>', 'ANOTHER VERSION'],
    ['another encoding', '<?xml version="1.0" encoding="ISO-8859-1"?><a/>', 'AN ENCODING OTHER'],
    ['UTF-16', "<?xml version='1.0' encoding='utf-16'?><a/>", 'AN ENCODING OTHER'],
    ...[
      '&#0;',
      '&#1;',
      '&#xD800;',
      '&#xDFFF;',
      '&#xFFFE;',
      '&#x110000;',
      '&#99999999999;',
      '&#;',
      '&#x;',
    ].flatMap((reference): [string, string, string][] => [
      [`${reference} in text`, `<a>${reference}</a>`, 'UNKNOWN ENTITY'],
      [`${reference} in an attribute`, `<a b="${reference}"/>`, 'A BAD ATTRIBUTE'],
    ]),
    ['a space that XML has none of', '<a\u00a0b="1"/>', 'A TAG DOES NOT END'],
    ['a space that XML has none of, behind the root', '<a/>\u2028', 'STRAY TEXT'],
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

  it.each([
    ['a prefix that nobody declared', '<a b:c="1"/>', 'A NAMESPACE PREFIX IS NOT DECLARED'],
    ['a prefix declared as nothing', '<a xmlns:q=""/>', 'A NAMESPACE PREFIX IS DECLARED AS NOTHING'],
    ['xml declared anew', '<a xmlns:xml="urn:x"/>', "OF XML'S OWN IS DECLARED ANEW"],
    ['xmlns declared', '<a xmlns:xmlns="urn:x"/>', "OF XML'S OWN IS DECLARED ANEW"],
    [
      'the namespace of xml under another prefix',
      '<a xmlns:q="http://www.w3.org/XML/1998/namespace"/>',
      "OF XML'S OWN IS DECLARED ANEW",
    ],
    ['the namespace of xmlns', '<a xmlns="http://www.w3.org/2000/xmlns/"/>', "OF XML'S OWN IS DECLARED ANEW"],
    [
      'an attribute twice under two prefixes of one namespace',
      '<a xmlns:p="urn:x" xmlns:q="&#117;rn:x" p:b="1" q:b="2"/>',
      'AN ATTRIBUTE IS THERE TWICE',
    ],
  ])('with wrong namespaces is refused in the text form: %s', (_, xml, reason) => {
    expect(guardXml(xml, limits)).toBeUndefined()
    expect(parseXml(xml)).toMatchObject({
      ok: false,
      form: 'text',
      refusal: { error: 'marker', details: [expect.stringContaining(reason)] },
    })
  })

  it('attributes of one name in two namespaces, or in none, are two', () => {
    const xml = around('<n2:RemarksText a="1" n2:a="2" nc:a="3" xml:lang="en">A</n2:RemarksText>')
    expect(message(xml).fields).toEqual([{ mfc: 'REM', value: 'A', bad: false }])
  })

  it('a document type hidden behind quotes of an instruction never reaches the parser', () => {
    const entity = '<!DOCTYPE n2:NLETS [<!ENTITY amp "b">]>'
    const before = `<?x "?><!-- "?>${entity} -->`
    const [clean, dirty] = ['', before].map((head) => parseXml(`${head}${asXml(SAMPLE, PLAIN)}`))
    expect(dirty).toEqual(clean)
    const shown = `<?x "?><!-- "?>${entity}${asXml(SAMPLE, PLAIN)}--><x/>`
    expect(parseXml(shown)).toMatchObject({ refusal: { details: ['XML: THE ROOT IS NOT N2:NLETS'] } })
    expect(parseXml(`<?x "?>${entity}${asXml(SAMPLE, PLAIN)}<?y "?>`)).toMatchObject({
      form: 'text',
      refusal: { details: ['XML: A DOCUMENT TYPE OR ENTITY DECLARATION IS NOT ALLOWED'] },
    })
  })

  it('what a declaration may say, and a byte order mark before it', () => {
    const xml = asXml(SAMPLE, PLAIN)
    for (const head of [
      '\ufeff',
      "\ufeff<?xml version='1.0'?>",
      '<?xml version = "1.0"\r\n encoding="utf-8" standalone="yes" ?>\r\n',
      '<?xml version="1.0" encoding="US-ascii"?>',
    ])
      expect(message(`${head}${xml}`)).toEqual(message(xml))
  })

  it('references to the characters that XML has are let through', () => {
    for (const reference of ['&#9;', '&#x20;', '&#xD7FF;', '&#xE000;', '&#xFFFD;', '&#x10FFFF;', '&#0065;'])
      expect(guardXml(`<a b="${reference}">${reference}</a>`, limits)).toBeUndefined()
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

  it.each(['constructor', '__proto__', 'prototype', 'toString', 'hasOwnProperty'])(
    '%s is an element as any other, never in words of a library',
    (name) => {
      const unknown = edited(message(around(`${DOB}<${name}>1</${name}>`)))
      expect(unknown).toMatchObject({
        refusal: {
          error: 'fields',
          details: expect.arrayContaining([`FIELD ${name.toUpperCase()}: NOT A FIELD OF IAQ`]),
        },
      })
      const attribute = `<n2:RemarksText ${name}="1" n2:${name}="2">A</n2:RemarksText>`
      expect(message(around(attribute)).fields).toEqual([{ mfc: 'REM', value: 'A', bad: false }])
      expect(parseXml(`<${name}/>`)).toMatchObject({
        form: 'xml',
        refusal: { details: ['XML: THE ROOT IS NOT N2:NLETS'] },
      })
    },
  )

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
      '<!-- <b> & - -->',
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
          expect(parsed.refusal.details).toEqual([
            expect.stringMatching(/^XML: (?:A NAMESPACE|NOT WELL-FORMED: AN ATTRIBUTE IS THERE TWICE)/),
          ])
      }),
      { numRuns: 1000 },
    )
  })

  it('means the same under other prefixes, whatever was made of it', () => {
    const renamed = fc.tuple(fc.nat(100_000), fc.nat(8), fc.constantFrom('', ...tokens))
    fc.assert(
      fc.property(meant('IAQ'), fc.array(renamed, { maxLength: 3 }), (sent, changes) => {
        let xml = asXml(sent, { ...PLAIN, prefixes: ['QAQ', 'QBQ', 'QCQ', 'QDQ', 'QEQ'] })
        for (const [at, drop, put] of changes)
          xml = xml.slice(0, at % xml.length) + put + xml.slice((at % xml.length) + drop)
        // A value may hold the letters of a prefix, and a change may have cut one.
        fc.pre(sent.fields.every((each) => !/Q[A-E]Q/i.test(each.sent)) && !/Q[A-E](?!Q)/.test(xml))
        // What no longer begins as XML is read as text, where a prefix is no prefix.
        fc.pre(/^\s*</.test(xml))
        const other = parseXml(xml.replace(/Q([A-E])Q(?=[:=])/g, 'P$1_.9'))
        expect(other).toEqual(parseXml(xml))
      }),
      { numRuns: 300 },
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
