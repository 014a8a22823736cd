#!/usr/bin/env node
// Makes the frequency tables of formats/names from public lists (README.md there says which and under what licence).
//   node scripts/make-name-tables.js FOLDER
// FOLDER holds us-census-1990/, popular-names-by-country/ and nicknames/ as their projects publish them.
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import anyAscii from 'any-ascii'
import { parse } from 'yaml'

const [source] = process.argv.slice(2)
if (!source) {
  process.stderr.write('usage: node scripts/make-name-tables.js FOLDER\n')
  process.exit(2)
}
const names = join(dirname(dirname(fileURLToPath(import.meta.url))), 'formats', 'names')
const { populations, lists } = parse(readFileSync(join(names, 'populations.yaml'), 'utf8'))

/** The census counts far more names than any other list; the tail says nothing of other populations. */
const CENSUS_ROWS = 12_000
/** Rarer names than this (in a million) get the floor that weights.yaml gives to every unlisted name. */
const LEAST_PPM = 0.4

const letters = (text) =>
  anyAscii(text.normalize('NFC'))
    .toUpperCase()
    .replace(/[^A-Z ]+/g, '')
    .trim()
const rows = (file) =>
  readFileSync(join(source, file), 'utf8')
    .replace(/^\ufeff/, '')
    .split(/\r?\n/)
    .slice(1)
    .filter(Boolean)
    .map((l) => l.split(','))

function census(files) {
  const found = new Map()
  for (const file of files) {
    const lines = readFileSync(join(source, 'us-census-1990', file), 'utf8')
      .split('\n')
      .slice(0, CENSUS_ROWS)
    for (const line of lines) {
      const [name, percent] = line.trim().split(/\s+/)
      if (name) found.set(name, (found.get(name) ?? 0) + Number(percent) / 100 / files.length)
    }
  }
  return found
}

const popular = { surnames: new Map(), given: new Map() }
const spellings = new Map()
function read(kind, file, country, group, latin, rank) {
  for (const row of rows(join('popular-names-by-country', file))) {
    const name = letters(row[latin] ?? '')
    if (!name) continue
    // The publisher's file mixes Sweden's surnames into El Salvador's under SV.
    if (kind === 'surnames' && row[country] === 'SV') continue
    const of = popular[kind]
    if (!of.has(row[country])) of.set(row[country], [])
    of.get(row[country]).push([Number(row[rank]) || 50, name])
    // The groups of given names put names side by side that only share a rank.
    if (kind === 'surnames') spellings.set(row[group], (spellings.get(row[group]) ?? new Set()).add(name))
  }
}
read('surnames', 'common-surnames-by-country.csv', 0, 3, 5, 1)
read('given', 'common-forenames-by-country.csv', 0, 8, 11, 7)

/** Spreads `mass` over names by rank; a list in several parts counts each part's ranks from one. */
function spread(parts, mass) {
  const weights = new Map()
  for (const part of parts) {
    for (const [rank, name] of part) {
      for (const token of name.split(' ')) weights.set(token, (weights.get(token) ?? 0) + 1 / (rank + 4))
    }
  }
  const sum = [...weights.values()].reduce((a, b) => a + b, 0)
  return new Map([...weights].map(([name, weight]) => [name, (weight / sum) * mass]))
}

function frequencies(kind, spec) {
  if (spec.census)
    return census(kind === 'surnames' ? ['dist.all.last'] : ['dist.male.first', 'dist.female.first'])
  const countries = [spec.popular ?? []].flat()
  const parts = countries.map((country) => popular[kind].get(country) ?? [])
  if (spec.own)
    parts.push(lists[spec.own].split(' ').map((name, i) => [i + 1, letters(name.replace('-', ' '))]))
  return spread(parts, spec.head)
}

function table(kind) {
  const total = populations.reduce((sum, each) => sum + each.share, 0)
  const mixed = new Map()
  const homes = new Map()
  populations.forEach((each, i) => {
    for (const [name, share] of frequencies(kind, each[kind])) {
      const here = (share * each.share) / total
      mixed.set(name, (mixed.get(name) ?? 0) + here)
      homes.set(name, (homes.get(name) ?? new Map()).set(i, here))
    }
  })
  const homesOf = (name) =>
    [...homes.get(name)]
      .map(([i, here]) => [i, Math.round((100 * here) / mixed.get(name))])
      .filter(([, percent]) => percent > 0)
      .map(([i, percent]) => `${i}:${percent}`)
      .join(' ')
  return [...mixed]
    .map(([name, share]) => [name, share * 1e6])
    .filter(([name, ppm]) => name.length > 1 && ppm >= LEAST_PPM)
    .sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
    .map(([name, ppm]) => `${name},${ppm.toPrecision(3)},${homesOf(name)}`)
}

const write = (file, head, lines) => writeFileSync(join(names, file), `${head}\n${lines.join('\n')}\n`)
const MADE = 'Made by scripts/make-name-tables.js; README.md has the sources.'
write(
  'surnames.csv',
  `# Surname, bearers in a million, and how many in a hundred of them are of which population. ${MADE}`,
  table('surnames'),
)
write(
  'given-names.csv',
  `# Given name, bearers in a million, and how many in a hundred of them are of which population. ${MADE}`,
  table('given'),
)
write(
  'nicknames.csv',
  '# Given name, short forms. From carltonnorthern/nicknames, Apache-2.0; regrouped by scripts/make-name-tables.js.',
  [
    ...rows('nicknames/names.csv').reduce((map, [full, , short]) => {
      const key = letters(full)
      return key && short ? map.set(key, [...(map.get(key) ?? []), letters(short)]) : map
    }, new Map()),
  ].map(([full, short]) => `${full},${short.join(' ')}`),
)
write(
  'spellings.txt',
  `# Spellings of one name, a group a line: the name groups of popular-names-by-country (CC0). ${MADE}`,
  [
    ...new Set(
      [...spellings.values()]
        .map((group) => [...group].filter((n) => !n.includes(' ')).sort())
        .filter((g) => g.length > 1)
        .map((g) => g.join(' ')),
    ),
  ].sort(),
)
