import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { describe, expect, it } from 'vitest'
import { packageRoot } from '../../src/config/index.js'
import { bench, dir, eachTest, query, run, SUBJECT, take } from '../gateway/helpers.js'

eachTest()

const COMMANDS = 'serve demo generate load send replay match compare tail stats subjects'.split(' ')

describe('every command', () => {
  it('is in the help, which ends with 0', () => {
    const { code, stdout } = run('--help')
    expect(code).toBe(0)
    for (const command of COMMANDS) expect(stdout).toMatch(new RegExp(`^  ${command}\\b`, 'm'))
  })

  it.each(COMMANDS)('%s has a help with an example', (command) => {
    const { code, stdout } = run(command, '--help')
    expect(code).toBe(0)
    expect(stdout).toMatch(/^Examples?:\n\s+.*iaq-gateway /m)
    expect(stdout).toContain('--config <file>')
    expect(stdout).toContain('--data <dir>')
  })

  it('used wrongly ends with 2 and says so on standard error only', () => {
    for (const args of [
      ['dance'],
      ['stats', '--colour'],
      ['stats', '--fiscal-year', 'soon'],
      ['tip', 'X', '--place', 'VERMONT'],
      ['tips', 'decide', '26-000001', 'perhaps'],
      ['call', 'ZZ TEST PD'],
      ['tail', '--lines', 'x'],
      [],
    ]) {
      const { code, stdout, stderr } = run(...args)
      expect({ args, code, stdout }).toEqual({ args, code: 2, stdout: '' })
      expect(stderr).not.toBe('')
    }
  })

  it('says its version', () => {
    expect(run('--version')).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) })
  })
})

describe('stats', () => {
  it('what was sent, the same from the gateway, from a recount and from a store at rest', async () => {
    const served = await bench.serve(dir)
    const client = await bench.client(served.port)
    await client.ask(query('S1'))
    await client.ask(query('S2', { PUR: 'F' }))
    await client.ask(query('S3', SUBJECT.match, 'DCUSSS000'))
    await client.ask(query('S4', { PUR: 'X' }))
    client.send('AM.ZZ0010100.AX.TXT\r\nTIP SOMEBODY SAW SOMETHING')
    await client.ping()
    const figures = {
      queries: 3,
      oris: 2,
      brady: 1,
      answers: { 'NO MATCH': 2, MATCH: 1 },
      refusals: { '.22.': 1 },
      messages: { IAQ: 3, AM: 1 },
    }
    const read = (...args: string[]): unknown =>
      JSON.parse(run('stats', '--json', '--data', dir, ...args).stdout)
    expect(read()).toMatchObject(figures)
    expect(read('--recount')).toEqual(read())
    expect(await served.stop()).toBe(0)
    expect(read()).toMatchObject(figures)
    expect(read('--fiscal-year', '1999')).toMatchObject({ fiscalYear: 1999, queries: 0, answers: {} })
    const { stdout } = run('stats', '--data', dir)
    expect(stdout).toMatch(/^FISCAL YEAR \d{4} +FY1996 +FY2006 +FY2007 +COUNT$/m)
    expect(stdout).toMatch(/^queries +4000 +661448 +728243 +3$/m)
    expect(stdout).toMatch(/^answered MATCH +1$/m)
    expect(
      new Set(
        stdout
          .trim()
          .split('\n')
          .map((line) => line.length),
      ).size,
    ).toBe(1)
  })
})

describe('subjects', () => {
  it('a table that lines up, and JSON Lines', () => {
    const { code, stdout } = run('subjects')
    const lines = stdout.trim().split('\n')
    expect(code).toBe(0)
    expect(lines).toHaveLength(14)
    const column = lines[0]?.indexOf('DOB') ?? 0
    for (const line of lines.slice(1)) expect(line.slice(column - 2)).toMatch(/^ {2}(?:\d{8}|any) /)
    expect(lines.at(-1)).toContain('MUESTRA, NADIE')
    const json = run('subjects', '--json').stdout.trim().split('\n')
    expect(json.map((line) => (JSON.parse(line) as { record: { arn: string } }).record.arn)).toHaveLength(12)
  })
})

describe('tail', () => {
  const line = (n: number, more: object = {}): string =>
    `${JSON.stringify({
      level: 30,
      time: '2026-11-24T21:03:11.000Z',
      dir: 'in',
      link: 'ZZ',
      ori: 'ZZ0010100',
      mke: 'IAQ',
      ctl: `C${n}`,
      ref: '26-0000000417',
      n,
      type: 'accepted',
      us: 120,
      msg: 'message',
      ...more,
    })}\n`
  const log = (): string => join(dir, 'log', 'messages.log')

  it('filters, lines up, and is plain when it is piped', () => {
    mkdirSync(join(dir, 'log'))
    writeFileSync(`${log()}.1`, line(1))
    writeFileSync(
      log(),
      [
        line(2, { ori: 'FL0010100', link: 'A-LINK-WITH-A-LONG-NAME' }),
        line(3, { dir: 'out', mke: 'IAR', type: 'MATCH' }),
        line(4, { type: 'refused .22.' }),
        'cut off by a cra\n',
        line(5, {
          dir: undefined,
          mke: undefined,
          ori: undefined,
          type: undefined,
          why: 'gone',
          msg: 'link down',
        }),
      ].join(''),
    )
    const shown = (...args: string[]): string[] => {
      const { code, stdout } = run('tail', '--data', dir, ...args)
      expect(code).toBe(0)
      expect(stdout).not.toContain('\u001b')
      return stdout.split('\n').filter((each) => each !== '')
    }
    const controls = (...args: string[]): string[] =>
      shown(...args).map((each) => /\bC\d\b/.exec(each)?.[0] ?? '')
    expect(controls()).toEqual(['C1', 'C2', 'C3', 'C4', ''])
    expect(shown().at(-1)).toBe('2026-11-24 21:03:11.000  link down  link ZZ  gone')
    expect(controls('--ori', 'zz')).toEqual(['C1', 'C3', 'C4'])
    expect(controls('--mke', 'iar')).toEqual(['C3'])
    expect(controls('--link', 'A-LINK-WITH-A-LONG-NAME')).toEqual(['C2'])
    expect(controls('--refused')).toEqual(['C4'])
    expect(controls('--lines', '2')).toEqual(['C4', ''])
    expect(controls('--lines', '0')).toEqual([])
    expect(new Set(shown('--ori', 'ZZ').map((each) => each.indexOf('26-0000000417'))).size).toBe(1)
  })

  it('a store without a log ends with 1', () => {
    expect(run('tail', '--data', join(dir, 'none')).code).toBe(1)
  })

  it('follows as the log grows, across rotation', async () => {
    mkdirSync(join(dir, 'log'))
    writeFileSync(log(), line(1) + line(2))
    const script = join(packageRoot, 'scripts', 'iaq-gateway.js')
    const args = [script, 'tail', '--data', dir, '--lines', '1', '--follow']
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    bench.after(() => child.kill('SIGKILL'))
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
    const next = async (): Promise<string> => /\bC\d+\b/.exec((await lines.next()).value ?? '')?.[0] ?? ''
    expect(await next()).toBe('C2')
    appendFileSync(log(), [3, 4, 5].map((n) => line(n)).join(''))
    expect([await next(), await next(), await next()]).toEqual(['C3', 'C4', 'C5'])
    appendFileSync(log(), line(6))
    renameSync(log(), `${log()}.1`)
    writeFileSync(log(), line(7).slice(0, 20))
    expect(await next()).toBe('C6')
    appendFileSync(log(), line(7).slice(20))
    expect(await next()).toBe('C7')
    child.kill('SIGTERM')
    await once(child, 'exit')
  })

  it('shows what a gateway wrote, while it serves', async () => {
    const gateway = await bench.gateway(dir)
    const client = await bench.client(gateway.port)
    client.send(query('T1'))
    await take(client, 2)
    await gateway.close()
    const { stdout } = run('tail', '--data', dir, '--ori', 'ZZ0010100')
    expect(stdout.trim().split('\n')).toHaveLength(3)
    expect(stdout).toMatch(
      / <- {2}default +ZZ0010100 {2}IAR {2}00002 {2}T1 +\d\d-\d{10} {2}NO MATCH +\d+ us$/m,
    )
  })
})
