// Numbers by chance, the same in every run of a seed, and what is drawn with them.

/** A generator of even numbers in [0, 1) (splitmix32). */
export function chance(seed) {
  let state = seed | 0
  return () => {
    state = (state + 0x9e3779b9) | 0
    let t = Math.imul(state ^ (state >>> 16), 0x21f0aaad)
    t = Math.imul(t ^ (t >>> 15), 0x735a2d97)
    return ((t ^ (t >>> 15)) >>> 0) / 2 ** 32
  }
}

export const pick = (next, list) => list[Math.floor(next() * list.length)]

/** Draws from a list in falling order of frequency, the n-th about as often as 1/(n + shift). */
export function byRank(next, list, shift = 6) {
  return list[Math.min(list.length - 1, Math.floor(shift * ((1 + list.length / shift) ** next() - 1)))]
}

/** Draws a key of `weights` as often as its weight says. */
export function weighed(next, weights) {
  const entries = Object.entries(weights)
  let at = next() * entries.reduce((sum, [, weight]) => sum + weight, 0)
  for (const [key, weight] of entries) {
    at -= weight
    if (at < 0) return key
  }
  return entries.at(-1)[0]
}

export const two = (number) => String(number).padStart(2, '0')
