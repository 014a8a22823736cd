import { z } from 'zod'
import { parseDuration } from '../time/index.js'
import { checkRelations } from './relations.js'

/** `250ms`, `3s`, `5m`, `12h`, `365d`, read as milliseconds. */
export const duration = z
  .union([z.string(), z.number()])
  .transform((value, context) => {
    const ms = typeof value === 'number' && value === 0 ? 0 : parseDuration(String(value))
    if (ms !== undefined) return ms
    context.addIssue({
      code: 'custom',
      message: `'${value}' is no duration; write 250ms, 3s, 5m, 12h or 365d`,
    })
    return z.NEVER
  })
  .describe('a duration (250ms, 3s, 5m, 12h or 365d)')

/** YAML 1.2 knows true and false alone; people write yes and no. */
const yesNo = z
  .union([z.boolean(), z.enum(['yes', 'no']).transform((value) => value === 'yes')])
  .describe('yes or no')

/** A folder or file; an empty one would be the folder that paths count from. */
const path = z.string().min(1)
const port = z.number().int().min(0).max(65_535)
const percent = z.number().min(0).max(100)
/** A link's name stands in log lines and in the journal. */
const linkName = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,31}$/, 'letters, digits, _ . - (at most 32)')
const oriPattern = z
  .string()
  .regex(/^(?:[A-Z0-9]{9}|[A-Z0-9]{0,8}\*)$/, 'nine letters and digits, or the first of them and *')

const tls = z.strictObject({
  key: path,
  cert: path,
  /** Where it is set, a client must show a certificate that this authority signed. */
  clientCa: path.optional(),
  /** File with the certificates that are refused although that authority signed them. */
  denied: path.optional(),
  /** Time for a handshake; whoever needs longer than ten seconds isn't serious. */
  handshake: duration
    .refine((ms) => ms > 0 && ms <= 10_000, 'must be more than 0s and at most 10s')
    .default(10_000),
  /** Handshakes that may be unfinished at once. */
  handshakes: z.number().int().min(1).max(10_000).default(64),
})

const perLink = z.strictObject({
  /** Connections that may be open at once. */
  connections: z.number().int().min(1).optional(),
  /** Messages a second. */
  rate: z.number().gt(0).optional(),
  /** Bytes that may wait for the link. */
  waiting: z.number().int().min(1).optional(),
})

const listener = z.strictObject({
  host: z.string().default('127.0.0.1'),
  port: port.default(9010),
  /** Descriptor of a socket that whoever started the process holds and listens on; host and port are its own then. */
  fd: z.number().int().min(3).max(1023).optional(),
  /** Every connection to this listener belongs to this link. */
  link: linkName.optional(),
  tls: tls.optional(),
  /** Lets this listener take plain TCP off the loopback addresses. */
  plaintext: yesNo.default(false),
})

/** `fd:3` is short for one listener on that descriptor. */
const HELD = /^fd:(\d{1,4})$/
const listeners = z.preprocess((value) => {
  const [, fd] = typeof value === 'string' ? (HELD.exec(value) ?? []) : []
  return fd === undefined ? value : [{ fd: Number(fd) }]
}, z.array(listener).min(1))

const link = z.strictObject({
  name: linkName,
  /** ORIs the link may carry: exact, or a prefix such as `FL*`. */
  oris: z.array(oriPattern).min(1),
  /** Common name of its client certificate, or `sha256:` and the fingerprint. */
  certificate: z.string().min(1).optional(),
  delivery: z.enum(['written', 'acknowledged']).default('written'),
  /** Silence after which the gateway sends a keep-alive; 0s sends none. */
  keepalive: duration.default(0),
  /** Time after which a connection that has carried nothing but keep-alives is closed; 0s closes none. */
  idle: duration.default(0),
  /** None is set unless it is written here. */
  limits: perLink.prefault({}),
})

const distribution = z
  .strictObject({
    distribution: z.enum(['uniform', 'exponential']),
    min: duration.default(0),
    max: duration.optional(),
    mean: duration.optional(),
  })
  .superRefine(({ distribution: kind, min, max, mean }, context) => {
    const blame = (key: string, message: string): void =>
      context.addIssue({ code: 'custom', path: [key], message })
    if (kind === 'uniform' && max === undefined) blame('max', 'is missing; a uniform delay lies below it')
    if (kind === 'exponential' && mean === undefined)
      blame('mean', 'is missing; an exponential delay has one')
    if (max !== undefined && min > max) blame('min', 'is above max')
    if (mean !== undefined && mean < min) blame('mean', 'is below min')
  })

/** How long the centre takes: a fixed time, or drawn from a distribution. */
const delay = z.union([duration, distribution])

/** `iaq-gateway.yaml`, every key optional. docs/operating.md lists them in the same order. */
const settings = z.strictObject({
  data: path.default('./data'),
  directory: path.optional(),
  formats: path.optional(),
  listen: listeners.prefault([{}]),
  links: z.array(link).default([]),
  answer: z.strictObject({ delay: delay.default(0) }).prefault({}),
  match: z
    .strictObject({
      match: percent.default(90),
      possible: percent.default(8),
      floor: percent.default(1),
      prior: z.number().gt(0).lt(1).default(0.5),
    })
    .prefault({}),
  /** Who may ask with purpose F; every ORI that may ask at all where it isn't set. */
  brady: z.strictObject({ oris: z.array(oriPattern).optional() }).prefault({}),
  /** Who answers hit confirmation requests: the rule at once, an operator, or the rule after a time. */
  confirm: z
    .strictObject({ by: z.union([z.enum(['rule', 'operator']), duration]).default('rule') })
    .prefault({}),
  /** What goes to technicians before it is answered: nothing, or unclear matches. */
  review: z.enum(['off', 'possible']).default('off'),
  subjects: z
    .union([z.boolean(), z.enum(['on', 'off']).transform((value) => value === 'on')])
    .describe('on or off')
    .default(true),
  clock: z
    .strictObject({
      /** Offset of the centre's clock from UTC; Nlets logs in MST (UTC-7) the whole year. */
      offset: z
        .string()
        .regex(/^[+-](?:(?:0\d|1[0-3]):[0-5]\d|14:00)$/, 'write it as -07:00; from -14:00 to +14:00')
        .default('-07:00'),
    })
    .prefault({}),
  admin: z
    .strictObject({
      host: z.string().default('127.0.0.1'),
      port,
      /** Lets the port, which has no TLS, take connections off the loopback addresses. */
      plaintext: yesNo.default(false),
    })
    .optional(),
  log: z
    .strictObject({
      level: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
      /** Lets names, dates of birth and identifiers of persons into the log. */
      persons: yesNo.default(false),
      file: path.optional(),
      /** Size in bytes at which a file is put aside for the next. */
      rotate: z
        .number()
        .int()
        .min(65_536)
        .default(64 * 1024 * 1024),
      keep: z.number().int().min(1).default(8),
    })
    .prefault({}),
  limits: z
    .strictObject({
      /** Largest body of a text message, in bytes. */
      text: z
        .number()
        .int()
        .min(256)
        .max(1 << 24)
        .optional(),
      xml: z
        .number()
        .int()
        .min(256)
        .max(1 << 24)
        .optional(),
    })
    .prefault({}),
  /** Status messages that go out by themselves. */
  notices: z
    .strictObject({
      /** In and out of service, when the gateway starts and stops. */
      service: yesNo.default(false),
      /** A sender is told that his answers wait when they have waited so long; 0s tells nobody. */
      waiting: duration.default(0),
    })
    .prefault({}),
  audit: z
    .strictObject({
      /** File with the key of the hash chain; its bytes as they are, 16 at least. */
      key: path.optional(),
    })
    .prefault({}),
  drain: z.strictObject({ within: duration.default(10_000) }).prefault({}),
  journal: z
    .strictObject({
      sync: yesNo.default(true),
      /** How long what happened is kept. */
      keep: duration.default(365 * 86_400_000),
      segment: z
        .number()
        .int()
        .min(65_536)
        .max(1 << 30)
        .optional(),
    })
    .prefault({}),
})

export const configSchema = settings.superRefine(checkRelations)

export type Config = z.output<typeof settings>
export type LinkConfig = Config['links'][number]
export type ListenConfig = Config['listen'][number]
export type TlsConfig = NonNullable<ListenConfig['tls']>
export type DelayConfig = Config['answer']['delay']
