// The process that holds the engine while it is measured: opens a store, answers questions, says what it took.
import { createMatcher, loadNameTables, MatcherPool, Stock } from '../../../dist/matching/index.js'
import { numbers, questions } from './queries.js'

const NAMES = new URL('../../../formats/names', import.meta.url).pathname
const THRESHOLDS = { match: 90, possible: 5, floor: 1, prior: 0.5 }
const WARM = 500

const seconds = (from) => (performance.now() - from) / 1000
const shareOf = (list, share) => [...list].sort((a, b) => a - b)[Math.floor(list.length * share)]

function sample(stock, count) {
  const below = numbers(99)
  const [{ file, data }] = [...stock.segments].sort((a, b) => b.data.meta.persons - a.data.meta.persons)
  return Array.from({ length: count }, () => stock.record(file, data.columns.lines[below(data.meta.persons)]))
}

function hold(engine, stock) {
  engine.hold(stock.segments.map((each) => ({ ...each, record: (line) => stock.record(each.file, line) })))
  return engine
}

function recall(engine, asked) {
  let [first, five] = [0, 0]
  const ms = []
  const rank = []
  for (const { arn, query } of asked) {
    const started = performance.now()
    const { candidates } = engine.query(query)
    ms.push(performance.now() - started)
    if (arn === undefined) continue
    const at = candidates.findIndex((each) => each.arn === arn)
    first += Number(at === 0)
    five += Number(at >= 0)
    rank.push(at)
  }
  return { first, five, true: rank.length, ms }
}

async function throughput(stock, asked) {
  const pool = new MatcherPool({ stock, subjects: [], namesDir: NAMES, thresholds: THRESHOLDS, threads: 2 })
  pool.hold(stock.segments)
  await pool.ready
  const queries = asked.map(({ query }) => query)
  await pool.query(queries.slice(0, WARM * 2))
  const started = performance.now()
  await pool.query(queries)
  const rate = queries.length / seconds(started)
  const resident = process.memoryUsage().rss
  await pool.close()
  return { rate, resident }
}

process.once('message', async ({ data, count, loss, peer }) => {
  const started = performance.now()
  const names = loadNameTables(NAMES)
  const { stock } = Stock.open(`${data}/records`, names)
  const read = seconds(started)
  const engine = hold(createMatcher({ names, thresholds: THRESHOLDS }), stock)
  const start = seconds(started)
  const persons = sample(stock, Math.min(20_000, count * 2))
  const asked = questions(persons, count + WARM, 7)
  for (const { query } of asked.splice(0, WARM)) engine.query(query)
  const cpu = process.cpuUsage()
  const found = recall(engine, asked)
  const used = process.cpuUsage(cpu)
  const columns = stock.segments.flatMap((each) => Object.values(each.data.columns))
  const result = {
    ...{ persons: engine.size, names: engine.names, read, start },
    p50: shareOf(found.ms, 0.5),
    p99: shareOf(found.ms, 0.99),
    cpu: (used.user + used.system) / 1000 / asked.length,
    recall1: found.first / found.true,
    recall5: found.five / found.true,
    truths: found.true,
    perName: columns.reduce((sum, each) => sum + each.byteLength, 0) / engine.names,
    ...(await throughput(stock, asked)),
  }
  if (loss > 0) {
    const some = questions(persons, loss, 11, 1)
    const all = recall(hold(createMatcher({ names, thresholds: THRESHOLDS, exhaustive: true }), stock), some)
    const search = recall(engine, some)
    result.loss = (all.first - search.first) / some.length
    result.every = all.first / some.length
  }
  process.send({ ...result, asked: peer > 0 ? asked.slice(0, peer) : [] }, () => process.exit(0))
})
