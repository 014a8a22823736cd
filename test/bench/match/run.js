// npm run bench -- match --records N: the matching engine over N generated persons, with PostgreSQL beside it up to a
// million. Each row of the table is of one run on this machine.
import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import os from 'node:os'
import { join } from 'node:path'
import { child } from '../parts.js'
import { Postgres, postgresHome } from './postgres.js'

const CLI = new URL('../../../scripts/iaq-gateway.js', import.meta.url).pathname
const SEED = 1
const MOST_FOR_PEER = 1_000_000
const MOST_FOR_LOSS = 1_000_000
const PEER_QUESTIONS = 1000

const round = (value, digits) => Number(value.toFixed(digits))
const shareOf = (list, share) => [...list].sort((a, b) => a - b)[Math.floor(list.length * share)]

/** `generate | load -` as a user runs it. @returns seconds, and the most that the load held in memory. */
function load(records, data) {
  const started = performance.now()
  const generate = spawn(
    process.execPath,
    [CLI, 'generate', '--records', String(records), '--seed', String(SEED)],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  const loader = spawn(process.execPath, [CLI, 'load', '-', '--data', data], {
    stdio: ['pipe', 'ignore', 'inherit'],
  })
  generate.stdout.pipe(loader.stdin)
  return new Promise((resolve, reject) => {
    loader.once('exit', (code) => {
      if (code === 0) resolve((performance.now() - started) / 1000)
      else reject(new Error(`load ended with ${code}`))
    })
  })
}

const bytesOf = (dir) => readdirSync(dir).reduce((sum, name) => sum + statSync(join(dir, name)).size, 0)

async function* personsOf(records) {
  const { generatePersons } = await import('../../../dist/generate/index.js')
  let held = ''
  for (const chunk of generatePersons({ seed: SEED, count: records })) {
    const lines = (held + chunk).split('\n')
    held = lines.pop()
    for (const line of lines) {
      const { arn, names, dob } = JSON.parse(line)
      for (const { last, first = '', middle = '' } of names)
        yield { arn, last, first: `${first} ${middle}`.trim(), dob }
    }
  }
}

async function peer(records, asked) {
  const home = postgresHome()
  if (home === undefined) return undefined
  const server = new Postgres(home)
  try {
    const started = performance.now()
    await server.fill(personsOf(records))
    const fill = (performance.now() - started) / 1000
    for (const { query } of asked.slice(0, 50)) await server.find(query)
    const ms = []
    let [first, five, all] = [0, 0, 0]
    for (const { arn, query } of asked) {
      const from = performance.now()
      const found = await server.find(query)
      ms.push(performance.now() - from)
      if (arn === undefined) continue
      all++
      first += Number(found[0] === arn)
      five += Number(found.includes(arn))
    }
    const mean = ms.reduce((sum, each) => sum + each, 0) / ms.length
    return {
      p50: shareOf(ms, 0.5),
      p99: shareOf(ms, 0.99),
      rate: 1000 / mean,
      recall1: first / all,
      recall5: five / all,
      disk: (await server.bytes()) / records,
      fill,
    }
  } finally {
    server.close()
  }
}

/** @returns the rows, each what it is, the engine's figure and the peer's. */
export async function benchMatch({ records, queries, keep }) {
  const data = keep ?? mkdtempSync(join(os.tmpdir(), 'iaq-bench-'))
  try {
    const loaded = readdirSync(data).includes('records')
    const seconds = loaded ? undefined : await load(records, data)
    const { reply } = await child('match/engine.js', {
      ...{ data, count: queries },
      loss: records <= MOST_FOR_LOSS ? 1000 : 0,
      peer: records <= MOST_FOR_PEER ? PEER_QUESTIONS : 0,
    })
    const { asked, ...ours } = reply
    const theirs = asked.length > 0 ? await peer(records, asked) : undefined
    return {
      records,
      ours: { ...ours, disk: bytesOf(join(data, 'records')) / records, load: seconds && records / seconds },
      theirs,
    }
  } finally {
    if (keep === undefined) rmSync(data, { recursive: true, force: true })
  }
}

export function tableOf({ records, ours, theirs }) {
  const error = (share) => Math.sqrt((share * (1 - share)) / ours.truths)
  const rows = [
    ['ms p50, one thread', round(ours.p50, 3), theirs && round(theirs.p50, 2)],
    ['ms p99, one thread', round(ours.p99, 2), theirs && round(theirs.p99, 1)],
    ['ms of CPU a question', round(ours.cpu, 3), undefined],
    [
      'questions a second',
      `${Math.round(ours.rate)} (2 threads)`,
      theirs && `${Math.round(theirs.rate)} (1 connection)`,
    ],
    [
      'recall@1',
      `${round(ours.recall1, 4)} (standard error ${round(error(ours.recall1), 4)})`,
      theirs && round(theirs.recall1, 4),
    ],
    ['recall@5', round(ours.recall5, 4), theirs && round(theirs.recall5, 4)],
    [
      'recall@1 lost by the search',
      ours.loss === undefined ? '' : `${round(ours.loss, 4)} (every name looked at: ${round(ours.every, 4)})`,
      undefined,
    ],
    ['bytes in memory a name', round(ours.perName, 1), undefined],
    ['MB resident, two threads', Math.round(ours.resident / 1e6), undefined],
    ['bytes on disk a record', round(ours.disk, 1), theirs && round(theirs.disk, 1)],
    [
      'records loaded a second',
      ours.load === undefined ? '' : Math.round(ours.load),
      theirs && `${Math.round(records / theirs.fill)} (with indexes)`,
    ],
    ['s to start (of them reading)', `${round(ours.start, 2)} (${round(ours.read, 2)})`, undefined],
  ]
  const lines = rows.map(([what, us, them = '']) => `${what.padEnd(32)}${String(us).padEnd(34)}${them}`)
  return [
    `${records} records, ${ours.names} names`,
    '',
    `${''.padEnd(32)}${'engine'.padEnd(34)}${theirs ? 'PostgreSQL' : ''}`,
    ...lines,
    '',
  ].join('\n')
}
