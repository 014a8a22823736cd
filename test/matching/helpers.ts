import { createMatcher, type Engine, loadNameTables, type MatchThresholds } from '../../src/matching/index.js'
import { loadSubjects, type PersonRecord, parseRecordLine } from '../../src/records/index.js'

export const names = loadNameTables('formats/names')
export const thresholds: MatchThresholds = { match: 90, possible: 8, floor: 1, prior: 0.5 }
export const subjects = loadSubjects('formats').subjects

/** A person from `LAST, FIRST MIDDLE`, a date and whatever else. */
export function person(arn: number, name: string, dob: string, more: object = {}): PersonRecord {
  const [last = '', rest = ''] = name.split(', ')
  const [first = '', ...middle] = rest.split(' ')
  const line = {
    arn: String(arn).padStart(9, '0'),
    names: [{ last, first, middle: middle.join(' ') }],
    dob,
    ...more,
  }
  const parsed = parseRecordLine(JSON.stringify(line))
  if ('fault' in parsed || 'removed' in parsed.record) throw new Error(JSON.stringify(parsed))
  return parsed.record
}

export function engineOf(...records: readonly PersonRecord[]): Engine {
  const engine = createMatcher({ names, thresholds })
  engine.apply(records)
  return engine
}

/** A small generator of numbers, the same in every run. */
export function numbers(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
}

/** A crowd of people with names from the tables, none of them a MUESTRA. */
export function crowd(count: number, firstArn = 1000): PersonRecord[] {
  const next = numbers(7)
  const surnames = [...names.surnames.keys()].slice(0, 4000)
  const given = [...names.given.keys()].slice(0, 1500)
  const pick = (list: readonly string[]): string => list[Math.floor(next() ** 2 * list.length)] ?? ''
  return Array.from({ length: count }, (_, i) => {
    const [month, day] = [1 + Math.floor(next() * 12), 1 + Math.floor(next() * 28)]
    const dob = `${1940 + Math.floor(next() * 65)}${String(month * 100 + day).padStart(4, '0')}`
    return person(firstArn + i, `${pick(surnames)} ${pick(surnames)}, ${pick(given)} ${pick(given)}`, dob, {
      sex: next() < 0.5 ? 'M' : 'F',
      pob: 'MM',
    })
  })
}
