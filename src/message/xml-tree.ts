import { XMLParser } from 'fast-xml-parser'

/** An element with its name expanded to `{namespace}local`. */
export interface Element {
  readonly name: string
  readonly children: readonly Element[]
  readonly text: string
}

/** Stands before every name that the parser keeps, so that none is one that objects of the language have. */
const MARK = '.'

const parser = new XMLParser({
  preserveOrder: true,
  ignoreAttributes: false,
  attributeNamePrefix: MARK,
  // It is asked twice for an empty element; no name of XML begins with the mark.
  transformTagName: (name) => (name.startsWith(MARK) ? name : MARK + name),
  parseTagValue: false,
  parseAttributeValue: false,
  trimValues: false,
  // References are resolved here: the guard has let only XML's own five and numbers through.
  processEntities: false,
  cdataPropName: '#cdata',
})

type RawNode = { readonly [name: string]: unknown }
type Scope = ReadonlyMap<string, string>

const XML = 'http://www.w3.org/XML/1998/namespace'
const XMLNS = 'http://www.w3.org/2000/xmlns/'
const OUTERMOST: Scope = new Map([
  ['', ''],
  ['xml', XML],
])

/** Names that are well-formed and yet none in a document with namespaces. */
class NameFault extends Error {}

/**
 * The tree of a document that the guard has let through, without its comments and instructions.
 * @returns what is wrong with its namespaces, where anything is.
 */
export function readTree(text: string): Element | string {
  const nodes = parser.parse(text) as RawNode[]
  const root = nodes.find((node) => !('#text' in node) && tagOf(node) !== undefined)
  try {
    return root ? readElement(root, OUTERMOST) : 'NOT WELL-FORMED: IT ENDS TOO EARLY'
  } catch (error) {
    if (error instanceof NameFault) return error.message
    throw error
  }
}

function tagOf(node: RawNode): string | undefined {
  return Object.keys(node).find((key) => key !== ':@')
}

function readElement(node: RawNode, outer: Scope): Element {
  const key = tagOf(node) ?? ''
  const attributes = Object.entries((node[':@'] ?? {}) as Readonly<Record<string, string>>).map(
    ([name, value]): [string, string] => [name.slice(MARK.length), value],
  )
  const scope = declared(attributes, outer)
  checkAttributes(attributes, scope)
  const children: Element[] = []
  let text = ''
  for (const child of node[key] as readonly RawNode[]) {
    if ('#text' in child) text += resolve(String(child['#text']))
    else if ('#cdata' in child)
      for (const part of child['#cdata'] as readonly RawNode[]) text += String(part['#text'] ?? '')
    else children.push(readElement(child, scope))
  }
  return { name: expand(key.slice(MARK.length), scope, scope.get('')), children, text }
}

/** The namespaces in force below an element, with those that it declares. */
function declared(attributes: readonly (readonly [string, string])[], outer: Scope): Scope {
  let scope: Map<string, string> | undefined
  for (const [name, value] of attributes) {
    if (!isDeclaration(name)) continue
    const prefix = name.slice(6)
    const uri = resolve(value)
    if (prefix !== '' && uri === '') throw new NameFault('A NAMESPACE PREFIX IS DECLARED AS NOTHING')
    if (prefix === 'xmlns' || uri === XMLNS || (prefix === 'xml') !== (uri === XML))
      throw new NameFault("A NAMESPACE OR PREFIX OF XML'S OWN IS DECLARED ANEW")
    scope ??= new Map(outer)
    scope.set(prefix, uri)
  }
  return scope ?? outer
}

const isDeclaration = (name: string): boolean => name === 'xmlns' || name.startsWith('xmlns:')

/** Two prefixes may stand for one namespace; an attribute that is there under both is there twice. */
function checkAttributes(attributes: readonly (readonly [string, string])[], scope: Scope): void {
  const seen = new Set<string>()
  for (const [name] of attributes) {
    if (isDeclaration(name)) continue
    const expanded = expand(name, scope, '')
    if (seen.has(expanded)) throw new NameFault('NOT WELL-FORMED: AN ATTRIBUTE IS THERE TWICE')
    seen.add(expanded)
  }
}

function expand(written: string, scope: Scope, bare: string | undefined): string {
  const colon = written.indexOf(':')
  const uri = colon < 0 ? bare : scope.get(written.slice(0, colon))
  if (uri === undefined) throw new NameFault('A NAMESPACE PREFIX IS NOT DECLARED')
  return `{${uri}}${written.slice(colon + 1)}`
}

const ENTITIES: ReadonlyMap<string, string> = new Map([
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
  ['apos', "'"],
])

function resolve(text: string): string {
  if (!text.includes('&')) return text
  return text.replace(/&(#x?)?(\w+);/g, (whole, number: string | undefined, name: string) =>
    number === undefined
      ? (ENTITIES.get(name) ?? whole)
      : String.fromCodePoint(Number.parseInt(name, number === '#x' ? 16 : 10)),
  )
}
