import { expect, it } from 'vitest'

const { Account, Frames } = await import(new URL('year/account.js', import.meta.url).href)

const answer = (key: string, number: number, ...lines: string[]): string =>
  `\x02${[`${key}.VTICE0900`, '14:03 11/24/2026 00001', '14:03 11/24/2026 00002 ZZ0010100'].join('\r\n')}\r\n` +
  `${[`*Y${String(number).padStart(8, '0')}`, 'TXT', ...lines].join('\r\n')}\r\n\x03`
const ack = (number: number): string => answer('IAR', number, 'RESPONSE TYPE: ACKNOWLEDGEMENT', 'QUERIED: X')
const match = (number: number, arn: string): string =>
  answer('IAR', number, 'RESPONSE TYPE: MATCH', 'NAME: X, Y', `A-NUMBER: A${arn}`)
const possible = (number: number, arn: string): string =>
  answer('IAR', number, 'RESPONSE TYPE: POSSIBLE MATCH', 'CANDIDATES: 2', `01 A${arn} X`, '02 A900000009 X')

/** Reads a stream in pieces of a size and adds it up. */
function read(stream: string, size: number, { kinds, truth }: { kinds: number[]; truth: number[] }) {
  const account = new Account({
    ...{ total: kinds.length, kinds: Uint8Array.from(kinds), truth: Uint32Array.from(truth) },
  })
  const frames = new Frames()
  const bytes = Buffer.from(stream, 'latin1')
  for (let at = 0; at < bytes.length; at += size)
    frames.each(bytes.subarray(at, at + size), (chunk: Buffer, from: number, to: number) =>
      account.take(chunk, from, to, 0),
    )
  return { ...account.sum(), seen: account.seen }
}

const [IAQ, YQ, , AM] = [0, 1, 2, 3]

it.each([1, 7, 4096])('the account finds what is lost, doubled and wrong, in pieces of %i bytes', (size) => {
  const stream =
    ack(0) +
    match(0, '900000001') + // well, and the right person
    ack(1) +
    possible(1, '900000008') + // another person
    ack(2) +
    possible(2, '900000002') +
    match(2, '900000002') + // twice
    ack(3) + // no answer
    match(4, '900000004') + // no acknowledgement
    answer('ER', 5, 'INVALID MESSAGE FORMAT') +
    answer('YR', 6, 'CON/Y.') +
    answer('AM', 6, 'DETAINER LODGED: 2026-000001') +
    answer('IAR', 99, 'RESPONSE TYPE: NO MATCH') // nobody's
  const kinds = [IAQ, IAQ, IAQ, IAQ, IAQ, IAQ, YQ, YQ, AM]
  const truth = [900_000_001, 900_000_001, 900_000_002, 900_000_003, 0, 0, 0, 0, 0]
  const { iaq, rest, seen } = read(stream, size, { kinds, truth })
  expect(iaq).toEqual({ n: 6, acknowledged: 4, answeredOnce: 3, lost: 3, duplicates: 1 })
  expect(rest).toEqual({ n: 3, acknowledged: 0, answeredOnce: 2, lost: 1, duplicates: 0 })
  expect(seen).toMatchObject({ right: 2, refused: 1, stray: 1, confirmed: 1, detainers: 1 })
  expect(seen.answers).toEqual({ MATCH: 3, 'POSSIBLE MATCH': 2 })
})
