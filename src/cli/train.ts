import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { Command } from 'commander'
import { type Client, connect } from '../client/index.js'
import { loadConfig, type ResolvedConfig } from '../config/index.js'
import { createGateway, offsetMinutes } from '../gateway/index.js'
import { editFields, type Formats, loadFormats, parseMessage } from '../message/index.js'
import { WallClock } from '../time/index.js'
import {
  FIRST_LESSON,
  type Lesson,
  type LessonFill,
  type LessonQuestion,
  type LessonSend,
  lessonNames,
  loadLesson,
} from './lesson.js'
import { addSharedOptions, resolveConfig, type SharedOptions } from './shared.js'

/** `train`: a guided lesson on the real engine, over a store that is thrown away. */
export function trainCommand(): Command {
  const command = new Command('train')
    .description('a guided lesson in the terminal, on the engine itself, with a store that is thrown away')
    .argument('[lesson]', 'its name', FIRST_LESSON)
    .option('--list', 'print the lessons that there are')
    .addHelpText(
      'after',
      '\nLessons are the files of formats/lessons; add your own.\n\nExample:\n  iaq-gateway train\n',
    )
  return addSharedOptions(command).action(async (name: string, options: SharedOptions) => {
    const config = resolveConfig(options)
    if (options.list) {
      const rows = lessonNames(config.formats).map(
        (each) => `${each}  ${loadLesson(config.formats, each).title}\n`,
      )
      process.stdout.write(rows.join(''))
      return
    }
    process.exitCode = await train(config, loadLesson(config.formats, name))
  })
}

/** Seconds for an answer of an engine that has a dozen persons on file. */
const PATIENCE_MS = 30_000

async function train(config: ResolvedConfig, lesson: Lesson): Promise<number> {
  const dir = mkdtempSync(join(tmpdir(), 'iaq-train-'))
  // However the process ends, a reader who goes away included.
  process.once('exit', () => rmSync(dir, { recursive: true, force: true }))
  const { formats, directory, clock } = config
  const sandbox = loadConfig({
    flags: { data: dir, 'listen.0.port': 0, formats, directory, 'clock.offset': clock.offset },
  })
  const gateway = await createGateway({ config: sandbox })
  const client = await connect({ host: '127.0.0.1', port: gateway.port })
  try {
    return await new Teacher(client, loadFormats(formats), sandbox).teach(lesson)
  } finally {
    client.destroy()
    await gateway.close()
  }
}

class Teacher {
  readonly #learner = new Learner()
  readonly #wall: WallClock
  #control = 0
  #right = 0
  #questions = 0
  /** Steps whose answers weren't those that the lesson names. */
  #unexpected = 0

  constructor(
    private readonly client: Client,
    private readonly formats: Formats,
    config: ResolvedConfig,
  ) {
    this.#wall = new WallClock(offsetMinutes(config.clock.offset))
  }

  /** @returns the exit code: 1 where an answer wasn't what the lesson says. */
  async teach(lesson: Lesson): Promise<number> {
    say(`${this.formats.exchange.banner}\n\n${lesson.title}\n`)
    for (const step of lesson.steps)
      if ('say' in step) say(`\n${step.say.trimEnd()}\n`)
      else if ('fill' in step) await this.#fill(step.fill)
      else if ('send' in step) await this.#send(step.send)
      else await this.#ask(step.question)
    this.#learner.close()
    if (this.#questions > 0) say(`\n${this.#right} of ${this.#questions} questions answered rightly\n`)
    return this.#unexpected > 0 ? 1 : 0
  }

  /** Field by field; each is held to its edits before the next. */
  async #fill({ fields, ...header }: LessonFill): Promise<void> {
    say('\n')
    const values = Object.fromEntries(fields.map(({ mfc, example }) => [mfc, example]))
    for (const { mfc, ask, example } of fields)
      for (;;) {
        const given = await this.#learner.line(`${mfc}/ ${ask} [${example}] `)
        const value = given === undefined || given.trim() === '' ? example : given.trim().toUpperCase()
        const wrong = this.#wrong({ ...header, fields: { ...values, [mfc]: value } })
        values[mfc] = value
        if (wrong.length === 0) break
        say(`${wrong.map((line) => `  ${line}\n`).join('')}`)
        values[mfc] = example
        // Nobody is there to give another.
        if (given === undefined) break
      }
    await this.#send({ ...header, fields: values })
  }

  /** What the gateway would refuse the message for. */
  #wrong(message: LessonSend): readonly string[] {
    const parsed = parseMessage(this.formats, Buffer.from(this.#textOf(message, 'X'), 'latin1'))
    const refusal = parsed.ok ? this.#edit(message.key, parsed.message) : parsed.refusal
    return refusal?.details ?? []
  }

  #edit(
    key: string,
    message: Parameters<typeof editFields>[2],
  ): { readonly details: readonly string[] } | undefined {
    const format = this.formats.messages.get(key)
    if (!format) return { details: [`there is no message key ${key}`] }
    const edited = editFields(this.formats, format, message, this.#wall.at(Date.now()).day)
    return 'refusal' in edited ? edited.refusal : undefined
  }

  #textOf({ key, ori, to, fields }: LessonSend, control: string): string {
    const { marker } = this.formats.exchange.input
    const text = Object.entries(fields).map(([mfc, value]) => `${mfc}/${value}.`)
    return `${key}.${ori}.${to}.*${control}.${marker}\r\n${text.join('\r\n')}`
  }

  async #send(message: LessonSend): Promise<void> {
    this.#control++
    const text = this.#textOf(message, `TRAIN${this.#control}`)
    say(`\nyou send\n${indented(text)}\n`)
    this.client.send(text)
    const came: string[] = []
    for (const _ of message.expect) {
      const answer = await this.client.receive(PATIENCE_MS)
      came.push(answer.responseType ?? answer.key)
      say(`\nthe centre answers\n${indented(answer.raw.toString('latin1'))}\n`)
      // Nothing follows a refusal.
      if (answer.key === this.formats.exchange.refusal) break
    }
    if (message.expect.every((each, i) => each === '*' || each === came[i])) return
    this.#unexpected++
    say(`\nthe lesson expected ${message.expect.join(', ')}; ${came.join(', ')} came\n`)
  }

  async #ask({ ask, choices, answer, because }: LessonQuestion): Promise<void> {
    this.#questions++
    say(`\n${ask}\n${choices.map((each, i) => `  ${i + 1}  ${each}\n`).join('')}`)
    let given = (await this.#learner.line('Number: '))?.trim()
    while (given !== undefined && !(Number(given) >= 1 && Number(given) <= choices.length))
      given = (await this.#learner.line(`A number from 1 to ${choices.length}: `))?.trim()
    const right = Number(given) === answer
    if (right) this.#right++
    say(`${right ? 'Right.' : `It is ${answer}.`} ${because}\n`)
  }
}

/** Whoever sits at the terminal, or what is piped in: its lines in order, and then nobody. */
class Learner {
  readonly #input = createInterface({ input: process.stdin })
  readonly #lines = this.#input[Symbol.asyncIterator]()

  /** Undefined where nothing comes any more. */
  async line(prompt: string): Promise<string | undefined> {
    say(prompt)
    const next = await this.#lines.next()
    if (!process.stdin.isTTY) say('\n')
    return next.done ? undefined : next.value
  }

  close(): void {
    this.#input.close()
  }
}

const say = (text: string): void => void process.stdout.write(text)

const indented = (text: string): string =>
  text
    .replace(/(?:\r\n)+$/, '')
    .split('\r\n')
    .map((line) => `    ${line}`)
    .join('\n')
