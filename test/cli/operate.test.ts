import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import type { Client } from '../../src/client/index.js'
import { loadConfig } from '../../src/config/index.js'
import { type AuditEntry, AuditView } from '../../src/exchange/index.js'
import { scanStore } from '../../src/gateway/index.js'
import { Journal } from '../../src/store/index.js'
import {
  bench,
  dir,
  eachTest,
  kinds,
  query,
  readLog,
  run,
  type Served,
  SUBJECT,
  take,
  until,
} from '../gateway/helpers.js'

// Dozens of processes, one after the other.
vi.setConfig({ testTimeout: 120_000 })

eachTest()

/** Runs a command over the store. */
const cli = (...args: string[]): ReturnType<typeof run> => run(...args, '--data', dir)

/** What a command prints as JSON Lines. */
const json = (...args: string[]): Record<string, unknown>[] =>
  cli(...args, '--json')
    .stdout.split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>)

const done = (...args: string[]): string => {
  const { code, stdout, stderr } = cli(...args)
  expect({ args, code, stderr }).toEqual({ args, code: 0, stderr: '' })
  return stdout
}

const link = (): Record<string, unknown> => json('links')[0] ?? {}
/** What the audit trail says that operators did. */
function trail(...words: string[]): AuditEntry[] {
  const view = new AuditView()
  const entries: AuditEntry[] = []
  Journal.scan({
    dir: join(dir, 'journal'),
    whole: true,
    onRecord: (record) => void entries.push(...view.take(record)),
  })
  return entries.filter(({ what }) => words.includes(what))
}

/** Answers that the journal says wait. */
const waiting = (): number => scanStore(loadConfig({ flags: { data: dir } })).state.waiting.size

/** A gateway in a process of its own whose listener belongs to its one link. */
const serve = (...args: string[]): Promise<Served> => bench.serve(dir, ...args)

/** Sends a query and takes its acknowledgement. @returns its reference. */
async function acknowledged(client: Client, control: string, fields = {}): Promise<string> {
  client.send(query(control, fields))
  const [received] = await take(client, 1)
  expect(received?.responseType).toBe('ACKNOWLEDGEMENT')
  return received?.reference ?? ''
}

/** The same beside a gateway that runs and on a store at rest: operators needn't know which it is. */
describe('links', () => {
  it('shows what each is: connections, what waits, counts', async () => {
    const served = await serve()
    expect(link()).toMatchObject({ name: 'default', connections: 0, waiting: 0, held: false, in: 0, out: 0 })
    const client = await bench.client(served.port)
    await client.ask(query('L1'))
    await acknowledged(client, 'L2', SUBJECT.never)
    expect(link()).toMatchObject({ connections: 1, waiting: 1, in: 2, out: 3 })
    expect(done('links')).toMatch(/^LINK +STATE +CONNECTIONS .*\ndefault +up +1 +1 +0 +00002 +00003\n$/)
    await served.stop()
    expect(link()).toMatchObject({ connections: 0, waiting: 1, in: 2, out: 3, held: false })
    expect(done('links')).toMatch(/\ndefault +down +0 +1 +0 +00002 +00003\n$/)
  })

  it('hold keeps all answers back, release lets them go, oldest first and without a mark', async () => {
    const served = await serve()
    const client = await bench.client(served.port)
    await client.ask(query('BEFORE'))
    expect(done('links', 'hold', 'default')).toMatch(/^default +held /m)
    client.sendAll([query('H1'), query('H2'), query('BAD', { PUR: 'X' })])
    // A refusal waits for nobody, not for operators either.
    expect(kinds(await take(client, 1))).toEqual(['ERROR'].map(() => expect.any(String)))
    await client.ping()
    expect(client.poll()).toBeUndefined()
    expect(link()).toMatchObject({ held: true, waiting: 4 })
    expect(done('links', 'release', 'default')).toMatch(/^default +up /m)
    const released = await take(client, 4)
    expect(kinds(released).toSorted()).toEqual(['ACKNOWLEDGEMENT', 'ACKNOWLEDGEMENT', 'NO MATCH', 'NO MATCH'])
    const counts = released.map(({ outCount }) => outCount)
    expect(counts).toEqual([4, 5, 6, 7])
    expect(trail('link held', 'link let go').map((each) => [each.what, each.link])).toEqual([
      ['link held', 'default'],
      ['link let go', 'default'],
    ])
  })

  it('a link that is held stays so after kill -9, and on a store at rest it can be let go', async () => {
    const first = await serve()
    const client = await bench.client(first.port)
    await client.ask(query('BEFORE'))
    done('links', 'hold', 'default')
    client.send(query('KEPT'))
    await client.ping()
    await until(() => waiting() === 2)
    await first.kill()
    expect(link()).toMatchObject({ held: true, waiting: 2 })
    const second = await serve()
    const other = await bench.client(second.port)
    other.send(query('BIND', { PUR: 'X' }))
    other.send(query('BIND'))
    await other.ping()
    expect(link()).toMatchObject({ held: true, waiting: 4 })
    expect(await second.stop()).toBe(0)
    expect(done('links', 'release', 'default')).toMatch(/^default +down /m)
    const third = await serve()
    const last = await bench.client(third.port)
    last.send(query('LAST'))
    const controls = (await take(last, 6)).map(({ control, possibleDuplicate }) => [
      control,
      possibleDuplicate,
    ])
    expect(new Set(controls.map(String))).toEqual(new Set(['KEPT,false', 'BIND,false', 'LAST,false']))
  })

  it('used wrongly ends with 2: a link that nobody configured', () => {
    const { code, stderr } = cli('links', 'hold', 'NOPE')
    expect([code, stderr]).toEqual([2, expect.stringContaining('no link is called NOPE; known: default')])
  })
})

describe('queue', () => {
  it.each([true, false])('lists, releases and cancels: %s', async (running) => {
    const served = await serve()
    const client = await bench.client(served.port)
    const never = await acknowledged(client, 'Q1', SUBJECT.never)
    const gone = await acknowledged(client, 'Q2', SUBJECT.never)
    const late = await acknowledged(client, 'Q3', SUBJECT.late)
    if (!running) await served.stop()
    expect(json('queue').map(({ reference, held, sent }) => [reference, held, sent])).toEqual([
      [never, true, false],
      [gone, true, false],
      [late, false, false],
    ])
    const table = done('queue')
    expect(table).toMatch(new RegExp(`^default +${never} .*held: queue release lets it go$`, 'm'))
    expect(table).toMatch(new RegExp(`^default +${late} .*due in \\d+`, 'm'))
    expect(done('queue', '--most', '1')).toContain('… and 2 more')
    expect(json('queue', '--link', 'OTHER')).toEqual([])
    expect(done('queue', 'cancel', gone)).toBe('1 answer cancelled\n')
    expect(done('queue', 'cancel', late)).toBe('1 answer cancelled\n')
    expect(done('queue', 'release', never)).toBe('1 answer released\n')
    // What is done or was never there can't be done again.
    for (const args of [
      ['release', gone],
      ['cancel', gone],
      ['release', '26-9999999999'],
    ])
      expect(cli('queue', ...args)).toMatchObject({ code: 1, stdout: '' })
    let taker = client
    if (!running) {
      taker = await bench.client((await serve()).port)
      taker.send(query('BIND'))
    }
    const came = await take(taker, running ? 1 : 3)
    expect(came.map(({ control }) => control)).toContain('Q1')
    // None that was taken back comes, not after a start either.
    expect(came.map(({ control }) => control)).not.toContain('Q2')
    expect(came.map(({ control }) => control)).not.toContain('Q3')
    await taker.ping()
    expect(taker.poll()).toBeUndefined()
    expect(json('queue')).toEqual([])
    expect(trail('answer released', 'answers cancelled').map((each) => [each.what, each.reference])).toEqual([
      ['answers cancelled', gone],
      ['answers cancelled', late],
      ['answer released', never],
    ])
  })

  it('an answer that was taken back from a held link does not go out after kill -9', async () => {
    const served = await serve()
    const client = await bench.client(served.port)
    await client.ask(query('BEFORE'))
    done('links', 'hold', 'default')
    client.sendAll([query('STAYS'), query('GOES')])
    await until(() => waiting() === 4)
    const references = [...new Set(json('queue').map(({ reference }) => String(reference)))]
    expect(done('queue', 'cancel', references[1] ?? '')).toBe('2 answers cancelled\n')
    await served.kill()
    const again = await bench.client((await serve()).port)
    done('links', 'release', 'default')
    again.send(query('BIND'))
    const controls = (await take(again, 4)).map(({ control }) => control)
    expect(controls.toSorted()).toEqual(['BIND', 'BIND', 'STAYS', 'STAYS'])
  })

  it('used wrongly ends with 2', () => {
    expect(cli('queue', '--most', '0').code).toBe(2)
    expect(cli('queue', 'release').code).toBe(2)
    expect(run('queue', '--data', join(dir, 'none')).code).toBe(2)
  })
})

describe('resend', () => {
  it.each([true, false])('sends again, marked and with the counts that they had: %s', async (running) => {
    const served = await serve()
    const client = await bench.client(served.port)
    const { answer } = await client.ask(query('R1'))
    await client.ask(query('R2'))
    await until(() => waiting() === 0)
    if (!running) await served.stop()
    expect(done('resend', '--link', 'default', '--count', '2-3')).toBe('2 to be sent again\n')
    let taker = client
    if (!running) {
      taker = await bench.client((await serve()).port)
      taker.send(query('BIND'))
    }
    const came = await take(taker, running ? 2 : 4)
    const again = came.filter(({ control }) => control !== 'BIND')
    expect(again.map(({ outCount, possibleDuplicate }) => [outCount, possibleDuplicate])).toEqual([
      [2, true],
      [3, true],
    ])
    expect(again[0]?.lines).toEqual(answer.lines)
    expect(again[0]?.reference).toBe(answer.reference)
    // It used up no count.
    await taker.ask(query('R3'))
    const n = running ? 6 : 8
    await until(() => Number(link().out) === n)
    expect(trail('answers sent again')).toMatchObject([{ link: 'default', details: { answers: 2 } }])
    const given = json('audit', 'list', '--what', 'answer given', '--reference', answer.reference ?? '')
    expect(given.map((each) => [each.ori, (each.details as { count: number }).count])).toEqual([
      ['ZZ0010100', 1],
      ['ZZ0010100', 2],
      ['ZZ0010100', 2],
    ])
  })

  it('more than one call may hold goes in several', async () => {
    const served = await serve()
    const client = await bench.client(served.port)
    for (let i = 0; i < 8; i++) {
      client.sendAll(Array.from({ length: 500 }, (_, n) => query(`M${i}-${n}`)))
      await take(client, 1000)
    }
    await until(() => waiting() === 0)
    expect(done('resend', '--link', 'default', '--count', '1-8000')).toBe('8000 to be sent again\n')
    const again = await take(client, 8000)
    expect(again.every(({ possibleDuplicate }) => possibleDuplicate)).toBe(true)
    expect(again.map(({ outCount }) => outCount)).toEqual(Array.from({ length: 8000 }, (_, i) => i + 1))
  })

  it('exit 1 where nothing went out so, exit 2 where it is used wrongly', async () => {
    const served = await serve()
    const client = await bench.client(served.port)
    await client.ask(query('R1'))
    expect(cli('resend', '--link', 'default', '--count', '7').code).toBe(1)
    expect(cli('resend', '--link', 'OTHER', '--count', '1').code).toBe(1)
    for (const count of ['0', '3-1', 'x', '1-', '100000'])
      expect(cli('resend', '--link', 'default', '--count', count)).toMatchObject({ code: 2, stdout: '' })
    expect(cli('resend', '--link', 'default').code).toBe(2)
  })
})

describe('show', () => {
  it.each([true, false])('a matter by its reference and by its control field: %s', async (running) => {
    const served = await serve()
    const client = await bench.client(served.port)
    const { answer } = await client.ask(query('SHOW1', SUBJECT.match))
    await until(() => waiting() === 0)
    if (!running) await served.stop()
    const byControl = done('show', 'SHOW1')
    expect(done('show', answer.reference ?? '')).toBe(byControl)
    const order = [
      / {2}taken in {2}link default, count 00001$/m,
      /^ {6}IAQ\.ZZ0010100\.AX\.\*SHOW1\.TXT$/m,
      /^ {6}NAM\/MUESTRA, COINCIDE PRUEBA$/m,
      / {2}concluded: MATCH$/m,
      /^ {4}evidence \(MATCH\)$/m,
      /^ {6}A099000001 {2}score \d+/m,
      / {2}ACKNOWLEDGEMENT: sent {2}link default, count 00001$/m,
      / {2}MATCH: sent {2}link default, count 00002$/m,
      /^ {6}RESPONSE TYPE: MATCH$/m,
      /^ {22} {2}MATCH: delivered$/m,
    ]
    for (const each of order) expect(byControl).toMatch(each)
    expect(byControl).toMatch(/^\d\d\/\d\d\/\d{4} \d\d:\d\d:\d\d\.\d\d {2}taken in/m)
    const events = json('show', 'SHOW1')
    expect(events[0]).toMatchObject({
      what: 'taken in',
      raw: query('SHOW1', SUBJECT.match),
      values: { NAM: 'MUESTRA, COINCIDE PRUEBA' },
    })
    expect(events.map(({ what }) => String(what).split(': ').at(-1))).toEqual([
      'taken in',
      'MATCH',
      'sent',
      'sent',
      'delivered',
      'delivered',
    ])
  })

  it('a refused one, with its bytes and why; what operators did; what waits', async () => {
    const served = await serve()
    const client = await bench.client(served.port)
    client.send(query('REFUSED', { PUR: 'X' }))
    await take(client, 1)
    const reference = await acknowledged(client, 'HELD', SUBJECT.never)
    const refused = done('show', 'REFUSED')
    expect(refused).toMatch(/ {2}refused \.22\. {2}link default, count 00001$/m)
    expect(refused).toMatch(/^ {6}PUR\/X\.$/m)
    expect(refused).toContain('FIELD PUR: MUST BE C OR F')
    expect(done('show', 'HELD')).toMatch(/: waits until an operator releases it$/m)
    done('queue', 'release', reference)
    await take(client, 1)
    expect(done('show', reference)).toMatch(/ {2}released by an operator$/m)
    expect(cli('show', 'NOBODY')).toMatchObject({ code: 1, stdout: '' })
    expect(cli('show').code).toBe(2)
  })
})

describe('the subject that is never answered', () => {
  it('is answered once an operator releases it, to a link that came back meanwhile', async () => {
    const served = await serve()
    const asking = await bench.client(served.port)
    const reference = await acknowledged(asking, 'NEVER', SUBJECT.never)
    // Its acknowledgement is known to have gone, so that a start sends none again.
    await until(() => waiting() === 1)
    await asking.close()
    await served.kill()
    const again = await serve()
    const client = await bench.client(again.port)
    await client.ask(query('BIND'))
    expect(done('queue', 'release', reference)).toBe('1 answer released\n')
    const [answer] = await take(client, 1)
    expect(answer).toMatchObject({ control: 'NEVER', reference, possibleDuplicate: false })
  })
})

describe('backup', () => {
  it('of a store that is served under load: every acknowledged query has its final, what may have gone out is marked', async () => {
    const config = join(bench.folder(), 'small.yaml')
    writeFileSync(config, 'journal: { segment: 65536 }\n')
    const served = await serve('--config', config)
    const client = await bench.client(served.port)
    const finals = new Set<string>()
    const acknowledgements = new Set<string>()
    let running = true
    const load = (async () => {
      for (let i = 0; running; i++) {
        client.sendAll(Array.from({ length: 50 }, (_, n) => query(`B${i}-${n}`)))
        for (const each of await take(client, 100))
          (each.responseType === 'ACKNOWLEDGEMENT' ? acknowledgements : finals).add(each.control)
      }
    })()
    await until(() => finals.size > 500)
    const held = await acknowledgedElsewhere(served.port)
    const before = new Set(acknowledgements)
    const copy = join(bench.folder(), 'copy')
    const child = spawn(process.execPath, ['scripts/iaq-gateway.js', 'backup', copy, '--data', dir], {
      stdio: ['ignore', 'ignore', 'inherit'],
    })
    const [code] = await once(child, 'exit')
    expect(code).toBe(0)
    running = false
    await load
    expect(run('verify', '--data', copy).stdout).toMatch(/^whole$/m)
    expect(run('audit', 'verify', '--data', copy).code).toBe(0)
    await served.stop()
    const restored = await bench.serve(copy)
    expect(restored.lines.filter((line) => line.includes('damaged'))).toEqual([])
    const stats = JSON.parse(run('stats', '--json', '--data', copy).stdout) as Record<string, unknown>
    expect(JSON.parse(run('stats', '--json', '--recount', '--data', copy).stdout)).toEqual(stats)
    const taker = await bench.client(restored.port)
    run('queue', 'release', held, '--data', copy)
    taker.send(query('BIND', {}, 'ZZ0010300'))
    const came = []
    for (let final = false; !final; ) {
      const [each] = await take(taker, 1)
      came.push(each)
      final = each?.control === 'BIND' && each.responseType === 'NO MATCH'
    }
    for (const each of came)
      if (each?.control.startsWith('B') && each.control !== 'BIND') expect(each.possibleDuplicate).toBe(true)
    // Whatever was acknowledged before the copy was begun was answered in it, or is now.
    const shown = run('stats', '--json', '--data', copy)
    const { messages, answers } = JSON.parse(shown.stdout) as Record<string, Record<string, number>>
    const sum = Object.values(answers ?? {}).reduce((a, b) => a + b, 0)
    expect(messages?.IAQ).toBeGreaterThanOrEqual(before.size)
    expect(sum).toBe(messages?.IAQ)
    expect(run('queue', '--json', '--data', copy).stdout).toBe('')
  })

  /** A query that is held until an operator releases it. @returns its reference. */
  async function acknowledgedElsewhere(port: number): Promise<string> {
    const client = await bench.client(port)
    const reference = await acknowledged(client, 'HELD', SUBJECT.never)
    await client.close()
    return reference
  }

  it('of a store at rest is whole, and what it holds waits in it', async () => {
    const served = await serve()
    const client = await bench.client(served.port)
    const reference = await acknowledged(client, 'HELD', SUBJECT.never)
    await served.stop()
    const copy = join(bench.folder(), 'copy')
    expect(done('backup', copy)).toMatch(/^\d+ files, \d+ bytes in /)
    expect(run('verify', '--data', copy)).toMatchObject({ code: 0 })
    expect(JSON.parse(run('queue', '--json', '--data', copy).stdout)).toMatchObject({ reference, held: true })
    // Nothing but what was copied, for the owner only.
    expect(readdirSync(copy).sort()).toEqual(['journal', 'restored'])
  })

  it('exit 1 where the folder is not empty or there is no store, exit 2 without a folder', async () => {
    await (await serve()).stop()
    expect(cli('backup', dir)).toMatchObject({ code: 1, stdout: '' })
    expect(run('backup', join(bench.folder(), 'a'), '--data', bench.folder())).toMatchObject({ code: 1 })
    expect(cli('backup').code).toBe(2)
  })

  it('beside a gateway it is in the audit trail', async () => {
    await serve()
    done('backup', join(bench.folder(), 'copy'))
    await until(() => trail('backup made').length === 1)
  })
})

describe('verify', () => {
  it('beside a gateway, after kill -9 and after a clean stop', async () => {
    const served = await serve()
    const client = await bench.client(served.port)
    await client.ask(query('V1'))
    expect(done('verify')).toMatch(/; served now\nhead [0-9a-f]{64}\nwhole\n$/)
    await until(() => trail('store verified').length === 1)
    await served.kill()
    expect(done('verify')).toMatch(/; not closed in order\n/)
    const again = await serve()
    expect(await again.stop()).toBe(0)
    expect(done('verify')).toMatch(/; closed in order\n/)
    expect(JSON.parse(done('verify', '--json'))).toMatchObject({ damage: [], sealed: true, served: false })
    const stopped = readLog(dir).filter(({ msg }) => msg === 'stopped')
    expect(cli('audit', 'verify', '--head', String(stopped.at(-1)?.head)).code).toBe(0)
    expect(run('verify', '--data', join(dir, 'none')).code).toBe(1)
    expect(cli('verify', '--nope').code).toBe(2)
  })
})

describe('audit list', () => {
  it.each([true, false])('says what happened, to the hundredth, and filters: %s', async (running) => {
    const served = await serve()
    const client = await bench.client(served.port)
    const { answer } = await client.ask(query('A1'))
    client.send(query('A2', {}, 'ZZ0010200'))
    await take(client, 1)
    client.send('AM.ZZ0010300.AX.TXT\r\nTIP SOMEBODY SAW SOMETHING')
    await client.close()
    await until(() => trail('link closed').length === 1)
    if (!running) await served.stop()
    const all = json('audit', 'list')
    for (const { time } of all) expect(time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d\d-07:00$/)
    expect([...new Set(all.map(({ what }) => what))]).toEqual(
      expect.arrayContaining([
        'started',
        'configuration loaded',
        'link opened',
        'message taken',
        'answer made',
        'answer given',
        'message refused',
        'link closed',
        ...(running ? [] : ['stopped']),
      ]),
    )
    const reference = answer.reference ?? ''
    expect(json('audit', 'list', '--what', 'answer given', '--ori', 'zz')).toMatchObject([
      { ori: 'ZZ0010100', mke: 'IAR', reference, link: 'default', details: { count: 1 } },
      { ori: 'ZZ0010100', mke: 'IAR', reference, link: 'default', details: { type: 'NO MATCH', count: 2 } },
    ])
    expect(json('audit', 'list', '--what', 'message refused')).toMatchObject([
      { ori: 'ZZ0010200', mke: 'IAQ', details: { code: '.02.' } },
    ])
    expect(json('audit', 'list', '--reference', reference).map(({ what }) => what)).toEqual([
      'message taken',
      'answer made',
      'answer given',
      'answer given',
    ])
    expect(json('audit', 'list', '--link', 'OTHER')).toEqual([])
    expect(json('audit', 'list', '--since', '2200-01-01')).toEqual([])
    expect(json('audit', 'list', '--until', '2000-01-01')).toEqual([])
    expect(json('audit', 'list', '--since', '2000-01-01', '--until', '2200-01-01')).toEqual(all)
    const plain = done('audit', 'list', '--what', 'answer given').split('\n')
    expect(plain[1]).toMatch(
      /^\S+T\S+\.\d\d-07:00 {2}answer given {10}default {2}ZZ0010100 {2}IAR {2}26-\d{10} {2}type=NO MATCH {2}count=2$/,
    )
  })

  it('used wrongly ends with 2, a folder without a store with 1', () => {
    expect(cli('audit', 'list', '--since', 'soon').code).toBe(2)
    expect(cli('audit').code).toBe(2)
    expect(run('audit', 'list', '--data', join(dir, 'none'))).toMatchObject({ code: 1, stdout: '' })
  })
})
