/** Errors come together: who spells one part of a name in a way of his own spells the others so too. */
import type { Weights } from './tables.js'

/** Tokens of each kind that are counted; more say nothing new. */
const MOST = 7
const WIDTH = MOST + 1
/** Some tokens are misspelt in any query, and some are not, whatever the average is said to be. */
const [LEAST_EXACT, MOST_EXACT] = [0.01, 0.99]

const tables = new WeakMap<Weights, Float64Array>()

/**
 * Bits that tokens of one name say together beyond what each says alone, by how many are as on file and how many are
 * another spelling, short form or slip. Queries are of two kinds: in most nearly all tokens are as on file, in a few
 * (`clusters.share`: another alphabet, a name by ear) only `clusters.exact` of them. On the average of both a token is as on
 * file as often as `name.exact` says.
 */
export function clusterBits(weights: Weights): (exact: number, other: number) => number {
  const { name, clusters } = weights
  const table = tables.get(weights) ?? tableOf(name.exact, clusters.share, clusters.exact)
  tables.set(weights, table)
  return (exact, other) => table[Math.min(MOST, exact) * WIDTH + Math.min(MOST, other)] ?? 0
}

function tableOf(all: number, share: number, few: number): Float64Array {
  const often = Math.max(LEAST_EXACT, Math.min(MOST_EXACT, (all - share * few) / (1 - share)))
  const table = new Float64Array(WIDTH * WIDTH)
  for (let exact = 0; exact <= MOST; exact++) {
    for (let other = 0; other <= MOST; other++) {
      const joint =
        share * few ** exact * (1 - few) ** other + (1 - share) * often ** exact * (1 - often) ** other
      table[exact * WIDTH + other] = Math.log2(joint / (all ** exact * (1 - all) ** other))
    }
  }
  return table
}
