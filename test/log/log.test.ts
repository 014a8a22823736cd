import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { openLog } from '../../src/log/index.js'
import { bench, dir, eachTest, query, readLog, serve } from '../gateway/helpers.js'

eachTest()

it('puts the file aside when it is large, keeps so many and loses no line', async () => {
  const file = join(dir, 'log')
  const log = openLog({ level: 'info', file, rotate: 65_536, keep: 50, stderr: false })
  const text = 'x'.repeat(500)
  for (let n = 0; n < 2000; n++) {
    log.logger.info({ n, text }, 'line')
    if (n % 20 === 0) await new Promise((go) => setImmediate(go))
  }
  await log.close()
  const names = readdirSync(dir).sort((a, b) => Number(b.slice(4)) - Number(a.slice(4)))
  expect(names.length).toBeGreaterThan(5)
  const lines = names.flatMap((name) => readFileSync(join(dir, name), 'utf8').split('\n'))
  const whole = lines.filter((line) => line !== '')
  expect(whole.map((line) => (JSON.parse(line) as { n: number }).n)).toEqual(
    Array.from({ length: 2000 }, (_, n) => n),
  )
})

it('keeps no more files than it is told', async () => {
  const file = join(dir, 'log')
  const log = openLog({ level: 'info', file, rotate: 65_536, keep: 2, stderr: false })
  for (let n = 0; n < 2000; n++) {
    log.logger.info({ text: 'x'.repeat(500) }, 'line')
    if (n % 20 === 0) await new Promise((go) => setImmediate(go))
  }
  await log.close()
  expect(readdirSync(dir).sort()).toEqual(['log', 'log.1', 'log.2'])
})

it('a level that is off writes nothing', async () => {
  const file = join(dir, 'log')
  const log = openLog({ level: 'error', file, rotate: 65_536, keep: 2, stderr: false })
  log.logger.info('no')
  log.logger.error('yes')
  await log.close()
  expect(readFileSync(file, 'utf8').match(/"msg":"\w+"/g)).toEqual(['"msg":"yes"'])
})

it('each message in and out has a line, in the file and on standard error, and both are the same', async () => {
  const served = await serve(['--data', dir, '--port', '0'])
  bench.after(() => served.kill())
  const client = await bench.client(served.port)
  const { answer } = await client.ask(query('LINE'))
  await client.ask(query('BAD', { PUR: 'X' }))
  await served.stop()
  const lines = readLog(dir)
  const messages = lines
    .filter((line) => line.msg === 'message')
    .map(({ dir, mke, ctl, n, type, ref }) => ({ dir, mke, ctl, n, type, ref }))
  const ref = answer.reference
  expect(messages).toEqual([
    { dir: 'in', mke: 'IAQ', ctl: 'LINE', n: 1, type: 'accepted', ref },
    { dir: 'out', mke: 'IAR', ctl: 'LINE', n: 1, type: 'ACKNOWLEDGEMENT', ref },
    { dir: 'out', mke: 'IAR', ctl: 'LINE', n: 2, type: 'NO MATCH', ref },
    { dir: 'in', mke: 'IAQ', ctl: 'BAD', n: 2, type: 'refused .22.' },
    { dir: 'out', mke: 'ER', ctl: 'BAD', n: 3, type: '.22.' },
  ])
  expect(lines.filter((line) => line.msg === 'message').every(({ us }) => Number.isInteger(us))).toBe(true)
  expect(served.lines.map((line) => JSON.parse(line) as unknown)).toEqual(lines)
  expect(JSON.stringify(lines)).not.toMatch(/QUIXTLANO|19851117/)
})

it('a reader of standard error that stops reading holds up neither the gateway nor its stop', async () => {
  const served = await serve(['--data', dir, '--port', '0'])
  bench.after(() => served.kill())
  served.child.stderr!.pause()
  const client = await bench.client(served.port)
  for (let round = 0; round < 10; round++)
    await Promise.all(Array.from({ length: 200 }, (_, i) => client.ask(query(`S${round}-${i}`))))
  expect(await served.stop()).toBe(0)
  expect(readLog(dir).at(-1)?.msg).toBe('stopped')
})
