import { WallClock } from '../time/index.js'

/** What placeholders have been bound to so far in a transcript: `COUNT:a` to a number's text, `REF:a` to a reference. */
export type Bindings = ReadonlyMap<string, string>

/** The day of a run, and what of the strictness is given up. */
export interface MatchContext {
  /** Milliseconds since the epoch: the moment that `<TODAY>` is taken from. */
  readonly now: number
  readonly clock: WallClock
  /** Counts needn't be those bound: other traffic shares the link. */
  readonly anyCounts: boolean
}

/** One expected line, compiled. */
export interface LinePattern {
  readonly source: string
  /** `<LINES>`: any number of lines, none too. */
  readonly lines: boolean
  readonly regex: RegExp
  /** What each group of the regex must be. */
  readonly checks: readonly Check[]
}

type Check =
  | { readonly kind: 'count'; readonly name: string; readonly plus: number }
  | { readonly kind: 'ref' | 'nic'; readonly name: string }
  | { readonly kind: 'today'; readonly days: number; readonly format: string }

const NAMES = 'TIME|SECONDS|DATE|COUNT|REF|NIC|SCORE|NUMBER|TODAY|ANY|LINES'
const PLACEHOLDER = new RegExp(`<(${NAMES})((?:[:+-][^<>]*)?)>`, 'g')
const PLAIN: Readonly<Record<string, string>> = {
  TIME: '(?:[01]\\d|2[0-3]):[0-5]\\d',
  SECONDS: '(?:[01]\\d|2[0-3]):[0-5]\\d:[0-5]\\d',
  DATE: '(?:0[1-9]|1[0-2])/(?:0[1-9]|[12]\\d|3[01])/\\d{4}',
  SCORE: '(?:100|[1-9]\\d?)',
  NUMBER: '\\d+',
  ANY: '.*',
}
const COUNT = /^(?::(\w+)(?:\+(\d+))?)?$/
const REF = /^(?::(\w+))?$/
const TODAY = /^([+-]\d+)?(?::([CYMD/-]+))?$/
const LARGEST_COUNT = 99_999

/** Compiles an expected line; a text where it holds a placeholder that isn't one. */
export function compileLine(source: string): LinePattern | string {
  if (source === '<LINES>') return { source, lines: true, regex: /^/, checks: [] }
  const checks: Check[] = []
  let regex = ''
  let end = 0
  for (const match of source.matchAll(PLACEHOLDER)) {
    const [whole, name = '', argument = ''] = match
    const part = compilePlaceholder(name, argument, checks)
    if (part === undefined) return `${whole} is no placeholder`
    regex += escapeRegex(source.slice(end, match.index)) + part
    end = match.index + whole.length
    if (name === 'ANY' && end < source.length) return 'nothing may follow <ANY>, the rest of the line'
  }
  return {
    source,
    lines: false,
    regex: new RegExp(`^${regex}${escapeRegex(source.slice(end))}$`, 's'),
    checks,
  }
}

function compilePlaceholder(name: string, argument: string, checks: Check[]): string | undefined {
  if (name === 'COUNT') {
    const [whole, bound, plus = '0'] = COUNT.exec(argument) ?? []
    if (whole === undefined) return undefined
    if (bound === undefined) return '\\d{5}'
    checks.push({ kind: 'count', name: bound, plus: Number(plus) })
    return '(\\d{5})'
  }
  if (name === 'REF') {
    const [whole, bound] = REF.exec(argument) ?? []
    if (whole === undefined) return undefined
    if (bound === undefined) return '\\d{2}-\\d{10}'
    checks.push({ kind: 'ref', name: bound })
    return '(\\d{2}-\\d{10})'
  }
  if (name === 'NIC') {
    const [whole, bound] = REF.exec(argument) ?? []
    if (whole === undefined) return undefined
    if (bound === undefined) return '[A-Z]\\d{9}'
    checks.push({ kind: 'nic', name: bound })
    return '([A-Z]\\d{9})'
  }
  if (name === 'TODAY') {
    const today = readToday(argument)
    if (!today) return undefined
    checks.push({ kind: 'today', ...today })
    return `([\\d/-]{${today.format.length}})`
  }
  return argument === '' ? PLAIN[name] : undefined
}

function readToday(argument: string): { days: number; format: string } | undefined {
  const match = TODAY.exec(argument)
  return match ? { days: Number(match[1] ?? 0), format: match[2] ?? 'CCYYMMDD' } : undefined
}

/** The days of a line to send, put in; a text where a placeholder isn't one. */
export function checkSent(source: string): string | undefined {
  for (const [whole, name, argument = ''] of source.matchAll(PLACEHOLDER))
    if (name === 'TODAY' && !readToday(argument)) return `${whole} is no placeholder`
  return undefined
}

/** A text to send, with the days of now put in. */
export function fillSentToday(source: string): string {
  return fillSent(source, { now: Date.now(), clock: new WallClock(-420), anyCounts: false })
}

/** A line to send, with its `<TODAY>` put in, and an NCIC number that was bound before. */
export function fillSent(source: string, context: MatchContext, bindings: Bindings = new Map()): string {
  return source.replace(PLACEHOLDER, (whole, name: string, argument: string) => {
    if (name === 'NIC') return bindings.get(`nic${argument}`) ?? whole
    const today = name === 'TODAY' ? readToday(argument) : undefined
    return today ? dayText(today.days, today.format, context) : whole
  })
}

function dayText(days: number, format: string, context: MatchContext): string {
  const { day } = context.clock.at(context.now + days * 86_400_000)
  return format
    .replaceAll('CCYY', day.slice(0, 4))
    .replaceAll('YY', day.slice(2, 4))
    .replaceAll('MM', day.slice(4, 6))
    .replaceAll('DD', day.slice(6, 8))
}

/** Where a message first differs from what was expected; an absent side is its end. */
export interface LineDifference {
  /** Index of the expected line, one past the last where the message should have ended. */
  readonly index: number
  readonly expected: string | undefined
  readonly got: string | undefined
}

export type MessageMatch =
  | { readonly matches: true; readonly bindings: Bindings }
  | { readonly matches: false; readonly difference: LineDifference }

/** Compares a whole message; what it binds counts only where all of it matches. */
export function matchMessage(
  patterns: readonly LinePattern[],
  lines: readonly string[],
  bindings: Bindings,
  context: MatchContext,
): MessageMatch {
  let furthest: LineDifference = { index: -1, expected: undefined, got: undefined }
  const from = (index: number, line: number, bound: Bindings): Bindings | undefined => {
    let at = line
    let current = bound
    for (let i = index; ; i++, at++) {
      const pattern = patterns[i]
      const got = lines[at]
      if (pattern === undefined && got === undefined) return current
      if (pattern?.lines) {
        for (let next = at; next <= lines.length; next++) {
          const rest = from(i + 1, next, current)
          if (rest) return rest
        }
        return undefined
      }
      const after = pattern && got !== undefined ? matchLine(pattern, got, current, context) : undefined
      if (!after) {
        if (i > furthest.index || (i === furthest.index && isNearer(got, furthest)))
          furthest = { index: i, expected: pattern?.source, got }
        return undefined
      }
      current = after
    }
  }
  const result = from(0, 0, bindings)
  return result ? { matches: true, bindings: result } : { matches: false, difference: furthest }
}

/** After `<LINES>` any line may have been meant; the one that agrees longest with what was expected says most. */
function isNearer(got: string | undefined, furthest: LineDifference): boolean {
  const { expected } = furthest
  return expected !== undefined && commonStart(got, expected) > commonStart(furthest.got, expected)
}

function commonStart(a: string | undefined, b: string): number {
  if (a === undefined) return -1
  let i = 0
  while (i < a.length && a[i] === b[i]) i++
  return i
}

/** The bindings after a line that matches; undefined where it doesn't. */
export function matchLine(
  pattern: LinePattern,
  line: string,
  bindings: Bindings,
  context: MatchContext,
): Bindings | undefined {
  const match = pattern.regex.exec(line)
  if (!match) return undefined
  let bound = bindings
  for (const [i, check] of pattern.checks.entries()) {
    const value = match[i + 1] ?? ''
    if (check.kind === 'today') {
      if (value !== dayText(check.days, check.format, context)) return undefined
      continue
    }
    if (check.kind === 'count' && context.anyCounts) continue
    const key = `${check.kind}:${check.name}`
    const wanted = bound.get(key)
    const base = check.kind === 'count' ? countBack(Number(value), check.plus) : value
    if (wanted === undefined) bound = new Map([...bound, [key, base]])
    else if (wanted !== base) return undefined
  }
  return bound
}

/** The count so many messages before; before 00001 comes 99999. */
const countBack = (count: number, by: number): string =>
  String(((((count - 1 - by) % LARGEST_COUNT) + LARGEST_COUNT) % LARGEST_COUNT) + 1)

const escapeRegex = (text: string): string => text.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&')
