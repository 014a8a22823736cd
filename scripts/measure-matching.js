#!/usr/bin/env node
// Measures the matching engine on data that it was not made from. docs/matching.md holds the figures.
//   node scripts/measure-matching.js FOLDER [--records 200000] [--queries 4000] [--seed 1] [--only made|generated|febrl|splink|pairs]
// FOLDER holds febrl/, splink-fake1000/, netransliteration/, yente-negatives/, popular-names-by-country/ and
// name-databases-smashew/ as their projects publish them. IAQ_DIST names another build than dist/.
import { readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    records: { type: 'string' },
    queries: { type: 'string' },
    only: { type: 'string' },
    misses: { type: 'boolean' },
    seed: { type: 'string' },
    thresholds: { type: 'string' },
  },
})
const [folder] = positionals
if (!folder) {
  process.stderr.write(
    'usage: node scripts/measure-matching.js FOLDER [--records N] [--queries N] [--only SET]\n',
  )
  process.exit(2)
}
const dist = resolve(process.env.IAQ_DIST ?? join(root, 'dist'))
const { compareNames, createMatcher, loadNameTables } = await import(
  pathToFileURL(join(dist, 'matching/index.js')).href
)
const { generatePersons } = await import(pathToFileURL(join(dist, 'generate/index.js')).href)
const { parseRecordLine } = await import(pathToFileURL(join(dist, 'records/index.js')).href)
const { relate } = await import(pathToFileURL(join(dist, 'matching/relation.js')).href)
const { sounded } = await import(pathToFileURL(join(dist, 'matching/word.js')).href)
const { jaroWinkler } = await import(pathToFileURL(join(dist, 'matching/strings.js')).href)
const names = loadNameTables(join(root, 'formats', 'names'))
const [match = 90, possible = 8, floor = 1] = (values.thresholds?.split(',') ?? []).map(Number)
const thresholds = { match, possible, floor, prior: 0.5 }

/** mulberry32: small, even, the same everywhere. */
function random(seed) {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}
const csv = (file) =>
  readFileSync(join(folder, file), 'latin1')
    .split(/\r?\n/)
    .slice(1)
    .filter(Boolean)
    .map((l) => l.split(',').map((c) => c.trim()))
const utf8 = (file) =>
  readFileSync(join(folder, file), 'utf8')
    .split(/\r?\n/)
    .slice(1)
    .filter(Boolean)
    .map((l) => l.split(','))
const lines = (file) => readFileSync(join(folder, file), 'latin1').split(/\r?\n/).filter(Boolean)
const record = (arn, last, first, middle, dob, more = {}) => ({
  arn: String(arn).padStart(9, '0'),
  names: [{ last, first, middle, suffix: '', type: 'primary' }],
  dob,
  altDobs: [],
  sex: '',
  pob: '',
  citizenship: '',
  fbi: '',
  sid: '',
  oln: '',
  ols: '',
  soc: '',
  passport: { number: '', country: '' },
  status: { class: '', code: '', since: '' },
  admitted: { date: '', port: '' },
  interest: false,
  ncic: [],
  ...more,
})
const round = (x, n = 4) => Number(x.toFixed(n))

/** Asks and counts. A query is { q, truth: arn or undefined, kind }. */
function measure(title, engine, queries) {
  const kinds = new Map()
  const times = []
  const bands = new Map()
  const all = {
    true: 0,
    at1: 0,
    at5: 0,
    match: 0,
    wrong: 0,
    listed: 0,
    more: 0,
    absent: 0,
    falseMatch: 0,
    drew: 0,
  }
  for (const { q } of queries.slice(0, 300)) engine.query(q)
  for (const { q, truth, kind } of queries) {
    const started = performance.now()
    const result = engine.query(q)
    times.push(performance.now() - started)
    const k = kinds.get(kind) ?? { n: 0, at1: 0, at5: 0, match: 0, possible: 0, wrong: 0, listed: 0, more: 0 }
    kinds.set(kind, k)
    k.n++
    const arns = result.candidates.map((c) => c.arn)
    const [best] = result.candidates
    if (best && best.score >= 1) {
      const band =
        best.score >= 99
          ? '99+'
          : best.score >= 95
            ? '95-99'
            : best.score >= 90
              ? '90-95'
              : best.score >= 80
                ? '80-90'
                : best.score >= 50
                  ? '50-80'
                  : best.score >= 20
                    ? '20-50'
                    : '1-20'
      const b = bands.get(band) ?? { n: 0, right: 0, sum: 0 }
      bands.set(band, b)
      b.n++
      b.sum += best.score
      if (arns[0] === truth) b.right++
    }
    const drew = result.grade === 'MATCH' || result.grade === 'POSSIBLE'
    if (truth === undefined) {
      all.absent++
      if (result.grade === 'MATCH') {
        all.falseMatch++
        k.match++
      }
      if (drew) {
        all.drew++
        k.possible++
      }
      if (values.misses && result.grade === 'POSSIBLE')
        console.error(
          'drew',
          kind,
          JSON.stringify(q),
          JSON.stringify(
            result.candidates
              .map((c) => ({
                s: round(c.score, 1),
                n: `${c.person.names[0].last}, ${c.person.names[0].first} ${c.person.names[0].middle}`,
                why: c.why.map((w) => `${w.field}:${w.relation}:${round(w.bits, 1)}`).join('|'),
              }))
              .slice(0, 2),
          ),
        )
      if (values.misses && result.grade === 'MATCH')
        console.error(kind, JSON.stringify(q), JSON.stringify(best))
      continue
    }
    all.true++
    if (result.grade === 'MORE') {
      all.more++
      k.more++
    }
    const at = arns.indexOf(truth)
    if (at === 0) {
      all.at1++
      k.at1++
    }
    if (at >= 0) {
      all.at5++
      k.at5++
    }
    if (at === 0 && result.grade === 'MATCH') {
      all.match++
      k.match++
    }
    if (at !== 0 && result.grade === 'MATCH') {
      all.wrong++
      k.wrong++
    }
    if (at >= 0 && drew && result.candidates[at].score >= thresholds.floor) {
      all.listed++
      k.listed++
    }
    const seen = at >= 0 && drew && result.candidates[at].score >= thresholds.floor
    if (values.misses && !seen)
      console.error(
        'unseen',
        kind,
        result.grade,
        truth,
        JSON.stringify(q),
        JSON.stringify(result.candidates[Math.max(0, at)]),
      )
    if (values.misses && at !== 0)
      console.error(kind, truth, at, JSON.stringify(q), best && JSON.stringify(best))
  }
  times.sort((a, b) => a - b)
  const of = (n, d) => (d ? round(n / d) : '-')
  console.log(`\n## ${title}: ${engine.size} on file, ${queries.length} queries`)
  console.log({
    'recall@1': of(all.at1, all.true),
    'recall@5': of(all.at5, all.true),
    'true MATCH': of(all.match, all.true),
    'wrong MATCH': of(all.wrong, all.true),
    'truth listed': of(all.listed, all.true),
    'truth asked for more': of(all.more, all.true),
    'absent MATCH': of(all.falseMatch, all.absent),
    'absent listed any': of(all.drew, all.absent),
    'p50 ms': round(times[times.length >> 1], 3),
    'p99 ms': round(times[Math.floor(times.length * 0.99)], 3),
    'mean ms': round(times.reduce((a, b) => a + b, 0) / times.length, 3),
  })
  const table = [...kinds].sort().map(([kind, k]) => [
    kind,
    {
      n: k.n,
      at1: of(k.at1, k.n),
      at5: of(k.at5, k.n),
      MATCH: of(k.match, k.n),
      POSSIBLE: of(k.possible, k.n),
      wrong: k.wrong,
      listed: of(k.listed, k.n),
      MORE: of(k.more, k.n),
    },
  ])
  if (table.length > 1) console.table(Object.fromEntries(table))
  console.table(
    Object.fromEntries(
      [...bands]
        .sort()
        .map(([band, b]) => [band, { n: b.n, right: of(b.right, b.n), said: round(b.sum / b.n / 100) }]),
    ),
  )
}

function* recordsOf(chunks) {
  for (const chunk of chunks)
    for (const line of chunk.split('\n')) if (line) yield parseRecordLine(line).record
}

function engineOf(records) {
  const engine = createMatcher({ names, thresholds })
  const started = performance.now()
  engine.apply(records)
  console.error(`built ${engine.size} in ${Math.round(performance.now() - started)} ms`)
  return engine
}

function febrl() {
  for (const file of ['dataset1', 'dataset2', 'dataset3']) {
    const rows = csv(`febrl/${file}.csv`)
    const dob = (text) => (/^\d{8}$/.test(text) ? text : '')
    const key = (id) => id.split('-')[1]
    const originals = rows.filter((r) => r[0].endsWith('-org') && r[2])
    const valid = originals.filter((r) => dob(r[9]) && Number(r[9].slice(0, 4)) > 1850)
    const arn = new Map(valid.map((r, i) => [key(r[0]), String(i + 1).padStart(9, '0')]))
    const engine = engineOf(
      valid.map((r, i) => record(i + 1, r[2].toUpperCase(), r[1].toUpperCase(), '', r[9])),
    )
    const queries = rows
      .filter((r) => r[0].includes('-dup-') && arn.has(key(r[0])) && (r[1] || r[2]))
      .map((r) => ({
        q: { name: `${r[2]}, ${r[1]}`, dob: dob(r[9]) },
        truth: arn.get(key(r[0])),
        kind: 'duplicate',
      }))
    // Other sets' originals share no person with this one.
    const other = csv(`febrl/${file === 'dataset1' ? 'dataset2' : 'dataset1'}.csv`).filter(
      (r) => r[0].endsWith('-org') && r[2] && dob(r[9]),
    )
    const absent = other.map((r) => ({
      q: { name: `${r[2]}, ${r[1]}`, dob: dob(r[9]) },
      truth: undefined,
      kind: 'absent',
    }))
    measure(`FEBRL ${file}`, engine, [...queries, ...absent])
  }
}

function splink() {
  const rows = csv('splink-fake1000/fake_1000.csv')
  const first = new Map()
  for (const r of rows) if (r[2] && r[1] && !first.has(r[6])) first.set(r[6], r)
  const kept = [...first.values()]
  const arn = new Map(kept.map((r, i) => [r[6], String(i + 1).padStart(9, '0')]))
  const engine = engineOf(kept.map((r, i) => record(i + 1, r[2], r[1], '', r[3].replaceAll('-', ''))))
  const queries = rows
    .filter((r) => first.get(r[6]) && first.get(r[6]) !== r && (r[1] || r[2]))
    .map((r) => ({
      q: { name: `${r[2]}, ${r[1]}`, dob: r[3].replaceAll('-', '') },
      truth: arn.get(r[6]),
      kind: 'duplicate',
    }))
  measure('splink fake_1000', engine, queries)
}

function pairs() {
  const next = random(7)
  const similar = []
  for (const file of ['arabic', 'chinese'])
    for (const r of csv(`netransliteration/variant_pairs_${file}.csv`)) similar.push([file, r[1], r[3]])
  const pool = similar.map((r) => r[1])
  const pick = (list) => list[Math.floor(next() * list.length)]
  for (const file of ['arabic', 'chinese']) {
    const mine = similar.filter((r) => r[0] === file)
    const same = mine.map(([, a, b]) => compareNames(`${a}, ${a}`, `${a}, ${b}`, names))
    const alone = mine.map(([, a, b]) => compareNames(a, b, names))
    const strangers = mine.map(([, a]) => compareNames(a, pick(pool), names))
    const share = (list, least) => round(list.filter((s) => s >= least).length / list.length, 3)
    console.log(`\n## spelling pairs, ${file}: ${mine.length}`)
    const near = mine.filter(([, a, b]) => jaroWinkler(a, b) >= 0.7)
    const seen = near.filter(([, a, b]) => relate(sounded(a), sounded(b), names) >= 0)
    console.log({
      'pairs of Jaro-Winkler .7 and more': near.length,
      'that the tokens relate': round(seen.length / near.length, 3),
    })
    for (const least of [60, 70, 80])
      console.log({
        least,
        'one token': share(alone, least),
        'with another equal': share(same, least),
        strangers: share(strangers, least),
      })
  }
  const surnames = [...names.surnames.keys()]
  let chance = 0
  for (let i = 0; i < 200_000; i++) {
    const [a, b] = [pick(surnames), pick(surnames)]
    if (a !== b && relate(sounded(a), sounded(b), names) >= 0) chance++
  }
  console.log({ 'two surnames of the table by chance': round(chance / 200_000, 5) })
}

/** A population of its own making (names by country with a tail from name lists) or the generator's, and a noise model. */
function made(count, asked, generated) {
  const next = random(Number(values.seed ?? 20261124))
  const pick = (list) => list[Math.floor(next() * list.length)]
  const zipf = (list) =>
    list[Math.min(list.length - 1, Math.floor((list.length + 4) ** next() * 5 - 5) % list.length)] ?? list[0]
  const strip = (t) =>
    t
      .normalize('NFD')
      .replace(/[^A-Za-z' -]/g, '')
      .toUpperCase()
  const bySur = new Map()
  const byGiven = new Map()
  for (const r of utf8('popular-names-by-country/common-surnames-by-country.csv'))
    if (r[5]) bySur.set(r[0], [...(bySur.get(r[0]) ?? []), strip(r[5])])
  for (const r of utf8('popular-names-by-country/common-forenames-by-country.csv'))
    if (r[11]) byGiven.set(`${r[0]}${r[9]}`, [...(byGiven.get(`${r[0]}${r[9]}`) ?? []), strip(r[11])])
  const list = (file) =>
    lines(`name-databases-smashew/${file}`)
      .map(strip)
      .filter((t) => t.length > 1)
  const es = list('surnames-es.txt')
  const givenEs = list('given-es.txt')
  const world = utf8('yente-negatives/negatives_global.csv')
    .concat(utf8('yente-negatives/negatives_us.csv'))
    .filter((r) => /^[\x20-\x7e\u00c0-\u017f]+$/.test(r[0]) && r[1] && r[3])
    .map((r) => [strip(r[3]), strip(r[1])])
  const people = [
    [
      42,
      'MM',
      () => [zipf(es), zipf(es)],
      (s) => (next() < 0.75 ? zipf(byGiven.get(`MX${s}`)) : pick(givenEs)),
      true,
    ],
    [
      12,
      'EL',
      () => [zipf(es), zipf(es)],
      (s) => (next() < 0.7 ? zipf(byGiven.get(`SV${s}`)) : pick(givenEs)),
      true,
    ],
    [
      8,
      'II',
      () => [next() < 0.5 ? zipf(bySur.get('IN')) : pick(list_hi)],
      (s) => (next() < 0.7 ? zipf(byGiven.get(`IN${s}`)) : pick(world)[1]),
      false,
    ],
    [8, 'RC', () => [zipf(bySur.get('CN'))], () => syllables(), false],
    [4, 'RV', () => [zipf(bySur.get('VN'))], () => syllables(), false],
    [
      5,
      'PI',
      () => [next() < 0.6 ? zipf(bySur.get('PH')) : zipf(es)],
      (s) => zipf(byGiven.get(`PH${s}`)),
      true,
    ],
    [
      4,
      'EY',
      () => [zipf(arabic)],
      (s) => (next() < 0.5 ? zipf(byGiven.get(`EG${s}`)) : zipf(arabic)),
      false,
    ],
    [4, 'RF', () => [pick(ru)], (s) => zipf(byGiven.get(`RU${s}`)), false],
    [13, '', () => [pick(world)[0]], () => pick(world)[1], false],
  ]
  /** Names of the whole world go with a country by their first letter, as names and countries do hang together. */
  const elsewhere = ['HT', 'NG', 'BZ', 'UK', 'IR', 'KO', 'CD', 'JM']
  const list_hi = list('surnames-hi.txt')
  const ru = list('surnames-ru.txt')
  const pairsOf = ['arabic', 'chinese'].flatMap((f) => csv(`netransliteration/variant_pairs_${f}.csv`))
  const arabic = [
    ...new Set(
      csv('netransliteration/variant_pairs_arabic.csv')
        .sort((a, b) => b[2] - a[2])
        .map((r) => r[1]),
    ),
  ].slice(0, 1500)
  const variants = new Map()
  for (const [, a, , b] of pairsOf) {
    variants.set(a, [...(variants.get(a) ?? []), b])
    variants.set(b, [...(variants.get(b) ?? []), a])
  }
  const parts = [
    'XIAO',
    'MING',
    'WEI',
    'LI',
    'HUA',
    'JUN',
    'YAN',
    'FANG',
    'JING',
    'HONG',
    'MEI',
    'LAN',
    'PING',
    'QIANG',
    'TAO',
    'CHAO',
    'BIN',
    'LEI',
    'YU',
    'XIN',
    'THANH',
    'MINH',
    'HUNG',
    'ANH',
    'LINH',
    'TUAN',
    'THI',
    'VAN',
    'NGOC',
    'DUC',
  ]
  const syllables = () => (next() < 0.5 ? `${pick(parts)} ${pick(parts)}` : `${pick(parts)}${pick(parts)}`)
  const two = (n) => String(n).padStart(2, '0')
  const birth = () => {
    const year = 1940 + Math.floor((next() + next()) * 35)
    return next() < 0.04
      ? `${year}0101`
      : `${year}${two(1 + Math.floor(next() * 12))}${two(1 + Math.floor(next() * 28))}`
  }
  const total = people.reduce((s, p) => s + p[0], 0)
  function drawn() {
    let at = next() * total
    const of =
      people.find((p) => {
        at -= p[0]
        return at < 0
      }) ?? people[0]
    const sex = next() < 0.55 ? 'M' : 'F'
    const sur = of[2]()
    const last = sur.length > 1 && next() < 0.28 ? sur[0] : sur.join(' ')
    const first = of[3](sex)
    const middle = of[4] && next() < 0.5 ? of[3](sex) : ''
    return {
      last: next() < 0.03 ? `DE LA ${last}` : last,
      first,
      middle,
      dob: birth(),
      sex,
      pob: of[1] || elsewhere[last.charCodeAt(0) % elsewhere.length],
    }
  }
  // The generator's persons of two seeds: one is on file, the other isn't.
  const chunks = generated && generatePersons({ seed: Number(values.seed ?? 20261124), count })
  const full = generated ? [...recordsOf(chunks)] : []
  const strangers =
    generated && recordsOf(generatePersons({ seed: 77 + Number(values.seed ?? 0), count: asked }))
  const plain = (r) => ({ ...r.names[0], dob: r.dob, sex: r.sex, pob: r.pob })
  const person = generated ? () => plain(strangers.next().value) : drawn
  const store = generated ? full.map(plain) : Array.from({ length: count }, person)
  const arnOf = (i) => (generated ? full[i].arn : String(i + 1).padStart(9, '0'))
  const slip = (t) => {
    if (t.length < 3) return t
    const i = 1 + Math.floor(next() * (t.length - 1))
    const c = String.fromCharCode(65 + Math.floor(next() * 26))
    return [
      t.slice(0, i) + t.slice(i + 1),
      t.slice(0, i) + c + t.slice(i),
      t.slice(0, i) + c + t.slice(i + 1),
      t.slice(0, i - 1) + t[i] + t[i - 1] + t.slice(i + 1),
    ][Math.floor(next() * 4)]
  }
  const inWord = (t, f) => {
    const w = t.split(' ')
    const i = Math.floor(next() * w.length)
    w[i] = f(w[i])
    return w.join(' ')
  }
  const respell = (t) =>
    inWord(t, (w) =>
      variants.has(w)
        ? pick(variants.get(w))
        : w
            .replace(/OU|OO/, 'U')
            .replace(/EE|Y/, 'I')
            .replace(/PH/, 'F')
            .replace(/Z(?=$|[AO])/, 'S')
            .replace(/CK|C(?=[AOU])/, 'K')
            .replace(/V/, 'B')
            .replace(/H(?=$|[AEIOU])/, ''),
    )
  const nick = (t) =>
    inWord(t, (w) => {
      const s = [...(names.shortForms.get(w) ?? [])]
      return s.length ? pick(s) : w
    })
  const mdy = (d, y, m, dd) => `${y ?? d.slice(0, 4)}${m ?? d.slice(4, 6)}${dd ?? d.slice(6)}`
  const noise = {
    clean: (p) => p,
    'no middle': (p) => ({ ...p, middle: '' }),
    'no second surname': (p) => ({
      ...p,
      last:
        p.last
          .split(' ')
          .filter((_, i, a) => i < a.length - 1 || a.length === 1 || ['DE', 'LA'].includes(a[0]))
          .join(' ') || p.last,
    }),
    'swapped order': (p) => ({ ...p, last: p.first, first: p.last, middle: '' }),
    'slip in surname': (p) => ({ ...p, last: inWord(p.last, slip) }),
    'slip in given': (p) => ({ ...p, first: inWord(p.first, slip) }),
    'two slips': (p) => ({ ...p, last: inWord(p.last, slip), first: inWord(p.first, slip) }),
    respelled: (p) => ({ ...p, last: respell(p.last), first: respell(p.first) }),
    'short form': (p) => ({ ...p, first: nick(p.first) }),
    initial: (p) => ({ ...p, first: p.first[0], middle: '' }),
    joined: (p) => ({
      ...p,
      last: p.last.replaceAll(' ', ''),
      first: `${p.first}${p.middle}`.replaceAll(' ', ''),
      middle: '',
    }),
    'day and month swapped': (p) => ({
      ...p,
      dob: Number(p.dob.slice(6)) <= 12 ? mdy(p.dob, undefined, p.dob.slice(6), p.dob.slice(4, 6)) : p.dob,
    }),
    'day off': (p) => ({ ...p, dob: mdy(p.dob, undefined, undefined, two(1 + Math.floor(next() * 28))) }),
    'year off': (p) => ({
      ...p,
      dob: mdy(p.dob, String(Number(p.dob.slice(0, 4)) + pick([1, -1, 2, 10, -10]))),
    }),
    'year only': (p) => ({ ...p, dob: `${p.dob.slice(0, 4)}0000` }),
    'slip and day off': (p) => ({
      ...p,
      last: inWord(p.last, slip),
      dob: mdy(p.dob, undefined, undefined, two(1 + Math.floor(next() * 28))),
    }),
    'respelled and month off': (p) => ({
      ...p,
      last: respell(p.last),
      first: respell(p.first),
      dob: mdy(p.dob, undefined, two(1 + Math.floor(next() * 12))),
    }),
    'cut at 30': (p) => ({ ...p, cut: true }),
  }
  const ask = (p, sexless) => {
    const name = `${p.last}, ${p.first}${p.middle ? ` ${p.middle}` : ''}`
    return {
      name: p.cut || name.length > 30 ? name.slice(0, 30).trimEnd() : name,
      dob: p.dob,
      ...(sexless ? {} : { sex: p.sex, pob: next() < 0.9 ? p.pob : '' }),
    }
  }
  const engine = engineOf(
    (function* () {
      if (generated) yield* full
      for (let i = 0; i < count && !generated; i++) {
        const p = store[i]
        yield record(i + 1, p.last, p.first, p.middle, p.dob, { sex: p.sex, pob: p.pob })
      }
    })(),
  )
  const kinds = Object.keys(noise)
  const queries = []
  for (let i = 0; i < asked; i++) {
    const sexless = next() < 0.3
    const at = Math.floor(next() * count)
    const p = store[at]
    if (next() < 0.5) {
      const kind = next() < 0.25 ? 'clean' : pick(kinds)
      queries.push({ q: ask(noise[kind](p), sexless), truth: arnOf(at), kind })
      continue
    }
    const stranger = person()
    const roll = next()
    if (roll < 0.75) queries.push({ q: ask(stranger, sexless), kind: '~ stranger' })
    else if (roll < 0.83)
      queries.push({ q: ask({ ...stranger, last: p.last, pob: p.pob, dob: p.dob }, sexless), kind: '~ twin' })
    else if (roll < 0.92)
      queries.push({
        q: ask(
          {
            ...stranger,
            last: p.last,
            pob: p.pob,
            dob: mdy(birth(), String(Number(p.dob.slice(0, 4)) + pick([-3, -2, 2, 3, 4]))),
          },
          sexless,
        ),
        kind: '~ sibling',
      })
    else queries.push({ q: ask({ ...p, dob: birth() }, sexless), kind: '~ namesake' })
  }
  measure(`${generated ? 'generated' : 'made'} population of ${count}`, engine, queries)
}

const only = values.only
if (!only || only === 'febrl') febrl()
if (!only || only === 'splink') splink()
if (!only || only === 'pairs') pairs()
for (const n of (values.records ?? '10000,200000').split(',')) {
  if (!only || only === 'made') made(Number(n), Number(values.queries ?? 4000), false)
  if (!only || only === 'generated') made(Number(n), Number(values.queries ?? 4000), true)
}
