/**
 * The help service: an agency asks for a help file of the centre and gets it; the centre's own ORI writes it anew, adds
 * to it or clears it. Who may send what to which destination stands in the message files, so that the exchange has
 * refused others before.
 */
import { z } from 'zod'
import type { Formats, LayoutNeeds } from '../../message/index.js'
import { rulesFile } from '../rules.js'
import type { Accepted, Decision, Happening, Json, Memory, Service } from '../types.js'

const FILE_LENGTH = 5

const schema = z.strictObject({
  version: z.literal(1),
  actions: z.record(z.string().length(4), z.enum(['read', 'update', 'append', 'cancel'])),
  empty: z.string(),
  most: z.number().int().min(1),
  full: z.string(),
  files: z.record(z.string().length(FILE_LENGTH), z.string()),
})

/** `services/help.yaml` of the formats folder. */
export type HelpRules = z.output<typeof schema>

/** @throws {FaultError} naming file and line of every fault. */
export const loadHelpRules = rulesFile('help', schema)

export interface HelpServiceOptions {
  readonly rules: HelpRules
  readonly formats: Formats
}

const NAME = 'help'
const HELP_FILE = { values: ['banner'], lists: { lines: ['text'] } } as const satisfies LayoutNeeds

/** A file has other words now; none where it was cleared. */
interface HelpEvent {
  readonly file: string
  readonly text: string
}

export function helpService({ rules, formats }: HelpServiceOptions): Service {
  const memory = new HelpFiles()
  const held = (file: string): string =>
    memory.get(file) ?? (rules.files[file] ?? '').trimEnd().replaceAll('\n', '\r\n')
  const answer = (message: Accepted, text: string, events: readonly Happening[]): Decision => {
    const key = message.format.answers?.key ?? message.key
    const lines = text.split(/\r\n|\r|\n/).map((line) => ({ text: line.trimEnd() }))
    const said = formats.layout(key, 'HELP FILE').text({ banner: formats.exchange.banner, lines })
    return {
      answers: [{ key, from: readDestination(message.destination, rules), type: 'HELP FILE', text: said }],
      events,
    }
  }
  return {
    name: NAME,
    needs: { layouts: { 'HELP FILE': HELP_FILE } },
    memory,
    decide(message) {
      const file = message.destination.slice(0, FILE_LENGTH)
      const action = rules.actions[message.destination.slice(FILE_LENGTH)] ?? 'read'
      const before = held(file)
      const shown = (text: string): string => (text === '' ? rules.empty.replaceAll('{file}', file) : text)
      if (action === 'read') return answer(message, shown(before), [happened('helpAsked')])
      const added = action === 'append' && before !== '' ? `${before}\r\n${message.text}` : message.text
      const text = action === 'cancel' ? '' : added
      if (text.length > rules.most)
        return answer(message, rules.full.replaceAll('{most}', `${rules.most}`), [])
      // Whoever wrote it sees what stands there now.
      return answer(message, shown(text), [happened('helpUpdated', { file, text })])
    },
  }
}

/** Whoever asks and whoever updates is answered from the destination that reads. */
function readDestination(destination: string, { actions }: HelpRules): string {
  const read = Object.entries(actions).find(([, action]) => action === 'read')?.[0] ?? ''
  return destination.slice(0, FILE_LENGTH) + read
}

class HelpFiles implements Memory {
  readonly #changed = new Map<string, string>()

  /** Undefined where the file is as it ships. */
  get(file: string): string | undefined {
    return this.#changed.get(file)
  }

  evolve(json: Json): void {
    if (json === null) return
    const { file, text } = json as unknown as HelpEvent
    this.#changed.set(file, text)
  }

  encode(): Json {
    return [...this.#changed]
  }

  restore(image: Json): void {
    for (const [file, text] of image as unknown as readonly [string, string][]) this.#changed.set(file, text)
  }
}

/** @param event what changed; nothing where somebody only asked. */
const happened = (figure: string, event?: HelpEvent): Happening => ({
  service: NAME,
  event: event ? { ...event } : null,
  figure,
})
