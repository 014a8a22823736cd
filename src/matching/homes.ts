/** Where names are at home: what the place of birth still says beside the name. */
import type { NameParts } from './names.js'

/** A population of the frequency tables. */
export interface HomePopulation {
  readonly share: number
  /** Codes of the places of birth of its persons. */
  readonly places: readonly string[]
}

/** Share of a name's bearers, a population each. */
export type HomesOf = ReadonlyMap<string, readonly number[]>

/** Any name may turn up anywhere. */
const ANYWHERE = 0.01
/** Tokens of one name say in part the same. */
const FRESH = 0.8
const MOST = 50
const LEAST = 0.02

export class Homes {
  readonly #shares: readonly number[]
  readonly #ofPlace = new Map<string, readonly number[]>()
  readonly #country = new Map<string, string>()
  /** How many times as many of a name's bearers are of each population as of all, once worked out. */
  readonly #odds = new Map<readonly number[], Float64Array>()

  /** @param countries places that have codes for their parts: MM and the states of Mexico. */
  constructor(
    populations: readonly HomePopulation[],
    countries: Readonly<Record<string, readonly string[]>>,
    readonly surnames: HomesOf,
    readonly given: HomesOf,
  ) {
    const sum = populations.reduce((total, { share }) => total + share, 0)
    this.#shares = populations.map(({ share }) => share / sum)
    populations.forEach(({ places }, i) => {
      for (const place of places) this.#ofPlace.set(place, [...(this.#ofPlace.get(place) ?? []), i])
    })
    for (const [country, parts] of Object.entries(countries)) {
      for (const part of parts) {
        this.#country.set(part, country)
        this.#ofPlace.set(part, this.#ofPlace.get(country) ?? [])
      }
    }
  }

  /** Whether two different codes may be of one place: a country and a part of it. */
  nested(a: string, b: string): boolean {
    return this.#country.get(a) === b || this.#country.get(b) === a
  }

  /** How many times as many of those with this name are born there as of all. */
  lift(name: NameParts, place: string): number {
    const at = this.#ofPlace.get(place)
    if (!at) return 1
    const odds = new Float64Array(this.#shares.length).fill(1)
    for (const [tokens, homes] of [
      [name.surname, this.surnames],
      [name.given, this.given],
    ] as const) {
      for (const token of tokens) {
        const known = homes.get(token)
        if (!known) continue
        const by = this.#oddsOf(known)
        for (let i = 0; i < by.length; i++) odds[i] = (odds[i] ?? 1) * (by[i] ?? 1)
      }
    }
    let [here, all, share] = [0, 0, 0]
    for (let i = 0; i < odds.length; i++) all += (odds[i] ?? 0) * (this.#shares[i] ?? 0)
    for (const i of at) {
      here += (odds[i] ?? 0) * (this.#shares[i] ?? 0)
      share += this.#shares[i] ?? 0
    }
    return Math.min(MOST, Math.max(LEAST, here / all / share))
  }

  #oddsOf(known: readonly number[]): Float64Array {
    const before = this.#odds.get(known)
    if (before) return before
    const odds = Float64Array.from(this.#shares, (share, i) => {
      const here = (known[i] ?? 0) * (1 - ANYWHERE) + share * ANYWHERE
      return (here / share) ** FRESH
    })
    this.#odds.set(known, odds)
    return odds
  }
}
