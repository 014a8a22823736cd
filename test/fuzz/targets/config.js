import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { checkDocument, FaultError, formatFault, loadConfig } from '../../../dist/config/index.js'
import { parseDirectory } from '../../../dist/directory/index.js'
import { readCodeTable } from '../../../dist/message/codes.js'
import { dispatchSchema, errorsSchema, exchangeSchema, messageSchema } from '../../../dist/message/schema.js'
import { packageFile } from '../corpus.js'
import { must, ONE_LINE } from '../finding.js'
import { scratch } from '../scratch.js'

/** An input's first line may name another kind of file than the configuration: `#message`, `#env NAME=VALUE`. */
const SCHEMAS = {
  message: messageSchema,
  exchange: exchangeSchema,
  errors: errorsSchema,
  dispatch: dispatchSchema,
}
const dir = scratch('config')
mkdirSync(dir, { recursive: true })
const owned = Object.getOwnPropertyNames(Object.prototype).length

function read(text) {
  const [, kind = '', rest = ''] = /^#(\w+) ?([^\n]*)/.exec(text) ?? []
  const schema = Object.hasOwn(SCHEMAS, kind) ? SCHEMAS[kind] : undefined
  if (schema) return checkDocument('formats.yaml', text, schema)
  if (kind === 'directory') return directoryFaults(text)
  const file = join(dir, kind === 'codes' ? 'codes.csv' : 'iaq-gateway.yaml')
  writeFileSync(file, text)
  if (kind === 'codes') return readCodeTable(file)
  const env = {}
  for (const part of kind === 'env' ? rest.split(' IAQ_') : []) {
    const at = part.indexOf('=')
    if (at > 0)
      env[part.startsWith('IAQ_') ? part.slice(0, at) : `IAQ_${part.slice(0, at)}`] = part.slice(at + 1)
  }
  return loadConfig({ file, env })
}

/** The directory names its faults without throwing; here they are held to the same rules. */
function directoryFaults(text) {
  const found = parseDirectory(text.slice(text.indexOf('\n') + 1))
  if (Array.isArray(found)) throw new FaultError(found.map((fault) => ({ file: 'directory.csv', ...fault })))
  return found
}

function checkFaults(error, lines) {
  must(error.faults.length > 0, 'a FaultError holds a fault')
  for (const fault of error.faults) {
    must(fault.file !== '' && fault.reason.trim() !== '', 'a fault names its file and a reason', () =>
      JSON.stringify(fault),
    )
    must(
      Number.isInteger(fault.line) && fault.line >= 0 && fault.line <= lines,
      "a fault's line is a line of the file",
      () => JSON.stringify([fault, lines]),
    )
    must(fault.line > 0 || /^(?:environment|IAQ_)/.test(fault.file), 'a fault of a file names a line', () =>
      JSON.stringify(fault),
    )
    must(ONE_LINE.test(formatFault(fault)), 'a fault is one line without control characters', () =>
      JSON.stringify(fault),
    )
  }
  return error.faults
    .slice(0, 8)
    .map(({ reason }) => reason.replace(/^[^ ]+: |['"`(].*|\d+|unknown key .*|tag: .*/g, '').slice(0, 40))
}

export const target = {
  name: 'config',
  about: 'configuration, environment and files of formats/',
  most: 2500,
  tokens: [
    '\n',
    '\n  ',
    '\n- ',
    ': ',
    '- ',
    '{',
    '}',
    '[',
    ']',
    ', ',
    '&a ',
    '*a',
    '*b',
    '<<: *a',
    '!!binary ',
    '!!set ',
    '!x ',
    '? ',
    '| ',
    '>-\n  ',
    '---\n',
    '...\n',
    '%YAML 1.1\n---\n',
    '"',
    "'",
    '\\x00',
    '\\e',
    '~',
    'null',
    'yes',
    'true',
    '.inf',
    '.nan',
    '0x10',
    '1e400',
    '-0',
    '2001-01-01',
    '__proto__: ',
    'constructor: ',
    '\t',
    '\u0000',
    '\u001b[2J',
    '\u2028',
    '\ufeff',
    'data: ',
    'listen: ',
    'port: ',
    'links: ',
    'name: ',
    'oris: ',
    'match: ',
    'prior: ',
    'limits: ',
    'xml: ',
    'answer: ',
    'delay: ',
    'keepalive: ',
    '250ms',
    '3s',
    'ZZ*',
    'tls: ',
    'brady: ',
    '#env IAQ_PORT=1\n',
    '#env IAQ_DATA=x IAQ_DATA_X=y\n',
    '#env IAQ_MATCH_PRIOR=*a\n',
    '#env IAQ_LISTEN_9_PORT=1\n',
    '#env IAQ___PROTO___X=1\n',
    '#env IAQ_CONSTRUCTOR_PROTOTYPE_X=1\n',
    '#message\n',
    '#errors\n',
    '#exchange\n',
    '#dispatch\n',
    '#directory\n',
    '#codes\n',
    '['.repeat(400),
    '{a: '.repeat(300),
    '- '.repeat(400),
    '*a, '.repeat(120),
    'a:\n'.repeat(100),
  ].map((text) => Buffer.from(text)),
  seeds() {
    const messages = readdirSync(packageFile('formats/messages')).map((name) => `messages/${name}`)
    const files = [
      ...messages.map((name) => ['message', name]),
      ['exchange', 'exchange.yaml'],
      ['errors', 'errors.yaml'],
      ['dispatch', 'dispatch.yaml'],
      ['codes', 'codes/sex.csv'],
    ]
    const operating = readFileSync(packageFile('docs/operating.md'), 'utf8')
    const blocks = [...operating.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, text]) => text)
    return [
      ...files.map(([kind, name]) =>
        `#${kind}\n${readFileSync(packageFile('formats', name), 'utf8')}`.slice(0, 2400),
      ),
      `#directory\n${readFileSync(packageFile('formats/directory.csv'), 'utf8').slice(0, 400)}`,
      ...blocks,
    ].map((text) => Buffer.from(text))
  },
  run(bytes) {
    const text = bytes.toString('utf8')
    let features
    try {
      read(text)
      features = ['good']
    } catch (error) {
      if (!(error instanceof FaultError)) throw error
      features = checkFaults(error, text.split(/\r\n?|\n/).length + 1)
    }
    must(
      Object.getOwnPropertyNames(Object.prototype).length === owned,
      'nothing is added to what every object has',
    )
    const kind = /^#(message|exchange|errors|dispatch|directory|codes|env)\b/.exec(text)?.[1]
    return features.map((feature) => `${kind} ${feature}`)
  },
}
