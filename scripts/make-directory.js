#!/usr/bin/env node
// Makes formats/directory.csv: 12,000 synthetic ORIs besides the six that the contract names, the same on every run.
//   node scripts/make-directory.js > formats/directory.csv
// States get shares of the agencies by population. County numbers start at 501, above every county of any state, so
// that no ORI here is one that a real agency holds; agencies are called after places that nobody would take for real.

const COUNT = 12_000

// NCIC codes; population in tens of thousands (2020 census, Canada 2021), rounded. Territories and provinces
// as well; Canada at a quarter of its numbers, since fewer of its agencies write to the centre.
const STATES = `CA 3954 TX 2915 FL 2154 NY 2020 PA 1300 IL 1281 OH 1180 GA 1071 NC 1044 MI 1008 NJ 929 VA 863 WA 771
  AZ 715 MA 703 TN 691 IN 679 MD 618 MO 615 WI 589 CO 577 MN 571 SC 512 AL 502 LA 466 KY 451 OR 424 OK 396 CT 361
  UT 327 IA 319 NV 310 AR 301 MS 296 KS 294 NM 212 NB 196 ID 184 WV 179 HI 146 NH 138 ME 136 RI 110 MT 108 DE 99
  SD 89 ND 78 AK 73 DC 69 VT 64 WY 58 PR 329 GM 17 ON 356 PQ 213 BC 125 AB 107 MB 34 SN 28 NS 24 NK 19 NF 13`

/** The smallest state still gets enough agencies to try things with. */
const LEAST = 12

const STEMS =
  `MOCK SAMPLE DUMMY FABLE MYTH PRETEND PHANTOM FANCY NOWHERE FICTION MAKEUP DREAM LORE SHAM SKETCH DRAFT
  MODEL PROXY ERSATZ FORGED NOTIONAL STANDIN TRIAL SPECIMEN PATTERN EXEMPLAR TESTER DEMO PROTO MUSTER PUPPET QUASI
  PSEUDO MIRAGE CHIMERA UTOPIA ALIAS BLANK FILLER STUB`.split(/\s+/)
const ENDINGS =
  `FORD VILLE TON BURG FIELD HAVEN WOOD MONT DALE PORT BROOK RIDGE MERE BURY STEAD WICK HOLM CREST GATE
  SHIRE LEY COMBE THORPE FALLS SPRINGS HILLS HEIGHTS LAKE GROVE JUNCTION`.split(/\s+/)
/** Endings that stand as a word of their own. */
const APART = new Set(['FALLS', 'SPRINGS', 'HILLS', 'HEIGHTS', 'LAKE', 'GROVE', 'JUNCTION'])

// Share of 1,000; name with % for the place; free-text type; positions 8 and 9; what it may do, with shares of 100.
const KINDS = [
  [450, '% POLICE DEPARTMENT', 'police', '00', { AC: 88, A: 4, ACD: 6, ACDZ: 2 }],
  [170, '% COUNTY SHERIFF', 'sheriff', '00', { AC: 82, A: 3, ACD: 10, ACDZ: 5 }],
  [90, '% COUNTY JAIL', 'jail', '3C', { AC: 90, A: 10 }],
  [30, '% CORRECTIONAL CENTER', 'prison', '5C', { AC: 88, A: 12 }],
  [70, '% MUNICIPAL COURT', 'court', '1J', { AC: 35, A: 65 }],
  [55, '% COUNTY PROSECUTOR', 'prosecutor', '3A', { AC: 85, A: 15 }],
  [45, '% PROBATION OFFICE', 'probation', '3G', { AC: 80, A: 20 }],
  [30, '% DISPATCH CENTER', 'dispatch', '1N', { AC: 60, ACD: 30, A: 10 }],
  [20, '% STATE POLICE POST', 'state police', '00', { AC: 75, ACD: 20, ACDZ: 5 }],
  [15, '% CAMPUS POLICE', 'campus police', '1E', { AC: 55, A: 45 }],
  [10, '% MEDICAL EXAMINER', 'medical examiner', '3K', { A: 100 }],
  [8, '% STATE BUREAU OF RECORDS', 'state bureau', '5Y', { ACDZ: 80, AC: 20 }],
  [7, '% DRIVER LICENSE OFFICE', 'motor vehicles', '5V', { AD: 100 }],
]

const NAMED = [
  ['ZZ0010100', 'SAMPLE CITY POLICE DEPARTMENT', 'ZZ', 'police', 'AC'],
  ['ZZ0010200', 'SAMPLE CITY RECORDS OFFICE', 'ZZ', 'records', 'A'],
  ['ZZ0010300', 'SAMPLE COUNTY JAIL', 'ZZ', 'jail', 'AC'],
  ['VTICE0900', 'TEST CENTRE (EMULATED)', 'VT', 'centre', 'ACDZ'],
  ['DCUSSS000', 'TEST SCREENING OFFICE (EMULATED)', 'DC', 'screening', 'AC'],
  ['WVNICS000', 'TEST FIREARMS CHECK (EMULATED)', 'WV', 'firearms check', 'AC'],
]

// A small generator of its own (mulberry32 in shape): a script that makes data must not depend on the build.
let state = 0x1a9f00d
function below(n) {
  state = (state + 0x6d2b79f5) | 0
  let t = Math.imul(state ^ (state >>> 15), 1 | state)
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
  return Math.floor((((t ^ (t >>> 14)) >>> 0) / 4294967296) * n)
}

/** @param {[number, unknown][]} shares @returns the second part of one of them, by share */
function pick(shares) {
  let at = below(shares.reduce((sum, [share]) => sum + share, 0))
  for (const [share, value] of shares) {
    if (at < share) return value
    at -= share
  }
  throw new Error('shares are whole numbers above 0')
}

/** Whole numbers by weight that add up to `total`: the largest remainders are rounded up. */
function apportion(weights, total) {
  const sum = weights.reduce((a, b) => a + b, 0)
  const exact = weights.map((weight) => (weight * total) / sum)
  const whole = exact.map(Math.floor)
  const order = exact.map((value, i) => [value - whole[i], i]).sort((a, b) => b[0] - a[0] || a[1] - b[1])
  let left = total - whole.reduce((a, b) => a + b, 0)
  for (const [, i] of order) if (left-- > 0) whole[i] += 1
  return whole
}

function placeName() {
  const ending = ENDINGS[below(ENDINGS.length)]
  return `${STEMS[below(STEMS.length)]}${APART.has(ending) ? ' ' : ''}${ending}`
}

const words = STATES.trim().split(/\s+/)
const codes = words.filter((_, i) => i % 2 === 0)
const weights = words.filter((_, i) => i % 2 === 1).map(Number)
const counts = apportion(weights, COUNT - LEAST * codes.length).map((count) => count + LEAST)
const kinds = KINDS.map((kind) => [kind[0], kind])

const lines = ['ori,agency,state,type,authorized', ...NAMED.map((fields) => fields.join(','))]
codes.forEach((code, s) => {
  // About eight agencies a county, the county's number rising as the agencies do.
  let county = 501
  let agency = 0
  for (let i = 0; i < counts[s]; i++) {
    if (agency >= 99 || below(8) === 0) {
      county += 1
      agency = 0
    }
    agency += 1
    const [, name, type, ending, authorities] = pick(kinds)
    const authorized = pick(Object.entries(authorities).map(([letters, share]) => [share, letters]))
    const ori = `${code}${county}${String(agency).padStart(2, '0')}${ending}`
    lines.push([ori, name.replace('%', placeName()), code, type, authorized].join(','))
  }
})
process.stdout.write(`${lines.join('\n')}\n`)
