import { z } from 'zod'
import { duration } from '../config/schema.js'

/** The schema of every file in `formats/` that says what messages look like. docs/formats.md explains each key. */
const version = z.literal(1)
const key = z
  .string()
  .regex(
    /^(?:[A-Z0-9]{2,3}|\$\.[A-Z0-9])$/,
    'a message key is 2 or 3 letters or digits, or a notice such as $.H',
  )
const mfc = z.string().regex(/^[A-Z]{3}$/, 'a message field code is 3 letters')
const xmlName = z.string().regex(/^[a-z0-9]+:[A-Za-z]\w*$/, 'write it as prefix:Name')
const xmlPath = z.string().regex(/^[a-z0-9]+:\w+(?:\/[a-z0-9]+:\w+)*$/, 'write it as prefix:Name/prefix:Name')

/** A value as it is compared: what comes in is folded to upper case first. */
const folded = z
  .string()
  .regex(/^[^a-z]+$/, 'values are folded to upper case before they are compared; write it so')

/** The closed list of edits. `length` is checked before any of them. */
const edit = z.union([
  z.strictObject({ 'one-of': z.array(folded).min(1) }),
  z.strictObject({ name: z.literal(true) }),
  z.strictObject({ date: z.enum(['past', 'any']) }),
  z.strictObject({ code: z.string() }),
  z.strictObject({
    characters: z.string(),
    pattern: z.string().refine(isPattern, 'is no regular expression'),
  }),
])

function isPattern(text: string): boolean {
  try {
    new RegExp(text)
    return true
  } catch {
    return false
  }
}

const field = z.strictObject({
  mfc,
  name: z.string(),
  required: z.boolean().default(false),
  /** Fewest and most characters of a value. */
  length: z
    .tuple([z.number().int().min(1), z.number().int().min(1)])
    .refine(([min, max]) => min <= max, 'the first is above the second')
    .optional(),
  edit: edit.optional(),
  /** The entry of errors.yaml for a fault of this field; `fields` where it isn't set. */
  error: z.string().default('fields'),
  /** A code table that explains the value without refusing any. */
  explains: z.string().optional(),
  /** Where the value stands in the XML form, below the message's element; the first is preferred. */
  xml: z.array(xmlPath).default([]),
})

const layoutLine = z.union([
  z.string(),
  z.strictObject({
    line: z.string(),
    /** Repeats the line for each of a list of values. */
    each: z.string().optional(),
    /** Only where this value is there. */
    when: z.string().optional(),
    /** The value that is shortened with a mark where the line is too long. */
    cut: z.string().optional(),
    /** `none`: the values come as lines already. */
    wrap: z.enum(['words', 'none']).default('words'),
    /** Runs of spaces become one, those at the edges go, and a line of which nothing is left goes too. */
    tidy: z.boolean().optional(),
  }),
])

export const messageSchema = z
  .strictObject({
    version,
    key,
    name: z.string(),
    direction: z.enum(['in', 'out', 'both']),
    /** The letter of the directory's `authorized` that a sender needs. */
    authority: z.enum(['A', 'C', 'D', 'Z']).optional(),
    destinations: z
      .strictObject({
        accepted: z.array(z.string()).min(1),
        max: z.number().int().min(1).max(5),
        /** Those of them that take it from the centre's own ORI alone. */
        reserved: z.array(z.string()).default([]),
        /** Beside one of them others may stand, to whom the switch brings it: ORIs of the directory. */
        others: z.boolean().default(false),
      })
      .optional(),
    body: z.enum(['fields', 'text']),
    /** Who takes it where no rule of dispatch.yaml does, so that a key can be added by its file alone. */
    service: z.string().optional(),
    /** The message key of the answers, and who they are from. */
    answers: z.strictObject({ key, from: z.enum(['centre', 'destination']).default('centre') }).optional(),
    /** Values that only the ORIs of a list in the configuration may send, where the list is set. */
    restrictions: z.array(z.strictObject({ field: mfc, value: folded, list: z.string() })).default([]),
    xml: z.strictObject({
      element: xmlName,
      text: z.array(xmlPath).min(1).optional(),
      /** Whether the element carries the message key in an attribute. */
      key: z.boolean().default(false),
    }),
    fieldSets: z.array(z.array(mfc).min(1)).default([]),
    fields: z.array(field).default([]),
    layouts: z.record(z.string(), z.array(layoutLine).min(1)).default({}),
  })
  .superRefine((message, context) => {
    const names = message.fields.map((each) => each.mfc)
    names.forEach((name, i) => {
      if (names.indexOf(name) !== i)
        context.addIssue({ code: 'custom', path: ['fields', i, 'mfc'], message: `${name} is there twice` })
    })
    message.fieldSets.forEach((set, i) => {
      const missing = set.filter((name) => !names.includes(name))
      if (missing.length > 0)
        context.addIssue({
          code: 'custom',
          path: ['fieldSets', i],
          message: `${missing.join(', ')}: no such field; add it under fields or take it out of the set`,
        })
      const left = message.fields.filter((each) => each.required && !set.includes(each.mfc))
      if (left.length > 0)
        context.addIssue({
          code: 'custom',
          path: ['fieldSets', i],
          message: `lacks ${left.map((each) => each.mfc).join(', ')}, which is required; add it to the set`,
        })
    })
    message.restrictions.forEach((each, i) => {
      if (!names.includes(each.field))
        context.addIssue({
          code: 'custom',
          path: ['restrictions', i, 'field'],
          message: `${each.field} is no field of ${message.key}`,
        })
    })
    message.destinations?.reserved.forEach((each, i) => {
      if (!message.destinations?.accepted.includes(each))
        context.addIssue({
          code: 'custom',
          path: ['destinations', 'reserved', i],
          message: `${each} is none of the destinations that are accepted`,
        })
    })
    if (message.direction !== 'out' && !(message.authority && message.destinations))
      context.addIssue({
        code: 'custom',
        message: 'a message that comes in needs authority and destinations',
      })
    if (message.body === 'text' && !message.xml.text)
      context.addIssue({ code: 'custom', path: ['xml'], message: 'a message of free text needs xml.text' })
  })

const count = z.number().int().min(1)

export const exchangeSchema = z
  .strictObject({
    version,
    banner: z.string(),
    duplicateMark: z.string(),
    width: z.number().int().min(40).max(132),
    switch: z.string().length(9),
    centre: z.string().length(9),
    refusal: key,
    status: key,
    input: z.strictObject({
      marker: z.string().min(1),
      key: z
        .strictObject({ min: count, max: count })
        .refine(({ min, max }) => min <= max, 'min is above max'),
      control: z.strictObject({ max: count, characters: z.string().min(1) }),
      destinations: count,
    }),
    output: z.array(z.string()).min(1),
    framing: z.strictObject({
      text: count,
      xml: count,
      elements: count,
      attributes: count,
      depth: count,
      incomplete: duration,
      unanswered: count,
    }),
    original: z.strictObject({ characters: count, other: z.string().length(1) }),
    xml: z.strictObject({
      namespaces: z.record(z.string(), z.string().min(1)),
      root: xmlName,
      version: z.string(),
      header: z.strictObject({
        element: xmlName,
        key: xmlName,
        from: xmlName,
        destination: xmlName,
        control: xmlName,
        receivedDate: xmlName,
        receivedTime: xmlName,
        sentDate: xmlName,
        sentTime: xmlName,
        inCount: xmlName,
        outCount: xmlName,
      }),
    }),
  })
  .superRefine(({ xml }, context) => {
    const names = [
      { path: ['root'], name: xml.root },
      ...Object.entries(xml.header).map(([key, name]) => ({ path: ['header', key], name })),
    ]
    for (const { path, name } of names) {
      const prefix = name.split(':')[0] ?? ''
      if (!Object.hasOwn(xml.namespaces, prefix))
        context.addIssue({
          code: 'custom',
          path: ['xml', ...path],
          message: `xml.namespaces has no prefix '${prefix}'; known: ${Object.keys(xml.namespaces).join(', ')}`,
        })
    }
  })

/** Every refusal that the code can make; a file that lacks one, or a detail line, is refused at start-up. */
export const ERROR_NAMES = ['structure', 'marker', 'header', 'authority', 'dob', 'fields', 'busy'] as const
/** What every line about a field is given. */
const OF_FIELD = ['field', 'key', 'marker'] as const
/** Every detail line, with the values that the code gives it. */
export const DETAIL_VALUES = {
  'frame-empty': [],
  'frame-long': ['limit'],
  'frame-broken': [],
  'header-byte': [],
  'no-marker': ['marker'],
  'xml-refused': ['reason'],
  'xml-unknown': ['reason'],
  'limit-rate': [],
  'limit-waiting': [],
  'limit-connections': [],
  more: ['count'],
  'xml-long': ['limit'],
  'key-malformed': ['min', 'max'],
  'key-unknown': ['key'],
  'ori-malformed': [],
  'ori-unknown': ['ori'],
  'ori-link': ['ori'],
  'destination-missing': [],
  'destination-malformed': [],
  'destinations-many': ['key', 'max'],
  'control-malformed': ['max'],
  'ori-authority': ['ori', 'key'],
  'ori-purpose': ['ori', 'field', 'value'],
  'destination-key': ['destination', 'key'],
  missing: [...OF_FIELD],
  empty: [...OF_FIELD],
  twice: [...OF_FIELD],
  unknown: [...OF_FIELD],
  stray: [...OF_FIELD],
  byte: ['field'],
  'length-one': [...OF_FIELD, 'min', 'max'],
  length: [...OF_FIELD, 'min', 'max'],
  'one-of': [...OF_FIELD, 'choices'],
  characters: [...OF_FIELD, 'what'],
  name: [...OF_FIELD],
  code: [...OF_FIELD, 'table'],
  'date-length': [...OF_FIELD],
  'date-numeric': [...OF_FIELD],
  'date-calendar': [...OF_FIELD],
  'date-future': [...OF_FIELD],
  'field-set': [...OF_FIELD],
} as const satisfies Readonly<Record<string, readonly string[]>>
export type DetailName = keyof typeof DETAIL_VALUES
export const DETAIL_NAMES = Object.keys(DETAIL_VALUES) as [DetailName, ...DetailName[]]

export const errorsSchema = z
  .strictObject({
    version,
    errors: z.record(
      z.string(),
      // A refusal that is a status message says that what was sent was right, and may be sent again.
      z.strictObject({ code: z.string(), text: z.string(), status: z.boolean().default(false) }),
    ),
    details: z.partialRecord(z.enum(DETAIL_NAMES), z.string()),
  })
  .superRefine((file, context) => {
    for (const name of ERROR_NAMES)
      if (!file.errors[name])
        context.addIssue({ code: 'custom', path: ['errors'], message: `${name} is missing; add it` })
    for (const name of DETAIL_NAMES)
      if (file.details[name] === undefined)
        context.addIssue({ code: 'custom', path: ['details'], message: `${name} is missing; add it` })
  })

export const dispatchSchema = z.strictObject({
  version,
  rules: z.array(
    z.strictObject({
      key,
      destination: z.string().optional(),
      field: z.strictObject({ mfc, value: folded }).optional(),
      prefix: z.string().optional(),
      service: z.string(),
    }),
  ),
})

export type MessageFile = z.output<typeof messageSchema>
export type FieldFile = MessageFile['fields'][number]
export type LayoutLine = MessageFile['layouts'][string][number]
export type ExchangeFile = z.output<typeof exchangeSchema>
export type ErrorsFile = z.output<typeof errorsSchema>
export type DispatchFile = z.output<typeof dispatchSchema>
export type DispatchRule = DispatchFile['rules'][number]
