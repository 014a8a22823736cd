#!/usr/bin/env node
// Trains formats/names/weights.yaml: the weights under which the answers to labelled queries are likeliest.
//   node scripts/train-weights.js FOLDER                              on the populations and errors of scripts/evidence
//   node scripts/train-weights.js --file RECORDS --asked QUERIES      on a site's own: a records file, and a line of
//     JSON a query, `{"q": {"name": …, "dob": …}, "truth": "000000001"}`, without `truth` where nobody on file was meant
// What is made smaller is the surprise: -ln of the probability that the engine gave to what was so, on the average
// query, and a little for every step away from the weights that it began with. One weight after the other is tried a
// step up and down; --rounds says how often over all of them. --dry writes nothing. IAQ_DIST names another build.
import { createReadStream, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { parseDocument } from 'yaml'
import { readLists } from './evidence/population.js'
import { populationSet, respelledSet } from './evidence/sets.js'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    file: { type: 'string' },
    asked: { type: 'string' },
    records: { type: 'string', default: '60000' },
    queries: { type: 'string', default: '3000' },
    seed: { type: 'string', default: '501' },
    rounds: { type: 'string', default: '2' },
    dry: { type: 'boolean' },
  },
})
const [folder] = positionals
if (!folder && !(values.file && values.asked)) {
  process.stderr.write('usage: node scripts/train-weights.js FOLDER | --file RECORDS --asked QUERIES\n')
  process.exit(2)
}
const dist = resolve(process.env.IAQ_DIST ?? join(root, 'dist'))
const room = (name) => import(pathToFileURL(join(dist, name, 'index.js')).href)
const { createMatcher, loadNameTables } = await room('matching')
const { parseRecordLine } = await room('records')
const { generatePersons } = await room('generate')
const path = join(root, 'formats', 'names', 'weights.yaml')
const names = loadNameTables(join(root, 'formats', 'names'))
const { weights } = names

/** Weights that are bits are tried so much up and down; others are multiplied or divided. */
const STEP = { bits: 0.6, factor: 1.35 }
/** Nothing is so certain that it would outweigh all other queries. */
const LEAST = 1e-5

/** Shares that are no evidence of the same person, and what the engine doesn't weigh. */
const FIXED = /^(?:places|placeFloor|tables|identifier|initials|spread\.exact|name\.truncated)/

function* leaves(node, at = []) {
  for (const [key, value] of Object.entries(node))
    if (typeof value === 'object') yield* leaves(value, [...at, key])
    else if (!FIXED.test([...at, key].join('.'))) yield [...at, key]
}
const get = (at) => at.reduce((node, key) => node[key], weights)
const set = (at, value) => {
  at.slice(0, -1).reduce((node, key) => node[key], weights)[at.at(-1)] = value
}
const isBits = (at) => get(at) <= 0 || at[0] === 'letters'
const SHARES =
  /^(?:name|given|dob|sex\.agrees|sex\.fresh|pob\.agrees|pob\.fresh|family\.twin|family\.namesake)/

function moved(at, value, by) {
  if (isBits(at))
    return at[0] === 'letters' ? Math.max(0, value + by * STEP.bits) : Math.min(0, value + by * STEP.bits)
  // Near one it is the rest that is multiplied.
  if (SHARES.test(at.join('.')) && value > 0.5) return 1 - (1 - value) * STEP.factor ** -by
  const next = value * STEP.factor ** by
  return at[0] === 'spread' ? Math.max(1, next) : next
}

async function own() {
  const records = []
  for await (const line of createInterface({ input: createReadStream(values.file) })) {
    const parsed = parseRecordLine(line)
    if (line.trim() !== '' && 'record' in parsed) records.push(parsed.record)
  }
  const queries = readFileSync(values.asked, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line))
  return [{ records, queries }]
}

/** Two populations under the errors of scripts/evidence, one of them the shipped generator's. */
function made() {
  const lists = readLists(folder)
  const [seed, count, queries] = [values.seed, values.records, values.queries].map(Number)
  const other = []
  for (const chunk of generatePersons({ seed, count: count + queries }))
    for (const line of chunk.split('\n')) if (line) other.push(parseRecordLine(line).record)
  return [
    populationSet(lists, { seed, count, queries }),
    populationSet(lists, { seed: seed + 1, count, queries, from: other }),
    respelledSet(lists, { seed: seed + 2, queries: Math.round(queries / 8) }),
  ]
}

const sets = folder ? made() : await own()
const engines = sets.map(({ records }) => {
  const engine = createMatcher({ names, thresholds: { match: 90, possible: 8, floor: 1, prior: 0.5 } })
  engine.apply(records)
  return engine
})

/** The average surprise; neighbourhoods are forgotten, since weights are in them. */
function surprise(forget) {
  let [sum, n] = [0, 0]
  sets.forEach(({ queries }, i) => {
    if (forget) engines[i].apply([])
    for (const { q, truth } of queries) {
      const { candidates } = engines[i].query(q)
      const of = (list) => list.reduce((total, { score }) => total + score / 100, 0)
      const p = truth === undefined ? 1 - of(candidates) : of(candidates.filter(({ arn }) => arn === truth))
      sum -= Math.log(Math.min(1, Math.max(LEAST, p)))
      n++
    }
  })
  return sum / n
}

const steps = new Map()
/** As if each weight had been known beforehand to a step or so. */
const asked = sets.reduce((sum, { queries }) => sum + queries.length, 0)
const cost = () => [...steps.values()].reduce((sum, each) => sum + each * each, 0) / (2 * asked)
let best = surprise(true)
console.error(`surprise ${best.toFixed(5)} a query`)
for (let round = 0; round < Number(values.rounds); round++) {
  for (const at of leaves(weights)) {
    const key = at.join('.')
    const forget = /^(?:name|spread|given)/.test(key)
    for (const by of [1, -1]) {
      let better = false
      for (let tries = 0; tries < 3; tries++) {
        const [before, step] = [get(at), steps.get(key) ?? 0]
        set(at, moved(at, before, by))
        steps.set(key, step + by)
        const now = surprise(forget) + cost()
        if (now >= best - 1e-6) {
          set(at, before)
          steps.set(key, step)
          if (forget) for (const engine of engines) engine.apply([])
          break
        }
        better = true
        best = now
        console.error(`${key} ${before.toPrecision(3)} -> ${get(at).toPrecision(3)}: ${best.toFixed(5)}`)
      }
      if (better) break
    }
  }
}
if (!values.dry) {
  const document = parseDocument(readFileSync(path, 'utf8'))
  for (const at of leaves(weights))
    if (steps.get(at.join('.'))) document.setIn(at, Number(get(at).toPrecision(3)))
  writeFileSync(path, document.toString({ lineWidth: 0, flowCollectionPadding: true }))
}
