import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { bench, eachTest, fixtures, kind, kinds, query, take } from '../gateway/helpers.js'

eachTest()

/** A query of a fixture, with so many bytes of comment in it. */
function long(control: string, bytes: number): string {
  const text = readFileSync(join(fixtures, 'xml', '3-no-match.txt'), 'utf8')
  const lines = text.split('\n').flatMap((line) => (line.startsWith('> ') ? [line.slice(2)] : []))
  const xml = lines.slice(0, lines.findIndex((line) => line.includes('</n2:NLETS>')) + 1).join('\r\n')
  const named = xml.replace(/(<nh2:DocumentControlFieldText>).*?(?=<\/nh2)/, `$1${control}`)
  return named.replace('</n2:NLETS>', `<!--${' '.repeat(bytes)}--></n2:NLETS>`)
}

const LIMITS = { 'limits.xml': 1 << 20 }

describe('XML longer than 64 KiB, where the configuration takes it', () => {
  it('is answered as any other, and what came behind it comes after it', async () => {
    const { port } = await bench.gateway(bench.folder(), LIMITS)
    const client = await bench.client(port)
    client.sendAll([long('LONG1', 200_000), query('SHORT'), long('LONG2', 300_000), 'IAQ.BAD', query('LAST')])
    const received = await take(client, 9)
    const first = (control: string): number => received.findIndex((each) => each.control === control)
    expect(kinds(received.filter(({ control }) => control.startsWith('LONG'))).sort()).toEqual([
      'ACKNOWLEDGEMENT',
      'ACKNOWLEDGEMENT',
      'NO MATCH',
      'NO MATCH',
    ])
    expect([first('LONG1'), first('SHORT'), first('LONG2'), first('LAST')]).toEqual(
      [first('LONG1'), first('SHORT'), first('LONG2'), first('LAST')].sort((a, b) => a - b),
    )
    expect(received.map(({ inCount }) => inCount)).toEqual(expect.arrayContaining([1, 2, 3, 4, 5]))
  })

  it('of somebody who goes meanwhile is forgotten, and the next is served', async () => {
    const { port } = await bench.gateway(bench.folder(), LIMITS)
    for (let i = 0; i < 5; i++) {
      const gone = await bench.client(port)
      gone.send(long(`GONE${i}`, 900_000))
      gone.destroy()
    }
    const client = await bench.client(port)
    client.send(long('STAYS', 100_000))
    expect(kind(await client.receive(10_000))).toBe('ACKNOWLEDGEMENT')
  })

  it('longer than that is refused as before', async () => {
    const { port } = await bench.gateway(bench.folder(), LIMITS)
    const client = await bench.client(port)
    client.send(long('OVER', 1 << 20))
    const { lines } = await client.receive(10_000)
    expect(lines.slice(0, 2)).toEqual([
      '0 MESSAGE FORMAT/STRUCTURE ERROR',
      'FRAME: LONGER THAN 1048576 BYTES OF XML',
    ])
  })
})
