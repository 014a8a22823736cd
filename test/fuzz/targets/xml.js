import { isUtf8 } from 'node:buffer'
import { parseXml } from '../../../dist/message/xml.js'
import { guardXml } from '../../../dist/message/xml-guard.js'
import { fixtureMessages } from '../corpus.js'
import { must } from '../finding.js'
import { checkAccepted, checkRefusal, featuresOf, formats, judge } from './messages.js'

const N2 = 'http://www.nlets.org/niem/1.0'

/** The document with every prefix that it declares given another name. @returns undefined where that can't be done */
function renamePrefixes(text) {
  let taken = false
  // Comments, CDATA and instructions are matched so that nothing in them is taken for a tag.
  const renamed = text.replace(
    /<!--[\s\S]*?-->|<!\[CDATA\[[\s\S]*?\]\]>|<\?[\s\S]*?\?>|<(\/?)([\w.:-]+)((?:[^>"']|"[^"]*"|'[^']*')*)>/g,
    (whole, slash, name, rest) => {
      if (name === undefined) return whole
      if (/[:\s](?:xml|Q)\b/.test(`:${name}${rest}`)) taken = true
      const attributes = rest.replace(
        /(\s)([\w.:-]+)(\s*=\s*(?:"[^"]*"|'[^']*'))/g,
        (_, blank, attribute, value) =>
          attribute.startsWith('xmlns:')
            ? `${blank}xmlns:Q${attribute.slice(6)}${value}`
            : `${blank}${attribute.includes(':') ? 'Q' : ''}${attribute}${value}`,
      )
      return `<${slash}${name.includes(':') ? 'Q' : ''}${name}${attributes}>`
    },
  )
  return taken ? undefined : renamed
}

/** A message without what an unknown element was called, since people are told the name as it was written. */
const withoutPrefixes = (parsed) =>
  JSON.stringify(parsed, (key, value) => {
    if (key === 'fields')
      return value.map((field) => (/^[A-Z]{3}$/.test(field.mfc) ? field : { unknown: true }))
    return key === 'details' ? 0 : value
  })

export const target = {
  name: 'xml',
  about: 'messages in the XML form, guard and parser, to the verdict and its refusal',
  most: 70_000,
  tokens: [
    '<',
    '>',
    '/>',
    '</',
    '<!--',
    '-->',
    '<![CDATA[',
    ']]>',
    '<?pi ',
    "<?pi it's ?>",
    '?>',
    '<?xml version="1.0"?>',
    '<!DOCTYPE a>',
    '<!ENTITY a "b">',
    '&amp;',
    '&#65;',
    '&#x0;',
    '&#x10FFFF;',
    '&#99999999;',
    '&lt;',
    '&x;',
    '&',
    '"',
    "'",
    '=',
    ' xmlns=""',
    ` xmlns="${N2}"`,
    ` xmlns:n2="${N2}"`,
    ' xmlns:xml="x"',
    ' a="b>c"',
    " a='\"'",
    '<n2:NLETS>',
    '<n2:NLETSInquiryData>',
    '<n2:PurposeCode>C</n2:PurposeCode>',
    '<nc:Date>1985-02-14</nc:Date>',
    '<n2:RemarksText>',
    '</n2:RemarksText>',
    '<a/>',
    '<constructor/>',
    '<__proto__/>',
    '<toString>x</toString>',
    ' __proto__="a"',
    ' constructor="a"',
    ' hasOwnProperty="a"',
    '<a:b:c/>',
    '<_.-/>',
    '\t',
    '\r\n',
    '\ufeff',
    '\u00e9',
    '\u0085',
    '\u2028',
    '\x00',
    '\x1b',
    '<a>'.repeat(33),
    '<a>'.repeat(40) + '</a>'.repeat(40),
    '<a/>'.repeat(300),
    ' a="b"',
    ' '.repeat(3000),
    'x'.repeat(3000),
    '&amp;'.repeat(600),
    ' a'.repeat(500),
    '&#13;',
  ],
  seeds: () => [
    ...fixtureMessages().filter((body) => body[0] === 0x3c),
    Buffer.from(`<x:NLETS xmlns:x="${N2}"><!-- c --><?pi d?><x:a><![CDATA[e]]></x:a></x:NLETS>`),
  ],
  run(body) {
    const parsed = parseXml(formats, body)
    const verdict = judge(parsed)
    if (verdict.refusal) checkRefusal(parsed, verdict, body)
    else checkAccepted(verdict)
    const features = featuresOf(parsed, verdict)
    if (!isUtf8(body)) {
      must(!parsed.ok, 'a body that is not UTF-8 is refused')
      return features
    }
    const text = body.toString('utf8')
    const reason = guardXml(text, formats.exchange.framing)
    if (reason !== undefined) {
      must(!parsed.ok && parsed.form === 'text', 'what the guard stops is refused in the text form')
      return features
    }
    must(
      parsed.ok || !parsed.refusal.details[0].includes('NOT WELL-FORMED'),
      'what the guard lets through the parser takes',
      () => parsed.refusal.details[0],
    )
    const renamed = renamePrefixes(text)
    if (renamed !== undefined) {
      const again = parseXml(formats, Buffer.from(renamed))
      must(withoutPrefixes(again) === withoutPrefixes(parsed), 'prefixes do not count', () =>
        JSON.stringify([parsed, again, renamed]).slice(0, 1500),
      )
    }
    return features
  },
}
