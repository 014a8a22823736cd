#!/usr/bin/env node
// Measures what the evidence is worth on a population and errors that share nothing with src/generate.
//   node scripts/measure-evidence.js FOLDER [--records 200000] [--queries 12000] [--seed 11] [--only SET,SET] [--misses]
// FOLDER holds yente-negatives/, name-databases-smashew/ and netransliteration/. The sets are population, calibration,
// respelled, alias, pairs and spellings. docs/matching.md has the figures. IAQ_DIST names another build than dist/.
import { readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { distance } from './evidence/distance.js'
import { readLists } from './evidence/population.js'
import { aliasSet, labelledPairs, populationSet, respelledSet } from './evidence/sets.js'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    records: { type: 'string', default: '200000' },
    queries: { type: 'string', default: '12000' },
    seed: { type: 'string', default: '11' },
    only: { type: 'string', default: 'population,calibration,respelled,alias,pairs,spellings' },
    thresholds: { type: 'string', default: '90,8,1' },
    misses: { type: 'boolean' },
  },
})
const [folder] = positionals
if (!folder) {
  process.stderr.write(
    'usage: node scripts/measure-evidence.js FOLDER [--records N] [--queries N] [--only SET]\n',
  )
  process.exit(2)
}
const dist = resolve(process.env.IAQ_DIST ?? join(root, 'dist'))
const { compareNames, createMatcher, loadNameTables } = await import(
  pathToFileURL(join(dist, 'matching/index.js')).href
)
const { jaroWinkler } = await import(pathToFileURL(join(dist, 'matching/strings.js')).href)
const names = loadNameTables(join(root, 'formats', 'names'))
const [match, possible, floor] = values.thresholds.split(',').map(Number)
const lists = readLists(folder)
const seed = Number(values.seed)
const count = Number(values.records)
const queries = Number(values.queries)
const share = (n, of) => (of === 0 ? '-' : Number((n / of).toFixed(4)))

function engineOf(records, prior = 0.5) {
  const engine = createMatcher({ names, thresholds: { match, possible, floor, prior } })
  engine.apply(records)
  return engine
}

/** Asks every query; each comes back with its result and where the truth stands. */
function ask(engine, list) {
  return list.map(({ q, truth, kind }) => {
    const result = engine.query(q)
    const at = truth === undefined ? -1 : result.candidates.findIndex(({ arn }) => arn === truth)
    return { q, truth, kind, result, at }
  })
}

const drew = ({ result }) => result.grade === 'MATCH' || result.grade === 'POSSIBLE'
const matched = ({ result }) => result.grade === 'MATCH'
const listed = (each) => each.at >= 0 && drew(each) && each.result.candidates[each.at].score >= floor

function rates(answers) {
  const of = (test) => share(answers.filter(test).length, answers.length)
  if (answers[0]?.truth === undefined) return { n: answers.length, MATCH: of(matched), 'lists any': of(drew) }
  return {
    n: answers.length,
    'recall@1': of(({ at }) => at === 0),
    'recall@5': of(({ at }) => at >= 0),
    MATCH: of((each) => each.at === 0 && matched(each)),
    'wrong MATCH': of((each) => each.at !== 0 && matched(each)),
    listed: of(listed),
    MORE: of(({ result }) => result.grade === 'MORE'),
  }
}

function report(title, answers, records) {
  const present = answers.filter(({ truth }) => truth !== undefined)
  const gone = answers.filter(({ truth }) => truth === undefined)
  console.log(`\n## ${title}`)
  console.table({ 'on file': rates(present), ...(gone.length ? { absent: rates(gone) } : {}) })
  const kinds = [...new Set(answers.map(({ kind }) => kind))].sort()
  if (kinds.length > 1)
    console.table(
      Object.fromEntries(kinds.map((kind) => [kind, rates(answers.filter((each) => each.kind === kind))])),
    )
  const missed = present.filter(({ at }) => at !== 0)
  const equal = missed.filter((each) => ambiguous(each, records[Number(each.truth) - 1]))
  console.log(
    `missed at 1: ${missed.length}; another agrees as well in every letter and digit: ${equal.length}`,
  )
  if (values.misses) for (const each of answers) tell(each)
}

const words = ({ names: [name], dob }) => `${name.last}, ${name.first} ${name.middle} ${dob}`
function tell(each) {
  const wrong = each.truth === undefined ? drew(each) : !listed(each) || each.at !== 0
  if (!wrong) return
  const shown = [each.result.candidates[0], each.at > 0 ? each.result.candidates[each.at] : undefined].filter(
    Boolean,
  )
  console.error(each.kind, each.result.grade, each.at, JSON.stringify(each.q), each.truth ?? '')
  for (const { person, score, why } of shown)
    console.error(
      `   ${score.toFixed(1)} ${words(person)} | ${why.map(({ field, relation, bits }) => `${field} ${relation} ${bits.toFixed(1)}`).join(' | ')}`,
    )
}

/** Whether the first candidate agrees with the query at least as well as the truth does, in every letter and digit. */
function ambiguous({ q, result, at }, truth) {
  const near = ({ names: all, dob, altDobs }) => ({
    name: Math.min(
      ...all.map((each) =>
        distance(q.name.replace(',', ''), `${each.last} ${each.first} ${each.middle}`.trim().slice(0, 29)),
      ),
    ),
    date: Math.min(
      ...[dob, ...altDobs].map((each) => [...each].filter((digit, i) => digit !== q.dob[i]).length),
    ),
  })
  const [first] = result.candidates
  if (at === 0 || !first) return false
  const [theirs, his] = [near(first.person), near(truth)]
  return theirs.name <= his.name && theirs.date <= his.date
}

function population() {
  const set = populationSet(lists, { seed, count, queries })
  const answers = ask(engineOf(set.records), set.queries)
  report(`second population, ${count} on file, seed ${seed}`, answers, set.records)
  const present = answers.filter(({ truth }) => truth !== undefined)
  const strangers = answers.filter(({ kind }) => kind === '~ stranger')
  const rows = {}
  for (const [least, sum] of [
    [1, 2],
    [1, 5],
    [1, 8],
    [1, 10],
    [2, 5],
    [5, 5],
    [2, 10],
    [1, 15],
    [1, 20],
  ]) {
    const lists = ({ result }) =>
      matched({ result }) ||
      (result.grade !== 'MORE' &&
        result.candidates.reduce((total, { score }) => total + (score >= least ? score : 0), 0) >= sum)
    const found = (each) => each.at >= 0 && lists(each) && each.result.candidates[each.at].score >= least
    rows[`floor ${least}, possible ${sum}`] = {
      'truth listed': share(present.filter(found).length, present.length),
      'strangers listing any': share(strangers.filter(lists).length, strangers.length),
    }
  }
  console.table(rows)
  const gone = answers.filter(({ truth }) => truth === undefined)
  const limits = {}
  for (const limit of [80, 85, 90, 93, 95, 97, 99]) {
    const reaches = ({ result }) => result.grade !== 'MORE' && (result.candidates[0]?.score ?? 0) >= limit
    limits[`match ${limit}`] = {
      'true MATCH': share(present.filter((each) => each.at === 0 && reaches(each)).length, present.length),
      'wrong MATCH': share(present.filter((each) => each.at !== 0 && reaches(each)).length, present.length),
      'absent MATCH': share(gone.filter(reaches).length, gone.length),
      'stranger MATCH': share(strangers.filter(reaches).length, strangers.length),
    }
  }
  console.table(limits)
}

/** Said and right, in twenty bands of the first candidate's score, and how far apart on the whole. */
function calibration() {
  for (const prior of [0.2, 0.5, 0.8]) {
    const set = populationSet(lists, { seed: seed + 1, count, queries, prior, random: true })
    const answers = ask(engineOf(set.records, prior), set.queries)
    const bands = new Map()
    for (const { result, at } of answers) {
      const [first] = result.candidates
      if (!first) continue
      const band = Math.min(19, Math.floor(first.score / 5))
      const sum = bands.get(band) ?? { n: 0, said: 0, right: 0 }
      bands.set(band, sum)
      sum.n++
      sum.said += first.score / 100
      sum.right += Number(at === 0)
    }
    let error = 0
    const rows = {}
    for (const [band, { n, said, right }] of [...bands].sort(([a], [b]) => a - b)) {
      error += Math.abs(said - right) / answers.length
      rows[`${band * 5}-${band * 5 + 5}`] = { n, said: share(said, n), right: share(right, n) }
    }
    console.log(`\n## calibration, prior ${prior}, absents random: expected error ${error.toFixed(4)}`)
    console.table(rows)
  }
}

function respelled() {
  const set = respelledSet(lists, { seed, queries: Math.min(queries, 6000) })
  report('names of the world respelled, no date', ask(engineOf(set.records), set.queries), set.records)
}

function alias() {
  const set = aliasSet(lists, { seed, count: Math.min(count, 50_000), queries: Math.min(queries, 6000) })
  report(
    'asked under a name that the file lacks, with date',
    ask(engineOf(set.records), set.queries),
    set.records,
  )
}

function pairs() {
  const scored = labelledPairs(lists, { seed, count: 12_000 }).map((each) => ({
    ...each,
    score: compareNames(each.a, each.b, names),
  }))
  scored.sort((x, y) => y.score - x.score)
  const all = scored.filter(({ same }) => same).length
  let [right, best] = [0, { f1: 0 }]
  scored.forEach(({ same, score }, i) => {
    right += Number(same)
    const f1 = (2 * right) / (i + 1 + all)
    if (f1 > best.f1 && score !== scored[i + 1]?.score)
      best = { f1, score, precision: right / (i + 1), recall: right / all }
  })
  console.log('\n## labelled name pairs', best)
  if (values.misses)
    for (const each of scored.filter(({ same, score }) => same !== score >= best.score).slice(0, 400))
      console.error(JSON.stringify(each))
}

/** Spellings of one name against names of other groups of the same file. */
function spellings() {
  for (const script of ['arabic', 'chinese']) {
    const rows = readFileSync(join(folder, `netransliteration/variant_pairs_${script}.csv`), 'latin1')
      .split(/\r?\n/)
      .slice(1)
      .filter(Boolean)
    const own = rows
      .map((row) => row.split(','))
      .map(([group, a, , b]) => ({ group, a, b }))
      .filter(({ a, b }) => jaroWinkler(a, b) >= 0.7)
    const groupOf = new Map(
      own.flatMap(({ group, a, b }) => [
        [a, group],
        [b, group],
      ]),
    )
    const all = [...groupOf.keys()]
    const strangers = []
    for (let stride = 1; strangers.length < 40_000; stride += 7)
      all.forEach((a, i) => {
        const b = all[(i * 31 + stride) % all.length]
        if (groupOf.get(a) !== groupOf.get(b)) strangers.push(compareNames(a, b, names))
      })
    strangers.sort((x, y) => y - x)
    const least = strangers[Math.floor(strangers.length / 200)]
    const joined = own.filter(({ a, b }) => compareNames(a, b, names) > least).length
    console.log(
      `\n## spellings, ${script}: ${own.length} pairs, joined at .5 % false: ${share(joined, own.length)} (compare above ${least})`,
    )
  }
}

const sets = { population, calibration, respelled, alias, pairs, spellings }
for (const each of values.only.split(',')) sets[each]()
