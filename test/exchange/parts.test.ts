import { describe, expect, it } from 'vitest'
import { Agenda } from '../../src/exchange/agenda.js'
import { carries } from '../../src/exchange/authority.js'
import { dispatch } from '../../src/exchange/dispatch.js'
import { FairQueue } from '../../src/exchange/fair-queue.js'

describe('the agenda', () => {
  it('runs everything in the order of its time, never before it', async () => {
    let now = 0
    const agenda = new Agenda({ now: () => 0, monotonic: () => now })
    const ran: number[] = []
    const delays = Array.from({ length: 300 }, (_, i) => (i * 7919) % 60)
    await new Promise<void>((done) => {
      for (const delay of delays)
        agenda.after(delay, () => {
          expect(now).toBeGreaterThanOrEqual(delay)
          if (ran.push(delay) === delays.length) done()
        })
      expect(agenda.size).toBe(300)
      const tick = (): void => {
        now += 0.5
        if (now < 100) setImmediate(tick)
      }
      tick()
    })
    expect(ran).toEqual([...delays].sort((a, b) => a - b))
    expect(agenda.size).toBe(0)
  })

  it('holds what is further away than a timer reaches, and forgets all when it stops', async () => {
    let now = 0
    const agenda = new Agenda({ now: () => now, monotonic: () => now })
    const ran: string[] = []
    agenda.after(40 * 86_400_000, () => ran.push('far'))
    await new Promise((go) => setImmediate(go))
    now = 41 * 86_400_000
    await new Promise<void>((done) => agenda.after(-2 * 86_400_000, done))
    expect(ran).toEqual(['far'])
    agenda.after(0, () => ran.push('never'))
    agenda.stop()
    await new Promise((go) => setTimeout(go, 2))
    expect(ran).toEqual(['far'])
  })
})

describe('the fair queue', () => {
  it('serves lanes in turn, each in its order', () => {
    const queue = new FairQueue<string>()
    for (let i = 0; i < 5000; i++) queue.push('a', `a${i}`)
    queue.push('b', 'b0')
    queue.push('c', 'c0')
    queue.push('b', 'b1')
    expect(queue.take(6)).toEqual(['a0', 'b0', 'c0', 'a1', 'b1', 'a2'])
    expect(queue.size).toBe(4997)
    queue.push('c', 'c1')
    expect(queue.take(3)).toEqual(['a3', 'c1', 'a4'])
    expect(queue.take(10_000)).toEqual(Array.from({ length: 4995 }, (_, i) => `a${i + 5}`))
    expect(queue.take(1)).toEqual([])
  })
})

describe('rules', () => {
  it('an ORI is carried by itself or by the beginning of it', () => {
    expect(carries(['ZZ0010100', 'FL*'], 'ZZ0010100')).toBe(true)
    expect(carries(['ZZ0010100', 'FL*'], 'FL0010100')).toBe(true)
    expect(carries(['ZZ0010100', 'FL*'], 'ZZ0010101')).toBe(false)
    expect(carries(['*'], 'ZZ0010101')).toBe(true)
  })

  it('the first rule whose conditions all hold says the service', () => {
    const rules = [
      { key: 'AB', destination: 'X', service: 'one' },
      { key: 'AB', field: { mfc: 'PUR', value: 'F' }, service: 'two' },
      { key: 'AB', prefix: 'TIP', service: 'three' },
      { key: 'AB', service: 'four' },
    ]
    expect(dispatch(rules, 'AB', 'X', {}, '')).toBe('one')
    expect(dispatch(rules, 'AB', 'Y', { PUR: 'F' }, '')).toBe('two')
    expect(dispatch(rules, 'AB', 'Y', {}, 'TIP X')).toBe('three')
    expect(dispatch(rules, 'AB', 'Y', {}, '')).toBe('four')
    expect(dispatch(rules, 'CD', 'Y', {}, '')).toBeUndefined()
  })
})
