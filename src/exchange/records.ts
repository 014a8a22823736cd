import type { ByteWriter } from '../bytes/index.js'
import type { Form } from '../message/index.js'
import type { Deed, Json } from '../services/index.js'
import type { JournalRecord, Position, RecordDraft } from '../store/index.js'

/**
 * What the exchange writes to the journal. One record holds everything that one message brought about; a record's
 * keys are short because there are millions of them. Adding a key is safe; changing what one means needs a new
 * record type.
 */
export const RECORD = {
  /** A start of the server: format version, boot, time. */
  start: 1,
  /** A message taken in, with its acknowledgement. */
  intake: 2,
  /** A message refused, with its refusal. */
  refusal: 3,
  /** What a service concluded about a message taken in. */
  conclusion: 4,
  /** Answers handed to connections, with the counts they were given. */
  out: 5,
  /** Answers that are done: written to the connection, or acknowledged where the link asks for that. */
  done: 6,
  /** An operator let a held answer go. */
  release: 7,
  /** A clean stop. */
  stop: 8,
  /** Something for the audit trail that changes nothing else. */
  note: 9,
  /** An operator held a link's answers, or let them go. */
  hold: 10,
  /** An operator took waiting answers back. */
  cancel: 11,
  /** An operator had answers sent again. */
  resend: 12,
  /** What a service did without a message: by its clock, or because an operator said so. */
  deed: 13,
} as const

/** 2: deeds, events of services, answers with addresses of their own. Each version reads those before it. */
export const JOURNAL_VERSION = 2

export interface StartRecord {
  readonly version: number
  readonly boot: string
  readonly t: number
}

/** An answer as it is kept. */
export interface KeptAnswer {
  readonly id: number
  readonly key: string
  readonly from: string
  readonly type: string
  /** Its lines, with CR LF between them. */
  readonly text: string
  /** Milliseconds after receipt. */
  readonly delay?: number | undefined
  readonly hold?: boolean | undefined
  /** Whose it is, where that isn't simply whoever asked. */
  readonly to?: AnswerTo | undefined
}

/** What happened with a message, by the service whose memory it changes, and the figure that it counts in. */
export type KeptEvent = readonly [service: string, event: Json, figure?: string | undefined]

interface MessageRecord {
  /** Received, milliseconds since the epoch. */
  readonly t: number
  readonly link: string
  /** Count of the sender's line. */
  readonly n: number
  readonly form: Form
  readonly key: string
  readonly ori: string
  readonly ctl?: string | undefined
  /** The bytes as they came, as Latin-1. */
  readonly raw: string
}

/** A message taken in, but for its bytes. */
export interface Intake extends Omit<MessageRecord, 'raw'> {
  readonly ref: string
  readonly dest: string
  readonly service: string
  readonly values: Readonly<Record<string, string>>
  readonly text?: string | undefined
  readonly answers: readonly KeptAnswer[]
  /** Whether a conclusion is to come. */
  readonly open: boolean
  /** Day by the centre's clock, for the figures: CCYYMMDD. */
  readonly day: string
  readonly events?: readonly KeptEvent[] | undefined
}

export interface IntakeRecord extends Intake, MessageRecord {}

export interface RefusalRecord extends MessageRecord {
  readonly to: string
  readonly code: string
  readonly details: readonly string[]
  readonly day: string
}

/** Whose question an answer answers: what of the intake its answers need. */
export type AnswerOf = Pick<Intake, 't' | 'link' | 'n' | 'form' | 'ori' | 'ctl'>

/** Whom an answer goes to, with the reference of the question that it answers; none where nobody asked. */
export type AnswerTo = AnswerOf & { readonly ref?: string | undefined }

/** What the matcher found, without a word that names a person. */
export interface FoundRecord {
  readonly grade: string
  readonly candidates: readonly {
    readonly arn: string
    readonly score: number
    readonly bits: number
    readonly why: readonly (readonly [field: string, relation: string, bits: number])[]
  }[]
}

export interface ConclusionRecord {
  readonly ref: string
  readonly found?: FoundRecord | undefined
  readonly of: AnswerOf
  readonly t: number
  readonly type: string
  readonly answers: readonly KeptAnswer[]
  readonly events?: readonly KeptEvent[] | undefined
}

export interface DeedRecord {
  readonly t: number
  /** CCYYMMDD by the centre's clock. */
  readonly day: string
  readonly service: string
  readonly who: 'clock' | 'operator'
  /** What it is; it names no person. */
  readonly what: string
  /** The reference of its answers that answer no question; empty where there are none. */
  readonly ref: string
  readonly events: readonly KeptEvent[]
  readonly answers: readonly KeptAnswer[]
  /** It gives the final answer of a query that was taken in on this day. */
  readonly concludes?: Deed['concludes']
}

/** `[answer's id (0: a refusal, which never waits), link, count]`. */
export type OutEntry = readonly [id: number, link: string, count: number]

export interface OutRecord {
  readonly t: number
  readonly out: readonly OutEntry[]
}

export interface DoneRecord {
  readonly ids: readonly number[]
}

/** What follows for services from what an operator did with answers. */
interface Settling {
  readonly t: number
  /** CCYYMMDD by the centre's clock; not in records of before services were told. */
  readonly day?: string
  readonly events?: readonly KeptEvent[]
}

export interface ReleaseRecord extends Settling {
  readonly ref: string
}

export interface NoteRecord {
  readonly t: number
  readonly what: string
  readonly details: Readonly<Record<string, string | number | undefined>>
}

export interface HoldRecord {
  readonly t: number
  readonly link: string
  readonly held: boolean
}

export interface CancelRecord extends Settling {
  readonly ref: string
  readonly ids: readonly number[]
}

/** An answer that went out and is to go out again. */
export interface SentAnswer {
  readonly id: number
  readonly ref: string
  readonly type: string
  readonly count: number
  readonly receivedAt: number
  readonly size: number
  /** Where the record lies that holds it. */
  readonly at: Position
}

export interface ResendRecord {
  readonly t: number
  readonly link: string
  readonly answers: readonly SentAnswer[]
}

const WIDE = /[\u0100-\uffff]/
const ALL_WIDE = /[\u0100-\uffff]/g

/**
 * A record as JSON in Latin-1, which is what messages are made of; anything wider is escaped. Records that every
 * message makes have a shorter form, from {@link writeIntake} on; {@link decodeRecord} reads both.
 */
export function encodeRecord(type: number, value: object): RecordDraft {
  return { type, text: narrowJson(value) }
}

/** JSON in Latin-1. */
export function narrowJson(value: unknown): string {
  const text = JSON.stringify(value)
  if (!WIDE.test(text)) return text
  return text.replace(ALL_WIDE, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

export function decodeRecord<T>(record: JournalRecord): T {
  const text = record.payload.toString('latin1')
  const form = text.startsWith(SHORT) ? SHORT_FORMS : text.startsWith(EVENTFUL) ? EVENTFUL_FORMS : undefined
  if (!form) return JSON.parse(text) as T
  return form[record.type]?.(text.slice(SHORT.length).split(UNIT)) as T
}

/**
 * The short form: values in a fixed order with control characters between them, which no accepted message holds but in
 * its raw bytes, and those stand last.
 */
const UNIT = '\x1f'
const PART = '\x1e'
const ITEM = '\x1d'
const SHORT = `1${UNIT}`
/** As the short form, with what happened in the first place. */
const EVENTFUL = `2${UNIT}`

const UNIT_BYTE = 0x1f
const PART_BYTE = 0x1e
const ITEM_BYTE = 0x1d

function unit(into: ByteWriter, value: string): void {
  into.byte(UNIT_BYTE)
  into.text(value)
}

function unitNumber(into: ByteWriter, value: number): void {
  into.byte(UNIT_BYTE)
  into.number(value)
}

function begin(events: readonly KeptEvent[] | undefined, into: ByteWriter): void {
  if (events === undefined) into.number(1)
  else {
    into.number(2)
    unit(into, narrowJson(events))
  }
}

/** @param raw the bytes as they came, which needn't be kept in memory with the rest. */
export function writeIntake(intake: Intake, raw: Buffer, into: ByteWriter): void {
  const { values } = intake
  begin(intake.events, into)
  unitNumber(into, intake.t)
  unit(into, intake.link)
  unitNumber(into, intake.n)
  unit(into, intake.form)
  unit(into, intake.key)
  unit(into, intake.ori)
  unit(into, intake.ctl ?? '')
  unit(into, intake.ref)
  unit(into, intake.dest)
  unit(into, intake.service)
  unit(into, intake.day)
  unitNumber(into, intake.open ? 1 : 0)
  unit(into, intake.text ?? '')
  into.byte(UNIT_BYTE)
  writeAnswers(intake.answers, into)
  let count = 0
  for (const mfc in values) if (values[mfc] !== undefined) count++
  unitNumber(into, count)
  for (const mfc in values) {
    const value = values[mfc]
    if (value === undefined) continue
    unit(into, mfc)
    unit(into, value)
  }
  into.byte(UNIT_BYTE)
  into.bytes(raw)
}

function splitIntake(parts: readonly string[]): IntakeRecord {
  const [t, link, n, form, key, ori, ctl, ref, dest, service, day, open, text, answers = '', count] = parts
  const values: Record<string, string> = {}
  const raw = 15 + 2 * Number(count)
  for (let i = 15; i < raw; i += 2) values[parts[i] ?? ''] = parts[i + 1] ?? ''
  return {
    ...{ t: Number(t), link: link ?? '', n: Number(n), form: form as Form, key: key ?? '', ori: ori ?? '' },
    ...(ctl ? { ctl } : {}),
    ...{
      ref: ref ?? '',
      dest: dest ?? '',
      service: service ?? '',
      day: day ?? '',
      open: open === '1',
      values,
    },
    ...(text ? { text } : {}),
    answers: splitAnswers(answers),
    raw: parts.slice(raw).join(UNIT),
  }
}

export function writeConclusion(conclusion: ConclusionRecord, into: ByteWriter): void {
  const { ref, of, t, type, answers, found } = conclusion
  begin(conclusion.events, into)
  unit(into, ref)
  unitNumber(into, t)
  unit(into, type)
  unitNumber(into, of.t)
  unit(into, of.link)
  unitNumber(into, of.n)
  unit(into, of.form)
  unit(into, of.ori)
  unit(into, of.ctl ?? '')
  into.byte(UNIT_BYTE)
  writeAnswers(answers, into)
  unit(into, found ? JSON.stringify(found) : '')
}

function splitConclusion(parts: readonly string[]): ConclusionRecord {
  const [ref = '', t, type = '', received, link = '', n, form, ori = '', ctl, answers = '', found] = parts
  return {
    ref,
    ...(found ? { found: JSON.parse(found) as FoundRecord } : {}),
    of: { t: Number(received), link, n: Number(n), form: form as Form, ori, ...(ctl ? { ctl } : {}) },
    t: Number(t),
    type,
    answers: splitAnswers(answers),
  }
}

/** Begins the record of what goes out at a time; {@link writeOutEntry} goes on. */
export function writeOut(t: number, into: ByteWriter): void {
  into.number(1)
  unitNumber(into, t)
}

/** @param id the answer's, or 0: a refusal, which never waits. */
export function writeOutEntry(id: number, link: string, count: number, into: ByteWriter): void {
  unitNumber(into, id)
  unit(into, link)
  unitNumber(into, count)
}

function splitOut(parts: readonly string[]): OutRecord {
  const out: OutEntry[] = []
  for (let i = 1; i + 2 < parts.length; i += 3)
    out.push([Number(parts[i]), parts[i + 1] ?? '', Number(parts[i + 2])])
  return { t: Number(parts[0]), out }
}

export function writeDone({ ids }: DoneRecord, into: ByteWriter): void {
  into.number(1)
  ids.forEach((id, i) => {
    into.byte(i === 0 ? UNIT_BYTE : PART_BYTE)
    into.number(id)
  })
}

function writeAnswers(answers: readonly KeptAnswer[], into: ByteWriter): void {
  for (let i = 0; i < answers.length; i++) {
    const { id, key, from, type, delay, hold, text, to } = answers[i] as KeptAnswer
    if (i > 0) into.byte(ITEM_BYTE)
    into.number(id)
    into.byte(PART_BYTE)
    into.text(key)
    into.byte(PART_BYTE)
    into.text(from)
    into.byte(PART_BYTE)
    into.text(type)
    into.byte(PART_BYTE)
    if (delay) into.number(delay)
    into.byte(PART_BYTE)
    if (hold) into.byte(0x31)
    into.byte(PART_BYTE)
    into.text(text)
    if (to) {
      into.byte(PART_BYTE)
      into.text(JSON.stringify(to))
    }
  }
}

function splitAnswers(all: string): KeptAnswer[] {
  if (all === '') return []
  return all.split(ITEM).map((one) => {
    const [id, key = '', from = '', type = '', delay, hold, text = '', to] = one.split(PART)
    return {
      ...{ id: Number(id), key, from, type, text },
      ...(delay ? { delay: Number(delay) } : {}),
      ...(hold ? { hold: true } : {}),
      ...(to ? { to: JSON.parse(to) as AnswerTo } : {}),
    }
  })
}

const SHORT_FORMS: Readonly<Record<number, (parts: readonly string[]) => unknown>> = {
  [RECORD.intake]: splitIntake,
  [RECORD.conclusion]: splitConclusion,
  [RECORD.out]: splitOut,
  [RECORD.done]: ([ids = '']) => ({ ids: ids.split(PART).map(Number) }),
}

const EVENTFUL_FORMS: Readonly<Record<number, (parts: readonly string[]) => unknown>> = {
  [RECORD.intake]: ([events = '[]', ...parts]) => ({
    ...splitIntake(parts),
    events: JSON.parse(events) as KeptEvent[],
  }),
  [RECORD.conclusion]: ([events = '[]', ...parts]) => ({
    ...splitConclusion(parts),
    events: JSON.parse(events) as KeptEvent[],
  }),
}
