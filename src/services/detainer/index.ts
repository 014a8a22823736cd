/**
 * The detainer service: a request to a jail to keep somebody for up to 48 hours. One is lodged on each confirmed hit,
 * and on a MATCH where an operator says so; it is told by a message of its own and never part of an IAR.
 */
import { z } from 'zod'
import type { Formats, Needs } from '../../message/index.js'
import { duration } from '../duration.js'
import { printName } from '../print.js'
import { rulesFile } from '../rules.js'
import type {
  Address,
  Decision,
  Deed,
  Draft,
  Files,
  Happening,
  Json,
  Lodging,
  Moment,
  Service,
} from '../types.js'
import { type Detainer, type DetainerEvent, DetainerRegister } from './register.js'

const schema = z.strictObject({
  version: z.literal(1),
  message: z.string(),
  digits: z.number().int().min(3).max(10),
  for: duration,
})

/** `services/detainer.yaml` of the formats folder. */
export type DetainerRules = z.output<typeof schema>

/** @throws {FaultError} naming file and line of every fault. */
export const loadDetainerRules = rulesFile('detainer', schema)

export interface DetainerServiceOptions {
  readonly rules: DetainerRules
  readonly formats: Formats
  readonly files: Files
  /** The state of an ORI, by the directory. */
  readonly areaOf: (ori: string) => string
}

const NAME = 'detainer'
const LIFT_TABLE = 'detainer-lift'
const NEEDS: Needs = {
  layouts: {
    'DETAINER LODGED': { values: ['banner', 'number', 'name', 'dob', 'nic', 'arn'] },
    'DETAINER LIFTED': { values: ['banner', 'number', 'name', 'dob', 'code', 'reason'] },
  },
  codes: [LIFT_TABLE],
}

export function detainerService(options: DetainerServiceOptions): Service & {
  /** Lodges one; the events and the message that tells of it belong to the caller's decision. */
  readonly lodge: (request: Lodging, now: Moment) => Required<Pick<Decision, 'answers' | 'events'>>
} {
  const { rules, formats, files, areaOf } = options
  const memory = new DetainerRegister()
  const tell = (
    layout: string,
    values: Readonly<Record<string, string>>,
    to: Address | undefined,
  ): Draft => ({
    ...{ key: rules.message, from: formats.exchange.centre, type: layout, to },
    text: formats.layout(rules.message, layout).text({ banner: formats.exchange.banner, ...values }),
  })
  const lodge = (request: Lodging, { t, day }: Moment, by: Detainer['by'] = 'confirmation') => {
    const { name, dob, nic, arn, address } = request
    const detainer: Detainer = {
      ...{ number: memory.next(day, rules.digits), t, day, ori: address.ori, area: areaOf(address.ori) },
      ...{ to: address, name, dob, nic, arn, by, state: 'lodged' },
    }
    const told = { number: detainer.number, name, dob, nic, arn: nic === '' ? arn : '' }
    return {
      answers: [tell('DETAINER LODGED', told, request.asked ? undefined : address)],
      events: [happened({ what: 'lodged', detainer }, 'detainers')],
      number: detainer.number,
    }
  }
  const byOperator = (args: Arguments, now: Moment): Deed => {
    const arn = String(args.arn)
    const person = files.byArn(arn)
    if (!person) throw new Error('the person who was matched is no longer on file')
    const name = person.names.find((each) => each.type === 'primary') ?? person.names[0]
    const request: Lodging = {
      ...{ name: name ? printName(name) : '', dob: person.dob, nic: '', arn, asked: false },
      address: args.address as unknown as Address,
    }
    const { number, ...decision } = lodge(request, now, 'operator')
    return { what: 'detainer lodged', ...decision, result: number }
  }
  const lift = ({ number, code }: Arguments): Deed => {
    const detainer = memory.get(String(number))
    const reason = formats.code(LIFT_TABLE, String(code))
    if (!detainer) throw new Error(`there is no detainer ${number}`)
    if (detainer.state !== 'lodged') throw new Error(`detainer ${number} is ${detainer.state} already`)
    if (reason === '') {
      const known = [...(formats.codes.get(LIFT_TABLE) ?? [])].map(([each, words]) => `${each} (${words})`)
      throw new Error(`${code} is no reason for lifting; known: ${known.join(', ')}`)
    }
    const told = {
      number: detainer.number,
      name: detainer.name,
      dob: detainer.dob,
      code: String(code),
      reason,
    }
    return {
      ...{ what: 'detainer lifted', result: detainer.number },
      answers: [tell('DETAINER LIFTED', told, detainer.to)],
      events: [
        happened({ what: 'lifted', number: detainer.number, reason: String(code) }, 'detainersLifted'),
      ],
    }
  }
  return {
    name: NAME,
    get sends() {
      return { [rules.message]: NEEDS }
    },
    memory,
    lodge,
    // No rule of dispatch gives it messages: what it does follows from other services and operators.
    decide: () => ({ answers: [] }),
    nextDue: () => (memory.oldest ? memory.oldest.t + rules.for : undefined),
    due: ({ t }) => {
      const { oldest } = memory
      if (!oldest || oldest.t + rules.for > t) return undefined
      const events = [happened({ what: 'expired', number: oldest.number }, 'detainersExpired')]
      return { what: 'detainer expired', answers: [], events }
    },
    act: (action, args, now) =>
      action === 'lodge' ? byOperator(args, now) : action === 'lift' ? lift(args) : undefined,
    view: ({ ori, area, day, state }) =>
      [...memory.all]
        .filter(
          (each) =>
            (ori === undefined || each.ori === ori) &&
            (area === undefined || each.area === area) &&
            (day === undefined || each.day === day) &&
            (state === undefined || each.state === state),
        )
        .map(({ number, t, day: on, ori: at, area: of, nic, arn, by, state: is, reason }) => ({
          ...{ number, t, day: on, ori: at, area: of, nic, arn, by, state: is, reason },
          until: t + rules.for,
        })),
  }
}

type Arguments = Readonly<Record<string, Json | undefined>>

const happened = (event: DetainerEvent, figure: string): Happening => ({
  service: NAME,
  event: event as unknown as Json,
  figure,
})
