/**
 * The message room: text and XML taken apart and put together, fields edited, answers laid out, all as the files in
 * `formats/` say. It knows no message key, nor who asks or why.
 */
import { isXmlBody } from '../frame/index.js'
import { editFields, type FieldValues } from './edits.js'
import type { Formats, MessageFormat } from './formats.js'
import type { Parsed, Refusal } from './incoming.js'
import { parseFields, parseText } from './text.js'
import { parseXml } from './xml.js'

export { isXmlBody } from '../frame/index.js'
export { type AnswerText, encodeAnswer, fiveDigits, type Sending, writeAnswer } from './answer.js'
export { checkServices, type Taker } from './check.js'
export { type CodeTable, readCodeTable } from './codes.js'
export { editFields, type FieldValues } from './edits.js'
export { Formats, loadFormats, type MessageFormat } from './formats.js'
export type { Form, Incoming, Parsed, RawField, Refusal, Unreadable } from './incoming.js'
export { Layout, type Values, wrap } from './layout.js'
export type { LayoutNeeds, Needs, Supplied } from './needs.js'
export { OFF_THREAD_BYTES, type OffThreadOptions, OffThreadParser } from './off-thread.js'
export { refusalLines } from './refusal.js'
export type { DispatchRule } from './schema.js'

/** Takes the body of a frame apart: XML where its first character that isn't blank is `<`, else text. */
export function parseMessage(formats: Formats, body: Buffer): Parsed {
  return isXmlBody(body) ? parseXml(formats, body) : parseText(formats, body)
}

/**
 * Reads one line of a message of free text whose lines have fields, as its format says.
 * @param today CCYYMMDD by the centre's clock.
 */
export function readLine(
  formats: Formats,
  format: MessageFormat,
  line: string,
  today: string,
): { readonly values: FieldValues } | { readonly refusal: Refusal } {
  return editFields(formats, format, parseFields(line, format), today)
}
