import { describe, expect, it } from 'vitest'
import type { Client } from '../../src/client/index.js'
import { bench, dir, eachTest, loadPersons, query, take } from '../gateway/helpers.js'
import { entry } from './helpers.js'

eachTest()

const maintain = (key: string, control: string, fields: string): string =>
  `${key}.VTICE0900.NC.*${control}.TXT\r\n${fields}`
const inquiry = (control: string, fields: string, ori = 'ZZ0010100'): string =>
  `QW.${ori}.NC.*${control}.TXT\r\n${fields}`

/** Sends a message and takes the lines of what comes. */
async function answer(client: Client, message: string): Promise<readonly string[]> {
  client.send(message)
  const [received] = await take(client, 1)
  return received?.lines ?? []
}

const BANNER = '*** LAW ENFORCEMENT SENSITIVE - SYNTHETIC TEST DATA ***'

describe('a record that is entered', () => {
  it('is found by name and by number at once, is named by an IAR, and ends when it is cleared', async () => {
    await loadPersons(dir)
    const { port } = await bench.gateway(dir)
    const client = await bench.client(port)
    const who = 'NAM/ZARZAPARRA, TEODULFINA.DOB/19870301.'
    expect(await answer(client, inquiry('Q0', who))).toEqual([
      BANNER,
      'NO RECORD NAM/ZARZAPARRA, TEODULFINA DOB/19870301',
    ])
    client.send(entry('E1', { MNU: 'AR-099100001' }))
    const came = await take(client, 2)
    const lines = came.find(({ key }) => key === 'EIV')?.lines ?? []
    expect(lines[1]).toMatch(/^ENTERED NIC\/N98\d{7} OCA\/26-0001$/)
    const nic = lines[1]?.slice(12, 22) ?? ''
    // The inquiry of a moment ago is told.
    const delayed = came.find(({ key }) => key === '$.H')
    expect(delayed).toMatchObject({ key: '$.H', from: 'NC', destination: 'ZZ0010100', control: 'Q0' })
    expect(delayed?.lines).toContain(`NIC/${nic} DTE/${today()}`)
    for (const asked of [who, `NIC/${nic}.`, 'NAM/ZARZAPARRA, TEODULFINE.DOB/19870301.SEX/F.']) {
      const hit = await answer(client, inquiry('Q1', asked))
      expect(hit.slice(1, 3)).toEqual([
        'SUBJECT HAS AN OUTSTANDING ADMINISTRATIVE WARRANT OF REMOVAL. CIVIL',
        '  RECORD. CONFIRM WITH LESC BEFORE ANY ACTION. (802) 555-0100',
      ])
      expect(hit).toContain('MKE/IMMIGRATION VIOLATOR - ADMINISTRATIVE WARRANT OF REMOVAL')
      expect(hit).toContain('HGT/504 WGT/130 EYE/BRO HAI/BLK')
      expect(hit).toContain(`NIC/${nic} DTE/${today()}`)
    }
    const person = { NAM: 'COBRE ZANCUDO, ELOISA', DOB: '19850214', SEX: 'F', POB: 'MM' }
    const { answer: iar } = await client.ask(query('I1', person))
    expect(iar.lines).toContain(`NCIC: ${nic}, ABSCONDER`)
    expect(await answer(client, maintain('CIV', 'C1', `NIC/${nic}.OCA/26-0002.`))).toContain(
      'OCA IS NOT THAT OF THE RECORD',
    )
    expect((await answer(client, maintain('CIV', 'C2', `NIC/${nic}.OCA/26-0001.`)))[1]).toBe(
      `CLEARED NIC/${nic} OCA/26-0001`,
    )
    expect((await answer(client, inquiry('Q2', who)))[1]).toMatch(/^NO RECORD /)
    expect((await answer(client, inquiry('Q3', `NIC/${nic}.`)))[1]).toBe(`NO RECORD NIC/${nic}`)
    expect((await client.ask(query('I2', person))).answer.lines.join()).not.toContain('NCIC:')
    expect(await answer(client, maintain('MIV', 'M1', `NIC/${nic}.MIS/X.`))).toContain('RECORD IS NOT ACTIVE')
  })
})

const today = (): string =>
  new Date(Date.now() - 7 * 3_600_000).toISOString().slice(0, 10).replaceAll('-', '')
