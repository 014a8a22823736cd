#!/usr/bin/env node
// Makes the small store under fixtures/stores/ that every later version must open with its queue: a journal and its
// snapshot, counts, a refusal, a link that an operator holds, and answers of every kind that can wait. Synthetic only.
//   node scripts/make-store.js fixtures/stores/1
import { spawn } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { ensureBuilt } from './ensure.js'

const [to] = process.argv.slice(2)
if (!to || existsSync(join(to, 'journal'))) {
  process.stderr.write('usage: node scripts/make-store.js DIR\n  DIR: a folder that holds no store yet\n')
  process.exit(2)
}
ensureBuilt()
const { connect } = await import('../dist/client/index.js')
const script = join(dirname(fileURLToPath(import.meta.url)), 'iaq-gateway.js')
const work = mkdtempSync(join(tmpdir(), 'iaq-store-'))
const config = join(work, 'iaq-gateway.yaml')
const data = join(work, 'data')
writeFileSync(
  config,
  `data: ./data
listen: [{ port: 0 }]
journal: { segment: 65536 }
links:
  - { name: ACK, oris: ["ZZ0010300"], delivery: acknowledged }
  - { name: ZZ, oris: ["ZZ*"] }
  - { name: DC, oris: ["DC*"] }
`,
)

const message = (ori, control, fields = {}) => {
  const all = {
    ...{ PUR: 'C', ATN: 'SGT TESTER', PHN: '8025550142', NAM: 'QUIXTLANO, ZEFERINDA', DOB: '19851117' },
    ...{ SEX: 'F', POB: 'GT', CUS: 'Y', OFF: '0399', ...fields },
  }
  const text = Object.entries(all).map(([mfc, value]) => `${mfc}/${value}.`)
  return `IAQ.${ori}.AX.*${control}.TXT\r\n${text.join('\r\n')}`
}
const NEVER = { NAM: 'MUESTRA, NUNCA', DOB: '19770117', SEX: 'M', POB: 'II' }

/** Runs a command over the store to its end. */
function run(...args) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [script, ...args, '--config', config], { stdio: 'inherit' })
    child.once('exit', (code) =>
      code === 0 ? resolve() : reject(new Error(`${args[0]} ended with ${code}`)),
    )
  })
}

const child = spawn(process.execPath, [script, 'serve', '--config', config], {
  stdio: ['ignore', 'ignore', 'pipe'],
})
const gone = new Promise((done) => child.once('exit', done))
const port = await new Promise((listening) => {
  createInterface({ input: child.stderr }).on('line', (line) => {
    if (line.includes('"listening"')) listening(JSON.parse(line).port)
  })
})
const open = (more = {}) => connect({ host: '127.0.0.1', port, ...more })
const take = async (client, count) => {
  for (let i = 0; i < count; i++) await client.receive(10_000)
}

// What is done: answered and refused.
const zz = await open()
for (let i = 0; i < 6; i++) await zz.ask(message('ZZ0010100', `DONE${i}`))
zz.send(message('ZZ0010100', 'REFUSED', { PUR: 'X' }))
await take(zz, 1)
// Held until an operator releases it.
zz.send(message('ZZ0010100', 'NEVER', NEVER))
await take(zz, 1)
// Sent, and never acknowledged: they go out again, marked, with the counts that they had.
const ack = await open({ framing: 'length' })
ack.sendAll([message('ZZ0010300', 'UNACK1'), message('ZZ0010300', 'UNACK2')])
await take(ack, 4)
// A link that an operator holds: none of it has gone out.
const dc = await open({ framing: 'pattern' })
await dc.ask(message('DCUSSS000', 'DCDONE'))
await run('links', 'hold', 'DC')
dc.sendAll([message('DCUSSS000', 'HELD1'), message('DCUSSS000', 'HELD2')])
await dc.ping()
await new Promise((done) => {
  child.once('exit', done)
  child.kill('SIGTERM')
})
await gone
rmSync(to, { recursive: true, force: true })
cpSync(data, to, { recursive: true })
// The log belongs to the seal, and says nothing that the journal doesn't.
writeFileSync(join(to, 'config.yaml'), readFileSync(config, 'utf8').replace('data: ./data\n', ''))
rmSync(work, { recursive: true })
process.stdout.write(`${readdirSync(to, { recursive: true }).sort().join('\n')}\n`)
process.exit(0)
