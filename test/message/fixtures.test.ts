import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import type { FieldFile } from '../../src/message/schema.js'
import { formats } from './helpers.js'

/** What the fixtures are said to show: each edit of each field, each answer's layout. */

const texts = readdirSync('fixtures', { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.txt'))
  .map((name) => readFileSync(join('fixtures', name), 'latin1'))
/** `KEY FIELD ...` of every refusal: its lines come behind the message that is refused, or name its control field. */
const refused = new Set(texts.flatMap((text) => refusalsOf(text.split('\n'))))

function refusalsOf(lines: readonly string[]): string[] {
  const keys = new Map<string, string>()
  const found: string[] = []
  let key = ''
  for (const line of lines) {
    const sent = /^>[+.]? ([A-Z$.]+?)\.[A-Z]{2}[A-Z0-9]{7}\.[A-Z0-9.]*?(?:\.(\*[^.]*))?\.TXT/.exec(line)
    if (sent) {
      key = sent[1] ?? ''
      if (sent[2] !== undefined) keys.set(sent[2], key)
    }
    const [, shown = ''] = /^<\?? (.*)/.exec(line) ?? []
    key = keys.get(shown) ?? key
    if (shown.startsWith('FIELD ')) found.push(`${key} ${shown}`)
  }
  return found
}

/** What is expected, message by message. */
const answers = texts.flatMap((text) =>
  text
    .replace(/^<\?? ?/gm, '<')
    .split(/\n(?!<)/)
    .map((block) => block.split('\n').flatMap((line) => (line.startsWith('<') ? [line.slice(1)] : []))),
)

type Line = string | { readonly line: string }
interface MessageFile {
  readonly key: string
  readonly direction: string
  readonly body: string
  readonly fields?: readonly FieldFile[]
  readonly layouts?: Readonly<Record<string, readonly Line[]>>
}
const messages = readdirSync('formats/messages').map(
  (name) => parse(readFileSync(join('formats/messages', name), 'utf8')) as MessageFile,
)

/** The detail lines that a field's file can make. */
function* detailsOf(key: string, { mfc, required, length, edit }: FieldFile): Generator<string> {
  const say = (name: Parameters<typeof formats.detail>[0], more = {}): string =>
    `${key} ${formats.detail(name, { field: mfc, key, marker: 'TXT', ...more })}`
  if (required) yield say('missing')
  if (length) {
    const [min, max] = length
    yield min === max
      ? say('length-one', { max: String(max) })
      : say('length', { min: String(min), max: String(max) })
  }
  if (!edit) return
  if ('name' in edit) yield say('name')
  else if ('date' in edit) {
    for (const each of ['date-length', 'date-numeric', 'date-calendar'] as const) yield say(each)
    if (edit.date === 'past') yield say('date-future')
  } else if ('code' in edit) yield say('code', { table: edit.code.replaceAll('-', ' ').toUpperCase() })
  else if ('one-of' in edit) {
    const choices = edit['one-of']
    const last = choices.at(-1)
    yield say('one-of', {
      choices: choices.length > 1 ? `${choices.slice(0, -1).join(', ')} OR ${last}` : last,
    })
  } else yield say('characters', { what: edit.characters })
}

describe('fixtures', () => {
  it.each(messages.filter(({ body, fields }) => body === 'fields' && fields))(
    'show each edit of $key',
    ({ key, fields = [] }) => {
      const all = fields.flatMap((field) => [...detailsOf(key, field)])
      const first = fields[0]?.mfc ?? ''
      for (const name of ['twice', 'empty'] as const)
        all.push(`${key} ${formats.detail(name, { field: first })}`)
      expect(all.filter((each) => !refused.has(each))).toEqual([])
      expect(
        [...refused].filter((each) => each.startsWith(`${key} `) && each.includes('NOT A FIELD OF')),
      ).not.toEqual([])
    },
  )

  it.each(
    messages.flatMap((message) =>
      Object.keys(message.layouts ?? {}).flatMap((name) => {
        const starts = startsOf(message, name)
        return starts.length > 0 ? [{ key: message.key, name, starts }] : []
      }),
    ),
  )('show $key $name', ({ key, name, starts }) => {
    const shown = answers.some(
      ([head, ...lines]) =>
        head?.startsWith(`${key}.`) && lines.some((line) => starts.some((start) => line.startsWith(start))),
    )
    expect(shown).toBe(!ELSEWHERE.has(`${key} ${name}`))
  })
})

/**
 * Answers that no transcript gives, since they come of a clock, of an operator's word or of a configuration; and the delayed
 * hit, which would tell of each earlier run of its transcript too.
 */
const ELSEWHERE = new Set([
  ...['$.A DUE', '$.F PURGED', '$.H HIT', 'AM DETAINER LIFTED'],
  ...['SM in service', 'SM out of service', 'SM waiting'],
])

/** How those lines of a layout begin by which it is known among the layouts of its message; nothing but values tell none. */
function startsOf({ layouts = {} }: MessageFile, name: string): string[] {
  const starts = (lines: readonly Line[] = []): string[] =>
    lines.map((each) => /^[^{[]*/.exec(typeof each === 'string' ? each : each.line)?.[0].trimEnd() ?? '')
  const others = Object.entries(layouts).flatMap(([other, lines]) => (other === name ? [] : starts(lines)))
  return starts(layouts[name]).filter((each) => each !== '' && !others.includes(each))
}
