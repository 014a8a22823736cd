import { expect, it, vi } from 'vitest'
import { bench, dir, eachTest } from '../gateway/helpers.js'
import { bothWays, command, relayed } from './helpers.js'

vi.setConfig({ testTimeout: 120_000 })

eachTest()

const cli = (...args: string[]): ReturnType<typeof command> => command(...args, '--data', dir)
const BANNER = '*** LAW ENFORCEMENT SENSITIVE - SYNTHETIC TEST DATA ***'

it('what waits for an operator survives kill -9, is answered, and operators send', async () => {
  const first = await bench.serve(dir)
  const client = await bench.client(first.port)
  client.send('AM.ZZ0010100.AX.*M1.TXT\r\nREQUEST A CALL BACK')
  client.send('AML.ZZ0010100.AX.*M2.TXT\r\nREQUEST ANOTHER')
  client.send('AM.ZZ0010300.AX.TXT\r\nNOTHING')
  await client.ping()
  const listed = async (): Promise<{ reference: string; key: string }[]> =>
    (await cli('mail', '--json')).stdout
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as { reference: string; key: string })
  await vi.waitFor(async () => expect(await listed()).toHaveLength(3), { timeout: 20_000 })
  await first.kill()
  const second = await bench.serve(dir)
  const other = await bench.listener(second.port)
  const [one, two, three] = await listed()
  expect([one?.key, two?.key, three?.key]).toEqual(['AM', 'AML', 'AM'])
  expect((await cli('mail')).stdout).toContain('ZZ0010300')
  expect((await cli('mail', 'answer', two?.reference ?? '', 'called\nback')).stdout).toBe(
    'sent to ZZ0010100\n',
  )
  expect((await cli('mail', 'done', three?.reference ?? '')).code).toBe(0)
  expect((await cli('mail', 'done', three?.reference ?? '')).code).toBe(1)
  expect((await cli('mail', 'send', 'zz0010300', 'call the center', '--control', 'C1')).code).toBe(0)
  expect(await cli('mail', 'send', 'QQ0010300', 'X')).toMatchObject({
    code: 1,
    stderr: 'the directory has no ORI QQ0010300\n',
  })
  expect((await cli('mail', 'send', 'ZZ0010300', 'X', '--key', 'IAR')).code).toBe(1)
  expect((await cli('mail', 'send', 'ZZ0010300', ' ')).code).toBe(1)
  other.send('AM.ZZ0010100.AX.TXT\r\nBIND')
  const answer = await other.receive(10_000)
  expect(answer).toMatchObject({ key: 'AML', from: 'VTICE0900', destination: 'ZZ0010100', control: 'M2' })
  expect(answer.lines).toEqual([BANNER, 'CALLED', 'BACK'])
  const sent = await other.receive(10_000)
  expect(sent).toMatchObject({ key: 'AM', destination: 'ZZ0010300', control: 'C1', inCount: 0 })
  expect(sent.lines).toEqual([BANNER, 'CALL THE CENTER'])
  await vi.waitFor(async () => expect(await listed()).toHaveLength(2), { timeout: 20_000 })
  await second.stop()
  expect(JSON.parse((await cli('stats', '--json')).stdout)).toMatchObject({
    services: { mailReceived: 4, mailSent: 2 },
  })
  const { tail, whole } = bothWays(dir)
  expect(tail).toEqual(whole)
  expect(relayed(dir)).toEqual(whole)
})
