import type { LayoutNeeds, Needs } from '../../message/index.js'

/** What every response is given. */
const ALL = ['banner', 'received', 'reference'] as const

/** The response types, each a layout of the answers' message key, and what each is given besides. */
export const RESPONSES = {
  ACKNOWLEDGEMENT: { values: ['queriedName', 'queriedDob', 'queriedSex', 'queriedPob', 'queriedPobName'] },
  MATCH: {
    values: [
      'name',
      'arn',
      'dob',
      'cob',
      'cobName',
      'sex',
      'statusCode',
      'statusClass',
      'statusSince',
      'admittedDate',
      'admittedPort',
      'interest',
      'matchedOn',
    ],
    lists: { aliases: ['alias'], ncic: ['nic', 'category'] },
  },
  'POSSIBLE MATCH': {
    values: ['candidateCount'],
    lists: { candidates: ['number', 'arn', 'name', 'dob', 'pob', 'score'] },
  },
  'NO MATCH': { values: [] },
  'ADDITIONAL INFORMATION REQUIRED': { values: ['provide'] },
} as const satisfies Readonly<Record<string, LayoutNeeds>>

export const CODE_TABLE = 'place-of-birth'

export const needs: Needs = {
  layouts: Object.fromEntries(
    Object.entries<LayoutNeeds>(RESPONSES).map(([name, own]) => [
      name,
      { ...own, values: [...ALL, ...own.values] },
    ]),
  ),
  codes: [CODE_TABLE],
}
