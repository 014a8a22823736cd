import type { Json, Memory, Moment } from '../services/index.js'
import type { KeptEvent } from './records.js'

/** What a snapshot holds of one service's memory. */
export interface MemoryImage {
  readonly image?: Json
  /** What happened since, where nobody was there to be told. */
  readonly events?: readonly (readonly [event: Json, t: number, day: string])[]
}

/**
 * What the services remember, by their names. Whose service isn't there (an operator's command at rest, or a gateway
 * that was made without it) has his events kept as they are, so that nothing is lost when it is there again.
 */
export class Memories {
  readonly #known: ReadonlyMap<string, Memory>
  readonly #strange = new Map<string, MemoryImage>()

  constructor(known: ReadonlyMap<string, Memory> = new Map()) {
    this.#known = known
  }

  /** Names of services whose events are kept for them. */
  get strangers(): readonly string[] {
    return [...this.#strange.keys()]
  }

  evolve([service, event]: KeptEvent, when: Moment): void {
    const memory = this.#known.get(service)
    if (memory) {
      memory.evolve(event, when)
      return
    }
    const kept = this.#strange.get(service) ?? {}
    // The array is ours alone: it is added to, not made anew.
    const events = kept.events as [Json, number, string][] | undefined
    if (events) events.push([event, when.t, when.day])
    else this.#strange.set(service, { ...kept, events: [[event, when.t, when.day]] })
  }

  encode(): (readonly [name: string, memory: MemoryImage])[] {
    const known = [...this.#known].map(([name, memory]) => [name, { image: memory.encode() }] as const)
    return [...known, ...this.#strange]
  }

  restore(images: readonly (readonly [name: string, memory: MemoryImage])[]): void {
    for (const [name, { image, events = [] }] of images) {
      const memory = this.#known.get(name)
      if (!memory) {
        this.#strange.set(name, { ...(image === undefined ? {} : { image }), events: [...events] })
        continue
      }
      if (image !== undefined) memory.restore(image)
      for (const [event, t, day] of events) memory.evolve(event, { t, day })
    }
  }
}
