import { cpSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Formats, loadFormats, parseMessage, refusalLines } from '../../src/message/index.js'
import { Bench, query } from '../gateway/helpers.js'
import { changeIn, faultsOf } from './folder.js'
import { edited, formatOf, parse } from './helpers.js'

let bench: Bench
let dir: string

beforeEach(() => {
  bench = new Bench()
  dir = bench.folder()
  for (const name of ['exchange.yaml', 'errors.yaml', 'dispatch.yaml', 'messages', 'codes'])
    cpSync(join('formats', name), join(dir, name), { recursive: true })
})

afterEach(() => bench[Symbol.asyncDispose]())

const IAQ = 'messages/IAQ.yaml'
const IAR = 'messages/IAR.yaml'
const ERRORS = 'errors.yaml'

const change = (file: string, from: string, to: string): number => changeIn(dir, file, from, to)

const RIGHT: Readonly<Record<string, string>> = {
  PUR: 'C',
  ATN: 'SGT TESTER',
  PHN: '8025550142',
  NAM: 'QUIXTLANO, ZEFERINDA',
  DOB: '19851117',
  SEX: 'F',
  POB: 'GT',
  CUS: 'Y',
  OFF: '0399',
}

/** What the formats make of a right query but for some fields: its values, or the details of its refusal. */
function ask(formats: Formats, fields: Readonly<Record<string, string>>): object {
  const text = Object.entries({ ...RIGHT, ...fields }).map(([mfc, value]) => `${mfc}/${value}.`)
  const result = edited(parse(`IAQ.ZZ0010100.AX.TXT${text.join('')}`, formats), formats) as {
    values?: object
    refusal?: { details: string[] }
  }
  return result.values ?? result.refusal?.details ?? {}
}

const EYES =
  '  - { mfc: EYE, name: eye colour, length: [3, 3], edit: { code: eye }, xml: ["n2:Person/nc:PersonEyeColorCode"] }\n'

/** The XML twin of a right query, with more below the person. */
const twin = (control: string, more: string): string =>
  `<n2:NLETS xmlns:n2="http://www.nlets.org/niem/1.0" xmlns:nh2="http://www.nlets.org/niem/nlets-hdr/1.0"
    xmlns:nc="http://niem.gov/niem/niem-core/2.0" xmlns:j4="http://niem.gov/niem/domains/jxdm/4.1">
  <n2:NLETSMessageHeader>
    <nh2:MessageKeyCodeText>IAQ</nh2:MessageKeyCodeText>
    <nh2:OriginatingORIID>ZZ0010100</nh2:OriginatingORIID>
    <nh2:DestinationORIID>AX</nh2:DestinationORIID>
    <nh2:DocumentControlFieldText>${control}</nh2:DocumentControlFieldText>
  </n2:NLETSMessageHeader>
  <n2:NLETSInquiryData>
    <n2:PurposeCode>C</n2:PurposeCode>
    <n2:ResponseAttentionDescriptionText>SGT TESTER</n2:ResponseAttentionDescriptionText>
    <nc:ContactInformation><nc:ContactTelephoneNumber><nc:FullTelephoneNumber>
      <nc:TelephoneNumberFullID>8025550142</nc:TelephoneNumberFullID>
    </nc:FullTelephoneNumber></nc:ContactTelephoneNumber></nc:ContactInformation>
    <n2:Person>
      <nc:PersonName><nc:PersonFullName>QUIXTLANO, ZEFERINDA</nc:PersonFullName></nc:PersonName>
      <nc:PersonBirthDate><nc:Date>1985-11-17</nc:Date></nc:PersonBirthDate>
      <nc:PersonSexCode>F</nc:PersonSexCode>
      <j4:PersonBirthPlaceCode>GT</j4:PersonBirthPlaceCode>
      ${more}
    </n2:Person>
    <nc:Status><nc:StatusText>Y</nc:StatusText></nc:Status>
    <j4:ChargeNCICCode>0399</j4:ChargeNCICCode>
  </n2:NLETSInquiryData>
</n2:NLETS>`

describe('changing a label, a length or an error text, or adding an optional field is a change in formats/ alone', () => {
  it('a label of a layout', () => {
    change(IAR, 'NAME: {name}', 'SUBJECT NAME: {name|NONE}')
    const lines = loadFormats(dir).layout('IAR', 'MATCH')
    expect(lines.render({ name: 'MUESTRA, CARLOS' })).toContain('SUBJECT NAME: MUESTRA, CARLOS')
    expect(lines.render({})).toContain('SUBJECT NAME: NONE')
  })

  it('a length of a field', () => {
    const long = { ATN: 'A'.repeat(40) }
    expect(ask(loadFormats(dir), long)).toEqual(['FIELD ATN: MUST BE 1 TO 30 CHARACTERS'])
    change(IAQ, 'length: [1, 30]', 'length: [2, 40]')
    expect(ask(loadFormats(dir), long)).toMatchObject(long)
    expect(ask(loadFormats(dir), { ATN: 'A' })).toEqual(['FIELD ATN: MUST BE 2 TO 40 CHARACTERS'])
  })

  it('the text of an error and of a line that names a fault', () => {
    change(ERRORS, 'text: DOB INVALID OR MISSING', 'text: "NO DATE OF BIRTH IN {key}"')
    change(ERRORS, 'one-of: "FIELD {field}: MUST BE {choices}"', 'one-of: "{field} TAKES {choices}"')
    const formats = loadFormats(dir)
    expect(ask(formats, { SEX: 'X' })).toEqual(['SEX TAKES M, F OR U'])
    const lines = refusalLines(formats, { error: 'dob', details: [] }, 'IAQ', Buffer.from('X'))
    expect(lines[0]).toBe('.05. NO DATE OF BIRTH IN IAQ')
  })

  it('an optional field with its XML path', () => {
    expect(ask(loadFormats(dir), { EYE: 'BRO' })).toEqual(['FIELD EYE: NOT A FIELD OF IAQ'])
    change(IAQ, '  - { mfc: REM,', `${EYES}  - { mfc: REM,`)
    const formats = loadFormats(dir)
    expect(ask(formats, { EYE: 'BRO' })).toEqual({ ...RIGHT, EYE: 'BRO' })
    expect(ask(formats, {})).toEqual(RIGHT)
    expect(ask(formats, { EYE: 'QQQ' })).toEqual(['FIELD EYE: NOT A CODE OF THE EYE TABLE'])
    const xml = twin('C1', '<nc:PersonEyeColorCode>BRO</nc:PersonEyeColorCode>')
    expect(edited(parse(xml, formats), formats)).toEqual({ values: { ...RIGHT, EYE: 'BRO' } })
  })

  it('the edit of a field', () => {
    change(IAQ, 'edit: { date: past }', 'edit: { date: any }')
    change(IAQ, 'one-of: [C, F]', 'one-of: [C, F, J]')
    expect(ask(loadFormats(dir), { DOB: '20991231', PUR: 'J' })).toMatchObject({ DOB: '20991231', PUR: 'J' })
  })

  it('the marker, the control field and the XML names of the header', () => {
    change('exchange.yaml', 'marker: TXT', 'marker: MSG')
    change('exchange.yaml', 'max: 10, characters: "ABC', 'max: 12, characters: "+^]abcABC')
    change('exchange.yaml', 'key: nh2:MessageKeyCodeText', 'key: nh2:MessageKey')
    const formats = loadFormats(dir)
    expect(parse('IAQ.ZZ0010100.AX.*abc+^]ABCABC.MSGPUR/C.', formats)).toMatchObject({
      control: 'abc+^]ABCABC',
      fields: [{ mfc: 'PUR', value: 'C' }],
    })
    const detail = 'HEADER: NO MSG BEFORE THE TEXT'
    expect(parseMessage(formats, Buffer.from('IAQ.ZZ0010100.AX.TXTPUR/C.'))).toMatchObject({
      refusal: { details: [detail] },
    })
    expect(parse(twin('C1', '').replaceAll('MessageKeyCodeText', 'MessageKey'), formats).key).toBe('IAQ')
  })

  it('a message key of its own, and what it is answered with', () => {
    cpSync(join(dir, IAQ), join(dir, 'messages/ZZQ.yaml'))
    change('messages/ZZQ.yaml', 'key: IAQ', 'key: ZZQ')
    const formats = loadFormats(dir)
    expect(formatOf('ZZQ', formats).answers).toMatchObject({ key: 'IAR', from: 'centre' })
    expect(parse('ZZQ.ZZ0010100.AX.TXTPUR/C.', formats).fields).toHaveLength(1)
  })

  it('all of it over a gateway, in both forms', async () => {
    cpSync('formats', dir, { recursive: true })
    change(IAR, 'QUERIED: {queriedName}', 'ASKED FOR: {queriedName}')
    change(IAR, 'CITIZENSHIP NOR IMMIGRATION STATUS.', 'CITIZENSHIP NOR STATUS.')
    change(IAQ, 'length: [1, 30]', 'length: [1, 40]')
    change(IAQ, '  - { mfc: REM,', `${EYES}  - { mfc: REM,`)
    change(ERRORS, 'text: "INVALID MESSAGE FORMAT', 'text: "WRONG FIELDS')
    change(ERRORS, 'code: "FIELD {field}: NOT', 'code: "{field} IS NOT')
    const { port } = await bench.gateway(bench.folder(), { formats: dir })
    const client = await bench.client(port)
    const text = await client.ask(query('T1', { ATN: 'A'.repeat(40), EYE: 'BRO' }))
    const xml = await client.ask(twin('X1', '<nc:PersonEyeColorCode>BRO</nc:PersonEyeColorCode>'))
    for (const { acknowledgement, answer } of [text, xml]) {
      expect(acknowledgement?.lines).toContain('ASKED FOR: QUIXTLANO, ZEFERINDA 19851117 F GT GUATEMALA')
      expect(answer.lines).toContain('CITIZENSHIP NOR STATUS.')
    }
    const refused = [
      await client.ask(query('T2', { EYE: 'QQQ' })),
      await client.ask(twin('X2', '<nc:PersonEyeColorCode>QQQ</nc:PersonEyeColorCode>')),
    ]
    for (const { answer } of refused) {
      expect(answer.lines[0]).toBe('.22. WRONG FIELDS - REFER TO IAQ MKE OPTIONS BELOW')
      expect(answer.lines).toContain('EYE IS NOT A CODE OF THE EYE TABLE')
    }
  })
})

/** What loading says. */
const faults = (): string[] | undefined => faultsOf(dir, () => loadFormats(dir))

describe('a wrong format file is refused with file, line and what to do', () => {
  it('the ones that ship are right', () => {
    expect(faults()).toBeUndefined()
  })

  it.each([
    [
      'an unknown key',
      IAQ,
      'explains: offence',
      'explain: offence',
      'unknown key fields.8.explain; remove it or',
    ],
    [
      'an unknown key of a layout',
      IAR,
      'each: aliases',
      'for: aliases',
      'unknown key layouts.MATCH.12.for; remove',
    ],
    [
      'an unknown key of errors.yaml',
      ERRORS,
      'twice:',
      'thrice: X\n  twice:',
      'unknown key details.thrice; remove',
    ],
    [
      'an unknown key of exchange.yaml',
      'exchange.yaml',
      'width: 72',
      'width: 72\nheight: 9',
      'unknown key height;',
    ],
    [
      'a key that every object has',
      IAQ,
      'version: 1',
      'version: 1\n__proto__: {}',
      'unknown key __proto__; remove',
    ],
    ['a wrong type', IAQ, 'length: [1, 30]', 'length: long', "fields.1.length: must be a list, not 'long'"],
    ['a length of nothing', IAQ, '[1, 30]', '[0, 30]', 'fields.1.length.0: must be at least 1'],
    [
      'lengths in the wrong order',
      IAQ,
      '[1, 30]',
      '[30, 1]',
      'fields.1.length: the first is above the second',
    ],
    [
      'an unknown edit',
      IAQ,
      'edit: { name: true }',
      'edit: { nome: true }',
      'fields.3.edit: must be { one-of }, { name }, { date }, { code } or { characters, pattern }, not { nome }',
    ],
    [
      'two edits',
      IAQ,
      '{ name: true }',
      '{ name: true, date: past }',
      'fields.3.edit: must be { one-of }, { name }, { date }, { code } or { characters, pattern }',
    ],
    ['no choices', IAQ, 'one-of: [C, F]', 'one-of: []', 'fields.0.edit.one-of: must have at least 1 entry'],
    [
      'a bad regular expression',
      IAQ,
      '"^[0-9]{9}$"',
      '"^[0-9"',
      'fields.14.edit.pattern: is no regular expression',
    ],
    ['a field twice', IAQ, 'mfc: MNU', 'mfc: SOC', 'fields.15.mfc: SOC is there twice'],
    [
      'a field code in lower case',
      IAQ,
      'mfc: REM',
      'mfc: rem',
      'fields.17.mfc: a message field code is 3 letters',
    ],
    [
      'a field set of no field',
      IAQ,
      '  - [PUR,',
      '  - [XYZ, PUR,',
      'fieldSets.0: XYZ: no such field; add it under',
    ],
    [
      'an XML path without a prefix',
      IAQ,
      '"n2:RemarksText"]',
      '"Remarks"]',
      'fields.17.xml.1: write it as prefix:Name',
    ],
    [
      'a message that comes in without authority',
      IAQ,
      'authority: C',
      '# none',
      'needs authority and destinations',
    ],
    [
      'free text without an XML path',
      IAR,
      ', text: ["n2:ResponseText"]',
      '',
      'xml: a message of free text needs xml.text',
    ],
    [
      'an unknown direction',
      IAR,
      'direction: out',
      'direction: up',
      "direction: must be in, out or both, not 'up'",
    ],
    [
      'a layout without lines',
      'messages/SM.yaml',
      'layouts:',
      'layouts:\n  x: []',
      'layouts.x: must have at least 1 entry',
    ],
    ['an error missing', ERRORS, '  dob:', '  bod:', 'errors: dob is missing; add it'],
    [
      'a detail missing',
      ERRORS,
      '  twice: "FIELD {field}: GIVEN TWICE"',
      '',
      'details: twice is missing; add it',
    ],
    ['a width that is too small', 'exchange.yaml', 'width: 72', 'width: 7', 'width: must be at least 40'],
    [
      'no duration',
      'exchange.yaml',
      'incomplete: 30s',
      'incomplete: soon',
      "'soon' is no duration; write 250ms",
    ],
    ['another version', IAQ, 'version: 1', 'version: 2', 'version: must be 1, not 2'],
    ['broken YAML', IAQ, 'body: fields', 'body: "fields', 'not YAML: '],
    [
      'a key of YAML twice',
      IAQ,
      'direction: in',
      'direction: in\nkey: IAQ',
      'not YAML: Map keys must be unique',
    ],
    ['a code twice', 'codes/sex.csv', 'F,FEMALE', 'F,FEMALE\nF,WOMAN', 'code F is there twice'],
    ['a code without a name', 'codes/sex.csv', 'F,FEMALE', 'F', 'needs a code and a name'],
  ])('%s', (_, file, from, to, reason) => {
    change(file, from, to)
    const said = faults()
    expect(said).toContainEqual(expect.stringContaining(reason))
    for (const line of said ?? []) expect(line).toMatch(new RegExp(`^${file}:[1-9]\\d*: .`))
  })

  it('the line is that of the fault', () => {
    const line = change(IAQ, 'mfc: MNU', 'mfc: SOC')
    expect(faults()).toEqual([`${IAQ}:${line}: fields.15.mfc: SOC is there twice`])
    const other = change(ERRORS, 'dob: { code: ".05.",', 'dob: { code: 5,')
    expect(faults()?.[0]).toMatch(`${ERRORS}:${other}: errors.dob.code: `)
    change(ERRORS, 'dob: { code: 5,', 'dob: { code: "5",')
    const code = change('codes/sex.csv', 'M,MALE', 'M')
    change(IAQ, 'mfc: SOC, name: misc', 'mfc: MNU, name: misc')
    expect(faults()).toEqual([`codes/sex.csv:${code}: needs a code and a name`])
  })

  it('an unknown key is told in its own line, and the faults of files that all need are told together', () => {
    const height = change('exchange.yaml', 'width: 72', 'width: 72\nheight: 9') + 1
    const thrice = change(ERRORS, '  twice:', '  thrice: X\n  twice:')
    const prefx =
      change('dispatch.yaml', 'rules:', 'rules:\n  - key: AM\n    prefx: A\n    service: mail') + 2
    const said = 'remove it or look up its right name'
    expect(faults()).toEqual([
      expect.stringContaining(
        `exchange.yaml:${height}: unknown key height; ${said} (known here: version, banner,`,
      ),
      `${ERRORS}:${thrice}: unknown key details.thrice; ${said}`,
      `dispatch.yaml:${prefx}: unknown key rules.0.prefx; ${said} (known here: key, destination, field, prefix, service)`,
    ])
  })

  it.each([
    [
      'an unknown code table',
      IAQ,
      'code: place-of-birth',
      'code: places',
      "field POB: codes/ has no table 'places'",
    ],
    [
      'an unknown table that explains',
      IAQ,
      'explains: offence',
      'explains: x',
      "field OFF: codes/ has no table 'x'",
    ],
    ['an unknown error', IAQ, 'error: dob', 'error: bod', "field DOB: errors.yaml has no error 'bod'"],
    [
      'an unknown namespace',
      IAQ,
      '"n2:RemarksText"]',
      '"zz:X"]',
      "XML path zz:X: exchange.yaml knows no namespace prefix 'zz'",
    ],
    [
      'a brace that isn’t closed',
      IAR,
      '"NAME: {name}"',
      '"NAME: {name"',
      "layout line 'NAME: {name': '{' at column 7 is not",
    ],
    ['a bracket that isn’t closed', IAR, '[ {cobName}]', '[ {cobName}', "'[' at column 24 is not closed"],
    [
      'a rule for an unknown key',
      'dispatch.yaml',
      'key: IAQ',
      'key: IAX',
      'rule for IAX: no file in messages/ has that key; add one or',
    ],
  ])('%s: the file and the place in it', (_, file, from, to, reason) => {
    const line = change(file, from, to)
    expect(faults()).toEqual([expect.stringContaining(`${file}:${line}: `)])
    expect(faults()?.[0]).toContain(reason)
  })

  it('a rule for an unknown service, with those that are known', async () => {
    cpSync('formats', dir, { recursive: true })
    const line = change('dispatch.yaml', 'service: query', 'service: qery')
    await expect(bench.gateway(bench.folder(), { formats: dir })).rejects.toThrow(
      `${join(dir, 'dispatch.yaml')}:${line}: rule for IAQ: no service is called qery; known: query, review, mail`,
    )
  })

  it.each(['exchange.yaml', 'errors.yaml', 'dispatch.yaml'])('%s missing', (file) => {
    rmSync(join(dir, file))
    expect(faults()).toEqual([`${file}: no such file`])
  })

  it('no message files, no code tables, no folder', () => {
    rmSync(join(dir, 'codes'), { recursive: true })
    expect(faults()?.filter((each) => each.startsWith(IAQ))).toEqual([
      `${IAQ}:23: field POB: codes/ has no table 'place-of-birth'; there is none here`,
      `${IAQ}:25: field OFF: codes/ has no table 'offence'; there is none here`,
    ])
    rmSync(join(dir, 'messages'), { recursive: true })
    expect(faults()).toEqual(['messages: holds no message files (KEY.yaml)'])
    expect(() => loadFormats(join(dir, 'none'))).toThrow('none: no such folder of format files')
  })

  it('a message key in two files', () => {
    cpSync(join(dir, IAQ), join(dir, 'messages/IAX.yaml'))
    expect(faults()).toEqual(['messages/IAX.yaml:3: key IAQ is in another file too; remove one'])
  })

  it('an empty file names all that it lacks', () => {
    writeFileSync(join(dir, IAQ), '')
    const keys = ['version', 'key', 'name', 'direction', 'body', 'xml']
    expect(faults()?.map((line) => line.split(': ')[1])).toEqual(keys)
  })

  it('the faults of all message files are told together', () => {
    change(IAQ, 'mfc: MNU', 'mfc: SOC')
    change(IAR, 'each: aliases', 'for: aliases')
    expect(faults()?.map((line) => line.split(':')[0])).toEqual([IAQ, IAR])
  })

  it('a gateway doesn’t start with one, and leaves no store behind', async () => {
    const line = change(IAQ, 'mfc: MNU', 'mfc: SOC')
    const data = join(bench.folder(), 'data')
    const start = bench.gateway(data, { formats: dir })
    await expect(start).rejects.toThrow(`${join(dir, IAQ)}:${line}: fields.15.mfc: SOC is there twice`)
    expect(() => renameSync(data, `${data}-moved`)).toThrow('ENOENT')
  })
})
