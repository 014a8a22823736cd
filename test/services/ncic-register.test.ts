import { expect, it } from 'vitest'
import { loadNcicRules } from '../../src/services/index.js'
import type { Violator } from '../../src/services/ncic/record.js'
import { Register } from '../../src/services/ncic/register.js'

const rules = loadNcicRules('formats')
const now = { t: 0, day: '20261124' }

const fieldsOf = (oca: string, name = oca): Record<string, string> => ({
  ...{ OFF: '8004', OCA: oca, NAM: `ZUNZUN, ${name}`, DOB: '19870301' },
})

function kept(
  register: Register,
  nic: string,
  fields: Violator['fields'],
  state: Violator['state'] = 'live',
) {
  const record: Violator = {
    ...{ nic, arn: '', fields, names: [], dobs: [], numbers: [], entered: '20261124', located: '', state },
  }
  register.evolve({ what: 'kept', record } as never, now)
}

it('an entry doubles a live record of its offence and case, or of its offence and person', () => {
  const register = new Register(rules)
  kept(register, 'N980000001', fieldsOf('A'))
  expect(register.doubled(fieldsOf('A', 'OTHER'))).toBe('N980000001')
  expect(register.doubled({ ...fieldsOf('B'), NAM: 'ZUNZUN, A' })).toBe('N980000001')
  expect(register.doubled({ ...fieldsOf('A'), OFF: '8003' })).toBeUndefined()
  expect(register.doubled({ ...fieldsOf('B'), NAM: 'ZUNZUN, A', DOB: '19870302' })).toBeUndefined()
})

it('what was modified is doubled by what it says now, and what has ended by nothing', () => {
  const register = new Register(rules)
  kept(register, 'N980000001', fieldsOf('A'))
  kept(register, 'N980000001', fieldsOf('B'))
  expect([register.doubled(fieldsOf('A')), register.doubled(fieldsOf('B'))]).toEqual([
    undefined,
    'N980000001',
  ])
  kept(register, 'N980000001', fieldsOf('B'), 'cleared')
  expect(register.doubled(fieldsOf('B'))).toBeUndefined()
})

it('of two that came to be alike the other still counts when one ends, after a restore too', () => {
  const register = new Register(rules)
  kept(register, 'N980000001', fieldsOf('A'))
  kept(register, 'N980000002', fieldsOf('B'))
  kept(register, 'N980000002', fieldsOf('A'))
  const restored = new Register(rules)
  restored.restore(register.encode())
  for (const each of [register, restored]) {
    kept(each, 'N980000001', fieldsOf('A'), 'cleared')
    expect(each.doubled(fieldsOf('A'))).toBe('N980000002')
    kept(each, 'N980000002', fieldsOf('A'), 'canceled')
    expect(each.doubled(fieldsOf('A'))).toBeUndefined()
  }
})
