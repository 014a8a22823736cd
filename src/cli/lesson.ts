import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'
import { FaultError, readDocument } from '../config/index.js'

const header = { key: z.string(), ori: z.string(), to: z.string() }
/** Types of the answers in their order: an IAR's response type, else the message key; `*` is any. */
const expect = z.array(z.string()).min(1)

const fill = z.strictObject({
  ...header,
  fields: z.array(z.strictObject({ mfc: z.string(), ask: z.string(), example: z.string() })).min(1),
  expect,
})
const send = z.strictObject({ ...header, fields: z.record(z.string(), z.string()), expect })
const question = z
  .strictObject({
    ask: z.string(),
    choices: z.array(z.string()).min(2).max(9),
    /** Which choice is right, from 1. */
    answer: z.number().int().min(1),
    because: z.string(),
  })
  .refine(({ choices, answer }) => answer <= choices.length, 'answer is none of the choices')

const lessonSchema = z.strictObject({
  version: z.literal(1),
  title: z.string(),
  steps: z
    .array(
      z.union([
        z.strictObject({ say: z.string() }),
        z.strictObject({ fill }),
        z.strictObject({ send }),
        z.strictObject({ question }),
      ]),
    )
    .min(1),
})

/** A lesson, as a file of `formats/lessons` has it. */
export type Lesson = z.output<typeof lessonSchema>
export type LessonFill = z.output<typeof fill>
export type LessonSend = z.output<typeof send>
export type LessonQuestion = z.output<typeof question>

/** The lesson that is given where none is named. */
export const FIRST_LESSON = 'first-day'

const ENDING = '.yaml'
const folderOf = (formatsDir: string): string => join(formatsDir, 'lessons')

/** Names of the lessons that there are. @throws {FaultError} where there is no folder of them. */
export function lessonNames(formatsDir: string): readonly string[] {
  const dir = folderOf(formatsDir)
  try {
    const files = readdirSync(dir).filter((name) => name.endsWith(ENDING))
    return files.map((name) => name.slice(0, -ENDING.length)).sort()
  } catch (error) {
    throw new FaultError([{ file: dir, line: 0, reason: `no lessons there: ${(error as Error).message}` }])
  }
}

/** @throws {FaultError} naming file and line of every fault, or the lessons that there are. */
export function loadLesson(formatsDir: string, name: string): Lesson {
  const names = lessonNames(formatsDir)
  if (names.includes(name)) return readDocument(join(folderOf(formatsDir), `${name}${ENDING}`), lessonSchema)
  const reason = `no lesson '${name}'; there are ${names.join(', ')}`
  throw new FaultError([{ file: folderOf(formatsDir), line: 0, reason }])
}
