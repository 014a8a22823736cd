import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { FaultError, formatFault, loadConfig, type ResolvedConfig } from '../../src/config/index.js'

let dir: string
let file: string

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'iaq-config-'))
  file = join(dir, 'iaq-gateway.yaml')
})

afterEach(() => rmSync(dir, { recursive: true }))

type Env = Readonly<Record<string, string>>

function load(text: string, env: Env = {}, flags: Record<string, unknown> = {}): ResolvedConfig {
  writeFileSync(file, text)
  return loadConfig({ file, env, flags })
}

/** What is said of a configuration, a line a fault, without the folder. */
function faults(text: string, env: Env = {}, flags: Record<string, unknown> = {}): string[] {
  try {
    load(text, env, flags)
    return []
  } catch (error) {
    if (!(error instanceof FaultError)) throw error
    return error.faults.map((fault) => formatFault(fault).replace(`${dir}/`, ''))
  }
}

describe('settings that no schema knows', () => {
  it.each([
    [{ IAQ_FOO: '1' }, /^IAQ_FOO: unknown setting \(known here: data, directory, /],
    [
      { IAQ_MATCH_PRIO: '1' },
      /^IAQ_MATCH_PRIO: unknown setting \(match: known here: match, possible, floor, prior\)$/,
    ],
    [{ IAQ_DATA: 'x', IAQ_DATA_X: '1' }, /^IAQ_DATA_X: unknown setting \(data: must be a text\)$/],
    [{ IAQ_CONSTRUCTOR_PROTOTYPE_POLLUTED: '1' }, /^IAQ_CONSTRUCTOR_PROTOTYPE_POLLUTED: unknown setting/],
    [{ IAQ___PROTO___POLLUTED: '1' }, /^IAQ___PROTO___POLLUTED: unknown setting/],
    [{ IAQ_LINKS_X_NAME: '1' }, /^IAQ_LINKS_X_NAME: unknown setting \(links: must be a list\)$/],
    [{ IAQ_LINKS_00_NAME: '1' }, /^IAQ_LINKS_00_NAME: unknown setting/],
    [{ IAQ_LINKS_LENGTH: '1' }, /^IAQ_LINKS_LENGTH: unknown setting/],
  ])('of the environment: %j', (env, said) => {
    expect(faults('', env)).toEqual([expect.stringMatching(said)])
  })

  it.each([
    '__proto__.polluted',
    'constructor.prototype.polluted',
    'match.constructor.prototype.polluted',
    'data.x',
  ])('of the command line: %s', (path) => {
    expect(faults('', {}, { [path]: 1 })).toEqual([
      expect.stringMatching(/^command line: .*: unknown setting/),
    ])
    expect(({} as { polluted?: number }).polluted).toBeUndefined()
  })

  it('a part of what is set as a whole, and has none', () => {
    const env = { IAQ_ANSWER_DELAY: '3s', IAQ_ANSWER_DELAY_MIN: '1s' }
    expect(faults('', env)).toEqual(['IAQ_ANSWER_DELAY_MIN: answer.delay has a value and so no keys'])
  })

  it('a whole list, and then one of its entries, in whichever order they come', () => {
    const env = { IAQ_LINKS_0_NAME: 'B', IAQ_LINKS: '[{ name: A, oris: ["*"] }]' }
    expect(load('', env).links).toMatchObject([{ name: 'B', oris: ['*'] }])
  })

  it('what the command line hands over stays its own', () => {
    const links = [{ name: 'A', oris: ['*'] }]
    load('', {}, { links, 'links.0.name': 'B' })
    expect(links).toEqual([{ name: 'A', oris: ['*'] }])
  })
})

describe('a fault says what is legal', () => {
  it.each([
    [
      'answer: { delay: [] }',
      /^iaq-gateway\.yaml:1: answer\.delay: must be a duration .* or \{ distribution, min, max, mean \}, not a list$/,
    ],
    [
      'answer:\n  delay:\n    distribution: uniform\n    mx: 3s',
      /:4: unknown key answer\.delay\.mx; .*known here: distribution, min/,
    ],
    [
      'answer: { delay: { distribution: x, max: 1s } }',
      /answer\.delay\.distribution: must be uniform or exponential, not 'x'$/,
    ],
    ['subjects: maybe', /subjects: must be on or off, not 'maybe'$/],
    ['log: { persons: 1 }', /log\.persons: must be yes or no, not 1$/],
    ['listen: [{ port: 1.5 }]', /listen\.0\.port: must be a whole number, not 1\.5$/],
    [
      'drain: { within: [] }',
      /drain\.within: must be a duration \(250ms, 3s, 5m, 12h or 365d\), not a list$/,
    ],
  ])('%j', (text, said) => {
    expect(faults(text)).toContainEqual(expect.stringMatching(said))
    for (const line of faults(text)) expect(line).not.toMatch(/Invalid|Unrecognized|expected|received/)
  })

  it('of the environment with the name of the variable, and the path where that isn’t it', () => {
    expect(faults('', { IAQ_MATCH_PRIOR: 'x' })).toEqual(["IAQ_MATCH_PRIOR: must be a number, not 'x'"])
    expect(faults('', { IAQ_LINKS: '[{ name: A, oris: [] }]' })).toEqual([
      'IAQ_LINKS: links.0.oris: must have at least 1 entry',
    ])
    expect(faults('', { IAQ_LINKS: '[{ name: A, oriss: ["*"], oris: ["*"] }]' })).toEqual([
      'IAQ_LINKS: links.0.oriss: unknown key (known here: name, oris, certificate, delivery, keepalive, idle, limits)',
    ])
    expect(faults('', { IAQ_LINKS_0_NAME: 'A' })).toEqual([
      'IAQ_LINKS_0_NAME: links.0.oris: is missing; must be a list',
    ])
    expect(faults('', {}, { 'listen.0.port': 70_000 })).toEqual([
      'command line: listen.0.port: must be at most 65535',
    ])
    // The file's own listener lost its link through the environment.
    expect(
      faults('links: [{ name: A, oris: ["*"] }]\nlisten: [{ link: A }]', { IAQ_LINKS_0_NAME: 'B' }),
    ).toEqual(['environment or command line: listen.0.link: no link is called A; known: B'])
  })

  it('aliases that multiply are a fault in the file, and none of a list in the environment', () => {
    const nine = (name: string): string => Array.from({ length: 9 }, () => name).join()
    const bomb = `[&a [${nine('x')}], &b [${nine('*a')}], &c [${nine('*b')}], [${nine('*c')}]]`
    expect(faults(`links: ${bomb}`)).toEqual([expect.stringMatching(/^iaq-gateway\.yaml:1: not YAML: /)])
    expect(faults('', { IAQ_LINKS: bomb })).toEqual([
      expect.stringMatching(/^IAQ_LINKS: must be a list, not /),
    ])
  })
})

describe('yes, no, true and false', () => {
  it.each([
    ['yes', true],
    ['no', false],
    ['true', true],
    ['false', false],
  ])('%s', (word, meant) => {
    const text = `listen: [{ plaintext: ${word} }]\nlog: { persons: ${word} }\njournal: { sync: ${word} }\nnotices: { service: ${word} }`
    const env = {
      IAQ_LISTEN_0_PLAINTEXT: word,
      IAQ_LOG_PERSONS: word,
      IAQ_JOURNAL_SYNC: word,
      IAQ_NOTICES_SERVICE: word,
    }
    for (const config of [load(text), load('', env)])
      expect(config).toMatchObject({
        listen: [{ plaintext: meant }],
        log: { persons: meant },
        journal: { sync: meant },
        notices: { service: meant },
      })
  })
})

describe('texts of the environment', () => {
  it('stay what was written, however much they look like numbers', () => {
    const env = {
      IAQ_DATA: '2024',
      IAQ_FORMATS: 'true',
      IAQ_LINKS_0_NAME: '12',
      IAQ_LINKS_0_ORIS: '[000000001, "*"]',
      IAQ_BRADY_ORIS_0: '000000002',
    }
    expect(load('', env)).toMatchObject({
      data: resolve('2024'),
      formats: resolve('true'),
      links: [{ name: '12', oris: ['000000001', '*'] }],
      brady: { oris: ['000000002'] },
    })
    expect(load('', { IAQ_LINKS: '[{ name: 7, oris: [123456789] }]' }).links).toMatchObject([
      { name: '7', oris: ['123456789'] },
    ])
    expect(load('', { IAQ_DATA: 'a: b # c' }).data).toBe(resolve('a: b # c'))
    expect(load('', { IAQ_DATA: '"x y"' }).data).toBe(resolve('x y'))
  })

  it('an empty one is not set', () => {
    const env = { IAQ_DATA: '', IAQ_MATCH_PRIOR: ' ', IAQ_LINKS: '', IAQ_NOPE: '' }
    expect(load('data: there', env)).toMatchObject({
      data: join(dir, 'there'),
      match: { prior: 0.5 },
      links: [],
    })
  })

  it('an empty path in the file or on the command line is a fault: it would be a folder', () => {
    expect(faults('data: ""')).toEqual(['iaq-gateway.yaml:1: data: must have at least 1 character'])
    expect(faults('', {}, { data: '' })).toEqual(['command line: data: must have at least 1 character'])
  })

  it('of IAQ_PORT and IAQ_LISTEN_0_PORT the longer name counts, whatever the order', () => {
    for (const names of [
      ['IAQ_PORT', 'IAQ_LISTEN_0_PORT'],
      ['IAQ_LISTEN_0_PORT', 'IAQ_PORT'],
    ]) {
      const env = Object.fromEntries(names.map((name) => [name, `${name.length}`]))
      expect(load('', env).listen).toMatchObject([{ port: 'IAQ_LISTEN_0_PORT'.length }])
    }
  })

  it('a path in a list of the environment counts from the working folder', () => {
    const env = { IAQ_LISTEN: '[{ tls: { key: k.pem, cert: c.pem } }]' }
    expect(load('', env).listen).toMatchObject([{ tls: { key: resolve('k.pem'), cert: resolve('c.pem') } }])
  })
})

describe('keys that don’t fit each other', () => {
  const tls = 'tls: { key: k, cert: c, clientCa: ca }'
  const print = 'AB'.repeat(32)
  const withColons = `sha256:${(print.match(/../g) ?? []).join(':').toLowerCase()}`

  it('without links a listener may name the one that there is, and no other', () => {
    expect(faults('listen: [{ link: default }]')).toEqual([])
    expect(faults('listen:\n  - port: 1\n    link: ZZ')).toEqual([
      'iaq-gateway.yaml:3: listen.0.link: no link is called ZZ; known: default',
    ])
  })

  it('a certificate of a link, and no listener that asks for one', () => {
    const links = 'links:\n  - name: A\n    oris: ["*"]\n    certificate: a\n'
    expect(faults(links)).toEqual([
      expect.stringMatching(/^iaq-gateway\.yaml:4: links\.0\.certificate: no listener asks for certificates/),
    ])
    expect(faults(`${links}listen: [{ port: 1 }, { port: 2, ${tls} }]`)).toEqual([])
  })

  it('one certificate of two links, however it is written', () => {
    const links = (a: string, b: string): string =>
      `listen: [{ ${tls} }]\nlinks:\n  - { name: A, oris: ["*"], certificate: "${a}" }\n  - { name: B, oris: ["*"], certificate: "${b}" }`
    for (const [a, b] of [
      ['a', 'a'],
      [`sha256:${print}`, withColons],
    ] as const)
      expect(faults(links(a, b))).toEqual([
        'iaq-gateway.yaml:4: links.1.certificate: is that of link A too; a certificate is one link’s'.replace(
          '’',
          "'",
        ),
      ])
    expect(faults(links('a', 'A'))).toEqual([])
  })

  it.each(['', 'AB', 'G'.repeat(64), print.slice(1), `${print}A`])(
    'a fingerprint that is none: %j',
    (text) => {
      const links = `listen: [{ ${tls} }]\nlinks: [{ name: A, oris: ["*"], certificate: "sha256:${text}" }]`
      expect(faults(links)).toEqual([
        expect.stringContaining('links.0.certificate: after sha256: must stand the 64'),
      ])
    },
  )

  it('clients’ certificates that no link has', () => {
    const listen = `listen:\n  - port: 1\n    ${tls}\n`
    for (const links of ['', 'links: [{ name: A, oris: ["*"] }]'])
      expect(faults(listen + links)).toEqual([
        expect.stringMatching(/^iaq-gateway\.yaml:3: listen\.0\.tls\.clientCa: nobody could connect/),
      ])
    expect(faults(`${listen}    link: A\nlinks: [{ name: A, oris: ["*"] }]`)).toEqual([])
  })

  it.each(['+99:99', '-07:60', '+14:01', '-15:00', '+7:00'])('an offset that no clock has: %s', (offset) => {
    expect(faults(`clock: { offset: "${offset}" }`)).toEqual([
      'iaq-gateway.yaml:1: clock.offset: write it as -07:00; from -14:00 to +14:00',
    ])
  })

  it.each([
    ['uniform, min: 5s, max: 1s', 'min: is above max'],
    ['uniform, min: 5s', 'max: is missing; a uniform delay lies below it'],
    ['exponential, min: 5s', 'mean: is missing; an exponential delay has one'],
    ['exponential, min: 5s, mean: 1s', 'mean: is below min'],
    ['exponential, mean: 5s, min: 2s, max: 1s', 'min: is above max'],
  ])('a delay that can’t be: %s', (text, said) => {
    expect(faults(`answer: { delay: { distribution: ${text} } }`)).toEqual([
      `iaq-gateway.yaml:1: answer.delay.${said}`,
    ])
  })
})
