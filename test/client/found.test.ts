import { describe, expect, it } from 'vitest'
import { parseAnswer } from '../../src/client/index.js'

/** Faults that `npm run fuzz` found in this room, each named after what it was. */
const answer = (control: string): string =>
  parseAnswer(
    Buffer.from(
      '<n2:NLETS xmlns:n2="http://www.nlets.org/niem/1.0" xmlns:nh2="http://www.nlets.org/niem/nlets-hdr/1.0">' +
        `<n2:NLETSMessageHeader><nh2:DocumentControlFieldText>${control}</nh2:DocumentControlFieldText>` +
        '</n2:NLETSMessageHeader></n2:NLETS>',
    ),
  ).control

describe("an XML answer's control field", () => {
  it('keeps spaces of its own at its edges', () => {
    expect(answer(' A B ')).toBe(' A B ')
  })

  it('is read without the line breaks and the indentation around it', () => {
    expect(answer('\n  A B\n  ')).toBe('A B')
  })
})
