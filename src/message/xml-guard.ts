/** What XML may be at most before a parser sees it. */
export interface XmlLimits {
  readonly elements: number
  /** Of one element. */
  readonly attributes: number
  readonly depth: number
}

/** Where something begins and ends in a text. */
export type Range = readonly [start: number, end: number]

const NAME = /[A-Za-z_][\w.-]*(?::[A-Za-z_][\w.-]*)?/y
const ATTRIBUTE =
  /[ \t\r\n]+([A-Za-z_][\w.-]*(?::[A-Za-z_][\w.-]*)?)[ \t\r\n]*=[ \t\r\n]*(?:"[^"<]*"|'[^'<]*')/y
const TAG_END = /[ \t\r\n]*(\/?)>/y
const CLOSE = /<\/([A-Za-z_][\w.-]*(?::[A-Za-z_][\w.-]*)?)[ \t\r\n]*>/y
const INSTRUCTION = /<\?([A-Za-z_][\w.-]*)(?=[ \t\r\n]|\?>)/y
const DECLARATION =
  /<\?xml[ \t\r\n]+version[ \t\r\n]*=[ \t\r\n]*(["'])(1\.\d+)\1(?:[ \t\r\n]+encoding[ \t\r\n]*=[ \t\r\n]*(["'])([A-Za-z][\w.-]*)\3)?(?:[ \t\r\n]+standalone[ \t\r\n]*=[ \t\r\n]*(["'])(?:yes|no)\5)?[ \t\r\n]*\?>/y
/** What a text in this gateway's one encoding may call itself. */
const ENCODING = /^(?:utf-8|us-ascii)$/i
const REFERENCE = /&(?:(?:amp|lt|gt|quot|apos|#(\d+)|#x([0-9A-Fa-f]+));)?/g
// biome-ignore lint/suspicious/noControlCharactersInRegex: XML 1.0 forbids exactly these
const FORBIDDEN = /[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/
const NOT_BLANK = /[^ \t\r\n]/
const BYTE_ORDER_MARK = 0xfeff

/**
 * Walks an XML document once, without building anything, and says why the parser should not see it: not
 * well-formed, a document type or entity of its own, or more elements, attributes or levels than the limits.
 * The parser is lenient and its cost grows with what it is fed, so both are settled here.
 * @param unseen gets the place of everything that means nothing to us (the declaration, instructions, comments): the
 *   parser has its own idea of where an instruction ends, so that what it makes of one must never matter.
 */
export function guardXml(text: string, limits: XmlLimits, unseen: Range[] = []): string | undefined {
  if (FORBIDDEN.test(text)) return 'HOLDS A CHARACTER THAT XML FORBIDS'
  const open: string[] = []
  let elements = 0
  const start = text.charCodeAt(0) === BYTE_ORDER_MARK ? 1 : 0
  if (start > 0) unseen.push([0, start])
  let at = start
  while (at < text.length) {
    const next = text.indexOf('<', at)
    const words = text.slice(at, next < 0 ? text.length : next)
    if (open.length === 0 ? NOT_BLANK.test(words) : hasBadReference(words) || words.includes(']]>'))
      return 'NOT WELL-FORMED: STRAY TEXT OR UNKNOWN ENTITY'
    if (next < 0) break
    at = next
    if (text.startsWith('<!--', at)) {
      const end = text.indexOf('--', at + 4)
      if (end < 0) return 'NOT WELL-FORMED: A COMMENT DOES NOT END'
      if (text[end + 2] !== '>') return 'NOT WELL-FORMED: -- INSIDE A COMMENT'
      unseen.push([at, end + 3])
      at = end + 3
    } else if (text.startsWith('<![CDATA[', at)) {
      const end = text.indexOf(']]>', at)
      if (end < 0 || open.length === 0) return 'NOT WELL-FORMED: A CDATA SECTION IS OUT OF PLACE'
      at = end + 3
    } else if (text.startsWith('<!', at)) return 'A DOCUMENT TYPE OR ENTITY DECLARATION IS NOT ALLOWED'
    else if (text.startsWith('<?', at)) {
      const end = readInstruction(text, at, at === start)
      if (typeof end === 'string') return end
      unseen.push([at, end])
      at = end
    } else if (text.charCodeAt(at + 1) === 0x2f) {
      CLOSE.lastIndex = at
      const close = CLOSE.exec(text)
      if (!close || open.pop() !== close[1])
        return 'NOT WELL-FORMED: AN ELEMENT IS NOT CLOSED AS IT WAS OPENED'
      at = CLOSE.lastIndex
    } else {
      const tag = readTag(text, at + 1, limits.attributes)
      if (typeof tag === 'string') return tag
      if (++elements > limits.elements) return `MORE THAN ${limits.elements} ELEMENTS`
      if (open.length === 0 && elements > 1) return 'NOT WELL-FORMED: MORE THAN ONE ROOT'
      // An empty element is a level too.
      if (open.length >= limits.depth) return `MORE THAN ${limits.depth} LEVELS`
      if (!tag.empty) open.push(tag.name)
      at = tag.end
    }
  }
  return open.length > 0 || elements === 0 ? 'NOT WELL-FORMED: IT ENDS TOO EARLY' : undefined
}

/** Where an instruction ends, or what is wrong with it. The declaration is one, at the very beginning alone. */
function readInstruction(text: string, at: number, first: boolean): number | string {
  INSTRUCTION.lastIndex = at
  const target = INSTRUCTION.exec(text)?.[1]
  if (target === undefined) return 'NOT WELL-FORMED: AN INSTRUCTION HAS NO NAME'
  const end = text.indexOf('?>', INSTRUCTION.lastIndex)
  if (end < 0) return 'NOT WELL-FORMED: AN INSTRUCTION DOES NOT END'
  if (target.toLowerCase() !== 'xml') return end + 2
  if (!first || target !== 'xml') return 'NOT WELL-FORMED: AN XML DECLARATION IS OUT OF PLACE'
  DECLARATION.lastIndex = at
  const declaration = DECLARATION.exec(text)
  if (!declaration) return 'NOT WELL-FORMED: THE XML DECLARATION IS NOT ONE'
  if (declaration[2] !== '1.0') return 'XML OF ANOTHER VERSION THAN 1.0'
  if (declaration[4] !== undefined && !ENCODING.test(declaration[4])) return 'AN ENCODING OTHER THAN UTF-8'
  return DECLARATION.lastIndex
}

function readTag(
  text: string,
  at: number,
  most: number,
): { name: string; empty: boolean; end: number } | string {
  NAME.lastIndex = at
  const name = NAME.exec(text)?.[0]
  if (name === undefined) return 'NOT WELL-FORMED: A TAG HAS NO NAME'
  let end = NAME.lastIndex
  const seen = new Set<string>()
  for (;;) {
    ATTRIBUTE.lastIndex = end
    const attribute = ATTRIBUTE.exec(text)
    if (!attribute) break
    if (seen.size >= most) return `MORE THAN ${most} ATTRIBUTES IN AN ELEMENT`
    if (seen.has(attribute[1]!) || hasBadReference(attribute[0])) return 'NOT WELL-FORMED: A BAD ATTRIBUTE'
    seen.add(attribute[1]!)
    end = ATTRIBUTE.lastIndex
  }
  TAG_END.lastIndex = end
  const close = TAG_END.exec(text)
  return close
    ? { name, empty: close[1] === '/', end: TAG_END.lastIndex }
    : 'NOT WELL-FORMED: A TAG DOES NOT END'
}

/** Whether an & begins neither one of XML's own entities nor a character that XML allows. */
function hasBadReference(text: string): boolean {
  if (!text.includes('&')) return false
  for (const [whole, decimal, hex] of text.matchAll(REFERENCE)) {
    if (whole === '&') return true
    const number = decimal ?? hex
    if (number !== undefined && !isCharacter(Number.parseInt(number, decimal === undefined ? 16 : 10)))
      return true
  }
  return false
}

/** XML 1.0's own list: no control characters, no halves of pairs, no characters that are none. */
function isCharacter(code: number): boolean {
  if (code < 0x20) return code === 0x09 || code === 0x0a || code === 0x0d
  return code <= 0xd7ff || (code >= 0xe000 && code <= 0xfffd) || (code >= 0x10000 && code <= 0x10ffff)
}

/** A text without what stands in ranges of it, which are in order. */
export function without(text: string, ranges: readonly Range[]): string {
  if (ranges.length === 0) return text
  let rest = ''
  let at = 0
  for (const [start, end] of ranges) {
    rest += text.slice(at, start)
    at = end
  }
  return rest + text.slice(at)
}
