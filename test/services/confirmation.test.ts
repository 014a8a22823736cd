import { writeFileSync } from 'node:fs'
import { describe, expect, it, vi } from 'vitest'
import { operate } from '../../src/gateway/index.js'
import { bench, dir, eachTest, query, SUBJECT, take } from '../gateway/helpers.js'
import { ask, bothWays, command, configOf, field, relayed, request, SetClock } from './helpers.js'

vi.setConfig({ testTimeout: 60_000 })

eachTest()

const cli = (...args: string[]): ReturnType<typeof command> => command(...args, '--data', dir)
const figures = async (): Promise<unknown> => JSON.parse((await cli('stats', '--json')).stdout)
const MINUTE = 60_000
const BANNER = '*** LAW ENFORCEMENT SENSITIVE - SYNTHETIC TEST DATA ***'

describe('by the rule', () => {
  it('the right person and a live record: CON/Y, and the detainer', async () => {
    const { port } = await bench.gateway(dir)
    const client = await bench.client(port)
    const [yes, detainer] = await ask(client, request('R1'), 2)
    expect(yes).toMatchObject({ key: 'YR', from: 'VTICE0900', destination: 'ZZ0010100', control: 'R1' })
    expect(yes?.lines).toEqual([
      'RTY/WP.OCA/26-123456.NIC/N900000007.',
      'NAM/MUESTRA, PROFUGO.DOB/19810730.SEX/M.',
      'CON/Y.',
      'CNA/LESC TEST OPERATOR.CAG/LESC EMULATOR.PHO/8025550100.',
      `REM/${BANNER} RECORD`,
      '  VALID. DETAINER TO FOLLOW.',
    ])
    expect(detainer).toMatchObject({ key: 'AM', from: 'VTICE0900', destination: 'ZZ0010100', control: 'R1' })
    expect(detainer?.lines).toEqual([
      BANNER,
      expect.stringMatching(/^DETAINER LODGED: \d\d-000001$/),
      'SUBJECT: MUESTRA, PROFUGO 19810730',
      'NIC: N900000007',
    ])
    expect(await figures()).toMatchObject({ hitsConfirmed: 1, detainers: 1, ncicEntries: 0, queries: 0 })
  })

  it.each([
    ['an unknown NIC', { NIC: 'N999999999' }, 'NO ACTIVE RECORD UNDER THAT NIC.'],
    ['another name', { NAM: 'MUESTRA, REGISTRO' }, 'NAME OR DATE OF BIRTH IS NOT THAT OF'],
    ['another date of birth', { DOB: '19810731' }, 'NAME OR DATE OF BIRTH IS NOT THAT OF'],
    ['the record of somebody else', { NIC: 'N900000006' }, 'NAME OR DATE OF BIRTH IS NOT THAT OF'],
  ])('%s: CON/N, and no detainer', async (_, fields, remarks) => {
    const { port } = await bench.gateway(dir)
    const client = await bench.client(port)
    const [no] = await ask(client, request('R1', fields))
    expect(field(no, 'CON')).toBe('N')
    expect(no?.lines.join(' ').replace(/ +/g, ' ')).toContain(remarks)
    await client.ping()
    expect(client.poll()).toBeUndefined()
    expect(await figures()).toMatchObject({
      hitsConfirmed: 0,
      detainers: 0,
      services: { hitsNotConfirmed: 1 },
    })
  })

  it('a second and third request go further, and count', async () => {
    const { port } = await bench.gateway(dir)
    const client = await bench.client(port)
    const [second] = await ask(client, request('R2', { RNO: '2' }, 'VTICE0900.ZZ0010300'), 2)
    expect(field(second, 'CON')).toBe('Y')
    const [third] = await ask(client, request('R3', { RNO: '3' }, 'ZZ0010300.VTICE0900.DCUSSS000'), 2)
    expect(field(third, 'CON')).toBe('Y')
    const [nobody] = await ask(client, request('R4', {}, 'VTICE0900.QQ0010300'))
    expect(nobody?.lines[0]).toMatch(/^\.02\. /)
    const [without] = await ask(client, request('R5', {}, 'ZZ0010300'))
    expect(without?.lines[0]).toMatch(/^\.02\. /)
    expect(await figures()).toMatchObject({
      services: { confirmationsSecondRequest: 1, confirmationsThirdRequest: 1 },
    })
  })
})

describe('by an operator', () => {
  it('waits for him through kill -9, and a second request is answered along', async () => {
    const first = await bench.serve(dir, '--config', config('confirm: { by: operator }'))
    const client = await bench.client(first.port)
    client.send(request('R1'))
    client.send(request('R2', { RNO: '2' }))
    client.send(request('R3', { NIC: 'N900000006' }))
    await vi.waitFor(
      async () => expect((await cli('confirm', '--json')).stdout.split('\n')).toHaveLength(4),
      {
        timeout: 20_000,
      },
    )
    expect(client.poll()).toBeUndefined()
    await first.kill()
    expect((await cli('confirm')).stdout).toMatch(/ZZ0010100 {2}N900000007 {2}U +2 /)
    const second = await bench.serve(dir, '--config', config('confirm: { by: operator }'))
    const listed = await cli('confirm', '--json')
    const [repeated, wrong, right] = listed.stdout
      .split('\n')
      .slice(0, 3)
      .map((line) => JSON.parse(line) as { reference: string; nic: string })
    expect(repeated?.nic).toBe('N900000007')
    const refused = [wrong, right].find((each) => each?.nic === 'N900000006')?.reference ?? ''
    expect(await cli('confirm', refused, 'Y')).toMatchObject({
      code: 1,
      stderr: "it can't be confirmed: name or date of birth is not that of the record\n",
    })
    expect((await cli('confirm', refused, 'I', '--hours', '3')).stdout).toBe('1 request answered\n')
    expect((await cli('confirm', refused, 'N', '--by', 'j example')).stdout).toBe('1 request answered\n')
    expect((await cli('confirm', repeated?.reference ?? '', 'Y')).stdout).toBe('2 requests answered\n')
    expect((await cli('confirm', repeated?.reference ?? '', 'Y')).code).toBe(1)
    // Nobody was there: they go out over the next connection, oldest first.
    const other = await bench.client(second.port)
    other.send('AM.ZZ0010100.AX.TXT\r\nBIND')
    const answers = await take(other, 5)
    expect(answers.map((each) => [each.key, each.control, field(each, 'CON'), field(each, 'HTC')])).toEqual([
      ['YR', 'R3', 'I', '3'],
      ['YR', 'R3', 'N', undefined],
      ['YR', 'R1', 'Y', undefined],
      ['AM', 'R1', undefined, undefined],
      ['YR', 'R2', 'Y', undefined],
    ])
    expect(answers[1]?.lines.join('')).toContain('CNA/J EXAMPLE.')
    expect(answers.map(({ possibleDuplicate }) => possibleDuplicate)).toEqual([
      false,
      false,
      false,
      false,
      false,
    ])
    await second.kill()
    const { tail, whole } = bothWays(dir)
    expect(tail).toEqual(whole)
  })

  it('a YR says when before the limit, what is overdue is shown and counted, and a final one follows', async () => {
    const clock = new SetClock()
    const gateway = await bench.gateway(dir, { 'confirm.by': 'operator' }, { clock })
    const client = await bench.client(gateway.port)
    client.send(request('U1'))
    client.send(request('R1', { PRI: 'R', OCA: '26-654321' }))
    await client.ping()
    clock.ahead += 9 * MINUTE
    const [later] = await take(client, 1)
    expect([later?.control, field(later, 'CON'), field(later, 'HTC')]).toEqual(['U1', 'I', '1'])
    clock.ahead += MINUTE
    const view = (): Promise<unknown> =>
      operate(configOf(dir), { call: 'view', service: 'confirmation', args: {} })
    await vi.waitFor(
      async () => expect(await figures()).toMatchObject({ services: { confirmationsOverdue: 1 } }),
      { timeout: 20_000 },
    )
    expect(await view()).toMatchObject([
      { priority: 'U', overdue: true, told: true },
      { priority: 'R', overdue: false, told: false },
    ])
    clock.ahead += 45 * MINUTE
    const [second] = await take(client, 1)
    expect([second?.control, field(second, 'CON'), field(second, 'HTC')]).toEqual(['R1', 'I', '4'])
    const [{ reference = '' } = {}] = (await view()) as { reference?: string }[]
    expect((await cli('confirm', reference, 'Y')).stdout).toBe('1 request answered\n')
    const [final, detainer] = await take(client, 2)
    expect([final?.control, field(final, 'CON'), detainer?.key, detainer?.control]).toEqual([
      'U1',
      'Y',
      'AM',
      'U1',
    ])
    expect(final?.inCount).toBe(1)
    const story = (await cli('show', reference)).stdout
    for (const part of ['hit confirmation delayed', 'CON/I: sent', 'CON/Y: sent', 'DETAINER LODGED: sent'])
      expect(story).toContain(part)
  })
})

it('after a time the rule decides, and the answer takes the connection that asked', async () => {
  const clock = new SetClock()
  const gateway = await bench.gateway(dir, { 'confirm.by': '12m' }, { clock })
  const oldest = await bench.client(gateway.port)
  await oldest.ask(query('BIND'))
  const client = await bench.client(gateway.port)
  client.send(request('U1'))
  client.send(request('R1', { PRI: 'R' }))
  await client.ping()
  clock.ahead += 12 * MINUTE
  const came = await take(client, 5)
  expect(came.map((each) => `${each.control} ${field(each, 'CON') ?? each.key}`)).toEqual([
    'U1 I',
    'U1 Y',
    'U1 AM',
    'R1 Y',
    'R1 AM',
  ])
})

describe('detainers', () => {
  it('are listed, lodged on a MATCH, lifted with a reason, and end after 48 hours', async () => {
    const clock = new SetClock()
    const gateway = await bench.gateway(dir, {}, { clock })
    const client = await bench.client(gateway.port)
    await ask(client, request('R1'), 2)
    const { answer } = await client.ask(query('Q1', SUBJECT.match))
    const { answer: none } = await client.ask(query('Q2'))
    expect((await cli('detainers', 'lodge', none.reference ?? '')).code).toBe(1)
    expect((await cli('detainers', 'lodge', answer.reference ?? '')).stdout).toMatch(
      /^detainer \d\d-000002 lodged\n$/,
    )
    const [lodged] = await take(client, 1)
    expect(lodged?.control).toBe('Q1')
    expect(lodged?.lines.slice(2)).toEqual([
      'SUBJECT: MUESTRA, COINCIDE PRUEBA 19850214',
      'A-NUMBER: A099000001',
    ])
    const number = lodged?.lines[1]?.slice(17) ?? ''
    expect((await cli('detainers', '--state', 'ZZ')).stdout.split('\n')).toHaveLength(4)
    expect((await cli('detainers', '--ori', 'ZZ0010300', '--json')).stdout).toBe('')
    expect(await cli('detainers', 'lift', number, 'Q')).toMatchObject({ code: 1 })
    expect((await cli('detainers', 'lift', number, 'U')).stdout).toBe(`detainer ${number} lifted\n`)
    const [lifted] = await take(client, 1)
    expect(lifted?.lines.slice(1)).toEqual([
      `DETAINER LIFTED: ${number}`,
      'SUBJECT: MUESTRA, COINCIDE PRUEBA 19850214',
      'REASON: U UNITED STATES CITIZEN INTERVIEWED',
    ])
    expect((await cli('detainers', 'lift', number, 'U')).code).toBe(1)
    clock.ahead += 48 * 60 * MINUTE
    await vi.waitFor(
      async () =>
        expect((await cli('detainers', '--status', 'expired', '--json')).stdout).toContain('N900000007'),
      {
        timeout: 20_000,
      },
    )
    await gateway.close()
    expect(await figures()).toMatchObject({
      detainers: 2,
      services: { detainersLifted: 1, detainersExpired: 1 },
    })
    expect(JSON.parse((await cli('stats', '--json', '--recount')).stdout)).toEqual(await figures())
    const { tail, whole } = bothWays(dir)
    expect(tail).toEqual(whole)
    // Who knows no service keeps what happened for who does.
    expect(relayed(dir)).toEqual(whole)
  })

  it('on a store at rest are lodged and lifted too, and told once it is served', async () => {
    const served = await bench.serve(dir)
    const client = await bench.client(served.port)
    const { answer } = await client.ask(query('Q1', SUBJECT.match))
    await served.stop()
    expect((await cli('detainers', 'lodge', answer.reference ?? '')).stdout).toMatch(
      /^detainer \d\d-000001 lodged\n$/,
    )
    expect((await cli('verify')).code).toBe(0)
    const again = await bench.serve(dir)
    const other = await bench.client(again.port)
    other.send('AM.ZZ0010100.AX.TXT\r\nBIND')
    const [told] = await take(other, 1)
    expect(told).toMatchObject({ key: 'AM', control: 'Q1', possibleDuplicate: false })
  })
})

function config(text: string): string {
  const file = `${bench.folder()}/iaq-gateway.yaml`
  writeFileSync(file, text)
  return file
}
