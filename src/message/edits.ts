import { isCalendarDate } from '../time/index.js'
import type { CodeTable } from './codes.js'
import type { Formats, MessageFormat } from './formats.js'
import type { Incoming, RawField, Refusal } from './incoming.js'
import type { Values } from './layout.js'
import { known } from './needs.js'
import type { DetailName, FieldFile } from './schema.js'

/** The values of a message that passed its edits, by message field code; a date is CCYYMMDD whatever was sent. */
export type FieldValues = Readonly<Record<string, string>>

/** What an edit makes of a value: the value as it is kept, or which detail line says what is wrong. */
type Edited = { readonly value: string } | { readonly fault: DetailName; readonly values?: Values }
type Edit = (value: string, today: string) => Edited

export interface CompiledField {
  readonly mfc: string
  readonly name: string
  readonly required: boolean
  readonly min: number
  readonly max: number
  readonly error: string
  /** A date in XML is written CCYY-MM-DD. */
  readonly isDate: boolean
  readonly edit: Edit
}

/** Is told what is wrong with a field, and under which of its keys. */
export type BlameField = (path: readonly PropertyKey[], reason: string) => void

/** Compiles a field of a message file; `blame` is told what the file asks for that isn't there. */
export function compileField(
  field: FieldFile,
  codes: ReadonlyMap<string, CodeTable>,
  blame: BlameField,
): CompiledField {
  const edit = field.edit
  if (field.explains !== undefined && !codes.has(field.explains))
    blame(['explains'], noTable(field.mfc, field.explains, codes))
  return {
    mfc: field.mfc,
    name: field.name,
    required: field.required,
    min: field.length?.[0] ?? 1,
    max: field.length?.[1] ?? Number.POSITIVE_INFINITY,
    error: field.error,
    isDate: edit !== undefined && 'date' in edit,
    edit: compileEdit(field, codes, blame),
  }
}

function compileEdit(
  { mfc, edit }: FieldFile,
  codes: ReadonlyMap<string, CodeTable>,
  blame: BlameField,
): Edit {
  if (edit === undefined) return (value) => ({ value })
  if ('one-of' in edit) return oneOf(edit['one-of'])
  if ('name' in edit) return personName
  if ('date' in edit) return (value, today) => date(value, today, edit.date === 'past')
  if ('code' in edit) {
    const table = codes.get(edit.code)
    if (!table) blame(['edit', 'code'], noTable(mfc, edit.code, codes))
    const values = { table: edit.code.replaceAll('-', ' ').toUpperCase() }
    return (value) => (table?.has(value) ? { value } : { fault: 'code', values })
  }
  const pattern = new RegExp(edit.pattern)
  const values = { what: edit.characters }
  return (value) => (pattern.test(value) ? { value } : { fault: 'characters', values })
}

const noTable = (mfc: string, name: string, codes: ReadonlyMap<string, CodeTable>): string =>
  `field ${mfc}: codes/ has no table '${name}'; ${known([...codes.keys()])}`

function oneOf(choices: readonly string[]): Edit {
  const known = new Set(choices)
  const last = choices.at(-1) ?? ''
  const words = choices.length > 1 ? `${choices.slice(0, -1).join(', ')} OR ${last}` : last
  return (value) => (known.has(value) ? { value } : { fault: 'one-of', values: { choices: words } })
}

const NAME = /^[A-Z' -]*[A-Z][A-Z' -]*,[A-Z' -]*[A-Z][A-Z' -]*$/

/** `LAST, FIRST MIDDLE`: a letter on either side of the one comma. */
const personName: Edit = (value) => (NAME.test(value) ? { value } : { fault: 'name' })

/**
 * MMDDYY or CCYYMMDD. Of a two-digit year the century is the latest for which the date isn't in the future, and
 * that date must exist (wire format, section 4). `today` is CCYYMMDD by the centre's clock.
 */
function date(value: string, today: string, past: boolean): Edited {
  if (/[^0-9]/.test(value)) return { fault: 'date-numeric' }
  if (value.length !== 6 && value.length !== 8) return { fault: 'date-length' }
  const full = value.length === 8 ? value : withCentury(value, today)
  if (!isCalendarDate(Number(full.slice(0, 4)), Number(full.slice(4, 6)), Number(full.slice(6, 8))))
    return { fault: 'date-calendar' }
  if (past && full > today) return { fault: 'date-future' }
  return { value: full }
}

function withCentury(value: string, today: string): string {
  const monthDay = value.slice(0, 4)
  const yy = value.slice(4)
  const century = Number(today.slice(0, 2))
  const latest = `${century}${yy}${monthDay}`
  return latest > today ? `${century - 1}${yy}${monthDay}` : latest
}

/** The fields of the message that is being edited, by their places in its format. */
const GIVEN: (RawField | 'twice' | undefined)[] = []
const MISSING: { readonly fault: DetailName; readonly values?: Values } = { fault: 'missing' }
/** Lines that a refusal lists: what is wrong with a message needn't be longer than the message. */
const MOST_DETAILS = 100

/**
 * Holds a message's fields to its format. A fault of a field with an error of its own (the date of birth's .05.)
 * comes before all others, which are then listed together in the order of the format.
 */
export function editFields(
  formats: Formats,
  format: MessageFormat,
  message: Pick<Incoming, 'fields' | 'stray'>,
  today: string,
): { readonly values: FieldValues } | { readonly refusal: Refusal } {
  const values: Record<string, string> = {}
  const details: string[] = []
  let own: Refusal | undefined
  const say = (name: DetailName, field: string, more?: Values): string =>
    formats.detail(name, { field, key: format.key, marker: formats.exchange.input.marker, ...more })
  if (message.stray) details.push(say('stray', ''))
  const { fields, places } = format
  GIVEN.fill(undefined)
  let unknown: Set<string> | undefined
  for (const raw of message.fields) {
    const place = places.get(raw.mfc)
    if (place === undefined) {
      unknown ??= new Set()
      unknown.add(raw.mfc)
    } else if (GIVEN[place] === undefined) GIVEN[place] = raw
    else GIVEN[place] = 'twice'
  }
  for (let i = 0; i < fields.length; i++) {
    const field = fields[i] as CompiledField
    const raw = GIVEN[i]
    if (raw === 'twice') {
      details.push(say('twice', field.mfc))
      continue
    }
    const fault = raw ? editField(field, raw, today, values) : field.required ? MISSING : undefined
    if (!fault) continue
    const detail = say(fault.fault, field.mfc, fault.values)
    if (field.error !== 'fields') own ??= { error: field.error, details: [detail] }
    else details.push(detail)
  }
  if (unknown) for (const mfc of unknown) details.push(say('unknown', mfc))
  if (format.oneOfSets)
    for (const mfc of missingOf(format.oneOfSets, format)) {
      const field = fields[places.get(mfc) ?? -1]
      const error = field?.error ?? 'fields'
      if (error !== 'fields') own ??= { error, details: [say('missing', mfc)] }
      else details.push(say('field-set', mfc))
    }
  if (own) return { refusal: own }
  if (details.length === 0) return { values }
  const more = details.length - MOST_DETAILS
  if (more > 0) details.splice(MOST_DETAILS, more, formats.detail('more', { count: `${more}` }))
  return { refusal: { error: 'fields', details } }
}

/** Fields that are missing of the set that most of is there; none where a set is whole. */
function missingOf(sets: readonly (readonly string[])[], { places }: MessageFormat): readonly string[] {
  let nearest: readonly string[] | undefined
  let most = -1
  for (const set of sets) {
    const missing = set.filter((mfc) => GIVEN[places.get(mfc) ?? -1] === undefined)
    if (missing.length === 0) return missing
    const given = set.length - missing.length
    if (given <= most) continue
    most = given
    nearest = missing
  }
  return nearest ?? []
}

function editField(
  field: CompiledField,
  raw: RawField,
  today: string,
  values: Record<string, string>,
): { readonly fault: DetailName; readonly values?: Values } | undefined {
  const { value } = raw
  if (raw.bad) return { fault: 'byte' }
  if (value === '') return { fault: 'empty' }
  if (value.length < field.min || value.length > field.max) {
    const bounds = { min: `${field.min}`, max: `${field.max}` }
    return { fault: field.min === field.max ? 'length-one' : 'length', values: bounds }
  }
  const edited = field.edit(value, today)
  if ('fault' in edited) return edited
  values[field.mfc] = edited.value
  return undefined
}
