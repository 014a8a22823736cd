import { XMLParser, XMLValidator } from 'fast-xml-parser'
import type { AnswerParts } from './answer.js'

const N2 = 'http://www.nlets.org/niem/1.0'
const NH2 = 'http://www.nlets.org/niem/nlets-hdr/1.0'

/** Elements that hold an answer's text, each in its wrapper (contract, section 3). */
const TEXTS = [
  ['NLETSResponseData', 'ResponseText'],
  ['NLETSMailData', 'MailMessageText'],
  ['NLETSMailData', 'StatusMessageText'],
] as const

interface Element {
  readonly uri: string
  readonly name: string
  readonly children: readonly Element[]
  readonly text: string
}

const parser = new XMLParser({
  preserveOrder: true,
  ignoreAttributes: false,
  attributeNamePrefix: '',
  parseTagValue: false,
  parseAttributeValue: false,
  trimValues: false,
  ignoreDeclaration: true,
  ignorePiTags: true,
})

/** Reads an Nlets XML message of the centre. */
export function readXmlAnswer(xml: string): AnswerParts {
  const root = rootOf(xml)
  const header = root && child(root, N2, 'NLETSMessageHeader')
  const value = (name: string): string => (header ? (child(header, NH2, name)?.text.trim() ?? '') : '')
  const text = root && textOf(root)
  return {
    key: value('MessageKeyCodeText'),
    from: value('OriginatingORIID'),
    receivedAt: `${value('MessageReceiveTime')} ${value('MessageReceiveDate')}`,
    inCount: Number(value('ReceiveMessageNumeric')) || 0,
    sentAt: `${value('MessageSendTime')} ${value('MessageSendDate')}`,
    outCount: Number(value('SendMessageNumeric')) || 0,
    destination: value('DestinationORIID'),
    control: controlOf(header && child(header, NH2, 'DocumentControlFieldText')?.text),
    text: text === undefined ? [] : textLines(text),
    ...problemOf(root, header, text),
  }
}

/** A control field's own spaces belong to it; a line break beside it is layout. */
const controlOf = (text = ''): string => (/[\r\n]/.test(text) ? text.trim() : text)

function problemOf(root?: Element, header?: Element, text?: string): { problem?: string } {
  if (!root) return { problem: 'XML that is not well-formed' }
  if (!header) return { problem: 'no n2:NLETSMessageHeader' }
  return text === undefined ? { problem: 'no text where an answer has it' } : {}
}

function textOf(root: Element): string | undefined {
  for (const [wrapper, name] of TEXTS) {
    const found = root.children
      .filter((element) => element.uri === N2 && element.name === wrapper)
      .flatMap((element) => child(element, N2, name) ?? [])[0]
    if (found) return found.text
  }
  return undefined
}

/** XML reads CR LF as LF. A line end right after the start tag or before the end tag is layout, not text. */
function textLines(text: string): string[] {
  const lines = text.split(/\r?\n/)
  if (lines[0] === '') lines.shift()
  if (lines.length > 0 && lines.at(-1)?.trim() === '') lines.pop()
  return lines
}

const child = (element: Element, uri: string, name: string): Element | undefined =>
  element.children.find((c) => c.uri === uri && c.name === name)

function rootOf(xml: string): Element | undefined {
  try {
    if (XMLValidator.validate(xml) !== true) return undefined
    const nodes: unknown = parser.parse(xml)
    return Array.isArray(nodes) ? elementsOf(nodes, new Map())[0] : undefined
  } catch {
    return undefined
  }
}

/** The parser's ordered nodes, each `{ name: children, ':@': attributes }` or `{ '#text': … }`, as elements. */
function elementsOf(nodes: readonly unknown[], scope: ReadonlyMap<string, string>): Element[] {
  return nodes.flatMap((node) => {
    if (!isRecord(node)) return []
    const tag = Object.keys(node).find((key) => key !== ':@' && !key.startsWith('#'))
    const content = tag === undefined ? undefined : node[tag]
    if (tag === undefined || !Array.isArray(content)) return []
    const inner = scopeOf(node[':@'], scope)
    const colon = tag.indexOf(':')
    return {
      uri: inner.get(colon < 0 ? '' : tag.slice(0, colon)) ?? '',
      name: tag.slice(colon + 1),
      children: elementsOf(content, inner),
      text: content.map((part) => (isRecord(part) && '#text' in part ? String(part['#text']) : '')).join(''),
    }
  })
}

/** Namespaces count, prefixes don't: which prefix stands for which, here and below. */
function scopeOf(attributes: unknown, outer: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  if (!isRecord(attributes)) return outer
  const declared = Object.entries(attributes).filter(
    ([name]) => name === 'xmlns' || name.startsWith('xmlns:'),
  )
  if (declared.length === 0) return outer
  return new Map([...outer, ...declared.map(([name, uri]) => [name.slice(6), String(uri)] as const)])
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
