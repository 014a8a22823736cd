import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it, vi } from 'vitest'
import { bench, dir, eachTest } from '../gateway/helpers.js'
import { ask, bothWays, configOf, relayed } from './helpers.js'

vi.setConfig({ testTimeout: 120_000 })

eachTest()

const BANNER = '*** LAW ENFORCEMENT SENSITIVE - SYNTHETIC TEST DATA ***'

it('a help file that the centre changed survives kill -9; others can not change it', async () => {
  const first = await bench.serve(dir)
  const client = await bench.client(first.port)
  const [shipped] = await ask(client, 'AM.ZZ0010200.AXADMHELP.*H1.TXT')
  expect(shipped).toMatchObject({ key: 'AM', from: 'AXADMHELP', destination: 'ZZ0010200', control: 'H1' })
  expect(shipped?.lines.slice(0, 2)).toEqual([BANNER, expect.stringContaining('SYNTHETIC TEST DATA ONLY')])
  const [updated] = await ask(client, 'AM.VTICE0900.AXADMUPDT.TXT\r\nNEW WORDS')
  expect(updated).toMatchObject({ key: 'AM', from: 'AXADMHELP', lines: [BANNER, 'NEW WORDS'] })
  await ask(client, 'AM.VTICE0900.AXADMAPND.TXT\r\nAND MORE')
  for (const action of ['UPDT', 'APND', 'CNCL']) {
    const [refused] = await ask(client, `AM.ZZ0010100.AXADM${action}.TXT\r\nNOT MINE`)
    expect(refused?.lines[0]).toMatch(/^\.02\. /)
  }
  await first.kill()
  const second = await bench.serve(dir)
  const other = await bench.client(second.port)
  const after = await vi.waitFor(async () => {
    const [said] = await ask(other, 'AM.ZZ0010100.AXADMHELP.TXT')
    // What the killed one may have let out comes again first, marked.
    expect(said?.possibleDuplicate).toBe(false)
    return said
  })
  expect(after?.lines).toEqual([BANNER, 'NEW WORDS', 'AND MORE'])
  await ask(other, 'AM.VTICE0900.AXADMCNCL.TXT')
  const [none] = await ask(other, 'AM.ZZ0010100.AXADMHELP.TXT')
  expect(none?.lines).toEqual([BANNER, 'NO AXADM HELP INFORMATION AVAILABLE FOR THIS USER'])
  await second.stop()
  const { tail, whole } = bothWays(dir)
  expect(tail).toEqual(whole)
  expect(relayed(dir)).toEqual(whole)
})

it('an update that would make a file too long changes nothing', async () => {
  const { port } = await bench.gateway(dir)
  const client = await bench.client(port)
  await ask(client, `AM.VTICE0900.AXADMUPDT.TXT\r\n${'A'.repeat(7000)}`)
  const [full] = await ask(client, `AM.VTICE0900.AXADMAPND.TXT\r\n${'B'.repeat(7000)}`)
  expect(full?.lines[1]).toBe('HELP FILE NOT CHANGED, IT WOULD BE LONGER THAN 12000 CHARACTERS')
  const [said] = await ask(client, 'AM.ZZ0010100.AXADMHELP.TXT')
  expect(said?.lines.join('')).not.toContain('B'.repeat(60))
})

it('one more message key is a format file and nothing else', async () => {
  const formats = join(bench.folder(), 'formats')
  cpSync(configOf(dir).formats, formats, { recursive: true })
  writeFileSync(
    join(formats, 'messages', 'HLP.yaml'),
    `version: 1
key: HLP
name: Help
direction: both
authority: A
destinations: { accepted: [AXADMHELP], max: 1 }
body: text
service: help
xml: { element: "n2:NLETSMailData", text: ["n2:MailMessageText"], key: true }
layouts:
  HELP FILE:
    - "{banner}"
    - { line: "HELP: {text}", each: lines }
`,
  )
  const { port } = await bench.gateway(dir, { formats })
  const client = await bench.client(port)
  const [said] = await ask(client, 'HLP.ZZ0010100.AXADMHELP.*H1.TXT')
  expect(said).toMatchObject({ key: 'HLP', from: 'AXADMHELP', control: 'H1' })
  expect(said?.lines[1]).toMatch(/^HELP: LAW ENFORCEMENT SUPPORT CENTER/)
})

it('one more help file is its destinations in a format file and nothing else', async () => {
  const formats = join(bench.folder(), 'formats')
  cpSync(configOf(dir).formats, formats, { recursive: true })
  const file = join(formats, 'messages', 'AM.yaml')
  const text = readFileSync(file, 'utf8')
  writeFileSync(
    file,
    text
      .replace('accepted: [AX,', 'accepted: [AX, AXBRDHELP, AXBRDUPDT,')
      .replace('reserved: [', 'reserved: [AXBRDUPDT, '),
  )
  const { port } = await bench.gateway(dir, { formats })
  const client = await bench.client(port)
  const [none] = await ask(client, 'AM.ZZ0010100.AXBRDHELP.TXT')
  expect(none?.lines[1]).toBe('NO AXBRD HELP INFORMATION AVAILABLE FOR THIS USER')
  const [refused] = await ask(client, 'AM.ZZ0010100.AXBRDUPDT.TXT\r\nNOT MINE')
  expect(refused?.lines[0]).toMatch(/^\.02\. /)
  await ask(client, 'AM.VTICE0900.AXBRDUPDT.TXT\r\nABOUT BRADY CHECKS')
  const [said] = await ask(client, 'AM.ZZ0010100.AXBRDHELP.TXT')
  expect(said).toMatchObject({ from: 'AXBRDHELP', lines: [BANNER, 'ABOUT BRADY CHECKS'] })
})

it('a message file that names a service that is none is refused with file and line', async () => {
  const formats = join(bench.folder(), 'formats')
  cpSync(configOf(dir).formats, formats, { recursive: true })
  const file = join(formats, 'messages', 'AM.yaml')
  writeFileSync(file, readFileSync(file, 'utf8').replace('service: help', 'service: hepl'))
  await expect(bench.gateway(dir, { formats })).rejects.toThrow(
    /AM\.yaml:\d+: service: no service is called hepl/,
  )
})
