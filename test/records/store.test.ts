import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  closeSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { crc32 } from '../../src/records/files.js'
import {
  adoptSegment,
  discardSegment,
  holdRecords,
  type LineFault,
  openInput,
  openRecords,
  type RecordStore,
  sweep,
  verifyRecords,
  writeSegment,
} from '../../src/records/index.js'

let dir = ''
beforeEach(() => {
  dir = join(mkdtempSync(join(tmpdir(), 'iaq-records-')), 'data', 'records')
})
afterEach(() => {
  rmSync(join(dir, '..', '..'), { recursive: true, force: true })
})

const person = (arn: number, first = 'ANA', dob = '19800101'): string =>
  JSON.stringify({ arn: String(arn).padStart(9, '0'), names: [{ last: 'MUESTRA', first }], dob })

async function* bytes(...texts: string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text)
}

async function load(...lines: string[]): Promise<string> {
  const { file } = await writeSegment(dir, bytes(`${lines.join('\n')}\n`))
  const adopted = adoptSegment(dir, file)
  if ('damage' in adopted) throw new Error(adopted.damage.reason)
  return file
}

function open(): RecordStore {
  const opened = openRecords(dir)
  if ('damage' in opened) throw new Error(`${opened.damage.file}: ${opened.damage.reason}`)
  return opened.store
}

/** Letters that don't pack well. */
const hashed = (i: number): string => createHash('sha256').update(`${i}`).digest('hex')

describe('the records store', () => {
  it('is empty where there is no folder', () => {
    expect(open().size).toBe(0)
  })

  it('replaces a person who is loaded again and takes out who is removed', async () => {
    await load(person(1), person(2), person(3), person(2, 'BEA'))
    await load(person(3, 'CORA'), '{"arn":"000000001","removed":true}')
    const store = open()
    expect(store.size).toBe(2)
    expect([...store.records()].map(({ arn, names }) => [arn, names[0]?.first])).toEqual([
      ['000000002', 'BEA'],
      ['000000003', 'CORA'],
    ])
    expect(store.get('000000003')?.names[0]?.first).toBe('CORA')
    expect(store.get('000000001')).toBeUndefined()
    expect(store.get('000000009')).toBeUndefined()
    store.close()
  })

  it('takes up what another process adopts, and says what changed', async () => {
    await load(person(1))
    const store = open()
    const { file } = await writeSegment(dir, bytes(person(2), '\n{"arn":"000000001","removed":true}'))
    expect(store.size).toBe(1)
    expect(store.adopt(file)).toEqual({ lines: 2 })
    expect(store.adopt(file)).toEqual({ lines: 2 })
    expect([...store.linesOf(file)]).toMatchObject([
      { arn: '000000002' },
      { arn: '000000001', removed: true },
    ])
    expect(store.size).toBe(1)
    store.close()
  })

  it('says which lines were left out and why, and goes on', async () => {
    const faults: LineFault[] = []
    const long = `{"arn":"000000004","pob":"${'x'.repeat(70_000)}"}`
    const lines = [`\ufeff${person(1)}`, 'nonsense', '', person(2), long, person(3)].join('\r\n')
    const input = (async function* () {
      // In pieces that end in the middle of a line.
      for (let at = 0; at < lines.length; at += 1000) yield Buffer.from(lines.slice(at, at + 1000))
      yield Buffer.from([10, 0xff, 0xfe, 10])
    })()
    const summary = await writeSegment(dir, input, { onFault: (fault) => faults.push(fault) })
    expect(summary).toMatchObject({ lines: 3, added: 3, removed: 0, rejected: 3 })
    expect(faults.map(({ line }) => line)).toEqual([2, 5, 7])
    expect(faults.map(({ reason }) => reason)).toEqual([
      expect.stringContaining('not JSON'),
      'longer than 65536 bytes',
      'not UTF-8',
    ])
  })

  it('reads packed files, and refuses one that is cut off', async () => {
    const packed = gzipSync(`${person(1)}\n${person(2)}\n`)
    const path = join(dir, '..', '..', 'some.jsonl.gz')
    writeFileSync(path, packed)
    expect((await writeSegment(dir, openInput(path))).added).toBe(2)
    writeFileSync(path, packed.subarray(0, packed.length - 12))
    await expect(writeSegment(dir, openInput(path))).rejects.toThrow()
    expect(readdirSync(dir).filter((name) => name.endsWith('.part'))).toEqual([])
  })

  it('keeps its files to the owner', async () => {
    const file = await load(person(1))
    expect(statSync(dir).mode & 0o777).toBe(0o700)
    for (const name of [file, 'manifest.json']) expect(statSync(join(dir, name)).mode & 0o777).toBe(0o600)
  })

  it('finds any changed byte of any of its files, and names file and offset', async () => {
    const lines = Array.from({ length: 400 }, (_, i) => person(i + 1, `ANA${'X'.repeat(i % 50)}`))
    const file = await load(...lines)
    expect(verifyRecords(dir)).toEqual([])
    for (const name of [file, 'manifest.json']) {
      const path = join(dir, name)
      const whole = readFileSync(path)
      const step = Math.max(1, Math.floor(whole.length / 150))
      for (let at = 0; at < whole.length; at += step) {
        const changed = Buffer.from(whole)
        changed[at] = (changed[at] ?? 0) ^ 1
        writeFileSync(path, changed)
        const opened = openRecords(dir)
        expect(verifyRecords(dir)[0]?.file).toBe(name)
        expect('damage' in opened && opened.damage.file).toBe(name)
      }
      writeFileSync(path, whole)
    }
    expect(verifyRecords(dir)).toEqual([])
  })

  it('gives the offset of the damaged block', async () => {
    const lines = Array.from({ length: 2000 }, (_, i) => person(i + 1, `N${hashed(i)}`))
    const file = await load(...lines)
    const path = join(dir, file)
    const whole = readFileSync(path)
    whole[20_000] = (whole[20_000] ?? 0) ^ 4
    writeFileSync(path, whole)
    const [damage] = verifyRecords(dir)
    expect(damage?.offset).toBeGreaterThan(15_000)
    expect(damage?.offset).toBeLessThan(20_000)
  })

  it('names a segment that is cut short or missing', async () => {
    const file = await load(person(1))
    truncateSync(join(dir, file), 40)
    expect(verifyRecords(dir)).toMatchObject([{ file, offset: 0 }])
    rmSync(join(dir, file))
    expect(verifyRecords(dir)).toMatchObject([{ file, reason: 'is missing' }])
  })

  it('adopts only what is whole and has the name of a segment', async () => {
    const { file } = await writeSegment(dir, bytes(person(1)))
    truncateSync(join(dir, file), 60)
    expect(adoptSegment(dir, file)).toMatchObject({ damage: { file } })
    expect(() => adoptSegment(dir, '../other.seg')).toThrow("no segment's name")
    expect(open().size).toBe(0)
  })

  it('discards a segment that nobody wants, and none that counts', async () => {
    const file = await load(person(1))
    const { file: other } = await writeSegment(dir, bytes(person(2)))
    discardSegment(dir, other)
    discardSegment(dir, file)
    expect(readdirSync(dir).sort()).toEqual([file, 'manifest.json'].sort())
  })

  it('sweeps up what a killed process left, and nothing that counts or is being made', async () => {
    const file = await load(person(1))
    const child = spawn(process.execPath, ['-e', ''])
    await new Promise((resolve) => child.on('exit', resolve))
    const gone = `${child.pid}-0123456789ab.seg`
    const draft = `manifest.json.${child.pid}.part`
    for (const name of [gone, `${gone}.part`, draft]) writeFileSync(join(dir, name), 'half')
    const mine = `${process.pid}-0123456789ab.seg.part`
    writeFileSync(join(dir, mine), 'half')
    expect(sweep(dir).sort()).toEqual([gone, `${gone}.part`, draft].sort())
    expect(readdirSync(dir).sort()).toEqual([file, 'manifest.json', mine].sort())
  })

  it('sweeps up what a process left whose number another has now', async () => {
    const file = await load(person(1))
    const names = ['seg', 'seg.part', '0.idx', `idx.${process.pid}.part`].map(
      (end) => `${process.pid}-1-0123456789ab.${end}`,
    )
    const draft = `manifest.json.${process.pid}-1.part`
    for (const name of [...names, draft]) writeFileSync(join(dir, name), 'half')
    const { file: mine } = await writeSegment(dir, bytes(person(2)))
    writeFileSync(join(dir, '.lock'), `${process.pid}-1\n`)
    expect(sweep(dir).sort()).toEqual([...names, draft].sort())
    expect(readdirSync(dir).sort()).toEqual([file, 'manifest.json', mine].sort())
  })

  it('holds its files for who copies them, though they are taken away', async () => {
    const file = await load(person(1))
    const held = holdRecords(dir)
    expect(held.map(({ name }) => name)).toEqual([file, 'manifest.json'])
    const whole = readFileSync(join(dir, file))
    rmSync(join(dir, file))
    expect(readFileSync(held[0]?.fd ?? -1)).toEqual(whole)
    for (const { fd } of held) closeSync(fd)
    // One whose manifest says of a file that it has, and has not.
    expect(() => holdRecords(dir)).toThrow('ENOENT')
    expect(holdRecords(join(dir, 'none'))).toEqual([])
  })

  it('takes over the lock of a process that is gone', async () => {
    const child = spawn(process.execPath, ['-e', ''])
    await new Promise((resolve) => child.on('exit', resolve))
    await load(person(1))
    writeFileSync(join(dir, '.lock'), `${child.pid}\n`)
    await load(person(2))
    expect(open().size).toBe(2)
  })
})

describe('the checksum', () => {
  it('is the one of zip files', () => {
    expect(crc32(Buffer.from('123456789'))).toBe(0xcbf43926)
  })
})
