import { spawnSync } from 'node:child_process'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { Bench, kinds, query, readLog, take, until } from '../gateway/helpers.js'

const bench = new Bench()
const dir = bench.folder()
/** A file system of its own, so that it can be filled; that needs rights that not every machine gives. */
const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', dir]).status === 0
if (mounted) bench.after(() => spawnSync('umount', [dir]))

afterAll(() => bench[Symbol.asyncDispose]())

it.skipIf(!mounted)('a full store acknowledges nothing, says so, and goes on by itself', async () => {
  const gateway = await bench.gateway(dir, {
    'admin.port': 0,
    'journal.segment': 65_536,
    'log.file': join(bench.folder(), 'log'),
  })
  const ready = async (): Promise<number> =>
    (await fetch(`http://127.0.0.1:${gateway.adminPort}/readyz`)).status
  const client = await bench.client(gateway.port)
  await client.ask(query('BEFORE'))
  expect(await ready()).toBe(200)
  const filler = join(dir, 'filler')
  spawnSync('dd', ['if=/dev/zero', `of=${filler}`, 'bs=4096'])
  client.sendAll(Array.from({ length: 200 }, (_, i) => query(`F${i}`)))
  let status = 200
  while (status === 200) status = await ready()
  expect(status).toBe(503)
  const during: string[] = []
  for (let received = client.poll(); received; received = client.poll()) during.push(received.control)
  // Who comes meanwhile isn't read.
  const late = await bench.client(gateway.port)
  late.send(query('LATE'))
  rmSync(filler)
  const rest = await take(client, 400 - during.length)
  const controls = [...during, ...rest.map(({ control }) => control)]
  expect(new Set(controls).size).toBe(200)
  expect(rest.some(({ possibleDuplicate }) => possibleDuplicate)).toBe(false)
  expect(kinds(await take(late, 2))).toEqual(['ACKNOWLEDGEMENT', 'NO MATCH'])
  expect(await ready()).toBe(200)
  await gateway.close()
})

it.skipIf(!mounted)('a log that cannot be written stops nothing', async () => {
  const full = bench.folder()
  spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', full])
  bench.after(() => spawnSync('umount', [full]))
  writeFileSync(join(full, 'filler'), Buffer.alloc(60 * 1024))
  const data = bench.folder()
  const gateway = await bench.gateway(data, { 'log.file': join(full, 'log') })
  const client = await bench.client(gateway.port)
  for (let i = 0; i < 3; i++) {
    client.sendAll(Array.from({ length: 100 }, (_, j) => query(`L${i}-${j}`)))
    await take(client, 200)
  }
  await gateway.close()
})

it('waits for nobody when it stops while it is full', async () => {
  if (!mounted) return
  const gateway = await bench.gateway(dir, { 'journal.segment': 65_536, 'drain.within': '100ms' })
  const client = await bench.client(gateway.port)
  const filler = join(dir, 'filler')
  spawnSync('dd', ['if=/dev/zero', `of=${filler}`, 'bs=4096'])
  client.sendAll(Array.from({ length: 500 }, (_, i) => query(`S${i}`)))
  await until(() => true)
  await gateway.close()
  rmSync(filler)
  expect(readLog(dir).length).toBeGreaterThan(0)
  await expect(bench.gateway(dir)).resolves.toBeDefined()
})
