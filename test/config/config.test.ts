import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { stringify } from 'yaml'
import {
  checkDocument,
  FaultError,
  formatFault,
  isLoopback,
  loadConfig,
  packageRoot,
  type ResolvedConfig,
  readText,
} from '../../src/config/index.js'
import { configSchema } from '../../src/config/schema.js'

let dir: string
let file: string

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'iaq-config-'))
  file = join(dir, 'iaq-gateway.yaml')
})

afterEach(() => rmSync(dir, { recursive: true }))

const load = (
  text: string,
  env: Record<string, string> = {},
  flags: Record<string, unknown> = {},
): ResolvedConfig => {
  writeFileSync(file, text)
  return loadConfig({ file, env, flags })
}

/** What is said of a configuration that is wrong, a line a fault, without the folder. */
function faults(text: string, env: Record<string, string> = {}): string[] {
  try {
    load(text, env)
    return []
  } catch (error) {
    if (!(error instanceof FaultError)) throw error
    return error.faults.map((fault) => formatFault(fault).replace(`${dir}/`, ''))
  }
}

/** The value at a dotted path. */
const at = (config: unknown, path: string): unknown =>
  path
    .split('.')
    .reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], config)

/** Sets the value at a dotted path, as YAML would hold it. */
function put(root: Record<string, unknown>, path: string, value: unknown): void {
  const keys = path.split('.')
  let node = root
  keys.slice(0, -1).forEach((key, i) => {
    node[key] ??= /^\d+$/.test(keys[i + 1] ?? '') ? [] : {}
    node = node[key] as Record<string, unknown>
  })
  node[keys.at(-1) ?? ''] = value
}

describe('without a file', () => {
  it('everything has a default', () => {
    expect(load('')).toMatchObject({
      data: join(dir, 'data'),
      directory: join(packageRoot, 'formats', 'directory.csv'),
      formats: join(packageRoot, 'formats'),
      listen: [{ host: '127.0.0.1', port: 9010, plaintext: false }],
      links: [],
      answer: { delay: 0 },
      match: { match: 90, possible: 8, floor: 1, prior: 0.5 },
      brady: {},
      subjects: true,
      clock: { offset: '-07:00' },
      log: { level: 'info', persons: false, rotate: 64 << 20, keep: 8 },
      limits: {},
      drain: { within: 10_000 },
      journal: { sync: true },
    })
    expect(load('').admin).toBeUndefined()
    expect(load('# nothing but words\n')).toEqual(load(''))
  })

  it('one that is named must be there', () => {
    expect(() => loadConfig({ file: join(dir, 'none.yaml') })).toThrow(
      `${join(dir, 'none.yaml')}: no such file`,
    )
    expect(() => readText(dir)).toThrow(`${dir}: can't be read: `)
  })
})

describe('file, environment, command line', () => {
  it('each overrides the one before it, key by key', () => {
    const text = 'match: { match: 80, possible: 4, floor: 2 }\nlog: { level: warn }\n'
    const env = { IAQ_MATCH_POSSIBLE: '6', IAQ_MATCH_FLOOR: '3' }
    expect(load(text).match).toMatchObject({ match: 80, possible: 4, floor: 2, prior: 0.5 })
    expect(load(text, env).match).toMatchObject({ match: 80, possible: 6, floor: 3 })
    expect(load(text, env, { 'match.floor': 5 })).toMatchObject({
      match: { match: 80, possible: 6, floor: 5 },
      log: { level: 'warn' },
    })
  })

  it('one listener of several is changed by its number', () => {
    const text = 'listen: [{ port: 1 }, { port: 2, host: localhost }]'
    expect(load(text, { IAQ_LISTEN_1_PORT: '7' }).listen).toMatchObject([
      { port: 1 },
      { port: 7, host: 'localhost' },
    ])
  })

  it('IAQ_PORT is short for the first listener’s; IAQ_CONFIG and names of others mean nothing here', () => {
    const env = { IAQ_PORT: '9999', IAQ_CONFIG: 'x.yaml', IAQX: '1', PATH: '/bin' }
    expect(load('', env).listen).toMatchObject([{ port: 9999 }])
  })

  it('a value of the environment may be a list or an object, as in the file', () => {
    const env = {
      IAQ_LINKS: '[{ name: ZZ, oris: ["ZZ*"] }]',
      IAQ_BRADY_ORIS: '[ZZ0010100, "FL*"]',
      IAQ_ANSWER_DELAY: '{ distribution: uniform, min: 1s, max: 5s }',
    }
    expect(load('', env)).toMatchObject({
      links: [{ name: 'ZZ', oris: ['ZZ*'], delivery: 'written', keepalive: 0 }],
      brady: { oris: ['ZZ0010100', 'FL*'] },
      answer: { delay: { distribution: 'uniform', min: 1000, max: 5000 } },
    })
  })

  it('what is no YAML is a text: a pattern that is a star alone', () => {
    const env = { IAQ_LINKS_0_NAME: 'ALL', IAQ_LINKS_0_ORIS_0: '*' }
    expect(load('', env).links).toMatchObject([{ name: 'ALL', oris: ['*'] }])
  })
})

/** A legal value other than the default for each key that docs/operating.md lists, and how it is read. */
const SAMPLES: Readonly<Record<string, readonly [sample: unknown, read?: unknown]>> = {
  data: ['/tmp/store'],
  directory: ['/tmp/oris.csv'],
  formats: ['/tmp/formats'],
  'listen.0.host': ['::1'],
  'listen.0.port': [9999],
  'listen.0.fd': [3],
  'listen.0.link': ['ZZ'],
  'listen.0.tls.key': ['/tmp/k.pem'],
  'listen.0.tls.cert': ['/tmp/c.pem'],
  'listen.0.tls.clientCa': ['/tmp/ca.pem'],
  'listen.0.tls.denied': ['/tmp/denied'],
  'listen.0.tls.handshake': ['5s', 5000],
  'listen.0.tls.handshakes': [8],
  'listen.0.plaintext': ['yes', true],
  'links.0.name': ['ZZ'],
  'links.0.oris': [['ZZ*', 'FL0010100']],
  'links.0.certificate': [`sha256:${'0F'.repeat(32)}`],
  'links.0.delivery': ['acknowledged'],
  'links.0.keepalive': ['30s', 30_000],
  'links.0.idle': ['5m', 300_000],
  'links.0.limits.connections': [2],
  'links.0.limits.rate': [0.5],
  'links.0.limits.waiting': [100_000],
  'answer.delay': ['250ms', 250],
  'match.match': [95],
  'match.possible': [6],
  'match.floor': [2],
  'match.prior': [0.2],
  'brady.oris': [['WVNICS000']],
  review: ['possible'],
  'confirm.by': ['5m', 300_000],
  subjects: ['off', false],
  'clock.offset': ['+05:30'],
  'admin.host': ['::1'],
  'admin.port': [9011],
  'admin.plaintext': ['yes', true],
  'log.level': ['warn'],
  'log.persons': [true],
  'log.file': ['/tmp/messages.log'],
  'log.rotate': [100_000],
  'log.keep': [3],
  'limits.text': [1000],
  'limits.xml': [2000],
  'notices.service': [true],
  'notices.waiting': ['10m', 600_000],
  'audit.key': ['/tmp/audit.key'],
  'drain.within': ['5m', 300_000],
  'journal.sync': [false],
  'journal.keep': ['30d', 2_592_000_000],
  'journal.segment': [1_000_000],
}
const variable = (path: string): string => `IAQ_${path.replaceAll('.', '_').toUpperCase()}`

/** The keys of the table in docs/operating.md; `.port` after `listen[].host` stands for `listen[].port`. */
function documented(): string[] {
  const sections = readFileSync('docs/operating.md', 'utf8').split(/^## /m)
  const table = sections.find((each) => each.startsWith('Configuration')) ?? ''
  const keys: string[] = []
  for (const [, cell = ''] of table.matchAll(/^\| (`[^|]*) \|/gm)) {
    let before = ''
    for (const [, name = ''] of cell.matchAll(/`([^`]+)`/g)) {
      before = name.startsWith('.') ? before.replace(/\.[^.]*$/, name) : name
      keys.push(before.replaceAll('[]', '.0'))
    }
  }
  return keys
}

describe('every key of docs/operating.md', () => {
  const keys = documented()

  it('is one of the schema, and has a sample here', () => {
    expect(keys.length).toBeGreaterThan(30)
    expect(keys.toSorted()).toEqual(Object.keys(SAMPLES).toSorted())
  })

  it('is set by the file, the environment and the command line to the same effect', () => {
    const tree: Record<string, unknown> = {}
    for (const [path, [sample]] of Object.entries(SAMPLES)) put(tree, path, sample)
    const byFile = load(stringify(tree))
    for (const [path, [sample, read]] of Object.entries(SAMPLES))
      expect([path, at(byFile, path)]).toEqual([path, read ?? sample])
    const env = Object.fromEntries(
      Object.entries(SAMPLES).map(([path, [sample]]) => [
        variable(path),
        typeof sample === 'object' ? JSON.stringify(sample) : String(sample),
      ]),
    )
    expect(env).toHaveProperty('IAQ_LISTEN_0_TLS_CLIENTCA')
    expect(load('', env)).toEqual(byFile)
    const flags = Object.fromEntries(Object.entries(SAMPLES).map(([path, [sample]]) => [path, sample]))
    expect(load('', {}, flags)).toEqual(byFile)
  })

  it.each(keys.filter((key) => !/^(?:listen\.0\.(?:tls|link)|links|admin)/.test(key)))(
    '%s may be set alone in the environment',
    (path) => {
      const [sample, read = sample] = SAMPLES[path] ?? []
      const text = typeof sample === 'object' ? JSON.stringify(sample) : String(sample)
      expect(at(load('', { [variable(path)]: text }), path)).toEqual(read)
    },
  )
})

describe('relative paths', () => {
  const relative = 'data: store\ndirectory: ../oris.csv\nformats: ./formats\n'

  it('of the file count from its folder', () => {
    expect(load(relative)).toMatchObject({
      data: join(dir, 'store'),
      directory: resolve(dir, '../oris.csv'),
      formats: join(dir, 'formats'),
    })
  })

  it('are those of TLS and the log too', () => {
    const text = `listen: [{ tls: { key: k.pem, cert: c.pem, clientCa: /ca.pem } }]
links: [{ name: ZZ, oris: ["*"], certificate: zz }]
log: { file: my.log }`
    expect(load(text)).toMatchObject({
      listen: [{ tls: { key: join(dir, 'k.pem'), cert: join(dir, 'c.pem'), clientCa: '/ca.pem' } }],
      log: { file: join(dir, 'my.log') },
    })
    expect(load(text, { IAQ_LISTEN_0_TLS_KEY: 'mine.pem' }, { 'log.file': 'mine.log' })).toMatchObject({
      listen: [{ tls: { key: resolve('mine.pem'), cert: join(dir, 'c.pem') } }],
      log: { file: resolve('mine.log') },
    })
  })

  it('of the environment and the command line count from the working folder', () => {
    expect(load(relative, { IAQ_DATA: 'mine' }, { formats: 'theirs' })).toMatchObject({
      data: resolve('mine'),
      directory: resolve(dir, '../oris.csv'),
      formats: resolve('theirs'),
    })
  })

  it('absolute ones stay as they are, and so does an address of PostgreSQL', () => {
    expect(load('data: /store\nformats: /formats')).toMatchObject({ data: '/store', formats: '/formats' })
    expect(load('data: postgres://user@host/db').data).toBe('postgres://user@host/db')
  })
})

describe('a wrong configuration', () => {
  it.each([
    ['an unknown key', 'datta: y', '1: unknown key datta; remove it or look up its right name'],
    ['an unknown key below another', 'match: { match: 90, mtch: 2 }', '1: unknown key match.mtch; remove it'],
    [
      'an unknown key of a listener',
      'listen:\n  - port: 1\n    prt: 2',
      '3: unknown key listen.0.prt; remove it',
    ],
    ['a text for a number', 'listen:\n  - port: x', "2: listen.0.port: must be a number, not 'x'"],
    ['a port that is none', 'listen: [{ port: 65536 }]', '1: listen.0.port: must be at most 65535'],
    ['no listener', 'listen: []', '1: listen: must have at least 1 entry'],
    ['a number for a text', 'data: 5', '1: data: must be a text, not 5; put it in quotes'],
    ['nothing for an object', 'match:', '1: match: must be { match, possible, floor, prior }, not nothing'],
    ['a list', '- data', '1: must be { data, directory,'],
    ['broken YAML', 'data: x\nlisten: [', '2: not YAML: '],
    ['a key twice', 'data: x\ndata: y', '2: not YAML: Map keys must be unique'],
    ['a percentage above 100', 'match: { match: 101 }', '1: match.match: must be at most 100'],
    ['a prior of 1', 'match: { prior: 1 }', '1: match.prior: must be below 1'],
    ['a floor above match', 'match:\n  match: 50\n  floor: 60', '3: match.floor: is above match'],
    [
      'an ORI that is none',
      'links:\n  - name: A\n    oris: [ZZ]',
      '3: links.0.oris.0: nine letters and digits, or',
    ],
    ['a link without ORIs', 'links: [{ name: A, oris: [] }]', '1: links.0.oris: must have at least 1 entry'],
    ['a link without a name', 'links: [{ oris: ["*"] }]', '1: links.0.name: is missing; must be a text'],
    [
      'a name that can’t stand in a log',
      'links: [{ name: "A B", oris: ["*"] }]',
      '1: links.0.name: letters, digits',
    ],
    [
      'a delivery that is none',
      'links: [{ name: A, oris: ["*"], delivery: x }]',
      "1: links.0.delivery: must be written or acknowledged, not 'x'",
    ],
    ['an offset that is none', 'clock: { offset: MST }', '1: clock.offset: write it as -07:00'],
    [
      'a level that is none',
      'log:\n  level: loud',
      '2: log.level: must be trace, debug, info, warn, error, fatal or silent',
    ],
    [
      'TLS without a certificate',
      'listen: [{ tls: { key: k } }]',
      '1: listen.0.tls.cert: is missing; must be a text',
    ],
    [
      'an admin port that isn’t said',
      'admin: { host: localhost }',
      '1: admin.port: is missing; must be a number',
    ],
    [
      'a distribution that is none',
      'answer: { delay: { distribution: x } }',
      "1: answer.delay.distribution: must be uniform or exponential, not 'x'",
    ],
    ['a limit too small', 'limits: { text: 10 }', '1: limits.text: must be at least 256'],
    ['a __proto__', '__proto__: { data: x }', '1: unknown key __proto__; remove it'],
    [
      'a __proto__ below a key',
      'match:\n  __proto__: { prior: 0.1 }',
      '2: unknown key match.__proto__; remove it',
    ],
    ['a constructor', 'constructor: { prototype: { data: x } }', '1: unknown key constructor; remove it'],
  ])('%s is told with file and line', (_, text, said) => {
    expect(faults(text)).toContainEqual(expect.stringContaining(`iaq-gateway.yaml:${said}`))
  })

  it('all faults are told at once', () => {
    expect(faults('data: 5\nmatch: { prior: 2 }\nnope: 1')).toHaveLength(3)
  })

  it('of the environment is told as such, with the key', () => {
    expect(faults('', { IAQ_MATCH_PRIOR: '2' })).toEqual(['IAQ_MATCH_PRIOR: must be below 1'])
    expect(faults('', { IAQ_NOPE: '1' })).toEqual([
      expect.stringMatching(/^IAQ_NOPE: unknown setting \(known here: data, /),
    ])
    expect(faults('', { IAQ_LISTEN_1_PORT: '1' })).toEqual([expect.stringContaining('listen.0')])
  })

  it('of the file is the file’s, whatever the environment sets', () => {
    expect(faults('match: { prior: 2 }', { IAQ_LOG_LEVEL: 'warn' })).toEqual([
      expect.stringContaining('iaq-gateway.yaml:1: match.prior: must be below 1'),
    ])
  })

  it('names that every object has pollute nothing', () => {
    const before = Reflect.ownKeys(Object.prototype)
    for (const name of ['IAQ___PROTO__', 'IAQ___PROTO___DATA', 'IAQ_MATCH___PROTO___PRIOR', 'IAQ_TOSTRING'])
      expect(faults('', { [name]: '1' })).not.toEqual([])
    faults('__proto__: { polluted: 1 }\nmatch: { __proto__: { polluted: 1 } }')
    expect(Reflect.ownKeys(Object.prototype)).toEqual(before)
    expect(({} as { polluted?: number }).polluted).toBeUndefined()
  })
})

describe('durations', () => {
  it.each([
    ['0s', 0],
    ['0', 0],
    ['250ms', 250],
    ['3s', 3000],
    ['1.5s', 1500],
    ['5m', 300_000],
    ['12h', 43_200_000],
    ['365d', 31_536_000_000],
  ])('%s', (text, ms) => {
    expect(load(`drain: { within: ${text} }`).drain.within).toBe(ms)
    expect(load('', { IAQ_DRAIN_WITHIN: text }).drain.within).toBe(ms)
  })

  it.each(['5', '-1s', '1 s', 'soon', '1w', '1e3s', '""'])(
    '%s is none, and the fault says what is',
    (text) => {
      expect(faults(`drain:\n  within: ${text}`)).toEqual([
        expect.stringMatching(
          /^iaq-gateway\.yaml:2: drain\.within: .* is no duration; write 250ms, 3s, 5m, 12h or 365d$/,
        ),
      ])
    },
  )
})

describe('listeners and links', () => {
  const host = (name: string): string => `listen:\n  - host: "${name}"\n`

  it.each(['127.0.0.1', '127.1.2.3', '::1', 'localhost'])('%s is loopback and needs no TLS', (name) => {
    expect(isLoopback(name)).toBe(true)
    expect(faults(host(name))).toEqual([])
  })

  it.each([
    '0.0.0.0',
    '::',
    '10.0.0.1',
    '128.0.0.1',
    'example.org',
    '127.0.0.1.example.org',
    'localhost.example.org',
    '',
  ])('%s isn’t, and needs TLS or plaintext: yes', (name) => {
    expect(isLoopback(name)).toBe(false)
    expect(faults(host(name))).toEqual([
      `iaq-gateway.yaml:2: listen.0.host: ${name} is not a loopback address: give this listener tls, or say plaintext: yes`,
    ])
    expect(faults(`${host(name)}    plaintext: yes`)).toEqual([])
    expect(faults(`${host(name)}    plaintext: true`)).toEqual([])
    expect(faults(`${host(name)}    plaintext: false`)).toHaveLength(1)
    expect(faults(`${host(name)}    tls: { key: k.pem, cert: c.pem }`)).toEqual([])
  })

  it('each listener is held to it, from the environment too', () => {
    expect(faults('listen: [{ port: 1 }, { port: 2, host: 0.0.0.0 }]')).toEqual([
      expect.stringContaining('listen.1.host: 0.0.0.0 is not'),
    ])
    expect(faults('', { IAQ_LISTEN_0_HOST: '0.0.0.0' })).toEqual([
      expect.stringContaining('IAQ_LISTEN_0_HOST: 0.0.0.0 is not a loopback address'),
    ])
    expect(faults('', { IAQ_LISTEN_0_HOST: '0.0.0.0', IAQ_LISTEN_0_PLAINTEXT: 'yes' })).toEqual([])
  })

  it('two links of one name are a fault of the second', () => {
    const text =
      'links:\n  - { name: A, oris: ["ZZ*"] }\n  - { name: B, oris: ["YY*"] }\n  - { name: A, oris: ["XX*"] }\n'
    expect(faults(text)).toEqual(['iaq-gateway.yaml:4: links.2.name: link A is there twice'])
  })

  it('a listener that names an unknown link is told which there are', () => {
    const links = 'links: [{ name: A, oris: ["ZZ*"] }, { name: B, oris: ["YY*"] }]\n'
    expect(faults(`${links}listen:\n  - port: 1\n    link: C\n`)).toEqual([
      'iaq-gateway.yaml:4: listen.0.link: no link is called C; known: A, B',
    ])
    expect(faults(`${links}listen: [{ port: 1, link: B }]`)).toEqual([])
  })
})

describe('checkDocument', () => {
  it('names the line of the deepest part of the path that the file holds', () => {
    const text = '# a word first\nlisten:\n  -\n    host: 127.0.0.1\n    tls:\n      key: k\n'
    expect(() => checkDocument('f.yaml', text, configSchema)).toThrow(/^f\.yaml:5: listen\.0\.tls\.cert: /)
  })

  it('reads JSON, which is YAML', () => {
    expect(checkDocument('f.json', '{"match": {"prior": 0.25}}', configSchema).match.prior).toBe(0.25)
  })

  it('a fault of the whole file has no line', () => {
    expect(formatFault({ file: 'f', line: 0, reason: 'r' })).toBe('f: r')
    expect(formatFault({ file: 'f', line: 3, reason: 'r' })).toBe('f:3: r')
  })
})
