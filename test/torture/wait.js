// Waiting that ends: a gateway that stands still is a finding, not a run that hangs.

export const pause = (ms) => new Promise((go) => setTimeout(go, ms))

/** The promise's value, or a rejection with these words when it takes longer. */
export function within(ms, words, promise) {
  let timer
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(words)), ms)
  })
  return Promise.race([promise, late]).finally(() => clearTimeout(timer))
}

/** Asks again and again until it holds. Resolves with whether it did in time. */
export async function until(holds, ms, every = 5) {
  const end = performance.now() + ms
  while (!(await holds())) {
    if (performance.now() > end) return false
    await pause(every)
  }
  return true
}
