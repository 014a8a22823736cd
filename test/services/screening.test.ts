import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { describe, expect, it, vi } from 'vitest'
import { packageRoot } from '../../src/config/index.js'
import { journalDir, operate } from '../../src/gateway/index.js'
import type { ScreeningView } from '../../src/services/index.js'
import { bench, dir, eachTest } from '../gateway/helpers.js'
import { bothWays, command, configOf, relayed } from './helpers.js'

vi.setConfig({ testTimeout: 60_000 })

eachTest()

const cli = (...args: string[]): ReturnType<typeof command> => command(...args, '--data', dir)
const figure = async (...args: string[]): Promise<unknown> =>
  JSON.parse((await cli('stats', '--json', ...args)).stdout).services.screenings

/** A list on disk, with its persons' names. */
function listed(text: string, name = 'guests.csv'): string {
  const file = join(bench.folder(), name)
  writeFileSync(file, text)
  return file
}

const GUESTS = [
  'id,name,dob,sex',
  '1,"MUESTRA, COINCIDE PRUEBA",19850214,M',
  '2,"QUIXTLANO, ZEFERINDA",19851117,F',
  '',
  '3,"=MUESTRA <b>, NADIE",19900101,M',
  '4,"MUESTRA, PROFUGO",19810730,M',
  '5,one field too many,19810730,M,x',
].join('\n')

const viewOf = async (): Promise<ScreeningView[]> =>
  (await operate(configOf(dir), { call: 'view', service: 'screening', args: {} })) as ScreeningView[]

/** So many persons, none of whom is on file. */
const crowd = (persons: number): string =>
  Array.from({ length: persons }, (_, i) =>
    JSON.stringify({ id: i, name: `QUIXTLANO, ZEFERINDA ${i}`, dob: '19851117', sex: 'F' }),
  ).join('\n')

describe.each(['served', 'at rest'])('a list over a store that is %s', (how) => {
  it('is answered once, with a report as CSV and as a page', async () => {
    const gateway = await bench.gateway(dir)
    if (how === 'at rest') await gateway.close()
    const file = listed(GUESTS)
    const out = `${file}.report`
    const first = await cli('screen', file, '--title', 'STATE DINNER', '--out', out, '--json')
    expect(first).toMatchObject({ code: 0, stderr: '4 of 4 answered\n' })
    expect(JSON.parse(first.stdout)).toMatchObject({
      persons: 4,
      results: { MATCH: 2, 'NO MATCH': 2, 'NOT READ': 1 },
      csv: `${out}.csv`,
      html: `${out}.html`,
    })
    const csv = readFileSync(`${out}.csv`, 'utf8').split('\r\n')
    expect(csv).toEqual([
      'line,id,name,dob,result,a-number,score,ice interest,ncic',
      expect.stringMatching(/^2,1,"MUESTRA, COINCIDE PRUEBA",19850214,MATCH,A099000001,\d+,(YES|NO),$/),
      '3,2,"QUIXTLANO, ZEFERINDA",19851117,NO MATCH,,,,',
      '5,3,"\'=MUESTRA <b>, NADIE",19900101,NO MATCH,,,,',
      expect.stringMatching(/^6,4,"MUESTRA, PROFUGO",19810730,MATCH,A0990000\d\d,\d+,(YES|NO),N900000007$/),
      '7,,,,NOT READ: 5 fields; the header has 4,,,,',
      '',
    ])
    const html = readFileSync(`${out}.html`, 'utf8')
    expect(html).toContain('*** LAW ENFORCEMENT SENSITIVE - SYNTHETIC TEST DATA ***')
    expect(html).toContain('<h1>Special screening: STATE DINNER</h1>')
    expect(html).toContain('=MUESTRA &lt;b&gt;, NADIE')
    expect(html).not.toMatch(/(?:src|href)=|<script|url\(/)
    const second = await cli('screen', file, '--title', 'STATE DINNER', '--out', out)
    expect(second).toMatchObject({ code: 0, stderr: '4 of 4 are answered already\n' })
    expect(readFileSync(`${out}.html`, 'utf8')).toBe(html)
    expect(await figure()).toBe(4)
    expect(await figure('--recount')).toBe(4)
    expect((await cli('screen')).stdout).toContain('STATE DINNER')
    if (how === 'served') await gateway.close()
    const { tail, whole } = bothWays(dir)
    expect(whole).toEqual(tail)
    expect(relayed(dir)).toEqual(tail)
  })
})

it('the same list for another event is another screening', async () => {
  await bench.gateway(dir)
  const file = listed(GUESTS)
  await cli('screen', file, '--title', 'ONE', '--out', `${file}.r`)
  await cli('screen', file, '--title', 'TWO', '--kind', 'operation', '--out', `${file}.r`)
  expect((await viewOf()).map(({ title, kind, persons }) => [title, kind, persons])).toEqual([
    ['ONE', 'event', 4],
    ['TWO', 'operation', 4],
  ])
  expect(readFileSync(`${file}.r.html`, 'utf8')).toContain('<h1>Support of operations: TWO</h1>')
})

it('no name of a list goes into the journal', async () => {
  const gateway = await bench.gateway(dir)
  await cli('screen', listed(crowd(3), 'crowd.jsonl'), '--title', 'CROWD')
  await gateway.close()
  const journal = journalDir(dir)
  const kept = readdirSync(journal).map((file) => readFileSync(join(journal, file), 'latin1'))
  expect(kept.join('')).toContain('persons screened')
  expect(kept.join('')).not.toContain('QUIXTLANO')
})

it.each(['the gateway', 'the command'])(
  'goes on where it was when %s is killed in the middle',
  async (who) => {
    const first = await bench.serve(dir)
    const file = listed(crowd(700), 'crowd.jsonl')
    const script = join(packageRoot, 'scripts', 'iaq-gateway.js')
    const child = spawn(process.execPath, [script, 'screen', file, '--title', 'CROWD', '--data', dir], {
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    const gone = once(child, 'exit')
    for await (const line of createInterface({ input: child.stderr }))
      if (line === '200 of 700 answered') {
        if (who === 'the gateway') await first.kill()
        else child.kill('SIGKILL')
        break
      }
    child.stderr.resume()
    await gone
    if (who === 'the gateway') await bench.serve(dir)
    const again = await cli('screen', file, '--title', 'CROWD', '--json')
    expect(again.code).toBe(0)
    expect(JSON.parse(again.stdout)).toMatchObject({ persons: 700, results: { 'NO MATCH': 700 } })
    expect(await figure()).toBe(700)
    expect(await figure('--recount')).toBe(700)
  },
)

it('says what is wrong', async () => {
  await bench.gateway(dir)
  expect(await cli('screen', join(dir, 'none.csv'))).toMatchObject({ code: 1 })
  expect(await cli('screen', '-')).toMatchObject({ code: 2 })
  expect(await cli('screen', listed('x'), '--kind', 'party')).toMatchObject({ code: 2 })
  const nobody = await cli('screen', listed('name,dob\n'))
  expect(nobody).toMatchObject({ code: 1 })
  expect(nobody.stderr).toContain('no line of it names a person')
})
