#!/usr/bin/env node
// Makes the small store under fixtures/stores/ that every later version must open with its queue: a journal and its
// snapshot, counts, a refusal, a link that an operator holds, and answers of every kind that can wait; with --services what
// the services around the query have done and what waits in them. Synthetic only.
//   node scripts/make-store.js fixtures/stores/1
//   node scripts/make-store.js --services fixtures/stores/2-services
import { spawn, spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { ensureBuilt } from './ensure.js'

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: { services: { type: 'boolean', default: false } },
})
const [to] = positionals
if (!to || existsSync(join(to, 'journal'))) {
  process.stderr.write(
    'usage: node scripts/make-store.js [--services] DIR\n  DIR: a folder that holds no store yet\n',
  )
  process.exit(2)
}
ensureBuilt()
const { connect } = await import('../dist/client/index.js')
const script = join(dirname(fileURLToPath(import.meta.url)), 'iaq-gateway.js')
const work = mkdtempSync(join(tmpdir(), 'iaq-store-'))
const config = join(work, 'iaq-gateway.yaml')
const data = join(work, 'data')
const LINKS = `links:
  - { name: ACK, oris: ["ZZ0010300"], delivery: acknowledged }
  - { name: ZZ, oris: ["ZZ*"] }
  - { name: DC, oris: ["DC*"] }
`
const DECIDED_BY_PERSONS = `confirm: { by: operator }
review: possible
`
writeFileSync(
  config,
  `data: ./data
listen: [{ port: 0 }]
journal: { segment: 65536 }
${options.services ? DECIDED_BY_PERSONS : LINKS}`,
)

const text = (key, ori, to, control, lines) => `${key}.${ori}.${to}.*${control}.TXT\r\n${lines.join('\r\n')}`
const fieldsOf = (all) => Object.entries(all).map(([mfc, value]) => `${mfc}/${value}.`)
const message = (ori, control, fields = {}) =>
  text(
    ...['IAQ', ori, 'AX', control],
    fieldsOf({
      ...{ PUR: 'C', ATN: 'SGT TESTER', PHN: '8025550142', NAM: 'QUIXTLANO, ZEFERINDA', DOB: '19851117' },
      ...{ SEX: 'F', POB: 'GT', CUS: 'Y', OFF: '0399', ...fields },
    }),
  )

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
  const all = []
  for (let i = 0; i < count; i++) all.push(await client.receive(10_000))
  return all
}

await (options.services ? services() : queue())
child.kill('SIGTERM')
await gone
rmSync(to, { recursive: true, force: true })
cpSync(data, to, { recursive: true })
// The log belongs to the seal, and says nothing that the journal doesn't.
writeFileSync(join(to, 'config.yaml'), readFileSync(config, 'utf8').replace('data: ./data\n', ''))
rmSync(work, { recursive: true })
process.stdout.write(`${readdirSync(to, { recursive: true }).sort().join('\n')}\n`)
process.exit(0)

/** Answers of every kind that can wait. */
async function queue() {
  const NEVER = { NAM: 'MUESTRA, NUNCA', DOB: '19770117', SEX: 'M', POB: 'II' }
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
}

/** Of every service something that is done and something that waits for a person. */
async function services() {
  const client = await open()
  const ask = async (body, count = 1) => {
    client.send(body)
    return take(client, count)
  }
  const ncic = (key, control, fields) => ask(text(key, 'VTICE0900', 'NC', control, fieldsOf(fields)))
  const entry = { SEX: 'M', RAC: 'W', POB: 'MM', HGT: '508', WGT: '165', EYE: 'BRO', HAI: 'BLK', OFF: '8004' }
  const nicOf = ([{ lines }]) => /NIC\/(\w+)/.exec(lines.join())[1]
  const live = nicOf(
    await ncic('EIV', 'ENTRY1', { NAM: 'ZUNZUNCITO, GUARDADO', DOB: '19850404', OCA: '26-1', ...entry }),
  )
  await ncic('ESV', 'MORE1', { NIC: live, AKA: 'ZUNZUNCITO, SEGUNDO', SOC: '900000641' })
  await ncic('LIV', 'LOCATED1', { NIC: live })
  const cleared = nicOf(
    await ncic('EIV', 'ENTRY2', { NAM: 'ZUNZUNCITO, LIBRE', DOB: '19860505', OCA: '26-2', ...entry }),
  )
  await ncic('CIV', 'CLEAR2', { NIC: cleared, OCA: '26-2' })
  const referenceOf = ([{ reference }]) => reference
  // One confirmed, with its detainer; one waits.
  const request = (control, priority) =>
    text('YQ', 'ZZ0010100', 'VTICE0900', control, [
      ...fieldsOf({ RTY: 'WP', RNO: '1', PRI: priority, OCA: '26-123456', NIC: 'N900000007' }),
      ...fieldsOf({ NAM: 'MUESTRA, PROFUGO', DOB: '19810730', RNA: 'DISPATCHER TEST', RAG: 'ZZ TEST PD' }),
    ])
  client.send(request('YQDONE', 'U'))
  await client.ping()
  await run('confirm', (await waiting('confirm')).reference, 'Y')
  await take(client, 2)
  client.send(request('YQWAITS', 'R'))
  await client.ping()
  // Unclear matches: one decided, one that waits, and a Brady check.
  const twins = { NAM: 'MUESTRA, GEMELO', DOB: '19900606', SEX: 'M', POB: 'GT', CUS: 'N' }
  const decided = referenceOf(await ask(message('ZZ0010100', 'DECIDED', twins)))
  await run('review', 'take', decided, '--by', 'ANA')
  await run('review', 'decide', decided, 'match', 'A99000003', '--by', 'ANA')
  await take(client, 1)
  await ask(message('ZZ0010100', 'UNCLEAR', twins))
  await ask(message('ZZ0010100', 'BRADY', { ...twins, PUR: 'F' }))
  await ask(message('ZZ0010100', 'SURE'), 2)
  // Two tips, one of them decided; a message that waits; a call; a help file; a list that was screened.
  await run('tip', 'TIP ABOUT A FARM IN VERMONT WHERE WORKERS ARE HELD')
  await run('tip', 'TIP ABOUT FALSE PAPERS SOLD IN BOSTON')
  await run('tips', 'decide', (await waiting('tips')).number, 'viable')
  client.send(text('AM', 'ZZ0010100', 'AX', 'MAIL', ['PLEASE CALL US BACK']))
  await client.ping()
  await run('call', 'ZZ TEST PD', 'HOW TO SEND AN IAQ')
  await ask(text('AM', 'VTICE0900', 'AXTRNUPDT', 'HELP', ['KEPT FROM BEFORE']))
  await ask(
    text('SCL', 'DCUSSS000', 'AX', 'LIST', [
      'EVENT/STATE DINNER',
      'NAM/MUESTRA, COINCIDE PRUEBA.DOB/19850214.SEX/M.',
      'NAM/MUESTRA, NADIE.DOB/19851117.SEX/F.',
    ]),
  )
}

/** The first that a command lists. */
function waiting(command) {
  const { stdout } = spawnSync(process.execPath, [script, command, '--json', '--config', config], {
    encoding: 'utf8',
  })
  return JSON.parse(stdout.split('\n')[0])
}
