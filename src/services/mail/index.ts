/** The mail service: administrative messages go to the operators' queue, and operators answer and send some. */
import { z } from 'zod'
import type { Formats, LayoutNeeds, Needs } from '../../message/index.js'
import { print } from '../print.js'
import { rulesFile } from '../rules.js'
import type { Address, Deed, Happening, Json, Service } from '../types.js'
import { type MailEvent, MailQueue } from './queue.js'

const schema = z.strictObject({
  version: z.literal(1),
  messages: z.array(z.string()).min(1),
  most: z.number().int().min(1),
})

/** `services/mail.yaml` of the formats folder. */
export type MailRules = z.output<typeof schema>

/** @throws {FaultError} naming file and line of every fault. */
export const loadMailRules = rulesFile('mail', schema)

export interface MailServiceOptions {
  readonly rules: MailRules
  readonly formats: Formats
  /** Whether the directory has an ORI. */
  readonly isKnown: (ori: string) => boolean
}

const NAME = 'mail'
const LAYOUT = 'MESSAGE'
const MESSAGE = { values: ['banner'], lists: { lines: ['text'] } } as const satisfies LayoutNeeds
const NEEDS: Needs = { layouts: { [LAYOUT]: MESSAGE } }

export function mailService({ rules, formats, isKnown }: MailServiceOptions): Service {
  const memory = new MailQueue(rules)
  const write = (to: Address, args: Arguments, events: readonly Happening[]): Deed => {
    const key = args.key === undefined ? (rules.messages[0] ?? '') : String(args.key).toUpperCase()
    if (!rules.messages.includes(key))
      throw new Error(`operators send no ${key}; known: ${rules.messages.join(', ')}`)
    const lines = String(args.text)
      .split(/\r?\n/)
      .map((line) => ({ text: print(line) }))
    if (lines.every(({ text }) => text === '')) throw new Error('there is nothing to send')
    const { banner, centre: from } = formats.exchange
    const text = formats.layout(key, LAYOUT).text({ banner, lines })
    return {
      ...{ what: 'message sent', answers: [{ key, from, type: LAYOUT, text, to }] },
      events: [...events, happened({ what: 'sent' }, 'mailSent')],
      result: to.ori,
    }
  }
  const waiting = (reference: Json | undefined) => {
    const mail = memory.get(String(reference))
    if (!mail) throw new Error(`no message ${String(reference)} waits`)
    return mail
  }
  return {
    name: NAME,
    get sends() {
      return Object.fromEntries(rules.messages.map((key) => [key, NEEDS]))
    },
    memory,
    decide({ reference: ref, receivedAt: t, key, address }) {
      return {
        answers: [],
        events: [happened({ what: 'received', mail: { ref, t, key, address } }, 'mailReceived')],
      }
    },
    /** `send` to an ORI, `answer` what waits, or say that it is `done` without. */
    act(action, args) {
      if (action === 'done') {
        const { ref } = waiting(args.reference)
        return { what: 'message done', answers: [], events: [happened({ what: 'done', ref })], result: ref }
      }
      if (action === 'answer') {
        const { ref, key, address } = waiting(args.reference)
        return write(address, { key, ...args }, [happened({ what: 'done', ref })])
      }
      if (action !== 'send') return undefined
      const ori = String(args.ori).toUpperCase()
      if (!isKnown(ori)) throw new Error(`the directory has no ORI ${ori}`)
      return write({ ori, ctl: args.control === undefined ? undefined : String(args.control) }, args, [])
    },
    view: () =>
      [...memory.all].map(({ ref, t, key, address }) => ({
        ...{ reference: ref, receivedAt: t, key, ori: address.ori, control: address.ctl },
      })),
  }
}

type Arguments = Readonly<Record<string, Json | undefined>>

const happened = (event: MailEvent, figure?: string): Happening => ({
  service: NAME,
  event: event as unknown as Json,
  figure,
})
