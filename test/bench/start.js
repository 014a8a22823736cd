// npm run bench -- start: how long a start takes over a store of many past exchanges, after a clean stop and after a
// kill. The store is filled through the journal, with records as the exchange writes them; --exchanges says how many.
import { fork } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import os from 'node:os'
import { join } from 'node:path'
import { State } from '../../dist/exchange/index.js'
import { Journal } from '../../dist/store/index.js'
import { AS_SERVED } from './parts.js'

const BATCH = 200
const ORIS = 5000
const DAY = 86_400_000

/** Everything of one exchange: taken in, concluded, both answers sent and done. */
function* exchange(i, now) {
  const ref = `26-${`${i}`.padStart(10, '0')}`
  const ori = `ZZ${`${i % ORIS}`.padStart(7, '0')}`
  const control = `C${i}`
  const n = ((i - 1) % 99_999) + 1
  const out = [((2 * i - 2) % 99_999) + 1, ((2 * i - 1) % 99_999) + 1]
  const ids = [2 * i - 1, 2 * i]
  const lines = (type, more) => [
    '*** LAW ENFORCEMENT SENSITIVE - SYNTHETIC TEST DATA ***',
    'IAQ RECEIVED: 11/24/2026 14:03:11',
    `LESC REFERENCE: ${ref}`,
    `RESPONSE TYPE: ${type}`,
    ...more,
  ]
  const answer = (id, type, more) => ({ id, key: 'IAR', from: 'VTICE0900', type, lines: lines(type, more) })
  const of = { t: now, link: 'default', n, form: 'text', ori, ctl: control }
  const values = {
    ...{ PUR: 'C', ATN: 'SGT EXAMPLE TESTER', PHN: '8025550142', NAM: 'QUIXTLANO, ZEFERINDA' },
    ...{ DOB: '19851117', SEX: 'F', POB: 'GT', CUS: 'Y', OFF: '1399', REM: 'SYNTHETIC TEST RECORD' },
  }
  const raw = `IAQ.${ori}.AX.*${control}.TXT\r\n${Object.entries(values)
    .map(([mfc, value]) => `${mfc}/${value}`)
    .join('.\r\n')}`
  yield [
    2,
    {
      ...{ t: now, link: 'default', n, form: 'text', key: 'IAQ', ori, ctl: control, ref, dest: 'AX' },
      ...{ service: 'query', values, open: true, day: '20261124', raw },
      answers: [answer(ids[0], 'ACKNOWLEDGEMENT', ['QUERIED: QUIXTLANO, ZEFERINDA 19851117 F GT'])],
    },
  ]
  const closing = ['THIS IS NOT A DETAINER. NOT BASED ON FINGERPRINT COMPARISON.']
  yield [
    4,
    {
      ...{ ref, of, t: now + 1, type: 'NO MATCH', found: { grade: 'NONE', candidates: [] } },
      answers: [answer(ids[1], 'NO MATCH', closing)],
    },
  ]
  yield [5, { t: now + 1, out: ids.map((id, k) => [id, 'default', out[k]]) }]
  yield [6, { ids }]
}

async function fill(dir, exchanges) {
  const state = new State()
  const journal = Journal.open({ dir: join(dir, 'journal'), sync: false, onRecord: () => undefined })
  const keep = (records) => {
    const drafts = records.map(([type, value]) => ({ type, text: JSON.stringify(value) }))
    const position = journal.append(drafts)
    for (const [i, { type, text }] of drafts.entries())
      state.evolve({ type, payload: Buffer.from(text, 'latin1') }, position[i])
  }
  keep([[1, { version: 1, boot: 'bench', t: Date.now() }]])
  for (let i = 1; i <= exchanges; i += BATCH) {
    const batch = []
    for (let k = i; k < i + BATCH && k <= exchanges; k++)
      batch.push(...exchange(k, Date.now() - DAY * (1 - k / exchanges)))
    keep(batch)
    if (journal.wantsSnapshot) await journal.snapshot(state.encode())
    // What fills segments beforehand gets its turn.
    await new Promise((go) => setImmediate(go))
  }
  await journal.close()
}

/** Starts a gateway in a process of its own. @returns milliseconds of `createGateway`, and the process. */
function start(data) {
  const child = fork(new URL('gateway.js', import.meta.url).pathname, {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    execArgv: AS_SERVED,
  })
  child.send({ data, flags: {}, instant: true })
  return new Promise((resolve, reject) => {
    child.once('message', ({ ms }) => resolve({ child, ms }))
    child.once('exit', (code) => reject(new Error(`the gateway ended with ${code}`)))
  })
}

const ended = (child, how) =>
  new Promise((done) => {
    child.removeAllListeners('exit')
    child.once('exit', done)
    how(child)
  })

export async function benchStart(exchanges, rounds) {
  const data = mkdtempSync(join(os.tmpdir(), 'iaq-bench-start-'))
  try {
    const before = performance.now()
    await fill(data, exchanges)
    const dir = join(data, 'journal')
    const bytes = readdirSync(dir).reduce((sum, name) => sum + statSync(join(dir, name)).size, 0)
    const filled = { seconds: Math.round((performance.now() - before) / 1000), bytes }
    const ms = { filled: [], killed: [], clean: [] }
    for (let round = 0; round < rounds; round++) {
      // The first finds what the filling left: the newest snapshot and the tail behind it, as after a kill.
      let { child, ms: took } = await start(data)
      ms[round === 0 ? 'filled' : 'clean'].push(took)
      await ended(child, (each) => each.kill('SIGKILL'))
      ;({ child, ms: took } = await start(data))
      ms.killed.push(took)
      await ended(child, (each) => each.send('close'))
    }
    const { child, ms: took } = await start(data)
    ms.clean.push(took)
    await ended(child, (each) => each.send('close'))
    return { exchanges, filled, ms }
  } finally {
    rmSync(data, { recursive: true, force: true })
  }
}
