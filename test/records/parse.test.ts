import { describe, expect, it } from 'vitest'
import { formatLine, normaliseArn, parseRecordLine } from '../../src/records/index.js'
import { readLine } from '../../src/records/line.js'

const full = {
  arn: '099000017',
  names: [
    { last: 'MUESTRA PRUEBA', first: 'CARLOS', middle: 'A', suffix: '', type: 'primary' },
    { last: 'MUESTRA', first: 'CARLITOS', type: 'alias' },
  ],
  dob: '19850214',
  altDobs: ['19850412'],
  sex: 'M',
  pob: 'MM',
  citizenship: 'MM',
  passport: { number: '', country: '' },
  status: { class: 'B2', code: 'NONIMMIGRANT_OVERSTAY', since: '20240801' },
  admitted: { date: '20240201', port: 'TEST PORT' },
  interest: false,
  ncic: [{ nic: 'N900000017', category: 'ABSCONDER', offense: '8004', entered: '20260110' }],
}

const fault = (value: unknown): string => {
  const parsed = parseRecordLine(typeof value === 'string' ? value : JSON.stringify(value))
  return 'fault' in parsed ? parsed.fault : 'no fault'
}

describe('a line of a records file', () => {
  it('holds a person with every field', () => {
    const parsed = parseRecordLine(JSON.stringify(full))
    expect(parsed).toMatchObject({
      record: { arn: '099000017', names: [{ middle: 'A' }, { type: 'alias' }] },
    })
  })

  it('needs only an A-number, a name with last, and a date of birth', () => {
    const parsed = parseRecordLine('{"arn":"A1234567","names":[{"last":"KÜÇÜK"}],"dob":"19700000"}')
    expect(parsed).toMatchObject({
      record: { arn: '001234567', names: [{ last: 'KÜÇÜK', first: '', type: 'primary' }], sex: '', ncic: [] },
    })
  })

  it('may take a record out', () => {
    expect(parseRecordLine('{"arn":"099000017","removed":true}')).toEqual({
      record: { arn: '099000017', removed: true },
    })
  })

  it.each([
    [{ ...full, nickname: 'X' }, 'unknown key nickname'],
    [{ ...full, names: [{ last: 'A', lst: 'B' }] }, 'unknown key names.0.lst'],
    [{ ...full, passport: { no: '' } }, 'unknown key passport.no'],
    [{ arn: '099000017', removed: true, dob: '19700101' }, 'unknown key dob'],
    [{ ...full, arn: undefined }, 'arn: missing'],
    [{ ...full, arn: 99000017 }, 'arn: must be'],
    [{ ...full, arn: '123456' }, 'arn: must be'],
    [{ ...full, names: [] }, 'names: at least one'],
    [{ ...full, names: [{ first: 'CARLOS' }] }, 'names.0.last: missing'],
    [{ ...full, dob: undefined }, 'dob: missing'],
    [{ ...full, dob: '19850230' }, 'dob: must be a calendar date'],
    [{ ...full, dob: '19850014' }, 'dob: must be a calendar date'],
    [{ ...full, dob: '02141985' }, 'dob: must be'],
    [{ ...full, dob: '10660214' }, 'dob: the year 1066'],
    [{ ...full, dob: '29990214' }, 'dob: the year 2999'],
    [{ ...full, altDobs: ['1985'] }, 'altDobs.0: must be'],
    [{ ...full, sex: 'X' }, 'sex: must be'],
    [{ ...full, interest: 'yes' }, 'interest: must be'],
    [{ ...full, soc: 1 }, 'soc: must be a string'],
    [{ ...full, ncic: [{ category: 'WANTED' }] }, 'ncic.0.category: must be one of DEPORTED FELON'],
    ['[1]', 'the line: must be an object'],
    ['{"arn":', 'not JSON'],
  ])('is refused with the reason: %j', (value, reason) => {
    expect(fault(value)).toContain(reason)
  })

  it('comes back from the store as it went in', () => {
    const parsed = parseRecordLine(JSON.stringify(full))
    if (!('record' in parsed)) throw new Error('refused')
    expect(readLine(formatLine(parsed.record))).toEqual(parsed.record)
  })
})

describe('an A-number', () => {
  it.each([
    ['A99000017', '099000017'],
    ['1234567', '001234567'],
    ['A-1234567', '001234567'],
    ['123456', undefined],
    ['1234567890', undefined],
  ])('%s is %s', (text, arn) => {
    expect(normaliseArn(text)).toBe(arn)
  })
})
