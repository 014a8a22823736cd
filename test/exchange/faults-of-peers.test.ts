import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { Client } from '../../src/client/index.js'
import { State } from '../../src/exchange/index.js'
import { encodeFrame, FRAMINGS } from '../../src/frame/index.js'
import { callControl } from '../../src/gateway/index.js'
import type { Matcher } from '../../src/matching/index.js'
import { Journal } from '../../src/store/index.js'
import {
  bench,
  dir,
  eachTest,
  kind,
  kinds,
  query,
  readLog,
  SUBJECT,
  take,
  until,
} from '../gateway/helpers.js'

/**
 * What peers of ours were reported for; each must not be said of this gateway. One row is missing here, Mirth #995
 * (crash on upgrade with old queued messages): a store of the version before is a test of its own.
 */
eachTest()

const ACKED = [{ name: 'ACK', oris: ['ZZ*'], delivery: 'acknowledged' }]

/** The centre takes an hour for an answer, and its clock stands still; a start with {@link LATER} finds them all due. */
const NOW = Date.now()
const SLOW = { answer: { delay: '1h' } }
const STILL = { clock: { now: () => NOW, monotonic: () => performance.now() } }
const LATER = { clock: { now: () => NOW + 7_200_000, monotonic: () => performance.now() } }

/** What the journal leaves undone. */
function undone(): State {
  const state = new State()
  Journal.scan({
    dir: join(dir, 'journal'),
    whole: true,
    onRecord: (record, at) => state.evolve(record, at),
  })
  return state
}

/** Changes one byte of the journal's first or last bytes that hold `text`. */
function damage(text: string, which: 'first' | 'last'): void {
  const journal = join(dir, 'journal')
  const names = readdirSync(journal).sort()
  for (const name of which === 'first' ? names : names.reverse()) {
    const bytes = readFileSync(join(journal, name))
    const at = which === 'first' ? bytes.indexOf(text) : bytes.lastIndexOf(text)
    if (at < 0) continue
    bytes[at] = (bytes[at] ?? 0) ^ 1
    writeFileSync(join(journal, name), bytes, { flag: 'r+' })
    return
  }
  throw new Error(`${text} stands nowhere in the journal`)
}

// The record proxy, which #393 is about, isn't there yet; when it is, it is held to the same.
it.each(FRAMINGS)('mountebank #48, #393: frames are counted, never packets (%s)', async (framing) => {
  const { port } = await bench.gateway(dir)
  const client = await bench.client(port, { framing })
  const bytes = Buffer.concat(['P1', 'P2', 'P3'].map((control) => encodeFrame(framing, query(control))))
  // One frame in many packets: each byte is a write of its own. Then all three in one packet, and half of a fourth.
  const one = encodeFrame(framing, query('P0'))
  for (const byte of one) client.raw(Buffer.from([byte]))
  const fourth = encodeFrame(framing, query('P4'))
  client.raw(Buffer.concat([bytes, fourth.subarray(0, 50)]))
  const first = await take(client, 8)
  client.raw(fourth.subarray(50))
  const controls = [...first, ...(await take(client, 2))].map(({ control }) => control)
  expect(controls.sort()).toEqual(['P0', 'P0', 'P1', 'P1', 'P2', 'P2', 'P3', 'P3', 'P4', 'P4'])
})

// As verbs of scenarios both come later; here is what the exchange does of itself.
it('mountebank #742, #366: it speaks first where something waits, and closes after an answer where it must', async () => {
  const first = await bench.gateway(dir, SLOW, STILL)
  const asking = await bench.client(first.port)
  asking.send(query('SPEAK'))
  await asking.receive(5000)
  await first.close()
  const second = await bench.gateway(dir, { 'listen.0.link': 'default' }, LATER)
  const silent = await bench.listener(second.port)
  expect(kinds(await take(silent, 1))).toEqual(['NO MATCH'])
  const broken = await bench.client(second.port, { framing: 'length' })
  broken.raw(Buffer.from([0, 255, 255, 255]))
  expect(kind(await broken.receive(5000))).toBe('0')
  await expect(broken.closed).resolves.toMatchObject({ by: 'gateway' })
})

it('Mirth #734, #637: what is not acknowledged has not failed; it stays and goes out again, marked', async () => {
  const { port } = await bench.gateway(dir, { links: ACKED })
  const mute = await bench.client(port)
  mute.send(query('MUTE'))
  const sent = await take(mute, 2)
  await mute.close()
  const next = await bench.client(port, { delivery: 'acknowledged' })
  const { answer } = await next.ask(query('NEXT'))
  expect(answer.possibleDuplicate).toBe(false)
  const again = await take(next, 2)
  expect(again.map(({ outCount }) => outCount)).toEqual(sent.map(({ outCount }) => outCount))
  expect(kinds(again)).toEqual(['!ACKNOWLEDGEMENT', '!NO MATCH'])
})

it('Mirth #1682, #1664: 1,500 that wait for a dead link hold no other up, and none of them is dropped', async () => {
  const links = [
    { name: 'DEAD', oris: ['ZZ00101*'] },
    { name: 'ALIVE', oris: ['ZZ00103*'] },
  ]
  const first = await bench.gateway(dir, { links, ...SLOW }, STILL)
  const dying = await bench.client(first.port)
  const controls = Array.from({ length: 1500 }, (_, i) => `D${i}`)
  dying.sendAll(controls.map((control) => query(control)))
  await take(dying, controls.length)
  await first.close()
  const { port } = await bench.gateway(dir, { links }, LATER)
  const alive = await bench.client(port)
  for (let i = 0; i < 10; i++) await alive.ask(query(`A${i}`, {}, 'ZZ0010300'), 5000)
  const back = await bench.client(port)
  back.send(query('BACK'))
  const came = await take(back, controls.length + 2)
  const finals = came.filter((each) => kind(each) === 'NO MATCH' && each.control !== 'BACK')
  expect(new Set(finals.map(({ control }) => control)).size).toBe(controls.length)
}, 40_000)

it('Mirth #836: the end of a connection says which side ended it and when', async () => {
  const gateway = await bench.gateway(dir)
  const open = async (control: string): Promise<Client> => {
    const client = await bench.client(gateway.port)
    await client.ask(query(control))
    return client
  }
  const whys = (): unknown[] =>
    readLog(dir)
      .filter((each) => each.msg === 'link down' && each.time !== undefined)
      .map(({ why }) => why)
  await (await open('E1')).close()
  await until(() => whys().length === 1)
  const waiting = await open('E2')
  const never = waiting.ask(query('E3', SUBJECT.never)).catch((error: Error) => error.message)
  await until(() => readLog(dir).some((each) => each.ctl === 'E3' && each.dir === 'out'))
  await gateway.close()
  expect(await never).toBe('the gateway closed the connection')
  expect(whys()).toEqual(['closed by the other side', 'the gateway stops'])
})

/** Finds nothing out, ever: what was asked stays open. */
const silent = { query: () => new Promise(() => undefined) } as unknown as Matcher

/** Four acknowledged queries, each synced before the next was asked, none with a final answer yet. */
async function fourOpen(): Promise<void> {
  const gateway = await bench.gateway(dir, { 'drain.within': 0 }, { matcher: silent })
  const client = await bench.client(gateway.port)
  for (const control of ['GOOD1', 'BAD1', 'GOOD2', 'GOOD3']) {
    client.send(query(control))
    await client.receive(5000)
  }
  await gateway.close()
  // As after a kill: nothing but the journal says what was open.
  for (const name of readdirSync(join(dir, 'journal')))
    if (name.endsWith('.snapshot')) rmSync(join(dir, 'journal', name))
}

const damaged = (): Record<string, unknown>[] =>
  readLog(dir).filter((each) => String(each.msg).includes('damaged'))

const somewhere = { file: expect.stringMatching(/\.journal$/), offset: expect.any(Number) }

it('QuickFIX/J #1081: a stored message that is damaged is named and never sent, at start', async () => {
  await fourOpen()
  damage('BAD1', 'first')
  const { port } = await bench.gateway(dir, { 'listen.0.link': 'default' })
  const client = await bench.listener(port)
  const finals: string[] = []
  // That an acknowledgement was done may have stood in the damaged batch: then it comes again, marked.
  while (finals.length < 3) {
    const received = await client.receive(5000)
    if (kind(received) === 'NO MATCH') finals.push(received.control)
    else expect(kind(received)).toBe('!ACKNOWLEDGEMENT')
  }
  expect(finals).toEqual(['GOOD1', 'GOOD2', 'GOOD3'])
  await until(() => damaged().length > 0)
  expect(damaged()[0]).toMatchObject(somewhere)
  await client.ask(query('LAST'))
  expect(client.poll()).toBeUndefined()
})

// The batch that holds the count of BAD1's acknowledgement is followed by one that was written before it was known to be on
// disk: what follows is no torn tail.
it('QuickFIX/J #1081: what stands behind a damaged batch isn’t taken for a torn tail', async () => {
  await fourOpen()
  damage('\x1f2\x1fdefault\x1f2', 'first')
  const { port } = await bench.gateway(dir, { 'listen.0.link': 'default' })
  const client = await bench.listener(port)
  const controls: string[] = []
  while (!controls.includes('GOOD3')) controls.push((await client.receive(3000)).control)
  expect(controls).toEqual(expect.arrayContaining(['GOOD1', 'GOOD2', 'GOOD3']))
})

it('QuickFIX/J #1081: a stored message that is damaged is named and never sent, while served', async () => {
  const { port } = await bench.gateway(dir)
  const client = await bench.client(port)
  client.send(query('HELD', SUBJECT.never))
  const { reference } = await client.receive(5000)
  await until(() => undone().matters.size === 0)
  damage('HELD', 'last')
  expect(await callControl(dir, { call: 'release', reference })).toMatchObject({ answer: 1 })
  await until(() => damaged().length > 0)
  expect(damaged()[0]).toMatchObject(somewhere)
  await client.ask(query('LAST'))
  expect(client.poll()).toBeUndefined()
})

const prlimit = (pid: number | undefined, size: string): boolean =>
  spawnSync('prlimit', ['--pid', `${pid}`, `--fsize=${size}:`]).status === 0

it.skipIf(!prlimit(process.pid, 'unlimited'))(
  'QuickFIX/J #399: a store that was full is as good as before once there is room',
  async () => {
    const config = join(bench.folder(), 'iaq-gateway.yaml')
    writeFileSync(config, `log: { file: /dev/null }\njournal: { segment: 65536 }\n`)
    const served = await bench.serve(dir, '--config', config)
    const client = await bench.client(served.port)
    await client.ask(query('BEFORE'))
    prlimit(served.child.pid, '32768')
    client.sendAll(Array.from({ length: 300 }, (_, i) => query(`F${i}`)))
    await until(() => served.lines.some((line) => line.includes('store full')))
    prlimit(served.child.pid, 'unlimited')
    const came = await take(client, 600)
    expect(new Set(came.map(({ control }) => control)).size).toBe(300)
    expect(came.some(({ possibleDuplicate }) => possibleDuplicate)).toBe(false)
    expect(await served.stop()).toBe(0)
    expect(undone().matters.size + undone().waiting.size).toBe(0)
    const again = await bench.serve(dir, '--config', config)
    const { answer } = await (await bench.client(again.port)).ask(query('AFTER'))
    expect(answer.outCount).toBe(604)
  },
  90_000,
)

it('QuickFIX/J #1114: done is what went out, or was acknowledged, and nothing else', async () => {
  const links = [...ACKED, { name: 'WRITTEN', oris: ['DCUSSS000'] }]
  const slow = await bench.gateway(dir, { links, ...SLOW }, STILL)
  const written = await bench.client(slow.port)
  written.send(query('W1', {}, 'DCUSSS000'))
  await take(written, 1)
  await slow.close()
  const quick = await bench.gateway(dir, { links })
  const acked = await bench.client(quick.port)
  acked.send(query('U1'))
  await take(acked, 2)
  await quick.close()
  // The final answer of the one was sent to nobody; of the other both were sent and neither acknowledged.
  const waiting = [...undone().waiting.values()].map(({ link, type }) => `${link} ${type}`)
  expect(waiting.sort()).toEqual(['ACK ACKNOWLEDGEMENT', 'ACK NO MATCH', 'WRITTEN NO MATCH'])
  const again = await bench.gateway(dir, { links }, LATER)
  const next = await bench.client(again.port)
  next.send(query('W2', {}, 'DCUSSS000'))
  const came = (await take(next, 3)).map((each) => `${each.control} ${kind(each)}`)
  expect(came.sort()).toEqual(['W1 NO MATCH', 'W2 ACKNOWLEDGEMENT', 'W2 NO MATCH'])
})

it('quickfixn #139: counts go on after kill -9, on every link', async () => {
  const counts: number[] = []
  for (let life = 0; life < 3; life++) {
    const served = await bench.serve(dir)
    const client = await bench.client(served.port)
    const { acknowledgement, answer } = await client.ask(query(`C${life}`))
    counts.push(answer.inCount, acknowledgement?.outCount ?? 0, answer.outCount)
    await served.kill()
  }
  expect(counts).toEqual([1, 1, 2, 2, 3, 4, 3, 5, 6])
}, 90_000)
