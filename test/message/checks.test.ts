import { cpSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { loadConfig } from '../../src/config/index.js'
import { Directory } from '../../src/directory/index.js'
import { loadRules } from '../../src/gateway/rules.js'
import { makeServices } from '../../src/gateway/services.js'
import { loadNameTables } from '../../src/matching/index.js'
import { checkServices, type Formats, type LayoutNeeds, loadFormats } from '../../src/message/index.js'
import { WallClock } from '../../src/time/index.js'
import { Bench } from '../gateway/helpers.js'
import { changeIn, faultsOf } from './folder.js'

let bench: Bench
let dir: string

beforeEach(() => {
  bench = new Bench()
  dir = bench.folder()
  for (const name of ['exchange.yaml', 'errors.yaml', 'dispatch.yaml', 'messages', 'codes', 'services'])
    cpSync(join('formats', name), join(dir, name), { recursive: true })
})

afterEach(() => bench[Symbol.asyncDispose]())

const IAQ = 'messages/IAQ.yaml'
const IAR = 'messages/IAR.yaml'
const YQ = 'messages/YQ.yaml'
const ER = 'messages/ER.yaml'
const SM = 'messages/SM.yaml'
const ERRORS = 'errors.yaml'
const EXCHANGE = 'exchange.yaml'
const DISPATCH = 'dispatch.yaml'

const change = (file: string, from: string, to: string): number => changeIn(dir, file, from, to)

const names = loadNameTables(join('formats', 'names'))
const directory = new Directory(new Map())

/** The services of a gateway whose formats lie in the folder. */
const servicesOf = (formats: Formats) =>
  makeServices({
    config: { ...loadConfig(), formats: dir },
    ...{ formats, directory, names, rules: loadRules(dir), subjects: [], wall: new WallClock(0) },
  }).services

/** All that a gateway checks of its formats when it starts. */
const faults = (): string[] | undefined =>
  faultsOf(dir, () => {
    const formats = loadFormats(dir)
    checkServices(formats, servicesOf(formats), ['brady'])
  })

describe('what a service’s answers need is checked before a gateway starts', () => {
  it('the formats that ship are right', () => {
    expect(faults()).toBeUndefined()
  })

  it('without the file of the answers', () => {
    const line = change(IAQ, 'IAR }', 'IAR }')
    rmSync(join(dir, IAR))
    expect(faults()).toEqual([
      `${IAQ}:${line}: answers.key: messages/ has no IAR.yaml; add it or name another`,
    ])
  })

  it('without a layout, and with one that is misspelt', () => {
    const line = change(IAR, '  POSSIBLE MATCH:', '  POSIBLE MATCH:')
    const said = "layouts: 'POSSIBLE MATCH' is missing, which service query answers with; add it"
    expect(faults()).toEqual([
      `${IAR}:${line}: ${said}, or rename one of those that service query doesn't use: POSIBLE MATCH`,
    ])
  })

  it('with answers of a key that has none of the layouts', () => {
    change(IAQ, 'answers: { key: IAR }', 'answers: { key: SM }')
    expect(faults()?.[0]).toMatch(
      /^messages\/SM\.yaml:\d+: layouts: 'ACKNOWLEDGEMENT' is missing, which service/,
    )
    change(IAQ, 'answers: { key: SM }', '# none')
    const said = faults() ?? []
    expect(said).toContainEqual(
      expect.stringMatching(/^messages\/IAQ\.yaml:\d+: direction: in, but service query answers with it/),
    )
    expect(said).toContainEqual(
      expect.stringMatching(/xml: service query answers with it, and an answer needs/),
    )
  })

  it.each([
    [
      'a value of a line',
      IAR,
      '{queriedName}',
      '{queryName}',
      "no value is called 'queryName'; known here: banner,",
    ],
    ['a value of an optional part', IAR, '[ {cobName}]', '[ {cobname}]', "no value is called 'cobname'"],
    [
      'a value of a repeated line',
      IAR,
      '"ALIAS: {alias}"',
      '"ALIAS: {name}"',
      "no value is called 'name'; known here: alias",
    ],
    ['a list', IAR, 'each: aliases', 'each: alias', "no list is called 'alias'; known here: aliases, ncic"],
    [
      'a list where there is none',
      IAR,
      '    - "PROVIDE: {provide}"',
      '    - { line: "{a}", each: b }',
      "no list is called 'b'; there is none here",
    ],
    [
      'a condition',
      IAR,
      '    - "SEX: {sex|U}"',
      '    - { line: A, when: sx }',
      "no value is called 'sx'; known here:",
    ],
    [
      'the value that is cut',
      IAR,
      'cut: name',
      'cut: nam',
      "no value of the line is called 'nam'; known here: number, arn, name",
    ],
    [
      'a value of a refusal',
      ER,
      '{code} {text}',
      '{code} {txt}',
      "no value is called 'txt'; known here: code, text, banner",
    ],
    [
      'a list of a refusal',
      ER,
      'each: originals',
      'each: original',
      "no list is called 'original'; known here: sets,",
    ],
    [
      'a value of a status message',
      SM,
      'AS OF {time}',
      'AS OF {date}',
      "no value is called 'date'; known here: banner, time",
    ],
    [
      'a value of a detail',
      ERRORS,
      'MUST BE {choices}',
      'MUST BE {choice}',
      "details.one-of: no value is called 'choice'; known here: field, key,",
    ],
    [
      'a value of an error',
      ERRORS,
      'REFER TO {key}',
      'REFER TO {mke}',
      "errors.fields.text: no value is called 'mke'; known here: key",
    ],
    [
      'a value of the output header',
      EXCHANGE,
      '"{key}.{from}"',
      '"{key}.{form}"',
      "output.0: no value is called 'form'; known here: key, from,",
    ],
  ])('with %s that nobody gives', (_, file, from, to, said) => {
    const line = change(file, from, to)
    expect(faults()).toEqual([expect.stringContaining(`${file}:${line}: `)])
    expect(faults()?.[0]).toContain(said)
  })

  it('without the code table that a service explains with', () => {
    renameSync(join(dir, 'codes/place-of-birth.csv'), join(dir, 'codes/places.csv'))
    for (const key of ['IAQ', 'SCL']) change(`messages/${key}.yaml`, 'code: place-of-birth', 'code: places')
    for (const key of ['EIV', 'MIV'])
      for (let i = 0; i < 2; i++) change(`messages/${key}.yaml`, 'code: place-of-birth', 'code: places')
    expect(faults()).toEqual(['codes/place-of-birth.csv: no such file; service query needs that table'])
  })

  it('the needs that a service declares are those of the layouts that ship', () => {
    const formats = loadFormats(dir)
    const { needs } = servicesOf(formats)[0]!
    const layouts = formats.messages.get('IAR')?.layouts ?? new Map()
    expect(Object.keys(needs?.layouts ?? {}).sort()).toEqual([...layouts.keys()].sort())
    for (const [name, { values, lists = {} }] of Object.entries<LayoutNeeds>(needs?.layouts ?? {})) {
      const used = new Set(layouts.get(name)?.names)
      const given = [...values, ...Object.keys(lists), ...Object.values(lists).flat()]
      expect(given.filter((each) => !used.has(each))).toEqual([])
    }
  })

  it('a gateway doesn’t start, and leaves no store behind', async () => {
    cpSync('formats', dir, { recursive: true })
    const line = change(IAR, 'NAME: {name}', 'NAME: {nmae}')
    const data = join(bench.folder(), 'data')
    await expect(bench.gateway(data, { formats: dir })).rejects.toThrow(
      `${join(dir, IAR)}:${line}: layouts.MATCH.4: no value is called 'nmae'`,
    )
    expect(() => readdirSync(data)).toThrow('ENOENT')
  })
})

describe('refusals and status messages', () => {
  it.each([
    ['refusal', 'ER', ER],
    ['status', 'SM', SM],
  ])('without the file of the %s', (name, key, file) => {
    const line = change(EXCHANGE, `${name}: ${key}`, `${name}: ${key}`)
    rmSync(join(dir, file))
    expect(faults()).toEqual([
      `${EXCHANGE}:${line}: ${name}: messages/ has no ${key}.yaml; add it or name another key`,
    ])
  })

  it.each([
    [ER, '  refusal:', '  refused:', 'refusal'],
    [SM, '  in service:', '  in servce:', 'in service'],
    [SM, '  out of service:', '  out:', 'out of service'],
    [SM, '  waiting:', '  wait:', 'waiting'],
    [SM, '  refusal:', '  refused:', 'refusal'],
  ])('%s without a layout: %s', (file, from, to, name) => {
    const line = change(file, from, to)
    expect(faults()).toEqual([
      expect.stringContaining(
        `${file}:${line}: layouts: '${name}' is missing, which the gateway answers with`,
      ),
    ])
  })

  it('a status message that refuses nothing needs no layout for it', () => {
    change(ERRORS, ', status: true', '')
    change(SM, '  refusal:', '  other:')
    expect(faults()).toBeUndefined()
  })
})

describe('a text that isn’t closed, or closes nothing', () => {
  it.each([
    [ERRORS, 'MUST BE {choices}', 'MUST BE {choices', "details.one-of: '{' at column 24 is not closed"],
    [ERRORS, 'MUST BE {choices}', 'MUST BE [{choices}', "details.one-of: '[' at column 24 is not closed"],
    [ERRORS, 'REFER TO {key}', 'REFER TO key}', "errors.fields.text: '}' at column 38 closes nothing"],
    [EXCHANGE, '"[*{control}]"', '"[*{control}"', "output.3: '[' at column 1 is not closed"],
    [EXCHANGE, '"[*{control}]"', '"*{control}]"', "output.3: ']' at column 11 closes nothing"],
    [
      IAR,
      '"NAME: {name}"',
      '"NAME: {name}}"',
      "layout line 'NAME: {name}}': '}' at column 13 closes nothing",
    ],
    [IAR, '"NAME: {name}"', '"NAME: name]"', "layout line 'NAME: name]': ']' at column 11 closes nothing"],
    [
      IAR,
      '"NAME: {name}"',
      '"NAME: {}"',
      "layout line 'NAME: {}': '{' at column 7 is followed by no value's name",
    ],
    [
      IAR,
      '"ALIAS: {alias}"',
      '"ALIAS: {alias"',
      "layout line 'ALIAS: {alias': '{' at column 8 is not closed",
    ],
  ])('%s: %s', (file, from, to, said) => {
    const line = change(file, from, to)
    expect(faults()).toEqual([`${file}:${line}: ${said}`])
  })
})

describe('files that don’t fit each other or themselves', () => {
  const rule = '{ key: IAQ, service: query }'

  it.each([
    [
      'a rule for a key that only goes out',
      '{ key: IAR, service: query }',
      'rule for IAR: it only goes out;',
    ],
    [
      'a rule for an unknown field',
      '{ key: IAQ, field: { mfc: XYZ, value: A }, service: query }',
      'XYZ is no field of it; known here: PUR,',
    ],
    [
      'a rule for a destination that the key doesn’t accept',
      '{ key: IAQ, destination: NC, service: query }',
      "IAQ doesn't go to NC; known here: AX",
    ],
    [
      'a rule for a beginning of fields',
      '{ key: IAQ, prefix: TIP, service: query }',
      'it has fields and no free text',
    ],
    [
      'a rule for an unknown service',
      '{ key: IAQ, service: qery }',
      'no service is called qery; known: query, review, mail',
    ],
    [
      'a rule for a value in lower case',
      '{ key: IAQ, field: { mfc: PUR, value: f }, service: query }',
      'values are folded to upper case',
    ],
  ])('%s', (_, to, said) => {
    const line = change(DISPATCH, rule, to)
    expect(faults()).toEqual([expect.stringContaining(`${DISPATCH}:${line}: `)])
    expect(faults()?.[0]).toContain(said)
  })

  it('the rules that say more of a message are right too', () => {
    change(DISPATCH, rule, '{ key: IAQ, destination: AX, field: { mfc: PUR, value: F }, service: query }')
    change(DISPATCH, '{ key: AML,', '{ key: AML, prefix: TIP,')
    expect(faults()).toBeUndefined()
  })

  it.each([
    [
      'a restriction of an unknown field',
      IAQ,
      'field: PUR, value',
      'field: XYZ, value',
      'restrictions.0.field: XYZ is no field of IAQ',
    ],
    [
      'a restriction by an unknown list',
      IAQ,
      'list: brady',
      'list: bradi',
      "restrictions.0.list: the configuration has no list 'bradi'; known here: brady",
    ],
    [
      'two fields on one XML path',
      IAQ,
      '["n2:Person/nc:PersonSexCode"]',
      '["n2:PurposeCode"]',
      'field SEX: the XML path n2:PurposeCode is that of PUR already',
    ],
    [
      'an XML path twice',
      IAQ,
      '["n2:PurposeCode"]',
      '["n2:PurposeCode", "n2:PurposeCode"]',
      'field PUR: the XML path n2:PurposeCode is that of PUR already',
    ],
    [
      'choices in lower case',
      IAQ,
      'one-of: [C, F]',
      'one-of: [c, F]',
      'fields.0.edit.one-of.0: values are folded to upper case',
    ],
    [
      'a choice of dates that is none',
      IAQ,
      '{ date: past }',
      '{ date: future }',
      "fields.4.edit.date: must be past or any, not 'future'",
    ],
    [
      'a field set without a required field',
      IAQ,
      '  - [PUR, ATN,',
      '  - [PUR,',
      'fieldSets.0: lacks ATN, which is required',
    ],
    [
      'answers of a key without a file',
      YQ,
      'key: YR',
      'key: YX',
      'answers.key: messages/ has no YX.yaml; add it or name another',
    ],
    [
      'another key than the file’s name',
      YQ,
      'key: YQ',
      'key: YX',
      'key: is YX, but the file is YQ.yaml; call it YX.yaml',
    ],
    [
      'lengths of a key that no key has',
      EXCHANGE,
      '{ min: 2, max: 3 }',
      '{ min: 3, max: 2 }',
      'input.key: min is above max',
    ],
    [
      'no characters of a control field',
      EXCHANGE,
      '"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 -_/"',
      '""',
      'input.control.characters: must have at least 1 character',
    ],
    [
      'a root in a namespace that isn’t declared',
      EXCHANGE,
      'root: n2:NLETS',
      'root: n3:NLETS',
      "xml.namespaces has no prefix 'n3'; known: n2, nh2,",
    ],
    [
      'a header’s element in one',
      EXCHANGE,
      'key: nh2:MessageKeyCodeText',
      'key: nx:MessageKeyCodeText',
      "xml.header.key: xml.namespaces has no prefix 'nx'",
    ],
    [
      'a namespace without an address',
      EXCHANGE,
      'n2: http://www.nlets.org/niem/1.0',
      'n2: ""',
      'xml.namespaces.n2: must have at least 1 character',
    ],
  ])('%s', (_, file, from, to, said) => {
    const line = change(file, from, to)
    expect(faults()).toEqual([expect.stringContaining(`${file}:${line}: `)])
    expect(faults()?.[0]).toContain(said)
  })

  it.each([
    ['', 'is no code table; its first line begins with code,name'],
    ['code,name\n', 'holds no code'],
    ['A,ASIAN\nB,BLACK\n', 'is no code table; its first line begins with code,name'],
    ['- a list\n', 'is no code table; its first line begins with code,name'],
  ])('a code table that is none: %j', (text, said) => {
    writeFileSync(join(dir, 'codes/sex.csv'), text)
    expect(faults()).toEqual([`codes/sex.csv:1: ${said}`])
  })

  it('faults of several files are told together', () => {
    writeFileSync(join(dir, 'codes/sex.csv'), 'code,name\n')
    change(EXCHANGE, '"{key}.{from}"', '"{key"')
    change(ERRORS, 'MUST BE {choices}', 'MUST BE {choices')
    change(IAQ, 'error: dob', 'error: bod')
    change(IAR, '"NAME: {name}"', '"NAME: {name"')
    expect(faults()?.map((line) => line.split(':')[0])).toEqual(['codes/sex.csv', EXCHANGE, ERRORS, IAQ, IAR])
  })
})
