/** What XML may be at most before a parser sees it. */
export interface XmlLimits {
  readonly elements: number
  /** Of one element. */
  readonly attributes: number
  readonly depth: number
}

const NAME = /[A-Za-z_][\w.-]*(?::[A-Za-z_][\w.-]*)?/y
const ATTRIBUTE = /\s+([A-Za-z_][\w.-]*(?::[A-Za-z_][\w.-]*)?)\s*=\s*(?:"[^"<]*"|'[^'<]*')/y
const TAG_END = /\s*(\/?)>/y
const CLOSE = /<\/([A-Za-z_][\w.-]*(?::[A-Za-z_][\w.-]*)?)\s*>/y
const BAD_REFERENCE = /&(?!(?:amp|lt|gt|quot|apos|#\d{1,7}|#x[0-9A-Fa-f]{1,6});)/
// biome-ignore lint/suspicious/noControlCharactersInRegex: XML 1.0 forbids exactly these
const FORBIDDEN = /[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/

/** Names that the parser refuses with words of its own, since objects of the language have them. */
const RESERVED = /^(?:__proto__|constructor|prototype)$/

/** Where something begins and ends in a text. */
export type Range = readonly [start: number, end: number]

/**
 * Walks an XML document once, without building anything, and says why the parser should not see it: not
 * well-formed, a document type or entity of its own, or more elements, attributes or levels than the limits.
 * The parser is lenient and its cost grows with what it is fed, so both are settled here.
 * @param instructions gets the place of every processing instruction: the parser takes them for tags and stumbles
 *   over an apostrophe in one, so that it must not see them either.
 */
export function guardXml(text: string, limits: XmlLimits, instructions: Range[] = []): string | undefined {
  if (FORBIDDEN.test(text)) return 'HOLDS A CHARACTER THAT XML FORBIDS'
  const open: string[] = []
  let elements = 0
  let at = text.charCodeAt(0) === 0xfeff ? 1 : 0
  while (at < text.length) {
    const next = text.indexOf('<', at)
    const words = text.slice(at, next < 0 ? text.length : next)
    if (open.length === 0 ? /\S/.test(words) : BAD_REFERENCE.test(words) || words.includes(']]>'))
      return 'NOT WELL-FORMED: STRAY TEXT OR UNKNOWN ENTITY'
    if (next < 0) break
    at = next
    if (text.startsWith('<!--', at)) {
      const end = text.indexOf('-->', at + 4)
      if (end < 0) return 'NOT WELL-FORMED: A COMMENT DOES NOT END'
      at = end + 3
    } else if (text.startsWith('<![CDATA[', at)) {
      const end = text.indexOf(']]>', at)
      if (end < 0 || open.length === 0) return 'NOT WELL-FORMED: A CDATA SECTION IS OUT OF PLACE'
      at = end + 3
    } else if (text.startsWith('<!', at)) return 'A DOCUMENT TYPE OR ENTITY DECLARATION IS NOT ALLOWED'
    else if (text.startsWith('<?', at)) {
      const end = text.indexOf('?>', at)
      if (end < 0) return 'NOT WELL-FORMED: AN INSTRUCTION DOES NOT END'
      instructions.push([at, end + 2])
      at = end + 2
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
      if (!tag.empty) open.push(tag.name)
      if (open.length > limits.depth) return `MORE THAN ${limits.depth} LEVELS`
      at = tag.end
    }
  }
  return open.length > 0 || elements === 0 ? 'NOT WELL-FORMED: IT ENDS TOO EARLY' : undefined
}

function readTag(
  text: string,
  at: number,
  most: number,
): { name: string; empty: boolean; end: number } | string {
  NAME.lastIndex = at
  const name = NAME.exec(text)?.[0]
  if (name === undefined) return 'NOT WELL-FORMED: A TAG HAS NO NAME'
  if (RESERVED.test(name)) return reserved(name)
  let end = NAME.lastIndex
  const seen = new Set<string>()
  for (;;) {
    ATTRIBUTE.lastIndex = end
    const attribute = ATTRIBUTE.exec(text)
    if (!attribute) break
    if (seen.size >= most) return `MORE THAN ${most} ATTRIBUTES IN AN ELEMENT`
    if (seen.has(attribute[1]!) || BAD_REFERENCE.test(attribute[0])) return 'NOT WELL-FORMED: A BAD ATTRIBUTE'
    if (RESERVED.test(attribute[1]!)) return reserved(attribute[1]!)
    seen.add(attribute[1]!)
    end = ATTRIBUTE.lastIndex
  }
  TAG_END.lastIndex = end
  const close = TAG_END.exec(text)
  return close
    ? { name, empty: close[1] === '/', end: TAG_END.lastIndex }
    : 'NOT WELL-FORMED: A TAG DOES NOT END'
}

const reserved = (name: string): string => `THE NAME ${name.toUpperCase()} IS NOT ALLOWED`

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
