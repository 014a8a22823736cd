import { describe, expect, it } from 'vitest'
import { parseRecordLine } from '../../src/records/index.js'

/** Faults that `npm run fuzz` found in this room, each named after what it was. */
const faultOf = (text: string): string => {
  const parsed = parseRecordLine(text)
  return 'fault' in parsed ? parsed.fault : ''
}

describe("the reason why a line is left out repeats the line's words", () => {
  it('without what would steer a terminal or begin a line: an unknown key', () => {
    expect(faultOf('{"\\u001b[2J\\n\\u009b\\u2028x":1}')).toBe('unknown key  [2J x')
  })

  it('without what would steer a terminal or begin a line: what is not JSON', () => {
    expect(faultOf('{"arn":\u001b]0;x\u0007}')).toMatch(/^not JSON: [\x20-\x7e]+$/)
  })

  it('and is short, however long they are', () => {
    expect(faultOf(`{"${'k'.repeat(60_000)}":1}`)).toBe(`unknown key ${'k'.repeat(188)}...`)
  })
})
