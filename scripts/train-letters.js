#!/usr/bin/env node
// Makes formats/names/letters.csv, what a letter of a name becomes in other spellings of the name, in bits; and of the
// pairs that it finds alike formats/names/spelling-pairs.txt.
//   node scripts/train-letters.js PAIRS.csv... [--check]
// A file of pairs has a header, then lines `group,spelling,count,spelling,count` (netransliteration's form); other
// columns than the second and fourth aren't read. The pairs are laid side by side with the table so far, what stands
// beside what is counted, and the counts make the next table (Viterbi training). With --check each file is scored by
// the table of the others, nothing is written.
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const { values, positionals: files } = parseArgs({
  allowPositionals: true,
  options: { check: { type: 'boolean' } },
})
if (files.length === 0 || (values.check && files.length < 2)) {
  process.stderr.write(
    'usage: node scripts/train-letters.js PAIRS.csv... [--check, with two files or more]\n',
  )
  process.exit(2)
}
const { Letters } = await import(join(root, 'dist', 'matching', 'letters.js'))
const { jaroWinkler } = await import(join(root, 'dist', 'matching', 'strings.js'))

const ROUNDS = 8
/** Pairs less alike are no spellings of one name but noise of the source. */
const ALIKE = 0.7
/** Likeness by letters of the pairs that are worth a table: below it half are two names that one sign stands for. */
const ALIKE_LETTERS = 0.3
/** Added to every count: nothing is impossible. */
const UNSEEN = 0.3
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'
const VOWELS = new Set('AEIOUY')
const sorted = (a, b) => (a < b ? a + b : b + a)

function pairsOf(file) {
  const rows = readFileSync(file, 'latin1').split(/\r?\n/).slice(1).filter(Boolean)
  return rows
    .map((row) => row.split(','))
    .map(([group, a, , b]) => ({ group, a, b }))
    .filter(({ a, b }) => /^[A-Z]+$/.test(a) && /^[A-Z]+$/.test(b) && jaroWinkler(a, b) >= ALIKE)
}

/** Calls `step` with each pair of letters of the best alignment; one of them is empty where a letter stands alone. */
function align(a, b, bits, step) {
  const alone = (word, i) => (i > 0 && word[i] === word[i - 1] ? bits.get('=') : bits.get(word[i]))
  const best = Array.from({ length: a.length + 1 }, () => new Float64Array(b.length + 1).fill(-1e9))
  const way = Array.from({ length: a.length + 1 }, () => new Uint8Array(b.length + 1))
  best[0][0] = 0
  const offer = (i, j, value, from) => {
    if (value <= best[i][j]) return
    best[i][j] = value
    way[i][j] = from
  }
  for (let i = 0; i <= a.length; i++) {
    for (let j = 0; j <= b.length; j++) {
      if (i && j) offer(i, j, best[i - 1][j - 1] + bits.get(sorted(a[i - 1], b[j - 1])), 1)
      if (i) offer(i, j, best[i - 1][j] + alone(a, i - 1), 2)
      if (j) offer(i, j, best[i][j - 1] + alone(b, j - 1), 3)
    }
  }
  for (let i = a.length, j = b.length; i || j; ) {
    const from = way[i][j]
    if (from !== 3) i--
    if (from !== 2) j--
    const doubled = (word, at) => at > 0 && word[at] === word[at - 1]
    if (from === 1) step(sorted(a[i], b[j]))
    else if (from === 2) step(doubled(a, i) ? '=' : a[i])
    else step(doubled(b, j) ? '=' : b[j])
  }
}

/** Vowels change into vowels: enough for the first alignment. */
function outset() {
  const bits = new Map([['=', -0.3]])
  for (const a of ALPHABET) {
    bits.set(a, -2)
    for (const b of ALPHABET)
      if (a <= b) bits.set(a + b, a === b ? 3 : VOWELS.has(a) && VOWELS.has(b) ? 0.5 : -2)
  }
  return bits
}

function train(pairs) {
  const share = new Map([...ALPHABET].map((letter) => [letter, 1]))
  let letters = ALPHABET.length
  for (const { a, b } of pairs) {
    for (const letter of a + b) share.set(letter, share.get(letter) + 1)
    letters += a.length + b.length
  }
  for (const [letter, count] of share) share.set(letter, count / letters)
  let bits = outset()
  for (let round = 0; round < ROUNDS; round++) {
    const counts = new Map([...bits.keys()].map((key) => [key, UNSEEN]))
    for (const { a, b } of pairs) align(a, b, bits, (key) => counts.set(key, counts.get(key) + 1))
    const all = [...counts.values()].reduce((sum, each) => sum + each, 0)
    const next = new Map()
    for (const [key, count] of counts) {
      const [a, b] = key
      const chance =
        key === '='
          ? 0.5
          : b === undefined
            ? 2 * share.get(a)
            : (a === b ? 1 : 2) * share.get(a) * share.get(b)
      next.set(key, Math.log2(count / all / chance))
    }
    bits = next
  }
  return bits
}

/** Share of pairs that are liker than all but one in `among` pairs of different groups. */
function joined(pairs, letters, among) {
  const groupOf = new Map(
    pairs.flatMap(({ group, a, b }) => [
      [a, group],
      [b, group],
    ]),
  )
  const words = [...groupOf.keys()]
  const strangers = []
  // Every word beside one a fixed stride away: the same pairs in every run.
  for (let stride = 1; strangers.length < 40_000; stride += 7)
    for (let i = 0; i < words.length && strangers.length < 40_000; i++) {
      const [a, b] = [words[i], words[(i * 31 + stride) % words.length]]
      if (groupOf.get(a) !== groupOf.get(b)) strangers.push(letters.likeness(a, b))
    }
  strangers.sort((x, y) => y - x)
  const least = strangers[Math.floor(strangers.length / among)]
  return { least, share: pairs.filter(({ a, b }) => letters.likeness(a, b) > least).length / pairs.length }
}

const sets = files.map(pairsOf)
if (values.check) {
  files.forEach((file, i) => {
    const { least, share } = joined(sets[i], new Letters(train(sets.filter((_, k) => k !== i).flat())), 200)
    console.log(
      `${file}: ${sets[i].length} pairs, ${share.toFixed(4)} joined at .5 % false (likeness above ${least.toFixed(3)})`,
    )
  })
} else {
  const trained = train(sets.flat())
  const bits = [...trained].sort(([a], [b]) => (a < b ? -1 : 1))
  const head =
    '# Letters of two spellings of one name side by side, bits that the pair speaks for one name. One letter: left out or put\n' +
    '# in; "=": the second of a double letter. Made by scripts/train-letters.js; README.md has the sources.\n'
  writeFileSync(
    join(root, 'formats', 'names', 'letters.csv'),
    `${head}${bits.map(([key, value]) => `${key},${value.toFixed(2)}`).join('\n')}\n`,
  )
  const letters = new Letters(trained)
  const alike = sets
    .flat()
    .filter(({ a, b }) => a !== b && letters.likeness(a, b) >= ALIKE_LETTERS)
    .map(({ a, b }) => (a < b ? `${a} ${b}` : `${b} ${a}`))
  writeFileSync(
    join(root, 'formats', 'names', 'spelling-pairs.txt'),
    `# Two spellings of one name a line. Made by scripts/train-letters.js; README.md has the sources.\n${[...new Set(alike)].sort().join('\n')}\n`,
  )
}
