import {
  copyFileSync,
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import * as fc from 'fast-check'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { loadConfig, type ResolvedConfig } from '../../src/config/index.js'
import { operate, verifyStore } from '../../src/gateway/index.js'
import type { Damage } from '../../src/store/index.js'
import { batchesOf, segments, snapshots } from '../store/helpers.js'
import { Bench, loadPersons, query, run, SUBJECT, take } from './helpers.js'

const whole = new Bench()
let bench: Bench
let plain: string
let keyed: string
let keyFile: string

const flags = { 'journal.segment': 65_536 }

/** A store of a few segments with persons on file, refusals and answers that wait, closed in order. */
async function filled(more: Readonly<Record<string, unknown>>): Promise<string> {
  const dir = whole.folder()
  await loadPersons(dir)
  await using local = new Bench()
  const gateway = await local.gateway(dir, { ...flags, ...more })
  const client = await local.client(gateway.port)
  for (let i = 0; i < 4; i++) {
    client.sendAll([...Array.from({ length: 30 }, (_, n) => query(`V${i}-${n}`)), query('BAD', { PUR: 'X' })])
    await take(client, 61)
  }
  await client.ask(query('MATCH', SUBJECT.match))
  client.send(query('NEVER', SUBJECT.never))
  await take(client, 1)
  return dir
}

beforeAll(async () => {
  keyFile = join(whole.folder(), 'key')
  writeFileSync(keyFile, Buffer.alloc(32, 7))
  plain = await filled({})
  keyed = await filled({ 'audit.key': keyFile })
})
afterAll(() => whole[Symbol.asyncDispose]())
beforeEach(() => {
  bench = new Bench()
})
afterEach(() => bench[Symbol.asyncDispose]())

const configOf = (dir: string, key?: string): ResolvedConfig =>
  loadConfig({ flags: { data: dir, ...(key ? { 'audit.key': key } : {}) } })
const damageOf = (dir: string, key?: string): readonly Damage[] =>
  verifyStore(configOf(dir, key), false).damage

/** Every file of a store, those aside that only a gateway that runs has. */
const filesOf = (dir: string): string[] =>
  readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !['lock', 'control.sock'].includes(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()

/** What somebody does to a file, with numbers to choose by. Returns false where it changes nothing. */
const HARMS: Readonly<Record<string, (file: string, a: number, b: number, dir: string) => boolean>> = {
  flip: (file, a, b) => {
    const bytes = readFileSync(file)
    if (bytes.length === 0) return false
    const at = a % bytes.length
    bytes[at] = (bytes[at] ?? 0) ^ (1 << (b % 8))
    writeFileSync(file, bytes)
    return true
  },
  cut: (file, a) => {
    const { length } = readFileSync(file)
    if (length === 0) return false
    truncateSync(file, a % length)
    return true
  },
  append: (file, a, b) => {
    writeFileSync(file, Buffer.alloc(1 + (a % 200), b % 3 === 0 ? 0 : b), { flag: 'a' })
    return true
  },
  remove: (file) => {
    rmSync(file)
    return true
  },
  'put in': (file, a) => {
    copyFileSync(
      file,
      file.replace(/([^/]+)$/, (name) => (name === 'seal.json' ? name : `${a % 10}${name}`)),
    )
    return !file.endsWith('seal.json')
  },
  'swap two segments': (_, a, b, dir) => {
    const files = segments(join(dir, 'journal'))
    const [one, other] = [files[a % files.length] ?? '', files[b % files.length] ?? '']
    if (one === other) return false
    renameSync(one, `${one}.aside`)
    renameSync(other, one)
    renameSync(`${one}.aside`, other)
    return true
  },
  'move a record': (_, a, b, dir) => {
    const files = segments(join(dir, 'journal'))
    const file = files[a % files.length] ?? ''
    const batches = batchesOf(file)
    const bytes = readFileSync(file)
    const i = b % (batches.length - 1)
    const [first, second] = [batches[i], batches[i + 1]]
    if (!first || !second) return false
    const moved = [bytes.subarray(second.at, second.end), bytes.subarray(first.at, first.end)]
    writeFileSync(file, Buffer.concat([bytes.subarray(0, first.at), ...moved, bytes.subarray(second.end)]))
    return true
  },
  'remove a record': (_, a, b, dir) => {
    const files = segments(join(dir, 'journal'))
    const file = files[a % files.length] ?? ''
    const batches = batchesOf(file)
    const { at = 0, end = 0 } = batches[b % batches.length] ?? {}
    const bytes = readFileSync(file)
    writeFileSync(file, Buffer.concat([bytes.subarray(0, at), bytes.subarray(end)]))
    return true
  },
}

describe('verify of a store that was closed in order', () => {
  it('is whole where nobody touched it', () => {
    expect(segments(join(plain, 'journal')).length).toBeGreaterThan(2)
    expect(damageOf(plain)).toEqual([])
    expect(damageOf(keyed, keyFile)).toEqual([])
  })

  it.each([
    ['without a key', () => plain, () => undefined],
    ['with a key', () => keyed, () => keyFile],
  ])('any change of any byte of any file is found: %s', async (_, store, key) => {
    const names = filesOf(store()).map((file) => file.slice(store().length + 1))
    expect(names.map((name) => name.split('/')[0])).toEqual(
      expect.arrayContaining(['journal', 'log', 'records', 'seal.json']),
    )
    const done = new Set<string>()
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...names),
        fc.constantFrom(...Object.keys(HARMS)),
        fc.nat(1 << 24),
        fc.nat(1 << 24),
        async (name, harm, a, b) => {
          await using local = new Bench()
          const dir = local.folder()
          cpSync(store(), dir, { recursive: true })
          if (HARMS[harm]?.(join(dir, name), a, b, dir) !== true) return
          done.add(harm)
          expect(damageOf(dir, key())).not.toEqual([])
        },
      ),
      { numRuns: 300 },
    )
    expect([...done].sort()).toEqual(Object.keys(HARMS).sort())
  })

  it('says in which file, and where', async () => {
    const dir = bench.folder()
    cpSync(plain, dir, { recursive: true })
    const [file = ''] = segments(join(dir, 'journal'))
    const { at = 0 } = batchesOf(file)[1] ?? {}
    const bytes = readFileSync(file)
    bytes[at + 70] = (bytes[at + 70] ?? 0) ^ 1
    writeFileSync(file, bytes)
    expect(damageOf(dir)).toEqual([{ file, offset: at, reason: '1 batch is damaged' }])
  })

  it('a seal that was taken away is missed, whoever closed the store last', async () => {
    const dir = bench.folder()
    cpSync(plain, dir, { recursive: true })
    const missing = [
      { file: join(dir, 'seal.json'), offset: 0, reason: 'is missing, though the store was closed' },
    ]
    await operate(configOf(dir), { call: 'hold', link: 'default', held: true })
    expect(damageOf(dir)).toEqual([])
    rmSync(join(dir, 'seal.json'))
    expect(damageOf(dir)).toEqual(missing)
  })

  it('what a killed gateway left is not damage, and has no seal after an operator looked in', async () => {
    const dir = bench.folder()
    const served = await bench.serve(dir)
    const client = await bench.client(served.port)
    await client.ask(query('K'))
    await served.kill()
    expect(damageOf(dir)).toEqual([])
    await operate(configOf(dir), { call: 'hold', link: 'default', held: true })
    expect(damageOf(dir)).toEqual([])
    expect(existsSync(join(dir, 'seal.json'))).toBe(false)
  })
})

describe('audit verify', () => {
  const copied = (): string => {
    const dir = bench.folder()
    cpSync(plain, dir, { recursive: true })
    return dir
  }
  /** Without a seal, a snapshot or a log: the chain alone, as it is beside a gateway or after a kill. */
  const unsealed = (): string => {
    const dir = copied()
    rmSync(join(dir, 'seal.json'))
    rmSync(join(dir, 'log'), { recursive: true })
    return dir
  }
  const verify = (dir: string, ...args: string[]): ReturnType<typeof run> =>
    run('audit', 'verify', '--data', dir, ...args)

  it('a trail that nobody touched is whole, and says its head', () => {
    const { code, stdout } = verify(copied())
    expect([code, stdout]).toEqual([
      0,
      expect.stringMatching(/^\d+ batches, \d+ records\nhead [0-9a-f]{64}\nwhole\n$/),
    ])
  })

  it.each(['move a record', 'remove a record', 'swap two segments'])('%s: exit 1 and where', (harm) => {
    const dir = unsealed()
    HARMS[harm]?.('', 0, 1, dir)
    const { code, stdout } = verify(dir)
    expect(code).toBe(1)
    expect(stdout).toMatch(/^\S+\/journal\/0000000\d\.journal: offset \d+: .+$/m)
    expect(stdout).toMatch(/^not whole$/m)
  })

  it('a record that is changed and one that is put in: exit 1 and where', () => {
    for (const put of [false, true]) {
      const dir = unsealed()
      const [file = ''] = segments(join(dir, 'journal'))
      const bytes = readFileSync(file)
      const { at = 0, end = 0 } = batchesOf(file)[1] ?? {}
      const own = Buffer.from(bytes.subarray(at, end))
      if (put) writeFileSync(file, Buffer.concat([bytes.subarray(0, end), own, bytes.subarray(end)]))
      else {
        bytes[end - 5] = (bytes[end - 5] ?? 0) ^ 2
        writeFileSync(file, bytes)
      }
      const { code, stdout } = verify(dir)
      expect(code).toBe(1)
      expect(stdout).toContain(`${file}: offset ${put ? end : at}: `)
    }
  })

  it('the first segments taken away: exit 1', () => {
    const dir = unsealed()
    for (const file of segments(join(dir, 'journal')).slice(0, -1)) rmSync(file)
    expect(verify(dir).code).toBe(1)
  })

  it('a tail cut off after a kill is found by a head of the log, and by nothing else', async () => {
    const dir = unsealed()
    const head = /"head":"([0-9a-f]{64})","msg":"stopped"/.exec(
      readFileSync(join(plain, 'log', 'messages.log'), 'utf8'),
    )?.[1]
    expect(verify(dir, '--head', head ?? '').stdout).toMatch(/^head /m)
    for (const file of snapshots(join(dir, 'journal'))) rmSync(file)
    const last = segments(join(dir, 'journal')).at(-1) ?? ''
    truncateSync(last, batchesOf(last).at(-1)?.at)
    expect(verify(dir).code).toBe(0)
    const { code, stdout } = verify(dir, '--head', head ?? '')
    expect([code, stdout]).toEqual([1, expect.stringContaining('its end was cut off')])
  })

  it('is used wrongly with a head that is none, and fails where there is no store', () => {
    expect(verify(plain, '--head', 'abc').code).toBe(2)
    expect(verify(join(plain, 'none'))).toMatchObject({ code: 1, stdout: '' })
  })
})
