/** The law enforcement line: officers call, and each call is logged in a line. */
import { print } from '../print.js'
import type { Json, Memory, Service } from '../types.js'

/** A call: who called and what about. */
interface Call {
  readonly t: number
  readonly from: string
  readonly about: string
}

/** The last ones; the journal has all. */
const SHOWN = 100
const LONGEST = 200

export function callService(): Service {
  const memory = new LastCalls()
  return {
    name: 'calls',
    memory,
    // No rule of dispatch gives it messages.
    decide: () => ({ answers: [] }),
    act(action, args, { t }) {
      if (action !== 'log') return undefined
      const call: Call = { t, from: print(String(args.from)), about: print(String(args.about)) }
      for (const [name, text] of [['from', call.from] as const, ['about', call.about] as const])
        if (text === '' || text.length > LONGEST)
          throw new Error(`${name} is 1 to ${LONGEST} characters, not ${text.length}`)
      const event = call as unknown as Json
      return { what: 'call logged', answers: [], events: [{ service: 'calls', event, figure: 'calls' }] }
    },
    view: () => [...memory.all].reverse() as unknown as Json,
  }
}

class LastCalls implements Memory {
  #all: Call[] = []

  get all(): readonly Call[] {
    return this.#all
  }

  evolve(event: Json): void {
    this.#all.push(event as unknown as Call)
    if (this.#all.length > SHOWN) this.#all.shift()
  }

  encode(): Json {
    return this.#all as unknown as Json
  }

  restore(image: Json): void {
    this.#all = [...(image as unknown as readonly Call[])]
  }
}
